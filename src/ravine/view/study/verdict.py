"""The verdict of a study in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from ravine.view.i18n import number, plural_translator, translator
from ravine.view.study.naming import decimals, probability, quantity_name
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.study.findings import Findings
    from ravine.study.ranking import Ranking

__all__ = ["mean_digits", "sentence", "study_verdict"]


def mean_digits(ranking: Ranking) -> int:
    """Decimals for the means of *ranking*: those that its narrowest interval has something to say of.

    >>> from ravine.study import rank
    >>> mean_digits(rank({"sgd": [0.91, 0.92, 0.93], "adam": [0.951, 0.952, 0.953]}))
    4
    """
    widths = [each.high - each.low for each in ranking.means.values() if each.bounds is not None]
    return decimals(min((width for width in widths if width > 0), default=0.0) / 2)


def study_verdict(findings: Findings, language: str = "en") -> str:
    """Who won, or that nobody did and what it would take to know: a sentence for each problem, on lines of their own.

    >>> import polars as pl
    >>> from ravine.study import Findings, rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> ranked = rank({"sgd": [0.90, 0.91, 0.92, 0.90, 0.91, 0.92], "adam": [0.95, 0.96, 0.97, 0.96, 0.95, 0.96]})
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> told = Findings("t", "", "test_accuracy", True, 0.95, (("xor", ranked),), *frames, (), "")
    >>> study_verdict(told)
    'adam wins: accuracy on test data 0.9583 [0.9533, 0.9650], better than every other rival (p = 0.031).'
    """
    several = len(findings.rankings) > 1
    lines = []
    for problem, ranking in findings.rankings:
        told = sentence(ranking, findings.quantity, language)
        lines.append(f"{problem}: {told}" if several else told)
    return "\n".join(lines)


def sentence(ranking: Ranking, quantity: str, language: str, called: Callable[[str], str] = str) -> str:
    """The verdict on one problem; *called* makes the name of a rival fit to where the sentence will stand.

    No example: see `study_verdict`.
    """
    _, n_ = translator(language), plural_translator(language)
    leader = ranking.leader
    mean = ranking.means[leader]
    told = {
        "leader": called(leader),
        "quantity": quantity_name(quantity, language),
        "mean": interval_words(mean, language, mean_digits(ranking)),
    }
    if math.isnan(mean.mean):
        return _("Every run of every rival diverged: there is nothing to compare.")
    if len(ranking.order) == 1:
        return _("Only {leader} ran, so that there is nobody to beat: {quantity} {mean}.").format(**told)
    gone = ranking.lost[leader]
    lost = " " + _("Diverged runs of {leader}: {count} of {total}.").format(
        leader=told["leader"], count=gone, total=ranking.runs[leader]
    )
    against = [ranking.between(leader, other) for other in ranking.order[1:]]
    if ranking.winner == leader:
        p = max(each.p if each.p_holm is None else each.p_holm for each in against)
        shown = probability(p, language)
        made = _("{leader} wins: {quantity} {mean}, better than every other rival ({p}).").format(
            p=f"p {shown}" if shown.startswith("<") else f"p = {shown}" if len(against) == 1 else f"p ≤ {shown}", **told
        )
        return made + lost * bool(gone)
    others = ", ".join(called(each.b) for each in against if each.better != "a")
    made = _("No winner: {leader} leads ({quantity} {mean}), but is not separated from: {others}.").format(
        others=others, **told
    )
    runs = min(ranking.runs.values())
    if runs == 1:
        tail = _("A single seed tells nothing of chance: give several.")
    elif ranking.needed is not None:
        tail = n_(
            "About {n} seed per rival would separate them.", "About {n} seeds per rival would separate them.",
            ranking.needed,
        ).format(n=number(ranking.needed, language))  # fmt: skip
        if not ranking.reachable:
            tail += " " + _("With so few seeds and so many comparisons the test cannot name a winner at all.")
    else:
        tail = _("More than {n} seeds per rival would be needed: they are as good as equal.").format(
            n=number(10_000, language)
        )
    return made + " " + tail + lost * bool(gone)
