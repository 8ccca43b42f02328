"""Intervals by resampling: no assumption on the shape of what is measured."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from ravine.core import RavineError, check_choice, check_count, check_number, generator
from ravine.stats.intervals import Interval
from ravine.stats.shifts import RESAMPLES

__all__ = ["STATISTICS", "bca", "bca_difference", "iqm"]


def iqm(values: Any, axis: int | None = None) -> Any:
    """The mean of the middle half of *values* (n,): a quarter is cut off at each end (Agarwal et al. 2021).

    >>> float(iqm([0.0, 1.0, 3.0, 900.0]))
    2.0
    """
    return stats.trim_mean(values, 0.25, axis=axis)


STATISTICS: dict[str, Callable[..., Any]] = {"mean": np.mean, "median": np.median, "iqm": iqm}
"""What `bca` can give an interval for."""


def bca(
    values: Any, statistic: str = "mean", level: float = 0.95, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """The *statistic* (mean, median, iqm) of *values* (n,) and its bootstrap interval, BCa (Efron 1987).

    A single value has no interval; equal values have one without width, for nothing in them tells of a spread. Where
    leaving one value out never moves the statistic (a median of ties), the acceleration of BCa is 0/0 and taken as 0.
    Below about ten values the interval is somewhat too narrow, as that of every bootstrap.

    >>> made = bca([0.90, 0.91, 0.93, 0.92, 0.91])
    >>> round(made.mean, 4), round(made.low, 3), round(made.high, 3)
    (0.914, 0.906, 0.924)
    >>> bca([2.0]).bounds, bca([2.0, 2.0]).bounds
    (None, (2.0, 2.0))
    """
    check_choice("bca", "statistic", statistic, STATISTICS)
    check_number("bca", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    check_count("bca", "resamples", resamples)
    x = np.asarray(values, np.float64).ravel()
    if not len(x) or not np.isfinite(x).all():
        raise RavineError(f"bca: at least one value is needed and all must be finite, got {x.tolist()}")
    measured = STATISTICS[statistic]
    middle = float(measured(x))
    if len(x) == 1:
        return Interval(middle, math.nan, math.nan, 1)
    if np.ptp(x) == 0:
        return Interval(middle, middle, middle, len(x))
    low, high = _bounds((x,), measured, level, seed, resamples)
    return Interval(middle, low, high, len(x))


def bca_difference(a: Any, b: Any, level: float = 0.95, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The difference of the means of *a* (n,) and *b* (m,), which do not pair, and its BCa interval; see `bca`.

    >>> made = bca_difference([3.0, 4.0, 5.0, 4.0], [1.0, 2.0, 1.0])
    >>> made.low > 1.5, made.count
    (True, 3)
    """
    x, y = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    middle, count = float(x.mean() - y.mean()), min(len(x), len(y))
    if count == 1:
        return Interval(middle, math.nan, math.nan, 1)
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        return Interval(middle, middle, middle, count)

    def difference(first: Any, second: Any, axis: int = -1) -> Any:
        return np.mean(first, axis=axis) - np.mean(second, axis=axis)

    low, high = _bounds((x, y), difference, level, seed, resamples)
    return Interval(middle, low, high, count)


def _bounds(
    data: tuple[Any, ...], measured: Callable[..., Any], level: float, seed: int, resamples: int
) -> tuple[float, float]:
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        # The case in which scipy warns and gives NaN is handled below.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.filterwarnings("ignore", "invalid value", RuntimeWarning)
        found = stats.bootstrap(
            data, measured, n_resamples=resamples, confidence_level=level, method="BCa", vectorized=True,
            random_state=generator(seed, "sample"),
        )  # fmt: skip
    low, high = float(found.confidence_interval.low), float(found.confidence_interval.high)
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    drawn = np.asarray(found.bootstrap_distribution)
    middle = measured(*data, axis=-1)
    bias = special.ndtri((np.mean(drawn < middle) + np.mean(drawn <= middle)) / 2)
    shares = special.ndtr(2 * bias + special.ndtri([0.5 - level / 2, 0.5 + level / 2]))
    low, high = np.quantile(drawn, shares)
    return float(low), float(high)
