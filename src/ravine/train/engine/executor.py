"""What trains: the small interface between the bookkeeping and the programs that take the steps.

Networks stand in *rows* (seeds, folds) and *columns* (settings). What an executor gives and takes bears both axes in
front, [rows, columns, ...], whatever it computes: one network, several side by side, or a thousand at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from ravine.nn import Variables
from ravine.optim import Rule
from ravine.train.engine.step import Records

__all__ = ["Executor", "Order", "adapts", "observed", "watched"]


class Order(NamedTuple):
    """A block of epochs on the device: *rows* of indices of examples, of which *steps* make an epoch.

    *padded*: some rows end in -1.

    >>> Order(np.array([[0, 1], [2, -1]]), steps=2, padded=True).steps
    2
    """

    rows: Any
    steps: int
    padded: bool = False


class Executor(Protocol):
    """Networks in training, in rows and columns.

    *shape* is how many rows and columns there are, *running* how many networks a step computes: those that are lost
    may be left out. *variables*, leaves [rows, columns, ...] on the host, are weights and layers' state, read and set.

    No example: see `ravine.train.engine.OneByOne`.
    """

    shape: tuple[int, int]
    variables: Variables

    @property
    def running(self) -> int:
        """How many networks a step computes."""

    def place(self, orders: np.ndarray, steps: int) -> Order:
        """Put *orders* [rows, block, batch], an order for each row, on the device; *steps* make an epoch."""

    def advance(self, order: Order, first: int, count: int, *, stats: Any = None, phase: int = 0) -> Records:
        """Train on *count* rows of *order* from *first* on.

        Of the records *loss* is [rows, columns, count] in float64, NaN where a network was lost before; *probes* are
        those of the block; *stats*, what `metrics` reads, go on from those of the chunk before, and are None at the
        first. *phase* + row is the count of steps by which probes are timed.
        """

    def metrics(self, stats: Any, epochs: range) -> Iterator[dict[str, np.ndarray]]:
        """The metrics' values of each of *epochs*, counted from the first of the block that left *stats*."""

    def measure(self, name: str, blocks: Any) -> dict[str, np.ndarray]:
        """Loss and metrics at the present weights over *blocks*, which are called *name*."""

    def rule(self, row: int, column: int) -> Rule:
        """The rule in force of one network."""

    def observe(self, seen: np.ndarray) -> None:
        """Tell the schedules that adapt what was *seen* [rows, columns] at the end of an epoch."""

    def drop(self, lost: np.ndarray, steps: int) -> None:
        """Leave out networks that are *lost* [rows, columns], where it pays: so many *steps* are left."""

    def gather(self) -> None:
        """Take those that were left out to work again, as they ended."""


def adapts(rule: Rule) -> bool:
    """Whether the rule's schedule is told each epoch's loss.

    >>> from ravine.optim import SGD
    >>> adapts(SGD(0.1))
    False
    """
    return hasattr(rule.learning_rate, "observe")


def observed(rule: Rule, value: Any) -> Rule:
    """The rule after its schedule has seen *value*, where the schedule asks for it.

    No example: see `ravine.optim.ReduceOnPlateau`.
    """
    eta: Any = rule.learning_rate
    return rule.replace(learning_rate=eta.observe(value)) if adapts(rule) else rule


def watched(values: Mapping[str, Any], validated: bool) -> Any:
    """What a schedule that adapts is told of an epoch's *values*: one quantity all along, or None where it is missing.

    It is the validation loss where there is a validation part, and else the training loss.

    >>> watched({"loss": 0.5}, validated=True), watched({"loss": 0.5}, validated=False)
    (None, 0.5)
    """
    return values.get("validation_loss" if validated else "loss")
