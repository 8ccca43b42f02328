"""The best epoch of each network, by the quantity that is asked for."""

from __future__ import annotations

import jax
import numpy as np

from ravine.core import RavineError, nearest, with_axes
from ravine.nn import Variables
from ravine.train.engine.callback import Callback
from ravine.train.engine.loop import Loop
from ravine.train.files.arrays import flattened, unflattened

__all__ = ["KeepBest"]


class KeepBest(Callback):
    """Keep the weights of the epoch whose *quantity* is best, for each network of a population; at the end go back.

    Which way is good the metric says (see `ravine.train.rises`). An epoch whose value is NaN is never the best; of
    equal ones the first is. A network none of whose epochs has a value stays as it ended.

    No example: see `ravine.train.train`, whose ``keep`` makes one.
    """

    def __init__(self, quantity: str) -> None:
        self.quantity = quantity
        self.best = self.epochs = np.zeros((0, 0))
        self.weights: Variables | None = None
        self._kept: dict[str, np.ndarray] | None = None

    def begin(self, loop: Loop) -> None:
        shape = loop.executor.shape
        self._sign = 1.0 if loop.history.rises(self.quantity) else -1.0
        self.best, self.epochs, self.weights = np.full(shape, -np.inf), np.full(shape, -1), None
        if self._kept is not None:
            self.best, self.epochs = self._kept["best"], self._kept["epochs"]
            weights = {name[8:]: array for name, array in self._kept.items() if name.startswith("weights ")}
            self.weights = unflattened(loop.executor.variables, weights) if weights else None
            self._kept = None

    def epoch(self, loop: Loop) -> None:
        if loop.epoch == 0:
            return
        values = loop.values.get(self.quantity)
        if values is None:
            if loop.epoch % loop.plan.evaluate_every == 0:
                raise RavineError(
                    f"keep: no quantity {self.quantity!r} per epoch: {nearest(self.quantity, loop.values)}"
                )
            return
        signed = self._sign * values
        better = signed > self.best
        if not better.any():
            return
        self.best = np.where(better, signed, self.best)
        self.epochs = np.where(better, loop.epoch, self.epochs)
        now = loop.executor.variables
        if self.weights is None or better.all():
            self.weights = now
            return

        self.weights = _chosen(better, now, self.weights)

    def settle(self, loop: Loop) -> None:
        if self.weights is None or loop.interrupted:
            return
        loop.executor.variables = _chosen(self.epochs < 0, loop.executor.variables, self.weights)
        loop.best_epochs = self.epochs

    def save(self) -> dict[str, np.ndarray]:
        weights = {} if self.weights is None else {f"weights {k}": v for k, v in flattened(self.weights).items()}
        return {"best": self.best, "epochs": self.epochs, **weights}

    def restore(self, kept: dict[str, np.ndarray]) -> None:
        self._kept = kept


def _chosen(which: np.ndarray, these: Variables, others: Variables) -> Variables:
    """For each network *these* weights where *which* [rows, columns] is true, and *others* where not."""
    return Variables(
        *jax.tree.map(lambda a, b: np.where(with_axes(which, a.ndim), a, b), tuple(these), tuple(others))
    )
