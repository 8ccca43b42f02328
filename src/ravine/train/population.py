"""A thousand networks at once: seeds x settings of one architecture and rule, in one compiled program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from ravine.core import RavineError, cast, check_count
from ravine.data import Dataset, epoch_order
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.evaluate import evaluate_padded, metric_values
from ravine.train.history import History, ProbeSeries
from ravine.train.loop import BLOCK_ROWS, CHUNK_SECONDS, rates, train
from ravine.train.plan import Plan
from ravine.train.prepare import prepared, splits
from ravine.train.probes import PROBES
from ravine.train.run import Run
from ravine.train.session import Session, precision
from ravine.train.step import Program, Setting, start, train_chunk

__all__ = ["Member", "population"]

WIDE = 65_536
"""Trained numbers per network above which one member alone keeps the processor's cores busy."""


@dataclass(frozen=True)
class Member:
    """One setting of a population: a network and a rule, of which only the numbers may differ from member to member.

    No example: see `population`.
    """

    network: Network
    rule: Rule


def population(
    network: Network | Sequence[Network],
    rule: Rule | Sequence[Rule],
    dataset: Dataset,
    plan: Plan | None = None,
    *,
    seeds: Iterable[int] = (0,),
    together: bool | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Run]:
    """Train every setting with every seed; returns the runs, all seeds of the first setting first.

    Several networks and rules are paired one to one; a single one is paired with each of the other. They must share one
    structure: only swept numbers differ. Each member equals the run that `train` makes of it alone, to float tolerance.
    All settings share initial weights, order of examples and dropout per seed (common random numbers). A member that
    diverges is marked at its step, and its neighbours go on. *together* False trains members one after another through
    one compiled program; None does so on the CPU where a single member is large enough to fill it. *progress* is called
    with the share of the work that is done.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> network = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,))
    >>> rules = [SGD(rate) for rate in (0.01, 0.1, 1.0)]
    >>> runs = population(network, rules, load("xor", n=100, seed=1), Plan(epochs=2), seeds=range(5))
    >>> len(runs), runs[5].rule.learning_rate, runs[5].seed
    (15, 0.1, 0)
    """
    plan, members, seeds = plan or Plan(), paired(network, rule), tuple(seeds)
    for seed in seeds:
        check_count("population", "each seed", seed, least=0)
    if not seeds:
        raise RavineError("population: at least one seed is needed, got none")
    if together is None:
        together = jax.default_backend() != "cpu" or _size(members[0].network) < WIDE
    if together and plan.seconds is None and plan.target is None:
        return _Herd(members, dataset, plan, seeds).run(progress)
    runs = []
    for member in members:
        for seed in seeds:
            runs.append(train(member.network, member.rule, dataset, plan, seed=seed))
            if progress is not None:
                progress(len(runs) / (len(members) * len(seeds)))
            if runs[-1].stopped == "interrupted":
                raise KeyboardInterrupt
    return runs


def paired(network: Network | Sequence[Network], rule: Rule | Sequence[Rule]) -> list[Member]:
    """The settings, after checking that one compiled program serves them all."""
    networks = [network] if isinstance(network, Network) else list(network)
    rules = [rule] if isinstance(rule, Rule) else list(rule)
    count = max(len(networks), len(rules))
    if not networks or not rules:
        raise RavineError("population: at least one network and one rule are needed, got none")
    if {len(networks), len(rules)} - {1, count}:
        raise RavineError(
            f"population: {len(networks)} networks and {len(rules)} rules cannot be paired: give as many, or one of either"
        )
    members = [Member(networks[i % len(networks)], rules[i % len(rules)]) for i in range(count)]
    for index, member in enumerate(members):
        if jax.tree.structure((member.network, member.rule)) != jax.tree.structure((members[0].network, members[0].rule)):
            raise RavineError(
                f"population: setting {index} differs in structure from setting 0 ({member.rule!r} on {member.network!r}): "
                "train it in a population of its own"
            )
    return members


def _size(network: Network) -> int:
    return sum(int(np.size(leaf)) for leaf in jax.tree.leaves(network.init(0).params))


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *trees)


_ROWS = PartitionSpec(None, "members")


@partial(jax.jit, static_argnames=("setting", "mesh"), donate_argnums=0)
def _chunk(
    states: Any, examples: Any, orders: Any, first: Any, count: Any, phase: Any, seeds: Any, programs: Any,
    setting: Setting, mesh: Mesh,
) -> Any:
    """`train_chunk` over states [seeds, settings], orders [seeds, rows, batch], seeds [seeds], programs [settings]."""

    def shard(states: Any, examples: Any, orders: Any, first: Any, count: Any, phase: Any, seeds: Any, programs: Any) -> Any:
        def setting_of_seed(state: Any, order: Any, seed: Any, program: Any) -> Any:
            return train_chunk(state, examples, order, first, count, phase, seed, program, setting)

        over_settings = jax.vmap(setting_of_seed, in_axes=(0, None, None, 0))
        return jax.vmap(over_settings, in_axes=(0, 0, 0, None))(states, orders, seeds, programs)

    everywhere = PartitionSpec()
    return jax.shard_map(
        shard,
        mesh=mesh,
        in_specs=(_ROWS, *[everywhere] * 6, PartitionSpec("members")),
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
    return jax.vmap(jax.vmap(partial(metric_values, objective)))(stats)


class _Herd:
    """The members of a population while they train together."""

    def __init__(self, members: list[Member], dataset: Dataset, plan: Plan, seeds: tuple[int, ...]) -> None:
        self.members, self.plan, self.seeds = members, plan, seeds
        first = members[0]
        aim = prepared(first.network, first.rule, dataset, plan)
        parts = splits(first.network, dataset, plan, aim)
        # One session serves as the door to the device for data, and to the metrics' values.
        self.session = Session(first.network, first.rule, aim, seed=seeds[0], dtype=plan.dtype)
        whole = parts.pop("train")
        self.n, self.steps = len(whole), plan.steps(len(whole))
        self.data = self.session.examples(whole.x, whole.y, whole.weight)
        self.blocks = {name: self.session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        devices = jax.devices()
        self.count = len(members)
        # Settings are dealt out to the devices; the last one is repeated where the number does not divide.
        spare = -self.count % len(devices)
        settings = [*members, *[members[-1]] * spare]
        self.mesh = Mesh(np.array(devices), ("members",))
        with precision(plan.dtype):
            programs = [cast(Program(m.network, m.rule, aim), plan.dtype) for m in settings]
            self.programs = jax.device_put(_stack(programs))
            states = [
                _stack([start(program, program.network.init(seed, np.dtype(plan.dtype))) for program in programs])
                for seed in seeds
            ]
            self.states = jax.device_put(_stack(states), jax.sharding.NamedSharding(self.mesh, _ROWS))
            self.seed_array = jax.device_put(np.array(seeds, np.uint32))
        self.histories = [[History() for _ in seeds] for _ in members]
        self.diverged = np.full((len(seeds), self.count), -1)
        self.step = 0
        self.seconds = 0.0

    def run(self, progress: Callable[[float], None] | None) -> list[Run]:
        """Train to the end and take the members apart."""
        plan = self.plan
        self._close_epoch(0, None, None)
        epoch, length = 1, 8.0
        while epoch <= plan.epochs:
            epochs = min(plan.epochs - epoch + 1, plan.evaluate_every if self.blocks else max(1, BLOCK_ROWS // self.steps))
            parts = [
                np.concatenate(
                    [epoch_order(self.n, plan.batch_size, seed, e, plan.shuffle)[: self.steps] for e in range(epoch, epoch + epochs)]
                )
                for seed in self.seeds
            ]
            rows = np.stack(parts)
            orders, padded = jax.device_put(rows), bool((rows < 0).any())
            losses = np.full((len(self.seeds), self.count, rows.shape[1]), np.nan)
            stats: tuple[np.ndarray, ...] = ()
            row = 0
            while row < rows.shape[1]:
                left = rows.shape[1] - row
                count = left if left < 1.5 * length else int(length)
                began = time.perf_counter()
                records = self._chunk(orders, row, count, padded)
                losses[:, :, row : row + count] = records.loss[:, : self.count, row : row + count]
                seconds = time.perf_counter() - began
                self.seconds += seconds
                length = float(np.clip(count * CHUNK_SECONDS / max(seconds, 1e-6), 1, 4 * length))
                new = tuple(np.asarray(each, np.float64)[:, : self.count] for each in records.stats)
                stats = tuple(a + b for a, b in zip(stats, new, strict=True)) if stats else new
                self._keep_probes(records, row, count)
                row, self.step = row + count, self.step + count
                if progress is not None:
                    progress(self.step / (plan.epochs * self.steps))
            self._close_block(epoch, epochs, rows, losses, stats)
            epoch += epochs
        return self._runs()

    def _chunk(self, orders: Any, row: int, count: int, padded: bool) -> Any:
        stride = self.plan.stride if self.plan.probes else 1
        setting = Setting(self.steps, padded, False, self.plan.probes, stride)
        with precision(self.plan.dtype):
            self.states, records = _chunk(
                self.states, self.data, orders, np.int32(row), np.int32(count), np.int32((self.step - row) % stride),
                self.seed_array, self.programs, setting=setting, mesh=self.mesh,
            )
            return jax.tree.map(np.asarray, records)

    def _keep_probes(self, records: Any, row: int, count: int) -> None:
        stride, network = self.plan.stride, self.members[0].network
        steps = np.arange(self.step, self.step + count)
        at = steps[steps % stride == 0]
        slots = at // stride - (self.step - row) // stride
        for name, values in records.probes.items():
            columns = PROBES[name].columns(network, self.session.state.params)
            for s in range(len(self.seeds)):
                for h in range(self.count):
                    self.histories[h][s].add_probe(name, ProbeSeries(at, values[s, h][slots], columns))

    def _close_block(
        self, first: int, epochs: int, rows: np.ndarray, losses: np.ndarray, stats: tuple[np.ndarray, ...]
    ) -> None:
        begun = self.step - losses.shape[2]
        steps = np.arange(begun, self.step)
        bad = ~np.isfinite(losses)
        new = np.where(bad.any(axis=2), begun + bad.argmax(axis=2), -1)
        before = self.diverged
        self.diverged = np.where(self.diverged >= 0, self.diverged, new)
        for h, member in enumerate(self.members):
            for s in range(len(self.seeds)):
                if before[s, h] >= 0:
                    continue
                keep = slice(None, self.diverged[s, h] - begun + 1) if self.diverged[s, h] >= 0 else slice(None)
                self.histories[h][s].add_steps(steps[keep], losses[s, h][keep], rates(member.rule, steps[keep]))
        valid = (rows >= 0).sum(axis=2)
        for offset in range(epochs):
            here = slice(offset * self.steps, (offset + 1) * self.steps)
            weights = np.broadcast_to(valid[:, None, here], losses[:, :, here].shape)
            self._close_epoch(first + offset, np.average(losses[:, :, here], axis=2, weights=weights), [e[:, :, offset] for e in stats])

    def _close_epoch(self, epoch: int, loss: np.ndarray | None, stats: Any) -> None:
        plan = self.plan
        due = epoch % plan.evaluate_every == 0 or epoch == plan.epochs
        evaluated: dict[str, Any] = {}
        if due:
            with precision(plan.dtype):
                for name, blocks in self.blocks.items():
                    evaluated[name] = jax.tree.map(np.asarray, _evaluate(self.states, self.programs, *blocks))
        columns: dict[str, np.ndarray] = {}
        aim = self.session.objective
        if loss is not None:
            columns["loss"] = loss
            with precision(plan.dtype):
                values = _values(aim, tuple(np.asarray(each, plan.dtype) for each in stats))
            columns |= dict(zip(aim.names, map(np.asarray, values), strict=True))
        for name, (value, values) in evaluated.items():
            columns[f"{name}_loss"] = value
            columns |= {f"{name}_{metric}": each for metric, each in zip(aim.names, values, strict=True)}
        for h in range(self.count):
            for s in range(len(self.seeds)):
                if self.diverged[s, h] >= 0 and self.diverged[s, h] < (epoch - 1) * self.steps:
                    continue
                row = {"epoch": epoch, "step": epoch * self.steps, "seconds": self.seconds}
                here = {name: each[s, h] for name, each in columns.items()}
                row |= {name: each.item() if each.ndim == 0 else each for name, each in here.items()}
                self.histories[h][s].add_epoch(row)

    def _runs(self) -> list[Run]:
        params, state = jax.tree.map(np.asarray, (self.states.params, self.states.state))
        runs = []
        for h, member in enumerate(self.members):
            for s, seed in enumerate(self.seeds):
                variables = Variables(*jax.tree.map(lambda a: a[s, h].copy(), (params, state)))  # noqa: B023
                at = int(self.diverged[s, h]) if self.diverged[s, h] >= 0 else None
                stopped = None if at is None else f"diverged at step {at}"
                history = self.histories[h][s]
                runs.append(
                    Run(member.network, member.rule, self.plan, seed, variables, history, at, self.seconds, stopped)
                )
        return runs
