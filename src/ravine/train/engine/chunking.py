"""How much the compiled program does before Python looks at it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ChunkSizer", "Until"]

CHUNK_SECONDS = 0.25

FIRST_FLOP = 5e8
"""Work of the first chunk, before anything has been timed: about a twentieth of a second on a plain core."""


class ChunkSizer:
    """The steps of the next chunk, *length*: fitted to the time the last one took, and at most four times as many.

    The first is judged by the work of a step of the *parameters* on *examples*, 6 flop for each pair (a product
    forward and two backward). Where a chunk ends changes no bit of the result.

    >>> pace = ChunkSizer(parameters=10**9)
    >>> pace.took(8, 1.0)
    >>> pace.length, pace.count(100), pace.count(2)
    (2.0, 2, 2)
    >>> ChunkSizer(parameters=116, examples=32).count(2500)
    2500
    """

    def __init__(self, parameters: int, examples: int = 128) -> None:
        self.length = max(FIRST_FLOP / (6.0 * max(parameters, 1) * examples), 8.0)

    def took(self, count: int, seconds: float) -> None:
        """Learn that *count* steps took *seconds*."""
        self.length = min(max(count * CHUNK_SECONDS / max(seconds, 1e-6), 1.0), 4.0 * self.length)

    def count(self, left: int) -> int:
        """How many of the *left* steps to take next; a small rest is taken along."""
        return left if left < 1.5 * self.length else int(self.length)


class Until(ChunkSizer):
    """The pace of *inner*, save that a chunk ends where the step, which *step* tells, is a multiple of *every*.

    >>> Until(ChunkSizer(parameters=116), lambda: 13, every=5).count(2500)
    2
    """

    def __init__(self, inner: ChunkSizer, step: Callable[[], int], every: int) -> None:
        self.inner, self.step, self.every = inner, step, every

    def took(self, count: int, seconds: float) -> None:
        self.inner.took(count, seconds)

    def count(self, left: int) -> int:
        return min(self.inner.count(left), self.every - self.step() % self.every)
