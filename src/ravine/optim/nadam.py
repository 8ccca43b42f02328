"""Nadam and Adamax, the other two children of Adam's moments."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, Tree, pytree, static
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, dtype_of, filled, leafwise, quotient

__all__ = ["Adamax", "AdamaxState", "Nadam", "NadamState"]


class NadamState(NamedTuple):
    """Updates done, product of the momenta so far, first and second moment.

    No example: made by `Nadam.init`.
    """

    t: Array
    product: Array
    m: Tree
    v: Tree


@register_rule("nadam")
@pytree
class Nadam(Rule):
    """Nadam (Dozat 2016): Adam with Nesterov's momentum, which grows from b1 / 2 to b1.

        mu_t = b1 (1 - 0.96^(t psi) / 2),        P_t = mu_1 ... mu_t
        theta_t = theta_{t-1} - eta [mu_{t+1} m_t / (1 - P_{t+1}) + (1 - mu_t) g_t / (1 - P_t)] / (sqrt(v^_t) + eps)

    with m_t, v^_t as in Adam. *psi* is 0.004 in the paper, in Keras 2 and in torch, 1 in Keras 3; infinity makes mu
    constant (optax).

    >>> params = jnp.array(1.0)
    >>> step, state = Nadam(0.1, psi=float("inf")).update(jnp.array(2.0), Nadam().init(params), params)
    >>> round(float(step), 5)  # 0.1 (0.9 / 1.9 + 1)
    -0.14737
    """

    learning_rate: Rate = 0.002
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.999, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-8, 0.0)
    psi: Number = bounded(0.004, 0.0, finite=False)

    title: ClassVar[str] = "Nadam"
    equation: ClassVar[str] = (
        r"\theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{\hat v_t} + \varepsilon} "
        r"\left( \frac{\mu_{t+1}\, m_t}{1 - \prod_{i=1}^{t+1} \mu_i} "
        r"+ \frac{(1-\mu_t)\, g_t}{1 - \prod_{i=1}^{t} \mu_i} "
        r"\right),\quad \mu_t = \beta_1 \left(1 - \tfrac12\, 0.96^{t\psi}\right)"
    )
    paper: ClassVar[str] = "Dozat: Incorporating Nesterov momentum into Adam. ICLR Workshop, 2016"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-5, 1e-1), "b1": Range(0.8, 0.99, log=False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.002, "eps": 1e-07, "psi": 0.004},
        "keras": {"learning_rate": 0.001, "eps": 1e-07, "psi": 1.0},
        "torch": {"learning_rate": 0.002, "eps": 1e-08, "psi": 0.004},
        "optax": {"eps": 1e-08, "psi": math.inf},
    }

    def init(self, params: Tree) -> NadamState:
        return NadamState(counter(), filled(np.zeros((), dtype_of(params)), 1.0), filled(params), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: NadamState, params: Tree) -> tuple[Tree, NadamState]:
        b1, b2 = self.b1, self.b2
        time = t.astype(eta.dtype)
        mu, following = (b1 * (1 - 0.5 * 0.96 ** (n * self.psi)) for n in (time, time + 1))
        product = state.product * mu
        root = jnp.sqrt(1 - b2**time)
        ahead = eta * root * following / (1 - product * following)
        now = eta * root * (1 - mu) / (1 - product)
        eps = self.eps * root

        def leaf(g: Any, m: Any, v: Any) -> tuple[Any, ...]:
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            return -quotient(ahead * m + now * g, jnp.sqrt(v) + eps), m, v

        step, m, v = leafwise(3, leaf, g, state.m, state.v)
        return step, NadamState(t, product, m, v)


class AdamaxState(NamedTuple):
    """Updates done, first moment, and decayed maximum of the gradient's size.

    No example: made by `Adamax.init`.
    """

    t: Array
    m: Tree
    u: Tree


@register_rule("adamax")
@pytree
class Adamax(Rule):
    """Adamax (Kingma & Ba 2015, Section 7.1): Adam with the maximum norm in place of the mean square.

        u_t = max(b2 u_{t-1}, |g_t|),        theta_t = theta_{t-1} - eta m^_t / (u_t + eps)

    The paper has no eps. *eps_in_max*: u_t = max(b2 u_{t-1}, |g_t| + eps) and the division by u_t (torch, optax).

    >>> params = jnp.array([1.0, 1.0])
    >>> step, state = Adamax(0.5).update(jnp.array([3.0, 0.0]), Adamax().init(params), params)
    >>> [round(float(x), 6) for x in step + 0.0]
    [-0.5, 0.0]
    """

    learning_rate: Rate = 0.002
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.999, 0.0, 1.0, open_high=True)
    eps: Number = bounded(0.0, 0.0)
    eps_in_max: bool = static(default=False)

    title: ClassVar[str] = "Adamax"
    equation: ClassVar[str] = (
        r"u_t = \max(\beta_2 u_{t-1}, |g_t|),\qquad "
        r"\theta_t = \theta_{t-1} - \frac{\eta}{1-\beta_1^t}\, \frac{m_t}{u_t + \varepsilon}"
    )
    paper: ClassVar[str] = "Kingma, Ba: Adam: a method for stochastic optimization. ICLR 2015, arXiv:1412.6980"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-5, 1e-1), "b1": Range(0.8, 0.99, log=False)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"eps_in_max": (True, False)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.002, "eps": 1e-07},
        "keras": {"learning_rate": 0.001, "eps": 1e-07},
        "torch": {"learning_rate": 0.002, "eps": 1e-08, "eps_in_max": True},
        "optax": {"eps": 1e-08, "eps_in_max": True},
    }

    def init(self, params: Tree) -> AdamaxState:
        return AdamaxState(counter(), filled(params), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: AdamaxState, params: Tree) -> tuple[Tree, AdamaxState]:
        b1, b2, eps = self.b1, self.b2, self.eps
        alpha = eta / (1 - b1 ** t.astype(eta.dtype))

        def leaf(g: Any, m: Any, u: Any) -> tuple[Any, ...]:
            m = b1 * m + (1 - b1) * g
            u = jnp.maximum(b2 * u, jnp.abs(g) + eps if self.eps_in_max else jnp.abs(g))
            return -quotient(alpha * m, u if self.eps_in_max else u + eps), m, u

        step, m, u = leafwise(3, leaf, g, state.m, state.u)
        return step, AdamaxState(t, m, u)
