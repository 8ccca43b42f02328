"""A finished run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.history import History
from ravine.train.plan import Plan

__all__ = ["Run"]


@dataclass(frozen=True, eq=False)
class Run:
    """What `train` returns: the weights, the history, and how it ended.

    *stopped* says why training ended before its epochs were done ("diverged at step 17", "target reached",
    "interrupted"), None where it did not. *diverged_at* is the step whose loss was not finite, or None: a result, not
    an error.
    *best_epoch* is the one whose weights these are, where the best one was asked for, and None elsewhere.
    *seconds* is the time of training, evaluation left out; of a member of a population its share of the whole time.

    No example: see `train`.
    """

    network: Network
    rule: Rule
    plan: Plan
    seed: int
    variables: Variables
    history: History
    diverged_at: int | None
    seconds: float
    stopped: str | None = None
    best_epoch: int | None = None

    def predict(self, x: Any) -> np.ndarray:
        """The network's outputs for *x*, of shape (n, *input_shape*)."""
        return self.network.predict(self.variables, x)
