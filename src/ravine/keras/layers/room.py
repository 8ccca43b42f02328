"""How many weights may be made: a description is a stranger's word, until compared with what its file holds."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from ravine.core import RavineError

__all__ = ["claim", "room_in_force", "room_of"]

SMALL = 2**24
"""So many weights may be made whatever the file holds."""


@dataclass
class _Room:
    """The weights that the model read from the file *where* of *size* bytes may still have: *left* of them."""

    where: Path
    size: int
    left: int


_room: ContextVar[_Room | None] = ContextVar("room", default=None)


@contextlib.contextmanager
def room_of(size: int, where: Path) -> Iterator[None]:
    """Within, a model has no more weights than a file *where* of *size* bytes can hold: one byte each at the least.

    >>> with room_of(10**8, Path("m.keras")):
    ...     claim("dense", [(10**6, 10**9)])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: m.keras: layer 'dense' is to have 1000000000000000 weights, a file of 100000000 ...
    """
    token = _room.set(_Room(where, size, max(size, SMALL)))
    try:
        yield
    finally:
        _room.reset(token)


def room_in_force() -> bool:
    """Whether a model is being read, and its weights are counted.

    >>> room_in_force()
    False
    """
    return _room.get() is not None


def claim(layer: str, shapes: Iterable[tuple[int, ...]]) -> None:
    """Count the weights of *shapes* that *layer* is about to make; refuse what the file cannot hold.

    No example: see `room_of`.
    """
    room = _room.get()
    if room is None:
        return
    count = sum(math.prod(shape) for shape in shapes)
    if count > room.left:
        raise RavineError(
            f"{room.where}: layer {layer!r} is to have {count} weights, a file of {room.size} bytes cannot hold them "
            "beside the others: the file is damaged, or meant to harm"
        )
    room.left -= count
