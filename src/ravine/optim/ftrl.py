"""FTRL-Proximal: the minimiser of all gradients so far, with penalties that make weights exactly 0."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from ravine.core import Array, Number, Tree, pytree
from ravine.optim._rule import Options, Range, Rate, Rule, bounded
from ravine.optim.registry import register_rule
from ravine.optim.tree_math import counter, filled, leafwise, quotient

__all__ = ["Ftrl", "FtrlState"]


class FtrlState(NamedTuple):
    """Updates done, sum of squared gradients, linear term.

    No example: made by `Ftrl.init`.
    """

    t: Array
    n: Tree
    z: Tree


@register_rule("ftrl")
@pytree
class Ftrl(Rule):
    """FTRL-Proximal (McMahan et al. 2013): follow the regularised leader, per coordinate.

        n_t = n_{t-1} + g_t^2,      z_t = z_{t-1} + g_t - (n_t^p - n_{t-1}^p) theta_{t-1} / eta
        theta_t = -(z_t - clip(z_t, -l1, l1)) / ((beta + n_t^p) / eta + l2)

    p is *power*, 1/2 as in Adagrad; n starts at *initial*. A weight whose |z| stays below *l1* is exactly 0. The rule
    minimises a sum that knows nothing of where the weights began: it is meant to start at 0, and pulls other starts
    there. *shrinkage* s adds 2 s theta to the gradient in z alone. In Keras l2 is half of ours (2 l2 stands in the
    denominator), beta is 0 and n starts at 0.1.

    >>> params = jnp.zeros(2)
    >>> step, state = Ftrl(0.5, l1=1.0, beta=0.0).update(jnp.array([4.0, 0.5]), Ftrl().init(params), params)
    >>> [round(float(x), 4) + 0.0 for x in step]
    [-0.375, 0.0]
    """

    learning_rate: Rate = 0.1
    l1: Number = bounded(0.0, 0.0)
    l2: Number = bounded(0.0, 0.0)
    beta: Number = bounded(1.0, 0.0)
    initial: Number = bounded(0.0, 0.0)
    power: Number = bounded(0.5, 0.0)
    shrinkage: Number = bounded(0.0, 0.0)

    title: ClassVar[str] = "FTRL-Proximal"
    equation: ClassVar[str] = (
        r"z_t = z_{t-1} + g_t - \frac{\sqrt{n_t} - \sqrt{n_{t-1}}}{\eta}\, \theta_{t-1},\qquad "
        r"\theta_t = -\frac{z_t - \min(\max(z_t, -\lambda_1), \lambda_1)}{(\beta + \sqrt{n_t}) / \eta + \lambda_2}"
    )
    paper: ClassVar[str] = "McMahan et al.: Ad click prediction: a view from the trenches. KDD 2013"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-3, 1.0)}
    presets: ClassVar[dict[str, Options]] = {
        "paper": {},
        "keras": {"learning_rate": 0.001, "beta": 0.0, "initial": 0.1},
    }

    def init(self, params: Tree) -> FtrlState:
        return FtrlState(counter(), filled(params, self.initial), filled(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: FtrlState, params: Tree) -> tuple[Tree, FtrlState]:
        def leaf(g: Any, theta: Any, n: Any, z: Any) -> tuple[Any, ...]:
            grown = n + g * g
            after = grown**self.power
            z = z + g + 2 * self.shrinkage * theta - (after - n**self.power) / eta * theta
            top = jnp.clip(z, -self.l1, self.l1) - z
            return quotient(top, (self.beta + after) / eta + self.l2) - theta, grown, z

        step, n, z = leafwise(3, leaf, g, params, state.n, state.z)
        return step, FtrlState(t, n, z)
