"""Reading HDF5 files that a stranger may have written: nothing outside the file, nothing larger than it says."""

from __future__ import annotations

import contextlib
import io
import math
import mmap
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5l, h5z

from ravine.core import RavineError, check_unpacked, understood
from ravine.keras.saving.heaps import check_heaps

__all__ = ["Misfit", "array_at", "file_size", "group_at", "has", "opened", "text_at", "texts"]

FLOOR = 2**24
"""Arrays up to this many bytes may be packed as tightly as they like."""
TIGHTEST = 1100
"""The best compression there is: deflate packs no more than 1032 bytes into one."""
FILTERS = {h5z.FILTER_DEFLATE: "gzip", h5z.FILTER_SHUFFLE: "shuffle", h5z.FILTER_FLETCHER32: "fletcher32"}
"""What may have been done to the bytes of an array. What others unpack to is known only once it is done."""


@contextlib.contextmanager
def opened(source: Path | bytes, where: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file on disk, or one held in memory; *where* it is from, for messages.

    No example: it reads a file.
    """
    try:
        if isinstance(source, bytes):
            check_heaps(source, where)
        else:
            with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
                check_heaps(content, where)
        file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
    except RavineError:
        raise
    except (OSError, RuntimeError, ValueError, MemoryError) as cause:
        raise RavineError(f"{where}: this is no HDF5 file, or a damaged one: {cause}") from cause
    with file, understood(where):
        yield file


def file_size(group: h5py.Group) -> int:
    """The bytes of the whole file in which *group* lies: no array in it can store more.

    No example: it reads a file.
    """
    return int(group.file.id.get_filesize())


def has(group: h5py.Group, name: str) -> bool:
    """Whether *group* holds something, or a link, under *name*; a link is not followed.

    ``name in group`` would open the file that an external link names, or wait for it.

    No example: it reads a file.
    """
    return bool(name) and bool(group.id.links.exists(name.encode()))


def _entry(group: h5py.Group, name: str, where: Path) -> Any:
    """What lies in *group* itself under *name*; refuses links, which may lead to other files."""
    shown = f"{group.name.rstrip('/')}/{name}"
    try:
        kind = group.id.links.get_info(name.encode()).type
    except (OSError, KeyError, RuntimeError, ValueError) as cause:
        raise RavineError(f"{where}: {shown} cannot be read: {cause}") from cause
    if kind != h5l.TYPE_HARD:
        said = {h5l.TYPE_EXTERNAL: "an external link", h5l.TYPE_SOFT: "a soft link"}.get(kind, "a link of its own kind")
        raise RavineError(f"{where}: {shown} is {said}, which is not followed: save the model anew with Keras")
    try:
        return group[name]
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as cause:
        raise RavineError(f"{where}: {shown} cannot be read: {cause}") from cause


def group_at(group: h5py.Group, place: str, where: Path) -> h5py.Group | None:
    """Return the group at a *place*, names with slashes between, below *group*; None where there is none.

    No example: it reads a file.
    """
    for name in filter(None, place.split("/")):
        if not has(group, name):
            return None
        group = _entry(group, name, where)
        if not isinstance(group, h5py.Group):
            raise RavineError(f"{where}: {group.name} is no group, where one should be: the file is damaged")
    return group


def array_at(group: h5py.Group, place: str, shapes: Sequence[tuple[int, ...]], where: Path) -> np.ndarray:
    """Read the array at a *place* below *group*, whose shape must be one of *shapes*; nothing is read before that.

    No example: it reads a file.
    """
    outer, _, name = place.rpartition("/")
    inner = group_at(group, outer, where)
    if inner is None or not has(inner, name):
        raise RavineError(f"{where}: {group.name.rstrip('/')}/{place} is missing: the file is damaged")
    found = _entry(inner, name, where)
    if not isinstance(found, h5py.Dataset):
        raise RavineError(f"{where}: {found.name} is no array, where one should be: the file is damaged")
    if found.external:
        raise RavineError(f"{where}: {found.name} lies in another file (external storage), which is not read")
    if found.is_virtual:
        raise RavineError(f"{where}: {found.name} is made of other files (a virtual data set), which are not read")
    if found.dtype.kind not in "biuf" or found.shape is None:
        raise RavineError(f"{where}: {found.name} holds {found.dtype}, not numbers: the file is damaged")
    if tuple(found.shape) not in [tuple(shape) for shape in shapes]:
        message = f"{where}: {found.name} has the shape {found.shape}, which fits no array of the model"
        raise Misfit(message, found.shape)
    _check_stored(found, where)
    try:
        return np.asarray(found[()])
    except (OSError, RuntimeError, MemoryError) as cause:
        raise RavineError(f"{where}: {found.name} cannot be read: {cause}") from cause


def _check_stored(found: h5py.Dataset, where: Path) -> None:
    """Refuse an array that declares more than it stores, or that unpacks to more than it declares."""
    whole = file_size(found)
    declared, stored = math.prod(found.shape) * found.dtype.itemsize, min(found.id.get_storage_size(), whole)
    plan = found.id.get_create_plist()
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    # what is not stored at all would be read as zeros
    if declared > (max(FLOOR if stored else 0, TIGHTEST * stored) if filters else stored):
        raise RavineError(f"{where}: {found.name} says that it has {declared} bytes, and stores {stored}: refused")
    odd = [code for code in filters if code not in FILTERS] or [code for code in FILTERS if filters.count(code) > 1]
    if odd:
        twice = "twice " if odd[0] in FILTERS else ""
        named = FILTERS.get(odd[0], f"filter {odd[0]}")
        raise RavineError(
            f"{where}: {found.name} is packed {twice}by {named}, of which nobody knows the size beforehand: unpack it "
            "with h5repack -f NONE, or save the model anew with Keras"
        )
    if found.chunks is None:
        return
    chunk = math.prod(found.chunks) * found.dtype.itemsize
    if not filters:
        if chunk > whole:
            raise RavineError(f"{where}: {found.name} is stored in pieces of {chunk} bytes, beyond the file: refused")
        return
    pieces = found.id.get_num_chunks()
    check_unpacked(f"{where}: {found.name}", stored, max(declared, pieces * chunk))
    for number in range(pieces):
        piece = found.id.get_chunk_info(number)
        if piece.size > whole or piece.filter_mask:
            raise RavineError(f"{where}: {found.name} has a piece that is not as the others: the file is damaged")
        _, packed = found.id.read_direct_chunk(piece.chunk_offset)
        # HDF5 itself unpacks a piece as far as it goes, however little of it the array has room for
        longest = chunk + CHECKSUM
        try:
            size = len(zlib.decompressobj().decompress(packed, longest + 1)) if h5z.FILTER_DEFLATE in filters else 0
        except zlib.error as cause:
            raise RavineError(f"{where}: {found.name} cannot be unpacked: {cause}: the file is damaged") from cause
        if size > longest:
            raise RavineError(f"{where}: {found.name} unpacks to more than its {chunk} bytes a piece: refused")


CHECKSUM = 4
"""Bytes that a checksum may add to a piece before it is packed."""


class Misfit(RavineError):
    """An array of another *shape* than the model's.

    >>> Misfit("no", (2, 3)).shape
    (2, 3)
    """

    def __init__(self, message: str, shape: tuple[int, ...]) -> None:
        super().__init__(message)
        self.shape = shape


def text_at(group: h5py.Group, name: str, where: Path) -> str | None:
    """Return the text in the attribute *name*; None where there is none.

    No example: it reads a file.
    """
    if name not in group.attrs:
        return None
    (found,) = _attribute(group, name, where) or [None]
    if not isinstance(found, bytes | str):
        raise RavineError(f"{where}: the attribute {name} is no text: the file is damaged")
    return found.decode() if isinstance(found, bytes) else found


def texts(group: h5py.Group, name: str, where: Path) -> list[str]:
    """Return the attribute *name*, a list of texts; long ones are cut into parts *name*0, *name*1, ...

    No example: it reads a file.
    """
    parts = [name] if name in group.attrs else []
    while parts[:1] != [name] and f"{name}{len(parts)}" in group.attrs:
        parts.append(f"{name}{len(parts)}")
    found = [each for part in parts for each in _attribute(group, part, where)]
    return [each.decode() if isinstance(each, bytes) else str(each) for each in found]


def _attribute(group: h5py.Group, name: str, where: Path) -> list[Any]:
    """The values of an attribute; texts of any length may all be one and the same text, as long as the file."""
    told = h5py.h5a.open(group.id, name.encode())
    count = math.prod(told.shape)
    each = file_size(group) if told.dtype.kind == "O" and count > 1 else told.dtype.itemsize
    check_unpacked(f"{where}: the attribute {name}", file_size(group), count * each)
    return list(np.ravel(group.attrs[name]))
