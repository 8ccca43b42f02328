"""How far a study is."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

__all__ = ["Status"]


@dataclass
class Status:
    """How far a study is: packs and members of the present phase, those lost, the best so far, and the time.

    No example: handed to the *progress* of `run_study`.
    """

    phase: str = "tune"
    packs: int = 0
    packs_done: int = 0
    packs_found: int = 0
    members: int = 0
    members_done: int = 0
    diverged: int = 0
    best: tuple[str, float] | None = None
    work: float = 0.0
    work_done: float = 0.0
    begun: float = 0.0

    @property
    def left(self) -> float:
        """Seconds until the end, as far as the work done so far tells; NaN at the beginning."""
        if self.work_done <= 0:
            return math.nan
        return (time.monotonic() - self.begun) * (self.work / self.work_done - 1)
