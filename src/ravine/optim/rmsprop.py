"""RMSprop: plain, centered, with momentum."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Tree, pytree, static
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["RMSprop", "RMSpropState"]


class RMSpropState(NamedTuple):
    """Updates done, mean square, mean (when centered) and velocity (with momentum) of the gradient.

    No example: made by `RMSprop.init`.
    """

    t: Array
    v: Tree
    m: Tree
    b: Tree


@register_rule("rmsprop")
@pytree
class RMSprop(Rule):
    """RMSprop (Tieleman & Hinton 2012): each coordinate by the root of the running mean of its squared gradient.

        v_t = rho v_{t-1} + (1 - rho) g_t^2,        theta_t = theta_{t-1} - eta g_t / (sqrt(v_t) + eps)

    The defaults are Keras 2's, with which the lecture's networks were trained. *eps_inside*: sqrt(v + eps), as in
    Keras 3 and optax. *centered* (Graves 2013): v - m^2 in place of v, m the running mean of the gradient; the
    difference is kept at 0 or above. *momentum* gamma: b_t = gamma b_{t-1} + eta u_t with u the plain direction,
    theta_t = theta_{t-1} - b_t; with *rate_inside* = False eta stays out of b (torch); *nesterov* steps by gamma b_t +
    eta u_t. v starts at *initial*; *bias_correction* divides the means by 1 - rho^t.

    >>> params = jnp.array(1.0)
    >>> step, state = RMSprop(0.1).update(jnp.array(2.0), RMSprop(0.1).init(params), params)
    >>> round(float(step), 4)
    -0.3162
    """

    learning_rate: Rate = 0.001
    rho: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-7, 0.0)
    momentum: Number | None = bounded(None, 0.0, 1.0)
    centered: bool = static(default=False)
    eps_inside: bool = static(default=False)
    rate_inside: bool = static(default=True)
    nesterov: bool = static(default=False)
    bias_correction: bool = static(default=False)
    initial: Number = bounded(0.0, 0.0)

    title: ClassVar[str] = "RMSprop"
    equation: ClassVar[str] = (
        r"v_t = \rho v_{t-1} + (1-\rho)\, g_t^2,\qquad "
        r"\theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{v_t} + \varepsilon}\, g_t"
    )
    paper: ClassVar[str] = (
        "Tieleman, Hinton: Lecture 6.5, RMSProp. Neural Networks for Machine Learning, Coursera, 2012"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-5, 1e-1), "rho": Range(0.8, 0.999, log=False)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = dict.fromkeys(
        ("centered", "eps_inside", "rate_inside", "nesterov", "bias_correction"), (True, False)
    )
    presets: ClassVar[dict[str, Options]] = {
        "paper": {"eps": 0.0},
        "lecture": {"learning_rate": 0.001, "rho": 0.9, "eps": 1e-07},
        "keras": {"learning_rate": 0.001, "rho": 0.9, "eps": 1e-07, "eps_inside": True},
        "torch": {"learning_rate": 0.01, "rho": 0.99, "eps": 1e-08, "rate_inside": False},
        "optax": {"rho": 0.9, "eps": 1e-08, "eps_inside": True},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and self.momentum is None:
            raise RavineError("RMSprop: nesterov acts on the momentum, got momentum=None: give a momentum")

    def init(self, params: Tree) -> RMSpropState:
        return RMSpropState(
            counter(),
            filled(params, self.initial),
            filled(params) if self.centered else None,
            None if self.momentum is None else filled(params),
        )

    def advance(self, eta: Array, t: Array, g: Tree, state: RMSpropState, params: Tree) -> tuple[Tree, RMSpropState]:
        rho, eps, gamma = self.rho, self.eps, self.momentum
        c = 1 - rho ** t.astype(eta.dtype) if self.bias_correction else None

        def leaf(g: Any, v: Any, *rest: Any) -> tuple[Any, ...]:
            v = rho * v + (1 - rho) * g * g
            kept = [v]
            spread = v if c is None else v / c
            if self.centered:
                m = rho * rest[0] + (1 - rho) * g
                kept.append(m)
                mean = m if c is None else m / c
                # Rounding makes the difference negative under a constant gradient.
                spread = jnp.maximum(spread - mean * mean, 0)
            u = quotient(g, jnp.sqrt(spread + eps) if self.eps_inside else jnp.sqrt(spread) + eps)
            if gamma is None:
                return -eta * u, *kept
            into = eta * u if self.rate_inside else u
            b = gamma * rest[-1] + into
            move = gamma * b + into if self.nesterov else b
            return -move if self.rate_inside else -eta * move, *kept, b

        means = [tree for tree in (state.m, state.b) if tree is not None]
        step, v, *rest = leafwise(2 + len(means), leaf, g, state.v, *means)
        m = rest[0] if self.centered else None
        return step, RMSpropState(t, v, m, None if gamma is None else rest[-1])
