"""A table that a user brought: read, cut into parts, scaled; and what was fitted on the way, for the model to keep."""

from __future__ import annotations

from csv import reader
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ravine.core import RavineError
from ravine.data import (
    MOST_CATEGORIES,
    Dataset,
    Encoder,
    Scaler,
    Split,
    Standardizer,
    from_frame,
    partition_rows,
    read_text,
)
from ravine.lab._configuration import Configuration, DataChoice, LayerChoice, NetworkChoice
from ravine.lab.limits import LIMITS

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only tables need it
    import polars as pl

__all__ = ["TABLE", "Kind", "PreparedTable", "Upload", "prepared", "read_upload", "table_configuration", "table_recipe"]

Kind = Literal["plane", "line", "image", "table"]
"""How a data set is drawn: points in the plane, points over a line, images, or not at all."""


TABLE = tuple(LayerChoice(units=16, activation="relu", initializer="he_uniform") for _ in range(2))
"""Hidden layers that suit a table of one's own: of rows by the hundred or thousand, with a few columns."""
HEAD = 1 << 18
"""Characters of a table that are looked at before it is read."""
LINES = 20
LINE = 1 << 16
"""Characters of one of its lines: a table of so many columns as are allowed fits in."""


class PreparedTable(NamedTuple):
    """A data set as a network is trained on it, and how that came of what the user has.

    *scaler* made the inputs and *target* the numbers to predict; None where they are as they were.

    No example: made by `prepared` and `ravine.lab.datasets.dataset_of`.
    """

    dataset: Dataset
    kind: Kind
    scaler: Scaler | None = None
    target: Scaler | None = None


@dataclass(frozen=True, eq=False)
class Upload:
    """A table that a user brought: read, with the column *target* to predict; neither cut into parts nor scaled.

    *y* are the labels, int32 (rows,), or the numbers to predict, float64 (rows, 1). *note* says what was understood.

    No example: made by `read_upload`.
    """

    id: str
    name: str
    target: str
    table: pl.DataFrame
    encoder: Encoder
    y: np.ndarray
    classes: tuple[str, ...] | None
    note: str

    def __len__(self) -> int:
        return len(self.y)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, as they stand in the file."""
        return tuple(self.table.columns)

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return "regression" if self.classes is None else "classification"


def read_upload(mark: str, name: str, csv: str, target: str) -> Upload:
    """The table in the text *csv*, whose column *target* is to be predicted from the others.

    Its separator, decimal sign and names are found by a look at it, see `ravine.data.read_text`.

    >>> made = read_upload("1", "people.csv", "age, buys\\n31,no\\n45,yes\\n", "buys")
    >>> made.columns, made.target, made.classes
    (('age', 'buys'), 'buys', ('no', 'yes'))
    >>> read_upload("1", "people.csv", "", "buys")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: people.csv: cannot be read (it holds no rows): give a table
    """
    from ravine.data import column_numbers

    _check_columns(name, csv)
    try:
        read = read_text(csv, wanted=[target], rows=LIMITS.examples, columns=LIMITS.columns)
    except RavineError as error:
        raise RavineError(f"{name}: {error}") from error
    table = read.table
    target = _named(table.columns, target)
    _check_inputs(name, table, target)
    made = from_frame(table, target, name=name)
    if made.classes is not None and len(made.classes) > LIMITS.classes * 2:
        raise RavineError(
            f"{name}: {target!r} has {len(made.classes)} classes, at most {LIMITS.classes * 2}: choose another target"
        )
    if made.input_shape[0] > LIMITS.columns:
        raise RavineError(
            f"{name}: the texts make {made.input_shape[0]} inputs, at most {LIMITS.columns}: leave columns out"
        )
    encoder = made.encoder
    if encoder is None:
        raise AssertionError("a frame's data set has an encoder")
    # In float64 until it is scaled: of a large number with a small spread, float32 would leave a few steps.
    y = column_numbers(table[target])[:, None] if made.classes is None else made.train.y
    note = "; ".join((made.note, *read.understood))
    return Upload(mark, name, target, table, encoder, y, made.classes, note)


def _check_columns(name: str, csv: str) -> None:
    """Refuse a text that has too many columns by its first lines, whatever stands between them: before it is read."""
    for place, line in enumerate(csv[:HEAD].split("\n")[:LINES], 1):
        # Values, not signs: what stands between quotes is one of them.
        counts = [len(next(reader([line[:LINE]], delimiter=sign), ())) for sign in "\t;|,"]
        # Beside a semicolon, a comma may be a decimal sign, and then there are as many of both.
        least = min(count for count in counts if 2 * count >= max(counts))
        if least > LIMITS.columns:
            raise RavineError(f"{name}: at least {least} columns, at most {LIMITS.columns}: leave columns out")
        if len(line) > LINE:
            raise RavineError(f"{name}: line {place} has more than {LINE} characters: give each row a line of its own")


def _check_inputs(name: str, table: pl.DataFrame, target: str) -> None:
    """Refuse a *table* whose texts would make too many inputs, or inputs and rows too many numbers: before they do.

    A column of too many different texts makes none: it is refused by itself, with a sentence of its own.
    """
    import polars as pl

    counts = [each.n_unique() if each.dtype == pl.String else 1 for each in table if each.name != target and len(each)]
    inputs = sum(count for count in counts if count <= MOST_CATEGORIES)
    if inputs > LIMITS.columns:
        raise RavineError(f"{name}: the texts make {inputs} inputs, at most {LIMITS.columns}: leave columns out")
    if inputs * table.height > LIMITS.cells:
        raise RavineError(
            f"{name}: {table.height} rows of {inputs} inputs make {inputs * table.height} numbers, at most "
            f"{LIMITS.cells}: leave columns out, or take fewer rows"
        )


def _named(columns: list[str], asked: str) -> str:
    """The one of *columns* that is *asked* for, spaces and quotation marks around it left aside."""
    bare = asked.strip().strip('"').strip()
    return bare if bare in columns else asked


def prepared(upload: Upload, *, test: float, seed: int) -> PreparedTable:
    """All rows of *upload*, the share *test* of them held out by *seed*, inputs and numbers to predict standardised.

    Both scalers are fitted on the training part, in float64. Targets with mean 0 and spread 1 let rates mean the same
    as elsewhere.

    >>> upload = read_upload("1", "t.csv", "a,y\\n1,1.5\\n2,3.5\\n3,1.5\\n4,3.5\\n", "y")
    >>> made = prepared(upload, test=0, seed=0)
    >>> sorted(made.dataset.train.y.ravel().tolist()), made.target.shift.tolist()
    ([-1.0, -1.0, 1.0, 1.0], [2.5])
    """
    # Shuffled, for a table is often sorted, and some of what is measured is measured of the first thousand.
    order = np.random.default_rng(seed).permutation(len(upload))
    x, y = upload.encoder.apply(upload.table)[order], upload.y[order]
    labels = y if upload.classes is not None else None
    train, *held = partition_rows(len(y), [float(test)] if test else [], seed, labels, owner=upload.name)
    scaler = Standardizer.fit(x[train])
    target = Standardizer.fit(y[train]) if upload.classes is None else None

    def part(rows: np.ndarray) -> Split:
        # Scaled, float32 is enough.
        column_numbers = y[rows] if target is None else target.apply(y[rows]).astype(np.float32)
        return Split(scaler.apply(x[rows]).astype(np.float32), column_numbers)

    made = Dataset(
        upload.name,
        part(train),
        test=part(held[0]) if held else None,
        classes=upload.classes,
        note=upload.note,
        encoder=upload.encoder,
    )
    kind: Kind = "table"
    if made.input_shape == (2,):
        kind = "plane"
    elif made.input_shape == (1,) and made.task == "regression":
        kind = "line"
    return PreparedTable(made, kind, scaler, target)


def table_recipe(upload: Upload, test: float, seed: int) -> str:
    """Python that prepares the same table from its file beside the script, as ``data``, ``scaler`` and ``target``.

    >>> print(table_recipe(read_upload("1", "a.csv", "a,y\\n1,2.5\\n2,3.5\\n", "y"), 0.5, 0))
    upload = read_upload('', 'a.csv', Path('a.csv').read_text(encoding='utf-8-sig'), 'y')
    data, _, scaler, target = prepared(upload, test=0.5, seed=0)
    """
    return (
        f"upload = read_upload('', {upload.name!r}, Path({upload.name!r}).read_text(encoding='utf-8-sig'), "
        f"{upload.target!r})\n"
        f"data, _, scaler, target = prepared(upload, test={float(test)!r}, seed={seed})"
    )


def table_configuration(upload: Upload) -> Configuration:
    """The configuration to begin with for the user's own table.

    >>> upload = read_upload("1", "people.csv", "age,buys\\n31,no\\n45,yes\\n", "buys")
    >>> table_configuration(upload).data.name
    'upload:1'
    """
    return Configuration(data=DataChoice(name=f"upload:{upload.id}"), network=NetworkChoice(layers=TABLE))
