"""Frames and files as data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, check_choice
from ravine.data._partition import partition_rows
from ravine.data.arrays import TASKS, encode_labels, from_arrays
from ravine.data.columns import column_numbers, column_of, missing_in, texts
from ravine.data.dataset import Dataset
from ravine.data.encoder import Encoder
from ravine.data.marks import counted
from ravine.data.reading import listed, typed
from ravine.data.tables import as_table, read_file

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CLASS_LIMIT", "MISSING_WAYS", "from_file", "from_frame"]

CLASS_LIMIT = 20
"""An integer target with more different values than this is a number to predict, not a class."""

MISSING_WAYS = ("refuse", "drop", "median")
"""What may be done with missing values: refuse them, leave their rows out, or fill them in."""

READER = ("separator", "decimal", "header", "encoding", "names")
"""The options that say how a file is read."""

ROW_NAMES = ("index", "unnamed: 0", "rownames", "row", "id", "no", "nr", "#")
"""Names, in small letters, of columns that only count the rows."""


def from_frame(
    frame: Any,
    target: str | Sequence[str],
    *,
    drop: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    categories: str | Sequence[str] = (),
    missing: str = "refuse",
    marks: str | Sequence[str] = (),
    weight: str | None = None,
    task: str | None = None,
    validation: float = 0,
    test: float = 0,
    stratify: bool = True,
    seed: int = 0,
    name: str = "frame",
    inputs: int | None = None,
) -> Dataset:
    """Return a data set of *frame* (pandas, polars, or a mapping of columns): *target* is predicted from the rest.

    Numeric and boolean columns are taken as they are, and so are texts that read as numbers; other text and categorical
    columns become one column per category (one-hot). *categories* names columns that are categories although they are
    numbers, or although they have many values. The data set's ``encoder`` remembers all this, for later frames, and
    its ``note`` says what was understood. Columns in *drop* and the column of example weights are no inputs; nor is one
    that only counts the rows (0 or 1 onwards, such as an index written into a file), unless *keep* names it. Several
    names may be given as one text with commas.

    Missing values are refused with the columns' names, or *missing* says what to do: "drop" leaves their rows out,
    "median" fills in the median of the training part for numbers, and for texts a category of its own. *marks* are
    texts that stand for a missing value besides the usual ones, such as "?".

    A text or boolean target means classification, and so does an integer one of at most `CLASS_LIMIT` different
    values; any other number, or several target columns, means regression. *task* says otherwise. *validation* and
    *test* are sizes or fractions, cut by *seed*.

    Columns that would become more than so many *inputs* are refused before they do; where it is left out, so many as
    `ravine.core.Limits` allows, and rows times inputs are bounded, too.

    >>> made = from_frame({"age": [31, 45], "colour": ["red", "blue"], "buys": ["no", "yes"]}, target="buys")
    >>> made.train.x.tolist(), made.classes, made.encoder.features
    ([[31.0, 0.0, 1.0], [45.0, 1.0, 0.0]], ('no', 'yes'), ('age', 'colour=blue', 'colour=red'))
    """
    if task is not None:
        check_choice("from_frame", "task", task, TASKS)
    check_choice("from_frame", "missing", missing, MISSING_WAYS)
    table = as_table(frame)
    table, said = typed(table, marks=listed(marks), categories=_known(table, categories))
    targets, dropped, kept, sure = (_known(table, names) for names in (target, drop, keep, categories))
    if not targets:
        raise RavineError("from_frame: target is empty: name the column to predict")
    weight = None if weight is None else column_of(table, weight).name
    left_out = {*targets, *dropped, *([] if weight is None else [weight])}
    columns = [column for column in table.columns if column not in left_out]
    table, columns, more = _inputs(table, columns, {*kept, *sure})
    table, dropped_rows = _complete(table, columns, [*targets, *([] if weight is None else [weight])], missing)
    y, task = _target(table, targets, task)
    fill = None
    if missing == "median":
        fill = np.zeros(table.height, bool)
        fill[_training_rows(y, task, validation, test, stratify, seed)] = True
    encoder = Encoder.fit(
        table, columns, categories=[column for column in sure if column in columns], fill=fill, inputs=inputs
    )
    made = from_arrays(
        encoder.apply(table),
        y,
        weight=None if weight is None else column_numbers(column_of(table, weight)),
        validation=validation,
        test=test,
        task=task,
        stratify=stratify,
        seed=seed,
        name=name,
    )
    note = "; ".join((f"{table.height} rows, {', '.join(targets)} to predict", *said, *more, *dropped_rows))
    return replace(made, encoder=encoder, note=note)


def _known(table: pl.DataFrame, names: str | Sequence[str]) -> list[str]:
    """The columns that are meant by *names*, each as the table calls it."""
    return [column_of(table, name).name for name in listed(names, table.columns)]


def _inputs(table: pl.DataFrame, inputs: list[str], kept: set[str]) -> tuple[pl.DataFrame, list[str], list[str]]:
    """The columns that say something of a row, and what is said of the others."""
    counting = [name for name in inputs if name not in kept and _only_counts(table[name])]
    empty = [name for name in inputs if name not in kept and table[name].null_count() == table.height]
    constant = [name for name in inputs if name not in empty and table[name].n_unique() == 1 < table.height]
    said = [f"column {name!r} only counts the rows, left out (keep={name})" for name in counting]
    said += [f"column {name!r} has no values, left out" for name in empty]
    said += [f"column {name!r} is constant" for name in constant]
    rest = [name for name in inputs if name not in {*counting, *empty}]
    if inputs and not rest:
        raise RavineError(f"frame: no columns left for the inputs, {'; '.join(said)}: keep one")
    return table, rest, said


def _only_counts(series: pl.Series) -> bool:
    """Whether a column has the name of one that counts the rows, and does: 0, 1, 2, ... or 1, 2, 3, ..."""
    name = series.name.strip().lower()
    named = name in ROW_NAMES or name.endswith(("_id", " id")) or series.name.endswith("Id") or name == "column_1"
    if not named or not series.dtype.is_integer() or series.null_count() or len(series) < 2:
        return False
    values = series.to_numpy()
    return int(values[0]) in (0, 1) and bool((np.diff(values.astype(np.float64)) == 1).all())


def _complete(
    table: pl.DataFrame, inputs: list[str], others: list[str], missing: str
) -> tuple[pl.DataFrame, list[str]]:
    """The rows to use, and what is said of the others; missing values that must not be are refused, all columns."""
    gone = {name: missing_in(table[name]) for name in ([] if missing == "median" else inputs) + others}
    gone = {name: rows for name, rows in gone.items() if rows.any()}
    if not gone:
        return table, []
    if missing == "drop":
        bad = np.logical_or.reduce(list(gone.values()))
        if bad.all():
            raise RavineError(f"missing='drop' leaves no row: leave out columns such as {next(iter(gone))!r} instead")
        rows = table.filter(_mask(~bad))
        return rows, [f"{counted(int(bad.sum()), 'row')} with missing values left out"]
    first, *more = gone
    listing = ", ".join(f"{name!r} {int(gone[name].sum())}" for name in more)
    way = "missing='drop'" if first in others else "missing='drop' or 'median'"
    raise RavineError(
        f"column {first!r}: {counted(int(gone[first].sum()), 'missing value')}, the first at row "
        f"{int(np.argmax(gone[first]))}: fill in or drop such rows ({way})" + (f"; likewise {listing}" if more else "")
    )


def _mask(rows: np.ndarray) -> pl.Series:
    import polars as pl

    return pl.Series(rows)


def _training_rows(y: np.ndarray, task: str, validation: float, test: float, stratify: bool, seed: int) -> np.ndarray:
    """The rows that `from_arrays` will leave for training: what is fitted must not see the others."""
    sizes = [size for size in (validation, test) if size]
    labels = encode_labels(y)[0] if task == "classification" and stratify and y.ndim == 1 else None
    return partition_rows(len(y), sizes, seed, labels)[0]


def _target(table: pl.DataFrame, targets: list[str], task: str | None) -> tuple[np.ndarray, str]:
    columns = [column_of(table, name) for name in targets]
    if len(columns) > 1:
        if task == "classification":
            raise RavineError(f"from_frame: {len(columns)} target columns cannot be one class: name one column")
        return np.stack([column_numbers(column) for column in columns], 1), "regression"
    (column,) = columns
    if task is None:
        whole = column.dtype.is_integer() and column.n_unique() <= CLASS_LIMIT
        number = column.dtype.is_numeric() and not whole
        task = "regression" if number else "classification"
    if task == "regression":
        return column_numbers(column), task
    if column.dtype.is_integer() and not column.null_count():
        # as they are: labels may be long identifiers
        return column.to_numpy(), task
    if column.dtype.is_numeric():
        # from_arrays tells whole numbers from others
        return column_numbers(column), task
    return np.array(texts(column)), task


def from_file(path: str | Path, target: str | Sequence[str], **options: Any) -> Dataset:
    """Return a data set of a CSV, TSV or Parquet file: *target* and *options* as `from_frame`'s and `read_text`'s.

    The options of the reader are separator, decimal, header, encoding, names: what is left out is seen by a look at the
    file, and the data set's ``note`` says what was understood.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "people.csv").write_text("age,buys\\n31,no\\n45,yes\\n")
    ...     from_file(f"{folder}/people.csv", "buys").classes
    ('no', 'yes')
    """
    options.setdefault("name", Path(path).name.partition(".")[0])
    reader: dict[str, Any] = {name: options.pop(name) for name in READER if name in options}
    shared: dict[str, Any] = {name: options[name] for name in ("marks", "categories") if name in options}
    named = [each for each in (options.get("weight"), *listed(target), *listed(options.get("drop", ()))) if each]
    try:
        text = Path(path).suffix.lower() not in {".parquet", ".pq"}
        how: dict[str, Any] = {**reader, **shared, "wanted": named} if text else {}
        read = read_file(path, **how)
        made = from_frame(read.table, target, **options)
    except TypeError as cause:
        if "unexpected keyword argument" not in str(cause):
            raise
        raise RavineError(f"{path}: {cause}: the options are those of from_frame and read_text") from cause
    except RavineError as cause:
        # the file's own errors name it already
        raise cause if str(path) in str(cause) else RavineError(f"{path}: {cause}") from cause
    return replace(made, note="; ".join((made.note, *read.understood)))
