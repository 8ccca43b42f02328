"""What a study measures beside the final score: cost to a goal, profiles over problems, what a budget buys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ravine.core import RavineError, check_number

__all__ = ["best_of", "first_reach", "median_best_of", "performance_profile", "profile_score", "reached"]

Reals = npt.NDArray[np.float64]


def first_reach(x: Any, curve: Any, value: float, falling: bool) -> float:
    """The first of *x* (n,) at which *curve* (n,) is at *value* or beyond it; NaN where it never is.

    Nothing is read between two measurements: a goal counts as reached when it was seen to be.

    >>> first_reach([1, 2, 3], [2.0, 0.5, 0.4], 0.5, falling=True), first_reach([1, 2], [0.1, 0.2], 0.9, falling=False)
    (2.0, nan)
    """
    xs, y = np.asarray(x, np.float64), np.asarray(curve, np.float64)
    if xs.shape != y.shape or xs.ndim != 1:
        raise RavineError(f"first_reach: x and curve must be of one length, got shapes {xs.shape} and {y.shape}")
    there = np.flatnonzero(y <= value if falling else y >= value)
    return float(xs[there[0]]) if len(there) else math.nan


def reached(curves: pl.DataFrame, quantity: str, value: float, falling: bool) -> pl.DataFrame:
    """When each member of *curves* first had *quantity* at *value* or beyond: epoch, step, seconds; null for never.

    >>> curves = {"member": ["a", "a", "b"], "epoch": [1, 2, 1], "step": [5, 10, 5], "loss": [2.0, 0.5, 1.0]}
    >>> reached(pl.DataFrame(curves), "loss", 0.5, falling=True).rows()
    [('a', 2, 10), ('b', None, None)]
    """
    if quantity not in curves.columns:
        raise RavineError(f"reached: the curves have no {quantity!r}: they have {', '.join(curves.columns)}")
    clocks = [name for name in ("epoch", "step", "seconds") if name in curves.columns]
    # NaN is greater than any number to polars: it must not pass for a goal that was reached.
    measured = pl.col(quantity).is_not_nan() & pl.col(quantity).is_not_null()
    there = (pl.col(quantity) <= value) if falling else (pl.col(quantity) >= value)
    first = curves.filter(measured & there).group_by("member", maintain_order=True).agg(pl.col(clocks).first())
    return curves.select(pl.col("member").unique(maintain_order=True)).join(
        first, on="member", how="left", maintain_order="left"
    )


def _ratios(costs: Any) -> Reals:
    """Each cost by the least of its problem, (rivals, problems); infinite where unsolved."""
    c = np.asarray(costs, np.float64)
    if c.ndim != 2 or not c.size:
        raise RavineError(f"costs must be (rivals, problems), got shape {c.shape}")
    if (c < 0).any():
        raise RavineError(f"costs must not be negative, got {float(np.nanmin(c))}: give times, steps, losses or errors")
    c = np.where(np.isfinite(c), c, np.inf)
    least = c.min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = c / least
    # Who reaches a cost of nothing is infinitely better than who does not; a problem that nobody solves helps nobody.
    ratios = np.where(c == least, 1.0, np.where(least == 0, np.inf, ratios))
    return np.where(np.isinf(c), np.inf, ratios)


def performance_profile(costs: Any, tau: Any) -> Reals:
    """The share of problems that each rival solves at no more than *tau* (taus,) times the least cost, (rivals, taus).

    *costs* (rivals, problems): the less the better, NaN or infinite where a rival did not solve a problem. ``tau = 1``
    gives the share of problems on which it is the cheapest (Dolan & More 2002).

    >>> performance_profile([[1.0, 4.0], [2.0, float("nan")]], [1.0, 2.0])
    array([[1. , 1. ],
           [0. , 0.5]])
    """
    ratios = _ratios(costs)
    return np.asarray((ratios[:, :, None] <= np.asarray(tau, np.float64)).mean(axis=1), np.float64)


def profile_score(costs: Any, low: float = 1.0, high: float = 4.0) -> Reals:
    """The mean height of each rival's performance profile over tau from *low* to *high*, (rivals,): 1 is best.

    It is the score of the AlgoPerf benchmark (Dahl et al. 2023), here integrated exactly.

    >>> profile_score([[1.0, 4.0], [2.5, float("nan")]])
    array([1.  , 0.25])
    """
    check_number("profile_score", "low", low, low=1.0)
    check_number("profile_score", "high", high, low=low, open_low=True)
    # A profile is a mean of steps: each problem counts from its own ratio on.
    return np.asarray(((high - np.clip(_ratios(costs), low, high)) / (high - low)).mean(axis=1), np.float64)


def best_of(
    values: Any, k: Any = None, *, higher: bool = True, replacement: bool = True, worst: float | None = None
) -> Reals:
    """The expected best of *k* random draws from *values* (n,), for each *k* (by default 1 ... n): what a budget buys.

    ``E = sum_i v_i (P(V <= v_i)^k - P(V < v_i)^k)`` over the distinct values, P their shares (Dodge et al. 2019).
    Without *replacement* the k draws are different runs: unbiased for small n (Tang et al. 2020), and the best of all
    at k = n. A value that is not finite is a lost run: it counts as *worst* where that is given, else as worse than
    any number, so that the mean is infinite wherever all draws may be lost; `median_best_of` then has one.

    >>> best_of([0.1, 0.3, 0.2, 0.3], [1, 2])
    array([0.225  , 0.26875])
    >>> best_of([0.1, 0.3, float("nan")], replacement=False), best_of([0.5, float("nan")], [1], worst=0.0)
    (array([      -inf, 0.23333333, 0.3       ]), array([0.25]))
    """
    v, shares, sign = _best("best_of", values, k, higher, replacement, worst)
    # What cannot be the best has no share in the mean, even where it is infinite.
    made: Reals = sign * (shares * np.where(shares > 0, v, 0.0)).sum(axis=1)
    return made


def median_best_of(values: Any, k: Any = None, *, higher: bool = True, replacement: bool = True) -> Reals:
    """The best of *k* random draws from *values* (n,) in the median of all draws, for each *k* (by default 1 ... n).

    Half of all draws come to this or better. A value that is not finite is a lost run and worse than any other; NaN
    where more than half of the draws lose all their runs. See `best_of`, which has the mean.

    >>> median_best_of([0.1, 0.2, 0.3, 0.4, 0.5], [1, 2])
    array([0.3, 0.4])
    >>> median_best_of([0.9, float("nan"), float("nan")], [1, 2, 3])
    array([nan, 0.9, 0.9])
    """
    v, shares, sign = _best("median_best_of", values, k, higher, replacement, None)
    # From the best downwards: the first value that half of the draws reach.
    reached = np.cumsum(shares[:, ::-1], axis=1) >= 0.5 - 1e-12
    made: Reals = sign * v[::-1][reached.argmax(axis=1)]
    return np.where(np.isfinite(made), made, np.nan)


def _best(
    owner: str, values: Any, k: Any, higher: bool, replacement: bool, worst: float | None
) -> tuple[Reals, Reals, float]:
    """The *values* from the worst to the best, greater is better, the chance of each to be the best of k, the sign."""
    v = np.asarray(values, np.float64).ravel()
    n = len(v)
    finite = np.isfinite(v)
    if not finite.any():
        raise RavineError(f"{owner}: no value is finite, got {n} lost runs: there is no best")
    draws = np.arange(1, n + 1) if k is None else np.atleast_1d(np.asarray(k))
    most = math.inf if replacement else n
    if not np.issubdtype(draws.dtype, np.integer) or (draws < 1).any() or (draws > most).any():
        ends = "1 on" if replacement else f"1 to {n}"
        raise RavineError(f"{owner}: k must be whole numbers from {ends}, got {draws.tolist()}")
    sign = 1.0 if higher else -1.0
    v = np.sort(np.where(finite, sign * v, -math.inf if worst is None else sign * worst))
    place = np.arange(n + 1, dtype=np.float64)
    if replacement:
        below = (place / n) ** draws[:, None]
    else:
        # The chance that k different runs all lie among the first i: a product, so that no binomial overflows.
        below = np.ones((len(draws), n + 1))
        for row, count in enumerate(draws):
            for j in range(int(count)):
                below[row] *= np.maximum(place - j, 0) / (n - j)
    return v, np.diff(below, axis=1), sign
