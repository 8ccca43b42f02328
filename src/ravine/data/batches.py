"""The order of examples in an epoch: full batches, mini-batches of any size, single examples."""

from __future__ import annotations

import numpy as np

from ravine.core import RavineError, check_count, generator

__all__ = ["FULL", "batch_length", "epoch_order", "steps_per_epoch"]

FULL = "full"
"""The batch size that means: all examples at once (batch gradient descent)."""


def batch_length(n: int, batch_size: int | str) -> int:
    """Return how many examples a batch holds: `FULL` means all *n*, and no batch is longer than *n*.

    >>> batch_length(100, "full"), batch_length(100, 32), batch_length(100, 128)
    (100, 32, 100)
    """
    check_count("batches", "n", n)
    if isinstance(batch_size, str):
        if batch_size != FULL:
            raise RavineError(f"batches: batch_size must be a positive integer or {FULL!r}, got {batch_size!r}")
        return n
    check_count("batches", "batch_size", batch_size)
    return min(int(batch_size), n)


def steps_per_epoch(n: int, batch_size: int | str) -> int:
    """Return the number of updates in an epoch, ceil(n / batch): the last one may be smaller.

    >>> steps_per_epoch(60_000, 128), steps_per_epoch(60_000, "full"), steps_per_epoch(60_000, 1)
    (469, 1, 60000)
    """
    return -(-n // batch_length(n, batch_size))


def epoch_order(n: int, batch_size: int | str, seed: int, epoch: int, shuffle: bool = True) -> np.ndarray:
    """Return which examples each step of *epoch* sees: int32 [steps, batch], the last row padded with -1.

    *batch_size* is any positive integer, 1 for single examples (stochastic gradient descent), or "full". With
    *shuffle*, each epoch has its own permutation, a function of (*seed*, *epoch*); else the examples come in order.
    Every example comes exactly once, so the last batch may be smaller, as in Keras.

    >>> epoch_order(5, 2, seed=0, epoch=1, shuffle=False)
    array([[ 0,  1],
           [ 2,  3],
           [ 4, -1]], dtype=int32)
    """
    batch = batch_length(n, batch_size)
    check_count("epoch_order", "epoch", epoch, least=0)
    steps = -(-n // batch)
    order = np.full(steps * batch, -1, np.int32)
    order[:n] = np.arange(n, dtype=np.int32)
    if shuffle:
        generator(seed, "order", epoch).shuffle(order[:n])
    return order.reshape(steps, batch)
