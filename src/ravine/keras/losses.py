"""Losses by Keras's names: classes for `compile`, and functions of targets and outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError
from ravine.keras.objects import Described, encode, named

__all__ = [
    "ALIASES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "categorical_crossentropy",
    "core_loss",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
    "bce": "binary_crossentropy",
}
"""Short names of losses."""

REDUCTIONS = ("sum_over_batch_size", "mean", "auto")


class Loss(Described, family="losses"):
    """A loss; a class of one's own defines ``call(y_true, y_pred)`` with jax.numpy, one value per example.

    >>> class Worst(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return abs(y_pred - y_true).max(axis=-1)
    >>> Worst()(jnp.zeros((1, 2)), jnp.array([[1.0, 3.0]]))
    Array(3., dtype=float32)
    """

    options: ClassVar[tuple[str, ...]] = ("name", "reduction")

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

    options = ("name", "reduction", "from_logits", "label_smoothing", "axis")
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

    >>> float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).round(4))
    0.6931
    """

    kind = functions.CategoricalCrossentropy
    known_as = "categorical_crossentropy"


class BinaryCrossentropy(_CrossEntropy):
    """Cross-entropy for targets 0 and 1, one per output.

    >>> float(BinaryCrossentropy()([[1.0]], [[0.5]]).round(4))
    0.6931
    """

    kind = functions.BinaryCrossentropy
    known_as = "binary_crossentropy"


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy for class numbers.

    >>> float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]).round(4))
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


class _Named(Loss):
    """A loss without options of its own."""

    known_as: str

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name or self.known_as, reduction)

    def core(self) -> functions.Loss:
        return functions.loss(self.known_as)


class MeanSquaredError(_Named):
    """The mean of (y_pred - y_true)^2.

    >>> MeanSquaredError()([[0.0]], [[3.0]])
    Array(9., dtype=float32)
    """

    known_as = "mean_squared_error"


class MeanAbsoluteError(_Named):
    """The mean of abs(y_pred - y_true).

    >>> MeanAbsoluteError()([[0.0]], [[3.0]])
    Array(3., dtype=float32)
    """

    known_as = "mean_absolute_error"


class Huber(_Named):
    """Square up to *delta*, straight beyond.

    >>> Huber()([[0.0]], [[3.0]])
    Array(2.5, dtype=float32)
    """

    options = ("name", "reduction", "delta")
    known_as = "huber_loss"

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name)
        self.delta = delta
        self.core()

    def core(self) -> functions.Loss:
        return functions.Huber(self.delta)


class Hinge(_Named):
    """The mean of max(0, 1 - y_true y_pred) for targets -1 and 1.

    >>> Hinge()([[1.0]], [[0.5]])
    Array(0.5, dtype=float32)
    """

    known_as = "hinge"


class SquaredHinge(_Named):
    """The mean of max(0, 1 - y_true y_pred)^2 for targets -1 and 1.

    >>> SquaredHinge()([[1.0]], [[0.5]])
    Array(0.25, dtype=float32)
    """

    known_as = "squared_hinge"


class KLDivergence(_Named):
    """The sum of y_true log(y_true / y_pred).

    >>> KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]])
    Array(0., dtype=float32)
    """

    known_as = "kl_divergence"


class Poisson(_Named):
    """The mean of y_pred - y_true log(y_pred).

    >>> Poisson()([[0.0]], [[3.0]])
    Array(3., dtype=float32)
    """

    known_as = "poisson"


def _function(kind: Callable[..., Loss], name: str, example: str) -> Any:
    """The loss *kind* as a function of targets and outputs, one value per example."""

    def function(y_true: Any, y_pred: Any, **options: Any) -> Array:
        return kind(**options).call(jnp.asarray(y_true), jnp.asarray(y_pred))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Return {example}, one value per example.\n\n    No example: the class of this name has one.\n    "
    )
    return function


binary_crossentropy = _function(BinaryCrossentropy, "binary_crossentropy", "the binary cross-entropy")
"""The binary cross-entropy, one value per example."""
categorical_crossentropy = _function(CategoricalCrossentropy, "categorical_crossentropy", "the cross-entropy")
"""The cross-entropy of one-hot targets, one value per example."""
sparse_categorical_crossentropy = _function(
    SparseCategoricalCrossentropy, "sparse_categorical_crossentropy", "the cross-entropy"
)
"""The cross-entropy of class numbers, one value per example."""
mean_squared_error = _function(MeanSquaredError, "mean_squared_error", "the mean squared error")
"""The mean squared error, one value per example."""
mean_absolute_error = _function(MeanAbsoluteError, "mean_absolute_error", "the mean absolute error")
"""The mean absolute error, one value per example."""
huber = _function(Huber, "huber", "Huber's loss")
"""Huber's loss, one value per example."""
hinge = _function(Hinge, "hinge", "the hinge loss")
"""The hinge loss, one value per example."""
squared_hinge = _function(SquaredHinge, "squared_hinge", "the squared hinge loss")
"""The squared hinge loss, one value per example."""
kl_divergence = _function(KLDivergence, "kl_divergence", "the Kullback-Leibler divergence")
"""The Kullback-Leibler divergence, one value per example."""
poisson = _function(Poisson, "poisson", "the Poisson loss")
"""The Poisson loss, one value per example."""


def get(identifier: Any) -> Any:
    """Return the loss of a name, a dictionary, a class, an object or a function.

    >>> get("mse").name
    'mean_squared_error'
    >>> get("categorical_crosentropy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown loss 'categorical_crosentropy': did you mean 'categorical_crossentropy'? ...
    """
    found = named("losses", identifier, aliases=ALIASES)
    if isinstance(found, str):
        found = named("losses", found, aliases=ALIASES)
    own = globals().get(getattr(found, "__name__", ""))
    if own is found and not isinstance(found, Loss) and callable(found):
        return named("losses", found.__name__)
    if not isinstance(found, Loss) and not callable(found):
        raise RavineError(f"a loss must be a name, a keras.losses object or a function, got {identifier!r}")
    return found


def core_loss(identifier: Any) -> functions.Loss:
    """Return the core's loss for what `compile` takes as one.

    >>> core_loss("mse").name
    'mean_squared_error'
    """
    found = get(identifier)
    if not isinstance(found, Loss):
        return functions.FunctionLoss(found)
    if found.reduction not in REDUCTIONS:
        raise RavineError(
            f"{type(found).__name__}: models are trained on the mean over the batch, not with reduction="
            f"{found.reduction!r}: leave it out and raise the learning rate"
        )
    return found.core()


def serialize(loss: Any) -> Any:
    """Return the dictionary that describes a loss.

    >>> serialize(Huber(2.0))["config"]["delta"]
    2.0
    """
    return encode(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Return the loss that a dictionary or a name describes.

    >>> deserialize(serialize(Huber(2.0))).delta
    2.0
    """
    return get(name)
