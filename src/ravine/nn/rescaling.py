"""Layers that scale inputs by numbers that are not trained."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, RavineError, check_number, pytree, static
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["Normalization", "Rescaling"]


@LAYERS.register("rescaling")
@pytree
class Rescaling(Layer):
    """Multiply by *scale* and add *offset*: y = scale x + offset.

    >>> y, _ = Rescaling(1 / 255, offset=-0.5).apply({}, {}, jnp.array([[0.0, 255.0]]), Context())
    >>> y.tolist()
    [[-0.5, 0.5]]
    """

    scale: Number
    offset: Number = 0.0

    def __post_init__(self) -> None:
        for name in ("scale", "offset"):
            check_number("Rescaling", name, getattr(self, name))

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return x * jnp.asarray(self.scale, x.dtype) + jnp.asarray(self.offset, x.dtype), state


@LAYERS.register("normalization")
@pytree
class Normalization(Layer):
    """Standardise each feature by numbers found beforehand: y = (x - mean) / max(sqrt(variance), 1e-7).

    *mean* and *variance* hold one number per feature of the last axis, or one for all; `adapted` takes them from data.
    They stand in the state, where no rule trains them, and are saved with the weights.

    >>> layer = Normalization.adapted(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer.mean, layer.variance
    ((2.0, 20.0), (1.0, 100.0))
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[3.0, 10.0]]), Context())[0].tolist()
    [[1.0, -1.0]]
    """

    mean: tuple[float, ...] = static(default=(0.0,))
    variance: tuple[float, ...] = static(default=(1.0,))

    weights: ClassVar[tuple[str, ...]] = ("mean", "variance")
    statistics: ClassVar[tuple[str, ...]] = ("mean", "variance")

    def __post_init__(self) -> None:
        for name in ("mean", "variance"):
            values = tuple(float(value) for value in np.atleast_1d(np.asarray(getattr(self, name), np.float64)))
            for value in values:
                check_number("Normalization", name, value, low=0.0 if name == "variance" else -np.inf)
            object.__setattr__(self, name, values)

    @classmethod
    def adapted(cls, x: Any) -> Self:
        """The layer with the mean and the variance of each feature of the examples *x*, (n, ..., features)."""
        array = np.asarray(x, np.float64)
        if array.ndim < 2 or not array.size or not np.isfinite(array).all():
            raise RavineError(
                f"Normalization: adapted needs finite examples of shape (n, ..., features), got the shape {array.shape}"
            )
        axes = tuple(range(array.ndim - 1))
        return cls(tuple(array.mean(axes).tolist()), tuple(array.var(axes).tolist()))

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("Normalization", shape, 1, "(..., features)", "use input_shape=(1,)")
        for name in ("mean", "variance"):
            count = len(getattr(self, name))
            if count not in (1, shape[-1]):
                raise RavineError(f"Normalization: {name} has {count} numbers for {shape[-1]} features: adapt it anew")
        return shape

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        held = {name: np.full(shape[-1:], getattr(self, name), dtype) for name in ("mean", "variance")}
        return Variables({}, held)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        spread = jnp.maximum(jnp.sqrt(state["variance"]), jnp.asarray(1e-7, x.dtype))
        return (x - state["mean"]) / spread, state
