"""Adagrad and Adadelta: a rate of its own for every coordinate."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree, static
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["Adadelta", "AdadeltaState", "Adagrad", "AdagradState"]


class AdagradState(NamedTuple):
    """Updates done and sum of squared gradients.

    No example: made by `Adagrad.init`.
    """

    t: Array
    a: Tree


@register_rule("adagrad")
@pytree
class Adagrad(Rule):
    """Adagrad (Duchi, Hazan & Singer 2011): coordinates that moved much move less.

        a_t = a_{t-1} + g_t^2,        theta_t = theta_{t-1} - eta g_t / (sqrt(a_t) + eps)

    a starts at *initial*. *eps_inside*: sqrt(a + eps), as in Keras 3 and optax. *rate_decay* d divides the rate of
    update t by 1 + (t - 1) d (torch's lr_decay).

    >>> params = jnp.array([1.0, 1.0])
    >>> step, state = Adagrad(0.1).update(jnp.array([3.0, 0.0]), Adagrad(0.1).init(params), params)
    >>> step + 0.0
    Array([-0.1,  0. ], dtype=float32)
    """

    learning_rate: Rate = 0.01
    eps: Number = bounded(1e-8, 0.0)
    initial: Number = bounded(0.0, 0.0)
    eps_inside: bool = static(default=False)
    rate_decay: Number | None = bounded(None, 0.0)

    title: ClassVar[str] = "Adagrad"
    equation: ClassVar[str] = (
        r"a_t = a_{t-1} + g_t^2,\qquad \theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{a_t} + \varepsilon}\, g_t"
    )
    paper: ClassVar[str] = (
        "Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic optimization. "
        "JMLR 12, 2011"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1.0)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"eps_inside": (True, False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.01, "eps": 1e-07},
        "keras": {"learning_rate": 0.001, "eps": 1e-07, "initial": 0.1, "eps_inside": True},
        "torch": {"learning_rate": 0.01, "eps": 1e-10},
        "optax": {"eps": 1e-07, "initial": 0.1, "eps_inside": True},
    }

    def init(self, params: Tree) -> AdagradState:
        return AdagradState(counter(), filled(params, self.initial))

    def advance(self, eta: Array, t: Array, g: Tree, state: AdagradState, params: Tree) -> tuple[Tree, AdagradState]:
        eps = self.eps
        if self.rate_decay is not None:
            eta = eta / (1 + (t - 1).astype(eta.dtype) * self.rate_decay)

        def leaf(g: Any, a: Any) -> tuple[Any, ...]:
            a = a + g * g
            return -quotient(eta * g, jnp.sqrt(a + eps) if self.eps_inside else jnp.sqrt(a) + eps), a

        step, a = leafwise(2, leaf, g, state.a)
        return step, AdagradState(t, a)


class AdadeltaState(NamedTuple):
    """Updates done, mean square of the gradient, mean square of the change.

    No example: made by `Adadelta.init`.
    """

    t: Array
    v: Tree
    u: Tree


@register_rule("adadelta")
@pytree
class Adadelta(Rule):
    """Adadelta (Zeiler 2012): Adagrad that forgets, with steps in the units of the parameter.

        v_t = rho v_{t-1} + (1 - rho) g_t^2,        d_t = -sqrt(u_{t-1} + eps) / sqrt(v_t + eps) g_t
        u_t = rho u_{t-1} + (1 - rho) d_t^2,        theta_t = theta_{t-1} + eta d_t

    The paper has no rate: eta = 1. Frameworks agree on the rule and differ in their defaults.

    >>> params = jnp.array(1.0)
    >>> step, state = Adadelta().update(jnp.array(5.0), Adadelta().init(params), params)
    >>> round(float(step), 6)
    -0.004472
    """

    learning_rate: Rate = 1.0
    rho: Number = bounded(0.95, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-6, 0.0)

    title: ClassVar[str] = "Adadelta"
    equation: ClassVar[str] = (
        r"v_t = \rho v_{t-1} + (1-\rho)\, g_t^2,\quad "
        r"\Delta_t = -\frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, g_t,\quad "
        r"u_t = \rho u_{t-1} + (1-\rho)\, \Delta_t^2,\quad \theta_t = \theta_{t-1} + \eta\, \Delta_t"
    )
    paper: ClassVar[str] = "Zeiler: ADADELTA: an adaptive learning rate method. arXiv:1212.5701, 2012"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-2, 1e1), "rho": Range(0.8, 0.999, log=False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 1.0, "rho": 0.95, "eps": 1e-07},
        "keras": {"learning_rate": 0.001, "rho": 0.95, "eps": 1e-07},
        "torch": {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-06},
        "optax": {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-06},
    }

    def init(self, params: Tree) -> AdadeltaState:
        return AdadeltaState(counter(), filled(params), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: AdadeltaState, params: Tree) -> tuple[Tree, AdadeltaState]:
        rho, eps = self.rho, self.eps

        def leaf(g: Any, v: Any, u: Any) -> tuple[Any, ...]:
            v = rho * v + (1 - rho) * g * g
            d = -quotient(jnp.sqrt(u + eps) * g, jnp.sqrt(v + eps))
            return eta * d, v, rho * u + (1 - rho) * d * d

        step, v, u = leafwise(3, leaf, g, state.v, state.u)
        return step, AdadeltaState(t, v, u)
