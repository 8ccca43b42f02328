"""The layers of a model, and the arrays they own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from ravine import nn
from ravine.core import RavineError, nearest
from ravine.keras.layers import InputLayer, Layer
from ravine.keras.layers.arguments import with_batch
from ravine.keras.layers.building import hears_masks, mask_after
from ravine.keras.layers.functional import Nested
from ravine.keras.layers.variable import Weight
from ravine.keras.naming import snake, unique
from ravine.keras.objects import Described
from ravine.keras.variables import Unbuilt

__all__ = ["Spec", "Structure"]

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Spec:
    """What is known of an array before there is one.

    >>> from ravine.keras import Sequential, layers
    >>> Sequential([layers.Dense(3, input_shape=(2,), name="last")]).outputs
    [Spec(name='last', shape=(None, 3), dtype='float32')]
    """

    name: str
    shape: Shape
    dtype: str


class Structure(Described, family="models"):
    """Layers one after another: adding, removing, finding them, and their weights.

    No example: the base of `ravine.keras.Sequential`.
    """

    def __init__(self, layers: Sequence[Any] | None = None, trainable: bool = True, name: str | None = None) -> None:
        self.name = name or unique(snake(type(self).__name__))
        self._layers: list[Layer] = []
        self._input: InputLayer | None = None
        self._shape: Shape | None = None
        self.optimizer: Any = None
        self.stop_training = False
        for layer in layers or []:
            self.add(layer)
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return self._layers

    @layers.setter
    def layers(self, value: Any) -> NoReturn:
        raise Unbuilt("Sequential: layers cannot be set: use add and pop, or make another model")

    @property
    def losses(self) -> list[Any]:
        """The penalties of all trained weights, as they are now."""
        return [penalty for layer in self.layers for penalty in layer.losses]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The shape of the output, batch axis included, for inputs of *input_shape*."""
        shape = with_batch("Sequential", input_shape)
        for layer in self.layers:
            shape = _handed_on(layer, layer.compute_output_shape(shape))
        return shape

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put *layer* after the last one; an `Input` comes first."""
        if isinstance(layer, InputLayer):
            if self.layers or self._input is not None:
                raise RavineError("Sequential: an Input must come first: list it before the layers")
            self._input = layer
            return
        if isinstance(layer, Structure):
            if self._input is None and not self.layers and layer._input is not None:
                self._input = InputLayer.from_config({**layer._input.get_config(), "name": None})
            layer = Nested(layer)
        if not isinstance(layer, Layer):
            hint = f"write {layer.__name__}(...)" if isinstance(layer, type) else "use one of keras.layers"
            raise RavineError(f"Sequential: a layer of keras.layers is wanted, got {layer!r}: {hint}")
        if any(layer.name == known.name for known in self.layers):
            raise RavineError(f"Sequential: there is a layer named {layer.name!r} already: give each its own name")
        if self._input is None and not self.layers and layer.given_shape is not None:
            self._input = InputLayer(layer.given_shape, layer.given_batch)
        self.layers.append(layer)
        if self._input is not None:
            try:
                self.build(self._input.batch_shape)
            except RavineError:
                self.layers.pop()
                raise

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer and hand it back."""
        if not self.layers:
            raise RavineError("Sequential: there is no layer to pop")
        layer = self.layers.pop()
        layer.arrays()
        if not self.layers:
            self._shape = None
        return layer

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of *input_shape*, whose first axis is the batch."""
        if input_shape is None:
            if self._input is None:
                raise RavineError("Sequential: input_shape is missing: give the first layer input_shape=(...)")
            input_shape = self._input.batch_shape
        shape = with_batch("Sequential", input_shape)
        if self._input is None:
            self._input = InputLayer(shape[1:], shape[0])
        self._shape = shape[1:]
        masked, mask = any(hears_masks(layer) for layer in self.layers), None
        for layer in self.layers:
            layer.ensure(shape, self.name, mask)
            mask = mask_after(layer, shape, mask) if masked else None
            shape = _handed_on(layer, layer.output_shape)

    @property
    def built(self) -> bool:
        """Whether the weights are made."""
        return self._shape is not None and bool(self.layers)

    def _require_built(self, what: str) -> None:
        if not self.layers:
            raise Unbuilt(f"{what}: the model has no layers: add some")
        if not self.built:
            raise Unbuilt(
                f"{what}: the model does not know its input: give the first layer input_shape=(...), "
                "or call build or fit"
            )

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a *name*, or at a place."""
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise RavineError(f"get_layer: there are layers 0 to {len(self.layers) - 1}, got index {index}")
            return self.layers[index]
        found = next((layer for layer in self.layers if layer.name == name), None)
        if found is None:
            raise RavineError(
                f"get_layer: no layer is named {name!r}: {nearest(str(name), [x.name for x in self.layers])}"
            )
        return found

    @property
    def trainable(self) -> bool:
        """Whether any layer is trained; setting it sets all layers."""
        return any(layer.trainable for layer in self.layers) if self.layers else True

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = bool(value)

    @property
    def input_shape(self) -> Shape:
        """The shape of the input; the first is the size of the batch, None for any."""
        self._require_built("input_shape")
        return (None if self._input is None else self._input.batch_shape[0], *(self._shape or ()))

    @property
    def output_shape(self) -> Shape:
        """The shape of the output; the first is the size of the batch, None for any."""
        self._require_built("output_shape")
        return self.layers[-1].output_shape

    @property
    def inputs(self) -> list[Spec]:
        """What the model takes: one array."""
        shape = self.input_shape
        return [Spec(self._input.name if self._input else "input", shape, self.layers[0].dtype)]

    @property
    def outputs(self) -> list[Spec]:
        """What the model gives: one array."""
        return [Spec(self.layers[-1].name if self.layers else "output", self.output_shape, self.layers[-1].dtype)]

    @property
    def weights(self) -> list[Weight]:
        """All weights, layer after layer."""
        return [weight for layer in self.layers for weight in layer.weights]

    variables = weights

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that gradients change."""
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The weights that no gradient changes."""
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    non_trainable_variables = non_trainable_weights

    def count_params(self) -> int:
        """The number of numbers in all weights."""
        self._require_built("count_params")
        return sum(layer.count_params() for layer in self.layers)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all arrays, layer after layer."""
        return [array for layer in self.layers for array in layer.get_weights()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace all arrays."""
        self._require_built("set_weights")
        counts = [len(layer.names()) for layer in self.layers]
        if len(weights) != sum(counts):
            raise RavineError(
                f"set_weights: the model has {sum(counts)} weights, got {len(weights)}: give what get_weights gives"
            )
        start = 0
        for layer, count in zip(self.layers, counts, strict=True):
            layer.set_weights(weights[start : start + count])
            start += count

    def network(self, shape: tuple[int, ...] | None = None) -> nn.Network:
        """The network of `ravine.nn` that the model describes, for examples of *shape*."""
        self._require_built("network")
        whole = tuple(1 if size is None else size for size in self._shape or ()) if shape is None else shape
        return nn.Network(tuple(layer.runnable() for layer in self.layers), whole)

    def host_variables(self) -> nn.Variables:
        """The layers' arrays as a network's variables."""
        params, state = [], []
        for layer in self.layers:
            arrays, trained = layer.arrays(), layer.trained_names()
            params.append({name: arrays[name] for name in trained})
            state.append({name: array for name, array in arrays.items() if name not in trained})
        return nn.Variables(tuple(params), tuple(state))


def _handed_on(layer: Layer, shape: Any) -> Shape:
    """The *shape* of what *layer* hands to the next; refuses one that gives several arrays."""
    if shape and isinstance(shape[0], tuple):
        raise RavineError(
            f"Sequential: {type(layer).__name__} {layer.name!r} with return_state=True gives several arrays, and a "
            "layer hands on one: leave return_state out, or call the layer yourself"
        )
    return tuple(shape)
