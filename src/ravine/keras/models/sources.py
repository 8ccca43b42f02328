"""Where the steps of an epoch come from: arrays on the device, or a stream of batches."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from ravine.core import RavineError
from ravine.data import epoch_order
from ravine.keras.models.inputs import Arrays, arrays, unpacked
from ravine.keras.models.lengths import shapes_of, uneven
from ravine.train import Examples, Session

__all__ = [
    "Block",
    "BlockSource",
    "FromArrays",
    "FromStream",
    "even",
    "gathered",
    "joined",
    "passes",
    "ran_out",
    "watched",
]

Block = tuple[Examples, np.ndarray]
"""Examples on the device, and the order [steps, batch] in which they are trained on."""

BLOCK_STEPS = 16
"""Batches of a stream that are brought to the device together."""


MANY = 10_000
"""Batches of a stream of unknown length after which it is said that it goes on."""
ENDLESS = 100_000
"""Batches after which a stream of unknown length, of which all are wanted together, is taken for endless."""


class BlockSource(Protocol):
    """What gives the blocks of an epoch; *steps* is their number where it is known.

    No example: see `FromArrays`.
    """

    steps: int | None
    short: bool
    """Whether the last epoch had fewer batches than it should: the stream is at its end."""
    asked: Any
    """What the session that trains on the last block was asked for; None before the first block."""

    def ready(self) -> bool:
        """Whether there is a batch for another epoch."""

    def epoch(self, single: bool) -> Iterator[Block]:
        """The blocks of the next epoch; *single* asks for blocks of one step."""


class FromArrays:
    """Epochs over arrays, which go to the device once. Where *limit* ends an epoch, the next one goes on from there.

    With *whole* no batch is padded: a shorter one is a block of its own.

    No example: made by `fit`.
    """

    def __init__(
        self,
        session: Session,
        data: Arrays,
        batch: int,
        limit: int | None,
        shuffle: bool,
        seed: int,
        whole: bool = False,
    ) -> None:
        self.whole, self.short = whole, False
        self.asked: Any = None
        self.examples = session.examples(*data)
        self.n, self.batch, self.shuffle, self.seed = len(data.x), min(batch, len(data.x)), shuffle, seed
        self.limit = limit
        self.steps: int | None = -(-self.n // self.batch) if limit is None else limit
        self.done = 0
        self.left = np.zeros((0, self.batch), np.int32)

    def ready(self) -> bool:
        """Always: arrays have no end."""
        return True

    def _pass(self) -> np.ndarray:
        self.done += 1
        return epoch_order(self.n, self.batch, self.seed, self.done, self.shuffle)

    def epoch(self, single: bool) -> Iterator[Block]:
        """One block, the whole epoch; without padding, one for every run of batches of one length."""
        for order in even(self._order()) if self.whole else (self._order(),):
            yield self.examples, order

    def _order(self) -> np.ndarray:
        if self.limit is None:
            return self._pass()
        while len(self.left) < self.limit:
            self.left = np.concatenate([self.left, self._pass()])
        order, self.left = self.left[: self.limit], self.left[self.limit :]
        return order


def even(order: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of *order* in runs of one length each, without the -1 that pad them.

    >>> [part.tolist() for part in even(np.array([[0, 1], [2, 3], [4, -1]]))]
    [[[0, 1], [2, 3]], [[4]]]
    """
    lengths = (order >= 0).sum(axis=1)
    starts = [0, *(np.flatnonzero(np.diff(lengths)) + 1), len(order)]
    for start, end in itertools.pairwise(starts):
        yield order[start:end, : lengths[start]]


class FromStream:
    """Epochs over what yields batches, each *limit* steps long or until the stream ends.

    *prepare* makes a batch into arrays as the loss wants them; *reader* begins a pass over the stream. With *whole* no
    batch is padded. A stream that ends before the epochs do ends the training, with a warning.

    No example: made by `fit`.
    """

    def __init__(
        self,
        session: Session,
        reader: Callable[[], Iterator[Any]],
        prepare: Callable[[Any], Arrays],
        steps: int | None,
        limit: int | None,
        whole: bool = False,
    ) -> None:
        self.session, self.reader, self.prepare, self.whole = session, reader, prepare, whole
        self.shapes: Any = None
        self.steps = steps if limit is None else limit
        self.limit = limit
        self.size = 0
        self.short = False
        self.asked: Any = None
        self.first: Any = None
        self.session_of: Callable[[Arrays], Session] = lambda part: session
        """The session for a batch: another one where its examples have another length."""
        self.under_way: Iterator[Any] | None = None

    def ready(self) -> bool:
        """Whether the stream, or a new pass over it, has a batch for another epoch."""
        for _ in range(2):
            if self.first is None:
                self.under_way = self.reader() if self.under_way is None else self.under_way
                self.first = next(self.under_way, None)
            if self.first is None:
                self.under_way = None
        return self.first is not None

    def _batches(self) -> Iterator[Any]:
        while self.ready():
            batch, self.first = self.first, None
            # Not `yield from`: an epoch that ends here would close the stream with it.
            while batch is not None:
                yield batch
                batch = None if self.under_way is None else next(self.under_way, None)
            self.under_way = None
            if self.limit is None:
                return

    def epoch(self, single: bool) -> Iterator[Block]:
        """Blocks of a few batches each."""
        held: list[Arrays] = []
        taken = 0
        batches = itertools.islice(self._batches(), self.limit)
        for batch in batches if self.limit is not None else watched("fit", batches, self.steps):
            part = self.prepare(batch)
            if held and (uneven((held[-1], part)) or (self.whole and len(part.x) != len(held[-1].x))):
                yield self._block(held)
                held = []
            held.append(part)
            taken += 1
            if single or len(held) == BLOCK_STEPS:
                yield self._block(held)
                held = []
        if held:
            yield self._block(held)
        self.short = self.limit is not None and taken < self.limit

    def _block(self, held: list[Arrays]) -> Block:
        lengths = [len(part.x) for part in held]
        self.size = lengths[0] if self.whole else max(self.size, *lengths)
        order = np.full((len(held), self.size), -1, np.int32)
        starts = np.cumsum([0, *lengths])
        for row, (start, length) in enumerate(zip(starts, lengths, strict=False)):
            order[row, :length] = np.arange(start, start + length)
        x, y, weight = joined("fit", held)
        # One shape for all full blocks, so that one program serves them.
        room = len(held) * self.size - len(x)
        parts = (None if a is None else np.concatenate([a, np.repeat(a[:1], room, axis=0)]) for a in (x, y, weight))
        if shapes_of(held[0])[:2] != self.shapes:
            self.session, self.shapes = self.session_of(held[0]), shapes_of(held[0])[:2]
        return self.session.examples(*parts), order


def joined(owner: str, held: Sequence[Arrays]) -> Arrays:
    """The examples of several batches as one set of arrays.

    >>> joined("fit", [Arrays(np.zeros((2, 3)), None, None), Arrays(np.zeros((1, 3)), None, None)]).x.shape
    (3, 3)
    """
    for name, parts in (("x", [part.x for part in held]), ("y", [part.y for part in held if part.y is not None])):
        shapes = {part.shape[1:]: None for part in parts}
        if len(shapes) > 1:
            listed = ", ".join(map(str, shapes))
            raise RavineError(
                f"{owner}: the batches hold examples {name} of different shapes, {listed}: give one shape"
            )
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


def watched(owner: str, batches: Iterable[Any], length: int | None, argument: str = "steps_per_epoch") -> Iterator[Any]:
    """*batches* as they come, with a warning where one of unknown *length* goes on and on; *argument* is the remedy.

    >>> list(watched("fit", [1, 2], None))
    [1, 2]
    """
    for count, batch in enumerate(batches):
        if count == MANY and length is None:
            warnings.warn(
                f"{owner}: the generator has yielded {MANY:,} batches and goes on: give {argument} if it has no end",
                stacklevel=2,
            )
        yield batch


def gathered(owner: str, stream: Any, steps: int | None, argument: str = "steps") -> list[Arrays]:
    """All batches of a *stream*, or its first *steps*; *argument* is what the user calls these.

    A stream without length is read to its end, but for `ENDLESS` batches at most.

    >>> [part.x.shape for part in gathered("evaluate", iter([(np.zeros((2, 1)), np.zeros(2))]), None)]
    [(2, 1)]
    """
    held: list[Arrays] = []
    known = len(stream) if hasattr(stream, "__len__") else steps
    reader = watched(owner, passes(stream)(), known, argument)
    while steps is None or len(held) < steps:
        batch = next(reader, None)
        if batch is None:
            break
        held.append(arrays(owner, *unpacked(owner, batch), finite=owner != "predict"))
        if known is None and len(held) > ENDLESS:
            raise RavineError(
                f"{owner}: the generator has not ended after {ENDLESS:,} batches: give {argument}, their number"
            )
    if not held:
        raise RavineError(f"{owner}: the generator yields nothing: give data")
    if steps is not None and len(held) < steps:
        warnings.warn(
            f"{owner}: the generator ended after {len(held)} of {steps} batches: give fewer {argument} or more data",
            stacklevel=3,
        )
    return held


def ran_out(epoch: int, epochs: int) -> None:
    """Say that a generator has ended in *epoch*, before the last one did.

    No example: it warns.
    """
    warnings.warn(
        f"fit: the generator ran out of data in epoch {max(epoch, 1)} of {epochs}, and training ends there: "
        "let it yield for ever and give steps_per_epoch, or give fewer epochs",
        stacklevel=4,
    )
