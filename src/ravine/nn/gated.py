"""Recurrent layers with gates: LSTM and GRU."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, pytree, static
from ravine.functions import activation, initializer
from ravine.nn.dense import Function
from ravine.nn.layer import LAYERS
from ravine.nn.recurrent import Recurrent, recur

__all__ = ["GRU", "LSTM"]


@LAYERS.register("lstm")
@pytree
class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

    With s = *recurrent_activation* (logistic), f = *activation* (tanh) and four blocks of *units*::

        [i, g, c', o] = x_t W + h_{t-1} U + b        c_t = s(g) c_{t-1} + s(i) f(c')        h_t = s(o) f(c_t)

    W has shape (features, 4 units), U (units, 4 units), b (4 units,). *unit_forget_bias* starts the bias of the forget
    gate g at 1 (Jozefowicz et al. 2015). Weights, their order and defaults are Keras's; torch has two biases, whose sum
    is ours, and the blocks i, f, g, o transposed.

    >>> from ravine.nn import Context
    >>> layer = LSTM(8)
    >>> params, state = layer.init(np.random.default_rng(0), (20, 3))
    >>> layer.apply(params, state, jnp.ones((5, 20, 3)), Context())[0].shape
    (5, 8)
    >>> params["bias"].reshape(4, 8)[:, 0]
    array([0., 1., 0., 0.], dtype=float32)
    """

    recurrent_activation: Function = static(default="logistic")
    unit_forget_bias: bool = static(default=True)

    gates: ClassVar[int] = 4
    carries: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        activation(self.recurrent_activation)

    def _bias(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        if not self.unit_forget_bias:
            return super()._bias(rng, dtype)
        fill, units = initializer(self.bias_initializer), self.units
        parts = [fill(rng, (units,), dtype), np.ones(units, dtype), fill(rng, (2 * units,), dtype)]
        return np.concatenate(parts)

    def cell(self, params: Any, carry: tuple[Array, ...], z: Array, kept: Array | None) -> tuple[Array, ...]:
        h, c = carry
        s, f = activation(self.recurrent_activation), activation(self.activation)
        i, forget, candidate, o = jnp.split(z + recur(h, params["recurrent_kernel"], kept), 4, axis=-1)
        c = s(forget) * c + s(i) * f(candidate)
        return s(o) * f(c), c


@LAYERS.register("gru")
@pytree
class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    With s = *recurrent_activation* (logistic), f = *activation* (tanh), and blocks of *units* in the order z, r, h::

        z = s(x W_z + h_{t-1} U_z + b_z)     r = s(x W_r + h_{t-1} U_r + b_r)     h_t = z h_{t-1} + (1 - z) h'
        reset_after=True:   h' = f(x W_h + b_h + r (h_{t-1} U_h + d_h))   b has shape (2, 3 units): input's, state's
        reset_after=False:  h' = f(x W_h + b_h + (r h_{t-1}) U_h)         b has shape (3 units,)

    With reset_after z and r have a second bias too. The first form is Keras's default and cuDNN's, the second the
    paper's. torch computes the first, with the blocks in the order r, z, h.

    >>> from ravine.nn import Context
    >>> layer = GRU(8)
    >>> params, state = layer.init(np.random.default_rng(0), (20, 3))
    >>> layer.apply(params, state, jnp.ones((5, 20, 3)), Context())[0].shape, params["bias"].shape
    ((5, 8), (2, 24))
    """

    recurrent_activation: Function = static(default="logistic")
    reset_after: bool = static(default=True)

    gates: ClassVar[int] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        activation(self.recurrent_activation)

    def _bias(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        size = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
        return initializer(self.bias_initializer)(rng, size, dtype)

    def _input_bias(self, params: Any) -> Array:
        bias = jnp.asarray(params["bias"])
        return bias[0] if self.reset_after else bias

    def cell(self, params: Any, carry: tuple[Array, ...], z: Array, kept: Array | None) -> tuple[Array, ...]:
        (h,), u, kernel = carry, self.units, params["recurrent_kernel"]
        s, f = activation(self.recurrent_activation), activation(self.activation)
        if self.reset_after:
            inner = recur(h, kernel, kept)
            inner = inner + params["bias"][1] if self.use_bias else inner
            update, reset = jnp.split(s(z[..., : 2 * u] + inner[..., : 2 * u]), 2, axis=-1)
            new = f(z[..., 2 * u :] + reset * inner[..., 2 * u :])
        else:
            inner = recur(h, kernel[:, : 2 * u], None if kept is None else kept[:2])
            update, reset = jnp.split(s(z[..., : 2 * u] + inner), 2, axis=-1)
            new = f(z[..., 2 * u :] + recur(reset * h, kernel[:, 2 * u :], None if kept is None else kept[2:]))
        return (update * h + (1 - update) * new,)
