"""Rivals over several data sets: do their ranks differ, which of them, and how good are they on the whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ravine.core import RavineError, check_number, generator
from ravine.stats.bootstrap import iqm
from ravine.stats.intervals import Interval
from ravine.stats.shifts import RESAMPLES

__all__ = ["Ranks", "friedman", "pooled_iqm"]


@dataclass(frozen=True)
class Ranks:
    """Mean *ranks* of rivals over *count* data sets, 1 the best, in order; the *p* of no difference among them.

    Mean ranks that are *critical* or more apart differ (Nemenyi), if any do.

    No example: see `friedman`.
    """

    ranks: Mapping[str, float]
    count: int
    p: float
    critical: float
    level: float

    @property
    def differ(self) -> bool:
        """Whether the rivals differ at all, by Friedman's test."""
        return self.p <= 1 - self.level

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The largest groups of rivals, in order, none of which are told apart."""
        names = list(self.ranks)
        made: list[tuple[str, ...]] = []
        for place, first in enumerate(names):
            near = [name for name in names[place:] if self.ranks[name] - self.ranks[first] < self.critical]
            group = tuple(names if not self.differ else near)
            if len(group) > 1 and not (made and set(group) <= set(made[-1])):
                made.append(group)
        return tuple(made)


def friedman(scores: Mapping[str, Sequence[float]], level: float = 0.95) -> Ranks:
    """Rank rivals over data sets by their *scores*, one for each set, more is better (Friedman 1937).

    Pairs are told apart by the critical difference of Nemenyi, ``q / sqrt 2 sqrt(k (k + 1) / (6 N))`` with q of the
    studentized range of k rivals, N data sets (Demsar 2006). Friedman's p is by chi-square, rough below ten sets. A
    score that is not finite, of a rival that lost its runs, is below all others. It takes three rivals and two sets.

    >>> made = friedman({"a": [0.9, 0.8, 0.7, 0.9], "b": [0.8, 0.7, 0.6, 0.8], "c": [0.7, 0.6, 0.5, 0.7]})
    >>> made.ranks, round(made.p, 4), round(made.critical, 3), made.groups
    ({'a': 1.0, 'b': 2.0, 'c': 3.0}, 0.0183, 1.657, (('a', 'b'), ('b', 'c')))
    """
    check_number("friedman", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    table = np.array([[x if math.isfinite(x) else -math.inf for x in row] for row in scores.values()], np.float64)
    if table.ndim != 2 or len(table) < 3 or table.shape[1] < 2:
        raise RavineError(f"friedman: at least 3 rivals on 2 data sets are needed, got scores of shape {table.shape}")
    k, count = table.shape
    placed = stats.rankdata(-table, axis=0)
    tied = bool((placed == placed[0]).all())
    p = 1.0 if tied else float(stats.friedmanchisquare(*placed).pvalue)
    q = float(stats.studentized_range.ppf(level, k, np.inf)) / math.sqrt(2)
    critical = q * math.sqrt(k * (k + 1) / (6 * count))
    means = dict(zip(scores, placed.mean(axis=1).tolist(), strict=True))
    ordered = {name: means[name] for name in sorted(means, key=lambda name: means[name])}
    return Ranks(ordered, count, p, critical, level)


def pooled_iqm(
    runs: Sequence[Any], level: float = 0.95, seed: int = 0, resamples: int = RESAMPLES, *, higher: bool = True
) -> Interval:
    """The interquartile mean of all *runs*, one array (n,) for each data set, with its stratified bootstrap interval.

    Runs are drawn anew within each data set, and the interval lies between the percentiles of what results (Agarwal et
    al. 2021). A run that was lost is worse than any other: it is cut off, unless a quarter or more are.

    >>> made = pooled_iqm([[0.9, 0.91, 0.92, 0.9], [0.7, 0.72, 0.71, 0.7]])
    >>> round(made.mean, 4), made.low < made.mean < made.high
    (0.8075, True)
    """
    worst = -math.inf if higher else math.inf
    sets = [np.asarray(each, np.float64).ravel() for each in runs]
    if not sets or not all(len(each) for each in sets):
        raise RavineError("pooled_iqm: there are no runs on some data set: give at least one run for each")
    whole = [np.where(np.isfinite(each), each, worst) for each in sets]
    rng = generator(seed, "sample")
    drawn = [each[rng.integers(len(each), size=(resamples, len(each)))] for each in whole]
    means = iqm(np.concatenate(drawn, axis=1), axis=1)
    # Between percentiles that are values, as infinite ones have no middle.
    low, high = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2], method="closest_observation")
    return Interval(float(iqm(np.concatenate(whole))), float(low), float(high), sum(map(len, whole)))
