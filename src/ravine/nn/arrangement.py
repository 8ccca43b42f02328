"""Layers that arrange: hand on, repeat, swap axes, and apply a layer to each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, pytree, static, whole
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["Identity", "Permute", "RepeatVector", "TimeDistributed"]


@LAYERS.register("identity")
@pytree
class Identity(Layer):
    """Hand the input on as it is.

    >>> y, _ = Identity().apply({}, {}, jnp.ones((1, 2)), Context())
    >>> y.tolist()
    [[1.0, 1.0]]
    """

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return x, state


@LAYERS.register("repeat_vector")
@pytree
class RepeatVector(Layer):
    """Make a sequence of a vector: (batch, features) becomes (batch, *n*, features), *n* times the same.

    >>> y, _ = RepeatVector(3).apply({}, {}, jnp.zeros((5, 2)), Context())
    >>> y.shape
    (5, 3, 2)
    """

    n: int = static()

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", whole(f"RepeatVector({self.n!r})", "n", self.n, least=1))

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise RavineError(
                f"RepeatVector({self.n}): each example must be a vector, got the shape {shape}: put Flatten() before it"
            )
        return (self.n, *shape)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return jnp.repeat(x[:, None], self.n, axis=1), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return None


@LAYERS.register("permute")
@pytree
class Permute(Layer):
    """Swap the axes of each example: *dims* names them in their new order, from 1 on, for 0 is the batch axis.

    A mask ends here, for another axis may be the first.

    >>> y, _ = Permute((2, 1)).apply({}, {}, jnp.zeros((5, 3, 4)), Context())
    >>> y.shape
    (5, 4, 3)
    >>> Permute((1, 3))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Permute((1, 3)): dims must be the numbers 1 to 2 in some order
    """

    dims: tuple[int, ...] = static()

    def __post_init__(self) -> None:
        dims = tuple(self.dims) if isinstance(self.dims, tuple | list) else (self.dims,)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise RavineError(f"Permute({dims}): dims must be the numbers 1 to {len(dims)} in some order")
        object.__setattr__(self, "dims", dims)

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != len(self.dims):
            raise RavineError(
                f"Permute({self.dims}): an example of shape {shape} has {len(shape)} axes: name each once"
            )
        return tuple(shape[axis - 1] for axis in self.dims)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return jnp.transpose(x, (0, *self.dims)), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return None


@LAYERS.register("time_distributed")
@pytree
class TimeDistributed(Layer):
    """Apply *layer* to each step of a sequence by itself: (batch, time, ...) as batch x time examples.

    All steps share the layer's weights. Steps that are masked count for nothing in its statistics.

    >>> from ravine.nn import Dense
    >>> layer = TimeDistributed(Dense(2))
    >>> params, state = layer.init(np.random.default_rng(0), (4, 3))
    >>> layer.apply(params, state, jnp.ones((5, 4, 3)), Context())[0].shape
    (5, 4, 2)
    """

    layer: Layer

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Layer):
            raise RavineError(f"TimeDistributed: layer must be a ravine.nn.Layer, got {self.layer!r}")
        if getattr(self.layer, "return_state", False) or self.layer.reads_mask:
            raise RavineError(
                f"TimeDistributed: {self.layer.name} gives several arrays or a mask, which no step can hand on: "
                "put it beside, not inside"
            )

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        """The weights of the layer."""
        return self.layer.weights

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those that the layer keeps up to date itself."""
        return self.layer.statistics

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("TimeDistributed", shape, 2, "(time, ...)", "put Reshape((time, features)) before it")
        return (shape[0], *self.layer.output_shape(shape[1:]))

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        return self.layer.init(rng, shape[1:], dtype)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        batch, time = x.shape[:2]
        valid = context.valid
        if valid is not None:
            valid = jnp.broadcast_to(valid[:, None], (batch, time))
        if context.mask is not None:
            mask = context.mask.astype(x.dtype)
            valid = mask if valid is None else valid * mask
        inner = replace(context, valid=None if valid is None else valid.reshape(-1), mask=None)
        y, state = self.layer.apply(params, state, x.reshape(batch * time, *x.shape[2:]), inner)
        return y.reshape(batch, time, *y.shape[1:]), state

    def penalty(self, params: Any) -> Array | None:
        return self.layer.penalty(params)

    def constrain(self, params: Any) -> Any:
        return self.layer.constrain(params)

    @property
    def constrained(self) -> bool:
        return self.layer.constrained

    @property
    def final_activation(self) -> Any:
        return self.layer.final_activation

    def without_final_activation(self) -> Layer:
        return replace(self, layer=self.layer.without_final_activation())
