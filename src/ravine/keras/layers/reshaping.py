"""Layers that only rearrange."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine import nn
from ravine.core import RavineError, whole
from ravine.keras.layers.base import Layer

__all__ = ["Flatten", "Reshape"]


class Flatten(Layer):
    """Make one row of each example.

    >>> Flatten().compute_output_shape((None, 28, 28))
    (None, 784)
    """

    options = ("data_format",)

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if data_format not in (None, "channels_last"):
            raise RavineError(f"Flatten: data_format {data_format!r} is not supported: use 'channels_last'")
        self.data_format = "channels_last"

    def core(self) -> nn.Layer:
        return nn.Flatten()


class Reshape(Layer):
    """Give each example *target_shape*; one size may be -1.

    >>> Reshape((28, -1)).compute_output_shape((None, 784))
    (None, 28, 28)
    """

    options = ("target_shape",)

    def __init__(self, target_shape: Any, **options: Any) -> None:
        super().__init__(**options)
        given = tuple(target_shape) if np.ndim(target_shape) else (target_shape,)
        self.target_shape = tuple(whole("Reshape", "each size of target_shape", size) for size in given)
        self.core()

    def core(self) -> nn.Layer:
        return nn.Reshape(self.target_shape)
