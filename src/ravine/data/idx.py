"""The IDX format of MNIST: raw or gzip; a file that is not what it should be is refused with what and where."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ravine.core import RavineError

__all__ = ["IdxFile", "decode_idx", "encode_idx", "read_idx"]

GZIP = b"\x1f\x8b"
UNSIGNED_BYTE = 0x08
PIECE = 1 << 14
SLACK = 1 << 16
"""Bytes beyond the expected end that are unpacked to say what is wrong; a file may unpack to gigabytes."""


@dataclass(frozen=True)
class IdxFile:
    """What a file must be: its plain *name*, the *shape* of its bytes, the *sha256* of the uncompressed file.

    >>> IdxFile("labels-idx1-ubyte", (3,), "").magic
    2049
    """

    name: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def magic(self) -> int:
        """The first four bytes: two zeros, the type (unsigned byte), the number of dimensions.

        >>> hex(IdxFile("images-idx3-ubyte", (3, 28, 28), "").magic)
        '0x803'
        """
        return UNSIGNED_BYTE << 8 | len(self.shape)

    @property
    def header(self) -> bytes:
        """The bytes before the data: the magic number and the sizes, big-endian.

        >>> IdxFile("labels-idx1-ubyte", (3,), "").header
        b'\\x00\\x00\\x08\\x01\\x00\\x00\\x00\\x03'
        """
        return struct.pack(f">{1 + len(self.shape)}I", self.magic, *self.shape)

    @property
    def size(self) -> int:
        """Bytes of the uncompressed file.

        >>> IdxFile("labels-idx1-ubyte", (3,), "").size
        11
        """
        return len(self.header) + math.prod(self.shape)


def encode_idx(values: np.ndarray) -> bytes:
    """Return *values* (uint8) as a raw IDX file.

    >>> encode_idx(np.array([7, 9], np.uint8))
    b'\\x00\\x00\\x08\\x01\\x00\\x00\\x00\\x02\\x07\\t'
    """
    if values.dtype != np.uint8:
        raise RavineError(f"encode_idx: values must be uint8, got {values.dtype}: convert them first")
    return IdxFile("", values.shape, "").header + values.tobytes()


def read_idx(path: Path, expected: IdxFile) -> np.ndarray:
    """Read the file at *path*, gzip or raw, as uint8 of *expected*'s shape (read-only, no copy).

    A file that cannot be read, is cut short, damaged or another file is refused: see `decode_idx`.

    No example: it reads a file; `decode_idx` shows the same on bytes.
    """
    try:
        size = path.stat().st_size
        if size > 2 * expected.size + SLACK:
            # packed or not, so much is another file
            raise RavineError(f"{path}: has {size} bytes, {expected.size} are wanted: a foreign file, replace it")
        content = path.read_bytes()
    except OSError as cause:
        raise RavineError(f"{path}: cannot be read ({cause.strerror}): check the file and its permissions") from cause
    return decode_idx(content, expected, str(path))


def decode_idx(content: bytes, expected: IdxFile, where: str) -> np.ndarray:
    """Return the array in *content*, checked for length, magic number, sizes and checksum, in this order.

    >>> two = IdxFile("labels", (2,), hashlib.sha256(encode_idx(np.array([7, 9], np.uint8))).hexdigest())
    >>> decode_idx(encode_idx(np.array([7, 9], np.uint8)), two, "labels")
    array([7, 9], dtype=uint8)
    >>> decode_idx(encode_idx(np.array([7], np.uint8)), two, "labels")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: labels: holds 1 instead of 2 (count at offset 4): a foreign file, replace it
    """
    raw = _gunzip(content, expected.size + SLACK, where) if content[:2] == GZIP else content
    offset = len(expected.header)
    if len(raw) < offset:
        raise RavineError(f"{where}: ends at offset {len(raw)}, inside the {offset}-byte header: truncated, replace it")
    magic, *shape = struct.unpack(f">{1 + len(expected.shape)}I", raw[:offset])
    if magic != expected.magic:
        hint = " (a web page?)" if raw.lstrip()[:1] == b"<" else ""
        raise RavineError(
            f"{where}: magic number at offset 0 is 0x{magic:08x}, not 0x{expected.magic:08x}{hint}: "
            f"a foreign file, replace it"
        )
    if tuple(shape) != expected.shape:
        found, wanted = (" x ".join(str(size) for size in sizes) for sizes in (shape, expected.shape))
        raise RavineError(f"{where}: holds {found} instead of {wanted} (count at offset 4): a foreign file, replace it")
    surplus = len(raw) - offset - math.prod(shape)
    if surplus < 0:
        raise RavineError(f"{where}: ends at offset {len(raw)} instead of {len(raw) - surplus}: truncated, replace it")
    if surplus > 0:
        count = f"more than {SLACK}" if surplus > SLACK else surplus
        raise RavineError(f"{where}: {count} bytes too many from offset {len(raw) - surplus}: corrupt, replace it")
    found_hash = hashlib.sha256(raw).hexdigest()
    if found_hash != expected.sha256:
        raise RavineError(
            f"{where}: sha256 of the uncompressed file is {found_hash}, not {expected.sha256}: "
            f"corrupt or another data set's, replace it"
        )
    return np.frombuffer(raw, np.uint8, offset=offset).reshape(expected.shape)


def _gunzip(content: bytes, most: int, where: str) -> bytes:
    """Unpack *content*, as far as the first byte beyond *most*."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        raw = unpack.decompress(content, most + 1)
    except zlib.error as cause:
        place = _first_damage(content)
        raise RavineError(
            f"{where}: damaged gzip data at or before offset {place} ({cause}): corrupt, replace it"
        ) from cause
    if len(raw) > most:
        return raw
    if not unpack.eof:
        raise RavineError(
            f"{where}: the gzip data end at offset {len(content)}, after {len(raw)} bytes of content, "
            f"before their end mark: truncated, replace it"
        )
    if unpack.unused_data:
        place = len(content) - len(unpack.unused_data)
        raise RavineError(
            f"{where}: {len(unpack.unused_data)} bytes after the gzip data, from offset {place}: corrupt, replace it"
        )
    return raw


def _first_damage(content: bytes) -> int:
    """Return the offset of the end of the piece in which unpacking fails."""
    unpack = zlib.decompressobj(wbits=31)
    for start in range(0, len(content), PIECE):
        try:
            unpack.decompress(content[start : start + PIECE])
        except zlib.error:
            return min(start + PIECE, len(content))
    return len(content)
