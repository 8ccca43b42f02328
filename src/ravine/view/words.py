"""What was estimated, as people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.view.i18n import number

if TYPE_CHECKING:
    from ravine.stats import Interval

__all__ = ["interval_words"]


def interval_words(interval: Interval, language: str, digits: int | None = 4, scale: float = 1.0) -> str:
    """The mean and its *interval* as people of *language* write them, all times *scale*.

    >>> from ravine.stats import Interval
    >>> interval_words(Interval(0.9795, 0.979, 0.98, 5), "pl", digits=2, scale=100)
    '97,95 [97,90; 98,00]'
    """
    mean = number(scale * interval.mean, language, digits)
    if interval.bounds is None:
        return mean
    low, high = (number(scale * end, language, digits) for end in interval.bounds)
    return f"{mean} [{low}{'; ' if language == 'pl' else ', '}{high}]"
