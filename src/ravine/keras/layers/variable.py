"""One array of a layer, as an object."""

from __future__ import annotations

from typing import Any

from ravine.core import RavineError
from ravine.keras.variables import Variable

__all__ = ["Weight"]


class Weight(Variable):
    """A weight of a layer, where it lives: in the layer, or on the device after training.

    >>> from ravine.keras import Sequential
    >>> from ravine.keras.layers import LSTM
    >>> model = Sequential([LSTM(1, input_shape=(3, 2), name="memory")], name="model")
    >>> [weight.path for weight in model.weights][0], model.weights[2].name, model.weights[2].shape
    ('model/memory/lstm_cell/kernel', 'bias', (4,))
    """

    def __init__(self, layer: Any, key: str) -> None:
        self._layer, self._key = layer, key

    @property
    def name(self) -> str:  # type: ignore[override]
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def path(self) -> str:
        return str(self._layer.located(self._key))

    @property
    def trainable(self) -> bool:
        return self._key in self._layer.trained_names()

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if bool(value) != self.trainable:
            raise RavineError(
                f"{self.path}: a single weight cannot be frozen or thawed: set trainable of the layer "
                f"{self._layer.name!r} instead"
            )

    @property
    def regularizer(self) -> Any:
        """The layer's regulariser of this weight, or None."""
        return self._layer.weight_options("regularizer").get(self._key)

    @property
    def constraint(self) -> Any:
        """The layer's constraint on this weight, or None."""
        return self._layer.weight_options("constraint").get(self._key)

    def read(self) -> Any:
        return self._layer.value_of(self._key)

    def write(self, value: Any) -> None:
        self._layer.put({self._key: value})
