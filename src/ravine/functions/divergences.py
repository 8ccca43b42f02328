"""Losses between distributions: cross-entropy from probabilities and from logits, Kullback-Leibler divergence.

Each is a pure function of targets *y* and outputs, both with the classes on the last axis, and gives one value per
example: (batch, ..., classes) -> (batch, ...). Targets of any dtype are read in the dtype of the outputs.

From probabilities the definition is Keras's, clipping included: a certain mistake costs at most -ln(1e-7) = 16.1 and
then has no gradient. From logits nothing is clipped and the gradient is exactly softmax(z) - y, or logistic(z) - y.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from ravine.core import Array, Number, cast
from ravine.functions.rectifiers import softplus

__all__ = [
    "EPSILON",
    "binary_crossentropy",
    "binary_crossentropy_from_logits",
    "categorical_crossentropy",
    "categorical_crossentropy_from_logits",
    "kl_divergence",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_from_logits",
]

EPSILON = 1e-7
"""Keras's guard against log(0)."""


def _smooth(y: Array, smoothing: Number, classes: int) -> Array:
    """Give the share *smoothing* of the target to all *classes* alike (Szegedy et al., 2016)."""
    share: Array = cast(smoothing, y.dtype)
    return y * (1.0 - share) + share / classes


def _one_hot(y: Array, out: Array) -> Array:
    return jax.nn.one_hot(jnp.asarray(y).astype(jnp.int32), out.shape[-1], dtype=out.dtype)


def categorical_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Cross-entropy -sum_i y_i ln p_i of *p*, which is made to sum to 1 and clipped to [1e-7, 1 - 1e-7].

    With label smoothing a, y becomes y (1 - a) + a / classes. Shapes (..., classes), (..., classes) -> (...).

    >>> round(float(categorical_crossentropy(jnp.array([0.0, 1.0]), jnp.array([1.0, 1.0]))), 4)
    0.6931
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, p.shape[-1])
    p = jnp.clip(p / jnp.sum(p, axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    return -jnp.sum(y * jnp.log(p), axis=-1)


def categorical_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Cross-entropy of softmax(z), ln(sum_i exp z_i) - sum_i y_i z_i, exact for any *z*; gradient softmax(z) - y.

    Shapes (..., classes), (..., classes) -> (...).

    >>> z = jnp.array([1000.0, 0.0])
    >>> float(categorical_crossentropy_from_logits(jnp.array([0.0, 1.0]), z))
    1000.0
    >>> jax.grad(categorical_crossentropy_from_logits, 1)(jnp.array([0.0, 1.0]), z).tolist()
    [1.0, -1.0]
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, z.shape[-1])
    z = z - lax.stop_gradient(jnp.max(z, axis=-1, keepdims=True))
    normaliser = jnp.log(jnp.sum(jnp.exp(z), axis=-1))
    chosen = jnp.sum(jnp.where(y == 0, 0.0, y * z), axis=-1)  # a class of no weight may lie at -inf
    return jnp.sum(y, axis=-1) * normaliser - chosen


def sparse_categorical_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""`categorical_crossentropy` for integer labels *y*. Shapes (...), (..., classes) -> (...).

    >>> round(float(sparse_categorical_crossentropy(jnp.array(1), jnp.array([0.5, 0.5]))), 4)
    0.6931
    """
    return categorical_crossentropy(_one_hot(y, p), p, label_smoothing)


def sparse_categorical_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""`categorical_crossentropy_from_logits` for integer labels *y*. Shapes (...), (..., classes) -> (...).

    Labels are compared with the class numbers inside the fused sum, so that the backward pass needs no scatter.

    >>> float(sparse_categorical_crossentropy_from_logits(jnp.array(1), jnp.array([1000.0, 0.0])))
    1000.0
    """
    return categorical_crossentropy_from_logits(_one_hot(y, z), z, label_smoothing)


def binary_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Mean over the last axis of -y ln p - (1 - y) ln(1 - p), with *p* clipped to [1e-7, 1 - 1e-7].

    With label smoothing a, y becomes y (1 - a) + a / 2. Shapes (..., outputs), (..., outputs) -> (...).

    >>> round(float(binary_crossentropy(jnp.array([1.0]), jnp.array([0.5]))), 4)
    0.6931
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, 2)
    p = jnp.clip(p, EPSILON, 1.0 - EPSILON)
    return -jnp.mean(y * jnp.log(p) + (1.0 - y) * jnp.log(1.0 - p), axis=-1)


def binary_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Mean over the last axis of y softplus(-z) + (1 - y) softplus(z); gradient (logistic(z) - y) / outputs.

    Neither term cancels: a sure and right answer keeps its tiny loss and gradient.
    Shapes (..., outputs), (..., outputs) -> (...).

    >>> float(binary_crossentropy_from_logits(jnp.array([0.0]), jnp.array([1000.0])))
    1000.0
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, 2)
    return jnp.mean(y * softplus(-z) + (1.0 - y) * softplus(z), axis=-1)


def kl_divergence(y: Array, p: Array) -> Array:
    r"""Kullback-Leibler divergence sum_i y_i ln(y_i / p_i), both clipped to [1e-7, 1] as in Keras.

    Shapes (..., classes), (..., classes) -> (...). Source: Kullback & Leibler, 1951.

    >>> float(kl_divergence(jnp.array([0.5, 0.5]), jnp.array([0.5, 0.5])))
    0.0
    """
    y = jnp.clip(jnp.asarray(y).astype(p.dtype), EPSILON, 1.0)
    p = jnp.clip(p, EPSILON, 1.0)
    return jnp.sum(y * jnp.log(y / p), axis=-1)
