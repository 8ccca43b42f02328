"""Losses and accuracies of all lanes at frozen weights, by one compiled program for every rule and both parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ravine.core import cast
from ravine.data import Split
from ravine.lab.limits import LIMITS
from ravine.lab.series import MEASURED
from ravine.lab.setup import Setup
from ravine.nn import Variables
from ravine.optim import SGD
from ravine.train import Examples, Session
from ravine.train.engine import Program, evaluate_padded

__all__ = ["SQUARED", "Meter"]

SQUARED = ("train", "test")
"""The parts whose mean squared errors are measured of each lane of a regression, in the order of the columns."""
SQUARE = "mse"

_evaluate = jax.jit(evaluate_padded)


class Meter:
    """Measures on the training and the test part: all their examples, or the first thousand of each.

    The parts are filled up to one length, and the program's place for a rule always holds the same one, so that what
    is compiled for one lane serves them all.

    No example: made by `ravine.lab.Engine`.
    """

    def __init__(self, setup: Setup, session: Session) -> None:
        parts = {name: split.take(slice(LIMITS.measured_examples)) for name, split in setup.dataset.parts.items()}
        length = max(len(split) for split in parts.values())
        self.program = jax.device_put(cast(Program(setup.network, SGD(), setup.objective), np.float32))
        self.names = setup.objective.names
        self.parts = {name: self._filled(setup, session, split, length) for name, split in parts.items()}

    def _filled(self, setup: Setup, session: Session, split: Split, length: int) -> tuple[Examples, Any]:
        """The examples of *split* in one block of *length*, the first one repeated, and 1 where they count."""
        rows = np.where(np.arange(length) < len(split), np.arange(length), 0)
        y = setup.objective.loss.check(split.y, setup.network.output_shape)
        examples = session.examples(split.x[rows][None], y[rows][None])
        valid = (np.arange(length) < len(split)).astype(np.float32)[None]
        return examples, jax.device_put(valid)

    def measure(self, sessions: Sequence[Session | None]) -> np.ndarray:
        """What `MEASURED` and `SQUARED` list, (lanes, 6); NaN for a lane that is off and what the data do not have."""
        # All are asked before the first is waited for.
        asked = {
            (place, part): _evaluate(self.program, Variables(session.state.params, session.state.state), *blocks)
            for place, session in enumerate(sessions)
            if session is not None
            for part, blocks in self.parts.items()
        }
        made = np.full((len(sessions), len(MEASURED) + len(SQUARED)), np.nan)
        for (place, part), (loss, values) in asked.items():
            made[place, MEASURED.index(f"{part}_loss")] = float(loss)
            if "accuracy" in self.names:
                accuracy = values[self.names.index("accuracy")]
                made[place, MEASURED.index(f"{part}_accuracy")] = float(accuracy)
            if SQUARE in self.names:
                # Whatever the loss is: it is told as a root, in the target's own units.
                made[place, len(MEASURED) + SQUARED.index(part)] = float(values[self.names.index(SQUARE)])
        return made
