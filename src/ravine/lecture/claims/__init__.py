"""The claims of the lecture: what decides about each, and what became of it."""

from ravine.lecture.claims.criterion import Claim, Criterion
from ravine.lecture.claims.record import (
    RISK,
    ClaimRecord,
    ClaimResult,
    Estimate,
    Ruling,
    exactly,
    factor,
    judge,
    outer,
    quotient,
)
from ravine.lecture.claims.table import CLAIMS, claim

__all__ = [
    "CLAIMS",
    "RISK",
    "Claim",
    "ClaimRecord",
    "ClaimResult",
    "Criterion",
    "Estimate",
    "Ruling",
    "claim",
    "exactly",
    "factor",
    "judge",
    "outer",
    "quotient",
]
