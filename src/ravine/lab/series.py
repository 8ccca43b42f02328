"""The losses of a race: the latest steps one by one, all of them in bins, and evaluations."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from ravine.lab.limits import LIMITS

__all__ = ["MEASURED", "Evaluations", "Losses"]

MEASURED = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
"""What is evaluated of each lane at frozen weights, in the order of the columns."""


class Losses:
    """The batch losses of *lanes* rivals, step by step: the latest *kept* raw, and min, sum, max, count of all in bins.

    Memory is bounded however long a race lasts: when *bins* are full, neighbours are joined, so that a bin's width in
    steps is a power of two. A loss that is not finite enters no bin.

    >>> losses = Losses(1, kept=4, bins=2)
    >>> losses.add(np.array([[3.0, 1.0, 2.0, 5.0, 4.0]]))
    >>> losses.end, losses.raw(3)[1].tolist(), losses.width
    (5, [[5.0, 4.0]], 4)
    """

    def __init__(self, lanes: int, kept: int = LIMITS.losses, bins: int = LIMITS.bins) -> None:
        self.lanes, self.kept, self.bins = lanes, kept, bins
        self.ring = np.full((lanes, kept), np.nan, np.float32)
        self.end = self.floor = 0
        self.cuts: list[int] = []
        self._lock = threading.RLock()
        self.width = 1
        # min, sum, max, count per lane and bin
        self.table = np.zeros((4, lanes, bins))
        self.table[0], self.table[2] = np.inf, -np.inf

    @property
    def begin(self) -> int:
        """The first step whose loss is still there by itself."""
        return max(self.floor, self.end - self.kept)

    def add(self, losses: Any) -> None:
        """Append the *losses* (lanes, n) of the next n steps."""
        losses = np.asarray(losses, np.float64)
        with self._lock:
            for start in range(0, losses.shape[1], self.kept):
                self._add(losses[:, start : start + self.kept])

    def _add(self, losses: np.ndarray) -> None:
        steps = np.arange(self.end, self.end + losses.shape[1])
        self.ring[:, steps % self.kept] = losses
        self.end += losses.shape[1]
        while self.end > self.width * self.bins:
            self._join()
        finite = np.isfinite(losses)
        places = steps // self.width
        first, spans = places[0], places - places[0]
        for lane in range(self.lanes):
            here, valid = spans[finite[lane]], losses[lane, finite[lane]]
            row = self.table[:, lane, first:]
            np.minimum.at(row[0], here, valid)
            np.maximum.at(row[2], here, valid)
            np.add.at(row[1], here, valid)
            np.add.at(row[3], here, 1)

    def _join(self) -> None:
        pairs = self.table.reshape(4, self.lanes, self.bins // 2, 2)
        half = self.bins // 2
        joined = np.stack([pairs[0].min(-1), pairs[1].sum(-1), pairs[2].max(-1), pairs[3].sum(-1)])
        self.table[0], self.table[1], self.table[2], self.table[3] = np.inf, 0, -np.inf, 0
        self.table[:, :, :half] = joined
        self.width *= 2

    def raw(self, start: int, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Steps (n,) and losses (lanes, n) from *start*, or the first step kept, at most *most* of them."""
        with self._lock:
            start = max(start, self.begin)
            stop = self.end if most is None else min(self.end, start + most)
            steps = np.arange(start, max(start, stop))
            return steps.astype(np.int32), self.ring[:, steps % self.kept]

    def since(self, cursor: int, seen: int, most: int) -> tuple[np.ndarray, np.ndarray, int]:
        """What a reader lacks who has read up to *cursor* and knows of *seen* cuts: steps, losses, and cuts by now."""
        with self._lock:
            steps, losses = self.raw(min([cursor, *self.cuts[seen:]]), most)
            return steps, losses, len(self.cuts)

    def binned(self, start: int, stop: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        """First steps (m,) and min, mean, max (3, lanes, m) of the bins between, at most *points* of them."""
        with self._lock:
            return self._binned(start, stop, points)

    def _binned(self, start: int, stop: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        low, high = max(0, start) // self.width, -(-min(stop, self.end) // self.width)
        count = max(0, high - low)
        if not count:
            return np.zeros(0, np.int64), np.zeros((3, self.lanes, 0))
        every = -(-count // points)
        edges = np.arange(0, count, every)
        part = self.table[:, :, low:high]
        least = np.minimum.reduceat(part[0], edges, axis=-1)
        most = np.maximum.reduceat(part[2], edges, axis=-1)
        total, number = (np.add.reduceat(part[k], edges, axis=-1) for k in (1, 3))
        empty = number == 0
        mean = np.where(empty, np.nan, total / np.where(empty, 1, number))
        bounds = (np.where(empty, np.nan, each) for each in (least, most))
        low_bound, high_bound = bounds
        return (low + edges) * self.width, np.stack([low_bound, mean, high_bound])

    def cut(self, end: int) -> None:
        """Forget the steps from *end* on, a multiple of the bins' width or a step that is still kept."""
        with self._lock:
            self._cut(end)
            self.cuts.append(end)

    def _cut(self, end: int) -> None:
        place, rest = divmod(end, self.width)
        again = self.raw(end - rest, rest)[1] if rest and end - rest >= self.begin else None
        self.table[0, :, place:], self.table[2, :, place:] = np.inf, -np.inf
        self.table[1, :, place:], self.table[3, :, place:] = 0, 0
        # What the ring held of the forgotten steps had overwritten older ones.
        self.floor = min(end, self.begin)
        self.end = end
        if again is not None:
            self.end = end - rest
            self._add(again.astype(np.float64))


class Evaluations:
    """Losses and accuracies at frozen weights, a row for each step at which they were measured.

    >>> kept = Evaluations(lanes=1)
    >>> kept.add(8, np.array([[0.5, 0.6, 1.0, 0.9]]))
    >>> kept.rows(0)
    array([[8. , 0.5, 0.6, 1. , 0.9]], dtype=float32)
    """

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.cuts: list[int] = []
        self._rows: list[np.ndarray] = []
        self._steps: list[int] = []
        self._lock = threading.RLock()

    def add(self, step: int, values: np.ndarray) -> None:
        """Append the *values* (lanes, 4) of *step*, which replace earlier ones of the same step."""
        with self._lock:
            if self._steps and self._steps[-1] == step:
                self.cut(step - 1)
            self._steps.append(step)
            self._rows.append(np.concatenate([[step], np.ravel(values)]).astype(np.float32))

    @property
    def steps(self) -> list[int]:
        """The steps measured."""
        return list(self._steps)

    def rows(self, place: int, most: int = LIMITS.frame_losses) -> np.ndarray:
        """Rows from *place* on, float32 (m, 1 + 4 lanes): step, then per lane the quantities of `MEASURED`."""
        with self._lock:
            part = self._rows[place : place + most]
            return np.stack(part) if part else np.zeros((0, 1 + len(MEASURED) * self.lanes), np.float32)

    def since(self, place: int, seen: int, most: int) -> tuple[np.ndarray, int, int]:
        """What a reader lacks who has read *place* rows and knows of *seen* cuts: rows, the next place, cuts by now."""
        with self._lock:
            place = min([place, *self.cuts[seen:]])
            rows = self.rows(place, most)
            return rows, place + len(rows), len(self.cuts)

    def __len__(self) -> int:
        return len(self._steps)

    def cut(self, end: int) -> None:
        """Forget what was measured after step *end*."""
        with self._lock:
            while self._steps and self._steps[-1] > end:
                self._steps.pop()
                self._rows.pop()
            self.cuts.append(len(self._steps))
