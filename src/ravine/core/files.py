"""Writing files so that they appear whole or not at all, and stay."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path

from ravine.core.errors import RavineError
from ravine.core.folders import make_folder, sync_folder
from ravine.core.locks import lock

__all__ = ["sweep", "write_file"]

PREFIX, SUFFIX = ".ravine-", ".tmp"
"""What a file under way is called, whatever its target: a long name has no room for more."""

REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "free some space",
    errno.ENAMETOOLONG: "give it a shorter name",
}


def write_file(path: str | Path, content: bytes) -> None:
    """Write *content* to *path* so that, whatever happens, the file is the old one or the new one, never a part.

    When this returns, the file and its place in its folder are on the disk. A file that is there keeps its permissions,
    a new one has those that the umask leaves; a link is followed, a device or a pipe is written to. What a process that
    was killed has left unfinished in the folder is swept away.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "x", b"abc")
    ...     (Path(folder) / "x").read_bytes()
    b'abc'
    """
    try:
        mode = _mode(path)
        if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            with open(path, "wb") as device:
                device.write(content)
            return
        target = Path(os.path.realpath(path))
        make_folder(target.parent)
        _once(str(target.parent))
        _replace(target, content, None if mode is None else mode & 0o777)
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "choose a folder that can be written")
        raise RavineError(f"cannot write {path}: {error.strerror or error}: {remedy}") from error
    except ValueError as error:  # a name with a zero in it, or with what is no character
        raise RavineError(f"cannot write {str(path)!r}: {error}: choose another name") from error


def sweep(folder: str | Path) -> int:
    """Delete what killed processes have left unfinished in *folder*, of which nobody holds the lock; returns how many.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, ".ravine-0123456789abcdef.tmp").touch()
    ...     sweep(folder), sweep(folder)
    (1, 0)
    """
    count = 0
    if os.name == "nt":  # no lock tells whose they are
        return count
    with os.scandir(folder) as entries:
        left = [each.path for each in entries if each.name.startswith(PREFIX) and each.name.endswith(SUFFIX)]
    for path in left:
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if lock(handle):
                    os.unlink(path)
                    count += 1
            finally:
                os.close(handle)
    return count


@lru_cache(maxsize=1024)
def _once(folder: str) -> None:
    """Sweep *folder* at the first file that this process writes into it."""
    with contextlib.suppress(OSError):
        sweep(folder)


def _mode(path: str | Path) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    # Nobody may read on the way what nobody may read in the end.
    handle, temporary = _open(target.parent, 0o666 if mode is None else mode & 0o600)
    try:
        try:
            with os.fdopen(handle, "wb", closefd=False) as file:
                file.write(content)
            if mode is not None:
                os.chmod(temporary, mode)
            os.fsync(handle)
            if os.name == "nt":
                os.close(handle)
            os.replace(temporary, target)
        finally:
            # Only now: a file under way whose lock is free is swept.
            if os.name != "nt":
                os.close(handle)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(target.parent)


def _open(folder: Path, mode: int) -> tuple[int, Path]:
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode | 0o200)
        if os.name == "nt":
            return handle, path
        lock(handle)
        if os.fstat(handle).st_nlink:
            return handle, path
        os.close(handle)  # swept by another before it had its lock
