"""What a layer is: a frozen description with `init` and `apply`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import rng
from ravine.core.pytree import Array

__all__ = ["Context", "Layer", "Shape", "Variables"]

Shape = tuple[int, ...]
"""The shape of one example: the batch axis is left out."""


class Variables(NamedTuple):
    """What a layer or a network carries: *params* are trained by a rule, *state* is not (moving means, frozen weights).

    >>> Variables({"kernel": np.zeros((2, 3))}, {}).params["kernel"].shape
    (2, 3)
    """

    params: Any
    state: Any


@dataclass(frozen=True, kw_only=True)
class Context:
    """The circumstances of one forward pass.

    *train* turns on dropout and batch statistics. *seed* and *step* (both may be traced) with *layer*, the layer's place,
    determine all randomness. *valid*, of shape (batch,), is 1 for an example and 0 for padding; *mask*, of shape
    (batch, time), is true where a sequence has a value. None means that all count.

    >>> Context(train=True, seed=1, step=0).uniform((2, 3)).shape
    (2, 3)
    """

    train: bool = False
    seed: Any = 0
    step: Any = 0
    layer: int = 0
    valid: Array | None = None
    mask: Array | None = None

    def bits(self, shape: Shape, stream: int = 0) -> Array:
        """Uniform uint32 of *shape*; another *stream* for each independent use inside a layer."""
        return rng.bits(self.seed, self.step, self.layer * 256 + stream, shape)

    def uniform(self, shape: Shape, stream: int = 0) -> Array:
        """Uniform float32 in [0, 1) of *shape*."""
        return rng.uniform(self.seed, self.step, self.layer * 256 + stream, shape)

    def normal(self, shape: Shape, stream: int = 0) -> Array:
        """Standard normal float32 of *shape*."""
        return rng.normal(self.seed, self.step, self.layer * 256 + stream, shape)

    def at(self, layer: int, mask: Array | None) -> Context:
        """The same circumstances, seen from the layer at place *layer* with *mask*."""
        return replace(self, layer=layer, mask=mask)


class Layer:
    """One step of a network. Layers are frozen pytree dataclasses: swept numbers are leaves, the rest is structure.

    >>> class Double(Layer):
    ...     def apply(self, params, state, x, context):
    ...         return 2 * x, state
    >>> y, _ = Double().apply({}, {}, jnp.ones(3), Context())
    >>> y
    Array([2., 2., 2.], dtype=float32)
    """

    weights: ClassVar[tuple[str, ...]] = ()
    """Names of the layer's arrays in the order in which Keras lists them, trained ones first."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of one output for an input of *shape*; refuses shapes that do not fit."""
        return shape

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        """Initial arrays, on the host, for inputs of *shape*."""
        return Variables({}, {})

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        """The output for a batch *x* of shape (batch, *shape), and the new state."""
        raise NotImplementedError(f"{type(self).__name__} does not define apply")

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        """The mask, of shape (batch, time), handed to the next layer."""
        return mask

    def penalty(self, params: Any) -> Array | None:
        """The regularisers' contribution to the loss, a scalar, or None where there is none."""
        return None

    def constrain(self, params: Any) -> Any:
        """The arrays after the layer's constraints, applied after each update."""
        return params

    @property
    def constrained(self) -> bool:
        """Whether `constrain` does anything."""
        return type(self).constrain is not Layer.constrain

    @property
    def name(self) -> str:
        """The kind of layer, in the words of a summary: ``batch_normalization``."""
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__)
        return words.lstrip("_")


def total(terms: list[Any]) -> jax.Array | None:
    """The sum of the terms that are there, or None."""
    present = [term for term in terms if term is not None]
    return sum(present[1:], start=present[0]) if present else None
