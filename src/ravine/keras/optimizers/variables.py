"""The numbers and arrays of an optimizer, as objects: steps done, learning rate, moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.keras.variables import Variable

__all__ = ["Iterations", "Rate", "Slot"]


class _Owned(Variable):
    """A number or array of *optimizer*."""

    def __init__(self, optimizer: Any, name: str) -> None:
        self._optimizer, self.name = optimizer, name

    @property
    def path(self) -> str:
        return f"{self._optimizer.name}/{self.name}"


class Rate(_Owned):
    """The learning rate as a number that stays the optimizer's: `assign` changes it there.

    >>> from ravine.keras.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> rate = optimizer.learning_rate
    >>> float(rate.assign(0.25)), float(optimizer.learning_rate), f"{rate:.1e}"
    (0.25, 0.25, '2.5e-01')
    """

    def read(self) -> Any:
        return np.float32(self._optimizer.present_rate())

    def write(self, value: Any) -> None:
        self._optimizer.learning_rate = value

    def __float__(self) -> float:
        return float(self._optimizer.present_rate())


class Iterations(_Owned):
    """How many updates the optimizer has made.

    >>> from ravine.keras.optimizers import SGD
    >>> SGD().iterations.numpy(), SGD().iterations == 0
    (array(0, dtype=int32), Array(True, dtype=bool))
    """

    def read(self) -> Any:
        model = self._optimizer.model
        return np.asarray(0 if model is None else int(model.updates_done()), np.int32)

    def write(self, value: Any) -> None:
        self._optimizer.put_state(0, np.asarray(value, np.int32))


class Slot(_Owned):
    """An array that the rule keeps for a weight, such as a moment; *place* is its number among all.

    No example: see `ravine.keras.optimizers.Optimizer.variables`.
    """

    def __init__(self, optimizer: Any, name: str, place: int) -> None:
        super().__init__(optimizer, name)
        self._place = place

    @property
    def path(self) -> str:
        return self.name if self.name == "variable" else super().path  # as Keras calls the product of Nadam

    def read(self) -> Any:
        return np.asarray(self._optimizer.model.optimizer_state()[self._place])

    def write(self, value: Any) -> None:
        self._optimizer.put_state(self._place, np.asarray(value, self.dtype))
