"""One column of a table as numbers or as texts, nothing missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.core import RavineError, nearest

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["column_of", "is_number", "numbers", "texts"]


def column_of(table: pl.DataFrame, name: str) -> pl.Series:
    """Return the column *name* of *table*, or say which there are.

    >>> from ravine.data.tables import as_table
    >>> column_of(as_table({"age": [31]}), "aged")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: frame: no column 'aged': did you mean 'age'? Known: age
    """
    if name not in table.columns:
        raise RavineError(f"frame: no column {name!r}: {nearest(str(name), table.columns)}")
    return table[name]


def is_number(dtype: pl.DataType) -> bool:
    """Say whether a column of *dtype* enters as it is: numbers and booleans do.

    >>> from ravine.data.tables import as_table
    >>> is_number(as_table({"age": [31]})["age"].dtype)
    True
    """
    import polars as pl

    return dtype.is_numeric() or dtype == pl.Boolean


def _check_missing(name: str, missing: np.ndarray) -> None:
    if missing.any():
        count, row = int(missing.sum()), int(np.argmax(missing))
        plural = "s" if count > 1 else ""
        raise RavineError(
            f"column {name!r}: {count} missing value{plural}, the first at row {row}: fill in or drop such rows"
        )


def numbers(series: pl.Series) -> np.ndarray:
    """Return a numeric column as float64 (n,), every value present and finite.

    >>> from ravine.data.tables import as_table
    >>> numbers(as_table({"age": [31, 45]})["age"])
    array([31., 45.])
    """
    if not is_number(series.dtype):
        raise RavineError(f"column {series.name!r}: must hold numbers, holds {series.dtype}: convert it")
    values = series.cast(float).to_numpy()
    _check_missing(series.name, np.isnan(values))
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise RavineError(f"column {series.name!r}: {values[row]} at row {row}: fill in or drop such rows")
    return values


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
