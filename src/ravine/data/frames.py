"""Frames and files as data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, check_choice
from ravine.data.arrays import TASKS, from_arrays
from ravine.data.columns import column_of, numbers, texts
from ravine.data.dataset import Dataset
from ravine.data.encoder import Encoder
from ravine.data.tables import as_table, read_table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CLASS_LIMIT", "from_file", "from_frame"]

CLASS_LIMIT = 20
"""An integer target with more different values than this is a number to predict, not a class."""


def from_frame(
    frame: Any,
    target: str | Sequence[str],
    *,
    drop: Sequence[str] = (),
    weight: str | None = None,
    task: str | None = None,
    validation: float = 0,
    test: float = 0,
    stratify: bool = True,
    seed: int = 0,
    name: str = "frame",
) -> Dataset:
    """Return a data set of *frame* (pandas, polars, or a mapping of columns): *target* is predicted from the rest.

    Numeric and boolean columns are taken as they are, converted to float32; text and categorical columns become one
    column per category (one-hot). The data set's ``encoder`` remembers them, for later frames. Missing values are
    refused with the column's name. Columns in *drop* and the column of example weights are no inputs.

    A text or boolean target means classification, and so does an integer one of at most `CLASS_LIMIT` different
    values; any other number, or several target columns, means regression. *task* says otherwise. *validation* and
    *test* are sizes or fractions, cut by *seed*.

    >>> made = from_frame({"age": [31, 45], "colour": ["red", "blue"], "buys": ["no", "yes"]}, target="buys")
    >>> made.train.x.tolist(), made.classes, made.encoder.features
    ([[31.0, 0.0, 1.0], [45.0, 1.0, 0.0]], ('no', 'yes'), ('age', 'colour=blue', 'colour=red'))
    """
    if task is not None:
        check_choice("from_frame", "task", task, TASKS)
    table = as_table(frame)
    targets = [target] if isinstance(target, str) else list(target)
    if not targets:
        raise RavineError("from_frame: target is empty: name the column to predict")
    left_out = {*targets, *drop, *([] if weight is None else [weight])}
    for column in left_out:
        column_of(table, column)
    encoder = Encoder.fit(table, [column for column in table.columns if column not in left_out])
    y, task = _target(table, targets, task)
    made = from_arrays(
        encoder.apply(table),
        y,
        weight=None if weight is None else numbers(column_of(table, weight)),
        validation=validation,
        test=test,
        task=task,
        stratify=stratify,
        seed=seed,
        name=name,
    )
    return replace(made, encoder=encoder, note=f"{table.height} rows, {', '.join(targets)} to predict")


def _target(table: pl.DataFrame, targets: list[str], task: str | None) -> tuple[np.ndarray, str]:
    columns = [column_of(table, name) for name in targets]
    if len(columns) > 1:
        if task == "classification":
            raise RavineError(f"from_frame: {len(columns)} target columns cannot be one class: name one column")
        return np.stack([numbers(column) for column in columns], 1), "regression"
    (column,) = columns
    if task is None:
        whole = column.dtype.is_integer() and column.n_unique() <= CLASS_LIMIT
        number = column.dtype.is_numeric() and not whole
        task = "regression" if number else "classification"
    if task == "regression":
        return numbers(column), task
    if column.dtype.is_numeric():
        # from_arrays tells whole numbers from others
        return numbers(column), task
    return np.array(texts(column)), task


def from_file(path: str | Path, target: str | Sequence[str], **options: Any) -> Dataset:
    """Return a data set of a CSV, TSV or Parquet file: *target* and *options* as `from_frame`'s.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "people.csv").write_text("age,buys\\n31,no\\n45,yes\\n")
    ...     from_file(f"{folder}/people.csv", "buys").classes
    ('no', 'yes')
    """
    options.setdefault("name", Path(path).name.partition(".")[0])
    try:
        return from_frame(read_table(path), target, **options)
    except RavineError as cause:
        # the file's own errors name it already
        raise cause if str(path) in str(cause) else RavineError(f"{path}: {cause}") from cause
