"""The rows of a population: seeds, folds, and what may be a row's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ravine.core import RavineError, check_count
from ravine.data import Dataset, Split, epoch_order
from ravine.train.plan import Plan

__all__ = ["Row", "row_order", "row_steps", "row_weights"]


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a population: a *seed*, and what else may be its own.

    *examples* are those of the training part that it trains on, by their places or as a mask (a fold of a
    cross-validation); *weight* (n,) weighs all n of them in place of the data's own weights; *validation* takes the
    place of the data's. *order* tells for each epoch, from 1 on, which examples of the whole training part each step
    sees: int32 [steps, batch], padded with -1, of one shape.

    >>> folds = np.arange(6) % 3
    >>> [Row(seed=0, examples=folds != fold).places(6).tolist() for fold in range(3)]
    [[1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 3, 4]]
    """

    seed: int = 0
    examples: np.ndarray | None = None
    weight: np.ndarray | None = None
    validation: Split | None = None
    order: Callable[[int], np.ndarray] | None = None

    def __post_init__(self) -> None:
        check_count("Row", "seed", self.seed, least=0)

    @property
    def plain(self) -> bool:
        """Whether nothing but the seed is its own."""
        return all(own is None for own in (self.examples, self.weight, self.validation, self.order))

    def places(self, n: int) -> np.ndarray:
        """The places, of *n* training examples, of those that it trains on."""
        if self.examples is None:
            return np.arange(n)
        given = np.asarray(self.examples)
        if given.dtype == bool and given.shape != (n,):
            raise RavineError(f"Row: examples as a mask must have the shape ({n},), got {given.shape}")
        places = np.flatnonzero(given) if given.dtype == bool else given
        if places.ndim != 1 or places.dtype.kind not in "iu" or not len(places):
            raise RavineError(
                f"Row: examples must be a mask or places of one training example at least, got an array of shape "
                f"{given.shape} and type {given.dtype}"
            )
        if places.min() < 0 or places.max() >= n:
            raise RavineError(f"Row: examples must lie between 0 and {n - 1}, got {places.min()} to {places.max()}")
        return places

    def dataset(self, dataset: Dataset) -> Dataset:
        """What a network in this row is trained on and measured with: *dataset* itself where nothing is its own."""
        if self.plain:
            return dataset
        train, n = dataset.train, len(dataset.train)
        if self.weight is not None:
            weight = np.asarray(self.weight)
            if weight.shape[:1] != (n,):
                raise RavineError(f"Row: weight must have one entry for each of {n} examples, got {weight.shape}")
            train = replace(train, weight=weight)
        if self.examples is not None:
            train = train.take(self.places(n))
        return replace(dataset, train=train, validation=self.validation or dataset.validation)


def row_steps(row: Row, plan: Plan, n: int) -> int:
    """The steps of an epoch of *row*, of *n* training examples.

    >>> row_steps(Row(examples=np.arange(5)), Plan(batch_size=2), 100)
    3
    """
    if row.order is not None:
        return len(row.order(1))
    return plan.steps(n if row.examples is None else len(row.places(n)))


def row_order(rows: Sequence[Row], plan: Plan, n: int, epochs: range) -> np.ndarray:
    """The order of several *epochs*, one after another, for each of *rows*: int32 [rows, steps, batch].

    >>> row_order([Row(), Row(examples=np.array([7, 8]))], Plan(batch_size=2, steps_per_epoch=1), 9, range(1, 4)).shape
    (2, 3, 2)
    """
    each = [_order(row, plan, n, epochs) for row in rows]
    orders = np.full((len(each), len(each[0]), max(order.shape[1] for order in each)), -1, np.int32)
    for place, order in zip(orders, each, strict=True):
        place[:, : order.shape[1]] = order
    return orders


def row_weights(rows: Sequence[Row], weight: np.ndarray | None, n: int) -> np.ndarray | None:
    """The weights of all *n* examples in each of *rows*, whose own take the place of *weight*; None where none has.

    >>> row_weights([Row(), Row(weight=np.array([0.0, 2.0]))], None, 2).tolist()
    [[1.0, 1.0], [0.0, 2.0]]
    """
    if all(row.weight is None for row in rows):
        return None
    common = np.ones(n) if weight is None else weight
    return np.stack([common if row.weight is None else np.asarray(row.weight) for row in rows])


def _order(row: Row, plan: Plan, n: int, epochs: range) -> np.ndarray:
    if row.order is not None:
        parts = [np.asarray(row.order(epoch), np.int32) for epoch in epochs]
        shapes = {part.shape for part in parts} | {np.shape(row.order(1))}
        if len(shapes) > 1 or len(parts[0].shape) != 2:
            raise RavineError(f"Row: order must give [steps, batch] of one shape for every epoch, got {shapes}")
        if any(part.max() >= n for part in parts):
            raise RavineError(f"Row: order must give places of the {n} training examples, and -1 for none")
        return np.concatenate(parts)
    places: Any = None if row.examples is None else row.places(n)
    own = n if places is None else len(places)
    steps = plan.steps(own)
    orders = [epoch_order(own, plan.batch_size, row.seed, each, plan.shuffle)[:steps] for each in epochs]
    order = np.concatenate(orders)
    return order if places is None else np.where(order < 0, -1, places[order]).astype(np.int32)
