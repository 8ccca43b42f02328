"""What may enter a data set: numbers, none of them rounded, and a sentence for everything that may not."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.core import RavineError

__all__ = ["as_features", "as_targets", "as_weights", "blurred", "check_apart", "check_finite", "unrounded"]

EXACT = 2**53
"""Up to here float64 holds every whole number."""

ROWS = 4096
"""Examples looked at together."""


def check_finite(owner: str, name: str, values: np.ndarray) -> None:
    """Refuse NaN and infinity in *values*, naming the first place.

    The smallest and the largest value carry any NaN or infinity, so that good data costs no temporary array.

    >>> check_finite("moons", "x", np.array([[0.0, 1.0], [2.0, np.nan]]))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: moons: x is nan at row 1, column 1: fill in or drop such examples
    """
    if values.size == 0 or values.dtype.kind not in "fc":
        return
    if np.isfinite(values.min()) and np.isfinite(values.max()):
        return
    row, *rest = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
    column = f", column {rest[0] if len(rest) == 1 else tuple(rest)}" if rest else ""
    value = values[(row, *rest)]
    raise RavineError(f"{owner}: {name} is {value} at row {row}{column}: fill in or drop such examples")


def _numeric(owner: str, name: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError as cause:
        raise RavineError(f"{owner}: {name} has rows of different lengths: make every row the same length") from cause
    if array.dtype == object or array.dtype.kind not in "biuf":
        first = array.ravel()[0] if array.size else None
        raise RavineError(
            f"{owner}: {name} must hold numbers, got dtype {array.dtype} (first value {first!r}): "
            f"convert it, or use from_frame, which encodes text columns"
        )
    return array


def as_features(owner: str, x: Any) -> np.ndarray:
    """Return *x* as an array of floats (n, ...), at least two-dimensional, every value finite and as it was given.

    That is float32 where it holds every value exactly, else float64; see `unrounded`. A vector (n,) becomes one column
    (n, 1).

    >>> as_features("demo", [1, 2]).shape
    (2, 1)
    >>> as_features("demo", [2460310.5, 2460310.507]).dtype
    dtype('float64')
    >>> as_features("demo", np.array([["a"]], object))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: demo: x must hold numbers, got dtype object (first value 'a'): \
convert it, or use from_frame, which encodes text columns
    """
    array = _numeric(owner, "x", x)
    if array.ndim == 0:
        raise RavineError(f"{owner}: x must have a row per example, got the single number {array}")
    if array.shape[0] == 0 or array.size == 0:
        raise RavineError(f"{owner}: x is empty (shape {array.shape}): give at least one example with one feature")
    check_finite(owner, "x", array)
    kept = unrounded(owner, "x", array)
    return kept[:, None] if kept.ndim == 1 else kept


def as_targets(owner: str, y: Any) -> np.ndarray:
    """Return *y* as labels, int32 (n,), or as numbers (n, d, ...), float32 where it holds them exactly, else float64.

    Integers and booleans in one dimension are labels (also as one column, (n, 1)); everything else is numbers, a
    vector of which becomes (n, 1).

    >>> as_targets("demo", [0, 1, 2]).dtype, as_targets("demo", [0.5, 1.0]).shape
    (dtype('int32'), (2, 1))
    """
    array = _numeric(owner, "y", y)
    if array.ndim == 0:
        raise RavineError(f"{owner}: y must have a row per example, got the single value {array}")
    if array.size == 0:
        raise RavineError(f"{owner}: y is empty (shape {array.shape}): give a target for every example")
    check_finite(owner, "y", array)
    if array.dtype.kind in "biu" and array.size == array.shape[0]:
        return _labels(owner, array.reshape(-1))
    kept = unrounded(owner, "y", array)
    return kept[:, None] if kept.ndim == 1 else kept


def _labels(owner: str, y: np.ndarray) -> np.ndarray:
    if y.dtype.kind in "iu" and (int(y.min()) < 0 or int(y.max()) >= 2**31):
        row = int(np.argmax((y < 0) | (y >= 2**31)))
        raise RavineError(f"{owner}: label {y[row]} at row {row} is out of range: number the classes 0, 1, 2, ...")
    return y.astype(np.int32, copy=False)


def as_weights(owner: str, weight: Any) -> np.ndarray:
    """Return example weights as float32 (n,), each finite and at least 0.

    >>> as_weights("demo", [1, -1])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: demo: weight is -1.0 at row 1: weights must be 0 or more
    """
    array = _numeric(owner, "weight", weight)
    if array.ndim != 1:
        raise RavineError(f"{owner}: weight must be one number per example, got shape {array.shape}")
    check_finite(owner, "weight", array)
    _check_range(owner, "weight", array)
    narrow = array.astype(np.float32, copy=False)
    if (narrow < 0).any():
        row = int(np.argmax(narrow < 0))
        raise RavineError(f"{owner}: weight is {narrow[row]} at row {row}: weights must be 0 or more")
    return narrow


def unrounded(owner: str, name: str, array: np.ndarray) -> np.ndarray:
    """Return numbers as float32 where it holds every one exactly, else as float64, so that nothing is lost on entry.

    Scaling then sees what was given: 200 Julian dates ten minutes apart are 7 values in float32, and all different in
    float64. Whole numbers that even float64 would make equal are refused.

    >>> unrounded("demo", "x", np.array([0.5, 3.0])).dtype, unrounded("demo", "x", np.array([0.1])).dtype
    (dtype('float32'), dtype('float64'))
    """
    if array.dtype == np.float32:
        return array
    if array.dtype.kind in "biu":
        check_apart(owner, name, array)
    _check_range(owner, name, array)
    wide = array.astype(np.float64, copy=False)
    pieces = (wide[start : start + ROWS] for start in range(0, len(wide), ROWS))
    return wide.astype(np.float32) if all(_exact(piece) for piece in pieces) else wide


COARSE = 0.1
"""A step of float32 that is more than this share of a feature's standard deviation blurs the feature."""


def blurred(values: np.ndarray) -> str | None:
    """Say which feature of examples (n, ...) a float32 program would not see as it is, or None.

    >>> blurred(2460310.5 + np.arange(200) / 144)
    'varies by 0.401 about 2.46e+06, where float32 has steps of 0.25'
    """
    if values.dtype == np.float32 or values.dtype.itemsize < np.dtype(np.float32).itemsize or not values.size:
        return None
    rows = values.reshape(len(values), -1).astype(np.float64, copy=False)
    spread, step = rows.std(axis=0), np.spacing(abs(rows).max(axis=0).astype(np.float32)).astype(np.float64)
    bad = (step > COARSE * spread) & (rows.min(axis=0) < rows.max(axis=0))
    if not bad.any():
        return None
    column = int(np.argmax(bad))
    name = f"column {column} " if rows.shape[1] > 1 else ""
    return (
        f"{name}varies by {spread[column]:.3g} about {rows[:, column].mean():.3g}, "
        f"where float32 has steps of {step[column]:.3g}"
    )


def _exact(values: np.ndarray) -> bool:
    # what is too small for float32 becomes 0 there, which is no equality either
    return bool((values.astype(np.float32) == values).all())


def check_apart(owner: str, name: str, whole: np.ndarray) -> None:
    """Refuse whole numbers beyond 2^53 of which float64 would make different ones equal, column by column.

    >>> check_apart("demo", "x", np.array([2**53, 2**53 + 1]))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: demo: x holds 9007199254740992 and 9007199254740993, which no float64 tells ...
    """
    if whole.size == 0 or whole.dtype.itemsize < np.dtype(np.int64).itemsize:
        return
    if int(whole.min()) >= -EXACT and int(whole.max()) <= EXACT:
        return
    for column in whole.reshape(len(whole), -1).T:
        values = np.unique(column)
        same = values.astype(np.float64)[1:] == values.astype(np.float64)[:-1]
        if same.any():
            at = int(np.argmax(same))
            raise RavineError(
                f"{owner}: {name} holds {values[at]} and {values[at + 1]}, which no float64 tells apart: "
                f"subtract their smallest first, or leave identifiers out"
            )


def _check_range(owner: str, name: str, array: np.ndarray) -> None:
    limit = float(np.finfo(np.float32).max)
    if array.dtype.kind == "f" and array.size and max(abs(float(array.min())), abs(float(array.max()))) > limit:
        place = tuple(int(i) for i in np.argwhere(np.abs(array) > limit)[0])
        raise RavineError(f"{owner}: {name} is {array[place]} at row {place[0]}, beyond float32: rescale it")
