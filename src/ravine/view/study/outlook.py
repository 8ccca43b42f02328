"""What so many seeds can show, said before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ravine.view.i18n import number, plural_translator, translator
from ravine.view.study.labels import percent

if TYPE_CHECKING:
    from ravine.stats import Outlook

__all__ = ["budget_words", "outlook_words"]


def outlook_words(outlook: Outlook, language: str = "en", *, splits: bool = False) -> str:
    """How large a difference must be for so many seeds, or *splits*, to find it, or that they can find none.

    >>> from ravine.stats import outlook
    >>> outlook_words(outlook(2))
    '2 seeds can never name a winner, whatever they show: give at least 3, better 10.'
    >>> outlook_words(outlook(10), "pl")[:40]
    '10 ziaren wykrywa z prawdopodobieństwem '
    """
    from ravine.stats import PLANNING_POWER

    _, n_ = translator(language), plural_translator(language)
    count = outlook.seeds
    if splits:
        # What cuts of one set of examples have in common depends on the data: no size is promised.
        if not outlook.hopeless:
            return ""
        return n_(
            "{n} split can never name a winner, whatever it shows: give at least {least}, better 10.",
            "{n} splits can never name a winner, whatever they show: give at least {least}, better 10.",
            count,
        ).format(n=count, least=outlook.least)  # fmt: skip
    if outlook.hopeless:
        return n_(
            "{n} seed can never name a winner, whatever it shows: give at least {least}, better 10.",
            "{n} seeds can never name a winner, whatever they show: give at least {least}, better 10.",
            count,
        ).format(n=count, least=outlook.least)  # fmt: skip
    power = percent(PLANNING_POWER, language)
    told = n_(
        "{n} seed finds with a chance of {power} a difference of {size} times its standard deviation over seeds.",
        "{n} seeds find with a chance of {power} a difference of {size} times its standard deviation over seeds.",
        count,
    ).format(n=count, power=power, size=number(outlook.detectable, language, 1))
    if count < outlook.least_lost:
        told += " " + _(
            "If runs diverge, ranks decide, and they take {least} seeds or more: so few could not name a winner then."
        ).format(least=outlook.least_lost)
    return told


def budget_words(tried: Mapping[str, int], language: str = "en") -> str:
    """That some rivals try more settings than others; nothing where all try as many.

    >>> budget_words({"sgd": 4, "adam": 4}), budget_words({"sgd": 1, "adam": 4})[:58]
    ('', 'Rivals try unequal numbers of settings: sgd 1, adam 4. Who')
    """
    _ = translator(language)
    if len(set(tried.values())) < 2:
        return ""
    counts = ", ".join(f"{name} {count}" for name, count in tried.items())
    return _(
        "Rivals try unequal numbers of settings: {counts}. Who tries more is more likely to win: sweep numbers that "
        "all rivals have, or draw settings for all with --tune."
    ).format(counts=counts)
