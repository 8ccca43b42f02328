"""Online learning: examples arrive while training goes on, and a bounded window of the latest is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine.core import RavineError, check_count, generator
from ravine.data.batches import epoch_order
from ravine.data.dataset import Split

__all__ = ["Stream", "Window", "replay"]


@dataclass(frozen=True, eq=False)
class Window:
    """What a learner has at one moment of a stream.

    *x* and *y* always have the same length, so that one compiled program serves the whole stream; the first *valid*
    rows hold examples, the rest zeros. *seen* counts all examples so far, *fresh* are the rows of the latest arrival.

    No example: see `Stream`.
    """

    x: np.ndarray
    y: np.ndarray
    valid: int
    seen: int
    fresh: np.ndarray
    tick: int
    seed: int

    @property
    def data(self) -> Split:
        """The examples in the window, as a split of *valid* rows.

        >>> window = next(iter(Stream(lambda: [([[1.0]], [0])], window=8)))
        >>> window.data
        Split(x=float32 (1, 1), y=int32 (1,))
        """
        return Split(self.x[: self.valid], self.y[: self.valid])

    def order(self, batch_size: int, *, only_fresh: bool = False) -> np.ndarray:
        """Return rows to train on now, int32 [steps, batch], padded with -1: one pass over the window.

        With *only_fresh*, one pass over the latest arrival: each example is used once, as pure online learning does.

        >>> window = next(iter(Stream(lambda: [([[1.0], [2.0], [3.0]], [0, 1, 0])], window=8)))
        >>> sorted(window.order(2).ravel().tolist()), window.order(2).shape
        ([-1, 0, 1, 2], (2, 2))
        """
        rows = self.fresh if only_fresh else np.arange(self.valid)
        order = epoch_order(len(rows), batch_size, self.seed, self.tick)
        return np.where(order >= 0, rows[order], -1).astype(np.int32)


@dataclass(frozen=True)
class Stream:
    """A source of examples: *arrivals* starts it anew and returns pairs (x, y) of the examples that arrive together.

    The latest *window* examples are kept, older ones overwritten. All arrivals have examples of one shape and targets
    of one kind; what breaks this, or is empty or not finite, is refused with the number of the arrival.

    >>> stream = Stream(lambda: [([[1.0], [2.0]], [0, 1]), ([[3.0], [4.0]], [0, 1])], window=3)
    >>> [(w.valid, w.seen, w.x.ravel().tolist()) for w in stream]
    [(2, 2, [1.0, 2.0, 0.0]), (3, 4, [4.0, 2.0, 3.0])]
    """

    arrivals: Callable[[], Iterable[tuple[Any, Any]]]
    window: int
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("Stream", "window", self.window)
        check_count("Stream", "seed", self.seed, least=0)

    def __iter__(self) -> Iterator[Window]:
        buffer: Split | None = None
        x = y = np.empty(0)
        seen = 0
        for tick, arrival in enumerate(self.arrivals()):
            came = _checked(tick, arrival, buffer)
            if buffer is None:
                buffer = came
                x = np.zeros((self.window, *came.x.shape[1:]), came.x.dtype)
                y = np.zeros((self.window, *came.y.shape[1:]), came.y.dtype)
            # an arrival that float32 does not hold exactly makes the window float64: nothing is rounded
            x, y = (a.astype(np.result_type(a, b), copy=False) for a, b in ((x, came.x), (y, came.y)))
            kept = min(len(came), self.window)
            rows = (seen + len(came) - kept + np.arange(kept)) % self.window
            x[rows], y[rows] = came.x[-kept:], came.y[-kept:]
            seen += len(came)
            # copies: a device may still be reading the previous window
            yield Window(x.copy(), y.copy(), min(seen, self.window), seen, rows, tick, self.seed)


def _checked(tick: int, arrival: tuple[Any, Any], first: Split | None) -> Split:
    if not isinstance(arrival, tuple) or len(arrival) != len(("x", "y")):
        raise RavineError(f"Stream: arrival {tick} must be a pair (x, y), got {type(arrival).__name__}")
    try:
        came = Split(*arrival)
    except RavineError as cause:
        raise RavineError(f"Stream: arrival {tick}: {cause}") from cause
    if first is None:
        return came
    for name, new, old in (("x", came.x, first.x), ("y", came.y, first.y)):
        if (new.shape[1:], new.dtype.kind) != (old.shape[1:], old.dtype.kind):
            raise RavineError(
                f"Stream: arrival {tick}: {name} is {new.dtype} {new.shape[1:]} per example, the first arrival had "
                f"{old.dtype} {old.shape[1:]}: let all arrivals be alike"
            )
    return came


def replay(split: Split, arrive: int, *, window: int, passes: int = 1, seed: int = 0) -> Stream:
    """Return a stream in which the examples of *split* arrive, *arrive* at a time, in random order, *passes* times.

    >>> data = Split(np.arange(10.0)[:, None], np.arange(10))
    >>> [w.valid for w in replay(data, 4, window=100)]
    [4, 8, 10]
    """
    check_count("replay", "arrive", arrive)
    check_count("replay", "passes", passes)

    def arrivals() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in range(passes):
            order = generator(seed, "sample", index).permutation(len(split))
            for start in range(0, len(split), arrive):
                rows = order[start : start + arrive]
                yield split.x[rows], split.y[rows]

    return Stream(arrivals, window, seed)
