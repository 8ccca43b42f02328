"""NumPy arrays as a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice, nearest
from ravine.data._partition import partition
from ravine.data.checks import EXACT, as_targets, check_finite, unrounded
from ravine.data.dataset import Dataset, Split

__all__ = ["TASKS", "Part", "encode_labels", "from_arrays"]

TASKS = ("classification", "regression")
"""What a network may be asked for: a class, or numbers."""

Part = float | tuple[Any, Any] | Split
"""A size, a fraction of the examples, or the examples themselves as a pair (x, y)."""


def encode_labels(
    y: Any, classes: tuple[str, ...] | None = None, owner: str = "labels"
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return *y* (n,) as labels 0, 1, ... (int32) and the names of the classes.

    Without *classes*, the classes are the values that occur, sorted; with *classes*, texts are looked up there, and
    integers are labels already.

    >>> labels, names = encode_labels(["no", "yes", "no"])
    >>> labels.tolist(), names
    ([0, 1, 0], ('no', 'yes'))
    >>> encode_labels(["yess"], ("no", "yes"))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: labels: label 'yess' at row 0 is not a class: did you mean 'yes'? Known: no, yes
    """
    flat = _label_values(owner, np.asarray(y))
    values, places = np.unique(flat, return_inverse=True)
    if classes is None:
        return places.astype(np.int32), tuple(str(value) for value in values)
    if flat.dtype.kind != "U":
        return as_targets(owner, flat), tuple(classes)
    table = {name: label for label, name in enumerate(classes)}
    numbers = np.array([table.get(str(value), -1) for value in values], np.int32)[places]
    if (numbers < 0).any():
        row = int(np.argmax(numbers < 0))
        known = nearest(str(flat[row]), classes)
        raise RavineError(f"{owner}: label {str(flat[row])!r} at row {row} is not a class: {known}")
    return numbers, tuple(classes)


def _label_values(owner: str, y: np.ndarray) -> np.ndarray:
    """Return labels as a vector of texts, integers or booleans."""
    if y.size == 0:
        raise RavineError(f"{owner}: y is empty (shape {y.shape}): give a target for every example")
    if y.ndim == 0 or y.size != len(y):
        raise RavineError(f"{owner}: labels must be one per example, got shape {y.shape}: give (n,)")
    flat = y.reshape(-1)
    if flat.dtype == object:
        row = next((row for row, value in enumerate(flat) if not isinstance(value, str)), None)
        if row is not None:
            raise RavineError(
                f"{owner}: label {flat[row]!r} at row {row} is no text: make all labels texts or integers"
            )
        return flat.astype(np.str_)
    if flat.dtype.kind == "f":
        check_finite(owner, "y", flat)
        if (flat != np.round(flat)).any():
            row = int(np.argmax(flat != np.round(flat)))
            raise RavineError(
                f"{owner}: label {flat[row]} at row {row} is no whole number: number the classes 0, 1, 2, ..."
            )
        if (abs(flat) > EXACT).any():
            row = int(np.argmax(abs(flat) > EXACT))
            raise RavineError(
                f"{owner}: label {flat[row]} at row {row} is a float beyond 2^53, which names no one whole number: "
                f"give integers or texts"
            )
        return flat.astype(np.int64)
    if flat.dtype.kind not in "biuU":
        raise RavineError(f"{owner}: labels must be integers or texts, got dtype {flat.dtype}: convert them")
    return flat


def from_arrays(
    x: Any,
    y: Any,
    *,
    weight: Any = None,
    validation: Part = 0,
    test: Part = 0,
    task: str | None = None,
    classes: tuple[str, ...] | None = None,
    stratify: bool = True,
    seed: int = 0,
    name: str = "arrays",
) -> Dataset:
    """Return a data set of *x*, numbers (n, ...), and *y*: labels (n,) or numbers (n,) or (n, d).

    Anything NumPy reads as an array of numbers is accepted, and keeps its digits, see `Split`. Integer,
    boolean and text *y* (n,) are class labels unless *task* is "regression"; labels that are not 0 to C - 1 are
    numbered in sorted order and their values kept in ``classes``. *validation* and *test* are sizes, fractions in
    [0, 1), or pairs (x, y); what is cut off is chosen by *seed*, each class in its share if *stratify*.

    >>> made = from_arrays(np.eye(4), ["cat", "dog", "cat", "dog"], test=0.25)
    >>> made.classes, made.train, len(made.test)
    (('cat', 'dog'), Split(x=float32 (3, 4), y=int32 (3,)), 1)
    """
    if task is not None:
        check_choice("from_arrays", "task", task, TASKS)
    asked = {"validation": validation, "test": test}
    pairs = {"train": (x, y)}
    pairs.update({part: _pair(part, value) for part, value in asked.items() if not isinstance(value, int | float)})
    targets, classes = _targets(name, {part: np.asarray(pair[1]) for part, pair in pairs.items()}, task, classes)
    weights = {part: value.weight for part, value in asked.items() if isinstance(value, Split)}
    parts = {part: Split(pair[0], targets[part], weights.get(part)) for part, pair in pairs.items() if part != "train"}
    whole = Split(x, targets["train"], weight)
    sizes = {part: value for part, value in asked.items() if isinstance(value, int | float) and value}
    train = whole
    if sizes:
        train, *held = partition(whole, list(sizes.values()), seed=seed, stratify=stratify)
        parts.update(zip(sizes, held, strict=True))
    return Dataset(name, train, parts.get("validation"), parts.get("test"), classes)


def _pair(part: str, value: Any) -> tuple[Any, Any]:
    if isinstance(value, Split):
        return value.x, value.y
    if not isinstance(value, tuple) or len(value) != len(("x", "y")):
        raise RavineError(
            f"from_arrays: {part} must be a size, a fraction or a pair (x, y), got {type(value).__name__}"
        )
    return value


def _targets(
    name: str, targets: dict[str, np.ndarray], task: str | None, classes: tuple[str, ...] | None
) -> tuple[dict[str, np.ndarray], tuple[str, ...] | None]:
    """Number the labels of all parts alike, or make numbers of them for regression."""
    columns = {part: y.ndim > 1 and y.shape[-1] > 1 for part, y in targets.items()}
    if task == "regression":
        return {part: unrounded(name, "y", y) if y.dtype.kind in "biu" else y for part, y in targets.items()}, None
    if any(columns.values()):
        # one column per class
        if task == "classification" and classes is None:
            classes = tuple(str(label) for label in range(targets["train"].shape[-1]))
        return targets, classes
    if task is None and classes is None and any(y.dtype.kind == "f" for y in targets.values()):
        return targets, None
    vectors = {part: _label_values(name, y) for part, y in targets.items()}
    if len({"U" if y.dtype.kind == "U" else "i" for y in vectors.values()}) > 1:
        raise RavineError(f"{name}: the labels of some parts are texts, of others numbers: make them alike")
    if classes is None:
        # so that a class that only one part holds has its number in all of them
        together, classes = encode_labels(np.concatenate(list(vectors.values())), owner=name)
        ends = np.cumsum([len(y) for y in vectors.values()])[:-1]
        return dict(zip(vectors, np.split(together, ends), strict=True)), classes
    return {part: encode_labels(y, classes, name)[0] for part, y in vectors.items()}, classes
