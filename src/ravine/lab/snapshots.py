"""States of a race along the way, for going back: bounded in number and in bytes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.lab.limits import LIMITS

__all__ = ["Snapshot", "SnapshotStore"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All lanes after *step* steps: *states* on the host (None of one that is off), what was *measured*, (lanes, 4).

    *squared* are the mean squared errors of a regression, (lanes, 2), *seconds* what training took so far.

    No example: taken by `Race`.
    """

    step: int
    states: tuple[Any, ...]
    measured: np.ndarray
    diverged: tuple[int | None, ...]
    rates: tuple[float, ...]
    squared: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    seconds: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(self.states))


class SnapshotStore:
    """Snapshots at multiples of *stride* steps. Where they become too many, every other goes and the stride doubles.

    At least the first and two more are kept, whatever they weigh.

    >>> kept = SnapshotStore(stride=2, most=4)
    >>> for step in range(0, 12, 2):
    ...     if kept.due(step):
    ...         kept.add(Snapshot(step, (np.zeros(1),), np.zeros((1, 4)), (None,), (0.1,)))
    >>> kept.steps, kept.stride, kept.nearest(7).step
    ([0, 4, 8], 4, 8)
    """

    def __init__(self, stride: int, most: int = LIMITS.snapshots, room: int = LIMITS.snapshot_bytes) -> None:
        self.stride, self.most, self.room = stride, most, room
        self._kept: dict[int, Snapshot] = {}
        self._bytes = 0

    @property
    def steps(self) -> list[int]:
        """The steps of all that are kept, ascending."""
        return sorted(list(self._kept))  # noqa: C414 - copied in one go, for other threads read it

    @property
    def range(self) -> tuple[int, int, int]:
        """The first and the last step kept, and how many there are."""
        steps = self.steps
        return (steps[0], steps[-1], len(steps)) if steps else (0, 0, 0)

    def due(self, step: int) -> bool:
        """Whether one is to be taken at *step*."""
        return step % self.stride == 0

    def add(self, snapshot: Snapshot) -> None:
        """Keep *snapshot*, in place of one of the same step."""
        self._drop(snapshot.step)
        self._kept[snapshot.step] = snapshot
        self._bytes += snapshot.size
        while len(self._kept) > self.most or (self._bytes > self.room and len(self._kept) > 3):
            self.stride *= 2
            for step in [step for step in self._kept if step % self.stride]:
                self._drop(step)

    def _drop(self, step: int) -> None:
        old = self._kept.pop(step, None)
        if old is not None:
            self._bytes -= old.size

    def nearest(self, step: int) -> Snapshot:
        """The one nearest to *step*; of two that are as near, the earlier."""
        steps = self.steps
        if not steps:
            raise RavineError("nothing has been recorded yet: run a few steps first")
        place = bisect_left(steps, step)
        near = steps[max(0, place - 1) : place + 1]
        return self._kept[min(near, key=lambda each: abs(each - step))]

    def at(self, step: int) -> Snapshot | None:
        """The one of exactly *step*, or None."""
        return self._kept.get(step)

    def cut(self, end: int) -> None:
        """Forget those after step *end*."""
        for step in [step for step in self._kept if step > end]:
            self._drop(step)
