"""Penalties on weights."""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError, check_number, pytree, static
from ravine.keras.objects import Described, encode, named
from ravine.keras.registration import CustomObjectScope
from ravine.keras.unsupported import missing

__all__ = ["L1", "L1L2", "L2", "Called", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2", "serialize"]


@pytree
class Called(functions.Regularizer):
    """A regularizer of the user's own, a function of an array or an object that is called with one.

    >>> import jax.numpy as jnp
    >>> Called(jnp.sum)(jnp.array([1.0, 2.0]))
    Array(3., dtype=float32)
    """

    rule: Any = static()

    def __call__(self, w: Any) -> Any:
        return self.rule(w)


class Regularizer(Described, family="regularizers"):
    """A penalty added to the loss; called with an array it gives the number.

    No example: a base class.
    """

    def core(self) -> Any:
        """The core's penalty, a function of an array."""
        if type(self).__call__ is Regularizer.__call__:
            raise RavineError(
                f"{type(self).__name__}: a regularizer of your own must define __call__(self, x), the penalty"
            )
        return Called(self)

    def __call__(self, x: Any) -> Any:
        return self.core()(x)


class L1(Regularizer):
    """*l1* times the sum of the absolute values.

    >>> import jax.numpy as jnp
    >>> L1(0.5)(jnp.array([1.0, -3.0]))
    Array(2., dtype=float32)
    """

    options = ("l1",)

    def __init__(self, l1: float = 0.01) -> None:
        l1 = 0.01 if l1 is None else l1
        check_number("L1", "l1", l1, low=0.0)
        self.l1 = float(l1)

    def core(self) -> Any:
        return functions.L1(self.l1)


class L2(Regularizer):
    """*l2* times the sum of the squares.

    >>> import jax.numpy as jnp
    >>> L2(0.5)(jnp.array([1.0, -3.0]))
    Array(5., dtype=float32)
    """

    options = ("l2",)

    def __init__(self, l2: float = 0.01) -> None:
        l2 = 0.01 if l2 is None else l2
        check_number("L2", "l2", l2, low=0.0)
        self.l2 = float(l2)

    def core(self) -> Any:
        return functions.L2(self.l2)


class L1L2(Regularizer):
    """*l1* times the sum of the absolute values plus *l2* times the sum of the squares.

    >>> import jax.numpy as jnp
    >>> L1L2(1.0, 0.5)(jnp.array([1.0, -3.0]))
    Array(9., dtype=float32)
    """

    options = ("l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        l1, l2 = l1 or 0.0, l2 or 0.0
        check_number("L1L2", "l1", l1, low=0.0)
        check_number("L1L2", "l2", l2, low=0.0)
        self.l1, self.l2 = float(l1), float(l2)

    def core(self) -> Any:
        return functions.L1L2(self.l1, self.l2)


l1 = L1
"""The name of `L1` in Keras 2."""
l2 = L2
"""The name of `L2` in Keras 2."""


l1_l2 = L1L2
"""The name of `L1L2` in Keras 2; what is not given is 0."""


def get(identifier: Any) -> Any:
    """Return the regulariser of a name, a dictionary, a class or an object; None stays None.

    >>> get("l2").get_config()
    {'l2': 0.01}
    """
    found = named("regularizers", identifier, aliases={"l1_l2": "l1l2"})
    if found is not None and not callable(found):
        raise RavineError(f"a regularizer must be a name or a keras.regularizers object, got {identifier!r}")
    return found


def serialize(regularizer: Regularizer) -> Any:
    """Return the dictionary that describes a regulariser.

    >>> serialize(L2(0.5))["config"]
    {'l2': 0.5}
    """
    return encode(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the regulariser that a dictionary describes.

    >>> deserialize(serialize(L2(0.5)))
    <L2 l2=0.5>
    """
    with CustomObjectScope(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
