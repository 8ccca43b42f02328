"""What a loss is: one value per example, the activation it fuses with, the targets it accepts."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import numpy.typing as npt

from ravine.core import Array, RavineError, Registry
from ravine.functions import targets

__all__ = ["LOSSES", "Loss"]


class Loss(abc.ABC):
    """A loss of targets *y* and outputs of shape (batch, ..., outputs): one value per example, (batch, ...).

    *fuses* names the last activation with which the loss is computed from that layer's inputs by `from_logits`,
    exactly and without clipping; None where the loss has no such form. *translates* says whether one number added to
    targets and outputs alike changes nothing.

    >>> from ravine.functions.losses import CategoricalCrossentropy, MeanSquaredError
    >>> CategoricalCrossentropy.fuses, MeanSquaredError.fuses
    ('softmax', None)
    """

    fuses: ClassVar[str | None] = None
    translates: ClassVar[bool] = False

    @abc.abstractmethod
    def __call__(self, y: Array, out: Array) -> Array:
        """Return the loss of each example, (batch, ...), from the network's outputs."""

    def from_logits(self, y: Array, z: Array) -> Array:
        """Return the loss of each example from *z*, what the last activation would have been given."""
        raise RavineError(f"{self.name} has no form from logits: give it the network's outputs")

    def counts(self, y: Array) -> Array | None:
        """Which of the targets count, booleans (batch, ...); None where all do."""
        return None

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        """Return the targets as this loss wants them, or refuse them; *output_shape* is without the batch axis.

        Float targets become float32, or stay float64; class numbers become int32. *used*, booleans of shape (n,) or
        (n, time), tells which targets count; at the others anything may stand. None means that all count.
        """
        return targets.check_real(type(self).__name__, y, output_shape, used=used)

    @property
    def name(self) -> str:
        """The registered name, such as 'categorical_crossentropy'."""
        return LOSSES.name_of(type(self)) or type(self).__name__


LOSSES: Registry[type[Loss]] = Registry("loss")
"""Every loss by name; also by its usual short names, such as mse."""
