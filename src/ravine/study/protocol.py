"""How a study was carried out, as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ravine.study._rivals import Problem
from ravine.study.spec import Study

__all__ = ["DataSizes", "Protocol", "protocol_of"]

Unit = Literal["epochs", "steps", "seconds"]


@dataclass(frozen=True)
class DataSizes:
    """How many examples the parts of the data set *name* have, and the *fingerprint* of their content.

    >>> DataSizes("digits", 1150, 288, 359, "4ce56f").train
    1150
    """

    name: str
    train: int
    validation: int
    test: int
    fingerprint: str


@dataclass(frozen=True)
class Protocol:
    """The conditions on which rivals met.

    *length* is that of each run, in *unit*. *tried* are the settings that each rival tried, by its name (none where
    rules came with settings of their own), drawn by *sampler*, each trained with *tune_seeds* seeds, of which 1 in
    *halving* went on where that is above 1. *seeds* decided, of which the first *grown_from* before results were seen
    (None: all of them). *score* chose settings, *measure* decided.

    >>> Protocol((), 8, "epochs", seeds=10, score="validation_loss", measure="test_loss").tried
    {}
    """

    data: tuple[DataSizes, ...]
    length: float
    unit: Unit
    seeds: int
    score: str
    measure: str
    tried: Mapping[str, int] = field(default_factory=dict)
    sampler: str | None = None
    tune_seeds: int = 1
    halving: int = 1
    grown_from: int | None = None
    splits: int = 1
    level: float = 0.95
    margin: float | None = None
    dtype: str = "float32"


def protocol_of(
    study: Study, problems: Sequence[Problem], score: str, measure: str, tried: Mapping[str, int]
) -> Protocol:
    """The protocol by which *study* was done on *problems*; *tried* are the settings that each rival tried.

    No example: see `ravine.study.findings`.
    """
    lengths: dict[Unit, float | None] = {"seconds": study.seconds, "steps": study.steps, "epochs": study.epochs}
    unit = next(name for name, length in lengths.items() if length)
    return Protocol(
        data=tuple(
            DataSizes(each.data, len(d.train), len(d.validation or ()), len(d.test or ()), d.fingerprint)
            for each in problems
            if not each.split
            for d in [each.dataset]
        ),
        length=float(lengths[unit] or 0),
        unit=unit,
        seeds=study.seeds,
        score=score,
        measure=measure,
        tried=dict(tried),
        sampler=study.sampler if study.tune else None,
        tune_seeds=study.tune_seeds,
        halving=study.halving,
        grown_from=study.grown[0] if study.grown else None,
        splits=study.splits,
        level=study.level,
        margin=study.margin,
        dtype=study.dtype,
    )
