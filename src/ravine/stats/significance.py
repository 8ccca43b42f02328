"""Tests of no difference, for runs some of which may have diverged, and Holm's correction for many of them."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError, check_number
from ravine.stats.shifts import (
    EXACT,
    FEWEST,
    RESAMPLES,
    SLACK,
    Reals,
    Shift,
    paired_flips,
    paired_ranks,
    paired_t,
    unpaired_ranks,
    unpaired_sides,
    unpaired_t,
)

__all__ = [
    "TESTS",
    "Test",
    "holm",
    "holm_divisors",
    "least_p",
    "least_seeds",
    "paired_p",
    "paired_shift",
    "unpaired_p",
    "unpaired_shift",
]

Test = Literal["t", "wilcoxon", "permutation"]
"""A test of no difference."""

TESTS = ("t", "wilcoxon", "permutation")
"""Known tests: of the mean by Student (unpaired: Welch), of ranks, of the mean under all changes of sign (of sides)."""


def holm(p_values: Any) -> Reals:
    """The adjusted *p_values* (m,): all at most 0.05 are found with a risk of 5 % for even one false (Holm 1979).

    The k-th smallest of m is multiplied by m - k + 1, and none falls below the one before it.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, np.float64).ravel()
    if not ((p >= 0) & (p <= 1)).all():
        raise RavineError(f"holm: p-values must lie in [0, 1], got {p.tolist()}")
    order = np.argsort(p, kind="stable")
    adjusted = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    back = np.empty_like(adjusted)
    back[order] = adjusted
    return back


def holm_divisors(p_values: Any, risk: float) -> Reals:
    """By what Holm divides the *risk* for each of *p_values* (m,): p is below its part where it is found, only there.

    Those that are found had 1 / m, 1 / (m - 1), ... of the risk, in the order of their p; all others are left with the
    part at which the first of them failed. Intervals at these levels agree with the corrected test.

    >>> holm_divisors([0.01, 0.04, 0.03], 0.05)
    array([3., 2., 2.])
    """
    p = np.asarray(p_values, np.float64).ravel()
    found = int((holm(p) <= risk + SLACK).sum())
    places = np.empty(len(p))
    places[np.argsort(p, kind="stable")] = np.arange(len(p))
    return np.asarray(len(p) - np.minimum(places, found), np.float64)


def least_p(test: Test, n: int, other: int | None = None, draws: int = RESAMPLES) -> float:
    """The smallest p-value *test* can give with *n* pairs, or with *n* and *other* values that do not pair.

    Five pairs can never reach 0.05 by a test of signs or ranks, two never by a t test, whatever they show.

    >>> least_p("permutation", 5), least_p("permutation", 6), least_p("t", 2), least_p("t", 3)
    (0.0625, 0.03125, 1.0, 0.0)
    >>> least_p("wilcoxon", 4, 4)
    0.02857142857142857
    """
    fewest = n if other is None else min(n, other)
    if test == "t":
        return 0.0 if fewest >= FEWEST else 1.0
    if other is None:
        least, drawn = 2.0 ** (1 - n), test == "permutation" and n > EXACT
    else:
        ways = math.comb(n + other, n)
        least, drawn = 2.0 / ways, test == "permutation" and ways > draws
    return min(1.0, max(least, 2.0 / (draws + 1) if drawn else 0.0))


def least_seeds(level: float = 0.95, test: Test = "t", *, paired: bool = True) -> int:
    """The fewest seeds with which *test* can find any difference at *level*, and so a ranking name a winner at all.

    It is the same for any number of rivals: a winner has to be ahead of each, and of each at the same level.

    >>> least_seeds(), least_seeds(test="wilcoxon"), least_seeds(0.99, "permutation"), least_seeds(test="wilcoxon",
    ...     paired=False)
    (3, 6, 8, 4)
    """
    check_number("least_seeds", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    seeds = 2
    # A drawn test may be drawn as often as it takes: what limits it is the number of seeds.
    while least_p(test, seeds, None if paired else seeds, draws=2**62) > 1 - level + SLACK:
        seeds += 1
    return seeds


def paired_shift(d: Reals, test: Test, draws: int = RESAMPLES) -> Shift:
    """By how much one side is ahead, from paired differences *d* (n,); infinite ones need "wilcoxon".

    >>> paired_shift(np.array([1.0, 2.0, 3.0, 4.0]), "t").middle
    2.5
    """
    return paired_t(d) if test == "t" else paired_ranks(d) if test == "wilcoxon" else paired_flips(d, draws)


def unpaired_shift(x: Reals, y: Reals, test: Test, draws: int = RESAMPLES) -> Shift:
    """By how much *x* (n,) is ahead of *y* (m,), which do not pair; values that are not finite need "wilcoxon".

    >>> unpaired_shift(np.array([1.0, 2.0]), np.array([0.0]), "wilcoxon").middle
    1.5
    """
    if test == "t":
        return unpaired_t(x, y)
    return unpaired_ranks(x, y) if test == "wilcoxon" else unpaired_sides(x, y, draws)


def paired_p(d: Reals, test: Test, draws: int = RESAMPLES) -> float:
    """The two-sided p-value of `paired_shift`: 1 where there is no difference, and for a single pair.

    >>> paired_p(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "permutation")
    0.03125
    """
    return paired_shift(d, test, draws).p


def unpaired_p(x: Reals, y: Reals, test: Test, draws: int = RESAMPLES) -> float:
    """The two-sided p-value of `unpaired_shift`: by Welch, Mann and Whitney, or a permutation of sides.

    >>> round(unpaired_p(np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8]), "wilcoxon"), 4)
    0.0286
    """
    return unpaired_shift(x, y, test, draws).p
