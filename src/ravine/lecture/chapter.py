"""The chapters of the lecture, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ravine.lecture.context import LectureContext
from ravine.view.blocks import Block

__all__ = ["ChapterSpec"]


@dataclass(frozen=True)
class ChapterSpec:
    """One chapter: *slug* is its anchor and its name for ``--only``; *titles* by language; *build* runs its experiments
    and returns its blocks; *weights* are the seconds it takes in the quick and the full profile on two cores, by which
    the overall progress bar is divided.

    >>> ChapterSpec("demo", {"en": "Demo", "pl": "Pokaz"}, lambda context: (), (1.0, 2.0)).titles["pl"]
    'Pokaz'
    """

    slug: str
    titles: dict[str, str]
    build: Callable[[LectureContext], tuple[Block, ...]]
    weights: tuple[float, float]
