"""What a trainer is: a race somewhere else, told what to do by commands and seen through pictures.

The interface passes plain values and arrays only, so that a process could stand where the thread does.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Protocol

from ravine.lab.picture import Frame

__all__ = ["Trainer"]


class Trainer(Protocol):
    """A race under way somewhere else.

    No example: see `ThreadTrainer`.
    """

    @property
    def picture(self) -> Frame:
        """The race as it was last shown."""

    @property
    def version(self) -> int:
        """A number that rises with every picture and every change of state."""

    @property
    def state(self) -> str:
        """ "compiling", "running", "paused", "stopped" (by its rule), "diverged" (everybody) or "failed"."""

    def send(self, action: str, **values: Any) -> Future[None]:
        """Have *action* done between two chunks; the future ends with it, with its error, or with that of the run."""

    def close(self, *, wait: bool = True) -> None:
        """End the race for good, and *wait* until it has ended."""
