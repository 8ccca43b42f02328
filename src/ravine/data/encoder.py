"""Columns of a table as numbers: numeric ones as they are, texts one-hot with remembered categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, check_limit, nearest
from ravine.data.checks import as_features
from ravine.data.columns import column_numbers, column_of, is_number, is_text, missing_in, texts
from ravine.data.marks import counted
from ravine.data.reading import listed, number_texts
from ravine.data.tables import as_table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CATEGORY_LIMIT", "FEW", "MISSING_TEXT", "MOST_CATEGORIES", "Column", "Encoder"]

FEW = 20
"""So many different values may always be categories."""

CATEGORY_LIMIT = 2
"""A column of texts with more than `FEW` categories, and less than so many rows for each, holds names or notes."""

MOST_CATEGORIES = 1000
"""A column of texts with more categories than this is refused: each would be an input."""

MISSING_TEXT = "(missing)"
"""The category of the rows in which a text is missing, where missing values are filled in."""

DATE = r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d{2}.*)?$"


@dataclass(frozen=True)
class Column:
    """One column of the table: a number (*categories* None), or a text that is one of *categories*.

    *fill* stands for a missing value, a number or one of the categories; where it is None they are refused.

    >>> Column("colour", ("blue", "red")).features
    ('colour=blue', 'colour=red')
    """

    name: str
    categories: tuple[str, ...] | None = None
    fill: float | str | None = None

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
    def fit(
        cls,
        frame: Any,
        columns: str | Sequence[str] | None = None,
        *,
        categories: str | Sequence[str] = (),
        fill: np.ndarray | None = None,
        inputs: int | None = None,
    ) -> Encoder:
        """Return the encoder of *columns* (all by default) of *frame*: texts get the categories that occur, sorted.

        Texts that are names, notes, dates, or numbers but for a few are refused, all columns in one sentence, unless
        *categories* names the column. *fill* marks the rows (n,) whose median stands for a missing number; a missing
        text is then a category of its own. Columns that would become more than so many *inputs* are refused
        (`Limits.inputs`, where it is left out).

        >>> Encoder.fit({"colour": ["red", None]})
        Traceback (most recent call last):
            ...
        ravine.core.errors.RavineError: column 'colour': 1 missing value, the first at row 1: fill in or drop such rows
        """
        table = as_table(frame)
        names = list(table.columns) if columns is None else listed(columns, table.columns)
        if not names:
            raise RavineError("frame: no columns left for the inputs: leave at least one")
        sure = set(listed(categories, table.columns))
        series = [column_of(table, name) for name in names]
        judged = {each.name: _fault(each, fill is None) for each in series if each.name not in sure}
        faults = {name: fault for name, fault in judged.items() if fault is not None}
        if faults:
            first, *others = faults
            also = "" if not others else "; likewise " + ", ".join(f"{name!r} ({faults[name]})" for name in others)
            raise RavineError(
                f"column {first!r}: {faults[first]}{also}: leave out with drop={','.join(faults)}, turn into numbers, "
                f"or take as they are with categories={','.join(faults)}"
            )
        made = cls(tuple(cls._column(each, fill, each.name in sure) for each in series))
        if made.width > len(made.columns):
            widest = max(made.columns, key=lambda column: len(column.categories or ()))
            count = f"{widest.name!r} alone {len(widest.categories or ())}"
            check_limit(f"frame: the columns become {{}} inputs, {count}", made.width, "inputs", inputs,
                        "leave columns out, or turn texts into numbers")  # fmt: skip
        made._check_size(table.height)
        return made

    @staticmethod
    def _column(series: pl.Series, fill: np.ndarray | None, sure: bool) -> Column:
        gone = missing_in(series)
        if is_number(series.dtype) and not sure:
            if fill is None:
                column_numbers(series)
                return Column(series.name)
            known = column_numbers(_at(series, fill & ~gone))
            if not len(known):
                raise RavineError(f"column {series.name!r}: no value to fill the missing ones by: leave it out")
            return Column(series.name, fill=float(np.median(known)))
        whole = fill is None or not gone.any()
        found = set(texts(series if whole else _at(series, ~gone)))
        return Column(series.name, tuple(sorted(found | (set() if whole else {MISSING_TEXT}))),
                      None if whole else MISSING_TEXT)  # fmt: skip

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs, in order.

        >>> Encoder((Column("age"),)).features
        ('age',)
        """
        return tuple(feature for column in self.columns for feature in column.features)

    def apply(self, frame: Any) -> np.ndarray:
        """Return numbers (n, inputs), none rounded; other columns of *frame* are passed over.

        A missing column, a missing value that has no fill, and a text that is no known category are refused with their
        names.

        >>> Encoder((Column("colour", ("blue", "red")),)).apply({"colour": ["rad"]})
        Traceback (most recent call last):
            ...
        ravine.core.errors.RavineError: column 'colour': unknown category 'rad' at row 0: did you mean 'red'? \
Known: blue, red
        """
        table = as_table(frame)
        series = [column_of(table, column.name) for column in self.columns]
        self._check_size(table.height)
        # each column in its place at once: side by side, and only then together, would take twice the memory
        made = np.empty((table.height, self.width))
        place = 0
        for column, values in zip(self.columns, series, strict=True):
            width = 1 if column.categories is None else len(column.categories)
            self._encode(column, values, made[:, place : place + width])
            place += width
        return as_features("frame", made)

    @property
    def width(self) -> int:
        """The number of inputs: one for a column of numbers, else one for each category.

        >>> Encoder((Column("age"), Column("colour", ("blue", "red")))).width
        3
        """
        return sum(1 if column.categories is None else len(column.categories) for column in self.columns)

    def _check_size(self, rows: int) -> None:
        """Refuse what texts would become where it is far more than there was; numbers stay as many as they are."""
        if self.width > len(self.columns):
            most = "leave columns of texts out, or turn them into numbers"
            check_limit(f"frame: {rows} rows of {self.width} inputs make {{}} numbers", rows * self.width, "numbers",
                        remedy=f"{most}, or set RAVINE_LIMIT_NUMBERS={rows * self.width}")  # fmt: skip

    @staticmethod
    def _encode(column: Column, series: pl.Series, made: np.ndarray) -> None:
        """Fill the inputs *made* of one column, (n, width)."""
        series = _as_numbers(series) if column.categories is None else series
        gone = missing_in(series)
        if column.categories is None:
            if column.fill is None or not gone.any():
                made[:, 0] = column_numbers(series)
                return
            made[:, 0] = float(column.fill)
            if not gone.all():
                made[~gone, 0] = column_numbers(_at(series, ~gone))
            return
        if column.fill is None or not gone.any():
            values = texts(series)
        else:
            known = iter(texts(_at(series, ~gone)) if not gone.all() else [])
            values = [str(column.fill) if missing else next(known) for missing in gone]
        places = {category: place for place, category in enumerate(column.categories)}
        unknown = next((row for row, value in enumerate(values) if value not in places), None)
        if unknown is not None:
            raise RavineError(
                f"column {column.name!r}: unknown category {values[unknown]!r} at row {unknown}: "
                f"{nearest(values[unknown], places)}"
            )
        made[:] = 0
        made[np.arange(len(values)), [places[value] for value in values]] = 1

    def to_dict(self) -> dict[str, Any]:
        """Return this encoder as plain lists, for JSON.

        >>> Encoder((Column("age"), Column("height", fill=1.7))).to_dict()["columns"]
        [{'name': 'age', 'categories': None}, {'name': 'height', 'categories': None, 'fill': 1.7}]
        """
        listed = []
        for column in self.columns:
            known = None if column.categories is None else list(column.categories)
            fill = {} if column.fill is None else {"fill": column.fill}
            listed.append({"name": column.name, "categories": known, **fill})
        return {"columns": listed}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Encoder:
        """Return the encoder that `to_dict` described.

        >>> Encoder.from_dict(Encoder((Column("age"),)).to_dict())
        Encoder(columns=(Column(name='age', categories=None, fill=None),))
        """
        listed = [(entry["name"], entry["categories"], entry.get("fill")) for entry in record["columns"]]
        for name, known, fill in listed:
            texts = isinstance(known, list) and all(isinstance(each, str) for each in known)
            number = isinstance(fill, int | float) and not isinstance(fill, bool) and np.isfinite(fill)
            right = fill is None or (number if known is None else fill in known) if known is None or texts else False
            if not isinstance(name, str) or not right:
                raise RavineError(f"an encoder's column {name!r} is neither numbers nor texts: the file is damaged")
        return cls(tuple(Column(name, None if known is None else tuple(known), fill) for name, known, fill in listed))


def _at(series: pl.Series, rows: np.ndarray) -> pl.Series:
    """The values in the *rows* of a mask."""
    import polars as pl

    return series.filter(pl.Series(rows))


def _as_numbers(series: pl.Series) -> pl.Series:
    """Texts as numbers, where all of them are: a later table may hold a "?" that the first had not."""
    read = number_texts(series) if is_text(series.dtype) else None
    return series if read is None or read[1] else read[0]


def _fault(series: pl.Series, strict: bool) -> str | None:
    """Why the texts of a column are no categories; None where they are, or where it is no column of texts."""
    present = series.drop_nulls()
    # missing values that are refused are told first
    if not is_text(series.dtype) or (strict and len(present) < len(series)):
        return None
    count, rows = present.n_unique(), len(present)
    few = count <= min(FEW, max(2, rows // CATEGORY_LIMIT))
    read = None if few else number_texts(series)
    fault = None
    if read is not None and rows - len(read[1]) > len(read[1]):
        odd = read[1][0]
        fault = (
            f"{rows - len(read[1])} numbers and {counted(len(read[1]), 'text')}, the first {odd!r} at row "
            f"{series.str.strip_chars().to_list().index(odd)} (is it a missing value? marks={odd})"
        )
    elif count > 2 and 10 * int(present.str.contains(DATE).sum()) >= 9 * rows:
        fault = f"dates, e.g. {present[0]!r}"
    elif count > MOST_CATEGORIES or (count > FEW and CATEGORY_LIMIT * count > rows):
        fault = f"{count} different texts in {rows} rows, e.g. {present[0]!r}"
    return fault
