"""Tests of no difference, for runs some of which may have diverged, and Holm's correction for many of them."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from ravine.core import RavineError, check_count, generator
from ravine.study.bootstrap import RESAMPLES

__all__ = ["EXACT", "TESTS", "Test", "holm", "least_p", "least_seeds", "paired_p", "unpaired_p"]

Test = Literal["permutation", "wilcoxon", "t"]
"""A test of no difference."""

TESTS = ("permutation", "wilcoxon", "t")
"""Known tests: of the mean under all changes of sign (unpaired: of sides), of ranks, of the mean under normality."""

EXACT = 12
"""Differences up to which all 2^n changes of sign are tried."""

Reals = npt.NDArray[np.float64]


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


def least_p(test: Test, n: int, other: int | None = None, draws: int = RESAMPLES) -> float:
    """The smallest p-value *test* can give with *n* pairs, or with *n* and *other* values that do not pair.

    Five pairs can never reach 0.05 by a test of signs or ranks, whatever they show.

    >>> least_p("permutation", 5), least_p("permutation", 6), least_p("t", 5), least_p("wilcoxon", 4, 4)
    (0.0625, 0.03125, 0.0, 0.02857142857142857)
    """
    if test == "t":
        return 0.0 if min(n, n if other is None else other) > 1 else 1.0
    if other is None:
        least, drawn = 2.0 ** (1 - n), test == "permutation" and n > EXACT
    else:
        ways = math.comb(n + other, n)
        least, drawn = 2.0 / ways, test == "permutation" and ways > draws
    rarest = (1.0 if other is None else 2.0) / (draws + 1)
    return min(1.0, max(least, rarest if drawn else 0.0))


def least_seeds(rivals: int, level: float = 0.95, test: Test = "permutation", *, paired: bool = True) -> int:
    """The fewest seeds with which a ranking of so many *rivals* can name a winner at all, by Holm and by *test*.

    >>> least_seeds(2), least_seeds(4), least_seeds(9), least_seeds(4, test="t")
    (6, 8, 11, 2)
    """
    check_count("least_seeds", "rivals", rivals, least=2)
    risk, seeds = (1 - level) / math.comb(rivals, 2), 2
    # A drawn test is drawn as often as the correction asks for: what limits it is the number of seeds.
    while least_p(test, seeds, None if paired else seeds, draws=2**62) > risk + 1e-12:
        seeds += 1
    return seeds


@functools.lru_cache(maxsize=8)
def _signs(n: int, draws: int) -> Reals:
    """All changes of sign of *n* differences, (2^n, n), or *draws* of them and none at all, (draws + 1, n)."""
    if n <= EXACT:
        return np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    drawn = generator(0, "sample").integers(0, 2, (draws, n), np.int8)
    return np.concatenate([np.ones((1, n)), 1.0 - 2.0 * drawn])


def _flipped(d: Reals, draws: int) -> float:
    """The share of changes of sign that give a sum at least as far from 0 as that of *d* (n,)."""
    # Sums that are equal on paper differ by rounding, of float32 accuracies by some 1e-5 of their differences.
    near = 1e-5 * float(np.abs(d).sum())
    return float(np.mean(np.abs(_signs(len(d), draws) @ d) >= abs(float(d.sum())) - near))


def paired_p(d: Reals, test: Test, draws: int = RESAMPLES) -> float:
    """The two-sided p-value of paired differences *d* (n,); infinite ones (one of the two was lost) need "wilcoxon".

    Pairs without difference say nothing, and a single pair proves nothing: p = 1.

    >>> paired_p(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "permutation")
    0.03125
    """
    if len(d) < 2 or not d.any():
        return 1.0
    if test == "t":
        if np.ptp(d) == 0:
            return 0.0
        return float(stats.ttest_1samp(d, 0.0).pvalue)
    if test == "wilcoxon":
        # Ranks of the sizes with their signs: what is infinite becomes the largest rank.
        d = d[d != 0]
        if len(d) < 2:
            return 1.0
        sizes = np.abs(d)
        scale = float(sizes[np.isfinite(sizes)].max(initial=0.0)) or 1.0
        d = np.sign(d) * stats.rankdata(np.round(sizes / scale, 6))
        if len(d) > EXACT:
            return float(stats.wilcoxon(d).pvalue)
    return _flipped(d, draws)


def unpaired_p(x: Reals, y: Reals, test: Test, draws: int = RESAMPLES) -> float:
    """The two-sided p-value of *x* (n,) and *y* (m,) that do not pair: Welch, Mann-Whitney, or a permutation of sides.

    >>> round(unpaired_p(np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8]), "wilcoxon"), 4)
    0.0286
    """
    both = np.concatenate([x, y])
    if min(len(x), len(y)) < 1 or len(both) < 3 or not (both != both[0]).any():
        return 1.0
    if test == "t":
        if min(len(x), len(y)) < 2:
            return 1.0
        if np.ptp(x) == 0 and np.ptp(y) == 0:
            return 0.0
        return float(stats.ttest_ind(x, y, equal_var=False).pvalue)
    if test == "wilcoxon":
        ranks = stats.rankdata(both)
        return float(stats.mannwhitneyu(ranks[: len(x)], ranks[len(x) :]).pvalue)
    # The sum of one side tells the difference of means, for the sum of both is fixed. Sums near to that seen are taken
    # for equal, as above.
    centred = both - both.mean()
    seen, near = float(centred[: len(x)].sum()), 1e-5 * float(np.abs(centred).sum())

    def side(first: Any, second: Any, axis: int = -1) -> Any:
        total = np.sum(first, axis=axis)
        return np.where(np.abs(total - seen) <= near, seen, total)

    found = stats.permutation_test(
        (centred[: len(x)], centred[len(x) :]), side, permutation_type="independent", vectorized=True,
        n_resamples=draws, random_state=generator(0, "sample"),
    )  # fmt: skip
    return float(found.pvalue)
