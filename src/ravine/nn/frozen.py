"""Layers whose weights no rule trains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ravine.core import Array, RavineError, pytree
from ravine.nn._network import Network
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables

__all__ = ["Frozen", "freeze", "thaw"]


@LAYERS.register("frozen")
@pytree
class Frozen(Layer):
    """*layer* with its weights held still: they live in the state, so that no rule, decay or clipping ever sees them.

    Gradients flow through it to earlier layers. Batch normalisation runs on its moving statistics, which stay; dropout
    goes on; regularisers and constraints of the layer do nothing (Keras's ``trainable=False`` does the same).

    >>> from ravine.nn import Dense
    >>> params, state = Frozen(Dense(3)).init(np.random.default_rng(0), (2,))
    >>> params, sorted(state)
    ({}, ['bias', 'kernel'])
    """

    layer: Layer

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Layer):
            raise RavineError(f"Frozen: layer must be a ravine.nn.Layer, got {self.layer!r}")

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        """The weights of the layer."""
        return self.layer.weights

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        """All of `weights`: none is trained."""
        return self.layer.weights

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def reads_mask(self) -> bool:  # type: ignore[override]
        """Whether it makes a mask out of the values of its input."""
        return self.layer.reads_mask

    @property
    def return_state(self) -> bool:
        """Whether the output is more than one array."""
        return getattr(self.layer, "return_state", False)

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        made = self.layer.init(rng, shape, dtype)
        return Variables({}, made.params | made.state)

    def apply(self, params: Any, state: Any, x: Array, context: Context) -> tuple[Array, Any]:
        y, _ = self.layer.apply(*_split(self.layer, state), x, replace(context, frozen=True))
        return y, state

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        return self.layer.mask(x, mask)

    def check(self, x: np.ndarray) -> None:
        self.layer.check(x)

    @property
    def final_activation(self) -> Any:
        return self.layer.final_activation

    def without_final_activation(self) -> Layer:
        return Frozen(self.layer.without_final_activation())


def _split(layer: Layer, state: Any) -> Variables:
    held = {name: array for name, array in state.items() if name in layer.statistics}
    return Variables({name: array for name, array in state.items() if name not in held}, held)


def freeze(network: Network, variables: Variables, *places: int) -> tuple[Network, Variables]:
    """The *network* with the layers at *places* frozen, and its *variables* moved accordingly: its outputs stay.

    >>> from ravine.nn import Dense, Network
    >>> network = Network((Dense(3), Dense(2)), (4,))
    >>> network, variables = freeze(network, network.init(0), 0)
    >>> [sorted(each) for each in variables.params]
    [[], ['bias', 'kernel']]
    """
    layers, params, state = list(network.layers), list(variables.params), list(variables.state)
    for place in _checked(network, places):
        if not isinstance(layers[place], Frozen):
            layers[place], params[place], state[place] = Frozen(layers[place]), {}, params[place] | state[place]
    return Network(tuple(layers), network.input_shape), Variables(tuple(params), tuple(state))


def thaw(network: Network, variables: Variables, *places: int) -> tuple[Network, Variables]:
    """The inverse of `freeze`: the layers at *places* are trained again.

    >>> from ravine.nn import Dense, Network
    >>> network = Network((Frozen(Dense(3)), Dense(2)), (4,))
    >>> network, variables = thaw(network, network.init(0), 0)
    >>> [sorted(each) for each in variables.params]
    [['bias', 'kernel'], ['bias', 'kernel']]
    """
    layers, params, state = list(network.layers), list(variables.params), list(variables.state)
    for place in _checked(network, places):
        layer = layers[place]
        if isinstance(layer, Frozen):
            layers[place] = layer.layer
            params[place], state[place] = _split(layer.layer, state[place])
    return Network(tuple(layers), network.input_shape), Variables(tuple(params), tuple(state))


def _checked(network: Network, places: tuple[int, ...]) -> list[int]:
    count = len(network.layers)
    for place in places:
        if not -count <= place < count:
            raise RavineError(f"freeze: the network has layers 0 to {count - 1}, got the place {place}")
    return [place % count for place in places]
