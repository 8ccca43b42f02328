"""Loss and metrics at frozen weights, over a whole split, in one compiled loop."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.nn import Context, Variables
from ravine.train.engine._objective import Objective
from ravine.train.engine.step import Examples, Program

__all__ = ["evaluate_padded", "measure_batch", "metric_values", "pad"]

BLOCK = 2048
"""Examples evaluated at a time: large enough for the matrix product's full rate, small enough for the caches."""


def pad(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, dtype: Any, batch: int | None = None, least: int = 0
) -> tuple[Examples, np.ndarray]:
    """Cut examples into blocks of equal length, the last one padded by repeating the first example.

    Returns the blocks, and an array (blocks, block) that is 1 for examples and 0 for padding. Where the loss is to be
    the mean over batches of *batch* examples, a block holds whole batches, and the array is (blocks, batches, batch).
    There is room for *least* examples at least.

    >>> blocks, valid = pad(np.zeros((5, 2)), np.zeros(5), None, np.float32)
    >>> blocks.x.shape, valid.sum()
    ((1, 5, 2), np.float32(5.0))
    """
    n, room = len(x), max(len(x), least)
    if batch is None:
        blocks = max(1, -(-room // BLOCK))
        block = -(-room // blocks)
    else:
        block = batch * max(1, min(BLOCK // batch, -(-room // batch)))
        blocks = -(-room // block)
    rows = np.zeros(blocks * block, np.int64)
    rows[:n] = np.arange(n)
    shape = (blocks, block) if batch is None else (blocks, -1, batch)
    valid = (np.arange(blocks * block) < n).astype(dtype).reshape(shape)

    def cut(a: np.ndarray) -> np.ndarray:
        padded = a if len(rows) == n else a[rows]
        return padded.reshape(blocks, block, *a.shape[1:])

    return Examples(cut(x), cut(y), None if weight is None else cut(weight.astype(dtype))), valid


def evaluate_padded(
    program: Program, variables: Variables, blocks: Examples, valid: Array
) -> tuple[Array, tuple[Array, ...]]:
    """The mean loss over all that counts, penalties included, and the metrics' values.

    Where *valid* tells batches apart, the loss is the mean over the batches, each weighing as many as it has examples.
    At weights whose loss is not a number no metric is one either: the largest of NaN is no prediction.

    No example: see `ravine.train.Session.evaluate`.
    """
    network, objective = program.network, program.objective

    def block(part: Any) -> Any:
        x, y, weight, here = part
        measured = objective.measure(network, *variables, x, y, weight, Context(valid=here.reshape(-1)))
        return measured.totals, measured.counts, measured.stats

    totals, counts, stats = jax.lax.map(block, (blocks.x, blocks.y, blocks.weight, valid))
    if valid.ndim == 2:
        loss = totals.sum() / counts.sum()
    else:
        means = totals.reshape(valid.shape).sum(-1) / jnp.maximum(counts.reshape(valid.shape).sum(-1), 1)
        loss = (means * valid.sum(-1)).sum() / valid.sum()
    penalty = network.penalty(variables.params)
    if penalty is not None:
        loss = loss + penalty
    values = metric_values(objective, tuple(jnp.sum(each, axis=0) for each in stats))
    return loss, tuple(jnp.where(jnp.isnan(loss), jnp.nan, value) for value in values)


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
