"""The members of a population while they train together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from ravine.core import cast
from ravine.data import Dataset
from ravine.nn import Network, Variables, count_params
from ravine.optim import Rule
from ravine.train.engine.chunking import ChunkSizer
from ravine.train.engine.placement import precision
from ravine.train.engine.prepare import build_objective, splits
from ravine.train.engine.session import Session
from ravine.train.engine.step import Program, ProgramSettings, start, sums, tally
from ravine.train.engine.trainer import BLOCK_ROWS, adapts, block_order, observed, rates, sampled, watched
from ravine.train.engine.vectorised import ROWS, chunk, evaluate
from ravine.train.engine.vectorised import values as values_of
from ravine.train.history import History, ProbeSeries
from ravine.train.plan import Plan
from ravine.train.probes import PROBES
from ravine.train.run import Run

__all__ = ["Herd"]

WORTH_SECONDS = 3.0
"""What leaving out diverged members must save before it is worth compiling for fewer."""


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *trees)


class Herd:
    """Settings (columns) x seeds (rows), dealt out over the devices of this host by columns.

    No example: see `ravine.train.population`.
    """

    def __init__(
        self, networks: Sequence[Network], rules: Sequence[Rule], dataset: Dataset, plan: Plan, seeds: tuple[int, ...]
    ) -> None:
        self.networks, self.rules, self.plan, self.seeds = networks, rules, plan, seeds
        aim = build_objective(networks[0], rules[0], dataset, plan)
        parts = splits(networks[0], dataset, plan, aim)
        # One session serves as the door to the device for data, and for the shapes of what is trained.
        self.session = Session(networks[0], rules[0], aim, seed=seeds[0], dtype=plan.dtype)
        whole = parts.pop("train")
        self.n, self.steps = len(whole), plan.steps(len(whole))
        self.data = self.session.examples(whole.x, whole.y, whole.weight)
        self.blocks = {name: self.session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        self.at_end = self.blocks.pop("test") if plan.test == "end" and "test" in self.blocks else None
        self.mesh = Mesh(np.array(jax.devices()), ("members",))
        self.count = len(networks)
        self.programs = [cast(Program(n, r, aim), plan.dtype) for n, r in zip(networks, rules, strict=True)]
        # Rules that adapt to what each member has seen: arrays [seeds, settings] in place of numbers.
        self.adapted = _stack([_stack(rules)] * len(seeds)) if adapts(rules[0]) else None
        initial = {(n.layers, seed): n.init(seed, np.dtype(plan.dtype)) for n in networks for seed in seeds}
        states = [
            _stack(
                [start(p, initial[n.layers, seed], plan.probes) for n, p in zip(networks, self.programs, strict=True)]
            )
            for seed in seeds
        ]
        self._place(np.arange(self.count), _stack(states))
        self.final: dict[int, Any] = {}
        self.histories = [[History(directions=aim.directions) for _ in seeds] for _ in networks]
        self.diverged = np.full((len(seeds), self.count), -1)
        self.step = 0
        self.seconds = self.step_seconds = 0.0

    def _place(self, columns: np.ndarray, states: Any) -> None:
        """Put the states of the settings *columns* on the devices, the last repeated until the devices share evenly."""
        spare = -len(columns) % self.mesh.size
        padded = [*range(len(columns)), *[len(columns) - 1] * spare]
        self.columns, self.placed = columns, columns[padded]
        with precision(self.plan.dtype):
            self.states = self._put(jax.tree.map(lambda a: np.asarray(a)[:, padded], states))
            self.stacked = jax.device_put(_stack([self.programs[column] for column in self.placed]))

    def _put(self, tree: Any) -> Any:
        """Arrays [seeds, settings, ...] on the devices."""
        return jax.device_put(tree, NamedSharding(self.mesh, ROWS))

    def run(self, progress: Callable[[float], None] | None = None) -> list[Run]:
        """Train to the end and take the members apart."""
        plan = self.plan
        self._close_epoch(0, {})
        epoch, members = 1, self.count * len(self.seeds)
        pace = ChunkSizer(sum(count_params(self.networks[0])), members * -(-self.n // self.steps))
        while epoch <= plan.epochs:
            left = plan.epochs - epoch + 1
            due = plan.evaluate_every - (epoch - 1) % plan.evaluate_every
            epochs = 1 if self.adapted is not None else min(left, due if self.blocks else self._many())
            rows = np.stack([block_order(plan, self.n, seed, range(epoch, epoch + epochs)) for seed in self.seeds])
            orders, padded = jax.device_put(rows), bool((rows < 0).any())
            losses = np.full((len(self.seeds), len(self.columns), rows.shape[1]), np.nan)
            stats, rules = self._begin(rows, epochs)
            row = 0
            while row < rows.shape[1]:
                count = pace.count(rows.shape[1] - row)
                began = time.perf_counter()
                records = self._chunk(orders, row, count, padded, rules, stats)
                seconds = time.perf_counter() - began
                # A member's time is its share of the time of all that train together.
                self.seconds += seconds / (len(self.columns) * len(self.seeds))
                pace.took(count, seconds)
                self.step_seconds = seconds / count
                losses[:, :, row : row + count] = records.loss[:, : len(self.columns), row : row + count]
                stats = records.stats
                self._close_chunk(records, losses[:, :, row : row + count], row, count)
                row, self.step = row + count, self.step + count
                if progress is not None:
                    progress(self.step / (plan.epochs * self.steps))
            self._close_block(epoch, epochs, rows, losses, stats)
            epoch += epochs
            self._leave_out_the_lost((plan.epochs - epoch + 1) * self.steps)
        return self._runs()

    def _many(self) -> int:
        """How many epochs run as one block where nobody looks at them."""
        return max(1, BLOCK_ROWS // self.steps)

    def _begin(self, rows: np.ndarray, epochs: int) -> tuple[Any, Any]:
        """The metrics' statistics before a block, and the rules in force where they adapt, on the devices."""
        shape = (len(self.seeds), len(self.placed))
        with precision(self.plan.dtype):
            zeros = tally(self.session.program, self.session.state, self.data, rows.shape[2], epochs)
            stats = self._put(tuple(np.zeros((*shape, *each.shape), each.dtype) for each in zeros))
            if self.adapted is None:
                return stats, None
            here = jax.tree.map(lambda leaf: leaf[:, self.placed], self.adapted)
            return stats, self._put(cast(here, self.plan.dtype))

    def _chunk(self, orders: Any, row: int, count: int, padded: bool, rules: Any, stats: Any) -> Any:
        stride = self.plan.stride if self.plan.probes else 1
        setting = ProgramSettings(self.steps, padded, True, self.plan.probes, stride)
        with precision(self.plan.dtype):
            first, counted, phase = np.int32(row), np.int32(count), np.int32((self.step - row) % stride)
            seeds = np.array(self.seeds, np.uint32)
            self.states, records = chunk.of(self.stacked)(
                self.states,
                self.data,
                orders,
                first,
                counted,
                phase,
                seeds,
                self.stacked,
                rules,
                stats,
                setting=setting,
                mesh=self.mesh,
            )
            return records._replace(
                loss=np.asarray(records.loss), probes={n: np.asarray(v) for n, v in records.probes.items()}
            )

    def _rule(self, column: int, seed: int) -> Rule:
        """The rule in force of one member."""
        if self.adapted is None:
            return self.rules[column]
        rule: Rule = jax.tree.map(lambda leaf: leaf[seed, column], self.adapted)
        return rule

    def _close_chunk(self, records: Any, losses: np.ndarray, row: int, count: int) -> None:
        """Write down the steps, of a member up to the one at which it was lost."""
        steps = np.arange(self.step, self.step + count)
        bad = ~np.isfinite(losses)
        for place, column in enumerate(self.columns):
            for s in range(len(self.seeds)):
                if self.diverged[s, column] >= 0:
                    continue
                keep = count
                if bad[s, place].any():
                    keep = int(bad[s, place].argmax()) + 1
                    self.diverged[s, column] = self.step + keep - 1
                history = self.histories[column][s]
                history.add_steps(steps[:keep], losses[s, place][:keep], rates(self._rule(column, s), steps[:keep]))
                at, slots = sampled(steps[:keep], self.plan.stride, self.step - row)
                for name, found in records.probes.items():
                    names = PROBES[name].columns(self.networks[0], self.session.state.params)
                    history.add_probe(name, ProbeSeries(at, found[s, place][slots], names))

    def _close_block(self, first: int, epochs: int, rows: np.ndarray, losses: np.ndarray, stats: Any) -> None:
        valid = (rows >= 0).sum(axis=2)
        # An axis of epochs first, as `sums` wants it, and the places that only fill the devices left out.
        whole = sums(tuple(np.moveaxis(np.asarray(e)[:, : len(self.columns)], (2, 3), (0, 1)) for e in stats))
        for offset in range(epochs):
            here = slice(offset * self.steps, (offset + 1) * self.steps)
            weights = np.broadcast_to(valid[:, None, here], losses[:, :, here].shape)
            values = {"loss": np.average(losses[:, :, here], axis=2, weights=weights)}
            with precision(self.plan.dtype):
                found = values_of.of(self.session.objective)(
                    self.session.objective, tuple(np.asarray(each[offset], self.plan.dtype) for each in whole)
                )
            lost = ~np.isfinite(losses[:, :, here]).all(axis=2)
            for name, each in zip(self.session.objective.names, map(np.asarray, found), strict=True):
                values[name] = np.where(lost.reshape(lost.shape + (1,) * (each.ndim - 2)), np.nan, each)
            self._close_epoch(first + offset, values)

    def _measured(self, name: str, blocks: Any) -> dict[str, np.ndarray]:
        """Loss and metrics of the part *name* at the members' present weights, [seeds, settings]."""
        with precision(self.plan.dtype):
            mean, metrics = jax.tree.map(np.asarray, evaluate.of(self.stacked)(self.states, self.stacked, *blocks))
        named = zip(self.session.objective.names, metrics, strict=True)
        return {f"{name}_loss": mean} | {f"{name}_{metric}": each for metric, each in named}

    def _close_epoch(self, epoch: int, values: dict[str, np.ndarray]) -> None:
        plan = self.plan
        if epoch % plan.evaluate_every == 0 or epoch == plan.epochs:
            for name, blocks in self.blocks.items():
                values |= self._measured(name, blocks)
        for place, column in enumerate(self.columns):
            for s in range(len(self.seeds)):
                # As alone: an epoch that a member did not finish leaves no row.
                if 0 <= self.diverged[s, column] < epoch * self.steps - 1:
                    continue
                row = {"epoch": epoch, "step": epoch * self.steps, "seconds": self.seconds}
                self.histories[column][s].add_epoch(row | _of_member(values, s, place))
        seen = watched(values, "validation" in self.blocks)
        if self.adapted is not None and seen is not None:
            told = np.full((len(self.seeds), self.count), np.nan)
            told[:, self.columns] = seen[:, : len(self.columns)]
            self.adapted = observed(self.adapted, told)

    def _read_test(self) -> None:
        """Read the test part once, where the plan wants it at the end alone: at the weights that each run returns."""
        if self.at_end is None:
            return
        values = self._measured("test", self.at_end)
        for place, column in enumerate(self.columns):
            for s in range(len(self.seeds)):
                self.histories[column][s].rows[-1] |= _of_member(values, s, place)

    def _leave_out_the_lost(self, left: int) -> None:
        """Leave out the settings of which every seed diverged, where that saves more than it costs in *left* steps."""
        lost = (self.diverged[:, self.columns] >= 0).all(axis=0)
        saved = self.step_seconds * left * lost.mean()
        if lost.all() or lost.mean() < 0.5 or saved < WORTH_SECONDS:
            return
        self._finish(np.flatnonzero(lost))
        kept = np.flatnonzero(~lost)
        self._place(self.columns[kept], jax.tree.map(lambda a: np.asarray(a)[:, kept], self.states))

    def _finish(self, places: np.ndarray) -> None:
        """Keep what the settings at *places* ended with."""
        states = jax.tree.map(np.asarray, self.states)
        for place in places:
            self.final[int(self.columns[place])] = jax.tree.map(partial(_member, place), states)

    def _runs(self) -> list[Run]:
        self._finish(np.arange(len(self.columns)))
        if len(self.columns) < self.count and self.at_end is not None:
            # Those that were left out are measured too: together again, as they ended.
            ends = [self.final[column] for column in range(self.count)]
            self._place(np.arange(self.count), jax.tree.map(lambda *a: np.stack(a, axis=1), *ends))
        self._read_test()
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


def _of_member(values: dict[str, np.ndarray], seed: int, place: int) -> dict[str, Any]:
    here = {name: each[seed, place] for name, each in values.items()}
    return {name: each.item() if each.ndim == 0 else each for name, each in here.items()}


def _member(place: Any, array: np.ndarray) -> Any:
    return array[:, place]


def _row(seed: int, array: np.ndarray) -> Any:
    return array[seed].copy()
