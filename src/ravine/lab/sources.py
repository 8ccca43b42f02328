"""The lab's data sets: generated, bundled, painted by hand, or the user's own table."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ravine.core import RavineError, nearest
from ravine.data import MNIST, Dataset, Split, cache_folder, from_arrays, from_frame, load, scale
from ravine.lab.configuration import Configuration, DataChoice
from ravine.lab.limits import LIMITS

__all__ = [
    "SOURCES",
    "Kind",
    "Source",
    "Upload",
    "dataset_of",
    "is_here",
    "read_upload",
    "recipe",
    "table_configuration",
]

Kind = Literal["plane", "line", "image", "table"]
"""How a data set is drawn: points in the plane, points over a line, images, or not at all."""


@dataclass(frozen=True)
class Source:
    """A data set of the lab: what *kind* it is, its *task*, the number of *inputs*, and of *classes* (None: as asked).

    *settings* names the options of its loader that a configuration decides.

    >>> SOURCES["sine"].kind
    'line'
    """

    kind: Kind
    task: Literal["classification", "regression"] = "classification"
    inputs: int = 2
    classes: int | None = 2
    settings: tuple[str, ...] = ("noise",)
    fixed: tuple[tuple[str, Any], ...] = ()


SOURCES: dict[str, Source] = {
    "circles": Source("plane"),
    "moons": Source("plane"),
    "xor": Source("plane"),
    "spirals": Source("plane", classes=None, settings=("noise", "arms")),
    "blobs": Source("plane", classes=None, settings=("noise", "centers"), fixed=(("spread", 1.0),)),
    "checkerboard": Source("plane"),
    "sine": Source("line", "regression", inputs=1, classes=None),
    "plane": Source("plane", "regression", classes=None),
    "camera": Source("image", inputs=4, classes=4),
    "digits": Source("image", inputs=64, classes=10, settings=()),
    "mnist": Source("image", inputs=784, classes=10, settings=()),
}
"""The data sets by name."""


@dataclass(frozen=True, eq=False)
class Upload:
    """A table that a user brought: parsed, not yet cut into parts.

    No example: made by `read_upload`.
    """

    id: str
    name: str
    target: str
    columns: tuple[str, ...]
    dataset: Dataset


def read_upload(mark: str, name: str, csv: str, target: str) -> Upload:
    """The table in the text *csv*, whose column *target* is to be predicted from the others.

    >>> made = read_upload("1", "people.csv", "age,buys\\n31,no\\n45,yes\\n", "buys")
    >>> made.columns, made.dataset.classes
    (('age', 'buys'), ('no', 'yes'))
    >>> read_upload("1", "people.csv", "", "buys")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: people.csv: cannot be read (empty CSV): give a table with a line of names and commas
    """
    import polars as pl

    from ravine.data.tables import MISSING

    try:
        table = pl.read_csv(io.BytesIO(csv.encode()), null_values=list(MISSING), infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0]
        remedy = "give a table with a line of names and commas"
        raise RavineError(f"{name}: cannot be read ({cause}): {remedy}") from error
    if table.width > LIMITS.columns or table.height > LIMITS.examples:
        raise RavineError(
            f"{name}: {table.height} rows and {table.width} columns: at most {LIMITS.examples} and {LIMITS.columns}"
        )
    made = from_frame(table, target, name=name)
    if made.classes is not None and len(made.classes) > LIMITS.classes * 2:
        raise RavineError(
            f"{name}: {target!r} has {len(made.classes)} classes, at most {LIMITS.classes * 2}: choose another target"
        )
    if made.input_shape[0] > LIMITS.columns:
        raise RavineError(
            f"{name}: the texts make {made.input_shape[0]} inputs, at most {LIMITS.columns}: leave columns out"
        )
    return Upload(mark, name, target, tuple(table.columns), made)


def is_here(name: str) -> bool:
    """Whether the data set *name* can be had without a download. Only MNIST may not be: its files are looked for.

    >>> is_here("digits")
    True
    """
    if name != "mnist":
        return True
    place = Path(os.environ.get("RAVINE_DATA") or cache_folder()).expanduser()
    folders = [place, *(place / inner for inner in MNIST.folders)]
    names = [file.name for file in MNIST.files]
    # Unpacked files may have a dot in place of the last dash.
    return any(
        all(any((folder / each).is_file() for each in (f"{n}.gz", n, n.replace("-idx", ".idx"))) for n in names)
        for folder in folders
    )


def _parts(choice: DataChoice) -> tuple[int, int]:
    held = max(1, round(choice.n * choice.test)) if choice.test else 0
    return max(1, choice.n - held), held


def _options(choice: DataChoice) -> dict[str, Any]:
    """What the loader of a generated data set is called with."""
    source = SOURCES[choice.name]
    n, held = _parts(choice)
    named = {"noise": choice.noise, "arms": choice.classes, "centers": choice.classes}
    chosen = {name: named[name] for name in source.settings}
    return {"n": n, "n_test": held, **chosen, **dict(source.fixed), "seed": choice.seed}


def dataset_of(choice: DataChoice, uploads: Mapping[str, Upload] | None = None) -> tuple[Dataset, Kind]:
    """The data set that *choice* names, in a training and, where asked for, a test part; every example a vector.

    >>> made, kind = dataset_of(DataChoice(name="moons", n=100, test=0.2))
    >>> len(made.train), len(made.test), kind
    (80, 20, 'plane')
    """
    if choice.name == "painted":
        return _painted(choice), "plane"
    if choice.name.startswith("upload:"):
        return _uploaded(choice, uploads or {})
    if choice.name not in SOURCES:
        raise RavineError(f"unknown data set {choice.name!r}: {nearest(choice.name, [*SOURCES, 'painted'])}")
    kind = SOURCES[choice.name].kind
    n, held = _parts(choice)
    if choice.name == "mnist":
        # A page must not wait for a download: the command line fetches it.
        made = load("mnist", n=n, n_test=max(held, 1), flatten=True, download=False)
        return (made if held else replace(made, test=None)), kind
    if choice.name == "digits":
        whole = load("digits", flatten=True, test=0, seed=choice.seed)
        return _cut(whole, choice), kind
    return load(choice.name, **_options(choice)), kind


def _cut(whole: Dataset, choice: DataChoice) -> Dataset:
    rows = slice(None if choice.name == "painted" else choice.n)
    labels: dict[str, Any] = {"classes": whole.classes} if whole.classes is not None else {"task": "regression"}
    made = from_arrays(
        whole.train.x[rows],
        whole.train.y[rows],
        test=float(choice.test),
        seed=choice.seed,
        name=whole.name,
        **labels,
    )
    return replace(made, encoder=whole.encoder, note=whole.note)


def _painted(choice: DataChoice) -> Dataset:
    points = choice.points or ()
    if len(points) < 2:
        raise RavineError(f"painted: at least 2 points are needed, got {len(points)}: paint more")
    array = np.array(points, np.float64)
    count = max(2, int(array[:, 2].max()) + 1)
    whole = Split(array[:, :2], array[:, 2].astype(np.int32))
    return _cut(Dataset("painted", whole, classes=tuple(str(k) for k in range(count))), choice)


def _uploaded(choice: DataChoice, uploads: Mapping[str, Upload]) -> tuple[Dataset, Kind]:
    mark = choice.name.removeprefix("upload:")
    if mark not in uploads:
        raise RavineError(f"there is no upload {mark!r}: bring the table again")
    whole = uploads[mark].dataset
    rng = np.random.default_rng(choice.seed)
    made, _ = scale(_cut(replace(whole, train=whole.train.take(rng.permutation(len(whole.train)))), choice))
    kind: Kind = "table"
    if made.input_shape == (2,):
        kind = "plane"
    elif made.input_shape == (1,) and made.task == "regression":
        kind = "line"
    return _standardised(made), kind


def _standardised(made: Dataset) -> Dataset:
    """The targets of a regression with mean 0 and spread 1: rates then mean the same as elsewhere."""
    if made.task == "classification":
        return made
    mean, spread = made.train.y.mean(axis=0), made.train.y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    parts = {name: replace(split, y=(split.y - mean) / spread) for name, split in made.parts.items()}
    note = f"{made.note}; target minus {float(mean[0]):.4g}, divided by {float(spread[0]):.4g}"
    return replace(made, train=parts["train"], test=parts.get("test"), note=note)


def recipe(choice: DataChoice, uploads: Mapping[str, Upload] | None = None) -> str:
    """Python that makes the same data set under the name ``data``; of an upload, from its file beside the script.

    >>> print(recipe(DataChoice(name="sine", n=100)))
    data = load('sine', n=70, n_test=30, noise=0.1, seed=0)
    """
    n, held = _parts(choice)
    if choice.name == "mnist":
        test = "" if held else "\ndata = replace(data, test=None)"
        return f"data = load('mnist', n={n}, n_test={max(held, 1)}, flatten=True){test}"
    if choice.name in SOURCES and choice.name != "digits":
        options = ", ".join(f"{name}={value!r}" for name, value in _options(choice).items())
        return f"data = load({choice.name!r}, {options})"
    cut = f"test={float(choice.test)!r}, seed={choice.seed}"
    if choice.name == "digits":
        return (
            f"whole = load('digits', flatten=True, test=0, seed={choice.seed})\n"
            f"x, y = whole.train.x[:{choice.n}], whole.train.y[:{choice.n}]\n"
            f"data = from_arrays(x, y, {cut}, classes=whole.classes)"
        )
    if choice.name == "painted":
        points = [list(point) for point in choice.points or ()]
        count = max(2, max(label for *_, label in (choice.points or ())) + 1)
        return (
            f"points = np.array({points!r})\n"
            f"data = from_arrays(points[:, :2], points[:, 2].astype(int), {cut}, "
            f"classes={tuple(str(k) for k in range(count))!r})"
        )
    upload = (uploads or {})[choice.name.removeprefix("upload:")]
    lines = [
        f"whole = from_file({upload.name!r}, {upload.target!r})",
        f"rows = np.random.default_rng({choice.seed}).permutation(len(whole.train))[:{choice.n}]",
    ]
    labels = "classes=whole.classes" if upload.dataset.classes is not None else "task='regression'"
    lines.append(f"data = from_arrays(whole.train.x[rows], whole.train.y[rows], {cut}, {labels})")
    lines.append("data, _ = scale(data)")
    if upload.dataset.task == "regression":
        lines += [
            "mean, spread = data.train.y.mean(axis=0), data.train.y.std(axis=0)",
            "spread = np.where(spread > 0, spread, 1)",
            "parts = {n: replace(s, y=(s.y - mean) / spread) for n, s in data.parts.items()}",
            "data = replace(data, train=parts['train'], test=parts.get('test'))",
        ]
    return "\n".join(lines)


def table_configuration(upload: Upload) -> Configuration:
    """The configuration to begin with for the user's own table.

    >>> upload = read_upload("1", "people.csv", "age,buys\\n31,no\\n45,yes\\n", "buys")
    >>> table_configuration(upload).data.name
    'upload:1'
    """
    rows = min(max(2, len(upload.dataset.train)), LIMITS.examples)
    return Configuration(data=DataChoice(name=f"upload:{upload.id}", n=rows))
