"""Adam and its descendants that share its moments: AMSGrad and AdamW."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree, static
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["AMSGrad", "Adam", "AdamState", "AdamW"]


class AdamState(NamedTuple):
    """Updates done, first moment, second moment, and its maximum (AMSGrad alone).

    No example: made by `Adam.init`.
    """

    t: Array
    m: Tree
    v: Tree
    top: Tree


@register_rule("adam")
@pytree
class Adam(Rule):
    """Adam (Kingma & Ba 2015): RMSprop and momentum, each corrected for its start at zero.

        m_t = b1 m_{t-1} + (1 - b1) g_t,        v_t = b2 v_{t-1} + (1 - b2) g_t^2
        theta_t = theta_{t-1} - eta m^_t / (sqrt(v^_t) + eps),        m^_t = m_t / (1 - b1^t),   v^_t = v_t / (1 - b2^t)

    *eps_hat* = True adds eps to sqrt(v_t) before the correction, as in Section 2 of the paper and in Keras; *eps_root*
    adds inside the root: sqrt(v^_t + eps_root). *bias_correction* = False leaves m and v as they are.

    *amsgrad* replaces v by its maximum so far: "raw" of v_t, corrected afterwards (Keras, torch); "corrected" of v^_t
    (optax); "paper" of v_t, with no correction of m either (Reddi et al. 2018). None is Adam.

    *weight_decay* lambda: theta shrinks by eta lambda theta besides (decoupled, Loshchilov & Hutter 2019), or, with
    *decoupled* = False, lambda theta joins the gradient (L2).

    >>> params = jnp.array([1.0, 1.0])
    >>> step, state = Adam(0.1).update(jnp.array([3.0, -0.02]), Adam(0.1).init(params), params)
    >>> [round(float(x), 4) for x in step]
    [-0.1, 0.1]
    """

    learning_rate: Rate = 0.001
    b1: Number = bounded(0.9, 0.0, 1.0, open_high=True)
    b2: Number = bounded(0.999, 0.0, 1.0, open_high=True)
    eps: Number = bounded(1e-8, 0.0)
    weight_decay: Number | None = bounded(None, 0.0)
    eps_root: Number = bounded(0.0, 0.0)
    amsgrad: str | None = static(default=None)
    eps_hat: bool = static(default=False)
    bias_correction: bool = static(default=True)
    decoupled: bool = static(default=True)

    title: ClassVar[str] = "Adam"
    equation: ClassVar[str] = (
        r"m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t,\quad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2,\quad "
        r"\theta_t = \theta_{t-1} - \eta\, \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \varepsilon}"
    )
    paper: ClassVar[str] = "Kingma, Ba: Adam: a method for stochastic optimization. ICLR 2015, arXiv:1412.6980"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-5, 1e-1), "b1": Range(0.8, 0.99, log=False)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "amsgrad": (None, "raw", "corrected", "paper"),
        "eps_hat": (True, False),
        "bias_correction": (True, False),
        "decoupled": (True, False),
    }
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.001, "eps": 1e-07, "eps_hat": True},
        "keras": {"learning_rate": 0.001, "eps": 1e-07, "eps_hat": True},
        "torch": {"learning_rate": 0.001, "eps": 1e-08},
        "optax": {"eps": 1e-08},
    }

    def init(self, params: Tree) -> AdamState:
        return AdamState(counter(), filled(params), filled(params), None if self.amsgrad is None else filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: AdamState, params: Tree) -> tuple[Tree, AdamState]:
        b1, b2, decay = self.b1, self.b2, self.weight_decay
        one = jnp.ones_like(eta)
        power = t.astype(eta.dtype)
        corrected = self.bias_correction and self.amsgrad != "paper"
        c1, c2 = (1 - b1**power, 1 - b2**power) if corrected else (one, one)
        # sqrt(v / c2) + eps is (sqrt(v) + eps sqrt(c2)) / sqrt(c2): the corrections are scalars outside of the leaves.
        bare = self.amsgrad == "corrected"
        root = one if bare else jnp.sqrt(c2)
        alpha = eta * root / c1
        eps = self.eps if self.eps_hat else self.eps * root
        floor = self.eps_root if bare else self.eps_root * c2

        def leaf(g: Any, theta: Any, m: Any, v: Any, *top: Any) -> tuple[Any, ...]:
            if decay is not None and not self.decoupled:
                g = g + decay * theta
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            kept = (jnp.maximum(top[0], v / c2 if bare else v),) if top else ()
            step = -quotient(alpha * m, jnp.sqrt((kept[0] if kept else v) + floor) + eps)
            if decay is not None and self.decoupled:
                step = step - eta * decay * theta
            return step, m, v, *kept

        tops = () if self.amsgrad is None else (state.top,)
        step, m, v, *top = leafwise(3 + len(tops), leaf, g, params, state.m, state.v, *tops)
        return step, AdamState(t, m, v, top[0] if top else None)


@register_rule("amsgrad")
@pytree
class AMSGrad(Adam):
    """AMSGrad (Reddi, Kale & Kumar 2018): Adam whose per-coordinate rate never rises, for v is replaced by its maximum.

        theta_t = theta_{t-1} - eta m_t / (sqrt(max(v_1, ..., v_t)) + eps)

    As in the paper, nothing is corrected for the start at zero; `Adam` describes the other forms of *amsgrad*.

    >>> AMSGrad().amsgrad
    'paper'
    """

    amsgrad: str | None = static(default="paper")

    title: ClassVar[str] = "AMSGrad"
    equation: ClassVar[str] = (
        r"m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t,\quad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2,\quad "
        r"\hat v_t = \max(\hat v_{t-1}, v_t),\quad "
        r"\theta_t = \theta_{t-1} - \eta\, \frac{m_t}{\sqrt{\hat v_t} + \varepsilon}"
    )
    paper: ClassVar[str] = "Reddi, Kale, Kumar: On the convergence of Adam and beyond. ICLR 2018, arXiv:1904.09237"
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {"learning_rate": 0.001, "eps": 1e-07, "eps_hat": True, "amsgrad": "raw"},
        "keras": {"learning_rate": 0.001, "eps": 1e-07, "eps_hat": True, "amsgrad": "raw"},
        "torch": {"learning_rate": 0.001, "eps": 1e-08, "amsgrad": "raw"},
        "optax": {"eps": 1e-08, "amsgrad": "corrected"},
    }


@register_rule("adamw")
@pytree
class AdamW(Adam):
    """AdamW (Loshchilov & Hutter 2019): Adam whose weights decay by themselves, not through the gradient.

        theta_t = theta_{t-1} - eta (m^_t / (sqrt(v^_t) + eps) + lambda theta_{t-1})

    The decay is multiplied by the learning rate, as in every framework; the paper multiplies it by the schedule's
    factor alone.

    >>> params = jnp.array(2.0)
    >>> step, _ = AdamW(0.1, weight_decay=0.5).update(jnp.array(0.0), AdamW(0.1).init(params), params)
    >>> round(float(step), 6)
    -0.1
    """

    weight_decay: Number | None = bounded(0.01, 0.0)

    title: ClassVar[str] = "AdamW"
    equation: ClassVar[str] = (
        r"\theta_t = \theta_{t-1} - \eta \left( \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \varepsilon} "
        r"+ \lambda\, \theta_{t-1} \right)"
    )
    paper: ClassVar[str] = "Loshchilov, Hutter: Decoupled weight decay regularization. ICLR 2019, arXiv:1711.05101"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-5, 1e-1), "weight_decay": Range(1e-4, 1.0)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001, "eps": 1e-07, "eps_hat": True, "weight_decay": 0.004},
        "torch": {"learning_rate": 0.001, "eps": 1e-08, "weight_decay": 0.01},
        "optax": {"eps": 1e-08, "weight_decay": 0.0001},
    }
