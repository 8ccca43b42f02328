"""Weights along the way: copies on the host at epochs or at steps."""

from __future__ import annotations

from typing import Literal

import jax
import numpy as np

from ravine.core import check_choice, check_count
from ravine.nn import Variables
from ravine.train.engine.callback import Callback
from ravine.train.engine.chunking import Until
from ravine.train.engine.loop import Loop
from ravine.train.files.arrays import flattened, unflattened

__all__ = ["Snapshots"]


class Snapshots(Callback):
    """Keep a copy of the weights before the first step, every *every* epochs or steps, and at the end.

    *weights* are the copies, *steps* the steps done at each. They lie in the host's memory: a network of a million
    parameters takes 4 MB per copy. Weights that are not finite, of a run that diverged, are not kept. With *unit*
    "steps" chunks of steps end where a copy is due, which changes no bit of the training.

    >>> from ravine.data import load
    >>> from ravine.nn import network
    >>> from ravine.optim import Adam
    >>> from ravine.train import Plan, train
    >>> kept = Snapshots(every=5, unit="steps")
    >>> plan = Plan(epochs=3, batch_size=20)
    >>> run = train(network("2-4:tanh-2:softmax"), Adam(), load("xor", n=60), plan, callbacks=[kept])
    >>> kept.steps
    [0, 5, 9]
    """

    def __init__(self, every: int = 1, unit: Literal["epochs", "steps"] = "epochs") -> None:
        check_count("Snapshots", "every", every)
        check_choice("Snapshots", "unit", unit, ("epochs", "steps"))
        self.every, self.unit = every, unit
        # Several epochs may run as one block where only steps are asked for.
        self.every_epoch = unit == "epochs"
        self.steps: list[int] = []
        self.weights: list[Variables] = []
        self._kept: dict[str, np.ndarray] | None = None

    def begin(self, loop: Loop) -> None:
        self.steps, self.weights = [], []
        if self._kept is not None:
            self.steps = [int(step) for step in self._kept.get("steps", ())]
            for place in range(len(self.steps)):
                head = f"{place} "
                arrays = {n.removeprefix(head): a for n, a in self._kept.items() if n.startswith(head)}
                self.weights.append(unflattened(loop.session.variables, arrays))
            self._kept = None
            # The copy made where the run was interrupted is none that an uninterrupted run would have.
            if self.steps and not self._due(loop, self.steps[-1]):
                del self.steps[-1], self.weights[-1]
        if self.unit == "steps":
            loop.pace = Until(loop.pace, lambda: loop.step, self.every)
        if self._due(loop, loop.step):
            self._take(loop)

    def chunk(self, loop: Loop) -> None:
        if self.unit == "steps" and self._due(loop, loop.step):
            self._take(loop)

    def epoch(self, loop: Loop) -> None:
        if self.unit == "epochs" and self._due(loop, loop.step):
            self._take(loop)

    def end(self, loop: Loop) -> None:
        self._take(loop)

    def _due(self, loop: Loop, step: int) -> bool:
        return step % (self.every * (loop.steps if self.unit == "epochs" else 1)) == 0

    def _take(self, loop: Loop) -> None:
        if self.steps and self.steps[-1] == loop.step:
            return
        weights = loop.session.variables
        if all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(weights) if leaf.dtype.kind == "f"):
            self.steps.append(loop.step)
            self.weights.append(weights)

    def save(self) -> dict[str, np.ndarray]:
        arrays = {f"{i} {name}": a for i, each in enumerate(self.weights) for name, a in flattened(each).items()}
        return {"steps": np.array(self.steps, np.int64), **arrays}

    def restore(self, kept: dict[str, np.ndarray]) -> None:
        self._kept = kept
