"""What is called between chunks and epochs."""

from __future__ import annotations

import numpy as np

from ravine.train.engine.loop import Loop

__all__ = ["Callback"]


class Callback:
    """Called by the training loop: at the beginning, after each chunk of steps, after each epoch, at the end.

    Epoch 0 is the evaluation before the first step. *loop* shows ``epoch``, ``step``, ``history``, ``session``,
    ``plan``, and ``loop.stop(reason)`` ends training. *every_epoch* False lets the engine run several short epochs as
    one chunk.

    >>> class Print(Callback):
    ...     def epoch(self, loop):
    ...         print(loop.epoch, sorted(loop.history.last))
    """

    every_epoch: bool = True

    def begin(self, loop: Loop) -> None:
        """Before the first step, or on resuming."""

    def chunk(self, loop: Loop) -> None:
        """After a chunk of steps."""

    def epoch(self, loop: Loop) -> None:
        """After an epoch and its evaluation."""

    def end(self, loop: Loop) -> None:
        """When training has ended, for whatever reason."""

    def settle(self, loop: Loop) -> None:
        """After every callback's `end`, checkpoints among them: choose the weights that the run returns."""

    def save(self) -> dict[str, np.ndarray]:
        """What a checkpoint must keep so that a resumed run equals an uninterrupted one."""
        return {}

    def restore(self, kept: dict[str, np.ndarray]) -> None:
        """Take back what `save` gave."""
