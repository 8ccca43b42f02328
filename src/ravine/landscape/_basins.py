"""Basins of attraction: in which minimum a rule ends, for every start of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ravine.core import RavineError, check_count
from ravine.landscape._minima import Minima, minima
from ravine.landscape._walks import walks
from ravine.landscape.functions import TestFunction, function
from ravine.optim import Rule

__all__ = ["DIVERGED", "UNDECIDED", "Basins", "basins"]

UNDECIDED, DIVERGED = -1, -2
"""The outcomes of a start that reached no minimum in time, and of one that left for ever."""

SHARE = 0.01
"""How near to a minimum is there, as a share of the view's smaller side."""


@dataclass(frozen=True, eq=False)
class Basins:
    """The outcome of every start of a grid.

    *outcome* (ny, nx) over *x* (nx,) and *y* (ny,): the index of the minimum in *minima*, `UNDECIDED` or `DIVERGED`;
    *steps* (ny, nx): the step from which on the walk stayed within *within* of its minimum, or the step at which it
    diverged, -1 where it is undecided.

    No example: made by `basins`.
    """

    x: Any
    y: Any
    outcome: Any
    steps: Any
    minima: Minima
    within: float

    def share(self, outcome: int) -> float:
        """The share of the starts with that *outcome*."""
        return float(np.mean(self.outcome == outcome))

    @property
    def best(self) -> float:
        """The share of the starts that end in a global minimum."""
        return float(np.mean((self.outcome >= 0) & (self.outcome < self.minima.known)))


def basins(
    test: str | TestFunction, rule: str | Rule, grid: int = 200, steps: int = 500, within: float | None = None
) -> Basins:
    """In which minimum *rule* ends on *test*, from *grid* x *grid* starts over its domain, after *steps* steps.

    A start belongs to a minimum when the walk ends no farther than *within* from it, by default a hundredth of the
    view. Minima are those of `minima`. All starts walk at once.

    >>> made = basins("himmelblau", "sgd:0.01", grid=20, steps=200)
    >>> made.outcome.shape, made.best
    ((20, 20), 1.0)
    >>> basins("saddle", "sgd:0.01", grid=20)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: basins: saddle has no minimum to end in: choose another function, e.g. 'himmelblau'
    """
    test = function(test)
    check_count("basins", "grid", grid, least=2)
    found = minima(test)
    if not len(found.points):
        raise RavineError(f"basins: {test.name} has no minimum to end in: choose another function, e.g. 'himmelblau'")
    sides = [high - low for low, high in test.domain]
    within = SHARE * min(sides) if within is None else within
    x, y = (np.linspace(low, high, grid) for low, high in test.domain)
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    # Where each start ends; then, once more, since when it was there: one distance per step, however many minima.
    ends = walks(test, rule, starts, found.points[:1], within, steps)
    nearest = cKDTree(found.points).query(ends.end)[1]
    made = walks(test, rule, starts, found.points[nearest][:, None], within, steps)
    outcome = np.where(made.lost >= 0, DIVERGED, np.where(made.target >= 0, nearest, UNDECIDED))
    arrived = np.where(made.lost >= 0, made.lost, made.arrived)
    return Basins(x, y, outcome.reshape(grid, grid), arrived.reshape(grid, grid), found, float(within))
