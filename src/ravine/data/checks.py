"""What may enter a data set: conversion to float32, and a sentence for everything that may not."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.core import RavineError

__all__ = ["as_features", "as_targets", "as_weights", "check_finite"]


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
    """Return *x* as a float32 array (n, ...), at least two-dimensional, every value finite.

    Integers, booleans and float64 are converted to float32, which holds integers exactly up to 2^24; a vector (n,)
    becomes one column (n, 1).

    >>> as_features("demo", [1, 2]).shape
    (2, 1)
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
    narrow = _narrow(owner, "x", array)
    return narrow[:, None] if narrow.ndim == 1 else narrow


def as_targets(owner: str, y: Any) -> np.ndarray:
    """Return *y* as labels, int32 (n,), or as numbers, float32 (n, d, ...).

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
    narrow = _narrow(owner, "y", array)
    return narrow[:, None] if narrow.ndim == 1 else narrow


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
    narrow = _narrow(owner, "weight", array)
    if (narrow < 0).any():
        row = int(np.argmax(narrow < 0))
        raise RavineError(f"{owner}: weight is {narrow[row]} at row {row}: weights must be 0 or more")
    return narrow


def _narrow(owner: str, name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype == np.float32:
        return array
    limit = float(np.finfo(np.float32).max)
    if array.dtype.kind == "f" and array.size and max(abs(float(array.min())), abs(float(array.max()))) > limit:
        place = tuple(int(i) for i in np.argwhere(np.abs(array) > limit)[0])
        raise RavineError(f"{owner}: {name} is {array[place]} at row {place[0]}, beyond float32: rescale it")
    return array.astype(np.float32)
