"""An epoch: chunks of compiled steps, with what is counted and who is told."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from ravine.keras.callbacks import CallbackList, ProgbarLogger
from ravine.keras.models.sources import BlockSource
from ravine.train import Session
from ravine.train.engine.chunking import ChunkSizer
from ravine.train.engine.step import sums

__all__ = ["Tally", "run_epoch"]


class Tally:
    """The running means of loss and metrics over an epoch.

    No example: made by `fit`.
    """

    def __init__(self) -> None:
        self.loss = 0.0
        self.count = 0.0
        self.stats: tuple[Any, ...] | None = None

    def add(self, losses: np.ndarray, counts: np.ndarray, stats: tuple[Any, ...]) -> None:
        """Add steps with their losses and numbers of examples; *stats* are the metrics' of the epoch so far."""
        # One after the other: where a chunk ends changes no bit.
        self.loss = float(np.add.accumulate([self.loss, *(losses.astype(np.float64) * counts)])[-1])
        self.count += float(counts.sum())
        self.stats = stats

    def logs(self, session: Session) -> dict[str, Any]:
        """The means by name, in alphabetical order as in Keras; no metric has a value once the loss is not finite."""
        values = {"loss": self.loss / max(self.count, 1.0)}
        if self.stats is not None:
            metrics = session.metrics(tuple(each[0] for each in sums(self.stats)))
            values |= metrics if math.isfinite(self.loss) else {name: value * np.nan for name, value in metrics.items()}
        return dict(sorted(values.items()))


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
    session: Session = _at_work(model, source.asked or model.asked)
    single, tally, step = callbacks.per_step, Tally(), 0
    for examples, order in source.epoch(single):
        source.asked = model.asked
        rows, session = len(order), model.session  # another one where the block's examples have another length
        counts = (order >= 0).sum(axis=1)
        padded = bool((counts < order.shape[1]).any())
        first = 0
        while first < rows and not model.stop_training:
            count = 1 if single else pace.count(rows - first)
            if single:
                callbacks.tell("on_train_batch_begin", step, {})
                model.upload()
                session = _at_work(model, source.asked)
            session.rule = model.optimizer.rule()
            begun = time.monotonic()
            records = session.run(examples, order, first, count, padded=padded, stats=tally.stats)
            losses = np.asarray(records.loss)[first : first + count]
            pace.took(count, time.monotonic() - begun)
            model.on_device()
            tally.add(losses, counts[first : first + count], records.stats)
            if pressed:
                raise KeyboardInterrupt
            callbacks.tell("on_losses", step, losses)
            first, step = first + count, step + count
            if single:
                callbacks.tell("on_train_batch_end", step - 1, tally.logs(session))
                session = _at_work(model, source.asked)
            if bar is not None:
                bar.show(step, tally.logs(session))
        if model.stop_training:
            break
    if source.steps is None and bar is not None and bar.bar is not None:
        bar.bar.target = step
    return tally.logs(session)


def _at_work(model: Any, asked: Any) -> Session:
    """The session for what was *asked* for, whatever lengths an evaluation has looked at in between."""
    return model.session if model.asked == asked else model.session_for(*asked)  # type: ignore[no-any-return]
