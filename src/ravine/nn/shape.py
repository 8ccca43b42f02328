"""Layers that only rearrange: flatten, reshape, masking."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, pytree, static, whole
from ravine.nn.layer import LAYERS, Context, Layer, Shape, check_axes

__all__ = ["Flatten", "Masking", "Reshape"]


@LAYERS.register("flatten")
@pytree
class Flatten(Layer):
    """Make one row of each example: (batch, a, b, ...) becomes (batch, a b ...), the last axis fastest.

    A mask ends here, for there is no time axis left to mark.

    >>> y, _ = Flatten().apply({}, {}, jnp.zeros((5, 28, 28)), Context())
    >>> y.shape
    (5, 784)
    """

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return x.reshape(x.shape[0], math.prod(x.shape[1:])), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return None


@LAYERS.register("reshape")
@pytree
class Reshape(Layer):
    """Give each example *target_shape*, the last axis fastest; one size may be -1, which is worked out from the others.

    A mask ends here, as in Keras.

    >>> y, _ = Reshape((4, -1)).apply({}, {}, jnp.zeros((5, 28)), Context())
    >>> y.shape
    (5, 4, 7)
    >>> Reshape((3, -1)).output_shape((28,))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Reshape((3, -1)): an example of shape (28,) holds 28 values, which do not fill the \
shape (3, -1): choose a target_shape whose product is 28
    """

    target_shape: Shape = static()

    def __post_init__(self) -> None:
        given = tuple(self.target_shape) if isinstance(self.target_shape, tuple | list) else (self.target_shape,)
        owner, what = f"Reshape({given})", "each size of target_shape"
        target = tuple(-1 if size == -1 else whole(owner, what, size, least=1) for size in given)
        object.__setattr__(self, "target_shape", target)
        if target.count(-1) > 1:
            raise RavineError(f"Reshape({target}): only one size of target_shape may be -1, got {target.count(-1)}")

    def output_shape(self, shape: Shape) -> Shape:
        size = math.prod(shape)
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        free = size // known
        made = tuple(free if axis == -1 else axis for axis in self.target_shape)
        if math.prod(made) != size:
            raise RavineError(
                f"Reshape({self.target_shape}): an example of shape {shape} holds {size} values, which do not fill the "
                f"shape {self.target_shape}: choose a target_shape whose product is {size}"
            )
        return made

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return x.reshape(x.shape[0], *self.output_shape(x.shape[1:])), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return None


@LAYERS.register("masking")
@pytree
class Masking(Layer):
    """Mask the time steps at which every feature equals *mask_value*, and set them to 0.

    x has shape (batch, time, ..., features). Layers that follow skip those steps (recurrent ones carry their state
    over).

    >>> x = jnp.array([[[1.0, 2.0], [0.0, 0.0]]])
    >>> Masking().mask(x, None)
    Array([[ True, False]], dtype=bool)
    """

    mask_value: Number = 0.0

    reads_mask: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        check_axes("Masking", shape, 2, "(time, ..., features)", "put Reshape((time, features)) before it")
        return shape

    def _present(self, x: Array) -> Array:
        return jnp.any(x != jnp.asarray(self.mask_value, x.dtype), axis=-1)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return jnp.where(self._present(x)[..., None], x, jnp.zeros((), x.dtype)), state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return self._present(x)
