"""Losses of regression, of margins and of counts. Pure functions: (batch, ..., outputs) twice -> (batch, ...).

Each is the mean over the last axis; targets of any dtype are read in the dtype of the outputs. Definitions are Keras's.
"""

from __future__ import annotations

import jax.numpy as jnp

from ravine.core import Array, Number, cast
from ravine.functions.divergences import EPSILON

__all__ = ["hinge", "huber", "magnitude", "mean_absolute_error", "mean_squared_error", "poisson", "squared_hinge"]


def magnitude(x: Array) -> Array:
    """Return abs(x) with the slope 0 at 0, where JAX's own has 1.

    >>> import jax
    >>> float(jax.grad(magnitude)(0.0))
    0.0
    """
    return x * jnp.sign(x)


def mean_squared_error(y: Array, out: Array) -> Array:
    r"""Mean of (out - y)^2.

    >>> float(mean_squared_error(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
    2.0
    """
    return jnp.mean(jnp.square(out - jnp.asarray(y).astype(out.dtype)), axis=-1)


def mean_absolute_error(y: Array, out: Array) -> Array:
    r"""Mean of abs(out - y); the gradient at a perfect answer is 0.

    >>> float(mean_absolute_error(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
    1.0
    """
    return jnp.mean(magnitude(out - jnp.asarray(y).astype(out.dtype)), axis=-1)


def huber(y: Array, out: Array, delta: Number = 1.0) -> Array:
    r"""Mean of e^2 / 2 where abs(e) <= delta, else delta (abs(e) - delta / 2), with e = out - y.

    Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> float(huber(jnp.array([0.0, 0.0]), jnp.array([1.0, 3.0])))
    1.5
    """
    size = jnp.abs(out - jnp.asarray(y).astype(out.dtype))
    limit = cast(delta, out.dtype)
    inner = jnp.minimum(size, limit)  # the square of a large error is never formed
    return jnp.mean(0.5 * jnp.square(inner) + limit * (size - inner), axis=-1)


def _margin(y: Array, out: Array) -> Array:
    y = jnp.asarray(y).astype(out.dtype)
    return jnp.maximum(1.0 - jnp.where(y == 0, -1.0, y) * out, 0.0)


def hinge(y: Array, out: Array) -> Array:
    r"""Mean of max(0, 1 - y out) for labels y of -1 and 1; a label 0 reads as -1.

    Source: Rosasco et al., "Are loss functions all the same?", 2004.

    >>> float(hinge(jnp.array([1.0, -1.0]), jnp.array([0.5, -2.0])))
    0.25
    """
    return jnp.mean(_margin(y, out), axis=-1)


def squared_hinge(y: Array, out: Array) -> Array:
    r"""Mean of max(0, 1 - y out)^2 for labels y of -1 and 1; a label 0 reads as -1.

    >>> float(squared_hinge(jnp.array([1.0, -1.0]), jnp.array([0.5, -2.0])))
    0.125
    """
    return jnp.mean(jnp.square(_margin(y, out)), axis=-1)


def poisson(y: Array, out: Array) -> Array:
    r"""Mean of out - y ln(out + 1e-7): negative log-likelihood of counts *y* of mean *out* > 0, less a constant.

    >>> float(poisson(jnp.array([0.0, 0.0]), jnp.array([1.0, 3.0])))
    2.0
    """
    return jnp.mean(out - jnp.asarray(y).astype(out.dtype) * jnp.log(out + EPSILON), axis=-1)
