"""Binary frames: a JSON header and arrays, as a page reads them without copying."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine.core import RavineError

__all__ = ["decode", "encode", "plain"]

ALIGNMENT = 4
DTYPES: dict[str, np.dtype[Any]] = {"i4": np.dtype("<i4"), "f4": np.dtype("<f4"), "u1": np.dtype("u1")}


def plain(value: Any) -> Any:
    """*value* as JSON knows it: arrays become lists, and a number that is not finite None.

    >>> plain({"loss": np.float32("nan"), "at": (1, np.int64(2))})
    {'loss': None, 'at': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """One frame: u32 length of the header, the header with the table ``a`` of the arrays, the arrays.

    Integers become i4, floats f4, uint8 stays; all is little-endian, every array begins at a multiple of 4 bytes.

    >>> header, arrays = decode(encode({"v": 1}, {"loss": np.array([[0.5, np.nan]])}))
    >>> header["a"], arrays["loss"].tolist()
    ([['loss', 'f4', [1, 2], 0]], [[0.5, nan]])
    """
    table, parts, offset = [], [], 0
    for name, array in arrays.items():
        kind = {"u": "u1", "i": "i4", "f": "f4"}.get(array.dtype.kind)
        if kind is None or (kind == "u1" and array.dtype != np.uint8):
            raise RavineError(f"frame: array {name!r} has the type {array.dtype}: only i4, f4 and u1 travel")
        body = array.astype(DTYPES[kind]).tobytes()
        table.append([name, kind, list(array.shape), offset])
        parts.append(body + bytes(-len(body) % ALIGNMENT))
        offset += len(parts[-1])
    text = json.dumps(plain({**header, "a": table}), separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def decode(frame: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of what `encode` made.

    >>> decode(b"")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: frame: 0 bytes hold no header: give a whole frame
    """
    if len(frame) < ALIGNMENT:
        raise RavineError(f"frame: {len(frame)} bytes hold no header: give a whole frame")
    (length,) = struct.unpack_from("<I", frame)
    start = ALIGNMENT + length
    header = json.loads(frame[ALIGNMENT:start])
    arrays = {}
    for name, kind, shape, offset in header["a"]:
        flat = np.frombuffer(frame, DTYPES[str(kind)], math.prod(shape), start + int(offset))
        arrays[str(name)] = flat.reshape(shape)
    return header, arrays
