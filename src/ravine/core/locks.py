"""Locks that the system lets go of when a process ends, however it ends: none is ever left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ravine.core.errors import RavineError
from ravine.core.folders import make_folder

__all__ = ["held", "lock"]


def lock(handle: int, *, shared: bool = False) -> bool | None:
    """Lock the open file *handle* until it is closed: whether that was possible, None where the disk knows no locks.

    Any number may hold a *shared* lock together, but none beside one that is not shared.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as one, open(one.name) as other:
    ...     lock(one.fileno()), lock(other.fileno())
    (True, False)
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            if not shared:  # it has only the other kind
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


@contextmanager
def held(folder: str | Path, refusal: str, *, shared: bool = False) -> Iterator[None]:
    """Hold *folder* while the block runs, making it where it is not there; *refusal* is said where another holds it.

    The folder itself is locked, so that nothing is written into it (on Windows, where that cannot be, a file `.lock`).
    Disks of a network may know no locks: there nothing is held, and nobody is refused.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, held(folder, ""), held(folder, "it is in use: wait"):
    ...     pass
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: it is in use: wait
    """
    folder = Path(folder)
    try:
        make_folder(folder)
        if sys.platform == "win32":
            handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT)
        else:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RavineError(f"cannot write {folder}: {reason}: choose a folder that can be written") from error
    try:
        if lock(handle, shared=shared) is False:
            raise RavineError(refusal)
        yield
    finally:
        os.close(handle)
