"""Compiled programs kept on the disk, each with a digest: one that was damaged is compiled anew, and never run."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

__all__ = ["Programs", "keep_programs"]


class Programs:
    """The folder of compiled programs, as JAX's compiler asks for them.

    JAX itself notices no flipped bit where programs are packed by zstd, and never replaces what it could not read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Programs(Path(folder))
    ...     kept.put("key", b"program")
    ...     whole = kept.get("key")
    ...     kept.file("key").write_bytes(kept.file("key").read_bytes()[:-1])
    ...     whole, kept.get("key"), kept.file("key").exists()
    38
    (b'program', None, False)
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder  # JAX tells it where it speaks of the cache

    def file(self, key: str) -> Path:
        """Where the program *key* lies: beside JAX's own, and under another name."""
        return self._path / f"{key}-kept"

    def get(self, key: str) -> bytes | None:
        """The program *key*; None where it is not here. One that is not as it was put is deleted."""
        try:
            content = self.file(key).read_bytes()
        except OSError:
            return None
        digest, program = content[:32], content[32:]
        if digest == _digest(key, program):
            return program
        with contextlib.suppress(OSError):
            self.file(key).unlink()
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep the program *key*. A part of it, left by a process that was killed, is none."""
        self._path.mkdir(parents=True, exist_ok=True)
        self.file(key).write_bytes(_digest(key, value) + value)


def _digest(key: str, program: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + program).digest()


def keep_programs(folder: Path) -> bool:
    """Have JAX keep its compiled programs in *folder*, as `Programs`; False where this version has no place for them.

    No example: changes JAX.
    """
    from jax._src import compilation_cache

    if not hasattr(compilation_cache, "_cache") or not hasattr(compilation_cache, "_cache_initialized"):
        return False
    compilation_cache._cache = Programs(folder)  # type: ignore[assignment]
    compilation_cache._cache_initialized = True
    return True
