"""The lecture as chapters: texts, experiments, published numbers, claims and verdicts."""

from ravine.lecture.build import Watcher, chosen, lecture
from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.claims import CLAIMS, Claim, ClaimRecord, Criterion, claim, judge
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.docket import claim_sections
from ravine.lecture.texts import sections
from ravine.lecture.verification import verify

__all__ = [
    "CLAIMS",
    "ChapterSpec",
    "Claim",
    "ClaimRecord",
    "Criterion",
    "ExperimentResult",
    "LectureContext",
    "Number",
    "Watcher",
    "chosen",
    "claim",
    "claim_sections",
    "judge",
    "lecture",
    "sections",
    "verify",
]
