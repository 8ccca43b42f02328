"""The compiled heart: a chunk of training steps as one loop. Nothing else in Ravine trains.

The loop's length is an argument, so one compiled program serves every chunk of every epoch, and where a chunk ends
changes no bit of the result. Every number a user may sweep is an argument too, inside *program*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, pytree
from ravine.nn import Context, Network, Variables
from ravine.optim import Rule
from ravine.train.engine._objective import Objective
from ravine.train.probes import PROBES, Sample, memories

__all__ = [
    "TRACED",
    "Examples",
    "Program",
    "ProgramSettings",
    "Records",
    "TrainState",
    "observed",
    "start",
    "sums",
    "tally",
    "train_chunk",
]


TRACED: list[Any] = []
"""An entry for each time the step was traced to be compiled: what runs again adds none."""


class Examples(NamedTuple):
    """Examples on the device: x (n, ...), y (n, ...), and weights (n,) or None.

    >>> Examples(np.zeros((5, 2)), np.zeros(5), None).x.shape
    (5, 2)
    """

    x: Any
    y: Any
    weight: Any


class TrainState(NamedTuple):
    """All that changes while training. *diverged_at* is the step whose loss was not finite, or -1.

    *probes* holds what probes carry along, by name: empty where none does.

    No example: made by `start`.
    """

    params: Any
    state: Any
    rule_state: Any
    step: Any
    diverged_at: Any
    probes: Any


class Records(NamedTuple):
    """What a chunk of steps leaves: loss per row of the order, metric statistics per epoch, probe values per sampling.

    *stats* go on from those of the chunk before; `sums` reads them.

    No example: made by `train_chunk`.
    """

    loss: Any
    stats: tuple[Any, ...]
    probes: dict[str, Any]


@pytree
class Program:
    """Network, rule and objective: structure selects the compiled program, leaves are its arguments.

    No example: assembled by `ravine.train.Session`.
    """

    network: Network
    rule: Rule
    objective: Objective


@dataclass(frozen=True)
class ProgramSettings:
    """What the program is compiled for besides its structure and shapes.

    *steps* per epoch; *padded*: rows of the order may end in -1; *vectorised*: the program serves many
    networks at once, else the loop is left at a loss that is not finite;
    *probes*, computed at every step that *stride* divides.

    >>> ProgramSettings(steps=469).stride
    50
    """

    steps: int
    padded: bool = False
    vectorised: bool = False
    probes: tuple[str, ...] = ()
    stride: int = 50


def start(program: Program, variables: Variables, probes: tuple[str, ...] = ()) -> TrainState:
    """The state before the first step of a run that is seen through *probes*.

    No example: see `ravine.train.Session`.
    """
    params, state = variables
    carried = {memory.name: memory.init(program.network, params) for memory in memories(probes)}
    return TrainState(params, state, program.rule.init(params), np.int32(0), np.int32(-1), carried)


def tally(program: Program, state: TrainState, examples: Examples, batch: int, epochs: int) -> tuple[np.ndarray, ...]:
    """The metrics' statistics before the first step of so many *epochs*: zeros (epochs, 2, ...).

    No example: see `ravine.train.Session.run`.
    """

    def part(of: Any) -> Any:
        return None if of is None else np.broadcast_to(np.zeros((), of.dtype), (batch, *of.shape[1:]))

    def measure(params: Any, layers: Any, x: Array, y: Array, weight: Array | None) -> Any:
        return program.objective.measure(program.network, params, layers, x, y, weight, Context()).stats

    shapes = jax.eval_shape(measure, state.params, state.state, *map(part, examples))
    return tuple(np.zeros((epochs, 2, *shape.shape), shape.dtype) for shape in shapes)


def sums(stats: tuple[Any, ...]) -> tuple[np.ndarray, ...]:
    """The sums that *stats* (..., epochs, 2, ...) stand for, in float64, an axis of epochs first.

    Steps are added with what rounding took from the sum beside it (Kahan 1965): float32 keeps more than a float32's
    digits however many steps there are, and where a chunk ends changes no bit.

    >>> sums((np.array([[[3.0], [0.25]]], np.float32),))[0].tolist()
    [[2.75]]
    """
    arrays = (np.asarray(each, np.float64) for each in stats)
    return tuple(each[:, 0] - each[:, 1] for each in arrays)


def _added(kept: Array, epoch: Array, new: Array) -> Array:
    """*kept* after *new* was added to its entry *epoch*: see `sums`."""
    total, lost = kept[epoch, 0], kept[epoch, 1]
    rest = new - lost
    grown = total + rest
    lost = jnp.where(jnp.isfinite(grown), (grown - total) - rest, jnp.zeros((), kept.dtype))
    return kept.at[epoch].set(jnp.stack([grown, lost]))


def observed(
    setting: ProgramSettings, step: Array, records: dict[str, Array], old: dict[str, Any], sample: Callable[[], Sample]
) -> tuple[dict[str, Array], dict[str, Any]]:
    """The probes' records, and what they carry along (*old* before it), after *step*: new where the stride divides it.

    No example: part of `train_chunk`. *sample* is a function so that nothing of it is computed at other steps.
    """
    kept = memories(setting.probes)

    def look() -> tuple[dict[str, Array], dict[str, Any]]:
        seen = sample()
        new = {memory.name: memory.update(seen, old[memory.name]) for memory in kept}
        seen, slot = seen._replace(memory=new), step // setting.stride
        return {name: records[name].at[slot].set(PROBES[name].compute(seen)) for name in setting.probes}, new

    records, new = jax.lax.cond(
        step % setting.stride == 0, look, lambda: (records, {memory.name: old[memory.name] for memory in kept})
    )
    updates_before = {memory.name: memory.update_before for memory in kept if memory.update_before is not None}
    if updates_before:
        now = {name: new[name] for name in updates_before}
        new |= jax.lax.cond(
            (step + 1) % setting.stride == 0,
            lambda: {name: update_before(sample(), now[name]) for name, update_before in updates_before.items()},
            lambda: now,
        )
    return records, old | new


def train_chunk(
    state: TrainState,
    examples: Examples,
    order: Array,
    first: Any,
    count: Any,
    phase: Any,
    seed: Any,
    program: Program,
    stats: tuple[Any, ...],
    setting: ProgramSettings,
) -> tuple[TrainState, Records]:
    """Train *count* steps on the rows of *order* [steps, batch] (indices of examples, -1 pads) from row *first* on.

    *stats* are what the rows before have left, `tally` at the first.

    *phase* + row is a count of steps by which the probes are timed; it is the same for all members of a population, so
    that the branch stays a branch when the program is vectorised.

    No example: see `ravine.train.Session`, which compiles it.
    """
    TRACED.append(setting)
    rows = order.shape[0]
    network, rule, objective = program.network, program.rule, program.objective
    dtype = jax.tree.leaves(state.params)[0].dtype if jax.tree.leaves(state.params) else np.dtype(np.float32)

    def measure(params: Any, layers: Any, step: Any, row: Array) -> Any:
        valid = (row >= 0).astype(dtype) if setting.padded else None
        row = jnp.maximum(row, 0) if setting.padded else row
        x, y = examples.x[row], examples.y[row]
        weight = None if examples.weight is None else examples.weight[row]
        context = Context(train=True, seed=seed, step=step, valid=valid, vectorised=setting.vectorised)
        return objective.measure(network, params, layers, x, y, weight, context)

    def loss_of(params: Any, layers: Any, step: Any, row: Array) -> tuple[Array, Any]:
        measured = measure(params, layers, step, row)
        return measured.loss, measured

    def one(index: Any, state: TrainState, records: Records) -> tuple[TrainState, Records]:
        row = order[index]
        at = rule.point(state.params, state.rule_state)
        (loss, measured), grads = jax.value_and_grad(loss_of, has_aux=True)(at, state.state, state.step, row)
        update, rule_state = rule.update(grads, state.rule_state, state.params)
        params = jax.tree.map(jnp.add, state.params, update)
        if network.constrained:
            params = network.constrain(params)
        epoch = index // setting.steps
        stats = tuple(_added(kept, epoch, new) for kept, new in zip(records.stats, measured.stats, strict=True))
        probes, carried = records.probes, state.probes
        if setting.probes:

            def sample() -> Sample:
                rows = jnp.where(row < 0, row[0], row) if setting.padded else row
                valid = (row >= 0).astype(dtype) if setting.padded else None

                def cost(params: Any, count: int | None = None) -> Array:
                    return loss_of(params, state.state, state.step, row[:count])[0]

                # Not the rule's own: handed in from outside, it would have to be written to memory at every step.
                update = jax.tree.map(jnp.subtract, params, state.params)
                x = examples.x[rows]
                return Sample(network, rule, state, params, at, loss, grads, update, x, valid, cost, seed, state.probes)

            probes, carried = observed(setting, index + phase, records.probes, state.probes, sample)
        bad = (state.diverged_at < 0) & ~jnp.isfinite(loss)
        diverged_at = jnp.where(bad, state.step, state.diverged_at)
        records = Records(records.loss.at[index].set(loss.astype(dtype)), stats, probes)
        moved = (params, measured.state, rule_state)
        if setting.vectorised:
            # Its neighbours go on, but a member that is lost stays as it was left: alone it would have stopped.
            lost, held = state.diverged_at >= 0, (state.params, state.state, state.rule_state)
            moved = jax.tree.map(lambda new, old: jnp.where(lost, old, new), moved, held)
        return TrainState(*moved, state.step + 1, diverged_at, carried), records

    def empty() -> Records:
        samples = rows // setting.stride + 2
        sample = {
            name: jnp.zeros((samples, len(PROBES[name].columns(network, state.params))), dtype)
            for name in setting.probes
        }
        return Records(jnp.full(rows, jnp.nan, dtype), stats, sample)

    def go_on(carry: tuple[Any, TrainState, Records]) -> Any:
        index, state, _ = carry
        left = index < first + count
        return left & (state.diverged_at < 0) if not setting.vectorised else left

    def body(carry: tuple[Any, TrainState, Records]) -> tuple[Any, TrainState, Records]:
        index, state, records = carry
        return (index + 1, *one(index, state, records))

    _, state, records = jax.lax.while_loop(go_on, body, (jnp.asarray(first, jnp.int32), state, empty()))
    return state, records
