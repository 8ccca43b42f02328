"""The update rule: what every optimiser of the lecture has in common."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar, Self

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Tree, cast, check_choice, check_number
from ravine.optim.schedules import Schedule
from ravine.optim.tree_math import dtype_of

__all__ = ["Range", "Rate", "Rule"]

Rate = Number | Schedule
"""A learning rate: a number, or a schedule of numbers."""

# Lower bound, upper bound, whether the upper bound is excluded; by the name of the field.
RULE_BOUNDS: dict[str, tuple[float, float, bool]] = {
    "momentum": (0.0, 1.0, False),
    "dampening": (0.0, 1.0, False),
    "rho": (0.0, 1.0, True),
    "b1": (0.0, 1.0, True),
    "b2": (0.0, 1.0, True),
    "eps": (0.0, math.inf, True),
    "eps_root": (0.0, math.inf, True),
    "initial": (0.0, math.inf, True),
    "rate_decay": (0.0, math.inf, True),
    "weight_decay": (0.0, math.inf, True),
    "decay": (0.0, math.inf, True),
    "eta_minus": (0.0, 1.0, False),
    "eta_plus": (1.0, math.inf, True),
    "step_min": (0.0, math.inf, True),
    "step_max": (0.0, math.inf, True),
}


@dataclasses.dataclass(frozen=True)
class Range:
    """The interval in which a hyper-parameter is tuned, evenly on a logarithmic or a linear scale.

    >>> Range(1e-4, 1.0).at(0.5)
    0.01
    >>> Range(0.8, 1.0, log=False).at(0.5)
    0.9
    """

    low: float
    high: float
    log: bool = True

    def at(self, share: float) -> float:
        """The value at *share* of the way, from 0 (*low*) to 1 (*high*)."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + (self.high - self.low) * share)


class Rule:
    """How gradients become steps.

    ``state = rule.init(params)``, then ``step, state = rule.update(grads, state, params)``, once per gradient.
    The caller adds the step: ``params + step``. *params* is a tree of arrays of one dtype, float32 or float64; *grads*
    has its structure. A rule is a frozen tree whose numbers are leaves: another value compiles nothing, and `jax.vmap`
    over a rule trains a population. Its state counts the updates in ``t``, an int32 array, 0 at the start.

    >>> import jax.numpy as jnp
    >>> from ravine.optim import SGD
    >>> descend, params = SGD(learning_rate=0.5), jnp.array([1.0, 2.0])
    >>> step, state = descend.update(jnp.array([1.0, 1.0]), descend.init(params), params)
    >>> params + step, int(state.t)
    (Array([0.5, 1.5], dtype=float32), 1)
    """

    title: ClassVar[str]
    equation: ClassVar[str]
    """The rule in LaTeX: theta the parameters, g the gradient, eta the learning rate."""
    paper: ClassVar[str]
    ranges: ClassVar[dict[str, Range]]
    """Where each hyper-parameter is looked for when the rule is tuned."""
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {}
    """The values a field that selects a form may have."""
    full_batch_only: ClassVar[bool] = False
    """Whether the rule makes sense only with the gradient of the whole training set."""

    @property
    def learning_rate(self) -> Rate:
        """The number or schedule that scales the steps."""
        raise NotImplementedError(type(self).__name__)

    def __post_init__(self) -> None:
        owner = type(self).__name__
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            if field.name in self.choices:
                check_choice(owner, field.name, value, self.choices[field.name])
            elif field.name in RULE_BOUNDS:
                low, high, excluded = RULE_BOUNDS[field.name]
                check_number(owner, field.name, value, low=low, high=high, open_high=excluded)
            elif field.name == "learning_rate" and not isinstance(value, Schedule):
                if callable(value):
                    raise RavineError(
                        f"{owner}: learning_rate must be a number or a ravine.optim.Schedule, got {value!r}: "
                        "derive a class from Schedule whose method `at` gives the rate"
                    )
                check_number(owner, "learning_rate", value, low=0.0)

    def init(self, params: Tree) -> Any:
        """The state before the first update."""
        raise NotImplementedError(type(self).__name__)

    def advance(self, eta: Array, t: Array, g: Tree, state: Any, params: Tree) -> tuple[Tree, Any]:
        """The step and the state of update *t* at the rate *eta*: what a new rule defines.

        The fields are arrays of the dtype of *params* here.
        """
        raise NotImplementedError(type(self).__name__)

    def update(self, grads: Tree, state: Any, params: Tree) -> tuple[Tree, Any]:
        """The step to add to *params*, and the next state."""
        dtype = dtype_of(params)
        rule = cast(self, dtype)
        t = jnp.asarray(state.t) + 1
        step, state = rule.advance(rule.rate(t).astype(dtype), t, grads, state, params)
        return step, state

    def point(self, params: Tree, state: Any) -> Tree:
        """Where the gradient is to be taken: *params*, unless the rule looks ahead."""
        return params

    def rate(self, t: Any) -> Array:
        """The learning rate of update *t* = 1, 2, ...; a schedule is asked for its value at *t* - 1."""
        eta = self.learning_rate
        return eta(t - 1) if isinstance(eta, Schedule) else jnp.asarray(eta)

    def tunable(self) -> dict[str, Range]:
        """Name and range of every hyper-parameter that a study may draw."""
        return dict(self.ranges)

    def replace(self, **values: Any) -> Self:
        """The same rule with other hyper-parameters, such as ``learning_rate=0.1``."""
        return dataclasses.replace(self, **values)  # type: ignore[type-var]
