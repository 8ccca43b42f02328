"""By how much one side is ahead: an estimate, its p-value and its interval, all three of one and the same test."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from ravine.core import generator

__all__ = [
    "EXACT",
    "FEWEST",
    "RESAMPLES",
    "SLACK",
    "Ordered",
    "Reals",
    "Shift",
    "Student",
    "paired_flips",
    "paired_ranks",
    "paired_t",
    "unpaired_ranks",
    "unpaired_sides",
    "unpaired_t",
]

Reals = npt.NDArray[np.float64]
"""An array of float64."""

RESAMPLES = 9999
"""Draws of a permutation test that is not exact, and samples of a bootstrap."""

EXACT = 12
"""Differences up to which all 2^n changes of sign are tried."""

FEWEST = 3
"""Runs of a side below which a t test decides nothing: two rounded differences agree by chance far too often (12 %)."""

FORMULA = 100
"""Runs of a side beyond which the distribution of ranks is its normal approximation."""

SLACK = 1e-12
"""What rounding may add to a p-value that lies on the level exactly."""


@dataclass(frozen=True)
class Student:
    """A mean difference *middle* with its standard *error* and *free* degrees of freedom (Student 1908, Welch 1947).

    The error is NaN where there are too few runs to know it: then there is no interval, and p is 1.

    >>> made = Student(1.0, 0.5, 9.0)
    >>> round(made.p, 3), [round(end, 3) for end in made.ends(0.95)]
    (0.077, [-0.131, 2.131])
    """

    middle: float
    error: float
    free: float

    @property
    def p(self) -> float:
        """The two-sided p-value of no difference."""
        if math.isnan(self.error) or self.middle == 0:
            return 1.0
        return float(2 * stats.t.sf(abs(self.middle) / self.error, self.free)) if self.error else 0.0

    def ends(self, level: float) -> tuple[float, float]:
        """The interval of confidence *level*: it leaves out 0 where p is at most 1 - level, and only there."""
        half = float(special.stdtrit(self.free, 0.5 + level / 2)) * self.error
        return self.middle - half, self.middle + half

    @property
    def turned(self) -> Student:
        """The same, seen from the other side."""
        return Student(-self.middle, self.error, self.free)


@dataclass(frozen=True, eq=False)
class Ordered:
    """A test that counts how many *candidates* for the difference lie above 0.

    Candidates are means of subsets, of pairs, or differences of all pairs of runs: infinite where a run was lost, NaN
    where both were, so that they lie on no side. *chance* (k = 0 ... number of candidates) is the probability that at
    least k of them lie above the true difference. The ends of an interval are then candidates themselves (Hodges &
    Lehmann 1963, Hartigan 1969), and infinite where so few runs cannot tell.

    >>> made = paired_ranks(np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.inf]))
    >>> made.middle, made.p, made.ends(0.95), made.ends(0.99)
    (3.5, 0.03125, (1.0, inf), (-inf, inf))
    """

    middle: float
    candidates: Reals
    chance: Reals

    @property
    def p(self) -> float:
        """The two-sided p-value of no difference; candidates at 0 speak for nobody."""
        above, below = (int((self.candidates * sign > 0).sum()) for sign in (1, -1))
        return float(min(1.0, 2 * self.chance[max(above, below)]))

    def ends(self, level: float) -> tuple[float, float]:
        """The interval of confidence *level*: it leaves out 0 where p is at most 1 - level, and only there."""
        few = np.flatnonzero(self.chance <= (1 - level) / 2 + SLACK)
        if not len(few) or few[0] == 0:
            return -math.inf, math.inf
        place = int(few[0])
        unknown = np.isnan(self.candidates)
        low, high = (np.sort(np.where(unknown, end, self.candidates)) for end in (-math.inf, math.inf))
        return float(low[-place]), float(high[place - 1])

    @property
    def turned(self) -> Ordered:
        """The same, seen from the other side."""
        return Ordered(-self.middle, -self.candidates, self.chance)


Shift: TypeAlias = Student | Ordered
"""By how much one side is ahead, as one test sees it."""


def paired_t(d: Reals) -> Student:
    """The mean of paired differences *d* (n,), by Student's t test.

    >>> paired_t(np.array([1.0, 2.0])).p
    1.0
    """
    n = len(d)
    error = _deviation(d) / math.sqrt(n) if n >= FEWEST else math.nan
    return Student(float(d.mean()), error, n - 1.0)


def unpaired_t(x: Reals, y: Reals) -> Student:
    """The difference of the means of *x* (n,) and *y* (m,), by Welch's t test.

    >>> round(unpaired_t(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])).p, 3)
    0.07
    """
    middle = float(x.mean() - y.mean())
    if min(len(x), len(y)) < FEWEST:
        return Student(middle, math.nan, math.nan)
    one, other = _deviation(x) ** 2 / len(x), _deviation(y) ** 2 / len(y)
    whole = one + other
    free = whole**2 / (one**2 / (len(x) - 1) + other**2 / (len(y) - 1)) if whole else len(x) + len(y) - 2.0
    return Student(middle, math.sqrt(whole), free)


def _deviation(x: Reals) -> float:
    # Equal values have a deviation of rounding errors.
    return float(x.std(ddof=1)) if np.ptp(x) else 0.0


def paired_flips(d: Reals, draws: int = RESAMPLES) -> Ordered:
    """The mean of *d* (n,), by the permutation test of all changes of sign; beyond 12 differences *draws* of them.

    Turning the differences of a subset makes the sum no smaller where the mean of that subset is at most 0.

    >>> paired_flips(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).ends(0.95)
    (1.0, 6.0)
    """
    turned = _subsets(len(d), draws)
    # Sums that are 0 on paper differ from it by rounding, of float32 accuracies by some 1e-5 of their differences.
    return _counted(float(d.mean()), turned @ d, turned.sum(axis=1), 1e-5 * float(np.abs(d).sum()))


@functools.lru_cache(maxsize=8)
def _subsets(n: int, draws: int) -> Reals:
    """All subsets of *n* but the empty one as rows of 0 and 1, or *draws* of them."""
    if n <= EXACT:
        return np.array(list(itertools.product((0.0, 1.0), repeat=n)))[1:]
    rng = generator(0, "sample")
    rows = rng.integers(0, 2, (draws, n), np.int8)
    while not (kept := rows.any(axis=1)).all():
        rows[~kept] = rng.integers(0, 2, (int((~kept).sum()), n), np.int8)
    return rows.astype(np.float64)


def _counted(middle: float, sums: Reals, sizes: Reals, near: float) -> Ordered:
    """Where the true difference lies among subsets' means is a matter of chance: every place is as likely."""
    means = np.where(np.abs(sums) <= near, 0.0, sums) / sizes
    count = len(means)
    return Ordered(middle, means, (count + 1 - np.arange(count + 1.0)) / (count + 1))


def paired_ranks(d: Reals) -> Ordered:
    """The pseudo-median of *d* (n,), the median of all means of two, by the signed ranks of Wilcoxon (1945).

    A difference is infinite where one of the two runs was lost, and 0 where both were.

    >>> paired_ranks(np.array([0.1, 0.2, 0.3, np.inf])).middle
    0.275
    """
    first, second = np.triu_indices(len(d))
    with np.errstate(invalid="ignore"):
        means = (d[first] + d[second]) / 2
    return Ordered(_middle(means), _settled(means, d), _signed_ranks(len(d)))


def unpaired_ranks(x: Reals, y: Reals) -> Ordered:
    """The median of all differences between *x* (n,) and *y* (m,), by Mann & Whitney (1947); a lost run is -inf.

    >>> made = unpaired_ranks(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]))
    >>> made.middle, round(made.p, 4), made.ends(0.95)
    (4.0, 0.0286, (1.0, 7.0))
    """
    with np.errstate(invalid="ignore"):
        # Two lost runs differ by nothing.
        gaps = np.where(x[:, None] == y, 0.0, x[:, None] - y).ravel()
    return Ordered(_middle(gaps), _settled(gaps, np.concatenate([x, y])), _rank_sums(len(x), len(y)))


def _middle(candidates: Reals) -> float:
    with np.errstate(invalid="ignore"):
        ends = {float(np.median(np.where(np.isnan(candidates), end, candidates))) for end in (-np.inf, np.inf)}
    return ends.pop() if len(ends) == 1 else math.nan


def _settled(candidates: Reals, values: Reals) -> Reals:
    """*candidates* with 0 in place of what differs from it by the rounding of *values*."""
    scale = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return np.where(np.abs(candidates) <= 1e-6 * scale, 0.0, candidates)


@functools.lru_cache(maxsize=64)
def _signed_ranks(n: int) -> Reals:
    """The probability that at least k of the means of two lie above the centre of a symmetric distribution."""
    most = n * (n + 1) // 2
    if n > FORMULA:
        k = np.arange(most + 1.0)
        return stats.norm.sf((k - 0.5 - most / 2) / math.sqrt(most * (2 * n + 1) / 12))
    shares = np.ones(1)
    for rank in range(1, n + 1):
        shares = (np.pad(shares, (0, rank)) + np.pad(shares, (rank, 0))) / 2
    return _at_least(shares)


@functools.lru_cache(maxsize=64)
def _rank_sums(n: int, m: int) -> Reals:
    """The probability that at least k of the n m differences lie above the shift between two distributions."""
    most = n * m
    if max(n, m) > FORMULA:
        counts = np.arange(most + 1.0)
        return stats.norm.sf((counts - 0.5 - most / 2) / math.sqrt(most * (n + m + 1) / 12))
    # Arrangements of so many wins, as coefficients of Gauss's binomial: whole numbers, which grow beyond 64 bits.
    ways = [1] + [0] * most
    for i in range(1, n + 1):
        for k in range(most, m + i - 1, -1):
            ways[k] -= ways[k - m - i]
        for k in range(i, most + 1):
            ways[k] += ways[k - i]
    return _at_least(np.array([way / math.comb(n + m, n) for way in ways]))


def _at_least(shares: Reals) -> Reals:
    return np.minimum(1.0, np.cumsum(shares[::-1])[::-1])


def unpaired_sides(x: Reals, y: Reals, draws: int = RESAMPLES) -> Ordered:
    """The difference of the means of *x* (n,) and *y* (m,), by the permutation test of who belongs to which side.

    To exchange as many of *x* for as many of *y* makes the difference no smaller where those of *x* are no greater in
    the mean. All exchanges are tried where there are at most *draws* of them, else as many are drawn.

    >>> made = unpaired_sides(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]))
    >>> round(made.p, 4), made.ends(0.95)
    (0.0286, (1.0, 7.0))
    """
    n, m = len(x), len(y)
    both = np.concatenate([x, -y])
    if math.comb(n + m, n) <= draws:
        sides = [list(each) for each in itertools.combinations(range(n + m), n)][1:]
        kept = np.zeros((len(sides), n + m))
        np.put_along_axis(kept, np.array(sides).reshape(-1, n), 1.0, axis=1)
    else:
        rng = generator(0, "sample")
        kept = rng.permuted(np.tile(np.arange(n + m) < n, (draws, 1)), axis=1).astype(np.float64)
        while (same := kept[:, :n].all(axis=1)).any():
            kept[same] = rng.permuted(kept[same], axis=1)
    # Who is exchanged: those of the first side that are not kept on it, and those of the other that come to it.
    moved = np.concatenate([1 - kept[:, :n], kept[:, n:]], axis=1)
    centred = both - np.concatenate([np.full(n, np.r_[x, y].mean()), np.full(m, -np.r_[x, y].mean())])
    near = 1e-5 * float(np.abs(centred).sum())
    return _counted(float(x.mean() - y.mean()), moved @ centred, moved[:, :n].sum(axis=1), near)
