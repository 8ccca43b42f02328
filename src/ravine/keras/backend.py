"""The few functions of Keras's backend that code of users calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.keras.settings import (
    backend,
    clear_session,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
)
from ravine.keras.unsupported import missing

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_value",
]


def get_value(x: Any) -> Any:
    """Return the value of a weight or a learning rate.

    >>> from ravine.keras.optimizers import SGD
    >>> float(get_value(SGD(0.5).lr))
    0.5
    """
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def set_value(x: Any, value: Any) -> None:
    """Give a weight or a learning rate another value.

    >>> from ravine.keras.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> set_value(optimizer.lr, 0.25); float(optimizer.lr)
    0.25
    """
    x.assign(value)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
