"""Loss and metrics at frozen weights, over a whole split, in one compiled loop."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.nn import Context, Variables
from ravine.train.objective import Objective
from ravine.train.step import Examples, Program

__all__ = ["evaluate_padded", "measure_batch", "metric_values", "pad"]

BLOCK = 2048
"""Examples evaluated at a time: large enough for the matrix product's full rate, small enough for the caches."""


def pad(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, dtype: Any) -> tuple[Examples, np.ndarray]:
    """Cut examples into blocks of equal length, the last one padded by repeating the first example.

    Returns the blocks, and an array (blocks, block) that is 1 for examples and 0 for padding.

    >>> blocks, valid = pad(np.zeros((5, 2)), np.zeros(5), None, np.float32)
    >>> blocks.x.shape, valid.sum()
    ((1, 5, 2), np.float32(5.0))
    """
    n = len(x)
    blocks = max(1, -(-n // BLOCK))
    block = -(-n // blocks)
    rows = np.zeros(blocks * block, np.int64)
    rows[:n] = np.arange(n)
    valid = (np.arange(blocks * block) < n).astype(dtype).reshape(blocks, block)
    ones = np.ones(n, dtype) if weight is None else weight.astype(dtype)

    def cut(a: np.ndarray) -> np.ndarray:
        padded = a if len(rows) == n else a[rows]
        return padded.reshape(blocks, block, *a.shape[1:])

    return Examples(cut(x), cut(y), cut(ones)), valid


def evaluate_padded(
    program: Program, variables: Variables, blocks: Examples, valid: Array
) -> tuple[Array, tuple[Array, ...]]:
    """The mean loss over all valid examples, penalties included, and the metrics' values.

    No example: see `ravine.train.Session.evaluate`.
    """
    network, objective = program.network, program.objective

    def block(part: Any) -> Any:
        x, y, weight, here = part
        measured = objective.measure(network, *variables, x, y, weight, Context(valid=here))
        return measured.loss * measured.examples, measured.examples, measured.stats

    losses, counts, stats = jax.lax.map(block, (blocks.x, blocks.y, blocks.weight, valid))
    return losses.sum() / counts.sum(), metric_values(objective, tuple(jnp.sum(each, axis=0) for each in stats))


def measure_batch(
    program: Program, variables: Variables, block: Examples, valid: Array
) -> tuple[Array, tuple[Array, ...]]:
    """The loss of a single *block* without padding, penalties included, and the statistics of its metrics.

    No example: see `ravine.train.Session.measure_batch`.
    """
    loss, _ = evaluate_padded(program, variables, block, valid)
    x, y, weight = (part[0] for part in block)
    measured = program.objective.measure(program.network, *variables, x, y, weight, Context(valid=valid[0]))
    return loss, measured.stats


def metric_values(objective: Objective, stats: tuple[Array, ...]) -> tuple[Array, ...]:
    """The metrics' values of their summed statistics.

    No example: see `ravine.train.Session`.
    """
    return tuple(metric.value(each) for metric, each in zip(objective.metrics, stats, strict=True))
