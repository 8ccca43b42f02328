"""What a layer is: a frozen description with `init` and `apply`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, Registry, rng
from ravine.functions import constraint, initializer, linear, regularizer

__all__ = ["LAYERS", "Context", "Layer", "Shape", "Variables"]

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

    *train* turns on dropout and batch statistics. *seed* and *step* (both may be traced) with *layer*, the layer's
    place, and *branch*, the place inside a wrapper, determine all randomness. *frozen* holds moving statistics still.
    *valid*, of shape (batch,), is 1 for an example and 0 for padding; *mask*, of shape (batch, time), is true where a
    sequence has a value. None means that all count. *vectorised* says that one program computes many networks, for
    which other ways of writing a product are quick.

    >>> Context(train=True, seed=1, step=0).uniform((2, 3)).shape
    (2, 3)
    """

    train: bool = False
    seed: Any = 0
    step: Any = 0
    layer: int = 0
    branch: int = 0
    frozen: bool = False
    valid: Array | None = None
    mask: Array | None = None
    vectorised: bool = False

    def _stream(self, stream: int) -> int:
        return self.layer * 256 + self.branch * 64 + stream

    def bits(self, shape: Shape, stream: int = 0) -> Array:
        """Uniform uint32 of *shape*; another *stream*, below 64, for each independent use inside a layer."""
        return rng.bits(self.seed, self.step, self._stream(stream), shape)

    def uniform(self, shape: Shape, stream: int = 0) -> Array:
        """Uniform float32 in [0, 1) of *shape*."""
        return rng.uniform(self.seed, self.step, self._stream(stream), shape)

    def normal(self, shape: Shape, stream: int = 0) -> Array:
        """Standard normal float32 of *shape*."""
        return rng.normal(self.seed, self.step, self._stream(stream), shape)

    def at(self, layer: int, mask: Array | None) -> Context:
        """The same circumstances, seen from the layer at place *layer* with *mask*."""
        return replace(self, layer=layer, mask=mask)

    def inside(self, branch: int) -> Context:
        """The same circumstances, seen from part *branch* (0 to 3) of a wrapper, with randomness of its own."""
        return replace(self, branch=branch)

    def keep(self, shape: Shape, rate: Any, dtype: Any, stream: int = 0) -> Array:
        """A dropout mask of *shape*: 0 with probability *rate*, else 1 / (1 - rate), so that its mean is 1."""
        rate = jnp.asarray(rate, dtype)
        # Compared as integers: the hash is uniform over 32 bits, and no conversion to float is paid per element.
        threshold = (rate.astype(jnp.float32) * np.float32(2**32)).astype(jnp.uint32)
        return jnp.where(self.bits(shape, stream) >= threshold, 1 / (1 - rate), jnp.zeros((), dtype))


class Layer:
    """One step of a network. Layers are frozen pytree dataclasses: swept numbers are leaves, the rest is structure.

    >>> class Double(Layer):
    ...     def apply(self, params, state, x, context):
    ...         return 2 * x, state
    >>> y, _ = Double().apply({}, {}, jnp.ones(3), Context())
    >>> y
    Array([2., 2., 2.], dtype=float32)

    An array named in `weights` may have a regulariser and a constraint: fields such as ``kernel_regularizer`` and
    ``recurrent_constraint`` (for the array ``recurrent_kernel``), which `penalty` and `constrain` find by name.
    """

    weights: ClassVar[tuple[str, ...]] = ()
    """Names of the layer's arrays in the order in which Keras lists them, trained ones first."""
    statistics: ClassVar[tuple[str, ...]] = ()
    """Those of `weights` that the layer itself keeps up to date, in its state, and no rule trains."""
    reads_mask: ClassVar[bool] = False
    """Whether it makes a mask out of the values of its input."""

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
        """The mask, of shape (batch, time), handed to the next layer; *x* is this layer's input."""
        return mask

    def check(self, x: np.ndarray) -> None:
        """Refuse values of *x*, on the host, that the layer cannot take and a compiled program cannot report."""

    def penalty(self, params: Any) -> Array | None:
        """The regularisers' contribution to the loss, a scalar, or None where there is none."""
        terms = [r(params[name]) for name, r in self._options("regularizer").items() if name in params]
        return sum_of_terms(terms)

    def constrain(self, params: Any) -> Any:
        """The arrays after the layer's constraints, applied after each update."""
        return params | {name: c(params[name]) for name, c in self._options("constraint").items() if name in params}

    @property
    def constrained(self) -> bool:
        """Whether `constrain` does anything."""
        return bool(self._options("constraint"))

    def _fields(self, kind: str) -> dict[str, str]:
        """The fields of the given *kind*, such as ``recurrent_constraint``, by the array they are for."""
        named = {name: f"{name.removesuffix('_kernel')}_{kind}" for name in self.weights}
        return {name: field for name, field in named.items() if hasattr(self, field)}

    def _options(self, kind: str) -> dict[str, Any]:
        found = {name: getattr(self, field) for name, field in self._fields(kind).items()}
        return {name: option for name, option in found.items() if option is not None}

    def _resolve(self) -> None:
        """Turn names of regularisers and constraints into the things themselves; refuse unknown initialisers."""
        for kind, find in (("regularizer", regularizer), ("constraint", constraint)):
            for field in self._fields(kind).values():
                object.__setattr__(self, field, find(getattr(self, field)))
        for field in self._fields("initializer").values():
            initializer(getattr(self, field))

    @property
    def final_activation(self) -> Any:
        """The function that makes the layer's output, `linear` where it is not an activation."""
        return linear

    def without_final_activation(self) -> Layer:
        """The same layer, whose output is what `final_activation` would have been applied to."""
        return self

    @property
    def name(self) -> str:
        """The kind of layer, in the words of a summary: ``batch_normalization``."""
        words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(self).__name__)
        return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


LAYERS: Registry[type[Layer]] = Registry("layer")
"""Every kind of layer by the name that a saved network uses."""


def sum_of_terms(terms: list[Any]) -> Array | None:
    """The sum of the terms that are there, or None."""
    present = [term for term in terms if term is not None]
    return sum(present[1:], start=present[0]) if present else None


def check_axes(owner: str, shape: Shape, least: int, meaning: str, remedy: str) -> None:
    """Refuse a *shape* with fewer than *least* axes.

    >>> check_axes("LSTM(8)", (784,), 2, "(time, features)", "put Reshape((28, 28)) before it")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: LSTM(8): each example must have the axes (time, features), got the shape (784,): \
put Reshape((28, 28)) before it
    """
    if len(shape) < least:
        raise RavineError(f"{owner}: each example must have the axes {meaning}, got the shape {shape}: {remedy}")
