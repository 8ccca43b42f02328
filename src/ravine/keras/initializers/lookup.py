"""Initialisers by what a layer takes for one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.keras.initializers.base import Constant, Identity, Initializer
from ravine.keras.initializers.drawn import Orthogonal
from ravine.keras.objects import encode, named
from ravine.keras.registration import CustomObjectScope

__all__ = ["IdentityInitializer", "OrthogonalInitializer", "deserialize", "get", "serialize"]

ALIASES = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
    "identityinitializer": "identity",
    "orthogonalinitializer": "orthogonal",
}

IdentityInitializer = Identity
"""The name of `Identity` in older files."""
OrthogonalInitializer = Orthogonal
"""The name of `Orthogonal` in older files."""


def get(identifier: Any) -> Any:
    """Return the initialiser of a name, a dictionary, a class or an object; an array and a function give themselves.

    >>> get("glorot_uniform").get_config()
    {'seed': None}
    >>> get(np.ones(2))((2,))
    array([1., 1.], dtype=float32)
    """
    if hasattr(identifier, "__array__"):
        return Constant(np.asarray(identifier))
    found = named("initializers", identifier, aliases=ALIASES)
    if found is None:
        return None
    if not isinstance(found, Initializer) and not callable(found):
        raise RavineError(f"an initializer must be a name or a keras.initializers object, got {identifier!r}")
    return found


def serialize(initializer: Initializer) -> Any:
    """Return the dictionary that describes an initialiser.

    >>> from ravine.keras.initializers import Zeros
    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    return encode(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the initialiser that a dictionary describes.

    >>> from ravine.keras.initializers import Zeros
    >>> deserialize(serialize(Zeros()))
    <Zeros >
    """
    with CustomObjectScope(custom_objects):
        return get(config)
