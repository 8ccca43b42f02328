"""Small helpers: one-hot targets, seeds, norms, sequences of batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice
from ravine.keras.objects import decode, encode
from ravine.keras.progress import Progbar
from ravine.keras.registration import (
    CustomObjectScope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register,
)
from ravine.keras.settings import clear_session, set_random_seed
from ravine.keras.unsupported import missing, refuse

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

# A package without modules: an import of one that Keras had, such as np_utils, is then told what to use instead.
__path__: list[str] = []

custom_object_scope = CustomObjectScope
"""`CustomObjectScope`, by its name as a function."""
register_keras_serializable = register
"""The decorator by which files know functions and classes of one's own."""
serialize_keras_object = encode
"""The dictionary that describes an object."""


def deserialize_keras_object(config: Any, custom_objects: Any = None, safe_mode: bool = True) -> Any:
    """Return the object that a dictionary describes. Code is never run, whatever *safe_mode* says.

    >>> from ravine.keras.regularizers import L2
    >>> deserialize_keras_object(serialize_keras_object(L2(0.5)))
    <L2 l2=0.5>
    """
    with custom_object_scope(custom_objects or {}):
        return decode(config)


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Return one-hot rows for class numbers; *num_classes* defaults to the largest number plus 1.

    >>> to_categorical([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    >>> to_categorical([0, 3], 3)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: to_categorical: label 3 is outside 0..2: raise num_classes or mend the labels
    """
    numbers = np.asarray(x)
    if numbers.dtype.kind not in "biuf":
        raise RavineError(
            f"to_categorical: labels must be numbers, got dtype {numbers.dtype}: number the classes 0, 1, ..."
        )
    whole = numbers.astype(np.int64)
    if (whole != numbers).any():
        raise RavineError("to_categorical: labels must be whole numbers: number the classes 0, 1, ...")
    if whole.ndim > 1 and whole.shape[-1] == 1:
        whole = whole[..., 0]
    if not whole.size:
        raise RavineError("to_categorical: there are no labels")
    count = num_classes if num_classes else int(whole.max()) + 1
    bad = (whole < 0) | (whole >= count)
    if bad.any():
        raise RavineError(
            f"to_categorical: label {whole[bad].flat[0]} is outside 0..{count - 1}: "
            "raise num_classes or mend the labels"
        )
    return np.eye(count)[whole]


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Return *x* divided by its norms of *order* along *axis*; rows of zeros stay.

    >>> normalize([[3.0, 4.0]])
    array([[0.6, 0.8]])
    """
    values = np.asarray(x)
    norms = np.atleast_1d(np.linalg.norm(values, order, axis))
    return np.asarray(values / np.expand_dims(np.where(norms == 0, 1, norms), axis))


def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:
    """Return sequences of different lengths as one array, filled up with *value* and cut at *maxlen*.

    >>> pad_sequences([[1], [2, 3, 4]], maxlen=2)
    array([[0, 1],
           [3, 4]], dtype=int32)
    """
    check_choice("pad_sequences", "padding", padding, ("pre", "post"))
    check_choice("pad_sequences", "truncating", truncating, ("pre", "post"))
    if isinstance(value, str) and np.dtype(dtype).kind not in "UO":
        raise RavineError(f"pad_sequences: value {value!r} is no {dtype}: give dtype=object or a number")
    rows = [np.asarray(row) for row in sequences]
    if not rows:
        raise RavineError("pad_sequences: there are no sequences")
    length = max(map(len, rows)) if maxlen is None else maxlen
    tail = next((row.shape[1:] for row in rows if len(row)), ())
    out = np.full((len(rows), length, *tail), value, dtype)
    for place, row in enumerate(rows):
        kept = row[max(len(row) - length, 0) :] if truncating == "pre" else row[:length]
        if len(kept):
            start = length - len(kept) if padding == "pre" else 0
            out[place, start : start + len(kept)] = kept
    return out


class PyDataset:
    """Batches by place: derive from it, and define ``__len__`` and ``__getitem__``, which gives (x, y).

    >>> class Halves(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, place):
    ...         return np.full((1, 1), place / 2), np.zeros((1, 1))
    >>> len(Halves())
    2
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        if use_multiprocessing:
            refuse("use_multiprocessing=True", "batches are read in this process: leave it out")

    def on_epoch_end(self) -> None:
        """Called after each pass."""

    def __len__(self) -> int:
        raise RavineError(f"{type(self).__name__}: define __len__, the number of batches")

    def __getitem__(self, place: int) -> Any:
        raise RavineError(f"{type(self).__name__}: define __getitem__, which gives batch number {place}")


Sequence = PyDataset
"""The name of `PyDataset` in Keras 2."""


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
