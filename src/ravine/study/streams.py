"""From the seed of a study to those of its data, its tuning and its runs: numbers that no two studies share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import numpy as np

from ravine.core import RavineError, check_choice, check_count, mix

if TYPE_CHECKING:
    from ravine.study.spec import Study

__all__ = ["MOST_SEED", "ROOM", "final_seeds", "seed_of", "tune_seeds"]

Purpose = Literal["final", "tune", "data", "validation"]
PURPOSES = ("final", "tune", "data", "validation")

ROOM = 4096
"""Seeds of one purpose in one study."""

MOST_SEED = 2**32 // (len(PURPOSES) * ROOM) - 1
"""The greatest seed of a study: beyond it the 32 bits of a run's seed would be used up, and studies would meet."""

FORMER_TUNE = 100_000
"""Where the seeds of tuning began by the former protocol, in which those of the final runs were seed, seed + 1, ..."""


def seed_of(seed: int, purpose: Purpose, index: int = 0) -> int:
    """The *index*-th seed for *purpose* in the study of *seed*, below 2^32.

    (seed, purpose, index) are counted through, and the count is mixed by `ravine.core.mix`. That is one-to-one on words
    of 32 bits (each of its steps can be undone), so that two different triples never give the same seed.

    >>> seed_of(1, "final") == seed_of(1, "final"), seed_of(1, "final") == seed_of(0, "final", 1)
    (True, False)
    """
    check_choice("seed_of", "purpose", purpose, PURPOSES)
    for name, value, most in (("seed", seed, MOST_SEED), ("index", index, ROOM - 1)):
        check_count("seed_of", name, value, least=0)
        if value > most:
            raise RavineError(f"seed_of: {name} must be at most {most}, got {value}: beyond it two studies share runs")
    count = (seed * len(PURPOSES) + PURPOSES.index(purpose)) * ROOM + index
    # As an array: NumPy warns of the overflow, which is meant, where it multiplies scalars.
    return int(mix(np.array([count], np.uint32))[0])


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
