"""Constraints: weights are put back where they may be after every update. Definitions are Keras's.

A norm is the Euclidean one along *axis*: 0, the default, constrains the weights into each unit of a matrix (in, out).
"""

from __future__ import annotations

import abc

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Registry, cast, check_number, pytree, static

__all__ = ["CONSTRAINTS", "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "constraint"]

EPSILON = 1e-7
"""Keras's guard against division by a norm of 0."""
Axis = int | tuple[int, ...]


class Constraint(abc.ABC):
    """A function from a weight array to one of the same shape and dtype.

    >>> isinstance(NonNeg(), Constraint)
    True
    """

    @abc.abstractmethod
    def __call__(self, w: Array) -> Array:
        """Return the permitted weights nearest in spirit to *w*."""


CONSTRAINTS: Registry[type[Constraint]] = Registry("constraint")
"""Every constraint by name."""


def _norm(w: Array, axis: Axis) -> Array:
    return jnp.sqrt(jnp.sum(jnp.square(w), axis=axis, keepdims=True))


@CONSTRAINTS.register("max_norm", "maxnorm")
@pytree
class MaxNorm(Constraint):
    """Shrink to norm *limit* what is longer: w min(norm, limit) / (1e-7 + norm).

    Source: Srebro, Rennie & Jaakkola, 2005; with dropout, Srivastava et al., 2014.

    >>> [round(value, 4) for value in MaxNorm(1.0)(jnp.array([3.0, 4.0])).tolist()]
    [0.6, 0.8]
    """

    limit: Number = 2.0
    axis: Axis = static(default=0)

    def __post_init__(self) -> None:
        check_number("MaxNorm", "limit", self.limit, low=0.0)

    def __call__(self, w: Array) -> Array:
        norm = _norm(w, self.axis)
        return w * (jnp.minimum(norm, cast(self.limit, w.dtype)) / (EPSILON + norm))


@CONSTRAINTS.register("min_max_norm", "minmaxnorm")
@pytree
class MinMaxNorm(Constraint):
    """Move the norm the share *rate* of the way into [low, high] at every step.

    >>> [round(value, 4) for value in MinMaxNorm(low=10.0, high=20.0)(jnp.array([3.0, 4.0])).tolist()]
    [6.0, 8.0]
    """

    low: Number = 0.0
    high: Number = 1.0
    rate: Number = 1.0
    axis: Axis = static(default=0)

    def __post_init__(self) -> None:
        check_number("MinMaxNorm", "low", self.low, low=0.0)
        check_number("MinMaxNorm", "high", self.high, low=0.0)
        check_number("MinMaxNorm", "rate", self.rate, low=0.0, high=1.0)

    def __call__(self, w: Array) -> Array:
        low, high, rate = (cast(value, w.dtype) for value in (self.low, self.high, self.rate))
        norm = _norm(w, self.axis)
        wanted: Array = rate * jnp.minimum(jnp.maximum(norm, low), high) + (1.0 - rate) * norm
        return w * (wanted / (EPSILON + norm))


@CONSTRAINTS.register("non_neg", "nonneg", "non_negative")
@pytree
class NonNeg(Constraint):
    """Set negative weights to 0.

    >>> NonNeg()(jnp.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w: Array) -> Array:
        return jnp.maximum(w, 0.0)


@CONSTRAINTS.register("unit_norm", "unitnorm")
@pytree
class UnitNorm(Constraint):
    """Scale to norm 1: w / (1e-7 + norm).

    >>> [round(value, 4) for value in UnitNorm()(jnp.array([3.0, 4.0])).tolist()]
    [0.6, 0.8]
    """

    axis: Axis = static(default=0)

    def __call__(self, w: Array) -> Array:
        return w / (EPSILON + _norm(w, self.axis))


def constraint(wanted: str | Constraint | None) -> Constraint | None:
    """Return the constraint *wanted*: a name, a constraint (handed back), or None for none.

    >>> constraint("non_neg")
    NonNeg()
    """
    if wanted is None or isinstance(wanted, Constraint):
        return wanted
    if isinstance(wanted, str):
        return CONSTRAINTS[wanted]()
    raise RavineError(f"constraint must be a name, a Constraint or None, got {wanted!r}")
