"""Comparing published results, of which no more is known than mean, deviation and number of runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from scipy import stats

from ravine.core import RavineError, check_count, check_number
from ravine.stats.comparison import Comparison
from ravine.stats.intervals import Interval
from ravine.stats.planning import effect_range, seeds_within
from ravine.stats.ranking import Ranking, holm_corrected, ranking_of
from ravine.stats.shifts import Student

__all__ = ["compare_summaries", "rank_summaries"]


def compare_summaries(
    a: str,
    mean_a: float,
    sd_a: float,
    n_a: int,
    b: str,
    mean_b: float,
    sd_b: float,
    n_b: int,
    *,
    higher: bool = True,
    level: float = 0.95,
) -> Comparison:
    """Compare published means by Welch's test (1947): *sd* is the deviation of single runs, *n* their number.

    *cliff* and *improvement* are those of normal distributions with these means and deviations.

    >>> made = compare_summaries("Adam", 0.92342, 0.00294, 10, "SGD", 0.92273, 0.00184, 10)
    >>> made.better, round(made.p, 2), made.needed
    (None, 0.54, 218)
    """
    for name, sd, n in ((a, sd_a, n_a), (b, sd_b, n_b)):
        check_count(f"summary of {name}", "n", n, least=2)
        check_number(f"summary of {name}", "sd", sd, low=0.0)
    if sd_a == 0 == sd_b:
        raise RavineError(f"summaries of {a} and {b}: both deviations are 0, so that Welch's test says nothing")
    difference = (mean_a - mean_b) * (1 if higher else -1)
    square_a, square_b = sd_a**2 / n_a, sd_b**2 / n_b
    error = math.sqrt(square_a + square_b)
    free = (square_a + square_b) ** 2 / (square_a**2 / (n_a - 1) + square_b**2 / (n_b - 1))
    pooled = math.sqrt(((n_a - 1) * sd_a**2 + (n_b - 1) * sd_b**2) / (n_a + n_b - 2))
    within = n_a + n_b - 2
    unbiased = math.exp(math.lgamma(within / 2) - math.lgamma((within - 1) / 2)) / math.sqrt(within / 2)
    effect = unbiased * difference / pooled
    improvement = float(stats.norm.cdf(difference / math.hypot(sd_a, sd_b)))
    low, high = effect_range(abs(effect), round(2 / (1 / n_a + 1 / n_b)), paired=False)
    return Comparison(
        a=a, b=b, n=min(n_a, n_b), shift=Student(difference, error, free), test="t", level=level, paired=False,
        effect=effect, cliff=2 * improvement - 1, improvement=improvement,
        seeds=seeds_within((abs(effect), low, high), level, 2, paired=False), reachable=True,
    )  # fmt: skip


def rank_summaries(
    summaries: Mapping[str, tuple[float, float, int]], *, higher: bool = True, level: float = 0.95
) -> Ranking:
    """Rank published results, by name (mean, deviation, number of runs), as `rank` does with runs.

    Ten seeds of DeepOBS's fmnist_2c2d name no winner (Schneider et al. 2019):

    >>> accuracy = {"SGD": (0.92273, 0.00184, 10), "Adam": (0.92342, 0.00294, 10), "Momentum": (0.92144, 0.00212, 10)}
    >>> made = rank_summaries(accuracy)
    >>> made.outcome, made.leader, made.best
    ('no winner', 'Adam', ('Adam', 'SGD', 'Momentum'))
    """
    if not summaries:
        raise RavineError("rank_summaries: there are no rivals: give mean, deviation and number of runs of each")
    order = tuple(sorted(summaries, key=lambda name: summaries[name][0], reverse=higher))
    compared = [
        compare_summaries(a, *summaries[a], b, *summaries[b], higher=higher, level=level)
        for a, b in itertools.combinations(order, 2)
    ]
    means = {}
    for name in order:
        mean, sd, n = summaries[name]
        half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * sd / math.sqrt(n) if n > 1 else math.nan
        means[name] = Interval(mean, mean - half, mean + half, n)
    runs = {name: summaries[name][2] for name in order}
    lost = dict.fromkeys(order, 0)
    return ranking_of(order, means, runs, lost, holm_corrected(compared, level), level, higher, False)
