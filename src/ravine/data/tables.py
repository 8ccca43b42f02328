"""pandas and polars frames, mappings of columns, CSV and Parquet files: all read as one kind of table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, write_file
from ravine.data.marks import MISSING
from ravine.data.packed import gunzipped, read_parquet
from ravine.data.reading import Reading, read_text

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["FILES", "MISSING", "as_table", "is_file_name", "read_file", "read_table", "write_table"]

TEXTS = {".csv", ".tsv", ".txt", ".data", ".dat", ".test", ".tab"}
"""Endings of files that hold a table as text."""

FILES = {*TEXTS, ".parquet", ".pq", ".gz"}
"""Endings of the files that hold tables."""


def as_table(frame: Any) -> pl.DataFrame:
    """Return *frame*, of pandas or polars, or a mapping from name to column, as a polars frame.

    What is neither number, boolean nor text is refused with the column's name.

    >>> as_table({"age": [31, 45]}).schema
    Schema([('age', Int64)])
    """
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        table = frame
    elif isinstance(frame, Mapping):
        columns = [_mapped(str(name), values) for name, values in frame.items()]
        odd = next((column for column in columns if len(column) != len(columns[0])), None)
        if odd is not None:
            raise RavineError(
                f"column {odd.name!r}: has {len(odd)} values, column {columns[0].name!r} {len(columns[0])}: "
                f"give every column one value per row"
            )
        table = pl.DataFrame(columns)
    elif type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        names = [str(name) for name in frame.columns]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise RavineError(f"frame: two columns are named {twice!r}: rename one")
        table = pl.DataFrame([_from_pandas(name, frame.iloc[:, i]) for i, name in enumerate(names)])
    else:
        raise RavineError(
            f"frame: expected a pandas or polars frame or a mapping of columns, got {type(frame).__name__}: "
            f"for arrays use from_arrays"
        )
    if table.height == 0 or table.width == 0:
        raise RavineError(f"frame: empty ({table.height} rows, {table.width} columns): give at least one row")
    return table


def _mapped(name: str, values: Any) -> pl.Series:
    import polars as pl

    values = values if hasattr(values, "dtype") else list(values)
    mixed = isinstance(values, list) and any(isinstance(value, float) for value in values)
    try:
        # whole numbers among fractions are numbers all the same
        return pl.Series(name, values, pl.Float64 if mixed else None)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as cause:
        raise RavineError(f"column {name!r}: holds values of different kinds ({cause}): make them alike") from cause


def _from_pandas(name: str, series: Any) -> pl.Series:
    import polars as pl

    kind = getattr(series.dtype, "kind", "O")
    absent = series.isna().to_numpy()
    if kind in "biu":
        wide = {"b": np.bool_, "i": np.int64, "u": np.uint64}[kind]
        kept = pl.Series(name, series.to_numpy(dtype=np.dtype(wide), na_value=wide(0)) if absent.any() else
                         series.to_numpy(dtype=np.dtype(wide)))  # fmt: skip
        return kept if not absent.any() else kept.set(pl.Series(absent), None)
    if kind == "f":
        return pl.Series(name, series.to_numpy(dtype=np.float64, na_value=np.nan))
    texts = []
    for row, (value, gone) in enumerate(zip(series, absent, strict=True)):
        if not gone and not isinstance(value, str) and series.dtype != "category":
            raise RavineError(
                f"column {name!r}: holds a {type(value).__name__} ({value}) at row {row}: "
                f"convert the column to numbers or texts, or leave it out"
            )
        texts.append(None if gone else str(value))
    made = pl.Series(name, texts, pl.String)
    # categories are said to be such, even where they are digits
    return made.cast(pl.Categorical) if series.dtype == "category" else made


def is_file_name(name: str | Path) -> bool:
    """Whether *name* is that of a file rather than of a data set: it has a folder, or the ending of a table.

    >>> is_file_name("people.csv"), is_file_name("./iris"), is_file_name("mnist")
    (True, True, False)
    """
    return isinstance(name, Path) or Path(name).suffix.lower() in FILES or "/" in name


def read_file(path: str | Path, **options: Any) -> Reading:
    """Return the table in a file, and what was understood: Parquet, or text as `read_text` reads it, perhaps ``.gz``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.data").write_text("5.1;setosa\\n4,9;virginica\\n")
    ...     made = read_file(f"{folder}/a.data", decimal=",")
    >>> made.table.columns, made.layout.separator
    (['column_1', 'column_2'], ';')
    """
    import polars as pl

    path = Path(path).expanduser()
    if not path.is_file():
        raise RavineError(f"{path}: no such file: check the path")
    suffix = Path(path.stem).suffix if path.suffix.lower() == ".gz" else path.suffix
    try:
        packed = path.suffix.lower() == ".gz"
        if suffix.lower() in {".parquet", ".pq"} and not packed:
            return Reading(read_parquet(path), None, ())
        if suffix.lower() not in TEXTS:
            raise RavineError(f"{path}: unknown kind of file {suffix.lower()!r}: use .csv, .tsv or .parquet")
        content = path.read_bytes()
        return read_text(gunzipped(content, str(path)) if packed else content, **options)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as cause:
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise RavineError(f"{path}: cannot be read ({reason}): check the file") from cause
    except RavineError as cause:
        raise cause if str(path) in str(cause) else RavineError(f"{path}: {cause}") from cause


def read_table(path: str | Path, **options: Any) -> pl.DataFrame:
    """Return the table in a file, see `read_file`: ``.parquet``, or text such as ``.csv``, the text perhaps ``.gz``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("age,name\\n31,Ada\\n45,NA\\n")
    ...     read_table(f"{folder}/a.csv")["name"].to_list()
    ['Ada', None]
    """
    return read_file(path, **options).table


def write_table(path: str | Path, table: pl.DataFrame) -> None:
    """Write *table* whole or not at all: as Parquet where *path* ends in ``.parquet``, else as CSV.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(f"{folder}/a.parquet", as_table({"age": [31, 45]}))
    ...     read_table(f"{folder}/a.parquet")["age"].to_list()
    [31, 45]
    """
    if Path(path).suffix.lower() != ".parquet":
        write_file(path, table.write_csv().encode())
        return
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    write_file(path, buffer.getvalue())
