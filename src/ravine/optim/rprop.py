"""Rprop: a step size for each coordinate, and of the gradient only its sign."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.schedules import Schedule
from ravine.optim.tree_math import counter, filled, leafwise

__all__ = ["Rprop", "RpropState"]


class RpropState(NamedTuple):
    """Updates done, last gradient (0 where its sign had just changed), size of the step per coordinate.

    No example: made by `Rprop.init`.
    """

    t: Array
    g: Tree
    size: Tree


@register_rule("rprop")
@pytree
class Rprop(Rule):
    """Rprop (Riedmiller & Braun 1993), in the form iRprop- (Igel & Hüsken 2000). Full batches only.

    Each coordinate has a step size Delta: times *eta_plus* while the gradient keeps its sign, times *eta_minus* when it
    changes, within [*step_min*, *step_max*]; after a change the coordinate rests for one update.

        theta_t = theta_{t-1} - sign(g_t) Delta_t,        Delta_0 = eta

    The learning rate is the first step size; a schedule gives its first value. On mini-batches the sign is noise, and
    the step sizes shrink to nothing or run away: give it the gradient of the whole training set.

    >>> slope, params = Rprop(0.1), jnp.array(1.0)
    >>> state, sizes = slope.init(params), []
    >>> for g in (2.0, 2.0, -1.0, -1.0):
    ...     step, state = slope.update(jnp.array(g), state, params)
    ...     sizes.append(round(float(step), 3) + 0.0)
    >>> sizes
    [-0.1, -0.12, 0.0, 0.06]
    """

    learning_rate: Rate = 0.1
    eta_minus: Number = bounded(0.5, 0.0, 1.0)
    eta_plus: Number = bounded(1.2, 1.0)
    step_min: Number = bounded(1e-6, 0.0)
    step_max: Number = bounded(50.0, 0.0)

    title: ClassVar[str] = "Rprop"
    equation: ClassVar[str] = (
        r"\Delta_t = \begin{cases} \eta^+ \Delta_{t-1} & g_t\, g_{t-1} > 0 \\ \eta^- \Delta_{t-1} & g_t\, g_{t-1} < 0 "
        r"\\ \Delta_{t-1} & g_t\, g_{t-1} = 0 \end{cases},\qquad "
        r"\theta_t = \theta_{t-1} - \operatorname{sign}(g_t)\, \Delta_t"
    )
    paper: ClassVar[str] = (
        "Riedmiller, Braun: A direct adaptive method for faster backpropagation learning: the RPROP algorithm. "
        "ICNN 1993; Igel, Hüsken: Improving the Rprop learning algorithm. NC 2000"
    )
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-4, 1.0)}
    full_batch_only: ClassVar[bool] = True
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "lecture": {},
        "torch": {"learning_rate": 0.01, "eta_minus": 0.5, "eta_plus": 1.2, "step_min": 1e-06, "step_max": 50.0},
        "optax": {"eta_minus": 0.5, "eta_plus": 1.2, "step_min": 1e-06, "step_max": 50.0},
    }

    def init(self, params: Tree) -> RpropState:
        eta: Any = self.learning_rate
        return RpropState(counter(), filled(params), filled(params, eta(0) if isinstance(eta, Schedule) else eta))

    def advance(self, eta: Array, t: Array, g: Tree, state: RpropState, params: Tree) -> tuple[Tree, RpropState]:
        def leaf(g: Any, last: Any, size: Any) -> tuple[Any, ...]:
            # The signs are multiplied, not the gradients: the product of two small ones underflows.
            turn = jnp.sign(g) * jnp.sign(last)
            factor = jnp.where(turn > 0, self.eta_plus, jnp.where(turn < 0, self.eta_minus, jnp.ones_like(size)))
            size = jnp.clip(size * factor, self.step_min, self.step_max)
            g = jnp.where(turn < 0, jnp.zeros_like(g), g)
            return -jnp.sign(g) * size, g, size

        step, last, size = leafwise(3, leaf, g, state.g, state.size)
        return step, RpropState(t, last, size)
