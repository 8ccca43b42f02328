"""Two rivals side by side: the difference, its interval, its test, and how large it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError, check_choice, check_number
from ravine.stats.effects import cliff, cohen, hedges
from ravine.stats.improvement import improvement_interval
from ravine.stats.intervals import Interval
from ravine.stats.planning import Seeds, seeds_for
from ravine.stats.shifts import RESAMPLES, SLACK, Reals, Shift
from ravine.stats.significance import TESTS, Test, least_p, paired_shift, unpaired_shift

__all__ = ["Comparison", "compare"]

Side = Literal["a", "b"]


@dataclass(frozen=True)
class Comparison:
    """How the rival *a* does against *b* in *n* runs each. Differences and effects are positive where *a* is better.

    Estimate, p-value and interval all come from one *shift*, that of *test*: an interval leaves out 0 where the test
    finds a difference, and only there. *p_holm* is p corrected for all comparisons of a ranking, *divisor* the part of
    the risk that Holm left to this one. Of *lost_a* and *lost_b* runs nothing is known but that they were lost: they
    count as worse than any other in every number; *effect*, Cohen's d_z (unpaired: Hedges' g), is then NaN. *cliff* is
    Cliff's delta, *improvement* the probability that a run of *a* beats one of *b* (Agarwal et al. 2021), over all
    pairs of runs. *seeds*: how many per rival would show this difference with a chance of 0.8, None where there is
    none. *reachable*: whether so few runs can reach the level at all. *margin*: the least difference that matters.

    No example: see `compare`.
    """

    a: str
    b: str
    n: int
    shift: Shift
    test: Test
    level: float
    paired: bool
    effect: float
    cliff: float
    improvement: float
    seeds: Seeds | None
    reachable: bool
    lost_a: int = 0
    lost_b: int = 0
    margin: float | None = None
    p_holm: float | None = None
    divisor: float = 1.0

    @property
    def difference(self) -> float:
        """The mean difference; where runs were lost, and by ranks, the pseudo-median of differences."""
        return self.shift.middle

    @cached_property
    def p(self) -> float:
        """The p-value of no difference."""
        return self.shift.p

    @cached_property
    def interval(self) -> Interval:
        """The interval of the difference at *level*."""
        return self.at(self.level)

    @cached_property
    def joint(self) -> Interval:
        """The interval at the level that Holm leaves: it is clear of 0 where the corrected test finds a difference."""
        return self.at(1 - (1 - self.level) / self.divisor)

    def at(self, level: float) -> Interval:
        """The interval of the difference at another *level*; without ends where nothing can be said of it."""
        low, high = self.shift.ends(level)
        nothing = math.isinf(low) and math.isinf(high) and low < high
        return Interval(self.difference, *((math.nan, math.nan) if nothing else (low, high)), self.n)

    @cached_property
    def improved(self) -> Interval:
        """The interval of *improvement*, by Newcombe: see `ravine.study.improvement_interval`."""
        return improvement_interval(min(max(self.improvement, 0.0), 1.0), self.n, self.level)

    @property
    def needed(self) -> int | None:
        """The seeds per rival that are likely to separate the two; None where more than 10,000, or no number would."""
        return None if self.seeds is None else self.seeds.likely

    @property
    def better(self) -> Side | None:
        """Who is better at the level, this pair taken alone; None where that cannot be told."""
        return _side(self.interval)

    @property
    def separated(self) -> Side | None:
        """Who is better after Holm's correction for all pairs of the ranking; None where that cannot be told."""
        return _side(self.joint)

    @property
    def equal(self) -> bool:
        """Whether the difference is shown to be less than the *margin*, either way.

        That is so where both one-sided tests at the level find it (Schuirmann 1987): where the interval of twice the
        risk lies within the margin. Without a margin nothing is ever shown to be equal.
        """
        if self.margin is None:
            return False
        near = self.at(2 * self.level - 1)
        return near.bounds is not None and -self.margin < near.low and near.high < self.margin

    @property
    def flipped(self) -> Comparison:
        """The same, seen from the other side."""
        return replace(
            self, a=self.b, b=self.a, shift=self.shift.turned, effect=-self.effect, cliff=-self.cliff,
            improvement=1 - self.improvement, lost_a=self.lost_b, lost_b=self.lost_a,
        )  # fmt: skip


def _side(interval: Interval) -> Side | None:
    if interval.bounds is None:
        return None
    return "a" if interval.low > 0 else "b" if interval.high < 0 else None


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
    test: Test = "t",
    draws: int = RESAMPLES,
    margin: float | None = None,
) -> Comparison:
    """Compare the runs *x* (n,) of the rival *a* with the runs *y* (m,) of *b*: seed by seed where they are *paired*.

    *higher*: more is better. A value that is not finite is a run that was lost and counts as worse than any other; a
    mean cannot hold it, so that the test then is that of ranks ("wilcoxon"), whatever *test* says, and the difference
    the median of all means of two. *draws*: of a permutation test of more than 12 pairs. With a *margin*, the least
    difference that matters, two rivals may be shown to be equal as well.

    Student's t test keeps its level from three seeds on where rivals differ by chance alone, with heavy tails, ties and
    crashes; how far is measured in the tests and told in docs/studies.md.

    >>> made = compare("adam", [0.93, 0.94, 0.95, 0.93, 0.94], "sgd", [0.91, 0.93, 0.92, 0.92, 0.91])
    >>> made.better, round(made.difference, 4), round(made.p, 3), made.interval.low > 0
    ('a', 0.02, 0.011, True)
    >>> compare("adam", [0.93, 0.94], "sgd", [0.91, 0.93]).reachable
    False
    >>> compare("adam", [0.93, 0.94, 0.95], "sgd", [0.93, 0.94, 0.949], margin=0.01).equal
    True
    """
    check_choice("compare", "test", test, TESTS)
    check_number("compare", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    if margin is not None:
        check_number("compare", "margin", margin, low=0.0, open_low=True)
        check_number("compare with a margin", "level", level, low=0.5, high=1.0, open_low=True, open_high=True)
    ours, theirs = oriented(a, x, higher), oriented(b, y, higher)
    if paired and len(ours) != len(theirs):
        raise RavineError(
            f"compare: paired runs need one value per seed on both sides, got {len(ours)} of {a} and {len(theirs)} "
            f"of {b}: give those of the seeds both have, or paired=False"
        )
    lost_a, lost_b = (int(np.isinf(values).sum()) for values in (ours, theirs))
    used: Test = "wilcoxon" if lost_a or lost_b else test
    if paired:
        with np.errstate(invalid="ignore"):
            d = np.where(ours == theirs, 0.0, ours - theirs)
        shift, effect = paired_shift(d, used, draws), math.nan if lost_a or lost_b else cohen(d)
    else:
        shift = unpaired_shift(ours, theirs, used, draws)
        effect = math.nan if lost_a or lost_b else hedges(ours, theirs)
    least = least_p(used, len(ours), None if paired else len(theirs), draws)
    delta = cliff(ours, theirs)
    return Comparison(
        a=a, b=b, n=min(len(ours), len(theirs)), shift=shift, test=used, level=level, paired=paired, effect=effect,
        cliff=delta, improvement=(1 + delta) / 2, seeds=seeds_for(ours, theirs, used, level, paired=paired),
        reachable=least <= 1 - level + SLACK, lost_a=lost_a, lost_b=lost_b, margin=margin,
    )  # fmt: skip
