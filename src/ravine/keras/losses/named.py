"""The losses without options of their own, and all losses as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ravine import functions
from ravine.core import Array
from ravine.keras.losses.base import BinaryCrossentropy, CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from ravine.keras.ranks import same_rank

__all__ = [
    "FUNCTIONS",
    "Hinge",
    "Huber",
    "KLDivergence",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "SquaredHinge",
    "binary_crossentropy",
    "categorical_crossentropy",
    "hinge",
    "huber",
    "kl_divergence",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


class _Named(Loss):
    """A loss without options of its own."""

    known_as: str

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name or self.known_as, reduction, dtype)

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
        super().__init__(reduction, name, dtype)
        self.delta = delta
        self.core()

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.delta == 1:
            del config["delta"]  # Keras never writes it, and reads back the default whatever it was
        return config

    def core(self) -> functions.Loss:
        return functions.Huber(self.delta)


class _Margin(_Named):
    """A loss of margins: targets 0 and 1 mean -1 and 1, any others are taken as they are."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = same_rank(y_true.astype(y_pred.dtype), y_pred)
        self.check_shapes(y_true.shape, y_pred.shape)
        binary = jnp.all((y_true == 0) | (y_true == 1))
        signs = jnp.where(binary, 2 * y_true - 1, y_true)
        return self.of_margins(jnp.maximum(1 - signs * y_pred, 0)).mean(axis=-1)

    def of_margins(self, short: Array) -> Array:
        """The loss of what the margins lack."""
        raise NotImplementedError


class Hinge(_Margin):
    """The mean of max(0, 1 - y_true y_pred) for targets -1 and 1.

    >>> Hinge()([[1.0]], [[0.5]])
    Array(0.5, dtype=float32)
    """

    known_as = "hinge"

    def of_margins(self, short: Array) -> Array:
        return short


class SquaredHinge(_Margin):
    """The mean of max(0, 1 - y_true y_pred)^2 for targets -1 and 1.

    >>> SquaredHinge()([[1.0]], [[0.5]])
    Array(0.25, dtype=float32)
    """

    known_as = "squared_hinge"

    def of_margins(self, short: Array) -> Array:
        return jnp.square(short)


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


FUNCTIONS: dict[str, Callable[..., Array]] = {}
"""Every loss that is a function, by name."""


def _function(kind: Callable[..., Loss], name: str, example: str) -> Any:
    """The loss *kind* as a function of targets and outputs, one value per example."""

    def function(y_true: Any, y_pred: Any, *options: Any, **named: Any) -> Array:
        made = kind(*options, **named)
        given = jnp.asarray(y_pred).dtype
        dtype = given if jnp.issubdtype(given, jnp.floating) else jax.dtypes.canonicalize_dtype(made.dtype)
        y_true, y_pred = made.near(y_true, y_pred)
        return made.call(jnp.asarray(y_true), jnp.asarray(y_pred).astype(dtype))

    FUNCTIONS[name] = function
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
