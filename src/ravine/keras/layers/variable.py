"""One array of a layer, seen through Keras's eyes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Variable"]


class Variable:
    """A weight of a layer: its name, shape and value; `assign` changes it in the model.

    >>> from ravine.keras.layers import Dense
    >>> layer = Dense(1, kernel_initializer="ones"); layer.build((None, 2))
    >>> layer.weights[0].assign([[3.0], [4.0]])
    >>> layer.weights[0].path, layer.get_weights()[0].tolist()
    ('dense.../kernel', [[3.0], [4.0]])
    """

    def __init__(self, layer: Any, name: str) -> None:
        self._layer = layer
        self.name = name

    @property
    def path(self) -> str:
        """The layer's name and the weight's."""
        return f"{self._layer.name}/{self.name}"

    @property
    def trainable(self) -> bool:
        """Whether training changes the weight by its gradient."""
        return self.name in self._layer.trained_names()

    def numpy(self) -> np.ndarray:
        """The value, a copy on the host."""
        return np.array(self._layer.arrays()[self.name])

    @property
    def value(self) -> np.ndarray:
        """The value, a copy on the host."""
        return self.numpy()

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(self._layer.arrays()[self.name].shape)

    @property
    def dtype(self) -> str:
        """The type of the numbers."""
        return str(self._layer.arrays()[self.name].dtype)

    def assign(self, value: Any) -> None:
        """Give the weight another *value* of the same shape."""
        self._layer.put({self.name: value})

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"
