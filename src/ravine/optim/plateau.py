"""The schedule that listens: a rate cut when a watched value no longer improves."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar, Self

import numpy as np

from ravine.core import Array, Number, check_choice, check_number, pytree, static
from ravine.optim.schedules import SCHEDULES, Schedule

__all__ = ["ReduceOnPlateau"]


@SCHEDULES.register("reduce_on_plateau")
@pytree
class ReduceOnPlateau(Schedule):
    """A constant rate, times *factor* whenever the observed value has not improved *patience* times running.

    An improvement is a change of more than *min_delta* in the direction of *mode* ("min" or "max"). After a cut,
    *cooldown* observations do not count; the rate stays at *floor* or above (Keras's ReduceLROnPlateau). *rate*,
    *best*, *wait* and *rest* are what it remembers: `observe` gives the schedule after one more value, of the same
    tree structure, on the host; values may be arrays, one entry per member of a population.

    >>> patient = ReduceOnPlateau(1.0, factor=0.5, patience=2)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     patient = patient.observe(loss)
    >>> float(patient(0))
    0.5
    """

    rate: Number = 0.001
    factor: Number = 0.1
    patience: Number = 10.0
    min_delta: Number = 1e-4
    cooldown: Number = 0.0
    floor: Number = 0.0
    mode: str = static(default="min")
    best: Number = math.inf
    wait: Number = 0.0
    rest: Number = 0.0

    lengths: ClassVar[tuple[str, ...]] = ("patience",)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("ReduceOnPlateau", "mode", self.mode, ("min", "max"))
        check_number("ReduceOnPlateau", "factor", self.factor, low=0.0, high=1.0, open_high=True)

    def at(self, step: Array) -> Any:
        return self.rate

    def observe(self, value: Any) -> Self:
        """The schedule after *value* was seen at the end of an epoch; its best is kept as a value to minimise."""
        seen = np.asarray(value, float) * (1 if self.mode == "min" else -1)
        rest = np.maximum(np.asarray(self.rest) - 1, 0)
        waited = np.where(np.asarray(self.rest) > 0, 0, self.wait)
        better = seen < np.asarray(self.best) - self.min_delta
        wait = np.where(better, 0, np.where(rest > 0, waited, waited + 1))
        cut = (wait >= self.patience) & (np.asarray(self.rate) > self.floor)
        return dataclasses.replace(
            self,
            rate=np.where(cut, np.maximum(np.asarray(self.rate) * self.factor, self.floor), self.rate),
            best=np.where(better, seen, self.best),
            wait=np.where(cut, 0, wait),
            rest=np.where(cut, self.cooldown, rest),
        )
