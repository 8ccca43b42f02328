"""How many seeds it takes: what so few can show, and how many would separate two rivals, with a range."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from ravine.core import RavineError, check_count, check_number
from ravine.stats.effects import MOST, cohen, hedges, seeds_needed
from ravine.stats.intervals import wilson
from ravine.stats.shifts import FEWEST, Reals
from ravine.stats.significance import Test, least_seeds

__all__ = ["PLANNING_LEVEL", "PLANNING_POWER", "Outlook", "Seeds", "detectable", "effect_range", "outlook", "seeds_for"]

PLANNING_POWER = 0.8
"""The chance with which so many seeds shall find what is there."""

PLANNING_LEVEL = 0.8
"""Confidence of a range of seeds. Of undecided rivals one of 0.95 would have no upper end, ever."""


@dataclass(frozen=True)
class Seeds:
    """Seeds per rival: as many as *likely* if the effect is what it looks like, between *low* and *high* with 80 %.

    None stands for more than 10,000, and for no number at all: the effect may be none.

    No example: see `seeds_for`.
    """

    likely: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Outlook:
    """What *seeds* allow to find at *level*, known before anything is trained.

    At least *least* seeds decide anything, *least_lost* where runs of either rival are lost and ranks decide.
    *detectable*: the difference, in standard deviations of the differences from seed to seed, that is found with a
    chance of 0.8; NaN where none is.

    No example: see `outlook`.
    """

    seeds: int
    level: float
    least: int
    least_lost: int
    detectable: float

    @property
    def hopeless(self) -> bool:
        """Whether no winner can be named, whatever the runs show."""
        return self.seeds < self.least


def outlook(seeds: int, level: float = 0.95, test: Test = "t") -> Outlook:
    """What so many *seeds* per rival allow to find at *level* by *test*; *detectable* is that of the t test.

    >>> outlook(2).hopeless, round(outlook(5).detectable, 2), round(outlook(10).detectable, 2), outlook(5).least_lost
    (True, 1.68, 1.0, 6)
    """
    least = least_seeds(level, test)
    found = detectable(seeds, level) if seeds >= least else math.nan
    return Outlook(seeds, level, least, least_seeds(level, "wilcoxon"), found)


def detectable(n: int, level: float = 0.95, power: float = PLANNING_POWER, *, paired: bool = True) -> float:
    """The least effect (d_z; g unpaired) that the t test at *level* finds with *power* in *n* seeds per rival.

    >>> round(detectable(3), 2), round(detectable(10), 2), round(detectable(30, paired=False), 2)
    (3.26, 1.0, 0.74)
    """
    check_count("detectable", "n", n, least=2)
    check_number("detectable", "power", power, low=0.0, high=1.0, open_low=True, open_high=True)
    free, root = (n - 1, math.sqrt(n)) if paired else (2 * (n - 1), math.sqrt(n / 2))
    bound = float(special.stdtrit(free, 0.5 + level / 2))
    return float(special.nctdtrinc(free, 1 - power, bound)) / root


def effect_range(effect: float, n: int, level: float = PLANNING_LEVEL, *, paired: bool = True) -> tuple[float, float]:
    """The interval of a true effect of which *n* seeds per rival showed *effect* (d_z; g unpaired), by noncentral t.

    Its ends are the effects under which so much or more, so little or less, is seen with a chance of (1 - *level*) / 2
    (Steiger & Fouladi 1997).

    >>> [round(end, 2) for end in effect_range(0.5, 10)]
    [0.05, 0.92]
    """
    check_count("effect_range", "n", n, least=2)
    check_number("effect_range", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    if not math.isfinite(effect):
        raise RavineError(f"effect_range: the effect must be finite, got {effect}: equal differences have no spread")
    free, root = (n - 1, math.sqrt(n)) if paired else (2 * (n - 1), math.sqrt(n / 2))
    t = effect * root

    low, high = (float(special.nctdtrinc(free, tail, t)) / root for tail in ((1 + level) / 2, (1 - level) / 2))
    return low, high


def seeds_for(x: Reals, y: Reals, test: Test, level: float = 0.95, *, paired: bool = True) -> Seeds | None:
    """Seeds per rival with which *test* would separate runs such as *x* (n,) and *y* (m,); None where nothing differs.

    For tests of the mean they follow from the effect and its `effect_range`. For "wilcoxon", which decides where runs
    were lost (-inf), they follow from the share of means of two differences (unpaired: of differences) above 0, as
    Noether (1987) does, with the spread of a share other than one half; its range is that of Wilson for half as many
    seeds, which is wide enough whatever the distribution (Hoeffding 1948).

    >>> seeds_for(np.array([1.0, 2.0, 0.0, 1.0, 3.0]), np.array([0.0, 1.0, 1.0, 1.0, 0.0]), "t")
    Seeds(likely=29, low=9, high=None)
    >>> lost = np.full(5, -np.inf)
    >>> seeds_for(np.arange(5.0), lost, "wilcoxon")
    Seeds(likely=6, low=6, high=241)
    """
    fewest = least_seeds(level, test, paired=paired)
    if test == "wilcoxon":
        return _by_ranks(x, y, level, fewest, paired)
    if paired:
        effect, n = cohen(x - y), len(x)
    else:
        # As many seeds on both sides as tell as much as these do.
        effect, n = hedges(x, y), round(2 / (1 / len(x) + 1 / len(y)))
    if math.isinf(effect):
        return Seeds(fewest, fewest, fewest)
    if n < FEWEST or effect == 0 == np.ptp(x - y if paired else np.concatenate([x, y])):
        return None
    low, high = effect_range(abs(effect), n, paired=paired)
    return seeds_within((abs(effect), low, high), level, fewest, paired)


def seeds_within(effects: tuple[float, float, float], level: float, fewest: int, paired: bool) -> Seeds:
    """The seeds for an effect and both ends of its range, the lower of which may be on the other side.

    >>> seeds_within((0.5, -0.1, 1.0), 0.95, 3, True)
    Seeds(likely=34, low=10, high=None)
    """
    needs = [seeds_needed(each, level, PLANNING_POWER, paired=paired) if each > 0 else None for each in effects]
    likely, most, least = (None if need is None or need > MOST else max(need, fewest) for need in needs)
    return Seeds(likely, least, most)


def _by_ranks(x: Reals, y: Reals, level: float, fewest: int, paired: bool) -> Seeds | None:
    with np.errstate(invalid="ignore"):
        if paired:
            d = np.where(x == y, 0.0, x - y)
            first, second = np.triu_indices(len(d), 1)
            gaps = d[first] + d[second]
            blocks = len(d) / 2
        else:
            gaps = np.where(x[:, None] == y, 0.0, x[:, None] - y).ravel()
            blocks = float(min(len(x), len(y)))
    if not len(gaps) or not (gaps != 0).any():
        return None
    # As in the test, what is equal speaks for nobody.
    share = max(float(np.mean(gaps > 0)), float(np.mean(gaps < 0)))
    low, high = wilson(share, blocks, PLANNING_LEVEL)

    def need(share: float) -> int | None:
        if share <= 0.5:
            return None
        spread = 2 * math.sqrt(share * (1 - share))
        reach = float(stats.norm.ppf(0.5 + level / 2)) + float(stats.norm.ppf(PLANNING_POWER)) * spread
        n = math.ceil(reach**2 / ((3 if paired else 6) * (share - 0.5) ** 2))
        return None if n > MOST else max(n, fewest)

    return Seeds(need(share), need(high), need(low))
