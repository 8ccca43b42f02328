"""Who won, if anybody: every rival against every other one, with the risk of a false winner held down."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError
from ravine.stats.comparison import Comparison, compare, oriented
from ravine.stats.intervals import Interval, interval
from ravine.stats.planning import Seeds
from ravine.stats.shifts import RESAMPLES
from ravine.stats.significance import Test, holm, holm_divisors

__all__ = ["Comparison", "Ranking", "compare", "rank"]

NOTHING = Interval(math.nan, math.nan, math.nan, 0)
"""The mean of a rival that lost every run."""


@dataclass(frozen=True)
class Ranking:
    """Rivals in *order*, the winner or the best mean first, with every pair compared.

    *means* with Student's intervals and *lost* runs are by rival; a mean is that of the runs that were not lost.
    *winner* is who is better than every other rival, each at *level*, None where nobody is. That all of it has to hold
    is what keeps the risk of a false winner at 1 - *level*: no correction is needed (Berger 1982). *best* are those
    whom nobody beats: the winner alone, else all that none is separated from, by Holm's correction over all pairs.

    *seeds*: how many per rival the hardest undecided comparison with the first would take, None where that cannot be
    told. *reachable*: whether so few runs could have named a winner at all. *unit*: what is compared pair by pair, runs
    of one seed, or means over the seeds on one cut of the data, whose *ratio* is that of `ravine.study.overlap`.

    No example: see `rank`.
    """

    order: tuple[str, ...]
    means: Mapping[str, Interval]
    runs: Mapping[str, int]
    lost: Mapping[str, int]
    comparisons: tuple[Comparison, ...]
    winner: str | None
    best: tuple[str, ...]
    seeds: Seeds | None
    reachable: bool
    level: float
    higher: bool
    paired: bool
    unit: Literal["seed", "split"] = "seed"
    ratio: float = 0.0

    @property
    def outcome(self) -> Literal["winner", "no winner"]:
        """Whether the evidence names a winner."""
        return "no winner" if self.winner is None else "winner"

    @property
    def leader(self) -> str:
        """The first in order, who need not have won."""
        return self.order[0]

    @property
    def needed(self) -> int | None:
        """The seeds per rival that are likely to name a winner; None where all is decided or no number is known."""
        return None if self.seeds is None else self.seeds.likely

    @property
    def against(self) -> tuple[Comparison, ...]:
        """The first in order against every other one, in order."""
        return tuple(self.between(self.leader, other) for other in self.order[1:])

    def between(self, a: str, b: str) -> Comparison:
        """The comparison of *a* with *b*, seen from *a*."""
        for each in self.comparisons:
            if (each.a, each.b) == (a, b):
                return each
            if (each.a, each.b) == (b, a):
                return each.flipped
        raise RavineError(f"ranking: no comparison of {a!r} with {b!r}: rivals are {', '.join(self.order)}")


def rank(
    scores: Mapping[str, Any],
    *,
    higher: bool = True,
    level: float = 0.95,
    paired: bool = True,
    test: Test = "t",
    margin: float | None = None,
) -> Ranking:
    """Rank rivals by their *scores*: by name, one value for each seed, NaN for a lost run; see `compare` for the rest.

    The order is that of the means. For the order alone a lost run counts as a value as far below the worst of all
    runs as the best is above it; rivals that lost every run come last. Every pair is compared. Who is better than each
    other one at *level* has won; what is said of other pairs stands Holm's correction over all of them.

    >>> noise = np.array([0.0, 0.01, -0.01, 0.02, -0.02, 0.0, 0.01, 0.02])
    >>> made = rank({"sgd": 0.90 + noise, "adam": 0.95 + noise[::-1], "nadam": 0.949 + noise})
    >>> made.order, made.outcome, made.best
    (('adam', 'nadam', 'sgd'), 'no winner', ('adam', 'nadam'))
    >>> rank({"sgd": 0.90 + noise, "adam": 0.95 + noise[::-1]}).winner
    'adam'
    """
    if not scores:
        raise RavineError("rank: there are no rivals: give at least one with its scores")
    values = {name: oriented(name, given, higher) for name, given in scores.items()}
    seen = np.concatenate([x[np.isfinite(x)] for x in values.values()])
    worst = float(seen.min() - np.ptp(seen)) if len(seen) else 0.0

    def place(name: str) -> float:
        x = values[name]
        return float(np.where(np.isfinite(x), x, worst).mean()) if np.isfinite(x).any() else -math.inf

    order = tuple(sorted(values, key=place, reverse=True))
    pairs = list(itertools.combinations(order, 2))
    # A test that is drawn must be able to give p-values small enough to stand the correction.
    draws = max(RESAMPLES, math.ceil(20 * len(pairs) / (1 - level)))
    compared = [
        compare(
            a, scores[a], b, scores[b], paired=paired, higher=higher, level=level, test=test, draws=draws, margin=margin
        )
        for a, b in pairs
    ]
    means = {}
    for name in order:
        finite = values[name][np.isfinite(values[name])]
        means[name] = interval(finite if higher else -finite, level) if len(finite) else NOTHING
    runs = {name: len(values[name]) for name in order}
    lost = {name: int(np.isinf(values[name]).sum()) for name in order}
    return ranking_of(order, means, runs, lost, holm_corrected(compared, level), level, higher, paired)


def holm_corrected(compared: Sequence[Comparison], level: float) -> tuple[Comparison, ...]:
    """The same comparisons with Holm's p-values, and the part of the risk that he leaves to each.

    >>> made = [compare("a", [1.0, 2.0, 4.0], other, [0.0, 0.0, 0.0]) for other in "bc"]
    >>> [(round(each.p, 2), round(each.p_holm, 2), each.divisor) for each in holm_corrected(made, 0.95)]
    [(0.12, 0.24, 2.0), (0.12, 0.24, 2.0)]
    """
    p = [each.p for each in compared]
    told = zip(compared, holm(p), holm_divisors(p, 1 - level), strict=True)
    return tuple(replace(each, p_holm=float(adjusted), divisor=float(part)) for each, adjusted, part in told)


def ranking_of(
    order: tuple[str, ...],
    means: Mapping[str, Interval],
    runs: Mapping[str, int],
    lost: Mapping[str, int],
    comparisons: tuple[Comparison, ...],
    level: float,
    higher: bool,
    paired: bool,
) -> Ranking:
    """The ranking that follows from *comparisons* by rule.

    No example: see `rank`.
    """
    wins = dict.fromkeys(order, 0)
    for each in comparisons:
        if each.better:
            wins[each.a if each.better == "a" else each.b] += 1
    winners = [name for name in order if len(order) > 1 and wins[name] == len(order) - 1]
    # Lost runs may leave whoever beats all others behind in the order, which goes by means.
    order = (*winners, *(name for name in order if name not in winners))
    beaten = {each.b if each.separated == "a" else each.a for each in comparisons if each.separated}
    best = tuple(winners) or tuple(name for name in order if name not in beaten)
    first = [each for each in comparisons if order[0] in (each.a, each.b)]
    undecided = [each for each in first if not each.better and not each.equal]
    return Ranking(
        order=order, means=means, runs=runs, lost=lost, comparisons=comparisons,
        winner=winners[0] if winners else None, best=best, seeds=_hardest(undecided),
        reachable=all(each.reachable for each in first), level=level, higher=higher, paired=paired,
    )  # fmt: skip


def _hardest(undecided: Sequence[Comparison]) -> Seeds | None:
    """The seeds that decide all of *undecided*; more than there were, to ask for fewer would contradict the runs."""
    needs = [each.seeds for each in undecided]
    known = [each for each in needs if each is not None]
    if not known or len(known) < len(needs):
        return None
    least = 1 + max(each.n for each in undecided)

    def most(counts: list[int | None]) -> int | None:
        given = [count for count in counts if count is not None]
        return max(least, *given) if len(given) == len(counts) else None

    return Seeds(*(most([getattr(each, name) for each in known]) for name in ("likely", "low", "high")))
