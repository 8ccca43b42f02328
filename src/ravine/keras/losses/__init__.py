"""Losses by Keras's names."""

from ravine.keras.losses.base import BinaryCrossentropy, CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from ravine.keras.losses.lookup import ALIASES, as_object, core_loss, deserialize, get, serialize
from ravine.keras.losses.named import (
    Hinge,
    Huber,
    KLDivergence,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    SquaredHinge,
    binary_crossentropy,
    categorical_crossentropy,
    hinge,
    huber,
    kl_divergence,
    mean_absolute_error,
    mean_squared_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)

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
    "as_object",
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


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)
