"""The lecture as chapters: texts, experiments, published numbers, claims and verdicts."""

from ravine.lecture.build import Watcher, chosen, lecture
from ravine.lecture.chapter import Part
from ravine.lecture.context import Context, Number, Outcome, sections

__all__ = ["Context", "Number", "Outcome", "Part", "Watcher", "chosen", "lecture", "sections"]
