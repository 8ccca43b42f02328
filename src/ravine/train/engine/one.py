"""Networks each trained by a program of its own, which it leaves when its loss is not finite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from ravine.nn import Variables
from ravine.optim import Rule
from ravine.train.engine.executor import Order, observed
from ravine.train.engine.session import Session
from ravine.train.engine.step import Examples, Records, sums

__all__ = ["OneByOne"]


NOTHING = Examples(None, None, None)


class OneByOne:
    """The networks of *sessions*, a column each, in one row: one network alone, or rivals of different kinds.

    None stands for a network that does not train; what is told of it is NaN. Without *examples* none can train.

    >>> from ravine.nn import Dense, Network
    >>> from ravine.optim import SGD, Adam
    >>> from ravine.train import objective
    >>> network, x = Network((Dense(1),), (1,)), np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> rivals = [Session(network, rule, objective(network, "mse")) for rule in (SGD(0.1), Adam(0.1))]
    >>> executor = OneByOne(rivals, rivals[0].examples(x, 3 * x))
    >>> order = executor.place(np.tile(np.arange(8, dtype=np.int32), (1, 100, 1)), steps=100)
    >>> records = executor.advance(order, 0, 100)
    >>> records.loss.shape, bool((records.loss[..., -1] < records.loss[..., 0]).all())
    ((1, 2, 100), True)
    """

    def __init__(
        self,
        sessions: Sequence[Session | None],
        examples: Examples = NOTHING,
        probes: tuple[str, ...] = (),
        stride: int = 50,
    ) -> None:
        self.sessions, self.examples, self.probes, self.stride = tuple(sessions), examples, probes, stride
        self.shape = (1, len(self.sessions))
        self._trained = [(place, session) for place, session in enumerate(self.sessions) if session is not None]

    @property
    def running(self) -> int:
        """How many networks a step computes."""
        return len(self._trained)

    @property
    def variables(self) -> Variables:
        """The networks' weights and layers' state; no place may be None."""
        each = [tuple(session.variables) for _, session in self._trained]
        return Variables(*jax.tree.map(lambda *leaves: np.stack(leaves)[None], *each))

    @variables.setter
    def variables(self, variables: Variables) -> None:
        for place, session in self._trained:
            session.variables = Variables(*jax.tree.map(lambda leaf, at=place: leaf[0, at], tuple(variables)))

    def place(self, orders: np.ndarray, steps: int) -> Order:
        """Put *orders* [1, block, batch] on the device; *steps* make an epoch."""
        _, session = self._trained[0]
        return Order(session.place(orders[0]), steps, bool((orders[0, :, -1] < 0).any()))

    def advance(self, order: Order, first: int, count: int, *, stats: Any = None, phase: int = 0) -> Records:
        """Train on *count* rows of *order* from *first* on: see `ravine.train.engine.Executor`."""
        # All are asked before the first is waited for: the device may work on them side by side.
        asked = [
            None
            if session is None
            else session.run(
                self.examples,
                order.rows,
                first,
                count,
                steps=order.steps,
                padded=order.padded,
                probes=self.probes,
                stride=self.stride,
                phase=phase,
                stats=None if stats is None else stats[place],
            )
            for place, session in enumerate(self.sessions)
        ]
        loss = np.full((*self.shape, count), np.nan)
        for place, records in enumerate(asked):
            if records is not None:
                loss[0, place] = np.asarray(records.loss)[first : first + count]
        probes = {
            name: np.stack([np.asarray(records.probes[name]) for records in asked if records is not None])[None]
            for name in self.probes
        }
        return Records(loss, tuple(None if records is None else records.stats for records in asked), probes)

    def metrics(self, stats: Any, epochs: range) -> Iterator[dict[str, np.ndarray]]:
        """The metrics' values of each of *epochs*, in a row."""
        whole = [(session, sums(stats[place])) for place, session in self._trained]
        for epoch in epochs:
            yield _row([session.metrics(tuple(each[epoch] for each in kept)) for session, kept in whole])

    def measure(self, name: str, blocks: Any) -> dict[str, np.ndarray]:
        """Loss and metrics at the present weights over *blocks*."""
        return _row([session.measure(blocks).named(name) for _, session in self._trained])

    def take(self, rule: Rule) -> None:
        """Let all train by *rule* from here on."""
        for _, session in self._trained:
            session.rule = rule

    def rule(self, row: int, column: int) -> Rule:
        """The rule in force of the network in *column*."""
        return dict(self._trained)[column].rule

    def observe(self, seen: np.ndarray) -> None:
        """Tell the schedules that adapt what was *seen* [1, columns]."""
        for place, session in self._trained:
            session.rule = observed(session.rule, seen[0, place].item())

    def drop(self, lost: np.ndarray, steps: int) -> None:
        """Do nothing: a network that is lost leaves its loop, and costs nothing."""

    def gather(self) -> None:
        """Do nothing: none was left out."""


def _row(values: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The values of networks in a row: by name, an array [1, columns, ...]."""
    return {name: np.array([[each[name] for each in values]]) for name in values[0]}
