"""Layers that disturb: dropout and Gaussian noise. Both do nothing outside training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine.core import Array, Number, check_number, pytree
from ravine.nn.layer import LAYERS, Context, Layer

__all__ = ["Dropout", "GaussianNoise"]


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
