"""The seeds of a study's runs: those that choose settings, and those that decide."""

from __future__ import annotations

import itertools

from ravine.study.spec import Study
from ravine.study.streams import seed_of

__all__ = ["final_seeds", "tune_seeds"]

FORMER_TUNE = 100_000
"""Where the seeds of tuning began by the former protocol, in which those of the final runs were seed, seed + 1, ..."""


def final_seeds(study: Study, split: int = 0) -> tuple[tuple[int, ...], ...]:
    """The seeds of the runs that decide on a *split*, in the blocks in which the study has asked for them.

    No example: see `ravine.study.run_study`.
    """
    bounds = (0, *study.grown, study.seeds)
    if study.protocol == 1:
        made = [study.seed + place for place in range(study.seeds)]
    else:
        made = [seed_of(study.seed, "final", place * study.splits + split) for place in range(study.seeds)]
    return tuple(tuple(made[low:high]) for low, high in itertools.pairwise(bounds))


def tune_seeds(study: Study, split: int = 0) -> tuple[int, ...]:
    """The seeds by which settings are chosen on a *split*; none of them is among `final_seeds`.

    No example: see `ravine.study.run_study`.
    """
    if study.protocol == 1:
        return tuple(FORMER_TUNE + study.seed + place for place in range(study.tune_seeds))
    return tuple(seed_of(study.seed, "tune", place * study.splits + split) for place in range(study.tune_seeds))
