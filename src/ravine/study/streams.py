"""From the seed of a study to those of its data, its tuning and its runs: numbers that no two studies share."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ravine.core import RavineError, check_choice, check_count, mix

__all__ = ["MOST_SEED", "ROOM", "seed_of"]

Purpose = Literal["final", "tune", "data", "validation"]
PURPOSES = ("final", "tune", "data", "validation")

ROOM = 4096
"""Seeds of one purpose in one study."""

MOST_SEED = 2**32 // (len(PURPOSES) * ROOM) - 1
"""The greatest seed of a study: beyond it the 32 bits of a run's seed would be used up, and studies would meet."""


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
