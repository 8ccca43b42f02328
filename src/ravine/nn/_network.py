"""A network: a frozen composition of layers with `init` and `apply`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, PerStructure, RavineError, pytree, rng, static, whole
from ravine.functions import linear
from ravine.nn.layer import Context, Layer, Shape, Variables, sum_of_terms

__all__ = ["Network"]


@pytree
class Network:
    """Layers one after another, for examples of *input_shape* (the batch axis left out).

    The network is a description and holds no weights: `init` makes them, `apply` uses them. It is also a pytree whose
    leaves are the layers' swept numbers (dropout rates, strengths of regularisers).

    >>> from ravine.nn import Dense, Dropout
    >>> network = Network((Dense(512, "relu"), Dropout(0.2), Dense(10, "softmax")), input_shape=(784,))
    >>> variables = network.init(seed=0)
    >>> [layer["kernel"].shape for layer in variables.params if layer]
    [(784, 512), (512, 10)]
    >>> y, _ = network.apply(*variables, np.zeros((1, 784), np.float32), Context())
    >>> y.shape, network.shapes, jax.tree.leaves(network)
    ((1, 10), ((512,), (512,), (10,)), [0.2])
    """

    layers: tuple[Layer, ...]
    input_shape: Shape = static()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if isinstance(self.input_shape, str | float) or self.input_shape is None:
            raise RavineError(f"Network: input_shape must be a tuple of sizes such as (784,), got {self.input_shape!r}")
        sizes = tuple(self.input_shape) if isinstance(self.input_shape, tuple | list) else (self.input_shape,)
        shape = tuple(whole("Network", "each size of input_shape", size, least=1) for size in sizes)
        object.__setattr__(self, "input_shape", shape)
        if not self.layers:
            raise RavineError("Network: at least one layer is needed, got none")
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise RavineError(f"Network: every layer must be a ravine.nn.Layer, got {layer!r}")
        for layer in self.layers:
            if getattr(layer, "return_state", False):
                raise RavineError(
                    f"Network: {layer.name} with return_state=True gives several arrays, and a layer hands on one: "
                    "leave  return_state out, or call the layer's apply yourself"
                )
        self.shapes  # noqa: B018 - shapes that do not fit are refused here, not at the first step

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of one output of each layer."""
        shapes, shape = [], self.input_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
            shapes.append(shape)
        return tuple(shapes)

    @property
    def output_shape(self) -> Shape:
        """The shape of one output of the network."""
        return self.shapes[-1]

    @property
    def final_activation(self) -> Any:
        """The function applied last, `linear` where the last layer has none."""
        return self.layers[-1].final_activation

    @property
    def constrained(self) -> bool:
        """Whether any layer constrains its weights."""
        return any(layer.constrained for layer in self.layers)

    @property
    def masks(self) -> bool:
        """Whether any layer marks steps that are not to count."""
        return any(layer.reads_mask for layer in self.layers)

    def init(self, seed: int = 0, dtype: Any = np.float32) -> Variables:
        """Initial arrays, on the host. Each layer has a generator of its own: networks that begin alike start alike."""
        shapes = (self.input_shape, *self.shapes)
        made = [
            layer.init(rng.generator(seed, "init", index), shape, dtype)
            for index, (layer, shape) in enumerate(zip(self.layers, shapes, strict=False))
        ]
        return Variables(tuple(each.params for each in made), tuple(each.state for each in made))

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        """The output for a batch *x* of shape (batch, *input_shape*), and the new state."""
        outputs, state, _ = self._run(params, state, x, context)
        return outputs[-1], state

    def apply_masked(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any, Array | None]:
        """As `apply`, with the mask of the output, (batch, time), or None where all of it counts."""
        outputs, state, mask = self._run(params, state, x, context)
        return outputs[-1], state, mask

    def activations(self, params: Any, state: Any, x: Array, context: Context) -> tuple[list[Array], Any]:
        """The output of every layer, for probes and drawings, and the new state."""
        return self._run(params, state, x, context)[:2]

    def _run(self, params: Any, state: Any, x: Array, context: Context) -> tuple[list[Array], Any, Array | None]:
        if x.shape[1:] != self.input_shape:
            raise RavineError(
                f"Network: examples must have the shape {self.input_shape}, got {x.shape[1:]}: reshape the data"
            )
        outputs, states, mask = [], [], context.mask
        for index, layer in enumerate(self.layers):
            here = context.at(index, mask)
            mask = layer.mask(x, mask)
            x, new = layer.apply(params[index], state[index], x, here)
            outputs.append(x)
            states.append(new)
        return outputs, tuple(states), mask

    def output_mask(self, x: np.ndarray) -> np.ndarray | None:
        """Which steps of the outputs for examples *x* count, (n, time), found on the host; None where all do.

        A mask that is made from what a layer with weights gives is not known before training, and counts as None.

        >>> from ravine.nn import Masking, SimpleRNN
        >>> network = Network((Masking(), SimpleRNN(3, return_sequences=True)), (2, 1))
        >>> network.output_mask(np.array([[[1.0], [0.0]]]))
        array([[ True, False]])
        """
        if not self.masks:
            return None
        mask: Array | None = None
        value: Array | None = jnp.asarray(x)
        for layer in self.layers:
            if value is None and layer.reads_mask:
                return None
            # Other layers hand masks on, or end them, without a look at their input.
            mask = layer.mask(jnp.zeros(0) if value is None else value, mask)
            value = layer.apply({}, {}, value, Context())[0] if value is not None and not layer.weights else None
        return None if mask is None else np.asarray(mask)

    def without_final_activation(self) -> Network:
        """The same network, whose output are the logits: its last activation is left out."""
        if self.final_activation is linear:
            return self
        return replace(self, layers=(*self.layers[:-1], self.layers[-1].without_final_activation()))

    def penalty(self, params: Any) -> Array | None:
        """The sum of the layers' regularisers, or None where there is none."""
        return sum_of_terms([layer.penalty(p) for layer, p in zip(self.layers, params, strict=True)])

    def constrain(self, params: Any) -> Any:
        """The arrays after every layer's constraints."""
        return tuple(layer.constrain(p) for layer, p in zip(self.layers, params, strict=True))

    def check(self, x: np.ndarray) -> None:
        """Refuse examples *x* of a wrong shape, or with values that the first layer cannot take, on the host."""
        if x.dtype.kind not in "biuf":
            raise RavineError(f"Network: examples must be numbers, got the type {x.dtype}: convert the data to float32")
        if x.shape[1:] != self.input_shape:
            raise RavineError(
                f"Network: examples must have the shape {self.input_shape}, got {x.shape[1:]}: reshape the data"
            )
        self.layers[0].check(x)

    def predict(self, variables: Variables, x: Any, batch_size: int = 4096) -> np.ndarray:
        """The outputs for all of *x*, of shape (n, *input_shape*), computed *batch_size* examples at a time."""
        dtypes = [leaf.dtype for leaf in jax.tree.leaves(variables)]
        x = np.asarray(x)
        self.check(x)
        x = x.astype(dtypes[0] if dtypes else np.float32)
        predict = _predict.of(self)
        parts = [
            np.asarray(predict(self, *variables, x[start : start + batch_size]))
            for start in range(0, len(x), batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, *self.output_shape), np.float32)


@PerStructure
def _predict(network: Network, params: Any, state: Any, x: Array) -> Array:
    return network.apply(params, state, x, Context())[0]
