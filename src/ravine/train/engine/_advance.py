"""A chunk of steps, whatever trains it: how long it took, and who was lost in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ravine.core import with_axes
from ravine.train.engine.executor import Executor, Order

__all__ = ["Chunk", "advance", "epoch_values", "of_one"]


class Chunk(NamedTuple):
    """What *steps* steps leave: losses [rows, columns, steps], and probes and statistics as an `Executor` gives them.

    *lost* [rows, columns] is the place in the chunk of the first loss that is not finite, and *steps* where all are.

    No example: made by `advance`.
    """

    steps: int
    loss: np.ndarray
    stats: Any
    probes: dict[str, np.ndarray]
    lost: np.ndarray
    seconds: float


def advance(executor: Executor, order: Order, first: int, count: int, *, stats: Any = None, phase: int = 0) -> Chunk:
    """Let *executor* train on *count* rows of *order* from *first* on, and wait for what it leaves.

    No example: see `ravine.train.engine.OneByOne`.
    """
    began = time.perf_counter()
    records = executor.advance(order, first, count, stats=stats, phase=phase)
    seconds = time.perf_counter() - began
    finite, lost = np.isfinite(records.loss), np.full(records.loss.shape[:-1], count)
    if not finite.all():
        lost = np.where(finite.all(axis=-1), count, finite.argmin(axis=-1))
    return Chunk(count, records.loss, records.stats, records.probes, lost, seconds)


def epoch_values(loss: np.ndarray, metrics: dict[str, np.ndarray], lost: np.ndarray) -> dict[str, np.ndarray]:
    """An epoch's values: its mean *loss*, and the *metrics*, [rows, columns, ...], with NaN for those that were *lost*.

    In the epoch in which a run is lost no metric has a value: its weights must not be the best of anything.

    >>> epoch_values(np.array([[1.0, np.inf]]), {"mae": np.array([[0.5, 0.0]])}, np.array([[False, True]]))["mae"]
    array([[0.5, nan]])
    """
    values = {"loss": loss}
    for name, each in metrics.items():
        values[name] = np.where(with_axes(lost, each.ndim), np.nan, each) if lost.any() else each
    return values


def of_one(values: Mapping[str, np.ndarray], row: int, column: int) -> dict[str, Any]:
    """Those of *values* [rows, columns, ...] that one network has: numbers, or arrays.

    >>> of_one({"loss": np.array([[0.5, 0.25]])}, 0, 1)
    {'loss': 0.25}
    """
    here = {name: each[row, column] for name, each in values.items()}
    return {name: each.item() if each.ndim == 0 else each for name, each in here.items()}
