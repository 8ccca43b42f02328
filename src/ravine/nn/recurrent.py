"""What recurrent layers have in common: one projection of the whole sequence, then one scan of a single-step cell."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, RavineError, check_number, pytree, static, whole
from ravine.functions import Constraint, Initializer, Regularizer, activation, initializer
from ravine.nn.dense import Function, activated
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, check_axes

__all__ = ["Recurrent", "SimpleRNN"]


@pytree
class Recurrent(Layer):
    """A layer that reads a sequence step by step and carries a state of *units* numbers. The cells are its subclasses.

    x has shape (batch, time, features); y has shape (batch, units), or (batch, time, units) with *return_sequences*.
    With *return_state* the output is (y, h), LSTM's (y, h, c): for use outside a `Network`, which hands on one array.
    *go_backwards* reads from the end; with return_sequences the outputs stand in the order in which they were made, and
    the mask handed on is left as it is (Keras does the same). At a masked step the state is carried over and the output
    is the previous one, or 0 with *zero_output_for_mask*.

    *dropout* (of the inputs) and *recurrent_dropout* (of the state) use the same mask at every step of a sequence (Gal
    & Ghahramani 2016, arXiv:1512.05287). None leaves dropout out of the program; a number, 0 too, puts it in and may be
    swept. With recurrent_dropout each gate has masks of its own, without it the gates share the input's (Keras does the
    same).

    No example: a base class; see `SimpleRNN`, `LSTM`, `GRU`.
    """

    units: int = static()
    activation: Function = static(default="tanh")
    use_bias: bool = static(default=True)
    kernel_initializer: str | Initializer = static(default="glorot_uniform")
    recurrent_initializer: str | Initializer = static(default="orthogonal")
    bias_initializer: str | Initializer = static(default="zeros")
    kernel_regularizer: str | Regularizer | None = None
    recurrent_regularizer: str | Regularizer | None = None
    bias_regularizer: str | Regularizer | None = None
    kernel_constraint: str | Constraint | None = None
    recurrent_constraint: str | Constraint | None = None
    bias_constraint: str | Constraint | None = None
    dropout: Number | None = None
    recurrent_dropout: Number | None = None
    return_sequences: bool = static(default=False)
    return_state: bool = static(default=False)
    go_backwards: bool = static(default=False)
    stateful: bool = static(default=False)
    zero_output_for_mask: bool = static(default=False)

    weights: ClassVar[tuple[str, ...]] = ("kernel", "recurrent_kernel", "bias")
    gates: ClassVar[int] = 1
    """How many blocks of *units* columns the kernels have."""
    carries: ClassVar[int] = 1
    """How many arrays of shape (batch, units) a step hands to the next; the first is the output."""

    @property
    def _owner(self) -> str:
        return f"{type(self).__name__}({self.units!r})"

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole(self._owner, "units", self.units, least=1))
        if activated(self.activation, 2, self._owner) != 2:
            raise RavineError(f"{self._owner}: activation {self.activation!r} halves the units: a state must keep them")
        self._resolve()
        for name in ("dropout", "recurrent_dropout"):
            if getattr(self, name) is not None:
                check_number(self._owner, name, getattr(self, name), low=0.0, high=1.0, open_high=True)
        if self.stateful:
            raise RavineError(
                f"{self._owner}: stateful=True is not supported, for examples come in a random order: "
                "use longer sequences, or return_state=True and a loop of your own"
            )

    def output_shape(self, shape: Shape) -> Shape:
        check_axes(self._owner, shape, 2, "(time, features)", "put Reshape((time, features)) before it")
        if len(shape) != 2:
            raise RavineError(
                f"{self._owner}: each example must have the axes (time, features), got the shape {shape}: "
                f"put Reshape(({shape[0]}, -1)) before it"
            )
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        self.output_shape(shape)
        width = self.gates * self.units
        params = {
            "kernel": initializer(self.kernel_initializer)(rng, (shape[1], width), dtype),
            "recurrent_kernel": initializer(self.recurrent_initializer)(rng, (self.units, width), dtype),
        }
        if self.use_bias:
            params["bias"] = self._bias(rng, dtype)
        return Variables(params, {})

    def _bias(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        return initializer(self.bias_initializer)(rng, (self.gates * self.units,), dtype)

    def cell(self, params: Any, carry: tuple[Array, ...], z: Array, kept: Array | None) -> tuple[Array, ...]:
        """One step: the new carry from the old one and *z*, the projected input of shape (batch, gates · units).

        *kept* holds the dropout masks of the state, one per gate, or is None.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define cell")

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Any, Any]:
        y, carry = self.run(params, x, context, zero_masked=self.zero_output_for_mask)
        return ((y, *carry) if self.return_state else y), state

    def run(
        self, params: Any, x: Array, context: Context, *, zero_masked: bool = False
    ) -> tuple[Array, tuple[Array, ...]]:
        """The output for *x* and the last carry; with *zero_masked* the output of a masked step is 0."""
        z = jnp.moveaxis(self._project(params, x, context), 1, 0)
        kept = None
        if context.train and self.recurrent_dropout is not None:
            size = (self.gates, x.shape[0], self.units)
            kept = context.keep(size, self.recurrent_dropout, x.dtype, stream=1)
        present = None if context.mask is None else jnp.moveaxis(context.mask.astype(bool), 1, 0)[..., None]

        def step(carry: tuple[Array, ...], each: tuple[Array, Array | None]) -> tuple[tuple[Array, ...], Array | None]:
            z, here = each
            new = self.cell(params, carry, z, kept)
            if here is not None:
                new = tuple(jnp.where(here, after, before) for after, before in zip(new, carry, strict=True))
            if not self.return_sequences:
                return new, None
            return new, jnp.where(here, new[0], 0) if zero_masked and here is not None else new[0]

        start = (jnp.zeros((x.shape[0], self.units), z.dtype),) * self.carries
        carry, outputs = jax.lax.scan(step, start, (z, present), reverse=self.go_backwards)
        if outputs is None:
            if zero_masked and present is not None:
                return jnp.where(present[0 if self.go_backwards else -1], carry[0], 0), carry
            return carry[0], carry
        outputs = jnp.flip(outputs, 0) if self.go_backwards else outputs
        return jnp.moveaxis(outputs, 0, 1), carry

    def _project(self, params: Any, x: Array, context: Context) -> Array:
        """The inputs of all steps through the kernel, as one product: (batch, time, gates · units)."""
        z: Array
        if not context.train or self.dropout is None:
            z = x @ params["kernel"]
        elif self.recurrent_dropout is None:
            z = (x * context.keep((x.shape[0], 1, x.shape[2]), self.dropout, x.dtype)) @ params["kernel"]
        else:
            kept = context.keep((self.gates, x.shape[0], 1, x.shape[2]), self.dropout, x.dtype)
            z = _by_gate(x * kept, params["kernel"])
        return z + self._input_bias(params) if self.use_bias else z

    def _input_bias(self, params: Any) -> Array:
        return jnp.asarray(params["bias"])

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return mask if self.return_sequences else None


def recur(h: Array, kernel: Array, kept: Array | None) -> Array:
    """The state *h*, of shape (batch, units), through *kernel*; each gate sees it through its own mask of *kept*."""
    return h @ kernel if kept is None else _by_gate(h * kept, kernel)


def _by_gate(x: Array, kernel: Array) -> Array:
    """Multiply x[g], for each gate g, by the gate's columns of *kernel*, and join the results along the last axis."""
    blocks = jnp.asarray(kernel).reshape(kernel.shape[0], x.shape[0], -1)
    y = jnp.einsum("g...i,igu->...gu", x, blocks)
    return y.reshape(*y.shape[:-2], -1)


@LAYERS.register("simple_rnn", "rnn")
@pytree
class SimpleRNN(Recurrent):
    """A recurrent layer of Elman's kind: h_t = f(x_t W + h_{t-1} U + b), from h_0 = 0 (Elman 1990).

    W has shape (features, units), U (units, units), b (units,); f is tanh unless *activation* says otherwise. U starts
    orthogonal.

    >>> layer = SimpleRNN(8, return_sequences=True)
    >>> params, state = layer.init(np.random.default_rng(0), (20, 3))
    >>> layer.apply(params, state, jnp.ones((5, 20, 3)), Context())[0].shape
    (5, 20, 8)
    >>> layer.output_shape((784,))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: SimpleRNN(8): each example must have the axes (time, features), got the shape \
(784,): put Reshape((time, features)) before it
    """

    def cell(self, params: Any, carry: tuple[Array, ...], z: Array, kept: Array | None) -> tuple[Array, ...]:
        return (activation(self.activation)(z + recur(carry[0], params["recurrent_kernel"], kept)),)
