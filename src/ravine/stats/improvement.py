"""How sure the probability of improvement is: Newcombe's interval for the statistic of Mann and Whitney."""

from __future__ import annotations

from scipy import optimize, stats

from ravine.core import check_count, check_number
from ravine.stats.intervals import Interval

__all__ = ["improvement_interval"]


def improvement_interval(improvement: float, n: int, level: float = 0.95) -> Interval:
    """The interval of the probability that a run of one rival beats one of another, seen as *improvement* in n x n.

    Newcombe's method 5 (2006, Statistics in Medicine 25, 559-573): the ends are those p that lie z standard errors from
    what was seen, the error being that under p itself,
    ``p (1 - p) / n^2 [1 + (n - 1) ((1 - p) / (2 - p) + p / (1 + p))]``. So it stays within 0 and 1, and 1 seen in ten
    runs is not held to be certain. It takes the runs of the two as independent; runs of common seeds agree more, and it
    is then wider than need be.

    >>> made = improvement_interval(1.0, 10)
    >>> round(made.low, 2), made.high
    (0.8, 1.0)
    >>> [round(end, 2) for end in improvement_interval(0.5, 10).bounds]
    [0.27, 0.73]
    """
    check_number("improvement_interval", "improvement", improvement, low=0.0, high=1.0)
    check_number("improvement_interval", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    check_count("improvement_interval", "n", n)
    z = float(stats.norm.ppf(0.5 + level / 2))

    def beyond(p: float) -> float:
        variance = p * (1 - p) / n**2 * (1 + (n - 1) * ((1 - p) / (2 - p) + p / (1 + p)))
        return float((improvement - p) ** 2 - z**2 * variance)

    # At 0 and 1 the error is none, so that what was seen there solves the equation too: the other root is wanted.
    near = 1e-9
    low = float(optimize.brentq(beyond, 0.0, improvement - near)) if improvement > near else 0.0
    high = float(optimize.brentq(beyond, improvement + near, 1.0)) if improvement < 1 - near else 1.0
    return Interval(improvement, low, high, n)
