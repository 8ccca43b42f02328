"""Writing files so that they appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from ravine.core.errors import RavineError

__all__ = ["write_file"]


def write_file(path: str | Path, content: bytes) -> None:
    """Write *content* to *path* so that, whatever happens, the file is the old one or the new one, never a part.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "x", b"abc")
    ...     (Path(folder) / "x").read_bytes()
    b'abc'
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        remedy = "free some space" if error.errno == errno.ENOSPC else "choose a folder that can be written"
        raise RavineError(f"cannot write {path}: {error.strerror or error}: {remedy}") from error
