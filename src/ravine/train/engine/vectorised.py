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
    weights: Any,
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

    *weights* [seeds, examples] take the place of the examples' own, and are None where all seeds have those.
    *programs* [settings] serve all seeds; where rules adapt to what each member has seen, *rules* [seeds, settings]
    take the place of theirs, and are None elsewhere.

    No example: see `ravine.train.population`.
    """

    def shard(
        states: Any, examples: Any, weights: Any, orders: Any, first: Any, count: Any, phase: Any, seeds: Any,
        programs: Any, rules: Any, stats: Any,
    ) -> Any:  # fmt: skip
        def member(state: Any, weight: Any, order: Any, seed: Any, program: Any, rule: Any, stats: Any) -> Any:
            own = program if rule is None else replace(program, rule=rule)
            seen = examples if weight is None else examples._replace(weight=weight)
            return train_chunk(state, seen, order, first, count, phase, seed, own, stats, setting)

        over_settings = jax.vmap(member, in_axes=(0, None, None, None, 0, 0, 0))
        over_seeds = jax.vmap(over_settings, in_axes=(0, 0, 0, 0, None, 0, 0))
        return over_seeds(states, weights, orders, seeds, programs, rules, stats)

    everywhere = _spec()
    return jax.shard_map(
        shard,
        mesh=mesh,
        in_specs=(ROWS, *[everywhere] * 7, _spec("members"), ROWS, ROWS),
        out_specs=ROWS,
        check_vma=False,
    )(states, examples, weights, orders, first, count, phase, seeds, programs, rules, stats)


@partial(PerStructure, static_argnames="own")
def evaluate(states: Any, programs: Any, blocks: Any, valid: Any, own: bool = False) -> Any:
    """Loss and metrics of every member over the same *blocks*; where they are each seed's *own*, an axis is in front.

    No example: see `ravine.train.population`.
    """

    def one(params: Any, state: Any, program: Any, blocks: Any, valid: Any) -> Any:
        return evaluate_padded(program, Variables(params, state), blocks, valid)

    over_settings, rows = jax.vmap(one, in_axes=(0, 0, 0, None, None)), 0 if own else None
    over_seeds = jax.vmap(over_settings, in_axes=(0, 0, None, rows, rows))
    return over_seeds(states.params, states.state, programs, blocks, valid)


@PerStructure
def values(objective: Any, stats: Any) -> Any:
    """The metrics' values of every member's statistics.

    No example: see `ravine.train.population`.
    """
    # Mapped over the metrics one by one: there may be none.
    return tuple(jax.vmap(jax.vmap(metric.value))(each) for metric, each in zip(objective.metrics, stats, strict=True))
