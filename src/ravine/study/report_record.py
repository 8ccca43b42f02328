"""What a study found, as one record from which a report is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ravine.core import RavineError
from ravine.stats import Ranking
from ravine.study.protocol import Protocol

__all__ = ["Findings"]

NEEDED = ("phase", "rival", "problem", "seed", "measure")
"""Columns without which *members* say nothing."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was asked, who won on each problem, and every run behind it.

    *quantity* decides ("test_accuracy"), more is better where *higher*; *rankings* are pairs of a problem's name and
    its ranking. *members* has a row for each run: phase ("tune", "final", or "default": the final seeds at the rule's
    own setting), problem, rival, rule, batch_size, setting (JSON), seed, score, measure (null where lost), member,
    diverged_at and more. *curves* has a row for each epoch of each member: epoch, step, seconds, loss and whatever
    was measured. *protocol* is how the study was done, None where that is not known; *goal* a quantity of the curves
    and the value to reach, one for all problems or one for each by its name.
    *splits*: on how many cuts of the data the study was done, None where that is not known.

    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> ranked = (("xor", rank({"sgd": [0.9]})),)
    >>> Findings("t", "", "test_accuracy", True, 0.95, ranked, pl.DataFrame(rows), pl.DataFrame(), None, "").goal
    >>> Findings("t", "", "test_accuracy", True, 0.95, ranked, pl.DataFrame({"seed": [0]}), pl.DataFrame(), None, "")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Findings: members lack the columns phase, rival, problem, measure:
    give phase, rival, problem, seed, measure
    """

    title: str
    question: str
    quantity: str
    higher: bool
    level: float
    rankings: tuple[tuple[str, Ranking], ...]
    members: pl.DataFrame
    curves: pl.DataFrame
    protocol: Protocol | None
    fingerprint: str
    goal: tuple[str, float | Mapping[str, float]] | None = None
    splits: int | None = None

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if name not in self.members.columns]
        if missing:
            plural = "s" if len(missing) > 1 else ""
            raise RavineError(
                f"Findings: members lack the column{plural} {', '.join(missing)}: give {', '.join(NEEDED)}"
            )
        if not self.rankings:
            raise RavineError("Findings: rankings are empty: give at least one problem with its ranking")

    def goal_of(self, problem: str) -> tuple[str, float] | None:
        """The goal on *problem*; None where it has none."""
        if self.goal is None:
            return None
        quantity, value = self.goal
        if isinstance(value, Mapping):
            return (quantity, value[problem]) if problem in value else None
        return quantity, value
