"""Losses by what `compile` takes for one."""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError
from ravine.keras.losses import named as library
from ravine.keras.losses.base import REDUCTIONS, Loss
from ravine.keras.objects import encode, named

__all__ = ["ALIASES", "core_loss", "deserialize", "get", "serialize"]

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
    name = getattr(found, "__name__", "")
    if callable(found) and not isinstance(found, Loss) and getattr(library, name, None) is found:
        return named("losses", name)
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
