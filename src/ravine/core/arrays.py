"""Arrays as the device reads them without a copy, and as they meet arrays of more axes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["aligned", "with_axes"]

ALIGNMENT = 64
"""Bytes: XLA takes a host array as it is where it begins at a multiple of them, and copies any other."""


def aligned(array: np.ndarray) -> np.ndarray:
    """*array*, or a copy of it that begins where the device on the host can read it in place.

    NumPy begins large arrays 16 bytes after such a place, so without this a data set is copied in every training.

    >>> aligned(np.ones(1000)[1:]).ctypes.data % 64
    0
    """
    if array.ctypes.data % ALIGNMENT == 0 and array.flags.c_contiguous:
        return array
    room = np.empty(array.nbytes + ALIGNMENT, np.uint8)
    begin = -room.ctypes.data % ALIGNMENT
    made = room[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
    made[...] = array
    return made


def with_axes(array: Any, ndim: int) -> Any:
    """*array*, of NumPy or JAX, with axes of length 1 behind its own until it has *ndim*.

    >>> with_axes(np.ones((2, 3)), 4).shape
    (2, 3, 1, 1)
    """
    return array.reshape(array.shape + (1,) * (ndim - array.ndim))
