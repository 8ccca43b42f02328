"""The lab's data sets: generated, bundled, painted by hand, or the user's own table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from ravine.core import RavineError, nearest
from ravine.data import DATASETS, MNIST, Dataset, DatasetRecord, Split, cache_folder, from_arrays, load, record_of
from ravine.lab._configuration import DataChoice, LayerChoice, NetworkChoice
from ravine.lab.uploads import Kind, PreparedTable, Upload, prepared, table_recipe

__all__ = ["PLAIN", "dataset_of", "hidden_layers", "is_here", "recipe", "relu_layers", "sources"]


def relu_layers(*units: int) -> tuple[LayerChoice, ...]:
    """Hidden layers of ReLU, begun as He et al. would.

    >>> relu_layers(32)[0].initializer
    'he_uniform'
    """
    return tuple(LayerChoice(units=each, activation="relu", initializer="he_uniform") for each in units)


PLAIN = NetworkChoice().layers
"""The hidden layers of the default configuration."""


def hidden_layers(record: DatasetRecord) -> tuple[LayerChoice, ...]:
    """The hidden layers that suit a data set, or those of the default configuration.

    >>> [layer.units for layer in hidden_layers(record_of("camera"))]
    [4, 4, 8]
    """
    if record.hidden is None:
        return PLAIN
    names = ("units", "activation", "initializer")
    return tuple(LayerChoice.model_validate(dict(zip(names, each, strict=False))) for each in record.hidden)


def sources() -> dict[str, DatasetRecord]:
    """The data sets that the lab offers, by name, in its order.

    >>> list(sources())[:3]
    ['circles', 'moons', 'xor']
    """
    records = [record_of(name) for name in DATASETS]
    return {each.name: each for each in sorted(records, key=_place) if each.in_lab}


ORDER = (
    "circles", "moons", "xor", "spirals", "blobs", "checkerboard", "sine", "plane", "camera", "digits", "mnist",
)  # fmt: skip


def _place(record: DatasetRecord) -> int:
    return ORDER.index(record.name) if record.name in ORDER else len(ORDER)


def is_here(name: str) -> bool:
    """Whether the data set *name* can be had without a download. Only MNIST may not be: its files are looked for.

    >>> is_here("digits")
    True
    """
    if not record_of(name).download:
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
    source = record_of(choice.name)
    n, held = _parts(choice)
    named = {"noise": choice.noise, "arms": choice.classes, "centers": choice.classes}
    chosen = {name: named[name] for name in source.settings}
    return {"n": n, "n_test": held, **chosen, **dict(source.fixed), "seed": choice.seed}


def dataset_of(choice: DataChoice, uploads: Mapping[str, Upload] | None = None) -> PreparedTable:
    """The data set that *choice* names, in a training and, where asked for, a test part; every example a vector.

    >>> made = dataset_of(DataChoice(name="moons", n=100, test=0.2))
    >>> len(made.dataset.train), len(made.dataset.test), made.kind, made.scaler
    (80, 20, 'plane', None)
    """
    if choice.name == "painted":
        return PreparedTable(_painted(choice), "plane")
    if choice.name.startswith("upload:"):
        mark = choice.name.removeprefix("upload:")
        if mark not in (uploads or {}):
            raise RavineError(f"there is no upload {mark!r}: bring the table again")
        return prepared((uploads or {})[mark], test=choice.test, seed=choice.seed)
    if choice.name not in sources():
        raise RavineError(f"unknown data set {choice.name!r}: {nearest(choice.name, [*sources(), 'painted'])}")
    kind = cast("Kind", record_of(choice.name).kind)
    n, held = _parts(choice)
    if choice.name == "mnist":
        # A page must not wait for a download: the command line fetches it.
        made = load("mnist", n=n, n_test=max(held, 1), flatten=True, download=False)
        return PreparedTable(made if held else replace(made, test=None), kind)
    if choice.name == "digits":
        whole = load("digits", flatten=True, test=0, seed=choice.seed)
        return PreparedTable(_cut(whole, choice), kind)
    return PreparedTable(load(choice.name, **_options(choice)), kind)


def _cut(whole: Dataset, choice: DataChoice) -> Dataset:
    rows = slice(None if choice.name == "painted" else choice.n)
    made = from_arrays(
        whole.train.x[rows],
        whole.train.y[rows],
        test=float(choice.test),
        seed=choice.seed,
        name=whole.name,
        classes=whole.classes,
    )
    return replace(made, note=whole.note)


def _painted(choice: DataChoice) -> Dataset:
    points = choice.points or ()
    if len(points) < 2:
        raise RavineError(f"painted: at least 2 points are needed, got {len(points)}: paint more")
    array = np.array(points, np.float64)
    count = max(2, int(array[:, 2].max()) + 1)
    whole = Split(array[:, :2].astype(np.float32), array[:, 2].astype(np.int32))
    return _cut(Dataset("painted", whole, classes=tuple(str(k) for k in range(count))), choice)


def recipe(choice: DataChoice, uploads: Mapping[str, Upload] | None = None) -> str:
    """Python that makes the same data set under the name ``data``; of an upload, from its file beside the script.

    >>> print(recipe(DataChoice(name="sine", n=100)))
    data = load('sine', n=70, n_test=30, noise=0.1, seed=0)
    """
    n, held = _parts(choice)
    if choice.name == "mnist":
        test = "" if held else "\ndata = replace(data, test=None)"
        return f"data = load('mnist', n={n}, n_test={max(held, 1)}, flatten=True){test}"
    if choice.name in sources() and choice.name != "digits":
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
            f"points = np.array({points!r}, np.float32)\n"
            f"data = from_arrays(points[:, :2], points[:, 2].astype(int), {cut}, "
            f"classes={tuple(str(k) for k in range(count))!r})"
        )
    return table_recipe((uploads or {})[choice.name.removeprefix("upload:")], choice.test, choice.seed)
