"""How large a difference is, and how many seeds would show it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

__all__ = ["MOST", "cliff", "cohen", "hedges", "seeds_needed"]

MOST = 10_000
"""The most seeds that are ever advised."""


def cohen(differences: Any) -> float:
    """Cohen's d_z of paired *differences* (n,): their mean by their standard deviation; NaN for a single one.

    >>> round(cohen([1.0, 2.0, 3.0]), 3), cohen([1.0, 1.0]), cohen([0.0, 0.0])
    (2.0, inf, 0.0)
    """
    d = np.asarray(differences, np.float64)
    return math.nan if len(d) < 2 else _ratio(float(d.mean()), float(d.std(ddof=1)), float(np.ptp(d)))


def hedges(a: Any, b: Any) -> float:
    """Hedges' g of *a* (n,) and *b* (m,): the difference of means by the pooled deviation, freed of its bias.

    >>> round(hedges([2.0, 3.0, 4.0], [1.0, 2.0, 3.0]), 3)
    0.798
    """
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    free = len(x) + len(y) - 2
    if free < 1 or not len(x) or not len(y):
        return math.nan
    pooled = math.sqrt(((len(x) - 1) * _variance(x) + (len(y) - 1) * _variance(y)) / free)
    # The exact factor, of which 1 - 3 / (4 free - 1) is the usual approximation.
    unbiased = math.exp(math.lgamma(free / 2) - math.lgamma((free - 1) / 2)) / math.sqrt(free / 2) if free > 1 else 1.0
    return unbiased * _ratio(float(x.mean() - y.mean()), pooled, max(float(np.ptp(x)), float(np.ptp(y))))


def _variance(x: Any) -> float:
    return float(x.var(ddof=1)) if len(x) > 1 else 0.0


def _ratio(mean: float, deviation: float, width: float) -> float:
    # Equal values have a deviation of rounding errors: it is their width that says whether they differ.
    if width == 0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / deviation


def cliff(a: Any, b: Any) -> float:
    """Cliff's delta: the share of all pairs of values in which *a* is greater, less the share in which *b* is.

    >>> cliff([3, 2], [1, 2]), cliff([1, 1], [1, 1])
    (0.75, 0.0)
    """
    x, y = np.asarray(a, np.float64), np.sort(np.asarray(b, np.float64))
    below = np.searchsorted(y, x, side="left")
    above = len(y) - np.searchsorted(y, x, side="right")
    return float((below - above).sum() / (len(x) * len(y)))


def seeds_needed(effect: float, level: float = 0.95, power: float = 0.8, *, paired: bool = True) -> int | None:
    """Seeds per rival at which the t test at *level* finds an *effect* (d_z; g unpaired) with *power*; None: never.

    It is the least n with ``P(|T| > t) >= power``, T noncentral t with ``effect * sqrt(n)`` (unpaired ``sqrt(n / 2)``)
    (Cohen 1988). An effect estimated from few seeds is rough, and so is this number: see `ravine.study.seeds_for`.

    >>> seeds_needed(1.0), seeds_needed(0.5, paired=False), seeds_needed(0.0)
    (10, 64, None)
    """
    size = abs(effect)
    if size == 0 or math.isnan(size):
        return None
    if math.isinf(size):
        return 2

    def found(n: int) -> bool:
        free = n - 1 if paired else 2 * (n - 1)
        shift = size * math.sqrt(n if paired else n / 2)
        bound = float(special.stdtrit(free, 0.5 + level / 2))
        # The noncentral t loses its digits far out, where the normal distribution is the same.
        far = shift > 30 or n > MOST
        chance = stats.norm.sf(bound - shift) if far else 1 - special.nctdtr(free, shift, bound)
        return bool(chance >= power)

    high = 2
    while not found(high):
        high *= 2
        if high > 1e15:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return max(high, 2)
