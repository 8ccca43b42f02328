"""Bounds that weights keep after every update."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import RavineError, pytree, static
from ravine.keras.objects import Described, encode, named
from ravine.keras.registration import CustomObjectScope
from ravine.keras.unsupported import missing

__all__ = [
    "Called",
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "maxnorm",
    "min_max_norm",
    "non_neg",
    "nonneg",
    "serialize",
    "unit_norm",
    "unitnorm",
]


@pytree
class Called(functions.Constraint):
    """A constraint of the user's own, a function of an array or an object that is called with one.

    >>> Called(abs)(jnp.array([-1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """

    rule: Any = static()

    def __call__(self, w: Any) -> Any:
        return self.rule(w)


class Constraint(Described, family="constraints"):
    """What is done to an array after each update.

    No example: a base class.
    """

    def core(self) -> Any:
        """The core's constraint, a function of an array."""
        if type(self).__call__ is Constraint.__call__:
            raise RavineError(
                f"{type(self).__name__}: a constraint of your own must define __call__(self, w), which gives the array"
            )
        return Called(self)

    def __call__(self, w: Any) -> Any:
        return self.core()(jnp.asarray(w))


class MaxNorm(Constraint):
    """Norms along *axis* of at most *max_value*.

    >>> bool(abs(MaxNorm(1.0)(jnp.array([[3.0], [4.0]])) - jnp.array([[0.6], [0.8]])).max() < 1e-5)
    True
    """

    options = ("max_value", "axis")

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def core(self) -> Any:
        return functions.MaxNorm(float(self.max_value), axis=_axis(self.axis))


class MinMaxNorm(Constraint):
    """Norms along *axis* moved the share *rate* of the way into [*min_value*, *max_value*].

    >>> MinMaxNorm(min_value=1.0, max_value=2.0).get_config()["rate"]
    1.0
    """

    options = ("min_value", "max_value", "rate", "axis")

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def core(self) -> Any:
        return functions.MinMaxNorm(float(self.min_value), float(self.max_value), self.rate, axis=_axis(self.axis))


class NonNeg(Constraint):
    """No value below 0.

    >>> NonNeg()(jnp.array([-1.0, 2.0]))
    Array([0., 2.], dtype=float32)
    """

    def core(self) -> Any:
        return functions.NonNeg()


class UnitNorm(Constraint):
    """Norms along *axis* of 1.

    >>> bool(abs(UnitNorm()(jnp.array([[3.0], [4.0]])) - jnp.array([[0.6], [0.8]])).max() < 1e-5)
    True
    """

    options = ("axis",)

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def core(self) -> Any:
        return functions.UnitNorm(axis=_axis(self.axis))


def _axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


max_norm = maxnorm = MaxNorm
"""The name of `MaxNorm` in Keras 2."""
min_max_norm = MinMaxNorm
"""The name of `MinMaxNorm` in Keras 2."""
non_neg = nonneg = NonNeg
"""The name of `NonNeg` in Keras 2."""
unit_norm = unitnorm = UnitNorm
"""The name of `UnitNorm` in Keras 2."""


def get(identifier: Any) -> Any:
    """Return the constraint of a name, a dictionary, a class or an object; None stays None.

    >>> get("non_neg")
    <NonNeg >
    """
    found = named("constraints", identifier)
    if found is not None and not callable(found):
        raise RavineError(f"a constraint must be a name or a keras.constraints object, got {identifier!r}")
    return found


def serialize(constraint: Constraint) -> Any:
    """Return the dictionary that describes a constraint.

    >>> serialize(UnitNorm())["config"]
    {'axis': 0}
    """
    return encode(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the constraint that a dictionary describes.

    >>> deserialize(serialize(UnitNorm()))
    <UnitNorm axis=0>
    """
    with CustomObjectScope(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
