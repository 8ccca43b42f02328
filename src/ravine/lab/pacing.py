"""How many steps a race takes at a time: half a frame's worth, or what a wanted speed has made due."""

from __future__ import annotations

from collections import deque

__all__ = ["FRAME", "Pacing"]

FRAME = 1 / 30
"""A picture is taken so often, in seconds; a chunk of steps lasts half of it."""

LONGEST = 4096


class Pacing:
    """Steps to take next, at *speed* steps per second, or as fast as they go where it is 0.

    >>> pacing = Pacing(speed=300.0)
    >>> pacing.allowed(now=0.0, step=0), pacing.allowed(now=0.01, step=0), pacing.allowed(now=0.05, step=0)
    (0, 0, 8)
    """

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.count = 8
        self.sps = 0.0
        self._origin = (-1e9, 0)
        self._seen: deque[tuple[float, int]] = deque(maxlen=64)

    def begin(self) -> None:
        """Count anew: the race was paused, went back, or has another speed."""
        self._origin = (-1e9, 0)
        self._seen.clear()

    def rest(self) -> None:
        """The race is paused."""
        self.sps = 0.0

    def allowed(self, now: float, step: int) -> int:
        """Steps to take at the time *now*, in seconds, after *step* steps: a frame's at once."""
        if not self.speed:
            return self.count
        began, first = self._origin
        due = first + int((now - began) * self.speed) + 1 - step
        if not 0 <= due <= self.speed + 1:
            # Just begun, set back, or too slow for the speed wanted: what was missed is not made up for.
            self._origin = (now, step)
            due = 1
        return min(self.count, due) if due >= min(self.speed * FRAME, self.count) else 0

    def took(self, wanted: int, done: int, seconds: float, now: float, step: int) -> None:
        """Learn that *done* of the steps *wanted* took *seconds*, and ended at the time *now* after *step* steps."""
        if seconds > FRAME / 2:
            self.count = max(1, int(self.count * FRAME / 2 / seconds))
        elif done == wanted == self.count and seconds < FRAME / 4:
            self.count = min(2 * self.count, LONGEST)
        self._seen.append((now, step))
        while len(self._seen) > 2 and self._seen[-1][0] - self._seen[0][0] > 1:
            self._seen.popleft()
        (t0, s0), (t1, s1) = self._seen[0], self._seen[-1]
        self.sps = (s1 - s0) / (t1 - t0) if t1 > t0 else 0.0
