"""What is written down of the steps of a chunk: their rates, and which of them the probes looked at."""

from __future__ import annotations

import numpy as np

from ravine.optim import Rule

__all__ = ["rates", "sampled"]


def sampled(steps: np.ndarray, stride: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Those of *steps* at which probes are computed, and where they lie in the records of the block begun at *block*.

    >>> sampled(np.arange(4, 9), 4, 2)
    (array([4, 8]), array([1, 2]))
    """
    at = steps[steps % stride == 0]
    return at, at // stride - block // stride


def rates(rule: Rule, steps: np.ndarray) -> np.ndarray:
    """The learning rate of each step, counted from 0.

    No example: see `ravine.train.History.steps`.
    """
    if callable(rule.learning_rate):
        rate = np.asarray(rule.rate(steps.astype(np.int32) + 1), np.float64)
        return np.broadcast_to(rate, steps.shape).copy()
    return np.full(len(steps), float(np.asarray(rule.learning_rate)))
