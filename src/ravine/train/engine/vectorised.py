"""The compiled functions of a population: what one network's do, for seeds (rows) x settings (columns) at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import jax
from jax.sharding import Mesh, PartitionSpec

from ravine.core import PerStructure
from ravine.nn import Variables
from ravine.train.engine.evaluate import evaluate_padded
from ravine.train.engine.step import ProgramSettings, train_chunk

__all__ = ["ROWS", "chunk", "evaluate", "values"]

_spec: Any = PartitionSpec
ROWS = _spec(None, "members")
"""How arrays [seeds, settings, ...] lie on the devices of a host: divided by settings."""


@partial(PerStructure, static_argnames=("setting", "mesh"), donate_argnums=0)
def chunk(
    states: Any,
    examples: Any,
    orders: Any,
    first: Any,
    count: Any,
    phase: Any,
    seeds: Any,
    programs: Any,
    rules: Any,
    stats: Any,
    setting: ProgramSettings,
    mesh: Mesh,
) -> Any:
    """`train_chunk` over states and stats [seeds, settings], orders [seeds, rows, batch], seeds [seeds].

    *programs* [settings] serve all seeds; where rules adapt to what each member has seen, *rules* [seeds, settings]
    take the place of theirs, and are None elsewhere.

    No example: see `ravine.train.population`.
    """

    def shard(
        states: Any, examples: Any, orders: Any, first: Any, count: Any, phase: Any, seeds: Any, programs: Any,
        rules: Any, stats: Any,
    ) -> Any:  # fmt: skip
        def member(state: Any, order: Any, seed: Any, program: Any, rule: Any, stats: Any) -> Any:
            own = program if rule is None else replace(program, rule=rule)
            return train_chunk(state, examples, order, first, count, phase, seed, own, stats, setting)

        over_settings = jax.vmap(member, in_axes=(0, None, None, 0, 0, 0))
        return jax.vmap(over_settings, in_axes=(0, 0, 0, None, 0, 0))(states, orders, seeds, programs, rules, stats)

    everywhere = _spec()
    return jax.shard_map(
        shard,
        mesh=mesh,
        in_specs=(ROWS, *[everywhere] * 6, _spec("members"), ROWS, ROWS),
        out_specs=ROWS,
        check_vma=False,
    )(states, examples, orders, first, count, phase, seeds, programs, rules, stats)


@PerStructure
def evaluate(states: Any, programs: Any, blocks: Any, valid: Any) -> Any:
    """Loss and metrics of every member over the same *blocks*.

    No example: see `ravine.train.population`.
    """

    def one(params: Any, state: Any, program: Any) -> Any:
        return evaluate_padded(program, Variables(params, state), blocks, valid)

    return jax.vmap(jax.vmap(one), in_axes=(0, 0, None))(states.params, states.state, programs)


@PerStructure
def values(objective: Any, stats: Any) -> Any:
    """The metrics' values of every member's statistics.

    No example: see `ravine.train.population`.
    """
    # Mapped over the metrics one by one: there may be none.
    return tuple(jax.vmap(jax.vmap(metric.value))(each) for metric, each in zip(objective.metrics, stats, strict=True))
