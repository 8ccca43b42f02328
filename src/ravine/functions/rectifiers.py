"""Activations without an upper bound: linear, exponential, ReLU and its relatives, smooth rectifiers.

Every function takes a float array of any shape and returns one of the same shape and dtype. Value and derivative are
finite for every finite argument (`exponential` alone overflows, by definition), and NaN stays NaN.
Where a function has a corner its derivative is the one that torch, Keras and JAX agree upon: relu'(0) = 0.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, cast
from ravine.functions.sigmoidal import logistic, tanh

__all__ = [
    "elu",
    "exponential",
    "gelu",
    "gelu_tanh",
    "leaky_relu",
    "linear",
    "mish",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softplus",
]

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SQRT_HALF = 0.7071067811865476
SQRT_2_OVER_PI = 0.7978845608028654
BEYOND = 40.0
"""Phi(-40) and 1 - Phi(40) are 0 in every float type; powers of a larger x might overflow."""


def linear(x: Array) -> Array:
    r"""Identity: f(x) = x.

    >>> linear(jnp.array([-1.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    return x


def exponential(x: Array) -> Array:
    r"""Exponential, exp(x), its own derivative. Above 88.7 (float32) or 709.8 (float64) it is inf.

    >>> exponential(jnp.array([0.0, 1000.0])).tolist()
    [1.0, inf]
    """
    return jnp.exp(x)


def relu(x: Array) -> Array:
    r"""Rectified linear unit, max(0, x); derivative 1 for x > 0, else 0.

    Source: Fukushima, 1969; Nair & Hinton, 2010; Glorot, Bordes & Bengio, 2011.

    >>> relu(jnp.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    >>> float(jax.grad(relu)(0.0))
    0.0
    """
    return jax.nn.relu(x)


def relu6(x: Array) -> Array:
    r"""ReLU bounded by six, min(max(0, x), 6); derivative 1 for 0 < x < 6, else 0.

    Source: Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    >>> relu6(jnp.array([-1.0, 3.0, 7.0])).tolist()
    [0.0, 3.0, 6.0]
    """
    return jax.nn.relu6(x)


def leaky_relu(x: Array, slope: Number = 0.01) -> Array:
    r"""ReLU that leaks: x for x > 0, else slope * x; derivative 1 for x > 0, else the slope.

    The slope is the paper's, as in torch and JAX. Keras has 0.2 in the function and 0.3 in the layer.
    Source: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> leaky_relu(jnp.array([-1.0, 2.0]), 0.25).tolist()
    [-0.25, 2.0]
    """
    x = jnp.asarray(x)
    return jnp.where(x > 0, x, cast(slope, x.dtype) * x)


def elu(x: Array, alpha: Number = 1.0) -> Array:
    r"""Exponential linear unit: x for x > 0, else alpha (exp(x) - 1), with values above -alpha.

    Source: Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by ELUs", 2016.

    >>> elu(jnp.array([-1000.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    x = jnp.asarray(x)
    negative = jnp.where(x > 0, 0.0, x)  # exp of the other branch would overflow, and its gradient be 0 * inf
    return jnp.where(x > 0, x, cast(alpha, x.dtype) * _expm1(negative))


@jax.custom_jvp
def _expm1(x: Array) -> Array:
    """Return exp(x) - 1 with the slope exp(x), where automatic differentiation would take (exp(x) - 1) + 1."""
    return jnp.expm1(x)


@_expm1.defjvp
def _expm1_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return _expm1(x), dx * jnp.exp(x)


def selu(x: Array) -> Array:
    r"""Scaled ELU, 1.0507 elu(x, 1.6733): mean 0 and variance 1 are a fixed point from layer to layer.

    Source: Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.

    >>> [round(value, 4) for value in selu(jnp.array([-1000.0, 1.0])).tolist()]
    [-1.7581, 1.0507]
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


@jax.custom_jvp
def softplus(x: Array) -> Array:
    r"""Softplus, log(1 + exp(x)), the smooth ReLU, computed as max(x, 0) + log(1 + exp(-abs(x))).

    Its derivative is the logistic function.
    Source: Dugas, Bengio, Bélisle, Nadeau & Garcia, 2001.

    >>> softplus(jnp.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    >>> float(jax.grad(softplus)(0.0))
    0.5
    """
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@softplus.defjvp
def _softplus_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return softplus(x), dx * logistic(x)


def gelu(x: Array) -> Array:
    r"""Gaussian error linear unit, x Phi(x), with the exact normal distribution Phi, as Keras 3 and torch have it.

    Phi(x) = erfc(-x / sqrt 2) / 2 keeps its relative accuracy for negative x.
    Source: Hendrycks & Gimpel, "Gaussian error linear units", 2016.

    >>> [round(value, 4) for value in gelu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1587, 0.0, 0.8413]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * (0.5 * jax.scipy.special.erfc(-SQRT_HALF * near))


def gelu_tanh(x: Array) -> Array:
    r"""GELU with its tanh approximation, x logistic(2 sqrt(2/pi) (x + 0.044715 x^3)): the default of JAX and flax.

    It differs from `gelu` by at most 4.8e-4. 0.5 (1 + tanh(u)) is written as logistic(2u), which does not cancel.
    Source: Hendrycks & Gimpel, 2016.

    >>> [round(value, 4) for value in gelu_tanh(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1588, 0.0, 0.8412]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * logistic(2.0 * SQRT_2_OVER_PI * (near + 0.044715 * near * near * near))


def silu(x: Array) -> Array:
    r"""Sigmoid linear unit or swish, x logistic(x); its least value is -0.2785.

    Source: Elfwing, Uchibe & Doya, 2018; Ramachandran, Zoph & Le, "Searching for activation functions", 2017.

    >>> [round(value, 4) for value in silu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.2689, 0.0, 0.7311]
    """
    return x * logistic(x)


def mish(x: Array) -> Array:
    r"""Mish, x tanh(softplus(x)); its least value is -0.3088.

    Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019.

    >>> [round(value, 4) for value in mish(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.3034, 0.0, 0.8651]
    """
    return x * tanh(softplus(x))
