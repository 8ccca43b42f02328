"""Activations that saturate, and those that normalise a row: logistic, tanh, softsign, clipped relatives, softmax.

Every function takes a float array of any shape and returns one of the same shape and dtype. Value and derivative are
finite for every finite argument; both keep their *relative* accuracy in the tails, where the usual s (1 - s) and
1 - tanh^2 round to zero long before the true derivative does: a vanishing gradient is measured, not rounded away.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from ravine.core import Array

__all__ = [
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_tanh",
    "log_softmax",
    "logistic",
    "softmax",
    "softsign",
    "tanh",
]


@jax.custom_jvp
def logistic(x: Array) -> Array:
    r"""Logistic sigmoid, 1 / (1 + exp(-x)), with values in (0, 1); derivative logistic(x) logistic(-x), at most 1/4.

    Source: Verhulst, 1845; as a unit of networks, Rumelhart, Hinton & Williams, 1986.

    >>> logistic(jnp.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    >>> float(jax.grad(logistic)(0.0))
    0.25
    """
    small = jnp.exp(-jnp.abs(x))  # the exponent is never positive: no overflow
    return jnp.where(x < 0, small, 1.0) / (1.0 + small)


@logistic.defjvp
def _logistic_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return logistic(x), dx * _bell(x)


@jax.custom_jvp
def _bell(x: Array) -> Array:
    """Derivative of the logistic function, logistic(x) logistic(-x), from one exponential."""
    small = jnp.exp(-jnp.abs(x))
    return small / jnp.square(1.0 + small)


@_bell.defjvp
def _bell_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    value = _bell(x)
    return value, dx * (value * (logistic(-x) - logistic(x)))


@jax.custom_jvp
def tanh(x: Array) -> Array:
    r"""Hyperbolic tangent, 2 logistic(2x) - 1, with values in (-1, 1); derivative 1 - tanh(x)^2, at most 1.

    Source: LeCun, Bottou, Orr & Müller, "Efficient BackProp", 1998.

    >>> tanh(jnp.array([-1000.0, 0.0, 1000.0])).tolist()
    [-1.0, 0.0, 1.0]
    >>> float(jax.grad(tanh)(0.0))
    1.0
    """
    return jnp.tanh(x)


@tanh.defjvp
def _tanh_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    double = 2.0 * jnp.clip(x, -1e4, 1e4)  # doubling the largest floats overflows
    return tanh(x), dx * (4.0 * _bell(double))


@jax.custom_jvp
def softsign(x: Array) -> Array:
    r"""Softsign, x / (1 + abs(x)), with values in (-1, 1); derivative 1 / (1 + abs(x))^2. Its tails are polynomial.

    Source: Bergstra, Desjardins, Lamblin & Bengio, "Quadratic polynomials learn better image features", 2009.

    >>> softsign(jnp.array([-1.0, 0.0, 3.0])).tolist()
    [-0.5, 0.0, 0.75]
    """
    return x / (1.0 + jnp.abs(x))


@softsign.defjvp
def _softsign_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return softsign(x), dx * jnp.square(1.0 / (1.0 + jnp.abs(x)))


def _between(x: Array, low: float, high: float) -> Array:
    """Clip; the derivative is 1 strictly between the bounds and 0 elsewhere, the bounds included."""
    return lax.clamp(jnp.asarray(low, x.dtype), x, jnp.asarray(high, x.dtype))


def hard_sigmoid(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 3, torch and JAX: relu6(x + 3) / 6, with values in [0, 1] and slope 1/6.

    Keras 2 meant another function by this name: `hard_sigmoid_keras2`.
    Source: Howard et al., "Searching for MobileNetV3", 2019.

    >>> hard_sigmoid(jnp.array([-3.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(x + 3.0, 0.0, 6.0) / 6.0


def hard_sigmoid_keras2(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 2: clip(0.2 x + 0.5, 0, 1), with slope 1/5.

    Source: Courbariaux, Bengio & David, "BinaryConnect", 2015.

    >>> hard_sigmoid_keras2(jnp.array([-2.5, 0.0, 2.5])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(0.2 * x + 0.5, 0.0, 1.0)


def hard_tanh(x: Array) -> Array:
    r"""Piecewise linear tanh, clip(x, -1, 1), with slope 1 strictly inside and 0 elsewhere.

    Source: Collobert, "Large scale machine learning", 2004.

    >>> hard_tanh(jnp.array([-2.0, 0.5, 2.0])).tolist()
    [-1.0, 0.5, 1.0]
    """
    return _between(jnp.asarray(x), -1.0, 1.0)


def softmax(x: Array) -> Array:
    r"""Softmax over the last axis, exp(x_i) / sum_j exp(x_j): positive, sums to 1. Shape (..., classes).

    The largest entry is subtracted first, so that nothing overflows.
    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> softmax(jnp.array([1e30, 1e30])).tolist()
    [0.5, 0.5]
    """
    return jax.nn.softmax(x, axis=-1)


def log_softmax(x: Array) -> Array:
    r"""Logarithm of `softmax` over the last axis, x_i - log sum_j exp(x_j). Shape (..., classes).

    A value below the smallest float is -inf: only inputs more than 3.4e38 apart (in float32) reach it.

    >>> log_softmax(jnp.array([0.0, -1000.0])).tolist()
    [0.0, -1000.0]
    """
    return jax.nn.log_softmax(x, axis=-1)
