"""What a loss is, and the cross-entropies."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, check_choice
from ravine.keras.near import Near
from ravine.keras.objects import Described
from ravine.keras.own import OwnLoss, WholeLoss
from ravine.keras.ranks import checked_reduction, reduced, same_rank
from ravine.keras.settings import floatx

__all__ = ["BinaryCrossentropy", "CategoricalCrossentropy", "Loss", "SparseCategoricalCrossentropy", "number_type"]


def number_type(owner: str, dtype: Any) -> str:
    """The type of numbers that *owner* computes in, for what Keras takes as dtype; None is the type in force.

    >>> number_type("Huber", None), number_type("Huber", "bfloat16")
    ('float32', 'bfloat16')
    """
    name = floatx() if dtype is None else str(getattr(dtype, "name", dtype)).removeprefix("mixed_")
    check_choice(owner, "dtype", name, ("float16", "bfloat16", "float32", "float64"))
    return name


class Loss(Described, family="losses"):
    """A loss; a class of one's own defines ``call(y_true, y_pred)`` with jax.numpy, one value per example.

    Called with targets, outputs and weights it gives what Keras gives: *reduction* says how the values become one.

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
        self.name = name or type(self).__name__
        self.reduction = checked_reduction(type(self).__name__, reduction)
        self.dtype = number_type(type(self).__name__, dtype)

    def call(self, y_true: Array, y_pred: Array) -> Array:
        """One value per example."""
        y_true, y_pred = same_rank(y_true.astype(y_pred.dtype), y_pred)
        self.check_shapes(y_true.shape, y_pred.shape)
        return self.core()(y_true, y_pred)

    def near(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Both, counted from a number near the targets where the loss is one of their differences alone."""
        return Near()(y_true, y_pred) if self.core().translates else (y_true, y_pred)

    def check_shapes(self, targets: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        """Refuse targets that do not fit the outputs."""
        try:
            jnp.broadcast_shapes(targets, outputs)
        except ValueError:
            self._misfit(targets, outputs, "give one target per output")
        if not outputs:
            self._misfit(targets, outputs, "give arrays with one row per example")

    def _misfit(self, targets: tuple[int, ...], outputs: tuple[int, ...], remedy: str) -> None:
        raise RavineError(
            f"{type(self).__name__}: y_true of shape {targets} does not fit y_pred of shape {outputs}: {remedy}"
        )

    def core(self) -> functions.Loss:
        """The core's loss."""
        if type(self).call is Loss.call and type(self).__call__ is not Loss.__call__:
            return WholeLoss(self.__call__)
        if type(self).call is Loss.call:
            raise RavineError(f"{type(self).__name__}: define call(self, y_true, y_pred), one value per example")
        return OwnLoss(self.call)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Array:
        mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = self.near(y_true, y_pred)
        dtype = jax.dtypes.canonicalize_dtype(self.dtype)
        values = self.call(jnp.asarray(y_true, dtype), jnp.asarray(y_pred, dtype))
        weight = None if sample_weight is None else jnp.asarray(sample_weight, dtype)
        mask = None if mask is None else jnp.asarray(mask)
        return reduced(jnp.asarray(values, dtype), weight, self.reduction, mask)


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
        super().__init__(name or self.known_as, reduction, dtype)
        if axis != -1:
            raise RavineError(
                f"{type(self).__name__}: axis {axis!r} is not supported: move the classes to the last axis"
            )
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        self.core()

    def check_shapes(self, targets: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        if targets != outputs:
            self._misfit(targets, outputs, "give one target per output, or class numbers to the sparse cross-entropy")
        super().check_shapes(targets, outputs)

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
        super().__init__(from_logits, 0.0, axis, reduction, name, dtype)

    def call(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = same_rank(y_true, y_pred)
        if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
            y_true = y_true[..., 0]
        self.check_shapes(y_true.shape, y_pred.shape)
        return self.core()(y_true, y_pred)

    def check_shapes(self, targets: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        if targets != outputs[:-1]:
            self._misfit(targets, outputs, "give one class number for each row of outputs")
