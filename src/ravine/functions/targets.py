"""Targets, judged on the host before training: what a loss cannot use is refused in one sentence.

Every function names its *owner* (the loss) and, where one value is at fault, the first such value and its index.
*used*, booleans of shape (n,) or (n, time), tells which targets count; None means all. At the others anything may
stand: masked steps and examples of weight 0 are not looked at, and keep what they hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ravine.core import RavineError, with_axes

__all__ = ["check_hinge", "check_labels", "check_numbers", "check_real", "check_rows", "check_unit"]

Floats = npt.NDArray[np.floating[Any]]
Used = npt.NDArray[np.bool_] | None
SUM_TOLERANCE = 1e-3
"""Rows of half precision, or of many classes, do not sum to 1 more closely."""


def _place(bad: npt.NDArray[np.bool_]) -> tuple[tuple[int, ...], str]:
    """Return the first true position of *bad*, and its text."""
    where = tuple(int(index) for index in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return where, str(where[0]) if len(where) == 1 else str(where)


def _first(bad: npt.NDArray[np.bool_], used: Used) -> tuple[tuple[int, ...], str] | None:
    """Return the first place that is *bad* and *used*, and its text, or None."""
    if used is not None and used.size == bad.size:
        bad = bad & used.reshape(bad.shape)
    elif used is not None and used.shape == bad.shape[: used.ndim]:
        bad = bad & with_axes(used, bad.ndim)
    return _place(bad) if bad.any() else None


def check_numbers(owner: str, y: Any, used: Used = None) -> npt.NDArray[Any]:
    """Return *y* as an array of numbers or truth values, finite where it counts, with at least one example.

    >>> check_numbers("MeanSquaredError", [1.0, float("nan")])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: MeanSquaredError: target nan at index 1 is not finite: drop or replace such examples
    """
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise RavineError(f"{owner}: targets are ragged ({error}): give rows of one length") from None
    if array.dtype.kind not in "biuf":
        raise RavineError(
            f"{owner}: targets have dtype {array.dtype}, numbers are wanted: convert them, "
            "for instance class names to the integers 0, 1, ..."
        )
    if array.ndim == 0 or array.shape[0] == 0:
        raise RavineError(f"{owner}: targets are empty, of shape {array.shape}: give at least one example")
    if array.dtype.kind == "f":
        bad = ~np.isfinite(array)
        if found := _first(bad, used):
            where, place = found
            raise RavineError(
                f"{owner}: target {array[where]} at index {place} is not finite: drop or replace such examples"
            )
    return array


def _shaped(owner: str, array: npt.NDArray[Any], output_shape: tuple[int, ...]) -> Floats:
    """Return *array* with one number per output, as float32, or float64 where it is so or float32 would round it."""
    if output_shape[-1:] == (1,) and array.shape[1:] == output_shape[:-1]:
        array = array[..., np.newaxis]
    if array.shape[1:] != output_shape:
        wanted = ", ".join(str(size) for size in ("n", *output_shape))
        raise RavineError(
            f"{owner}: targets have shape {array.shape}, the network's outputs ({wanted}): give one number per output"
        )
    if array.dtype in (np.float32, np.float64):
        return array
    wide = array.astype(np.float64)
    narrow = wide.astype(np.float32)
    return narrow if (narrow == wide).all() else wide


def check_real(owner: str, y: Any, output_shape: tuple[int, ...], low: float = -np.inf, used: Used = None) -> Floats:
    """Return *y* as floats of shape (n, \\*output_shape), finite and at least *low*.

    >>> check_real("Poisson", [1, 2], (1,)).shape
    (2, 1)
    >>> check_real("Poisson", [1, -2], (1,), low=0.0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Poisson: target -2.0 at index (1, 0) is below 0
    """
    array = _shaped(owner, check_numbers(owner, y, used), output_shape)
    bad = array < low
    if found := _first(bad, used):
        where, place = found
        raise RavineError(f"{owner}: target {array[where]} at index {place} is below {low:g}")
    return array


def check_unit(owner: str, y: Any, output_shape: tuple[int, ...], used: Used = None) -> Floats:
    """Return *y* as floats of shape (n, \\*output_shape), each in [0, 1].

    >>> check_unit("BinaryCrossentropy", [0, 2], (1,))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: BinaryCrossentropy: target 2.0 at index (1, 0) is outside [0, 1]: ...
    """
    array = _shaped(owner, check_numbers(owner, y, used), output_shape)
    bad = (array < 0) | (array > 1)
    if found := _first(bad, used):
        where, place = found
        raise RavineError(
            f"{owner}: target {array[where]} at index {place} is outside [0, 1]: "
            "give labels 0 and 1, or probabilities; for more classes use sparse_categorical_crossentropy"
        )
    return array


def check_hinge(owner: str, y: Any, output_shape: tuple[int, ...], used: Used = None) -> Floats:
    """Return *y* as floats of shape (n, \\*output_shape), each -1 or 1; labels 0 and 1 become so.

    >>> check_hinge("Hinge", [0, 1], (1,)).tolist()
    [[-1.0], [1.0]]
    """
    array = _shaped(owner, check_numbers(owner, y, used), output_shape)
    bad = ~np.isin(array, (-1, 0, 1))
    if found := _first(bad, used):
        where, place = found
        raise RavineError(f"{owner}: label {array[where]} at index {place} is none of -1, 1 (or 0, 1)")
    if _first(array == 0, used) and _first(array == -1, used):
        raise RavineError(f"{owner}: labels mix -1 and 0: name the two classes -1 and 1, or 0 and 1")
    return np.where(array == 0, array.dtype.type(-1), array)


def check_labels(owner: str, y: Any, output_shape: tuple[int, ...], used: Used = None) -> npt.NDArray[np.int32]:
    """Return class numbers as int32 of shape (n, \\*output_shape[:-1]), from that or with a last axis of 1.

    >>> check_labels("SparseCategoricalCrossentropy", [0.0, 2.0], (3,)).tolist()
    [0, 2]
    >>> check_labels("SparseCategoricalCrossentropy", [0, 3], (3,))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: SparseCategoricalCrossentropy: label 3 at index 1 is outside 0..2, ...
    """
    array = check_numbers(owner, y, used)
    classes = output_shape[-1]
    if array.shape[1:] == (*output_shape[:-1], 1):
        array = array[..., 0]
    if array.shape[1:] == output_shape:
        raise RavineError(
            f"{owner}: targets of shape {array.shape} have one column per class, integer labels are wanted: "
            "use categorical_crossentropy, or convert with y.argmax(axis=-1)"
        )
    if array.shape[1:] != output_shape[:-1]:
        wanted = "".join(f", {size}" for size in output_shape[:-1])
        raise RavineError(
            f"{owner}: targets have shape {array.shape}, integer labels of shape (n{wanted or ','}) are wanted"
        )
    for bad, cause in (
        (array != np.floor(array) if array.dtype.kind == "f" else None, "is not a whole number: give class numbers"),
        (
            (array < 0) | (array >= classes),
            f"is outside 0..{classes - 1}, the classes of a network with {classes} outputs: "
            "number the classes from 0, or widen the last layer",
        ),
    ):
        if bad is not None and (found := _first(bad, used)):
            where, place = found
            raise RavineError(f"{owner}: label {array[where]} at index {place} {cause}")
    if used is not None and array.dtype.kind == "f":
        array = np.where(np.isfinite(array), array, -1)  # what is no label at a place that does not count
    return array.astype(np.int32)


def check_rows(owner: str, y: Any, output_shape: tuple[int, ...], used: Used = None) -> Floats:
    """Return one-hot or probability rows as floats of shape (n, \\*output_shape): not negative, each row of sum 1.

    >>> check_rows("CategoricalCrossentropy", [1, 2], (3,))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: CategoricalCrossentropy: targets of shape (2,) are integer labels, ...
    """
    array = check_numbers(owner, y, used)
    classes = output_shape[-1]
    if classes == 1:
        raise RavineError(f"{owner}: a network with 1 output has no second class: use binary_crossentropy")
    if array.shape[1:] in (output_shape[:-1], (*output_shape[:-1], 1)):
        wanted = ", ".join(str(size) for size in ("n", *output_shape))
        raise RavineError(
            f"{owner}: targets of shape {array.shape} are integer labels, one-hot rows of shape ({wanted}) are wanted: "
            "use sparse_categorical_crossentropy, or convert them with to_categorical"
        )
    rows = _shaped(owner, array, output_shape)
    bad = rows < 0
    if found := _first(bad, used):
        where, place = found
        raise RavineError(f"{owner}: target {rows[where]} at index {place} is negative: give one-hot rows")
    sums = rows.sum(axis=-1)
    bad = np.abs(sums - 1) > SUM_TOLERANCE
    if found := _first(bad, used):
        where, place = found
        raise RavineError(
            f"{owner}: the targets at index {place} sum to {sums[where]:g}, not 1: give one-hot or probability rows; "
            "where several classes may hold at once, use a logistic output and binary_crossentropy"
        )
    return rows
