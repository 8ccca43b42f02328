"""A table of vectors, one per word."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, pytree, static, whole
from ravine.functions import Constraint, Initializer, Regularizer, initializer
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables

__all__ = ["Embedding"]


@LAYERS.register("embedding")
@pytree
class Embedding(Layer):
    """Turn whole numbers into trained vectors: y = E[x], with E of shape (*input_dim*, *output_dim*).

    x has shape (batch, ...) and holds whole numbers from 0 to input_dim - 1, as integers or as floats that are whole; y
    has shape (batch, ..., output_dim). With *mask_zero* the number 0 means that there is no word, and is masked. A
    number outside the table gives NaN, so that it shows; `check` finds it before training. E starts uniform in ±.05, as
    in Keras.

    >>> layer = Embedding(1000, 16)
    >>> params, state = layer.init(np.random.default_rng(0), (20,))
    >>> layer.apply(params, state, jnp.zeros((5, 20), int), Context())[0].shape
    (5, 20, 16)
    >>> layer.check(np.array([[3, 1000]]))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Embedding(1000, 16): the input must hold whole numbers from 0 to 999, got 1000: \
raise input_dim or correct the data
    """

    input_dim: int = static()
    output_dim: int = static()
    mask_zero: bool = static(default=False)
    embeddings_initializer: str | Initializer = static(default="uniform")
    embeddings_regularizer: str | Regularizer | None = None
    embeddings_constraint: str | Constraint | None = None

    weights: ClassVar[tuple[str, ...]] = ("embeddings",)

    @property
    def _owner(self) -> str:
        return f"Embedding({self.input_dim!r}, {self.output_dim!r})"

    def __post_init__(self) -> None:
        for name in ("input_dim", "output_dim"):
            object.__setattr__(self, name, whole(self._owner, name, getattr(self, name), least=1))
        self._resolve()

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.output_dim)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        size = (self.input_dim, self.output_dim)
        return Variables({"embeddings": initializer(self.embeddings_initializer)(rng, size, dtype)}, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        index = x.astype(jnp.int32)
        index = jnp.where(index < 0, self.input_dim, index)  # a negative number would count from the end
        return jnp.take(params["embeddings"], index, axis=0, mode="fill", fill_value=jnp.nan), state

    @property
    def reads_mask(self) -> bool:  # type: ignore[override]
        """Whether it makes a mask out of the values of its input."""
        return self.mask_zero

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return x != 0 if self.mask_zero else None

    def check(self, x: np.ndarray) -> None:
        x = np.asarray(x)
        bad = x[~((x >= 0) & (x < self.input_dim) & (x == np.floor(x)))]
        if bad.size:
            raise RavineError(
                f"{self._owner}: the input must hold whole numbers from 0 to {self.input_dim - 1}, "
                f"got {bad.flat[0].item()!r}: raise input_dim or correct the data"
            )
