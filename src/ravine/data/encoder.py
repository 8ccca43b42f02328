"""Columns of a table as numbers: numeric ones as they are, texts one-hot with remembered categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, nearest
from ravine.data.checks import as_features
from ravine.data.columns import column_of, is_number, numbers, texts
from ravine.data.tables import as_table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CATEGORY_LIMIT", "Column", "Encoder"]

CATEGORY_LIMIT = 100
"""A text column with more categories than this, and than half the rows, is taken for an identifier and refused."""


@dataclass(frozen=True)
class Column:
    """One column of the table: a number (*categories* None), or a text that is one of *categories*.

    >>> Column("colour", ("blue", "red")).features
    ('colour=blue', 'colour=red')
    """

    name: str
    categories: tuple[str, ...] | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs made of this column.

        >>> Column("age").features
        ('age',)
        """
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)


@dataclass(frozen=True)
class Encoder:
    """How the columns of a table become the inputs of a network; learned once, applied to every later table.

    >>> encoder = Encoder.fit({"age": [31, 45], "colour": ["red", "blue"]})
    >>> encoder.features
    ('age', 'colour=blue', 'colour=red')
    >>> encoder.apply({"colour": ["red"], "age": [20]}).tolist()
    [[20.0, 0.0, 1.0]]
    """

    columns: tuple[Column, ...]

    @classmethod
    def fit(cls, frame: Any, columns: Sequence[str] | None = None) -> Encoder:
        """Return the encoder of *columns* (all by default) of *frame*: texts get the categories that occur, sorted.

        >>> Encoder.fit({"colour": ["red", None]})
        Traceback (most recent call last):
            ...
        ravine.core.errors.RavineError: column 'colour': 1 missing value, the first at row 1: fill in or drop such rows
        """
        table = as_table(frame)
        names = list(table.columns if columns is None else columns)
        if not names:
            raise RavineError("frame: no columns left for the inputs: leave at least one")
        return cls(tuple(cls._column(column_of(table, name)) for name in names))

    @staticmethod
    def _column(series: pl.Series) -> Column:
        if is_number(series.dtype):
            numbers(series)
            return Column(series.name)
        values = texts(series)
        categories = tuple(sorted(set(values)))
        if len(categories) > max(CATEGORY_LIMIT, len(values) // 2):
            raise RavineError(
                f"column {series.name!r}: {len(categories)} different texts in {len(values)} rows, e.g. "
                f"{categories[0]!r}: leave it out, or turn it into numbers"
            )
        return Column(series.name, categories)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs, in order.

        >>> Encoder((Column("age"),)).features
        ('age',)
        """
        return tuple(feature for column in self.columns for feature in column.features)

    def apply(self, frame: Any) -> np.ndarray:
        """Return float32 (n, inputs); other columns of *frame* are passed over.

        A missing column, a missing value and a text that is no known category are refused with their names.

        >>> Encoder((Column("colour", ("blue", "red")),)).apply({"colour": ["rad"]})
        Traceback (most recent call last):
            ...
        ravine.core.errors.RavineError: column 'colour': unknown category 'rad' at row 0: did you mean 'red'? \
Known: blue, red
        """
        table = as_table(frame)
        parts = [self._encoded(column, column_of(table, column.name)) for column in self.columns]
        return as_features("frame", np.concatenate(parts, 1))

    @staticmethod
    def _encoded(column: Column, series: pl.Series) -> np.ndarray:
        if column.categories is None:
            return numbers(series)[:, None]
        values = texts(series)
        places = {category: place for place, category in enumerate(column.categories)}
        unknown = next((row for row, value in enumerate(values) if value not in places), None)
        if unknown is not None:
            raise RavineError(
                f"column {column.name!r}: unknown category {values[unknown]!r} at row {unknown}: "
                f"{nearest(values[unknown], places)}"
            )
        return np.eye(len(places))[[places[value] for value in values]]

    def to_dict(self) -> dict[str, Any]:
        """Return this encoder as plain lists, for JSON.

        >>> Encoder((Column("age"),)).to_dict()
        {'columns': [{'name': 'age', 'categories': None}]}
        """
        listed = [(c.name, None if c.categories is None else list(c.categories)) for c in self.columns]
        return {"columns": [{"name": name, "categories": categories} for name, categories in listed]}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Encoder:
        """Return the encoder that `to_dict` described.

        >>> Encoder.from_dict(Encoder((Column("age"),)).to_dict())
        Encoder(columns=(Column(name='age', categories=None),))
        """
        listed = [(entry["name"], entry["categories"]) for entry in record["columns"]]
        return cls(tuple(Column(name, None if known is None else tuple(known)) for name, known in listed))
