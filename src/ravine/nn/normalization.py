"""Layers that standardise: over the batch, or over the features of each example."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, check_number, pytree, static
from ravine.functions import Constraint, Initializer, Regularizer, initializer
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["BatchNormalization", "LayerNormalization"]


@pytree
class Normalization(Layer):
    """What the two have in common: the trained scale gamma and shift beta along the last axis."""

    _: KW_ONLY
    epsilon: Number = 1e-3
    center: bool = static(default=True)
    scale: bool = static(default=True)
    beta_initializer: str | Initializer = static(default="zeros")
    gamma_initializer: str | Initializer = static(default="ones")
    beta_regularizer: str | Regularizer | None = None
    gamma_regularizer: str | Regularizer | None = None
    beta_constraint: str | Constraint | None = None
    gamma_constraint: str | Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("gamma", "beta")

    def __post_init__(self) -> None:
        check_number(type(self).__name__, "epsilon", self.epsilon, low=0.0)
        self._resolve()

    def output_shape(self, shape: Shape) -> Shape:
        check_axes(type(self).__name__, shape, 1, "(..., features)", "use input_shape=(1,)")
        return shape

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        params = {}
        if self.scale:
            params["gamma"] = initializer(self.gamma_initializer)(rng, shape[-1:], dtype)
        if self.center:
            params["beta"] = initializer(self.beta_initializer)(rng, shape[-1:], dtype)
        return Variables(params, {})

    def _standardise(self, params: Any, x: Array, mean: Array, variance: Array) -> Array:
        factor = jax.lax.rsqrt(variance + jnp.asarray(self.epsilon, x.dtype))
        if self.scale:
            factor = factor * params["gamma"]
        y = (x - mean) * factor
        return y + params["beta"] if self.center else y


@LAYERS.register("batch_normalization")
@pytree
class BatchNormalization(Normalization):
    """Standardise each feature over the batch: y = gamma (x - m) / sqrt(v + epsilon) + beta.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167.

    x has shape (batch, ..., features). While training m and v are the mean and the (biased) variance of the batch over
    all axes but the last, of the valid and unmasked entries only, and the moving ones follow: moving <- momentum moving
    + (1 - momentum) m. Otherwise m and v are the moving ones. Defaults as in Keras; torch's momentum is 1 - ours, and
    its moving variance is unbiased.

    >>> layer = BatchNormalization()
    >>> params, state = layer.init(np.random.default_rng(0), (1,))
    >>> y, state = layer.apply(params, state, jnp.array([[1.0], [3.0]]), Context(train=True))
    >>> y.round(3).tolist(), state["moving_mean"].round(3).tolist()
    ([[-1.0], [1.0]], [0.02...])
    """

    _: KW_ONLY
    momentum: Number = 0.99
    moving_mean_initializer: str | Initializer = static(default="zeros")
    moving_variance_initializer: str | Initializer = static(default="ones")

    weights: ClassVar[tuple[str, ...]] = ("gamma", "beta", "moving_mean", "moving_variance")
    statistics: ClassVar[tuple[str, ...]] = ("moving_mean", "moving_variance")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("BatchNormalization", "momentum", self.momentum, low=0.0, high=1.0)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        made = super().init(rng, shape, dtype)
        mean = initializer(self.moving_mean_initializer)(rng, shape[-1:], dtype)
        variance = initializer(self.moving_variance_initializer)(rng, shape[-1:], dtype)
        return Variables(made.params, {"moving_mean": mean, "moving_variance": variance})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train or context.frozen:
            return self._standardise(params, x, state["moving_mean"], state["moving_variance"]), state
        axes = tuple(range(x.ndim - 1))
        weight = _weight(x, context)
        if weight is None:
            mean, variance, kept = x.mean(axes), x.var(axes), jnp.asarray(self.momentum, x.dtype)
        else:
            weight = jnp.broadcast_to(weight, (*x.shape[:-1], 1))
            count = jnp.maximum(weight.sum(axes), 1)
            mean = jnp.where(weight > 0, x, 0).sum(axes) / count
            variance = jnp.where(weight > 0, jnp.square(x - mean), 0).sum(axes) / count
            # A batch of nothing but padding leaves the moving statistics as they are.
            kept = jnp.where(weight.sum() > 0, jnp.asarray(self.momentum, x.dtype), 1)
        moved = {
            "moving_mean": kept * state["moving_mean"] + (1 - kept) * mean,
            "moving_variance": kept * state["moving_variance"] + (1 - kept) * variance,
        }
        return self._standardise(params, x, mean, variance), moved


def _weight(x: Array, context: Context) -> Array | None:
    """1 for the entries of *x* that count, 0 for padding and masked steps, broadcasting over x; None if all count."""
    weight = None
    if context.valid is not None:
        weight = context.valid.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1))
    if context.mask is not None and context.mask.ndim < x.ndim:
        mask = context.mask.astype(x.dtype).reshape(*context.mask.shape, *(1,) * (x.ndim - context.mask.ndim))
        weight = mask if weight is None else weight * mask
    return weight


@LAYERS.register("layer_normalization")
@pytree
class LayerNormalization(Normalization):
    """Standardise each example over its features: y = gamma (x - m) / sqrt(v + epsilon) + beta.

    Source: Ba et al. 2016, arXiv:1607.06450.

    m and v are the mean and the (biased) variance along the last axis. epsilon is 1e-3 as in Keras; torch has 1e-5.

    >>> layer = LayerNormalization()
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[1.0, 3.0]]), Context())[0].round(3).tolist()
    [[-1.0, 1.0]]
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return self._standardise(params, x, mean, variance), state
