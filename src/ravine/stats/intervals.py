"""What a few seeds allow one to say: means with intervals, and verdicts that follow from them by rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from ravine.core import RavineError, check_number

__all__ = ["Interval", "Verdict", "interval", "paired", "proportion", "verdict", "welch", "wilson"]

Verdict = Literal["supported", "refuted", "open"]
"""What became of a claim; "open" is no evidence either way."""


@dataclass(frozen=True)
class Interval:
    """A *mean* over *count* values and its confidence interval; *low* and *high* are NaN for a single value.

    `ravine.view.interval_words` writes it as people do.

    >>> Interval(0.5, 0.4, 0.6, 5).bounds
    (0.4, 0.6)
    """

    mean: float
    low: float
    high: float
    count: int

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The two ends, None for a single value, which says nothing of its spread."""
        return None if math.isnan(self.low) else (self.low, self.high)


def interval(values: Any, level: float = 0.95) -> Interval:
    """The mean of *values* (n,) and Student's interval of confidence *level* for it (Student 1908).

    It assumes that the values are independent and roughly normal, as final losses over seeds are.

    >>> made = interval([1.0, 2.0, 3.0])
    >>> made.mean, round(made.low, 3), round(made.high, 3)
    (2.0, -0.484, 4.484)
    >>> interval([1.0]).bounds is None
    True
    """
    check_number("interval", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    x = np.asarray(values, np.float64).ravel()
    if not len(x) or not np.isfinite(x).all():
        raise RavineError(f"interval: at least one value is needed and all must be finite, got {x.tolist()}")
    mean = float(x.mean())
    if len(x) == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(stats.t.ppf(0.5 + level / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return Interval(mean, mean - half, mean + half, len(x))


def paired(ours: Any, theirs: Any, level: float = 0.95) -> Interval:
    """The interval of the mean difference *ours* - *theirs*, seed by seed: common random numbers make it narrow.

    >>> paired([0.9, 0.8, 0.7], [0.8, 0.7, 0.6]).low > 0.09
    True
    """
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if a.shape != b.shape:
        raise RavineError(f"paired: both sides need a value for each seed, got shapes {a.shape} and {b.shape}")
    return interval(a - b, level)


def welch(ours: Any, theirs: Any, level: float = 0.95) -> Interval:
    """The interval of the difference of two means whose values do not pair (Welch 1947); *count* is the smaller number.

    >>> made = welch([1.0, 2.0, 3.0], [1.0, 2.0])
    >>> made.mean, made.low < 0 < made.high, welch([1.0], [2.0]).bounds
    (0.5, True, None)
    """
    a, b = interval(ours), interval(theirs)
    count = min(a.count, b.count)
    if count == 1:
        return Interval(a.mean - b.mean, math.nan, math.nan, count)
    found = stats.ttest_ind(np.ravel(ours), np.ravel(theirs), equal_var=False).confidence_interval(level)
    return Interval(a.mean - b.mean, float(found.low), float(found.high), count)


def proportion(count: int, total: int, level: float = 0.95) -> Interval:
    """The share *count* of *total* and its interval (Wilson 1927), which is sound for shares near 0 and 1 too.

    >>> made = proportion(32, 32)
    >>> made.mean, round(made.low, 3), made.high
    (1.0, 0.893, 1.0)
    """
    found = stats.binomtest(count, total).proportion_ci(level, method="wilson")
    return Interval(count / total, float(found.low), float(found.high), total)


def wilson(share: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval (1927) of a *share* seen in *total* cases, which need not be a whole number.

    >>> [round(end, 3) for end in wilson(1.0, 32)]
    [0.893, 1.0]
    """
    z2 = float(stats.norm.ppf(0.5 + level / 2)) ** 2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = math.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total**2))) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def verdict(difference: Interval, least: float = 0.0) -> Verdict:
    """The verdict on the claim that a mean is greater than *least*: by the whole interval, never by the mean alone.

    "supported" where the interval lies above *least*, "refuted" where it lies below, else "open"; open for one value.

    >>> [verdict(Interval(0.0, low, high, 5)) for low, high in ((0.1, 0.3), (-0.1, 0.5), (-0.3, -0.1))]
    ['supported', 'open', 'refuted']
    """
    if difference.bounds is None:
        return "open"
    if difference.low > least:
        return "supported"
    return "refuted" if difference.high < least else "open"
