"""The claims of the lecture: what decides about each, and what became of it."""

from ravine.lecture.claims.criterion import Claim, Criterion
from ravine.lecture.claims.record import ClaimRecord, Finding, exactly, factor, judge, outer
from ravine.lecture.claims.table import CLAIMS, claim

__all__ = ["CLAIMS", "Claim", "ClaimRecord", "Criterion", "Finding", "claim", "exactly", "factor", "judge", "outer"]
