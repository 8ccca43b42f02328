"""Gradient descent, plain, with momentum, and with Nesterov's momentum."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Tree, cast, pytree, static
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, dtype_of, filled, leafwise

__all__ = ["SGD", "Momentum", "Nesterov", "SGDState"]


class SGDState(NamedTuple):
    """Updates done and velocity (None without momentum).

    No example: made by `SGD.init`.
    """

    t: Array
    v: Tree


@register_rule("sgd", "gradient_descent")
@pytree
class SGD(Rule):
    """Gradient descent (Cauchy 1847; stochastic: Robbins & Monro 1951), with momentum (Polyak 1964) on request.

    Without *momentum*: theta_t = theta_{t-1} - eta g_t. With it, gamma standing for the momentum:

        v_t = gamma v_{t-1} + eta g_t,        theta_t = theta_{t-1} - v_t

    *nesterov* = "lookahead" takes g_t at theta_{t-1} - gamma v_{t-1} (`point`), as the lecture writes it;
    "reformulated" takes it at theta and steps by -(gamma v_t + eta g_t): the sequence theta_t - gamma v_t of the first
    form is the sequence theta_t of the second. *rate_inside* = False keeps eta out of the velocity: v_t = gamma
    v_{t-1} + g_t and theta_t = theta_{t-1} - eta v_t (torch, optax); the two differ as soon as eta changes.
    *dampening* tau multiplies the gradient by 1 - tau in the velocity, except in the first update (torch).

    >>> heavy, params = SGD(0.1, momentum=0.9), jnp.array(1.0)
    >>> state = heavy.init(params)
    >>> for _ in range(2):
    ...     step, state = heavy.update(jnp.array(1.0), state, params)
    >>> round(float(step), 6)
    -0.19
    """

    learning_rate: Rate = 0.01
    momentum: Number | None = bounded(None, 0.0, 1.0)
    nesterov: str | bool = static(default=False)
    rate_inside: bool = static(default=True)
    dampening: Number | None = bounded(None, 0.0, 1.0)

    title: ClassVar[str] = "SGD"
    equation: ClassVar[str] = r"\theta_t = \theta_{t-1} - \eta\, g_t"
    paper: ClassVar[str] = (
        "Robbins, Monro: A stochastic approximation method. Annals of Mathematical Statistics 22, 1951"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1.0)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "nesterov": (False, "lookahead", "reformulated"),
        "rate_inside": (True, False),
    }
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.01},
        "keras": {"learning_rate": 0.01},
        "torch": {"learning_rate": 0.001},
        "optax": {},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.momentum is None and (self.nesterov or self.dampening is not None):
            raise RavineError(
                f"{type(self).__name__}: nesterov and dampening act on the momentum, got momentum=None: give a momentum"
            )

    def init(self, params: Tree) -> SGDState:
        return SGDState(counter(), None if self.momentum is None else filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: SGDState, params: Tree) -> tuple[Tree, SGDState]:
        gamma = self.momentum
        if gamma is None:
            return jax.tree.map(lambda g: -eta * g, g), SGDState(t, None)
        into = eta if self.rate_inside else jnp.ones_like(eta)
        out = jnp.ones_like(eta) if self.rate_inside else eta
        share = into if self.dampening is None else into * jnp.where(t == 1, 1, 1 - self.dampening)

        def leaf(g: Any, v: Any) -> tuple[Any, ...]:
            v = gamma * v + share * g
            return -out * (gamma * v + into * g if self.nesterov == "reformulated" else v), v

        step, v = leafwise(2, leaf, g, state.v)
        return step, SGDState(t, v)

    def point(self, params: Tree, state: SGDState) -> Tree:
        if self.nesterov != "lookahead":
            return params
        dtype = dtype_of(params)
        rule = cast(self, dtype)
        reach = rule.momentum if self.rate_inside else rule.momentum * rule.rate(state.t + 1).astype(dtype)
        return jax.tree.map(lambda theta, v: theta - reach * v, params, state.v)


@register_rule("momentum")
@pytree
class Momentum(SGD):
    """Gradient descent with momentum (Polyak 1964): v_t = gamma v_{t-1} + eta g_t, theta_t = theta_{t-1} - v_t.

    `SGD` with *momentum* 0.9; see there for the options.

    >>> Momentum(0.1).momentum
    0.9
    """

    momentum: Number | None = bounded(0.9, 0.0, 1.0)

    title: ClassVar[str] = "Momentum"
    equation: ClassVar[str] = r"v_t = \gamma v_{t-1} + \eta\, g_t,\qquad \theta_t = \theta_{t-1} - v_t"
    paper: ClassVar[str] = (
        "Polyak: Some methods of speeding up the convergence of iteration methods. "
        "USSR Computational Mathematics and Mathematical Physics 4(5), 1964"
    )
    ranges: ClassVar[dict[str, Range]] = {
        "learning_rate": Range(1e-4, 1.0),
        "momentum": Range(0.5, 0.99, log=False),
    }
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.01, "momentum": 0.9},
        "keras": {"learning_rate": 0.01, "momentum": 0.9},
        "torch": {"learning_rate": 0.001, "momentum": 0.9, "rate_inside": False},
        "optax": {"momentum": 0.9, "rate_inside": False},
    }


@register_rule("nesterov", "nag")
@pytree
class Nesterov(Momentum):
    """Nesterov's accelerated gradient: momentum that looks ahead to where it is going.

    Nesterov 1983; for networks, Sutskever et al. 2013:
    v_t = gamma v_{t-1} + eta g(theta_{t-1} - gamma v_{t-1}), theta_t = theta_{t-1} - v_t: the lecture's form. The
    reformulation, which takes the gradient at theta, is ``Nesterov(nesterov="reformulated")``; see `SGD`.

    >>> ahead, params = Nesterov(0.1), jnp.array(1.0)
    >>> step, state = ahead.update(jnp.array(1.0), ahead.init(params), params)
    >>> round(float(ahead.point(params + step, state)), 6)
    0.81
    """

    nesterov: str | bool = static(default="lookahead")

    title: ClassVar[str] = "Nesterov"
    equation: ClassVar[str] = (
        r"v_t = \gamma v_{t-1} + \eta\, \nabla J(\theta_{t-1} - \gamma v_{t-1}),\qquad \theta_t = \theta_{t-1} - v_t"
    )
    paper: ClassVar[str] = (
        "Nesterov: A method of solving a convex programming problem with convergence rate O(1/k^2). "
        "Soviet Mathematics Doklady 27, 1983"
    )
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": "lookahead"},
        "keras": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": "reformulated"},
        "torch": {"learning_rate": 0.001, "momentum": 0.9, "rate_inside": False, "nesterov": "reformulated"},
        "optax": {"momentum": 0.9, "rate_inside": False, "nesterov": "reformulated"},
    }
