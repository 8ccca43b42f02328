"""The lecture as chapters: texts, experiments, published numbers, claims and verdicts."""

from ravine.lecture.build import Watcher, chosen, lecture
from ravine.lecture.chapter import Part
from ravine.lecture.claims import CLAIMS, Claim, ClaimRecord, Criterion, claim, judge
from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.docket import charged
from ravine.lecture.texts import sections

__all__ = [
    "CLAIMS",
    "Claim",
    "ClaimRecord",
    "Context",
    "Criterion",
    "Number",
    "Outcome",
    "Part",
    "Watcher",
    "charged",
    "chosen",
    "claim",
    "judge",
    "lecture",
    "sections",
]
