"""The update rule: what every optimiser of the lecture has in common."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar, Self

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Tree, cast, check_choice, check_number
from ravine.optim.schedules import FunctionSchedule, Schedule
from ravine.optim.tree_math import dtype_of

__all__ = ["Options", "Range", "Rate", "Rule", "bounded", "bounds_of"]

Rate = Number | Schedule | Callable[[Array], Any]
"""A learning rate: a number, a schedule of numbers, or a function of the step, which becomes a schedule."""

Options = dict[str, Any]
"""Values of a rule's fields by name."""


def bounded(
    default: Any,
    low: float,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
    finite: bool = True,
) -> Any:
    """Declare a numeric field of a rule with the interval in which it makes sense; where not *finite*, inf does, too.

    >>> from ravine.core import pytree
    >>> @pytree
    ... class Halving(Rule):
    ...     share: Number = bounded(0.5, 0.0, 1.0, open_low=True)
    >>> Halving(0.0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Halving: share must be a number in (0, 1], got 0.0
    >>> bounds_of(Halving, "share")
    (0.0, 1.0)
    """
    interval = {"low": low, "high": high, "open_low": open_low, "open_high": open_high}
    return dataclasses.field(default=default, metadata={"interval": interval, "finite": finite})


def bounds_of(kind: type[Rule], field: str) -> tuple[float, float]:
    """The bounds of a numeric *field* of a rule, as it declares them.

    >>> from ravine.optim import Adam
    >>> bounds_of(Adam, "b1")
    (0.0, 1.0)
    """
    for each in dataclasses.fields(kind):  # type: ignore[arg-type]
        if each.name == field and "interval" in each.metadata:
            return each.metadata["interval"]["low"], each.metadata["interval"]["high"]
    return (0.0, math.inf)


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
    presets: ClassVar[dict[str, Options]] = {}
    """What each framework means by the rule's name: the fields that it sets, by "paper", "lecture", "keras", ..."""
    couples: ClassVar[bool] = False
    """Whether the step of a coordinate depends on the others of its array: on a norm, a row, a column."""
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
            elif "interval" in field.metadata:
                if field.metadata["finite"] or value != math.inf:
                    check_number(owner, field.name, value, **field.metadata["interval"])
            elif field.name == "learning_rate" and not isinstance(value, Schedule):
                if isinstance(value, type) and issubclass(value, Schedule):
                    raise RavineError(
                        f"{owner}: learning_rate is the class {value.__name__}: give one, such as {value.__name__}()"
                    )
                if callable(value):
                    object.__setattr__(self, "learning_rate", FunctionSchedule(value))
                else:
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
