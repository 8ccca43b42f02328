"""Learning rates that change with the number of updates."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine import optim
from ravine.core import Array, Number, RavineError, check_number, pytree, static
from ravine.keras.objects import Described, encode, named
from ravine.keras.unsupported import missing

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


@pytree
class _Core(optim.Schedule):
    """A schedule of Keras as the engine sees it: its numbers are leaves, its *kind* and flags are structure."""

    numbers: tuple[Number, ...]
    kind: str = static()
    flag: bool = static(default=False)

    def __post_init__(self) -> None:
        """Nothing is checked here: the objects of Keras have done it."""

    def at(self, step: Array) -> Any:
        return FORMULAS[self.kind](step, self.flag, *self.numbers)


def _exponential(step: Array, staircase: bool, initial: Any, steps: Any, rate: Any) -> Any:
    share = step / steps
    return initial * rate ** (jnp.floor(share) if staircase else share)


def _inverse_time(step: Array, staircase: bool, initial: Any, steps: Any, rate: Any) -> Any:
    share = step / steps
    return initial / (1 + rate * (jnp.floor(share) if staircase else share))


def _cosine(step: Array, warms: bool, initial: Any, steps: Any, alpha: Any, target: Any, warmup: Any) -> Any:
    if not warms:
        wave = 0.5 * (1 + jnp.cos(math.pi * jnp.minimum(step / steps, 1)))
        return initial * ((1 - alpha) * wave + alpha)
    wave = 0.5 * (1 + jnp.cos(math.pi * jnp.minimum(jnp.maximum(step - warmup, 0) / steps, 1)))
    rise = initial + (target - initial) * jnp.minimum(step / warmup, 1)
    return jnp.where(step < warmup, rise, target * ((1 - alpha) * wave + alpha))


def _polynomial(step: Array, cycle: bool, initial: Any, steps: Any, end: Any, power: Any) -> Any:
    if cycle:
        length = steps * jnp.maximum(jnp.ceil(step / steps), 1)
        share = step / length
    else:
        share = jnp.minimum(step / steps, 1)
    return (initial - end) * (1 - share) ** power + end


def _pieces(step: Array, _: bool, *numbers: Any) -> Any:
    bounds = numbers[: len(numbers) // 2]
    values = numbers[len(numbers) // 2 :]
    rate = values[0]
    for bound, value in zip(bounds, values[1:], strict=True):
        rate = jnp.where(step > bound, value, rate)
    return rate


FORMULAS: dict[str, Any] = {
    "exponential": _exponential,
    "inverse_time": _inverse_time,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "pieces": _pieces,
}


class LearningRateSchedule(Described, family="optimizers.schedules"):
    """A learning rate as a function of the number of updates done; a class of one's own defines ``__call__(step)``.

    No example: a base class.
    """

    def core(self) -> optim.Schedule:
        """The engine's schedule."""
        if type(self).__call__ is LearningRateSchedule.__call__:
            raise RavineError(f"{type(self).__name__}: define __call__(self, step), written with jax.numpy")
        return _Own((), self)

    def __call__(self, step: Any) -> Any:
        return np.asarray(self.core()(step))[()]


@pytree
class _Own(optim.Schedule):
    """A user's own schedule as the engine sees it."""

    numbers: tuple[Number, ...]
    schedule: Any = static()

    def __post_init__(self) -> None:
        """The function checks itself."""

    def at(self, step: Array) -> Any:
        return self.schedule(step)

    def __call__(self, step: Any) -> Array:
        return jnp.asarray(self.schedule(jnp.asarray(step)))


class ExponentialDecay(LearningRateSchedule):
    """initial * decay_rate^(step / decay_steps); with *staircase* the exponent is a whole number.

    >>> float(ExponentialDecay(1.0, 10, 0.5)(20))
    0.25
    """

    options = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        _check(self, initial_learning_rate, decay_steps)
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def core(self) -> optim.Schedule:
        numbers = (float(self.initial_learning_rate), float(self.decay_steps), float(self.decay_rate))
        return _Core(numbers, "exponential", self.staircase)


class InverseTimeDecay(ExponentialDecay):
    """initial / (1 + decay_rate * step / decay_steps); with *staircase* the quotient is a whole number.

    >>> float(InverseTimeDecay(1.0, 10, 1.0)(30))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def core(self) -> optim.Schedule:
        numbers = (float(self.initial_learning_rate), float(self.decay_steps), float(self.decay_rate))
        return _Core(numbers, "inverse_time", self.staircase)


class CosineDecay(LearningRateSchedule):
    """Half a cosine from *initial_learning_rate* to *alpha* times it in *decay_steps*.

    With *warmup_target* the rate first rises to it in a straight line, in *warmup_steps*.

    >>> float(CosineDecay(1.0, 10)(10))
    0.0
    """

    options = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        _check(self, initial_learning_rate, decay_steps)
        self.initial_learning_rate, self.decay_steps, self.alpha, self.name = (
            initial_learning_rate,
            decay_steps,
            alpha,
            name,
        )
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def core(self) -> optim.Schedule:
        warms = self.warmup_target is not None
        target = float(self.warmup_target or 0.0)
        numbers = (float(self.initial_learning_rate), float(self.decay_steps), float(self.alpha))
        return _Core((*numbers, target, float(self.warmup_steps)), "cosine", warms)


class PolynomialDecay(LearningRateSchedule):
    """From *initial_learning_rate* to *end_learning_rate* along (1 - step / decay_steps)^power.

    >>> round(float(PolynomialDecay(1.0, 10, end_learning_rate=0.5)(5)), 4)
    0.75
    """

    options = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        _check(self, initial_learning_rate, decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def core(self) -> optim.Schedule:
        numbers = (self.initial_learning_rate, self.decay_steps, self.end_learning_rate, self.power)
        return _Core(tuple(map(float, numbers)), "polynomial", self.cycle)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] until the step boundaries[0], then values[1] until the next, and so on.

    >>> [round(float(PiecewiseConstantDecay([10], [0.5, 0.25])(step)), 4) for step in (10, 11)]
    [0.5, 0.25]
    """

    options = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> None:
        self.boundaries, self.values, self.name = list(boundaries), list(values), name
        if len(self.boundaries) + 1 != len(self.values):
            raise RavineError(
                f"PiecewiseConstantDecay: {len(self.boundaries)} boundaries need {len(self.boundaries) + 1} values, "
                f"got {len(self.values)}"
            )

    def core(self) -> optim.Schedule:
        return _Core(tuple(map(float, (*self.boundaries, *self.values))), "pieces")


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """Return the dictionary that describes a schedule.

    >>> serialize(CosineDecay(0.1, 10))["class_name"]
    'CosineDecay'
    """
    return encode(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Any = None) -> LearningRateSchedule:
    """Return the schedule that a dictionary describes.

    >>> deserialize(serialize(CosineDecay(0.1, 10))).decay_steps
    10
    """
    made: LearningRateSchedule = named("optimizers.schedules", config)
    return made


def _check(schedule: LearningRateSchedule, initial: Any, steps: Any) -> None:
    owner = type(schedule).__name__
    check_number(owner, "initial_learning_rate", initial, low=0.0)
    check_number(owner, "decay_steps", steps, low=0.0, open_low=True)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
