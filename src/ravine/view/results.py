"""Results in a report: our numbers beside those in print, and how many claims hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Published", "PublishedComparison", "Tally"]


@dataclass(frozen=True)
class PublishedComparison:
    """A *published* number beside ours: the mean over *seeds* runs, and where given an *interval* (low, high).

    *digits* after the decimal sign. None stands for a number that was not published or not measured.

    >>> PublishedComparison("Test accuracy", 0.9795, 0.9803, (0.9794, 0.9812), seeds=5).digits
    4
    """

    quantity: str
    published: float | None
    ours: float | None
    interval: tuple[float, float] | None = None
    seeds: int | None = None
    note: str = ""
    digits: int = 4


@dataclass(frozen=True)
class Published:
    """A table of `PublishedComparison` rows, with a small scale that shows where the published value lies.

    >>> len(Published((PublishedComparison("Loss", 0.0749, 0.0751),)).rows)
    1
    """

    rows: tuple[PublishedComparison, ...]
    caption: str = ""


@dataclass(frozen=True)
class Tally:
    """What became of a number of claims: the *sentence* that counts them (Markdown), and a mark for each.

    A mark has the kind of its `Note`, a short name, the words told when it is pointed at, and the anchor it leads to.

    >>> Tally("**1 claim supported**", (("supported", "6", "Softplus is ReLU smoothed", "claim-softplus"),)).marks[0][1]
    '6'
    """

    sentence: str
    marks: tuple[tuple[Literal["supported", "refuted", "open", "untested"], str, str, str], ...]
