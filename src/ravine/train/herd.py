"""The members of a population while they train together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ravine.core import cast
from ravine.data import Dataset
from ravine.nn import Network, Variables, count_params
from ravine.optim import Rule
from ravine.train.evaluate import evaluate_padded
from ravine.train.history import History, ProbeSeries
from ravine.train.loop import BLOCK_ROWS, block_order, rates, sampled
from ravine.train.pace import Pace
from ravine.train.plan import Plan
from ravine.train.prepare import prepared, splits
from ravine.train.probes import PROBES
from ravine.train.run import Run
from ravine.train.session import Session, precision
from ravine.train.step import Program, Setting, start, train_chunk

__all__ = ["Herd"]

WORTH_SECONDS = 3.0
"""What leaving out diverged members must save before it is worth compiling for fewer."""

_spec: Any = PartitionSpec
_ROWS = _spec(None, "members")


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *trees)


@partial(jax.jit, static_argnames=("setting", "mesh"), donate_argnums=0)
def _chunk(
    states: Any,
    examples: Any,
    orders: Any,
    first: Any,
    count: Any,
    phase: Any,
    seeds: Any,
    programs: Any,
    setting: Setting,
    mesh: Mesh,
) -> Any:
    """`train_chunk` over states [seeds, settings], orders [seeds, rows, batch], seeds [seeds], programs [settings]."""

    def shard(
        states: Any, examples: Any, orders: Any, first: Any, count: Any, phase: Any, seeds: Any, programs: Any
    ) -> Any:
        def setting_of_seed(state: Any, order: Any, seed: Any, program: Any) -> Any:
            return train_chunk(state, examples, order, first, count, phase, seed, program, setting)

        over_settings = jax.vmap(setting_of_seed, in_axes=(0, None, None, 0))
        return jax.vmap(over_settings, in_axes=(0, 0, 0, None))(states, orders, seeds, programs)

    everywhere = _spec()
    return jax.shard_map(
        shard,
        mesh=mesh,
        in_specs=(_ROWS, *[everywhere] * 6, _spec("members")),
        out_specs=_ROWS,
        check_vma=False,
    )(states, examples, orders, first, count, phase, seeds, programs)


@jax.jit
def _evaluate(states: Any, programs: Any, blocks: Any, valid: Any) -> Any:
    def one(params: Any, state: Any, program: Any) -> Any:
        return evaluate_padded(program, Variables(params, state), blocks, valid)

    return jax.vmap(jax.vmap(one), in_axes=(0, 0, None))(states.params, states.state, programs)


@jax.jit
def _values(objective: Any, stats: Any) -> Any:
    # Mapped over the metrics one by one: there may be none.
    return tuple(jax.vmap(jax.vmap(metric.value))(each) for metric, each in zip(objective.metrics, stats, strict=True))


class Herd:
    """Settings (columns) x seeds (rows), dealt out over the devices of this host by columns.

    No example: see `ravine.train.population`.
    """

    def __init__(
        self, networks: Sequence[Network], rules: Sequence[Rule], dataset: Dataset, plan: Plan, seeds: tuple[int, ...]
    ) -> None:
        self.networks, self.rules, self.plan, self.seeds = networks, rules, plan, seeds
        aim = prepared(networks[0], rules[0], dataset, plan)
        parts = splits(networks[0], dataset, plan, aim)
        # One session serves as the door to the device for data, and for the shapes of what is trained.
        self.session = Session(networks[0], rules[0], aim, seed=seeds[0], dtype=plan.dtype)
        whole = parts.pop("train")
        self.n, self.steps = len(whole), plan.steps(len(whole))
        self.data = self.session.examples(whole.x, whole.y, whole.weight)
        self.blocks = {name: self.session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        self.mesh = Mesh(np.array(jax.devices()), ("members",))
        self.count = len(networks)
        self.programs = [cast(Program(n, r, aim), plan.dtype) for n, r in zip(networks, rules, strict=True)]
        initial = {(n.layers, seed): n.init(seed, np.dtype(plan.dtype)) for n in networks for seed in seeds}
        states = [
            _stack(
                [start(p, initial[n.layers, seed], plan.probes) for n, p in zip(networks, self.programs, strict=True)]
            )
            for seed in seeds
        ]
        self._place(np.arange(self.count), _stack(states))
        self.final: dict[int, Any] = {}
        self.histories = [[History() for _ in seeds] for _ in networks]
        self.diverged = np.full((len(seeds), self.count), -1)
        self.step = 0
        self.seconds = self.step_seconds = 0.0

    def _place(self, columns: np.ndarray, states: Any) -> None:
        """Put the states of the settings *columns* on the devices, the last repeated until the devices share evenly."""
        spare = -len(columns) % self.mesh.size
        padded = [*range(len(columns)), *[len(columns) - 1] * spare]
        self.columns = columns
        with precision(self.plan.dtype):
            placed = jax.tree.map(lambda a: np.asarray(a)[:, padded], states)
            self.states = jax.device_put(placed, NamedSharding(self.mesh, _ROWS))
            self.stacked = jax.device_put(_stack([self.programs[columns[i]] for i in padded]))

    def run(self, progress: Callable[[float], None] | None = None) -> list[Run]:
        """Train to the end and take the members apart."""
        plan = self.plan
        self._close_epoch(0, None, None)
        epoch, members = 1, self.count * len(self.seeds)
        pace = Pace(sum(count_params(self.networks[0])), members * -(-self.n // self.steps))
        while epoch <= plan.epochs:
            left = plan.epochs - epoch + 1
            due = plan.evaluate_every - (epoch - 1) % plan.evaluate_every
            epochs = min(left, due if self.blocks else max(1, BLOCK_ROWS // self.steps))
            rows = np.stack([block_order(plan, self.n, seed, range(epoch, epoch + epochs)) for seed in self.seeds])
            orders, padded = jax.device_put(rows), bool((rows < 0).any())
            losses = np.full((len(self.seeds), len(self.columns), rows.shape[1]), np.nan)
            stats: tuple[np.ndarray, ...] = ()
            row = 0
            while row < rows.shape[1]:
                count = pace.count(rows.shape[1] - row)
                began = time.perf_counter()
                records = self._chunk(orders, row, count, padded)
                seconds = time.perf_counter() - began
                # A member's time is its share of the time of all that train together.
                self.seconds += seconds / (len(self.columns) * len(self.seeds))
                pace.took(count, seconds)
                self.step_seconds = seconds / count
                losses[:, :, row : row + count] = records.loss[:, : len(self.columns), row : row + count]
                new = tuple(np.asarray(each, np.float64)[:, : len(self.columns)] for each in records.stats)
                stats = tuple(a + b for a, b in zip(stats, new, strict=True)) if stats else new
                self._keep_probes(records, row, count)
                row, self.step = row + count, self.step + count
                if progress is not None:
                    progress(self.step / (plan.epochs * self.steps))
            self._close_block(epoch, epochs, rows, losses, stats)
            epoch += epochs
            self._leave_out_the_lost((plan.epochs - epoch + 1) * self.steps)
        return self._runs()

    def _chunk(self, orders: Any, row: int, count: int, padded: bool) -> Any:
        stride = self.plan.stride if self.plan.probes else 1
        setting = Setting(self.steps, padded, True, self.plan.probes, stride)
        with precision(self.plan.dtype):
            first, counted, phase = np.int32(row), np.int32(count), np.int32((self.step - row) % stride)
            seeds = np.array(self.seeds, np.uint32)
            self.states, records = _chunk(
                self.states,
                self.data,
                orders,
                first,
                counted,
                phase,
                seeds,
                self.stacked,
                setting=setting,
                mesh=self.mesh,
            )
            return jax.tree.map(np.asarray, records)

    def _keep_probes(self, records: Any, row: int, count: int) -> None:
        steps = np.arange(self.step, self.step + count)
        at, slots = sampled(steps, self.plan.stride, self.step - row)
        for name, values in records.probes.items():
            names = PROBES[name].columns(self.networks[0], self.session.state.params)
            for place, column in enumerate(self.columns):
                for s in range(len(self.seeds)):
                    self.histories[column][s].add_probe(name, ProbeSeries(at, values[s, place][slots], names))

    def _close_block(
        self, first: int, epochs: int, rows: np.ndarray, losses: np.ndarray, stats: tuple[np.ndarray, ...]
    ) -> None:
        begun = self.step - losses.shape[2]
        steps = np.arange(begun, self.step)
        bad = ~np.isfinite(losses)
        before = self.diverged[:, self.columns]
        new = np.where(bad.any(axis=2), begun + bad.argmax(axis=2), -1)
        now = np.where(before >= 0, before, new)
        self.diverged[:, self.columns] = now
        for place, column in enumerate(self.columns):
            for s in range(len(self.seeds)):
                if before[s, place] >= 0:
                    continue
                keep = slice(None, now[s, place] - begun + 1) if now[s, place] >= 0 else slice(None)
                rate = rates(self.rules[column], steps[keep])
                self.histories[column][s].add_steps(steps[keep], losses[s, place][keep], rate)
        valid = (rows >= 0).sum(axis=2)
        for offset in range(epochs):
            here = slice(offset * self.steps, (offset + 1) * self.steps)
            weights = np.broadcast_to(valid[:, None, here], losses[:, :, here].shape)
            mean = np.average(losses[:, :, here], axis=2, weights=weights)
            self._close_epoch(first + offset, mean, [each[:, :, offset] for each in stats])

    def _close_epoch(self, epoch: int, loss: np.ndarray | None, stats: Any) -> None:
        plan, aim = self.plan, self.session.objective
        values: dict[str, np.ndarray] = {}
        with precision(plan.dtype):
            if loss is not None:
                means = _values(aim, tuple(np.asarray(each, plan.dtype) for each in stats))
                values |= {"loss": loss} | dict(zip(aim.names, map(np.asarray, means), strict=True))
            if epoch % plan.evaluate_every == 0 or epoch == plan.epochs:
                for name, blocks in self.blocks.items():
                    if name == "test" and plan.test == "end" and epoch < plan.epochs:
                        continue
                    mean, metrics = jax.tree.map(np.asarray, _evaluate(self.states, self.stacked, *blocks))
                    values[f"{name}_loss"] = mean
                    values |= {f"{name}_{metric}": each for metric, each in zip(aim.names, metrics, strict=True)}
        for place, column in enumerate(self.columns):
            for s in range(len(self.seeds)):
                if 0 <= self.diverged[s, column] < (epoch - 1) * self.steps:
                    continue
                here = {name: each[s, place] for name, each in values.items()}
                row = {"epoch": epoch, "step": epoch * self.steps, "seconds": self.seconds}
                self.histories[column][s].add_epoch(
                    row | {name: each.item() if each.ndim == 0 else each for name, each in here.items()}
                )

    def _leave_out_the_lost(self, left: int) -> None:
        """Leave out the settings of which every seed diverged, where that saves more than it costs in *left* steps."""
        lost = (self.diverged[:, self.columns] >= 0).all(axis=0)
        saved = self.step_seconds * left * lost.mean()
        if lost.all() or lost.mean() < 0.5 or saved < WORTH_SECONDS:
            return
        states = jax.tree.map(np.asarray, self.states)
        for place in np.flatnonzero(lost):
            self.final[int(self.columns[place])] = jax.tree.map(partial(_member, place), states)
        kept = np.flatnonzero(~lost)
        self._place(self.columns[kept], jax.tree.map(lambda a: a[:, kept], states))

    def _runs(self) -> list[Run]:
        states = jax.tree.map(np.asarray, self.states)
        for place, column in enumerate(self.columns):
            self.final[int(column)] = jax.tree.map(partial(_member, place), states)
        runs = []
        for column in range(self.count):
            last = self.final[column]
            for s, seed in enumerate(self.seeds):
                params, state = jax.tree.map(partial(_row, s), (last.params, last.state))
                at = int(self.diverged[s, column]) if self.diverged[s, column] >= 0 else None
                stopped = None if at is None else f"diverged at step {at}"
                network, rule, history = self.networks[column], self.rules[column], self.histories[column][s]
                variables = Variables(params, state)
                runs.append(Run(network, rule, self.plan, seed, variables, history, at, self.seconds, stopped))
        return runs


def _member(place: Any, array: np.ndarray) -> Any:
    return array[:, place]


def _row(seed: int, array: np.ndarray) -> Any:
    return array[seed].copy()
