"""What became of the runs of one rival: spread, losses, gap to the training data, room for the learning rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ravine.core import RavineError, check_number
from ravine.stats.bootstrap import iqm
from ravine.stats.intervals import Interval, interval, proportion

__all__ = [
    "QUANTILES",
    "Outcomes",
    "divergence_rate",
    "generalisation_gap",
    "outcome_distribution",
    "plateau",
    "sensitivity",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares below which `outcome_distribution` says what values lie."""


@dataclass(frozen=True)
class Outcomes:
    """The spread of *count* runs, of which *lost* did not finish.

    *quantiles* and *iqm* count a lost run as worse than any other, and are infinite where that is what it comes to;
    *mean*, *least* and *most* are of the runs that did finish.

    No example: see `outcome_distribution`.
    """

    count: int
    lost: Interval
    mean: float
    iqm: float
    least: float
    most: float
    quantiles: Mapping[float, float]


def divergence_rate(values: Any, level: float = 0.95) -> Interval:
    """The share of *values* (n,) that are not finite, runs that were lost, and its interval (Wilson 1927).

    >>> made = divergence_rate([0.9, float("nan"), 0.8, float("inf")])
    >>> made.mean, round(made.low, 2), round(made.high, 2)
    (0.5, 0.15, 0.85)
    """
    x = _values("divergence_rate", values)
    return proportion(int((~np.isfinite(x)).sum()), len(x), level)


def generalisation_gap(train: Any, test: Any, *, higher: bool = True, level: float = 0.95) -> Interval:
    """How much worse the runs are on *test* (n,) than on *train* (n,), with Student's interval; lost runs do not count.

    *higher*: more is better, as for accuracy; else as for a loss. Positive: worse on the test data.

    >>> generalisation_gap([0.99, 0.98, 1.0], [0.97, 0.97, 0.97]).mean
    0.02
    """
    ours, theirs = _values("generalisation_gap", train), _values("generalisation_gap", test)
    if ours.shape != theirs.shape:
        raise RavineError(f"generalisation_gap: one value per run on both sides, got {len(ours)} and {len(theirs)}")
    gap = (ours - theirs) * (1 if higher else -1)
    gap = gap[np.isfinite(gap)]
    return interval(np.round(gap, 12), level) if len(gap) else Interval(math.nan, math.nan, math.nan, 0)


def outcome_distribution(values: Any, level: float = 0.95, *, higher: bool = True) -> Outcomes:
    """The lottery of the seeds: how the *values* (n,) of one rival are spread, and how many of its runs were lost.

    *higher*: more is better, so that a lost run is below all others; else above.

    >>> made = outcome_distribution([1.0, 2.0, 3.0, 4.0, float("nan")])
    >>> made.count, made.lost.mean, made.least, made.quantiles[0.5], made.quantiles[0.05], made.most
    (5, 0.2, 1.0, 2.0, -inf, 4.0)
    """
    x = _values("outcome_distribution", values)
    kept = x[np.isfinite(x)]
    lost = divergence_rate(x, level)
    if not len(kept):
        return Outcomes(len(x), lost, math.nan, math.nan, math.nan, math.nan, dict.fromkeys(QUANTILES, math.nan))
    whole = np.where(np.isfinite(x), x, -np.inf if higher else np.inf)
    quantiles = {share: _quantile(whole, share) for share in QUANTILES}
    return Outcomes(
        len(x), lost, float(kept.mean()), float(iqm(whole)), float(kept.min()), float(kept.max()), quantiles
    )


def _quantile(x: npt.NDArray[np.float64], share: float) -> float:
    """The quantile between two neighbours of *x*, which may be infinite."""
    ordered, place = np.sort(x), share * (len(x) - 1)
    low, high = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    part = place - math.floor(place)
    return low if part == 0 or low == high else (1 - part) * low + part * high


def plateau(rates: Any, scores: Any, tolerance: float, *, higher: bool = True) -> tuple[float, float]:
    """The least and the greatest of *rates* (n,) around the best whose *scores* (n,) stay within *tolerance* of its.

    Scores of one rate are averaged; a rate with a lost run is not within. A rate in between that fails ends the range.

    >>> plateau([0.001, 0.01, 0.1, 1.0], [0.90, 0.95, 0.94, 0.3], tolerance=0.02)
    (0.01, 0.1)
    """
    check_number("plateau", "tolerance", tolerance, low=0.0)
    x, y = _values("plateau", rates), _values("plateau", scores)
    if x.shape != y.shape or not (x > 0).all():
        raise RavineError(f"plateau: one score for each positive rate is needed, got {len(y)} scores for {x.tolist()}")
    tried = np.unique(x)
    means = np.array([y[x == rate].mean() if np.isfinite(y[x == rate]).all() else np.nan for rate in tried])
    means = means if higher else -means
    if not np.isfinite(means).any():
        return math.nan, math.nan
    best = int(np.nanargmax(means))
    within = means >= means[best] - tolerance - 1e-12 * abs(means[best])
    first = last = best
    while first > 0 and within[first - 1]:
        first -= 1
    while last + 1 < len(tried) and within[last + 1]:
        last += 1
    return float(tried[first]), float(tried[last])


def sensitivity(rates: Any, scores: Any, tolerance: float, *, higher: bool = True) -> float:
    """The width in decades of the `plateau` of learning rates: the wider, the less a rule asks to be tuned.

    It can be no finer than the rates that were tried; NaN where every run was lost.

    >>> sensitivity([0.001, 0.01, 0.1, 1.0], [0.90, 0.95, 0.94, 0.3], tolerance=0.02)
    1.0
    """
    low, high = plateau(rates, scores, tolerance, higher=higher)
    return math.log10(high / low)


def _values(owner: str, given: Any) -> npt.NDArray[np.float64]:
    x = np.asarray(given, np.float64).ravel()
    if not len(x):
        raise RavineError(f"{owner}: there are no values: give one for each run")
    return x
