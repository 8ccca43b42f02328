"""Layers that disturb: dropout and noise of several kinds. They do nothing outside training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine.core import Array, Number, check_number, pytree
from ravine.nn.layer import LAYERS, Context, Layer, Shape, check_axes

__all__ = ["AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"]


@LAYERS.register("dropout")
@pytree
class Dropout(Layer):
    """Set each input to 0 with probability *rate* and divide the rest by 1 - rate (Srivastava et al. 2014, JMLR 15).

    The mask is a pure function of (seed, step, layer, element), so rivals that share a seed share their masks.

    >>> x = jnp.ones((1, 10_000))
    >>> y, _ = Dropout(0.2).apply({}, {}, x, Context(train=True))
    >>> bool(abs((y == 0).mean() - 0.2) < 0.02), float(y.max())
    (True, 1.25)
    >>> Dropout(1.0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Dropout: rate must be a number in [0, 1), got 1.0
    """

    rate: Number

    def __post_init__(self) -> None:
        check_number("Dropout", "rate", self.rate, low=0.0, high=1.0, open_high=True)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train:
            return x, state
        return x * context.keep(x.shape, self.rate, x.dtype), state


@LAYERS.register("gaussian_noise")
@pytree
class GaussianNoise(Layer):
    """Add normal noise of standard deviation *stddev* to each input while training.

    >>> y, _ = GaussianNoise(0.5).apply({}, {}, jnp.zeros((1, 10_000)), Context(train=True))
    >>> bool(abs(y.std() - 0.5) < 0.02)
    True
    """

    stddev: Number

    def __post_init__(self) -> None:
        check_number("GaussianNoise", "stddev", self.stddev, low=0.0)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train:
            return x, state
        return x + jnp.asarray(self.stddev, x.dtype) * context.normal(x.shape).astype(x.dtype), state


@pytree
class Dropping(Layer):
    """What the other kinds of dropout have in common: a *rate* in [0, 1)."""

    rate: Number

    def __post_init__(self) -> None:
        check_number(type(self).__name__, "rate", self.rate, low=0.0, high=1.0, open_high=True)


@LAYERS.register("gaussian_dropout")
@pytree
class GaussianDropout(Dropping):
    """Multiply by normal noise of mean 1 and variance *rate* / (1 - *rate*), as dropout's factors have.

    Source: Srivastava et al. 2014, JMLR 15, section 10.

    >>> y, _ = GaussianDropout(0.2).apply({}, {}, jnp.ones((1, 10_000)), Context(train=True))
    >>> bool(abs(y.mean() - 1) < 0.02), bool(abs(y.std() - 0.5) < 0.02)
    (True, True)
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train:
            return x, state
        rate = jnp.asarray(self.rate, x.dtype)
        return x * (1 + jnp.sqrt(rate / (1 - rate)) * context.normal(x.shape).astype(x.dtype)), state


@LAYERS.register("alpha_dropout")
@pytree
class AlphaDropout(Dropping):
    """Dropout for SELU: with probability *rate* an input becomes SELU's lower bound, then all are scaled and shifted.

    With s = -1.7581 and q = 1 - rate, y = a (x or s) + b, a = (q + s^2 q (1 - q))^(-1/2), b = -a s (1 - q): inputs of
    mean 0 and variance 1 keep both. Source: Klambauer et al. 2017.

    >>> x = Context(seed=1).normal((1, 100_000))
    >>> y, _ = AlphaDropout(0.2).apply({}, {}, x, Context(train=True))
    >>> bool(abs(y.mean()) < 0.02), bool(abs(y.std() - 1) < 0.02)
    (True, True)
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train:
            return x, state
        rate, low = jnp.asarray(self.rate, x.dtype), jnp.asarray(-1.7580993408473766, x.dtype)
        kept = context.keep(x.shape, rate, x.dtype) > 0
        a = 1 / jnp.sqrt((1 - rate) * (1 + rate * low * low))
        return a * jnp.where(kept, x, low) - a * low * rate, state


@LAYERS.register("spatial_dropout1d")
@pytree
class SpatialDropout1D(Dropping):
    """Dropout of whole features: a feature of a sequence is dropped at every step, or at none.

    x has shape (batch, time, features). Source: Tompson et al. 2015, arXiv:1411.4280.

    >>> y, _ = SpatialDropout1D(0.5).apply({}, {}, jnp.ones((1, 4, 100)), Context(train=True))
    >>> bool((y == y[:, :1]).all()), bool((y == 0).any())
    (True, True)
    """

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("SpatialDropout1D", shape, 2, "(time, features)", "put Reshape((time, features)) before it")
        return shape

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        if not context.train:
            return x, state
        return x * context.keep((x.shape[0], 1, *x.shape[2:]), self.rate, x.dtype), state
