"""What the figures take: plain frozen records of arrays, made by whoever measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ravine.core import RavineError

__all__ = ["Curve", "Panel", "Reals", "Runs", "as_reals", "last_finite", "require"]

Reals = npt.NDArray[np.float64]
"""An array of float64."""


def as_reals(owner: str, name: str, value: Any, axes: int) -> Reals:
    """Return *value* as float64 with *axes* axes, or say what is wrong with it.

    >>> as_reals("Curve", "y", [1, 2], 1)
    array([1., 2.])
    >>> as_reals("Curve", "y", [[1, 2]], 1)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Curve: y must be numbers with 1 axis, got shape (1, 2)
    """
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RavineError(f"{owner}: {name} must be numbers with {axes} axes, got {value!r:.60}") from error
    if array.ndim != axes:
        plural = "axis" if axes == 1 else "axes"
        raise RavineError(f"{owner}: {name} must be numbers with {axes} {plural}, got shape {array.shape}")
    return array


def require(owner: str, name: str, records: Sequence[Any] | Reals) -> None:
    """Refuse an empty *records*.

    >>> require("spread", "groups", [])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: spread: groups are empty, so there is nothing to draw: give at least one
    """
    if len(records) == 0:
        raise RavineError(f"{owner}: {name} are empty, so there is nothing to draw: give at least one")


def last_finite(y: Reals) -> int:
    """Return the index of the last finite entry of *y*, -1 when there is none.

    A series whose last entry is not finite has diverged after that index; other gaps are values not measured.

    >>> last_finite(np.array([np.nan, 2.0, np.inf, np.nan]))
    1
    """
    finite = np.flatnonzero(np.isfinite(y))
    return int(finite[-1]) if len(finite) else -1


@dataclass(frozen=True, eq=False)
class Curve:
    """One line: *y* over *x*, both (n,). *colour* is the index of its colour and dash, None: by its place.

    >>> Curve("tanh", [0, 1], [0, 0.76]).y
    array([0.  , 0.76])
    """

    label: str
    x: Any
    y: Any
    colour: int | None = None

    def __post_init__(self) -> None:
        x, y = as_reals("Curve", "x", self.x, 1), as_reals("Curve", "y", self.y, 1)
        if x.shape != y.shape or not len(x):
            raise RavineError(f"Curve {self.label!r}: x and y must be of one length above 0, got {len(x)} and {len(y)}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)


@dataclass(frozen=True, eq=False)
class Runs:
    """One thing measured over several seeds: *y* (seeds, n) or (n,) over *x* (n,), e.g. loss per epoch.

    Entries that are not finite at the end of a row mean that this run diverged there; elsewhere, not measured.
    *published* is the value from elsewhere at the last x, or pairs (x, value). *colour* as in `Curve`. *names* of the
    rows appear when the pointer is on a run, where a figure draws each.

    >>> runs = Runs("adam", [0, 1, 2], [[2.3, 0.3, 0.2], [2.3, 0.4, float("nan")]])
    >>> runs.diverged
    array([False,  True])
    """

    label: str
    x: Any
    y: Any
    published: float | Sequence[tuple[float, float]] | None = None
    colour: int | None = None
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        x = as_reals("Runs", "x", self.x, 1)
        y = np.asarray(self.y)
        rows = as_reals("Runs", "y", y[None] if y.ndim == 1 else y, 2)
        if not len(x) or not len(rows) or rows.shape[1] != len(x):
            raise RavineError(
                f"Runs {self.label!r}: y must be (seeds, {len(x)}) to stand over x, got shape {np.shape(self.y)}"
            )
        if self.names and len(self.names) != len(rows):
            raise RavineError(f"Runs {self.label!r}: names must be one for each of {len(rows)} rows")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", rows)

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """Which rows end in values that are not finite, (seeds,)."""
        rows: Reals = self.y
        return np.logical_not(np.isfinite(rows[:, -1]))

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """The published values as pairs (x, value)."""
        if self.published is None:
            return ()
        if isinstance(self.published, Sequence):
            return tuple((float(at), float(value)) for at, value in self.published)
        return ((float(self.x[-1]), float(self.published)),)


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes under *title*; *log* scales y by powers of ten.

    >>> Panel("Loss", (Runs("adam", [0, 1], [1.0, 0.5]),)).log
    False
    """

    title: str
    runs: Sequence[Runs] = field(default=())
    log: bool = False
