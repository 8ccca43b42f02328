"""An epoch: chunks of compiled steps, with what is counted and who is told."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ravine.keras.callbacks import CallbackList, ProgbarLogger
from ravine.keras.models.sources import Source
from ravine.train import Session
from ravine.train.pace import Pace

__all__ = ["Tally", "run_epoch"]

class Tally:
    """The running means of loss and metrics.

    No example: made by `fit`.
    """

    def __init__(self) -> None:
        self.loss = 0.0
        self.count = 0.0
        self.stats: tuple[np.ndarray, ...] | None = None

    def add(self, losses: np.ndarray, counts: np.ndarray, stats: Any) -> None:
        """Add steps with their losses, numbers of examples, and summed statistics."""
        self.loss += float((losses.astype(np.float64) * counts).sum())
        self.count += float(counts.sum())
        new = tuple(np.asarray(each) for each in stats)
        self.stats = new if self.stats is None else tuple(a + b for a, b in zip(self.stats, new, strict=True))

    def logs(self, session: Session) -> dict[str, Any]:
        """The means by name, in alphabetical order as in Keras."""
        values = {"loss": self.loss / max(self.count, 1.0)}
        values |= {} if self.stats is None else session.metrics(self.stats)
        return dict(sorted(values.items()))


def run_epoch(
    model: Any, source: Source, callbacks: CallbackList, bar: ProgbarLogger | None, pace: Pace, pressed: list[bool]
) -> dict[str, Any]:
    """Train for one epoch and return its values; *pressed* is no longer empty once Ctrl-C was.

    No example: called by `fit`.
    """
    session: Session = model.session
    single, tally, step = callbacks.per_step, Tally(), 0
    for examples, order in source.epoch(single):
        rows, session = len(order), model.session  # another one where the block's examples have another length
        counts = (order >= 0).sum(axis=1)
        padded = bool((counts < order.shape[1]).any())
        first = 0
        while first < rows and not model.stop_training:
            count = 1 if single else pace.count(rows - first)
            if single:
                callbacks.tell("on_train_batch_begin", step, {})
                model.upload()
            session.rule = model.optimizer.rule()
            begun = time.monotonic()
            records = session.run(examples, order, first, count, padded=padded)
            losses = np.asarray(records.loss)[first : first + count]
            pace.took(count, time.monotonic() - begun)
            model.on_device()
            tally.add(losses, counts[first : first + count], [stats[0] for stats in records.stats])
            if pressed:
                raise KeyboardInterrupt
            callbacks.tell("on_losses", step, losses)
            first, step = first + count, step + count
            if single:
                callbacks.tell("on_train_batch_end", step - 1, tally.logs(session))
            if bar is not None:
                bar.show(step, tally.logs(session))
        if model.stop_training:
            break
    if source.steps is None and bar is not None and bar.bar is not None:
        bar.bar.target = step
    return tally.logs(session)
