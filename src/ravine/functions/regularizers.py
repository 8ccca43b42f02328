"""Penalties on weights, added to the loss: strengths are numbers that may be swept."""

from __future__ import annotations

import abc

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Registry, cast, check_number, pytree
from ravine.functions.losses import magnitude

__all__ = ["L1", "L1L2", "L2", "REGULARIZERS", "Regularizer", "regularizer"]


class Regularizer(abc.ABC):
    """A function of a weight array of any shape that returns a scalar of its dtype, to be added to the loss.

    >>> isinstance(L2(0.01), Regularizer)
    True
    """

    @abc.abstractmethod
    def __call__(self, w: Array) -> Array:
        """Return the penalty of *w*."""


REGULARIZERS: Registry[type[Regularizer]] = Registry("regularizer")
"""Every regulariser by name, of Keras's default strength 0.01."""


@REGULARIZERS.register("l1")
@pytree
class L1(Regularizer):
    """strength * sum abs(w); drives weights to zero (Tibshirani, 1996). The gradient at 0 is 0.

    >>> float(L1(0.5)(jnp.array([1.0, -3.0])))
    2.0
    """

    strength: Number = 0.01

    def __post_init__(self) -> None:
        check_number("L1", "strength", self.strength, low=0.0)

    def __call__(self, w: Array) -> Array:
        strength: Array = cast(self.strength, w.dtype)
        return strength * jnp.sum(magnitude(w))


@REGULARIZERS.register("l2")
@pytree
class L2(Regularizer):
    """strength * sum w^2, with no factor 1/2 (Hoerl & Kennard, 1970): the gradient is 2 strength w.

    >>> float(L2(0.5)(jnp.array([1.0, -3.0])))
    5.0
    """

    strength: Number = 0.01

    def __post_init__(self) -> None:
        check_number("L2", "strength", self.strength, low=0.0)

    def __call__(self, w: Array) -> Array:
        strength: Array = cast(self.strength, w.dtype)
        return strength * jnp.sum(jnp.square(w))


@REGULARIZERS.register("l1_l2", "l1l2", "elastic_net")
@pytree
class L1L2(Regularizer):
    """l1 * sum abs(w) + l2 * sum w^2 (Zou & Hastie, 2005).

    >>> float(L1L2(l1=1.0, l2=0.5)(jnp.array([1.0, -3.0])))
    9.0
    """

    l1: Number = 0.01
    l2: Number = 0.01

    def __post_init__(self) -> None:
        check_number("L1L2", "l1", self.l1, low=0.0)
        check_number("L1L2", "l2", self.l2, low=0.0)

    def __call__(self, w: Array) -> Array:
        l1: Array = cast(self.l1, w.dtype)
        l2: Array = cast(self.l2, w.dtype)
        return l1 * jnp.sum(magnitude(w)) + l2 * jnp.sum(jnp.square(w))


def regularizer(wanted: str | Regularizer | None) -> Regularizer | None:
    """Return the regulariser *wanted*: a name, a regulariser (handed back), or None for none.

    >>> regularizer("l2")
    L2(strength=0.01)
    """
    if wanted is None or isinstance(wanted, Regularizer):
        return wanted
    if isinstance(wanted, str):
        return REGULARIZERS[wanted]()
    raise RavineError(f"regularizer must be a name, a Regularizer or None, got {wanted!r}")
