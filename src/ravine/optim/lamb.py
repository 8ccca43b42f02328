"""LAMB: Adam's step, made as long as the array it moves."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["Lamb", "LambState"]


class LambState(NamedTuple):
    """Updates done, running means of the gradient and of its square.

    No example: made by `Lamb.init`.
    """

    t: Array
    m: Tree
    v: Tree


@register_rule("lamb")
@pytree
class Lamb(Rule):
    """LAMB (You et al. 2020): Adam's direction, whose length in each array is that of the array itself, times eta.

        u_t = m^_t / (sqrt(v^_t) + eps) + lambda theta_{t-1}
        theta_t = theta_{t-1} - eta (||theta_{t-1}|| / ||u_t||) u_t

    m^ and v^ are Adam's, corrected for their start at zero; the norms are those of a whole array, and where one of them
    is 0 the ratio is 1. *weight_decay* is lambda. optax computes the same; Keras lets the weights decay by eta lambda
    theta beside the step, outside the ratio, which is ``WeightDecay(Lamb(), decay, "decoupled")`` here.

    >>> params = jnp.array([3.0, 4.0])
    >>> step, state = Lamb(0.1, eps=0.0).update(jnp.array([1e-3, 1e3]), Lamb().init(params), params)
    >>> [round(float(x), 4) for x in step]
    [-0.3536, -0.3536]
    """

    learning_rate: Rate = 0.001
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.999, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-6, 0.0)
    weight_decay: Number | None = bounded(None, 0.0)

    title: ClassVar[str] = "LAMB"
    equation: ClassVar[str] = (
        r"u_t = \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \varepsilon} + \lambda\, \theta_{t-1},\qquad "
        r"\theta_t = \theta_{t-1} - \eta\, \frac{\lVert\theta_{t-1}\rVert}{\lVert u_t\rVert}\, u_t"
    )
    paper: ClassVar[str] = (
        "You et al.: Large batch optimization for deep learning: training BERT in 76 minutes. ICLR 2020, "
        "arXiv:1904.00962"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1e-1), "b1": Range(0.8, 0.99, log=False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001, "eps": 1e-7},
        "optax": {"eps": 1e-6},
    }
    couples: ClassVar[bool] = True

    def init(self, params: Tree) -> LambState:
        return LambState(counter(), filled(params), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: LambState, params: Tree) -> tuple[Tree, LambState]:
        b1, b2, power = self.b1, self.b2, t.astype(eta.dtype)
        c1, c2 = 1 - b1**power, 1 - b2**power

        def leaf(g: Any, theta: Any, m: Any, v: Any) -> tuple[Any, ...]:
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            u = quotient(m / c1, jnp.sqrt(v / c2) + self.eps)
            if self.weight_decay is not None:
                u = u + self.weight_decay * theta
            size, length = jnp.sqrt(jnp.sum(theta * theta)), jnp.sqrt(jnp.sum(u * u))
            ratio = jnp.where((size > 0) & (length > 0), size / jnp.where(length > 0, length, 1), 1)
            # A comparison with NaN is false: the ratio would hide it.
            return -eta * jnp.where(jnp.isnan(length), length, ratio) * u, m, v

        step, m, v = leafwise(3, leaf, g, params, state.m, state.v)
        return step, LambState(t, m, v)
