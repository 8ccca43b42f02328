"""Two rivals side by side: the difference, its interval, its test, and how large it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError, check_choice, check_number
from ravine.study.bootstrap import RESAMPLES, bca, bca_difference
from ravine.study.effects import cliff, cohen, hedges, seeds_needed
from ravine.study.evidence import Interval
from ravine.study.significance import TESTS, Reals, Test, least_p, paired_p, unpaired_p

__all__ = ["Comparison", "compare"]

NOTHING = Interval(math.nan, math.nan, math.nan, 0)
"""The interval where no two runs can be compared."""


@dataclass(frozen=True)
class Comparison:
    """How the rival *a* does against *b*. Differences and effects are positive where *a* is better.

    *difference* and its *interval* come from the *n* runs finite in both; *lost_a* and *lost_b* runs diverged. *p* is
    that of *test*, *p_holm* the same corrected for all comparisons of a ranking. *effect* is Cohen's d_z (unpaired:
    Hedges' g), *cliff* is Cliff's delta, *improvement* the probability that a run of *a* beats one of *b* (Agarwal et
    al. 2021), both over all pairs of runs, a lost run being worse than any other. *needed*: seeds per rival that
    would show this effect with power 0.8; None where there is none. *reachable*: whether that few runs can reach the
    level at all.

    No example: see `compare`.
    """

    a: str
    b: str
    n: int
    difference: float
    interval: Interval
    p: float
    p_holm: float | None
    effect: float
    cliff: float
    improvement: float
    needed: int | None
    lost_a: int
    lost_b: int
    test: Test
    reachable: bool
    level: float
    paired: bool

    @property
    def better(self) -> Literal["a", "b"] | None:
        """Who is better by the evidence: p at most 1 - level, and the interval on one side of 0; else None.

        Where runs were lost the interval speaks of the survivors alone: then the test, which counts them, decides.
        """
        p = self.p if self.p_holm is None else self.p_holm
        if p > 1 - self.level + 1e-12:
            return None
        if self.lost_a or self.lost_b:
            return "a" if self.improvement > 0.5 else "b" if self.improvement < 0.5 else None
        if self.interval.bounds is None:
            return None
        return "a" if self.interval.low > 0 else "b" if self.interval.high < 0 else None

    @property
    def flipped(self) -> Comparison:
        """The same, seen from the other side."""
        interval = self.interval
        turned = Interval(-interval.mean, -interval.high, -interval.low, interval.count)
        return replace(
            self, a=self.b, b=self.a, difference=-self.difference, interval=turned, effect=-self.effect,
            cliff=-self.cliff, improvement=1 - self.improvement, lost_a=self.lost_b, lost_b=self.lost_a,
        )  # fmt: skip


def oriented(name: str, values: Any, higher: bool) -> Reals:
    """*values* (n,) turned so that more is better, lost ones at minus infinity.

    >>> oriented("sgd", [0.5, float("nan")], higher=False)
    array([-0.5, -inf])
    """
    x = np.asarray(values, np.float64).ravel()
    if not len(x):
        raise RavineError(f"{name}: there are no runs to compare: give one value for each seed, NaN for a lost run")
    return np.where(np.isfinite(x), x if higher else -x, -np.inf)


def compare(
    a: str,
    x: Any,
    b: str,
    y: Any,
    *,
    paired: bool = True,
    higher: bool = True,
    level: float = 0.95,
    test: Test = "permutation",
    draws: int = RESAMPLES,
) -> Comparison:
    """Compare the runs *x* (n,) of the rival *a* with the runs *y* (m,) of *b*: seed by seed where they are *paired*.

    *higher*: more is better. A value that is not finite is a run that was lost and counts as worse than any other; a
    mean cannot hold it, so that the test then is that of ranks ("wilcoxon"), whatever *test* says. Tests of signs and
    ranks are exact up to 12 pairs and drawn *draws* times beyond (Wilcoxon: scipy's).

    >>> made = compare("adam", [0.93, 0.94, 0.95, 0.93, 0.94, 0.95], "sgd", [0.91, 0.93, 0.92, 0.92, 0.91, 0.92])
    >>> made.better, round(made.difference, 4), made.p, made.improvement > 0.9, made.needed
    ('a', 0.0217, 0.03125, True, 6)
    >>> compare("adam", [0.93, 0.94], "sgd", [0.91, 0.93]).reachable
    False
    """
    check_choice("compare", "test", test, TESTS)
    check_number("compare", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    ours, theirs = oriented(a, x, higher), oriented(b, y, higher)
    if paired and len(ours) != len(theirs):
        raise RavineError(
            f"compare: paired runs need one value per seed on both sides, got {len(ours)} of {a} and {len(theirs)} "
            f"of {b}: give those of the seeds both have, or paired=False"
        )
    lost_a, lost_b = (int(np.isinf(values).sum()) for values in (ours, theirs))
    used: Test = "wilcoxon" if lost_a or lost_b else test
    if paired:
        both = np.isfinite(ours) & np.isfinite(theirs)
        finite = ours[both] - theirs[both]
        with np.errstate(invalid="ignore"):
            d = np.where(ours == theirs, 0.0, ours - theirs)
        p, effect = paired_p(d, used, draws), cohen(finite)
        interval = bca(finite, level=level) if len(finite) else NOTHING
        count = len(finite)
    else:
        left, right = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
        count = min(len(left), len(right))
        p, effect = unpaired_p(ours, theirs, used, draws), hedges(left, right)
        interval = bca_difference(left, right, level) if count else NOTHING
    needed = at_least(seeds_needed(effect, level, paired=paired), 1 - level, used, paired)
    least = least_p(used, len(ours), None if paired else len(theirs), draws)
    delta = cliff(ours, theirs)
    return Comparison(
        a=a, b=b, n=count, difference=interval.mean, interval=interval, p=p, p_holm=None, effect=effect, cliff=delta,
        improvement=(1 + delta) / 2, needed=needed, lost_a=lost_a, lost_b=lost_b, test=used,
        reachable=least <= 1 - level + 1e-12, level=level, paired=paired,
    )  # fmt: skip


def at_least(needed: int | None, risk: float, test: Test, paired: bool) -> int | None:
    """The seeds *needed*, and no fewer than with which *test* can reach *risk* at all.

    >>> at_least(2, 0.05, "permutation", True), at_least(40, 0.05, "permutation", True)
    (6, 40)
    """
    if needed is None:
        return None
    while needed < 60 and least_p(test, needed, None if paired else needed) > risk + 1e-12:
        needed += 1
    return needed
