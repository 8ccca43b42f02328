"""What a loss is, and the cross-entropies."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError
from ravine.keras.objects import Described

__all__ = ["REDUCTIONS", "BinaryCrossentropy", "CategoricalCrossentropy", "Loss", "SparseCategoricalCrossentropy"]

REDUCTIONS = ("sum_over_batch_size", "mean", "auto")
"""Names of the mean over the batch."""


class Loss(Described, family="losses"):
    """A loss; a class of one's own defines ``call(y_true, y_pred)`` with jax.numpy, one value per example.

    >>> class Worst(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return abs(y_pred - y_true).max(axis=-1)
    >>> Worst()(jnp.zeros((1, 2)), jnp.array([[1.0, 3.0]]))
    Array(3., dtype=float32)
    """

    options: ClassVar[tuple[str, ...]] = ("name", "reduction")
    ignored: ClassVar[frozenset[str]] = frozenset({"dtype", "name", "fn"})  # fn: what a class of Keras 2 wrapped

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        self.name, self.reduction = name or type(self).__name__, reduction

    def call(self, y_true: Array, y_pred: Array) -> Array:
        """One value per example."""
        return self.core()(jnp.asarray(y_true), y_pred)

    def core(self) -> functions.Loss:
        """The core's loss."""
        return functions.FunctionLoss(self.call)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Array:
        values = self.call(jnp.asarray(y_true), jnp.asarray(y_pred))
        if sample_weight is not None:
            weight = jnp.asarray(sample_weight, values.dtype)
            values = values * weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
        if self.reduction in (None, "none"):
            return values
        if self.reduction != "sum" and self.reduction not in REDUCTIONS:
            raise RavineError(
                f"{type(self).__name__}: reduction {self.reduction!r} is not supported: use 'sum' or 'mean'"
            )
        return values.sum() if self.reduction == "sum" else values.mean()


class _CrossEntropy(Loss):
    """What the three cross-entropies have in common."""

    options: ClassVar[tuple[str, ...]] = ("name", "reduction", "from_logits", "label_smoothing", "axis")
    kind: type[Any]
    known_as: str

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name or self.known_as, reduction)
        if axis != -1:
            raise RavineError(
                f"{type(self).__name__}: axis {axis!r} is not supported: move the classes to the last axis"
            )
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        self.core()

    def core(self) -> functions.Loss:
        made: functions.Loss = self.kind(self.label_smoothing)
        return functions.FromLogits(made) if self.from_logits else made


class CategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy for one-hot targets.

    >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    kind = functions.CategoricalCrossentropy
    known_as = "categorical_crossentropy"


class BinaryCrossentropy(_CrossEntropy):
    """Cross-entropy for targets 0 and 1, one per output.

    >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    kind = functions.BinaryCrossentropy
    known_as = "binary_crossentropy"


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy for class numbers.

    >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    options = ("name", "reduction", "from_logits", "ignore_class")
    kind = functions.SparseCategoricalCrossentropy
    known_as = "sparse_categorical_crossentropy"

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if ignore_class is not None:
            raise RavineError(
                "SparseCategoricalCrossentropy: ignore_class is not supported: give those examples sample_weight 0"
            )
        self.ignore_class = None
        super().__init__(from_logits, 0.0, axis, reduction, name)
