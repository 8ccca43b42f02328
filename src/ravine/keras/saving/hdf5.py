"""Reading HDF5 files that a stranger may have written: nothing outside the file, nothing larger than it says."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ravine.core import RavineError

__all__ = ["Misfit", "array_at", "group_at", "opened", "texts"]

FLOOR = 2**24
"""Arrays up to this many bytes may be packed as tightly as they like."""
TIGHTEST = 1100
"""The best compression there is: deflate packs no more than 1032 bytes into one."""


@contextlib.contextmanager
def opened(source: Path | bytes, where: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file on disk, or one held in memory; *where* it is from, for messages.

    No example: it reads a file.
    """
    try:
        file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
    except OSError as cause:
        raise RavineError(f"{where}: this is no HDF5 file, or a damaged one: {cause}") from cause
    with file:
        yield file


def _entry(group: h5py.Group, name: str, where: Path) -> Any:
    """What lies in *group* itself under *name*; refuses links, which may lead to other files."""
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        kind = "an external link" if isinstance(link, h5py.ExternalLink) else "a soft link"
        shown = f"{group.name.rstrip('/')}/{name}"
        raise RavineError(f"{where}: {shown} is {kind}, which is not followed: save the model anew with Keras")
    try:
        return group[name]
    except (OSError, KeyError, RuntimeError) as cause:
        raise RavineError(f"{where}: {group.name.rstrip('/')}/{name} cannot be read: {cause}") from cause


def group_at(group: h5py.Group, place: str, where: Path) -> h5py.Group | None:
    """Return the group at a *place*, names with slashes between, below *group*; None where there is none.

    No example: it reads a file.
    """
    for name in filter(None, place.split("/")):
        if name not in group and group.get(name, getlink=True, default=None) is None:
            return None
        group = _entry(group, name, where)
        if not isinstance(group, h5py.Group):
            raise RavineError(f"{where}: {group.name} is an array where a group should be: the file is damaged")
    return group


def array_at(group: h5py.Group, place: str, shapes: Sequence[tuple[int, ...]], where: Path) -> np.ndarray:
    """Read the array at a *place* below *group*, whose shape must be one of *shapes*; nothing is read before that.

    No example: it reads a file.
    """
    outer, _, name = place.rpartition("/")
    inner = group_at(group, outer, where)
    if inner is None or inner.get(name, getlink=True, default=None) is None:
        raise RavineError(f"{where}: {group.name.rstrip('/')}/{place} is missing: the file is damaged")
    found = _entry(inner, name, where)
    if not isinstance(found, h5py.Dataset):
        raise RavineError(f"{where}: {found.name} is a group where an array should be: the file is damaged")
    if found.external:
        raise RavineError(f"{where}: {found.name} lies in another file (external storage), which is not read")
    if found.is_virtual:
        raise RavineError(f"{where}: {found.name} is made of other files (a virtual data set), which are not read")
    if found.dtype.kind not in "biuf" or found.shape is None:
        raise RavineError(f"{where}: {found.name} holds {found.dtype}, not numbers: the file is damaged")
    if tuple(found.shape) not in [tuple(shape) for shape in shapes]:
        message = f"{where}: {found.name} has the shape {found.shape}, which fits no array of the model"
        raise Misfit(message, found.shape)
    declared, stored = math.prod(found.shape) * found.dtype.itemsize, found.id.get_storage_size()
    if declared > FLOOR and declared > TIGHTEST * stored:
        raise RavineError(f"{where}: {found.name} says that it has {declared} bytes, and stores {stored}: refused")
    try:
        return np.asarray(found[()])
    except (OSError, RuntimeError, MemoryError) as cause:
        raise RavineError(f"{where}: {found.name} cannot be read: {cause}") from cause


class Misfit(RavineError):
    """An array of another *shape* than the model's.

    >>> Misfit("no", (2, 3)).shape
    (2, 3)
    """

    def __init__(self, message: str, shape: tuple[int, ...]) -> None:
        super().__init__(message)
        self.shape = shape


def texts(group: h5py.Group, name: str) -> list[str]:
    """Return the attribute *name*, a list of texts; long ones are cut into parts *name*0, *name*1, ...

    No example: it reads a file.
    """
    parts = [name] if name in group.attrs else []
    while parts[:1] != [name] and f"{name}{len(parts)}" in group.attrs:
        parts.append(f"{name}{len(parts)}")
    found = [each for part in parts for each in np.ravel(group.attrs[part])]
    return [each.decode() if isinstance(each, bytes) else str(each) for each in found]
