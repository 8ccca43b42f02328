"""An epoch: chunks of compiled steps, with what is counted and who is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.keras.callbacks import CallbackList, ProgbarLogger
from ravine.keras.models.sources import BlockSource
from ravine.train import Session
from ravine.train.engine import Chunk, ChunkSizer, Executor, OneByOne, Order, advance, epoch_values, of_one

__all__ = ["Tally", "run_epoch"]


class Tally:
    """The running means of loss and metrics over an epoch.

    No example: made by `fit`.
    """

    def __init__(self) -> None:
        self.loss = 0.0
        self.count = 0.0
        self.stats: Any = None

    def add(self, made: Chunk, counts: np.ndarray) -> None:
        """Add a chunk of steps on so many examples each; its statistics are those of the epoch so far."""
        # One after the other, for the mean is told after every chunk: where one ends changes no bit.
        self.loss = float(np.add.accumulate([self.loss, *(made.loss[0, 0] * counts)])[-1])
        self.count += float(counts.sum())
        self.stats = made.stats

    def logs(self, executor: Executor) -> dict[str, Any]:
        """The means by name, in alphabetical order as in Keras; no metric has a value once the loss is not finite."""
        metrics = {} if self.stats is None else next(executor.metrics(self.stats, range(1)))
        loss, lost = np.array([[self.loss / max(self.count, 1.0)]]), np.array([[not math.isfinite(self.loss)]])
        return dict(sorted(of_one(epoch_values(loss, metrics, lost), 0, 0).items()))


def run_epoch(
    model: Any,
    source: BlockSource,
    callbacks: CallbackList,
    bar: ProgbarLogger | None,
    pace: ChunkSizer,
    pressed: list[bool],
) -> dict[str, Any]:
    """Train for one epoch and return its values; *pressed* is no longer empty once Ctrl-C was.

    No example: called by `fit`.
    """
    executor = OneByOne((_at_work(model, source.asked or model.asked),))
    single, tally, step = callbacks.per_step, Tally(), 0
    for examples, order in source.epoch(single):
        source.asked = model.asked
        # Another session where the block's examples have another length.
        executor = OneByOne((model.session,), examples)
        rows, counts = len(order), (order >= 0).sum(axis=1)
        block = Order(order, rows, bool((counts < order.shape[1]).any()))
        first = 0
        while first < rows and not model.stop_training:
            count = 1 if single else pace.count(rows - first)
            if single:
                callbacks.tell("on_train_batch_begin", step, {})
                model.upload()
                executor = OneByOne((_at_work(model, source.asked),), examples)
            executor.take(model.optimizer.rule())
            made = advance(executor, block, first, count, stats=tally.stats)
            pace.took(count, made.seconds)
            model.on_device()
            tally.add(made, counts[first : first + count])
            if pressed:
                raise KeyboardInterrupt
            callbacks.tell("on_losses", step, made.loss[0, 0])
            first, step = first + count, step + count
            if single:
                callbacks.tell("on_train_batch_end", step - 1, tally.logs(executor))
                executor = OneByOne((_at_work(model, source.asked),), examples)
            if bar is not None:
                bar.show(step, tally.logs(executor))
        if model.stop_training:
            break
    if source.steps is None and bar is not None and bar.bar is not None:
        bar.bar.target = step
    return tally.logs(executor)


def _at_work(model: Any, asked: Any) -> Session:
    """The session for what was *asked* for, whatever lengths an evaluation has looked at in between."""
    return model.session if model.asked == asked else model.session_for(*asked)  # type: ignore[no-any-return]
