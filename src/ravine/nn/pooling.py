"""Layers that make one vector of a sequence: the mean and the maximum over its steps."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine.core import Array, pytree
from ravine.nn.layer import LAYERS, Context, Layer, Shape, check_axes

__all__ = ["GlobalAveragePooling1D", "GlobalMaxPooling1D"]


@pytree
class Pooling(Layer):
    """What the two have in common: (batch, time, features) becomes (batch, features), and a mask ends here."""

    def output_shape(self, shape: Shape) -> Shape:
        check_axes(type(self).__name__, shape, 2, "(time, features)", "put Reshape((time, features)) before it")
        return shape[1:]

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return None


def _present(x: Array, context: Context) -> Array | None:
    """Which steps count, broadcasting over *x*; None where all do."""
    if context.mask is None:
        return None
    mask = context.mask.astype(bool)
    return mask.reshape(*mask.shape, *(1,) * (x.ndim - mask.ndim))


@LAYERS.register("global_average_pooling1d")
@pytree
class GlobalAveragePooling1D(Pooling):
    """The mean over the steps that are not masked; 0 where all are (in Keras, which divides by their number, NaN).

    >>> y, _ = GlobalAveragePooling1D().apply({}, {}, jnp.array([[[1.0], [3.0]]]), Context())
    >>> y.tolist()
    [[2.0]]
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        here = _present(x, context)
        if here is None:
            return x.mean(axis=1), state
        count = jnp.maximum(here.astype(x.dtype).sum(axis=1), 1)
        return jnp.where(here, x, jnp.zeros((), x.dtype)).sum(axis=1) / count, state


@LAYERS.register("global_max_pooling1d")
@pytree
class GlobalMaxPooling1D(Pooling):
    """The largest value over the steps that are not masked (Keras looks at masked ones, too); 0 where all are.

    >>> y, _ = GlobalMaxPooling1D().apply({}, {}, jnp.array([[[1.0], [3.0]]]), Context())
    >>> y.tolist()
    [[3.0]]
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        here = _present(x, context)
        if here is None:
            return x.max(axis=1), state
        largest = jnp.where(here, x, jnp.asarray(-jnp.inf, x.dtype)).max(axis=1)
        return jnp.where(here.any(axis=1), largest, jnp.zeros((), x.dtype)), state
