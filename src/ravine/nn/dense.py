"""The fully connected layer, and activations as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, check_count, pytree, static
from ravine.functions import Constraint, Initializer, Regularizer, activation, initializer
from ravine.nn.layer import Context, Layer, Shape, Variables, total

__all__ = ["Activation", "Dense", "PReLU", "matmul"]

Function = str | Callable[[Array], Array]

TINY_WIDTH, TINY_BATCH, NARROW = 8, 32, 32


def matmul(x: Array, w: Array) -> Array:
    """The product of *x*, of shape (..., n), and *w*, of shape (n, m).

    Two shapes are written so that the compiler's CPU code is quick: tiny matrices as a multiplication and a sum (a third
    of the cost of a call of the matrix product), and a narrow result through the transposed weights (its weight gradient
    otherwise runs at a twentieth of the machine's rate).

    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4)))[0]
    Array([3., 3., 3., 3.], dtype=float32)
    """
    if x.ndim == 2 and max(w.shape) <= TINY_WIDTH and x.shape[0] <= TINY_BATCH:
        return jnp.sum(x[:, :, None] * w[None], axis=1)
    if x.ndim == 2 and w.shape[1] <= NARROW and w.shape[0] >= 4 * w.shape[1]:
        # The barrier keeps the compiler from folding the transposition back into the product.
        return jax.lax.dot_general(x, jax.lax.optimization_barrier(w.T), (((1,), (1,)), ((), ())))
    return x @ w


@pytree
class Dense(Layer):
    """A fully connected layer: y = f(x W + b).

    x has shape (batch, ..., in), W (in, *units*), b (*units*,), y (batch, ..., *units*). W starts by Glorot's uniform rule, b at 0,
    as in Keras. *activation* is a name or a function; regularisers add to the loss, constraints act after each update.

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
    activation: Function = static("linear")
    use_bias: bool = static(True)
    kernel_initializer: str | Initializer = static("glorot_uniform")
    bias_initializer: str | Initializer = static("zeros")
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kernel_constraint: Constraint | None = None
    bias_constraint: Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("kernel", "bias")

    def __post_init__(self) -> None:
        check_count(f"Dense({self.units!r})", "units", self.units)
        activation(self.activation)
        initializer(self.kernel_initializer)
        initializer(self.bias_initializer)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape:
            raise RavineError(
                f"Dense({self.units}): each example must have at least one axis, got the shape (): use input_shape=(1,)"
            )
        return (*shape[:-1], self.units)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        params = {"kernel": initializer(self.kernel_initializer)(rng, (shape[-1], self.units), dtype)}
        if self.use_bias:
            params["bias"] = initializer(self.bias_initializer)(rng, (self.units,), dtype)
        return Variables(params, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        y = matmul(x, params["kernel"])
        if self.use_bias:
            y = y + params["bias"]
        return activation(self.activation)(y), state

    def penalty(self, params: Any) -> Array | None:
        regularizers = {"kernel": self.kernel_regularizer, "bias": self.bias_regularizer}
        return total([r(params[name]) for name, r in regularizers.items() if r is not None and name in params])

    def constrain(self, params: Any) -> Any:
        constraints = {"kernel": self.kernel_constraint, "bias": self.bias_constraint}
        return params | {name: c(params[name]) for name, c in constraints.items() if c is not None and name in params}

    @property
    def constrained(self) -> bool:
        return self.kernel_constraint is not None or self.bias_constraint is not None


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

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return activation(self.activation)(x), state


@pytree
class PReLU(Layer):
    """Parametric ReLU: y = x where x > 0, else a x, with a trained, one per unit (He et al. 2015, arXiv:1502.01852).

    *start* is the initial a: .25 in the paper, 0 in Keras. a has the shape of one example.

    >>> layer = PReLU()
    >>> params, state = layer.init(np.random.default_rng(0), (2,))
    >>> layer.apply(params, state, jnp.array([[-1.0, 2.0]]), Context())[0]
    Array([[-0.25,  2.  ]], dtype=float32)
    """

    start: float = static(0.25)

    weights: ClassVar[tuple[str, ...]] = ("alpha",)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        return Variables({"alpha": np.full(shape, self.start, dtype)}, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        return jnp.where(x > 0, x, params["alpha"] * x), state
