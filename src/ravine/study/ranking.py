"""Who won, if anybody: every rival against every other one, with the risk of a false winner held down."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError
from ravine.study.bootstrap import RESAMPLES, bca
from ravine.study.comparison import NOTHING, Comparison, at_least, compare, oriented
from ravine.study.effects import MOST, seeds_needed
from ravine.study.evidence import Interval
from ravine.study.significance import Test, holm, least_p

__all__ = ["Comparison", "Ranking", "compare", "rank"]


@dataclass(frozen=True)
class Ranking:
    """Rivals in *order*, the winner or the best mean first, with every pair compared.

    *means* with their intervals and *lost* runs are by rival; a mean is that of the runs that were not lost. *winner*
    is who beats every other rival after Holm's correction over all pairs, None where nobody does. *best* are those
    whom nobody beats. *needed*: seeds per rival that the hardest undecided comparison with the first would take; None
    where all are decided, or where it is more than 10,000. *reachable*: whether so few runs could have named a winner
    at all.

    No example: see `rank`.
    """

    order: tuple[str, ...]
    means: Mapping[str, Interval]
    runs: Mapping[str, int]
    lost: Mapping[str, int]
    comparisons: tuple[Comparison, ...]
    winner: str | None
    best: tuple[str, ...]
    needed: int | None
    reachable: bool
    level: float
    higher: bool
    paired: bool

    @property
    def outcome(self) -> Literal["winner", "no winner"]:
        """Whether the evidence names a winner."""
        return "no winner" if self.winner is None else "winner"

    @property
    def leader(self) -> str:
        """The first in order, who need not have won."""
        return self.order[0]

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
    test: Test = "permutation",
) -> Ranking:
    """Rank rivals by their *scores*: by name, one value for each seed, NaN for a lost run; see `compare` for the rest.

    The order is that of the means. For the order alone a lost run counts as a value as far below the worst of all
    runs as the best is above it; rivals that lost every run come last. Every pair is compared; p-values are corrected
    over all pairs by `holm`, so that the risk to name any false winner is at most 1 - *level*.

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
        compare(a, scores[a], b, scores[b], paired=paired, higher=higher, level=level, test=test, draws=draws)
        for a, b in pairs
    ]
    means = {}
    for name in order:
        finite = values[name][np.isfinite(values[name])]
        means[name] = bca(finite if higher else -finite, level=level) if len(finite) else NOTHING
    runs = {name: len(values[name]) for name in order}
    lost = {name: int(np.isinf(values[name]).sum()) for name in order}
    return ranking_of(order, means, runs, lost, corrected(compared, runs, level, draws), level, higher, paired)


def corrected(
    compared: Sequence[Comparison], runs: Mapping[str, int], level: float, draws: int = RESAMPLES
) -> tuple[Comparison, ...]:
    """The same comparisons with Holm's p-values; what is needed and reachable is then judged at what Holm leaves.

    >>> made = [compare("a", [1.0, 2.0, 4.0], other, [0.0, 0.0, 0.0]) for other in "bc"]
    >>> [each.p_holm for each in corrected(made, dict.fromkeys("abc", 3), 0.95)]
    [0.5, 0.5]
    """
    p = np.array([each.p for each in compared])
    made = []
    for each, adjusted in zip(compared, holm(p), strict=True):
        # Holm divides the risk by the number of comparisons whose p is no smaller.
        risk = (1 - level) / int((p >= each.p).sum())
        needed = at_least(seeds_needed(each.effect, 1 - risk, paired=each.paired), risk, each.test, each.paired)
        least = least_p(each.test, runs[each.a], None if each.paired else runs[each.b], draws)
        reachable = least * len(compared) <= 1 - level + 1e-12
        made.append(replace(each, p_holm=float(adjusted), needed=needed, reachable=reachable))
    return tuple(made)


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
    beaten = {each.b if each.better == "a" else each.a for each in comparisons if each.better}
    wins = dict.fromkeys(order, 0)
    for each in comparisons:
        if each.better:
            wins[each.a if each.better == "a" else each.b] += 1
    winners = [name for name in order if len(order) > 1 and wins[name] == len(order) - 1]
    # Lost runs may leave whoever beats all others behind in the order, which goes by means.
    order = (*winners, *(name for name in order if name not in winners))
    best = tuple(name for name in order if name not in beaten)
    undecided = [each for each in comparisons if order[0] in (each.a, each.b) and not each.better]
    needs = [
        # To ask for fewer seeds than there were would contradict what they showed.
        None if each.needed is None else max(each.needed, 1 + min(runs[each.a], runs[each.b]))
        for each in undecided
    ]
    known = [need for need in needs if need is not None and need <= MOST]
    return Ranking(
        order=order, means=means, runs=runs, lost=lost, comparisons=comparisons,
        winner=winners[0] if winners else None, best=best,
        needed=max(known) if needs and len(known) == len(needs) else None,
        reachable=all(each.reachable for each in comparisons if order[0] in (each.a, each.b)),
        level=level, higher=higher, paired=paired,
    )  # fmt: skip
