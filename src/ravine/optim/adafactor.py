"""Adafactor: Adam's second moments kept as a row and a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, Tree, pytree, static, whole
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, leafwise

__all__ = ["Adafactor", "AdafactorState"]


class AdafactorState(NamedTuple):
    """Updates done; of matrices the running means of g^2 by *row* and by *column*, of other arrays that of g^2, *v*.

    What an array has no use for is a single 0.

    No example: made by `Adafactor.init`.
    """

    t: Array
    row: Tree
    column: Tree
    v: Tree


def _mean_square(x: Array) -> Array:
    return jnp.sqrt(jnp.mean(x * x))


@register_rule("adafactor")
@pytree
class Adafactor(Rule):
    """Adafactor (Shazeer & Stern 2018): a matrix of n x m second moments remembered as n + m numbers.

        R_t = b_t R_{t-1} + (1 - b_t) mean_j (g_t^2 + eps),      C_t likewise with mean_i,      b_t = 1 - t^(-decay)
        V_t = R_t C_t / mean R_t,      u_t = g_t / sqrt(V_t),      u^_t = u_t / max(1, RMS(u_t) / clip)
        theta_t = theta_{t-1} - max(floor, RMS(theta_{t-1})) rho_t u^_t,      rho_t = min(eta, 1 / sqrt(t))

    Of an array with fewer than two axes, or whose last two are not both of *least* entries, V is the running mean
    itself. *relative* = False takes rho_t = eta; *scaled* = False leaves out max(floor, RMS(theta)). The paper's eta is
    0.01, Keras's 0.001 (there the second moments of every matrix are factored, and relative_step changes nothing);
    optax takes rho = eta and factors matrices from 128 x 128 on.

    >>> params = jnp.ones((2, 3))
    >>> step, state = Adafactor().update(jnp.full((2, 3), 7.0), Adafactor().init(params), params)
    >>> state.row.shape, state.column.shape, round(float(step[0, 0]), 6)
    ((2,), (3,), -0.01)
    """

    learning_rate: Rate = 0.01
    decay: Number = bounded(0.8, 0.0, 1.0, open_low=True)
    eps: Number = bounded(1e-30, 0.0)
    floor: Number = bounded(1e-3, 0.0)
    clip: Number = bounded(1.0, 0.0, open_low=True)
    relative: bool = static(default=True)
    scaled: bool = static(default=True)
    least: int = static(default=1)

    title: ClassVar[str] = "Adafactor"
    equation: ClassVar[str] = (
        r"\hat V_t = \frac{R_t C_t}{\overline{R_t}},\quad u_t = \frac{g_t}{\sqrt{\hat V_t}},\quad "
        r"\theta_t = \theta_{t-1} - \max(\varepsilon_2, \operatorname{RMS}(\theta_{t-1}))\, "
        r"\min(\eta, 1/\sqrt{t})\, \frac{u_t}{\max(1, \operatorname{RMS}(u_t) / d)}"
    )
    paper: ClassVar[str] = (
        "Shazeer, Stern: Adafactor: adaptive learning rates with sublinear memory cost. ICML 2018, arXiv:1804.04235"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1e-1)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"relative": (True, False), "scaled": (True, False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001},
        "optax": {"relative": False, "least": 128},
    }
    couples: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "least", whole("Adafactor", "least", self.least, least=1))

    def _factored(self, x: Any) -> bool:
        return bool(x.ndim >= 2 and min(x.shape[-2:]) >= self.least)

    def init(self, params: Tree) -> AdafactorState:
        def made(shape: Callable[[Any], tuple[int, ...]], factored: bool) -> Tree:
            def leaf(x: Any) -> Any:
                return np.zeros(shape(x) if self._factored(x) == factored else (), x.dtype)

            return jax.tree.map(leaf, params)

        row, column = made(lambda x: x.shape[:-1], True), made(lambda x: (*x.shape[:-2], x.shape[-1]), True)
        return AdafactorState(counter(), row, column, made(lambda x: x.shape, False))

    def advance(
        self, eta: Array, t: Array, g: Tree, state: AdafactorState, params: Tree
    ) -> tuple[Tree, AdafactorState]:
        power = t.astype(eta.dtype)
        b = 1 - power**-self.decay
        rho = jnp.minimum(eta, 1 / jnp.sqrt(power)) if self.relative else eta

        def leaf(g: Any, theta: Any, row: Any, column: Any, v: Any) -> tuple[Any, ...]:
            square = g * g + self.eps
            if self._factored(g):
                row = b * row + (1 - b) * square.mean(-1)
                column = b * column + (1 - b) * square.mean(-2)
                # The quotient first: the product of two tiny means vanishes.
                seen = (row / row.mean(-1, keepdims=True))[..., :, None] * column[..., None, :]
            else:
                v = b * v + (1 - b) * square
                seen = v
            u = g / jnp.sqrt(seen)
            u = u / jnp.maximum(1, _mean_square(u) / self.clip)
            alpha = rho * jnp.maximum(self.floor, _mean_square(theta)) if self.scaled else rho
            return -alpha * u, row, column, v

        step, row, column, v = leafwise(4, leaf, g, params, state.row, state.column, state.v)
        return step, AdafactorState(t, row, column, v)
