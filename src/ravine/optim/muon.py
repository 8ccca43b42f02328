"""Muon: for matrices, a momentum whose singular values are all made alike."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, Tree, pytree, static, whole
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["Muon", "MuonState", "orthogonalised"]

A, B, C = 3.4445, -4.7750, 2.0315
"""Jordan's coefficients: singular values from 0 on are driven quickly to about 1, though not exactly there."""
TINY = 1e-7
"""Added to the norm, as by Jordan and Keras."""


class MuonState(NamedTuple):
    """Updates done; momentum of matrices, mean gradient of other arrays; mean square of the latter, 0 for matrices.

    No example: made by `Muon.init`.
    """

    t: Array
    m: Tree
    v: Tree


def orthogonalised(x: Array, steps: int = 5) -> Array:
    """The matrix *x* = U S V^T with singular values near 1 in place of S, by *steps* of Newton and Schulz's iteration.

    X_0 = x / (||x|| + 1e-7) in Frobenius's norm, and X_{k+1} = a X_k + (b G + c G^2) X_k with G = X_k X_k^T.

    >>> values = jnp.linalg.svd(orthogonalised(jnp.array([[1.0, 2.0], [3.0, 4.0]])), compute_uv=False)
    >>> bool(((values > 0.6) & (values < 1.3)).all())
    True
    """
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (jnp.sqrt(jnp.sum(x * x)) + TINY)
    for _ in range(steps):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if tall else x


@register_rule("muon")
@pytree
class Muon(Rule):
    """Muon (Jordan et al. 2024): momentum, orthogonalised, for matrices; Adam for all else, embeddings included.

        B_t = momentum B_{t-1} + g_t,      theta_t = theta_{t-1} - eta s O(g_t + momentum B_t)

    O makes the singular values about 1, see `orthogonalised`; *nesterov* = False takes O(B_t). s is *scale*: "width",
    sqrt(max(1, out / in)) for a kernel of shape (in, out), as Jordan and optax have it; "rms", 0.2 sqrt(max(in, out)),
    which moves as much as Adam does (Liu et al. 2025; Keras); "none". Of other arrays *b1*, *b2*, *eps* and *eps_hat*
    are Adam's, and their rate is *adam_rate* eta. *weight_decay* is decoupled, of all arrays.

    Keras computes the same with scale="rms". optax corrects B for its start at zero, which changes the weight of g_t
    beside it where *nesterov* looks ahead, and has Nesterov's momentum in its Adam, too.

    >>> params = jnp.zeros((2, 2))
    >>> step, state = Muon(0.1).update(jnp.diag(jnp.array([1.0, 100.0])), Muon().init(params), params)
    >>> bool((abs(jnp.diag(step) + 0.1) < 0.05).all())
    True
    """

    learning_rate: Rate = 0.02
    momentum: Number = bounded(0.95, 0.0, 1.0, open_high=True)
    weight_decay: Number | None = bounded(None, 0.0)
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.999, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-8, 0.0)
    adam_rate: Number = bounded(1.0, 0.0)
    nesterov: bool = static(default=True)
    scale: str = static(default="width")
    steps: int = static(default=5)
    eps_hat: bool = static(default=False)

    title: ClassVar[str] = "Muon"
    equation: ClassVar[str] = (
        r"B_t = \mu B_{t-1} + g_t,\qquad "
        r"\theta_t = \theta_{t-1} - \eta\, s\, \operatorname{NS}_5(g_t + \mu B_t)"
    )
    paper: ClassVar[str] = (
        "Jordan et al.: Muon: an optimizer for hidden layers in neural networks, 2024; "
        "Liu et al.: Muon is scalable for LLM training. arXiv:2502.16982, 2025"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1e-1), "momentum": Range(0.8, 0.99, log=False)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "nesterov": (True, False),
        "scale": ("width", "rms", "none"),
        "eps_hat": (True, False),
    }
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001, "weight_decay": 0.004, "eps": 1e-7, "scale": "rms", "eps_hat": True},
    }
    couples: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "steps", whole("Muon", "steps", self.steps, least=1))

    def init(self, params: Tree) -> MuonState:
        v = jax.tree.map(
            lambda x, is_matrix: np.zeros((), x.dtype) if is_matrix else filled(x), params, _matrices(params)
        )
        return MuonState(counter(), filled(params), v)

    def _scale(self, shape: tuple[int, ...]) -> float:
        before, after = shape
        known = {"width": math.sqrt(max(1.0, after / max(before, 1))), "rms": 0.2 * math.sqrt(max(shape)), "none": 1.0}
        return known[self.scale]

    def advance(self, eta: Array, t: Array, g: Tree, state: MuonState, params: Tree) -> tuple[Tree, MuonState]:
        mu, b1, b2, power = self.momentum, self.b1, self.b2, t.astype(eta.dtype)
        root = jnp.sqrt(1 - b2**power)
        alpha = eta * self.adam_rate * root / (1 - b1**power)
        eps = self.eps if self.eps_hat else self.eps * root

        def leaf(g: Any, is_matrix: bool, theta: Any, m: Any, v: Any) -> tuple[Any, ...]:
            if is_matrix:
                m = mu * m + g
                made = orthogonalised(g + mu * m if self.nesterov else m, self.steps)
                step = -eta * self._scale(g.shape) * made
            else:
                m = b1 * m + (1 - b1) * g
                v = b2 * v + (1 - b2) * g * g
                step = -quotient(alpha * m, jnp.sqrt(v) + eps)
            return step if self.weight_decay is None else step - eta * self.weight_decay * theta, m, v

        step, m, v = leafwise(3, leaf, g, _matrices(g), params, state.m, state.v)
        return step, MuonState(t, m, v)


def _matrices(tree: Tree) -> Tree:
    """For each array, whether Muon takes it: a matrix that is no table of vectors, each of which moves alone."""

    def leaf(path: Any, x: Any) -> bool:
        name = getattr(path[-1], "key", "") if path else ""
        return x.ndim == 2 and "embedding" not in str(name)

    made: Tree = jax.tree_util.tree_map_with_path(leaf, tree)
    return made
