"""Files that say little and unpack to much: gzip, Parquet and .npy are asked for their size before they are read."""

from __future__ import annotations

import io
import math
import tokenize
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ravine.core import MAX_EXPANSION, RavineError, check_limit, check_unpacked, limits, understood
from ravine.data.parquet import declared_bytes

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["gunzipped", "read_npy", "read_parquet"]


def gunzipped(content: bytes, where: str) -> bytes:
    """Return what the gzip data *content* unpack to; refused as soon as it is more than `ravine.core.Limits` allows.

    What gzip itself says of the size, its last four bytes, is the size modulo 2^32 of the last of its members: no help.

    >>> import gzip
    >>> gunzipped(gzip.compress(b"a,b") + gzip.compress(b",c"), "x.csv.gz")
    b'a,b,c'
    """
    most = max(limits().unpacked, MAX_EXPANSION * len(content))
    parts, left, size = [], content, 0
    while left.strip(b"\0"):
        unpack = zlib.decompressobj(wbits=31)
        try:
            part = unpack.decompress(left, most - size + 1)
        except zlib.error as cause:
            raise RavineError(f"{where}: cannot be read ({cause}): the gzip data are damaged") from cause
        size += len(part)
        if size > most:
            raise RavineError(
                f"{where}: {len(content)} packed bytes become more than {most}, at which reading ends: if the file is "
                "to be trusted, set RAVINE_LIMIT_UNPACKED to the bytes that it unpacks to"
            )
        if not unpack.eof:
            raise RavineError(f"{where}: cannot be read (the gzip data end before their end mark): the file is cut")
        parts.append(part)
        left = unpack.unused_data
    return b"".join(parts)


def read_parquet(path: Path) -> pl.DataFrame:
    """Return the table in a Parquet file, whose name is taken as it is written.

    Rows, columns and bytes that it declares are compared with `ravine.core.Limits` before any is read. Columns of lists
    or structures are refused: what they hold is not bounded by the rows.

    No example: see `ravine.data.read_table`.
    """
    import polars as pl

    content = path.read_bytes()
    with understood(path):
        check_unpacked(str(path), len(content), declared_bytes(content))
        frame = pl.scan_parquet(io.BytesIO(content))
        schema = frame.collect_schema()
        check_limit(f"{path}: the table has {{}} columns", len(schema), "columns")
        nested = next((name for name, dtype in schema.items() if dtype.is_nested()), None)
        if nested is not None:
            raise RavineError(f"{path}: column {nested!r} holds {schema[nested]}, not one value a row: leave it out")
        rows = frame.select(pl.len()).collect().item()
        # a column of one value over and over takes a few bytes, however many rows it has
        if rows * len(schema) > MAX_EXPANSION * len(content):
            check_limit(f"{path}: {rows} rows of {len(schema)} columns make {{}} cells", rows * len(schema), "cells")
        return frame.collect()


def read_npy(path: str | Path) -> np.ndarray:
    """Return the array in a .npy file of numbers, of exactly the bytes that its head declares.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(3))
    ...     read_npy(f"{folder}/a.npy")
    array([0, 1, 2])
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as cause:
        raise RavineError(f"cannot read {path}: {cause}: save an array with numpy.save") from cause
    with understood(path):
        stream = io.BytesIO(content)
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read(stream)
        except (ValueError, EOFError, tokenize.TokenError) as cause:
            raise RavineError(f"cannot read {path}: {cause}: save an array with numpy.save") from cause
        held, declared = len(content) - stream.tell(), math.prod(shape) * dtype.itemsize
        if dtype.hasobject or dtype.kind not in "biufc" or min(shape, default=0) < 0 or declared != held:
            raise RavineError(
                f"cannot read {path}: it says that it holds {dtype} of shape {shape}, which are {declared} bytes, and "
                f"has {held}: save an array of numbers with numpy.save"
            )
        flat = np.frombuffer(content, dtype, offset=stream.tell())
        return flat.reshape(shape, order="F" if fortran else "C")
