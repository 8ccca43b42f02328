"""Where the steps of an epoch come from: arrays on the device, or a stream of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from ravine.core import RavineError
from ravine.data import epoch_order
from ravine.keras.models.inputs import Arrays, arrays, unpacked
from ravine.keras.models.lengths import shapes_of, uneven
from ravine.train import Examples, Session

__all__ = ["Block", "FromArrays", "FromStream", "Source", "gathered", "passes"]

Block = tuple[Examples, np.ndarray]
"""Examples on the device, and the order [steps, batch] in which they are trained on."""

BLOCK_STEPS = 16
"""Batches of a stream that are brought to the device together."""


class Source(Protocol):
    """What gives the blocks of an epoch; *steps* is their number where it is known.

    No example: see `FromArrays`.
    """

    steps: int | None

    def epoch(self, single: bool) -> Iterator[Block]:
        """The blocks of the next epoch; *single* asks for blocks of one step."""


class FromArrays:
    """Epochs over arrays, which go to the device once. Where *limit* ends an epoch, the next one goes on from there.

    No example: made by `fit`.
    """

    def __init__(self, session: Session, data: Arrays, batch: int, limit: int | None, shuffle: bool, seed: int) -> None:
        self.examples = session.examples(*data)
        self.n, self.batch, self.shuffle, self.seed = len(data.x), min(batch, len(data.x)), shuffle, seed
        self.limit = limit
        self.steps: int | None = -(-self.n // self.batch) if limit is None else limit
        self.done = 0
        self.left = np.zeros((0, self.batch), np.int32)

    def _pass(self) -> np.ndarray:
        self.done += 1
        return epoch_order(self.n, self.batch, self.seed, self.done, self.shuffle)

    def epoch(self, single: bool) -> Iterator[Block]:
        """One block: the whole epoch."""
        if self.limit is None:
            yield self.examples, self._pass()
            return
        while len(self.left) < self.limit:
            self.left = np.concatenate([self.left, self._pass()])
        order, self.left = self.left[: self.limit], self.left[self.limit :]
        yield self.examples, order


class FromStream:
    """Epochs over what yields batches, each *limit* steps long or until the stream ends.

    *prepare* makes a batch into arrays as the loss wants them; *reader* begins a pass over the stream.

    No example: made by `fit`.
    """

    def __init__(
        self,
        session: Session,
        reader: Callable[[], Iterator[Any]],
        prepare: Callable[[Any], Arrays],
        steps: int | None,
        limit: int | None,
    ) -> None:
        self.session, self.reader, self.prepare = session, reader, prepare
        self.shapes: Any = None
        self.steps = steps if limit is None else limit
        self.limit = limit
        self.size = 0
        self.session_of: Callable[[Arrays], Session] = lambda part: session
        """The session for a batch: another one where its examples have another length."""
        self.under_way: Iterator[Any] | None = None

    def _batches(self) -> Iterator[Any]:
        if self.limit is None:
            yield from self.reader()
            return
        for _ in range(self.limit):
            batch = None if self.under_way is None else next(self.under_way, None)
            if batch is None:
                self.under_way = self.reader()
                batch = next(self.under_way, None)
            if batch is None:
                raise RavineError(
                    "fit: the generator is used up: let it yield for ever, or give fewer epochs or steps_per_epoch"
                )
            yield batch

    def epoch(self, single: bool) -> Iterator[Block]:
        """Blocks of a few batches each."""
        held: list[Arrays] = []
        taken = 0
        for batch in self._batches():
            part = self.prepare(batch)
            if held and uneven((held[-1], part)):
                yield self._block(held)
                held = []
            held.append(part)
            taken += 1
            if single or len(held) == BLOCK_STEPS:
                yield self._block(held)
                held = []
        if held:
            yield self._block(held)
        if not taken:
            raise RavineError(
                "fit: the generator yields nothing (more): give data, or steps_per_epoch for one without end"
            )

    def _block(self, held: list[Arrays]) -> Block:
        lengths = [len(part.x) for part in held]
        self.size = max(self.size, *lengths)
        order = np.full((len(held), self.size), -1, np.int32)
        starts = np.cumsum([0, *lengths])
        for row, (start, length) in enumerate(zip(starts, lengths, strict=False)):
            order[row, :length] = np.arange(start, start + length)
        x, y, weight = _joined(held)
        # One shape for all full blocks, so that one program serves them.
        room = len(held) * self.size - len(x)
        parts = (None if a is None else np.concatenate([a, np.repeat(a[:1], room, axis=0)]) for a in (x, y, weight))
        if shapes_of(held[0])[:2] != self.shapes:
            self.session, self.shapes = self.session_of(held[0]), shapes_of(held[0])[:2]
        return self.session.examples(*parts), order


def _joined(held: list[Arrays]) -> Arrays:
    """The examples of several batches as one set of arrays."""
    weight = None
    if any(part.weight is not None for part in held):
        weight = np.concatenate([np.ones(len(part.x)) if part.weight is None else part.weight for part in held])
    y = None if any(part.y is None for part in held) else np.concatenate([part.y for part in held])
    return Arrays(np.concatenate([part.x for part in held]), y, weight)


def passes(stream: Any, shuffled: Callable[[int], Iterable[int]] | None = None) -> Callable[[], Iterator[Any]]:
    """Return what begins a pass over *stream*; *shuffled* orders the batches of one with a length and places.

    >>> read = passes([1, 2, 3], lambda n: reversed(range(n)))
    >>> list(read()), list(read())
    ([3, 2, 1], [3, 2, 1])
    """
    if isinstance(stream, Iterator):
        return lambda: stream
    if not hasattr(stream, "__getitem__") or not hasattr(stream, "__len__"):
        return lambda: iter(stream)

    def read() -> Iterator[Any]:
        length = len(stream)
        for place in range(length) if shuffled is None else shuffled(length):
            yield stream[place]
        if hasattr(stream, "on_epoch_end"):
            stream.on_epoch_end()

    return read


def gathered(owner: str, stream: Any, steps: int | None) -> Arrays | list[Arrays]:
    """All examples of a *stream*, or of its first *steps* batches, as one set of arrays.

    Where examples have different lengths, the batches are left apart.

    >>> gathered("evaluate", iter([(np.zeros((2, 1)), np.zeros(2))]), None).x.shape
    (2, 1)
    """
    held: list[Arrays] = []
    reader = passes(stream)()
    while steps is None or len(held) < steps:
        batch = next(reader, None)
        if batch is None:
            break
        held.append(arrays(owner, *unpacked(owner, batch)))
    if not held:
        raise RavineError(f"{owner}: the generator yields nothing: give data")
    return held if uneven(held) else _joined(held)
