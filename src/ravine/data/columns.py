"""One column of a table as numbers or as texts, nothing missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, nearest
from ravine.data.checks import EXACT
from ravine.data.marks import counted

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["column_numbers", "column_of", "is_number", "is_text", "missing_in", "texts"]


def column_of(table: pl.DataFrame, name: str) -> pl.Series:
    """Return the column *name* of *table*, or say which there are.

    >>> from ravine.data.tables import as_table
    >>> column_of(as_table({"age": [31]}), "aged")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: frame: no column 'aged': did you mean 'age'? Known: age
    """
    if name in table.columns:
        return table[name]
    # blanks around a name are seldom meant
    alike = [known for known in table.columns if known.strip() == str(name).strip()]
    if len(alike) != 1:
        raise RavineError(f"frame: no column {name!r}: {nearest(str(name), table.columns)}")
    return table[alike[0]]


def is_number(dtype: pl.DataType) -> bool:
    """Say whether a column of *dtype* enters as it is: numbers and booleans do.

    >>> from ravine.data.tables import as_table
    >>> is_number(as_table({"age": [31]})["age"].dtype)
    True
    """
    import polars as pl

    return dtype.is_numeric() or dtype == pl.Boolean


def is_text(dtype: pl.DataType) -> bool:
    """Say whether a column of *dtype* holds plain texts, which may read as numbers; declared categories may not.

    >>> from ravine.data.tables import as_table
    >>> is_text(as_table({"name": ["Ada"]})["name"].dtype)
    True
    """
    import polars as pl

    return dtype == pl.String


def missing_in(series: pl.Series) -> np.ndarray:
    """Say of each row whether its value is missing, or no number.

    >>> from ravine.data.tables import as_table
    >>> missing_in(as_table({"age": [31, None, 45]})["age"]).tolist()
    [False, True, False]
    """
    gone = series.is_null()
    if series.dtype.is_float():
        gone = gone | series.is_nan().fill_null(True)
    made: np.ndarray = gone.to_numpy()
    return made


def _check_missing(name: str, missing: np.ndarray) -> None:
    if missing.any():
        count, row = int(missing.sum()), int(np.argmax(missing))
        raise RavineError(
            f"column {name!r}: {counted(count, 'missing value')}, the first at row {row}: fill in or drop such rows"
        )


def column_numbers(series: pl.Series) -> np.ndarray:
    """Return a numeric column as float64 (n,), every value present and finite.

    >>> from ravine.data.tables import as_table
    >>> column_numbers(as_table({"age": [31, 45]})["age"])
    array([31., 45.])
    """
    if not is_number(series.dtype):
        raise RavineError(f"column {series.name!r}: must hold numbers, holds {series.dtype}: convert it")
    _check_apart(series)
    values = series.cast(float).to_numpy()
    _check_missing(series.name, missing_in(series))
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise RavineError(f"column {series.name!r}: {values[row]} at row {row}: fill in or drop such rows")
    return values


def _check_apart(series: pl.Series) -> None:
    """Refuse whole numbers beyond 2^53 of which float64 would make different ones equal."""
    ends: list[Any] = [end for end in (series.min(), series.max()) if end is not None and series.dtype.is_integer()]
    if any(abs(end) > EXACT for end in ends) and series.n_unique() > series.cast(float).n_unique():
        raise RavineError(
            f"column {series.name!r}: whole numbers to {max(ends, key=abs)}, beyond 2^53, of which no float64 tells "
            f"neighbours apart: leave the column out if it names rows, else subtract its smallest value first"
        )


def texts(series: pl.Series) -> list[str]:
    """Return a column as texts, every value present. Dates and nested values are refused.

    >>> from ravine.data.tables import as_table
    >>> texts(as_table({"colour": ["red", "blue"]})["colour"])
    ['red', 'blue']
    """
    import polars as pl

    known = (pl.String, pl.Categorical, pl.Enum)
    if not is_number(series.dtype) and not isinstance(series.dtype, known):
        raise RavineError(
            f"column {series.name!r}: cannot be read as numbers or texts, holds {series.dtype}: convert or leave it out"
        )
    _check_missing(series.name, series.is_null().to_numpy())
    return [str(value) for value in series.cast(str).to_list()]
