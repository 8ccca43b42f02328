"""The fully connected layer, and activations as layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, check_number, pytree, static, whole
from ravine.functions import ACTIVATIONS, Constraint, Initializer, Regularizer, activation, describe, initializer
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["Activation", "Dense", "PReLU", "activated", "matmul"]

Function = str | Callable[[Array], Array]

TINY_WIDTH, TINY_BATCH = 8, 32


def matmul(x: Array, w: Array, *, vectorised: bool = False) -> Array:
    """The product of *x*, of shape (..., n), and *w*, of shape (n, m).

    For tiny matrices a multiplication and a sum, which the compiler fuses with what stands around it, cost a third of a
    call of the matrix product.

    Neither helps, and the first is many times slower, where `jax.vmap` makes one program for many networks
    (*vectorised*).

    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4)))[0]
    Array([3., 3., 3., 3.], dtype=float32)
    """
    if vectorised:
        return x @ w
    if x.ndim == 2 and max(w.shape) <= TINY_WIDTH and x.shape[0] <= TINY_BATCH:
        return jnp.sum(x[:, :, None] * w[None], axis=1)
    return x @ w


def activated(wanted: Function, units: int, owner: str) -> int:
    """The number of outputs that an activation makes of *units* numbers: as many, or half of them (glu).

    >>> activated("relu", 6, "Dense(6)"), activated("glu", 6, "Dense(6)")
    (6, 3)
    """
    name = ACTIVATIONS.name_of(activation(wanted))
    if name is None or not describe(name).halves:
        return units
    if units % 2:
        raise RavineError(f"{owner}: {name} makes one output of two units, got {units}: give it an even number")
    return units // 2


@LAYERS.register("dense")
@pytree
class Dense(Layer):
    """A fully connected layer: y = f(x W + b).

    x has shape (batch, ..., in), W (in, *units*), b (*units*,), y (batch, ..., *units*). W starts by Glorot's uniform
    rule, b at 0, as in Keras. *activation* is a name or a function; regularisers add to the loss, constraints act after
    each update.

    >>> layer = Dense(3, "relu")
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> y, _ = layer.apply(params, state, jnp.ones((5, 2)), Context())
    >>> y.shape
    (5, 3)
    >>> Dense(0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Dense(0): units must be a positive integer, got 0
    """

    units: int = static()
    activation: Function = static(default="linear")
    use_bias: bool = static(default=True)
    kernel_initializer: str | Initializer = static(default="glorot_uniform")
    bias_initializer: str | Initializer = static(default="zeros")
    kernel_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    kernel_constraint: str | Constraint | None = None
    bias_constraint: str | Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("kernel", "bias")

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole(f"Dense({self.units!r})", "units", self.units, least=1))
        activation(self.activation)
        self._resolve()

    def output_shape(self, shape: Shape) -> Shape:
        check_axes(f"Dense({self.units})", shape, 1, "(..., features)", "use input_shape=(1,)")
        return (*shape[:-1], activated(self.activation, self.units, f"Dense({self.units})"))

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        params = {"kernel": initializer(self.kernel_initializer)(rng, (shape[-1], self.units), dtype)}
        if self.use_bias:
            params["bias"] = initializer(self.bias_initializer)(rng, (self.units,), dtype)
        return Variables(params, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        y = matmul(x, params["kernel"], vectorised=context.vectorised)
        if self.use_bias:
            y = y + params["bias"]
        return activation(self.activation)(y), state

    @property
    def final_activation(self) -> Any:
        return activation(self.activation)

    def without_final_activation(self) -> Layer:
        return replace(self, activation="linear")


@LAYERS.register("activation")
@pytree
class Activation(Layer):
    """Apply an elementwise *activation*, or one along the last axis such as softmax, given by name or as a function.

    >>> y, _ = Activation("relu").apply({}, {}, jnp.array([-1.0, 2.0]), Context())
    >>> y
    Array([0., 2.], dtype=float32)
    """

    activation: Function = static()

    def __post_init__(self) -> None:
        activation(self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], activated(self.activation, shape[-1], self.name)) if shape else shape

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return activation(self.activation)(x), state

    @property
    def final_activation(self) -> Any:
        return activation(self.activation)

    def without_final_activation(self) -> Layer:
        return replace(self, activation="linear")


@LAYERS.register("prelu", "p_re_lu")
@pytree
class PReLU(Layer):
    """Parametric ReLU: y = x where x > 0, else a x, with a trained, one per unit (He et al. 2015, arXiv:1502.01852).

    *start* is the initial a: .25 in the paper, 0 in Keras. a has the shape of one example, with size 1 along
    *shared_axes*, counted from 1 as in Keras: ``shared_axes=(1,)`` trains one a for all time steps.

    >>> layer = PReLU()
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[-1.0, 2.0]]), Context())[0]
    Array([[-0.25,  2.  ]], dtype=float32)
    """

    start: float = static(default=0.25)
    shared_axes: tuple[int, ...] = static(default=())
    alpha_regularizer: str | Regularizer | None = None
    alpha_constraint: str | Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        check_number("PReLU", "start", self.start)
        self._resolve()
        axes = tuple(whole("PReLU", "each of shared_axes", axis, least=1) for axis in self.shared_axes)
        object.__setattr__(self, "shared_axes", axes)

    def output_shape(self, shape: Shape) -> Shape:
        if any(axis > len(shape) for axis in self.shared_axes):
            raise RavineError(
                f"PReLU: each of shared_axes must be at most {len(shape)} for examples of shape {shape}, "
                f"got {self.shared_axes}"
            )
        return shape

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        return Variables({"alpha": np.full(self.slopes(shape), self.start, dtype)}, {})

    def slopes(self, shape: Shape) -> Shape:
        """The shape of a for examples of *shape*."""
        self.output_shape(shape)
        return tuple(1 if axis in self.shared_axes else size for axis, size in enumerate(shape, 1))

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return jnp.where(x > 0, x, params["alpha"] * x), state
