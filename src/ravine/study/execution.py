"""Doing a pack: train its members, and make one table of what they left."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
import polars as pl

from ravine.core import RavineError
from ravine.data import Dataset, reshaped
from ravine.nn import Network
from ravine.optim import Rule
from ravine.study.packs import Pack
from ravine.train import Run, population

__all__ = ["available_bytes", "execute", "member_bytes"]

Tell = Callable[[float], None]

SHARE_OF_MEMORY = 0.5
"""Of the memory that is free, what the members of a pack may take together."""


def member_bytes(network: Network, rule: Rule, batch: int, dtype: Any = np.float32) -> int:
    """About how much memory one member takes: weights, their gradient and update, the rule's state, and activations.

    >>> from ravine.nn import network
    >>> from ravine.optim import Adam
    >>> member_bytes(network("784-512:relu-10:softmax"), Adam(), 128) > 5 * 4 * 407_050
    True
    """
    params = jax.eval_shape(lambda: network.init(0, np.dtype(dtype)).params)
    weights = sum(leaf.size for leaf in jax.tree.leaves(params))
    state = sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(rule.init, params)))
    activations = batch * sum(int(np.prod(shape)) for shape in (network.input_shape, *network.shapes))
    return int(np.dtype(dtype).itemsize * (3 * weights + state + 3 * activations))


def available_bytes() -> int | None:
    """The memory that is free for training on the default device, None where it cannot be told.

    >>> free = available_bytes()
    >>> free is None or free > 0
    True
    """
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return int(stats["bytes_limit"] - stats.get("bytes_in_use", 0))
    try:
        return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return None


def execute(pack: Pack, dataset: Dataset, tell: Tell | None = None) -> pl.DataFrame:
    """Train the members of *pack* on *dataset*; a row for each epoch of each, from epoch 0 on.

    Columns: ``setting`` (its place in the pack), ``seed``, ``epoch``, ``step``, ``seconds`` (a member's share of the
    time of those trained together with it), the history's, ``diverged_at`` and ``stopped``. Where memory is short the
    settings are trained in parts; where it runs out all the same, in smaller ones.

    No example: see `ravine.study.run_study`.
    """
    pairs, dataset = pack.pairs(), reshaped(dataset, pack.network.input_shape)
    free = available_bytes()
    at_once = len(pairs)
    if free is not None:
        batch = pack.plan.batch(len(dataset.train))
        need = len(pack.seeds) * max(member_bytes(*pair, batch, pack.plan.dtype) for pair in pairs[:1])
        at_once = max(1, min(at_once, int(SHARE_OF_MEMORY * free / need)))
    frames: list[pl.DataFrame] = []
    begin = 0
    while begin < len(pairs):
        part = pairs[begin : begin + at_once]
        try:
            runs = _train(pack, part, dataset, _share(tell, begin / len(pairs), len(part) / len(pairs)))
        except (MemoryError, jax.errors.JaxRuntimeError) as error:
            if not _out_of_memory(error):
                raise
            if at_once == 1:
                raise RavineError(
                    f"not enough memory for {len(pack.seeds)} seeds of one setting: choose fewer seeds or a smaller net"
                ) from error
            at_once = max(1, len(part) // 2)
            continue
        frames += [_table(begin + index // len(pack.seeds), run) for index, run in enumerate(runs)]
        begin += len(part)
    return pl.concat(frames, how="diagonal")


def _train(pack: Pack, pairs: Sequence[tuple[Network, Rule]], dataset: Dataset, tell: Tell | None) -> list[Run]:
    networks, rules = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return population(networks, rules, dataset, pack.plan, seeds=pack.seeds, progress=tell)


def _share(tell: Tell | None, begun: float, share: float) -> Tell | None:
    return None if tell is None else lambda done: tell(begun + share * done)


def _out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error) or "ut of memory" in str(error)


def _table(setting: int, run: Run) -> pl.DataFrame:
    frame = run.history.frame()
    return frame.select(
        pl.lit(setting, pl.Int32).alias("setting"),
        pl.lit(run.seed, pl.Int64).alias("seed"),
        pl.all(),
        pl.lit(run.diverged_at, pl.Int64).alias("diverged_at"),
        pl.lit(run.stopped, pl.String).alias("stopped"),
    )
