"""Which examples each step of a race sees: blocks of rows, all of one shape, so that one program serves them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ravine.data import FULL, Split, epoch_order, replay
from ravine.lab._configuration import BatchChoice

__all__ = ["ExampleOrder"]

ROWS = 1024
"""Steps of a block, unless an epoch is longer."""
ENTRIES = 2**18
"""Indices of a block, unless an epoch has more."""
PASSES_KEPT = 64


@dataclass(frozen=True)
class ExampleOrder:
    """The order of the examples of a race over *n* of them: a pure function of *seed*.

    Step s (from 0) sees row s mod `rows` of block s div `rows`. Full, mini-batches and single examples are
    `ravine.data.epoch_order`'s epochs 1, 2, ..., as everywhere in Ravine. A stream is `ravine.data.replay`: its
    arrivals, each seen once as it comes.

    >>> order = ExampleOrder(BatchChoice(kind="mini", size=4), n=8, seed=0)
    >>> order.block(0).shape, order.steps
    ((1024, 4), 2)
    >>> sorted(order.block(0)[:2].ravel().tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """

    batch: BatchChoice
    n: int
    seed: int

    @property
    def size(self) -> int | str:
        """The batch as `epoch_order` takes it."""
        return FULL if self.batch.kind == "full" else self.batch.length(self.n)

    @property
    def steps(self) -> int:
        """Steps of an epoch, or of a pass of the stream."""
        return -(-self.n // self.batch.length(self.n))

    @property
    def epochs(self) -> int:
        """Epochs of a block."""
        return max(1, min(ROWS // self.steps, ENTRIES // (self.steps * self.batch.length(self.n))))

    @property
    def rows(self) -> int:
        """Steps of a block."""
        return self.steps * self.epochs

    @property
    def padded(self) -> bool:
        """Whether the last batch of an epoch is smaller, and filled with -1."""
        return self.n % self.batch.length(self.n) != 0

    def block(self, index: int) -> np.ndarray:
        """Block *index* from 0 on: int32 [rows, batch]."""
        first = index * self.epochs
        if self.batch.kind == "stream":
            return np.concatenate([_arrivals(self, first + each) for each in range(self.epochs)])
        parts = [epoch_order(self.n, self.size, self.seed, first + each + 1) for each in range(self.epochs)]
        return np.concatenate(parts)


@lru_cache(maxsize=PASSES_KEPT)
def _arrivals(order: ExampleOrder, number: int) -> np.ndarray:
    """Pass *number* of a stream as rows of indices: what arrives at each tick, padded with -1."""
    size = order.batch.length(order.n)
    # The stream carries the examples' numbers in place of the examples, which lie on the device already.
    numbers = Split(np.arange(order.n, dtype=np.float32)[:, None], np.zeros(order.n, np.int32))
    windows: Iterator[np.ndarray] = (
        window.x[window.order(size, only_fresh=True)[0], 0]
        for window in replay(numbers, size, window=size, passes=1, seed=order.seed + number)
    )
    made = np.full((order.steps, size), -1, np.int32)
    for row, seen in zip(made, itertools.islice(windows, order.steps), strict=True):
        row[: len(seen)] = seen
    return made
