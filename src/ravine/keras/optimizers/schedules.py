"""Learning rates that change with the number of updates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine import optim
from ravine.core import Array, Number, RavineError, check_number, pytree, static
from ravine.keras.objects import Described
from ravine.keras.tables import Row, entered, lookups
from ravine.keras.unsupported import missing

__all__ = ["LearningRateSchedule", "deserialize", "serialize"]


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


def _restarts(step: Array, even: bool, initial: Any, steps: Any, longer: Any, lower: Any, alpha: Any) -> Any:
    done = step / steps
    if even:
        number = jnp.floor(done)
        share = done - number
    else:
        number = jnp.floor(jnp.log(1 - done * (1 - longer)) / jnp.log(longer))
        share = (done - (1 - longer**number) / (1 - longer)) / longer**number
    wave = 0.5 * lower**number * (1 + jnp.cos(math.pi * share))
    return initial * ((1 - alpha) * wave + alpha)


FORMULAS: dict[str, Any] = {
    "restarts": _restarts,
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
        if self._make is not None:
            return self.made()  # type: ignore[no-any-return]
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


def _checked(owner: str, initial: Any, steps: Any) -> tuple[float, float]:
    check_number(owner, "initial_learning_rate", initial, low=0.0)
    check_number(owner, "decay_steps", steps, low=0.0, open_low=True)
    return float(initial), float(steps)


def _by_step(owner: str, kind: str) -> Callable[..., _Core]:
    def make(initial_learning_rate, decay_steps, decay_rate, staircase=False, name=owner):  # type: ignore[no-untyped-def]
        return _Core((*_checked(owner, initial_learning_rate, decay_steps), float(decay_rate)), kind, staircase)

    return make


def _half_cosine(
    initial_learning_rate: float,
    decay_steps: int,
    alpha: float = 0.0,
    name: str = "CosineDecay",
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> _Core:
    numbers = (*_checked("CosineDecay", initial_learning_rate, decay_steps), float(alpha))
    warmup = (float(warmup_target or 0.0), float(warmup_steps))
    return _Core((*numbers, *warmup), "cosine", warmup_target is not None)


def _again(
    initial_learning_rate: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str = "SGDRDecay",
) -> _Core:
    numbers = _checked("CosineDecayRestarts", initial_learning_rate, first_decay_steps)
    return _Core((*numbers, float(t_mul), float(m_mul), float(alpha)), "restarts", t_mul == 1)


def _power(
    initial_learning_rate: float,
    decay_steps: int,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
    name: str = "PolynomialDecay",
) -> _Core:
    numbers = _checked("PolynomialDecay", initial_learning_rate, decay_steps)
    return _Core((*numbers, float(end_learning_rate), float(power)), "polynomial", cycle)


def _stairs(boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> _Core:
    if len(boundaries) + 1 != len(values):
        raise RavineError(
            f"PiecewiseConstantDecay: {len(boundaries)} boundaries need {len(boundaries) + 1} values, got {len(values)}"
        )
    return _Core(tuple(map(float, (*boundaries, *values))), "pieces")


ROWS: dict[str, Row] = {
    "ExponentialDecay": (
        _by_step("ExponentialDecay", "exponential"),
        "initial * decay_rate^(step / decay_steps); with *staircase* the exponent is a whole number.",
    ),
    "InverseTimeDecay": (
        _by_step("InverseTimeDecay", "inverse_time"),
        "initial / (1 + decay_rate * step / decay_steps); with *staircase* the quotient is a whole number.",
    ),
    "CosineDecay": (
        _half_cosine,
        "Half a cosine down to *alpha* times the rate, after a rise to *warmup_target* if there is one.",
    ),
    "CosineDecayRestarts": (
        _again,
        "Half cosines in turn, each *t_mul* times longer and *m_mul* times higher (Loshchilov & Hutter 2017).",
    ),
    "PolynomialDecay": (_power, "Down to *end_learning_rate* along (1 - step / decay_steps)^power."),
    "PiecewiseConstantDecay": (_stairs, "values[0] until the step boundaries[0], then values[1] until the next, ..."),
}
"""Keras's name and arguments, and what that is here."""

_classes = entered(LearningRateSchedule, ROWS, __name__)
globals().update(_classes)
__all__.extend(_classes)

_get, serialize, deserialize = lookups("optimizers.schedules", LearningRateSchedule, {}, __name__)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
