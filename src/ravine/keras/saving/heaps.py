"""Texts of HDF5 lie in heaps; in a damaged one the library looks for the next text for ever, so they are walked first.

Source: HDF5 File Format Specification, III.E "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import mmap
from pathlib import Path

from ravine.core import RavineError

__all__ = ["check_heaps"]

MARK = b"GCOL"
HEAD = 16
"""Bytes before the first object, and of the head of each."""


def check_heaps(content: bytes | mmap.mmap, where: Path) -> None:
    """Refuse an HDF5 file one of whose heaps of texts does not lead from object to object to its end.

    >>> def numbered(index, size):
    ...     return index.to_bytes(2, "little") + bytes(6) + size.to_bytes(8, "little")
    >>> heap = MARK + bytes([1, 0, 0, 0]) + (48).to_bytes(8, "little")
    >>> check_heaps(heap + numbered(0, 32) + bytes(16), Path("m.h5"))
    >>> check_heaps(heap + numbered(0, 0) + bytes(16), Path("m.h5"))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: m.h5: the heap of texts at byte 0 leads nowhere at byte 16: the file is damaged
    """
    start = content.find(MARK)
    while start >= 0:
        if content[start + 4 : start + 8] == b"\1\0\0\0":
            _walk(content, start, where)
        start = content.find(MARK, start + 1)


def _walk(content: bytes | mmap.mmap, start: int, where: Path) -> None:
    end = start + int.from_bytes(content[start + 8 : start + HEAD], "little")
    place = start + HEAD
    while place + HEAD <= min(end, len(content)):
        index = int.from_bytes(content[place : place + 2], "little")
        size = int.from_bytes(content[place + 8 : place + HEAD], "little")
        # the rest, free, is object 0 and counts its own head; others are padded to eight bytes
        step = size if index == 0 else HEAD + (size + 7) // 8 * 8
        if step < HEAD or place + step > end:
            raise RavineError(
                f"{where}: the heap of texts at byte {start} leads nowhere at byte {place}: the file is damaged"
            )
        place += step
