"""Layers that standardise: over the batch, over the features of each example, or over groups of them."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, RavineError, check_number, pytree, static, whole
from ravine.functions import Constraint, Initializer, Regularizer, initializer
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]


@pytree
class Standardised(Layer):
    """What they have in common: the trained scale gamma and shift beta, one for each place along *axis*.

    Axes are counted as Keras counts them: 0 is the batch, 1 the first axis of an example, -1 the last.
    """

    _: KW_ONLY
    axis: int = static(default=-1, kw_only=True)
    epsilon: Number = 1e-3
    center: bool = static(default=True, kw_only=True)
    scale: bool = static(default=True, kw_only=True)
    beta_initializer: str | Initializer = static(default="zeros", kw_only=True)
    gamma_initializer: str | Initializer = static(default="ones", kw_only=True)
    beta_regularizer: str | Regularizer | None = None
    gamma_regularizer: str | Regularizer | None = None
    beta_constraint: str | Constraint | None = None
    gamma_constraint: str | Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("gamma", "beta")

    def __post_init__(self) -> None:
        check_number(type(self).__name__, "epsilon", self.epsilon, low=0.0)
        object.__setattr__(self, "axis", whole(type(self).__name__, "axis", self.axis, least=-(2**31)))
        self._resolve()

    def output_shape(self, shape: Shape) -> Shape:
        check_axes(type(self).__name__, shape, 1, "(..., features)", "use input_shape=(1,)")
        axis_of(type(self).__name__, self.axis, shape)
        return shape

    def _size(self, shape: Shape) -> Shape:
        """The shape of gamma and beta for examples of *shape*."""
        return (shape[axis_of(type(self).__name__, self.axis, shape)],)

    def _across(self, x: Array) -> Any:
        """A function that lets one number per place along the axis meet a batch *x*."""
        axis = axis_of(type(self).__name__, self.axis, x.shape[1:])
        after = (1,) * (x.ndim - 2 - axis)
        return lambda values: values if not after else jnp.asarray(values).reshape(-1, *after)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        params = {}
        if self.scale:
            params["gamma"] = initializer(self.gamma_initializer)(rng, self._size(shape), dtype)
        if self.center:
            params["beta"] = initializer(self.beta_initializer)(rng, self._size(shape), dtype)
        return Variables(params, {})

    def _standardise(self, params: Any, x: Array, mean: Array, variance: Array) -> Array:
        factor = jax.lax.rsqrt(variance + jnp.asarray(self.epsilon, x.dtype))
        across = self._across(x)
        if self.scale:
            factor = factor * across(params["gamma"])
        y = (x - mean) * factor
        return y + across(params["beta"]) if self.center else y


@LAYERS.register("batch_normalization")
@pytree
class BatchNormalization(Standardised):
    """Standardise each feature over the batch: y = gamma (x - m) / sqrt(v + epsilon) + beta.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167.

    x has shape (batch, ..., features). While training m and v are the mean and the (biased) variance of the batch over
    all axes but *axis*, by default the last, of the valid and unmasked entries only, and the moving ones follow:
    moving <- momentum moving + (1 - momentum) m. Otherwise m and v are the moving ones. Defaults as in Keras; torch's
    momentum is 1 - ours, and its moving variance is unbiased.

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
        mean = initializer(self.moving_mean_initializer)(rng, self._size(shape), dtype)
        variance = initializer(self.moving_variance_initializer)(rng, self._size(shape), dtype)
        return Variables(made.params, {"moving_mean": mean, "moving_variance": variance})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        across = self._across(x)
        if not context.train or context.frozen:
            moving = across(state["moving_mean"]), across(state["moving_variance"])
            return self._standardise(params, x, *moving), state
        kept_axis = 1 + axis_of("BatchNormalization", self.axis, x.shape[1:])
        axes = tuple(axis for axis in range(x.ndim) if axis != kept_axis)
        weight = _weight(x, context)
        if weight is None:
            mean, variance, kept = x.mean(axes), x.var(axes), jnp.asarray(self.momentum, x.dtype)
        else:
            # one weight for each place that is summed over: the axis that is kept has but one
            weight = jnp.broadcast_to(weight, (*x.shape[:-1], 1) if kept_axis == x.ndim - 1 else x.shape)
            count = jnp.maximum(weight.sum(axes), 1)
            mean = jnp.where(weight > 0, x, 0).sum(axes) / count
            variance = jnp.where(weight > 0, jnp.square(x - across(mean)), 0).sum(axes) / count
            # A batch of nothing but padding leaves the moving statistics as they are.
            kept = jnp.where(weight.sum() > 0, jnp.asarray(self.momentum, x.dtype), 1)
        moved = {
            "moving_mean": kept * state["moving_mean"] + (1 - kept) * mean,
            "moving_variance": kept * state["moving_variance"] + (1 - kept) * variance,
        }
        return self._standardise(params, x, across(mean), across(variance)), moved


def axis_of(owner: str, axis: int, shape: Shape) -> int:
    """The place in an example's *shape* of the *axis* of a batch, counted as Keras does.

    >>> axis_of("LayerNormalization", -1, (4, 3)), axis_of("LayerNormalization", 1, (4, 3))
    (1, 0)
    """
    place = axis - 1 if axis > 0 else axis + len(shape)
    if axis == 0 or not 0 <= place < len(shape):
        raise RavineError(f"{owner}: axis {axis} is none of an example of shape {shape}: give 1 to {len(shape)}, or -1")
    return place


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
class LayerNormalization(Standardised):
    """Standardise each example over its features: y = gamma (x - m) / sqrt(v + epsilon) + beta.

    Source: Ba et al. 2016, arXiv:1607.06450.

    m and v are the mean and the (biased) variance along *axis*, by default the last. epsilon is 1e-3 as in Keras; torch
    has 1e-5.

    >>> layer = LayerNormalization()
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[1.0, 3.0]]), Context())[0].round(3).tolist()
    [[-1.0, 1.0]]
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        axis = 1 + axis_of("LayerNormalization", self.axis, x.shape[1:])
        mean, variance = x.mean(axis, keepdims=True), x.var(axis, keepdims=True)
        return self._standardise(params, x, mean, variance), state


@LAYERS.register("group_normalization")
@pytree
class GroupNormalization(Standardised):
    """Standardise each example over *groups* of features, and over all its other axes: Wu & He 2018, arXiv:1803.08494.

    The features along *axis* are cut into *groups* of neighbours; each group of an example has its mean and variance,
    each feature its gamma and beta. With groups = 1 it is over a whole example; -1 makes each feature a group.

    >>> layer = GroupNormalization(2)
    >>> params, state = layer.init(np.random.default_rng(0), (4,))
    >>> layer.apply(params, state, jnp.array([[1.0, 3.0, 10.0, 30.0]]), Context())[0].round(2).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    groups: int = static(default=32)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", whole("GroupNormalization", "groups", self.groups, least=-1))
        super().__post_init__()

    def output_shape(self, shape: Shape) -> Shape:
        super().output_shape(shape)
        features = self._size(shape)[0]
        if self.groups == 0 or features % self.groups:
            raise RavineError(
                f"GroupNormalization: {features} features cannot be cut into {self.groups} groups: take a divisor"
            )
        return shape

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        place = 1 + axis_of("GroupNormalization", self.axis, x.shape[1:])
        features = x.shape[place]
        groups = features if self.groups == -1 else self.groups
        cut = x.reshape(*x.shape[:place], groups, features // groups, *x.shape[place + 1 :])
        axes = tuple(axis for axis in range(1, cut.ndim) if axis != place)
        mean, variance = (
            jnp.repeat(jnp.squeeze(part, place + 1), features // groups, axis=place)
            for part in (cut.mean(axes, keepdims=True), cut.var(axes, keepdims=True))
        )
        return self._standardise(params, x, mean, variance), state


@LAYERS.register("rms_normalization")
@pytree
class RMSNormalization(Layer):
    """Divide each example by its root mean square along the last axis: y = scale x / sqrt(mean(x^2) + epsilon).

    Source: Zhang & Sennrich 2019, arXiv:1910.07467. epsilon is 1e-6 as in Keras.

    >>> layer = RMSNormalization()
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[3.0, 3.0]]), Context())[0].round(3).tolist()
    [[1.0, 1.0]]
    """

    epsilon: Number = 1e-6

    weights: ClassVar[tuple[str, ...]] = ("scale",)

    def __post_init__(self) -> None:
        check_number("RMSNormalization", "epsilon", self.epsilon, low=0.0)

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("RMSNormalization", shape, 1, "(..., features)", "use input_shape=(1,)")
        return shape

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        return Variables({"scale": np.ones(shape[-1:], dtype)}, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        square = jnp.mean(x * x, axis=-1, keepdims=True)
        return x * jax.lax.rsqrt(square + jnp.asarray(self.epsilon, x.dtype)) * params["scale"], state


@LAYERS.register("unit_normalization")
@pytree
class UnitNormalization(Layer):
    """Make each example of length 1 along *axis*; a length below 1e-7 counts as that, as in Keras.

    >>> UnitNormalization().apply({}, {}, jnp.array([[3.0, 4.0]]), Context())[0].round(3).tolist()
    [[0.6..., 0.8...]]
    """

    axis: int = static(default=-1)

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("UnitNormalization", shape, 1, "(..., features)", "use input_shape=(1,)")
        axis_of("UnitNormalization", self.axis, shape)
        return shape

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        axis = 1 + axis_of("UnitNormalization", self.axis, x.shape[1:])
        square = jnp.sum(x * x, axis=axis, keepdims=True)
        return x * jax.lax.rsqrt(jnp.maximum(square, jnp.asarray(1e-14, x.dtype))), state
