"""What a Parquet file declares of its own size: its end and the head of each page, in Thrift's compact protocol.

Source: the format's parquet.thrift (apache/parquet-format); of Thrift's protocol only reading is here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from ravine.core import RavineError

__all__ = ["declared_bytes"]

MAGIC = b"PAR1"
DEEPEST = 20
"""Records lie at most so deep inside one another; Parquet's own lie six deep."""


class _Thrift:
    """Reads records as dictionaries from the number of a field to its value."""

    def __init__(self, content: bytes, place: int) -> None:
        self.content, self.place = content, place

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.content):
            raise RavineError("a record runs beyond the end of the file: the file is damaged")
        self.place += count
        return self.content[self.place - count : self.place]

    def unsigned(self) -> int:
        value = shift = 0
        while shift < 70:
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise RavineError("a whole number has more than ten bytes: the file is damaged")

    def signed(self) -> int:
        value = self.unsigned()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int, depth: int) -> Any:
        if depth > DEEPEST:
            raise RavineError(f"more than {DEEPEST} records lie inside one another: the file is damaged")
        readers: dict[int, Callable[[], Any]] = {
            1: lambda: True,  # in a list a byte follows
            2: lambda: False,
            3: lambda: self.take(1)[0],
            **dict.fromkeys((4, 5, 6), self.signed),
            7: lambda: struct.unpack("<d", self.take(8))[0],
            8: lambda: self.take(self.unsigned()),
            **dict.fromkeys((9, 10), lambda: list(self.items(depth))),
            12: lambda: self.record(depth),
        }
        if kind not in readers:
            raise RavineError(f"a value of the unknown kind {kind}: the file is damaged")
        return readers[kind]()

    def items(self, depth: int) -> Iterator[Any]:
        (head,) = self.take(1)
        count, kind = head >> 4, head & 0x0F
        count = self.unsigned() if count == 15 else count
        for _ in range(count):
            # each takes a byte at the least, so that a false count ends with the file
            yield self.take(1)[0] == 1 if kind in (1, 2) else self.value(kind, depth + 1)

    def record(self, depth: int = 0) -> dict[int, Any]:
        found: dict[int, Any] = {}
        number = 0
        while (head := self.take(1)[0]) != 0:
            number = number + (head >> 4) if head >> 4 else self.signed()
            found[number] = self.value(head & 0x0F, depth + 1)
        return found


def declared_bytes(content: bytes) -> int:
    """Return the bytes that all pages of a Parquet file say they unpack to.

    >>> import io, polars as pl
    >>> file = io.BytesIO()
    >>> pl.DataFrame({"a": ["x" * 100_000]}).write_parquet(file)
    >>> len(file.getvalue()) < 5000 < declared_bytes(file.getvalue())
    True
    """
    if content[:4] != MAGIC or content[-4:] != MAGIC or len(content) < 12:
        raise RavineError("cannot be read (this is no Parquet file, or one that is cut): check the file")
    length = int.from_bytes(content[-8:-4], "little")
    if length > len(content) - 12:
        raise RavineError("the end of the file is longer than the file: it is damaged")
    ending = _Thrift(content, len(content) - 8 - length).record()
    groups = ending.get(4, [])
    if sum(group[3] for group in groups) != ending[3]:
        raise RavineError("its parts have other numbers of rows than the whole: the file is damaged")
    return sum(_pages(content, column[3], group[3]) for group in groups for column in group[1] if 3 in column)


def _values(head: dict[int, Any]) -> int:
    """How many values a page of data has; those of a dictionary are none of the rows, and take a byte each at least."""
    (kind,) = (kind for kind in (5, 7, 8) if kind in head)
    told = head[kind]
    sizes = [told[field] for field in ({5: (1,), 7: (1,), 8: (1, 2, 3, 5, 6)}[kind])]
    whole = kind != 8 or (told[2] <= told[1] and told[5] + told[6] <= head[3])
    if min(*sizes, head[2], head[3]) < 0 or not whole or (kind == 7 and told[1] > head[2]):
        raise RavineError("a page has a size that cannot be: the file is damaged")
    return 0 if kind == 7 else int(told[1])


def _pages(content: bytes, column: dict[int, Any], rows: int) -> int:
    """The bytes that the pages of one column say they unpack to; a false number of values would end the process."""
    place = min(column[name] for name in (9, 11) if column.get(name))
    end, total, values = place + column[7], 0, 0
    if not 0 < place <= end <= len(content):
        raise RavineError("a column lies beyond the file: it is damaged")
    while place < end:
        reader = _Thrift(content, place)
        head = reader.record()
        values += _values(head)
        total, place = total + head[2], reader.place + head[3]
    flat = len(column[3]) == 1
    if place != end or values != column[5] or (flat and values != rows):
        raise RavineError("the pages of a column have other numbers of values than the column: the file is damaged")
    return total
