"""Lion: steps of one size, along the sign of an average."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise

__all__ = ["Lion", "LionState"]


class LionState(NamedTuple):
    """Updates done and running mean of the gradient.

    No example: made by `Lion.init`.
    """

    t: Array
    m: Tree


@register_rule("lion")
@pytree
class Lion(Rule):
    """Lion (Chen et al. 2023): the sign of an average, found by a search over programs.

        theta_t = theta_{t-1} - eta [sign(b1 m_{t-1} + (1 - b1) g_t) + lambda theta_{t-1}]
        m_t = b2 m_{t-1} + (1 - b2) g_t

    Every coordinate moves by eta, so that the rate is 3 to 10 times smaller than Adam's. *weight_decay* is lambda.

    >>> params = jnp.array([1.0, 1.0])
    >>> step, state = Lion(0.25).update(jnp.array([1e-9, -1e9]), Lion().init(params), params)
    >>> step
    Array([-0.25,  0.25], dtype=float32)
    """

    learning_rate: Rate = 1e-4
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.99, 0.0, 1.0, open_high=True)
    weight_decay: Number | None = bounded(None, 0.0)

    title: ClassVar[str] = "Lion"
    equation: ClassVar[str] = (
        r"\theta_t = \theta_{t-1} - \eta \left( \operatorname{sign}(\beta_1 m_{t-1} + (1-\beta_1)\, g_t) "
        r"+ \lambda\, \theta_{t-1} \right),\qquad m_t = \beta_2 m_{t-1} + (1-\beta_2)\, g_t"
    )
    paper: ClassVar[str] = "Chen et al.: Symbolic discovery of optimization algorithms. NeurIPS 2023, arXiv:2302.06675"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-6, 1e-2)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001, "b1": 0.9, "b2": 0.99},
        "optax": {"b1": 0.9, "b2": 0.99, "weight_decay": 0.001},
    }

    def init(self, params: Tree) -> LionState:
        return LionState(counter(), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: LionState, params: Tree) -> tuple[Tree, LionState]:
        b1, b2, decay = self.b1, self.b2, self.weight_decay

        def leaf(g: Any, theta: Any, m: Any) -> tuple[Any, ...]:
            step = -eta * jnp.sign(b1 * m + (1 - b1) * g)
            return step if decay is None else step - eta * decay * theta, b2 * m + (1 - b2) * g

        step, m = leafwise(2, leaf, g, params, state.m)
        return step, LionState(t, m)
