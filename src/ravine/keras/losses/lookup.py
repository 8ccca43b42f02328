"""Losses by what `compile` takes for one."""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError
from ravine.keras.losses.base import Loss
from ravine.keras.losses.named import FUNCTIONS
from ravine.keras.objects import encode, named
from ravine.keras.own import OwnLoss
from ravine.keras.registration import custom

__all__ = ["ALIASES", "as_object", "core_loss", "deserialize", "get", "serialize"]

ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
    "bce": "binary_crossentropy",
}
"""Short names of losses."""


def get(identifier: Any) -> Any:
    """Return the loss of a name, a dictionary, a class, an object or a function: as in Keras, names in lower case are
    those of the functions, names of classes those of objects. None stays None.

    >>> get("mse").__name__, get("MeanSquaredError").name
    ('mean_squared_error', 'mean_squared_error')
    >>> get("categorical_crosentropy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown loss 'categorical_crosentropy': did you mean 'categorical_crossentropy'? ...
    """
    if isinstance(identifier, str) and custom(identifier) is None:
        key = identifier.strip().lower()
        key = ALIASES.get(key, key)
        if key in FUNCTIONS and identifier not in ("Hinge", "Huber", "Poisson"):
            return FUNCTIONS[key]
    found = named("losses", identifier, aliases=ALIASES)
    if isinstance(found, str):
        return get(found)
    if found is not None and not callable(found):
        raise RavineError(f"a loss must be a name, a keras.losses object or a function, got {identifier!r}")
    return found


def as_object(identifier: Any) -> Any:
    """Return the loss as an object where it is one of Keras's, or else the function.

    >>> as_object("mse")
    <MeanSquaredError name='mean_squared_error', reduction='sum_over_batch_size'>
    """
    found = get(identifier)
    name = getattr(found, "__name__", "")
    return named("losses", name) if FUNCTIONS.get(name) is found else found


def core_loss(identifier: Any) -> functions.Loss:
    """Return the core's loss for what `compile` takes as one.

    >>> core_loss("mse").name
    'mean_squared_error'
    """
    found = as_object(identifier)
    if found is None:
        raise RavineError("a loss must be a name, a keras.losses object or a function, got None")
    if not isinstance(found, Loss):
        return OwnLoss(found)
    if found.reduction not in ("sum_over_batch_size", "mean"):
        raise RavineError(
            f"{type(found).__name__}: models are trained on the mean over the batch, not with reduction="
            f"{found.reduction!r}: leave it out and raise the learning rate"
        )
    if found.dtype not in ("float32", "float64"):
        raise RavineError(
            f"{type(found).__name__}: models compute in float32 or float64, not in {found.dtype}: leave dtype out"
        )
    return found.core()


def serialize(loss: Any) -> Any:
    """Return the dictionary that describes a loss.

    >>> from ravine.keras.losses import Huber
    >>> serialize(Huber(2.0))["config"]["delta"]
    2.0
    """
    return encode(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Return the loss that a dictionary or a name describes.

    >>> from ravine.keras.losses import Huber
    >>> deserialize(serialize(Huber(2.0))).delta
    2.0
    """
    return get(name)
