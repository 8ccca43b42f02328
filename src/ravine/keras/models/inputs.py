"""What `fit`, `evaluate` and `predict` take as data, as arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ravine.core import RavineError, check_number
from ravine.data import check_finite

__all__ = ["Arrays", "arrays", "as_array", "class_weights", "is_stream", "part_of", "split_off", "unpacked"]


class Arrays(NamedTuple):
    """Inputs, targets (None for prediction) and weights (None: all 1), with one row per example.

    >>> len(Arrays(np.zeros((5, 2)), None, None).x)
    5
    """

    x: np.ndarray
    y: Any
    weight: Any


def as_array(owner: str, name: str, value: Any) -> np.ndarray:
    """Return *value*, an array, a frame of pandas or polars, a tensor or a list, as a NumPy array of numbers.

    A list of one array is that array, as for a model of one input.

    >>> as_array("predict", "x", [np.zeros((1, 4))]).shape
    (1, 4)
    """
    if isinstance(value, list | tuple) and len(value) == 1 and hasattr(value[0], "shape"):
        value = value[0]
    several = isinstance(value, list | tuple) and bool(value) and all(getattr(part, "ndim", 0) > 1 for part in value)
    if several and name == "x":
        raise RavineError(
            f"{owner}: {name} is a list of {len(value)} arrays: models with several inputs are not supported, give one "
            "array, such as np.stack(x)"
        )
    if isinstance(value, Mapping):
        raise RavineError(
            f"{owner}: {name} is a dictionary: models with several inputs are not supported, give one array"
        )
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    try:
        array = np.asarray(value)
    except ValueError as cause:
        raise RavineError(
            f"{owner}: {name} has parts of different shapes: models with several inputs are not supported, "
            "and rows must have one length"
        ) from cause
    if array.dtype == object:
        with contextlib.suppress(TypeError, ValueError):
            array = array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        first = array.ravel()[0] if array.size else None
        raise RavineError(
            f"{owner}: {name} must hold numbers, got dtype {array.dtype} (first value {first!r}): convert it to float32"
        )
    if array.ndim == 0:
        raise RavineError(f"{owner}: {name} must have one row per example, got the single number {array}")
    return array


def arrays(owner: str, x: Any, y: Any = None, weight: Any = None, *, finite: bool = True) -> Arrays:
    """Return inputs, targets and weights as arrays of one length, refusing NaN and infinity where *finite*.

    >>> arrays("fit", [[1.0], [2.0]], [1.0])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: fit: x has 2 examples and y has 1: give a target for every example
    """
    x = as_array(owner, "x", x)
    if not x.size:
        raise RavineError(f"{owner}: x is empty (shape {x.shape}): give at least one example")
    if finite:
        check_finite(owner, "x", x)
    if y is not None:
        y = as_array(owner, "y", y)
        if len(y) != len(x):
            raise RavineError(f"{owner}: x has {len(x)} examples and y has {len(y)}: give a target for every example")
    if weight is not None:
        weight = as_array(owner, "sample_weight", weight)
        if len(weight) != len(x):
            raise RavineError(
                f"{owner}: x has {len(x)} examples and sample_weight has {len(weight)}: give one for each"
            )
        check_finite(owner, "sample_weight", weight)
        weight = weight[:, 0] if weight.shape[1:] == (1,) else weight
    return Arrays(x, y, weight)


def is_stream(x: Any) -> bool:
    """Whether *x* gives batches one after another: a generator, a Sequence or PyDataset, a loader.

    >>> is_stream(iter([])), is_stream([1]), is_stream(np.zeros(3))
    (True, False, False)
    """
    if isinstance(x, list | tuple | Mapping | str) or hasattr(x, "shape") or hasattr(x, "to_numpy"):
        return False
    return isinstance(x, Iterator) or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def unpacked(owner: str, batch: Any) -> tuple[Any, Any, Any]:
    """Return x, y and weights of what a stream yields: x, (x, y) or (x, y, weights).

    >>> unpacked("fit", (1, 2))
    (1, 2, None)
    """
    if not isinstance(batch, tuple | list):
        return batch, None, None
    if len(batch) not in (1, 2, 3):
        raise RavineError(f"{owner}: expected x, (x, y) or (x, y, sample_weight), got {len(batch)} parts")
    x, y, weight = (*batch, None, None)[:3]
    return x, y, weight


def split_off(owner: str, data: Arrays, share: float) -> tuple[Arrays, Arrays]:
    """Return the first examples and the last *share* of them, which validate.

    >>> first, last = split_off("fit", Arrays(np.arange(10), np.arange(10), None), 0.2)
    >>> last.x.tolist()
    [8, 9]
    """
    check_number(owner, "validation_split", share, low=0.0, high=1.0, open_low=True, open_high=True)
    n = len(data.x)
    at = int(np.floor(n * (1.0 - share)))
    if at in (0, n):
        raise RavineError(
            f"{owner}: validation_split={share} leaves a part of the {n} examples empty: give more examples"
        )
    return part_of(data, slice(at)), part_of(data, slice(at, n))


def part_of(data: Arrays, rows: slice) -> Arrays:
    """Return some *rows* of all parts of *data*.

    >>> part_of(Arrays(np.arange(3), None, None), slice(2)).x
    array([0, 1])
    """
    x, y, weight = data
    return Arrays(x[rows], None if y is None else y[rows], None if weight is None else weight[rows])


def class_weights(owner: str, y: np.ndarray, weights: Mapping[Any, float]) -> np.ndarray:
    """Return a weight per example from one per class; classes that are not named weigh 1.

    >>> class_weights("fit", np.array([0, 1, 1]), {1: 2.0})
    array([1., 2., 2.])
    """
    if not isinstance(weights, Mapping):
        raise RavineError(f"{owner}: class_weight must be a dictionary from class number to weight, got {weights!r}")
    rows = y
    if y.ndim > 1:
        rows = y[..., 0] if y.shape[-1] == 1 else y.argmax(axis=-1)
    # What is no number, at a place that does not count, is of no class that could be named.
    numbers = np.where(np.isfinite(rows), np.rint(rows), -1).astype(int)
    per_class = {int(number): float(weight) for number, weight in weights.items()}
    classes, places = np.unique(numbers, return_inverse=True)
    return np.array([per_class.get(int(number), 1.0) for number in classes])[places.reshape(numbers.shape)]
