"""Many networks in one program: rows (seeds) x columns (settings) under vmap, dealt out over this host's devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from ravine.core import cast
from ravine.nn import Network, Variables, count_params
from ravine.optim import Rule
from ravine.train.engine.evaluate import pad
from ravine.train.engine.executor import Order, adapts, observed
from ravine.train.engine.placement import precision
from ravine.train.engine.session import Session
from ravine.train.engine.step import Examples, Program, ProgramSettings, Records, start, sums, tally
from ravine.train.engine.vectorised import ROWS, chunk, evaluate
from ravine.train.engine.vectorised import values as values_of

__all__ = ["Many", "OwnBlocks", "own_blocks"]

WORTH_FLOP = 2e10
"""Work that leaving out diverged members must save before it is worth compiling for fewer: some three seconds.

It is counted, not timed: the smaller program rounds otherwise, and the clock must not decide on digits.
"""


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *trees)


class Many:
    """Networks of one structure: *networks* and *rules* are paired, a column each; *seeds* are the rows.

    *weights* [rows, examples] take the place of the examples' own. *session*, of the first network, is the door to the
    device for data, and tells the shapes of what is trained. Columns of which every row is lost may be left out: what
    is told of them is NaN, and their weights are kept.

    No example: see `ravine.train.population`.
    """

    def __init__(
        self,
        session: Session,
        examples: Examples,
        networks: Sequence[Network],
        rules: Sequence[Rule],
        seeds: Sequence[int],
        weights: np.ndarray | None = None,
        probes: tuple[str, ...] = (),
        stride: int = 50,
    ) -> None:
        self.session, self.examples, self.rules, self.seeds = session, examples, rules, seeds
        self.weights = None if weights is None else session.put(np.asarray(weights, session.dtype))
        self.probes, self.stride, self.dtype = probes, stride if probes else 1, session.dtype
        self.objective = session.objective
        self.shape = (len(seeds), len(networks))
        self.mesh = Mesh(np.array(jax.devices()), ("members",))
        self.programs = [cast(Program(n, r, self.objective), self.dtype) for n, r in zip(networks, rules, strict=True)]
        # Rules that adapt to what each member has seen: arrays [rows, columns] in place of numbers.
        self.adapted = _stack([_stack(rules)] * len(seeds)) if adapts(rules[0]) else None
        initial = {(n.layers, seed): n.init(seed, self.dtype) for n in networks for seed in seeds}
        states = [
            _stack([start(p, initial[n.layers, seed], probes) for n, p in zip(networks, self.programs, strict=True)])
            for seed in seeds
        ]
        self.batch = 1
        self.left: dict[int, Any] = {}
        """What the columns that were left out ended with."""
        self._place(np.arange(len(networks)), _stack(states))

    def _place(self, columns: np.ndarray, states: Any) -> None:
        """Put the states of *columns* on the devices, the last repeated until the devices share evenly."""
        spare = -len(columns) % self.mesh.size
        padded = [*range(len(columns)), *[len(columns) - 1] * spare]
        self.columns, self.placed = columns, columns[padded]
        with precision(self.dtype):
            self.states = self._put(jax.tree.map(lambda a: np.asarray(a)[:, padded], states))
            self.stacked = jax.device_put(_stack([self.programs[column] for column in self.placed]))
        self._place_rules()

    def _place_rules(self) -> None:
        """Put the rules in force on the devices, where they adapt."""
        self.placed_rules = None
        if self.adapted is not None:
            with precision(self.dtype):
                here = jax.tree.map(lambda leaf: leaf[:, self.placed], self.adapted)
                self.placed_rules = self._put(cast(here, self.dtype))

    def _put(self, tree: Any) -> Any:
        """Arrays [rows, columns, ...] on the devices."""
        return jax.device_put(tree, NamedSharding(self.mesh, ROWS))

    def _all(self, here: np.ndarray) -> np.ndarray:
        """What was computed of the columns at work, for all columns: NaN for those that were left out."""
        here = here[:, : len(self.columns)]
        if len(self.columns) == self.shape[1]:
            return here
        whole = np.full((*self.shape, *here.shape[2:]), np.nan, here.dtype if here.dtype.kind == "f" else float)
        whole[:, self.columns] = here
        return whole

    @property
    def running(self) -> int:
        """How many networks a step computes."""
        return len(self.seeds) * len(self.columns)

    def place(self, orders: np.ndarray, steps: int) -> Order:
        """Put *orders* [rows, block, batch] on the device; *steps* make an epoch."""
        self.batch = orders.shape[-1]
        return Order(jax.device_put(orders), steps, bool((orders < 0).any()))

    def advance(self, order: Order, first: int, count: int, *, stats: Any = None, phase: int = 0) -> Records:
        """Train on *count* rows of *order* from *first* on: see `ravine.train.engine.Executor`."""
        setting = ProgramSettings(order.steps, order.padded, True, self.probes, self.stride)
        with precision(self.dtype):
            stats = self._tally(order) if stats is None else stats
            self.states, records = chunk.of(self.stacked)(
                self.states,
                self.examples,
                self.weights,
                order.rows,
                np.int32(first),
                np.int32(count),
                np.int32(phase % self.stride),
                np.array(self.seeds, np.uint32),
                self.stacked,
                self.placed_rules,
                stats,
                setting=setting,
                mesh=self.mesh,
            )
            loss = np.asarray(records.loss)[:, :, first : first + count].astype(np.float64)
            probes = {name: self._all(np.asarray(values)) for name, values in records.probes.items()}
        return Records(self._all(loss), records.stats, probes)

    def _tally(self, order: Order) -> Any:
        """The metrics' statistics before a block."""
        _, rows, batch = order.rows.shape
        seen = self.examples if self.weights is None else self.examples._replace(weight=self.weights[0])
        zeros = tally(self.session.program, self.session.state, seen, batch, -(-rows // order.steps))
        shape = (len(self.seeds), len(self.placed))
        return self._put(tuple(np.zeros((*shape, *each.shape), each.dtype) for each in zeros))

    def metrics(self, stats: Any, epochs: range) -> Iterator[dict[str, np.ndarray]]:
        """The metrics' values of each of *epochs*, [rows, columns, ...]."""
        # An axis of epochs first, as `sums` wants it, and the places that only fill the devices left out.
        whole = sums(tuple(np.moveaxis(np.asarray(e)[:, : len(self.columns)], (2, 3), (0, 1)) for e in stats))
        for epoch in epochs:
            with precision(self.dtype):
                found = values_of.of(self.objective)(
                    self.objective, tuple(np.asarray(each[epoch], self.dtype) for each in whole)
                )
            yield dict(zip(self.objective.names, map(self._all, map(np.asarray, found)), strict=True))

    def measure(self, name: str, blocks: Any) -> dict[str, np.ndarray]:
        """Loss and metrics at the present weights over *blocks*, [rows, columns, ...]; each row's `OwnBlocks`."""
        with precision(self.dtype):
            found = evaluate.of(self.stacked)(self.states, self.stacked, *blocks, own=isinstance(blocks, OwnBlocks))
            mean, metrics = jax.tree.map(np.asarray, found)
        named = zip(self.objective.names, metrics, strict=True)
        values = {f"{name}_loss": mean} | {f"{name}_{metric}": each for metric, each in named}
        return {name: self._all(each) for name, each in values.items()}

    def rule(self, row: int, column: int) -> Rule:
        """The rule in force of one network."""
        if self.adapted is None:
            return self.rules[column]
        rule: Rule = jax.tree.map(lambda leaf: leaf[row, column], self.adapted)
        return rule

    def observe(self, seen: np.ndarray) -> None:
        """Tell the schedules that adapt what was *seen* [rows, columns]."""
        if self.adapted is not None:
            self.adapted = observed(self.adapted, seen)
            self._place_rules()

    def drop(self, lost: np.ndarray, steps: int) -> None:
        """Leave out columns of which every row is *lost*, where that saves more work in *steps* than it costs."""
        gone = lost[:, self.columns].all(axis=0)
        saved = 6.0 * sum(count_params(self.session.network)) * self.batch * self.running * steps * gone.mean()
        if gone.all() or gone.mean() < 0.5 or saved < WORTH_FLOP:
            return
        self._leave(np.flatnonzero(gone))
        kept = np.flatnonzero(~gone)
        self._place(self.columns[kept], jax.tree.map(lambda a: np.asarray(a)[:, kept], self.states))

    def _leave(self, places: np.ndarray) -> None:
        """Keep what the columns at *places* ended with."""
        states = jax.tree.map(np.asarray, self.states)
        for place in places:
            self.left[int(self.columns[place])] = jax.tree.map(partial(_column, place), states)

    def gather(self) -> None:
        """Take all columns to work again, those that were left out as they ended."""
        if len(self.columns) < self.shape[1]:
            self._leave(np.arange(len(self.columns)))
            ends = [self.left[column] for column in range(self.shape[1])]
            self._place(np.arange(self.shape[1]), jax.tree.map(lambda *a: np.stack(a, axis=1), *ends))
            self.left = {}

    @property
    def variables(self) -> Variables:
        """The networks' weights and layers' state, those of columns that were left out among them."""
        here = jax.tree.map(lambda a: np.asarray(a)[:, : len(self.columns)], (self.states.params, self.states.state))
        ends = [(each.params, each.state) for each in self.left.values()]
        places = np.argsort([*self.columns, *self.left])

        def joined(now: np.ndarray, *ended: np.ndarray) -> np.ndarray:
            return np.concatenate([now, *(each[:, None] for each in ended)], axis=1)[:, places] if ended else now

        return Variables(*jax.tree.map(joined, here, *ends))

    @variables.setter
    def variables(self, variables: Variables) -> None:
        self.gather()
        with precision(self.dtype):
            params, state = self._put(jax.tree.map(lambda a: np.asarray(a)[:, self.placed], tuple(variables)))
        self.states = self.states._replace(params=params, state=state)


class OwnBlocks(NamedTuple):
    """What is measured with where each row has data of its own: blocks of examples, an axis of rows in front.

    No example: made by `own_blocks`.
    """

    examples: Any
    valid: Any


def own_blocks(session: Session, parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray | None]]) -> OwnBlocks:
    """The *parts*, inputs, targets and weights of each row, on the device.

    No example: see `ravine.train.Row`.
    """
    most = max(len(x) for x, _, _ in parts)
    if any(weight is not None for _, _, weight in parts):
        parts = [(x, y, np.ones(len(x)) if weight is None else weight) for x, y, weight in parts]
    each = [pad(x, y, weight, session.dtype, least=most) for x, y, weight in parts]
    examples, valid = _stack(each)
    with precision(session.dtype):
        return OwnBlocks(session.examples(*examples), session.put(valid))


def _column(place: Any, array: np.ndarray) -> Any:
    return array[:, place]
