"""The verdict of a study in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from ravine.view.i18n import number, plural_translator, translator
from ravine.view.study.labels import decimals, percent, probability, quantity_name
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.stats import Ranking, Seeds
    from ravine.study import Findings

__all__ = ["mean_digits", "scope", "sentence", "study_verdict"]


def mean_digits(ranking: Ranking) -> int:
    """Decimals for the means of *ranking*: those that its narrowest interval has something to say of.

    >>> from ravine.stats import rank
    >>> mean_digits(rank({"sgd": [0.91, 0.92, 0.93], "adam": [0.951, 0.952, 0.953]}))
    4
    """
    widths = [each.high - each.low for each in ranking.means.values() if each.bounds is not None]
    return decimals(min((width for width in widths if width > 0), default=0.0) / 2)


def study_verdict(findings: Findings, language: str = "en") -> str:
    """Who won, or that nobody did and what it would take to know: a sentence for each problem, on lines of their own.

    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> ranked = rank({"sgd": [0.90, 0.91, 0.92, 0.90, 0.91, 0.92], "adam": [0.95, 0.96, 0.97, 0.96, 0.95, 0.96]})
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> told = Findings("t", "", "test_accuracy", True, 0.95, (("xor", ranked),), *frames, (), "")
    >>> study_verdict(told)
    'adam wins: accuracy on test data 0.9583 [0.9504, 0.9662], better than every other rival (p < 0.0001).'
    """
    several = len(findings.rankings) > 1
    lines = []
    for problem, ranking in findings.rankings:
        told = " ".join([sentence(ranking, findings.quantity, language), *scope(findings, ranking, language)])
        lines.append(f"{problem}: {told}" if several else told)
    return "\n".join(lines)


def scope(findings: Findings, ranking: Ranking, language: str) -> tuple[str, ...]:
    """On what the verdict is conditional, as a sentence; nothing where it is not known, or nobody was compared.

    No example: see `ravine.view.study_report`.
    """
    _ = translator(language)
    if findings.splits is None or len(ranking.order) < 2:
        return ()
    if findings.splits == 1:
        return (_("This holds on this split of the data, with these settings."),)
    said = _("This holds over {count} splits of the data, with the settings chosen anew on each.")
    return (said.format(count=findings.splits),)


def sentence(ranking: Ranking, quantity: str, language: str, called: Callable[[str], str] = str) -> str:
    """The verdict on one problem; *called* makes the name of a rival fit to where the sentence will stand.

    No example: see `study_verdict`.
    """
    _ = translator(language)
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
    against = ranking.against
    if ranking.winner == leader:
        p = max(each.p for each in against)
        shown = probability(p, language)
        made = _("{leader} wins: {quantity} {mean}, better than every other rival ({p}).").format(
            p=f"p {shown}" if shown.startswith("<") else f"p = {shown}" if len(against) == 1 else f"p ≤ {shown}", **told
        )
        return made + lost * bool(gone)
    others = ", ".join(called(each.b) for each in against if each.better != "a")
    made = _("No winner: {leader} leads ({quantity} {mean}), but is not separated from: {others}.").format(
        others=others, **told
    )
    tail = _lack(ranking, language, called)
    return " ".join([made, *tail]) + lost * bool(gone)


def _lack(ranking: Ranking, language: str, called: Callable[[str], str]) -> list[str]:
    """Why there is no winner, and what it would take: never that two are equal, unless that was tested."""
    from ravine.stats import least_seeds

    _ = translator(language)
    told = []
    equal = [each for each in ranking.against if each.equal]
    if equal and equal[0].margin is not None:
        told.append(_("Shown to be equal to {leader} within {margin}: {names}.").format(
            leader=called(ranking.leader), margin=number(equal[0].margin, language),
            names=", ".join(called(each.b) for each in equal),
        ))  # fmt: skip
    undecided = [each for each in ranking.against if each.better != "a" and not each.equal]
    if not undecided:
        return told
    same = all(not each.difference and each.interval.bounds == (0, 0) for each in undecided)
    if min(ranking.runs.values()) == 1:
        told.append(
            _("A single split tells nothing of chance: give several.") if ranking.unit == "split"
            else _("A single seed tells nothing of chance: give several.")
        )  # fmt: skip
    elif not ranking.reachable:
        least = max(least_seeds(each.level, each.test, paired=each.paired) for each in ranking.against)
        if any(each.test == "wilcoxon" and not each.reachable for each in ranking.against):
            said = _("Runs diverged, so that ranks decide, and so few seeds cannot decide by ranks: give {n} or more.")
            if ranking.unit == "split":
                said = _(
                    "Runs diverged, so that ranks decide, and so few splits cannot decide by ranks: give {n} or more."
                )
        elif ranking.unit == "split":
            said = _("So few splits cannot name a winner, whatever they show: give {n} or more.")
        else:
            said = _("So few seeds cannot name a winner, whatever they show: give {n} or more.")
        told.append(said.format(n=least))
    elif same:
        told.append(_("Their results are the same, seed by seed."))
    else:
        told.append(_seeds(ranking.seeds, language))
    return told


def _seeds(seeds: Seeds | None, language: str) -> str:
    """How many seeds it would take, and how rough that guess is."""
    from ravine.stats import PLANNING_LEVEL

    _, n_ = translator(language), plural_translator(language)
    if seeds is None or seeds.low is None:
        return _("These runs cannot tell whether they differ at all.")
    low, share = number(seeds.low, language), percent(PLANNING_LEVEL, language)
    if seeds.likely is None:
        return _(
            "These runs cannot tell whether they differ at all: it would take at least {low} seeds per rival, and "
            "perhaps any number ({share} range)."
        ).format(low=low, share=share)
    told = n_(
        "About {n} seed per rival would separate them if the difference is what it looks like.",
        "About {n} seeds per rival would separate them if the difference is what it looks like.",
        seeds.likely,
    ).format(n=number(seeds.likely, language))  # fmt: skip
    if seeds.high is None:
        said = _("That is a rough guess: at least {low}, and perhaps any number ({share} range).")
        return f"{told} {said.format(low=low, share=share)}"
    said = _("That is a rough guess: {low} to {high} ({share} range).")
    return f"{told} {said.format(low=low, high=number(seeds.high, language), share=share)}"
