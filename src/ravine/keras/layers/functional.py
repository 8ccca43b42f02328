"""A function as a layer, a layer at every time step, and a model as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self

from ravine.core import RavineError
from ravine.keras.layers.base import Layer
from ravine.keras.objects import decode, encode

__all__ = ["Lambda", "Nested", "TimeDistributed"]


class Lambda(Layer):
    """Apply *function*, written with jax.numpy, to what comes in; it is given *arguments*, too.

    It may ask for mask and training. A file holds no code: a model with a named function of one's own is read with
    ``custom_objects={name: function}``, one with a ``lambda`` is not written.

    >>> import numpy as np
    >>> Lambda(lambda x, by: x * by, arguments={"by": 2.0})(np.ones((1, 2), np.float32)).tolist()
    [[2.0, 2.0]]
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not callable(function):
            raise RavineError(f"Lambda: function must be a function of an array, got {function!r}")
        self.function, self.given_mask = function, mask
        self.given = dict(arguments or {})
        self.supports_masking = mask is not None

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        asked = inspect.signature(self.function).parameters
        told = {name: value for name, value in (("training", training), ("mask", mask)) if name in asked}
        return self.function(inputs, **self.given, **told)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.given_mask(inputs, previous_mask) if callable(self.given_mask) else self.given_mask

    def get_config(self) -> dict[str, Any]:
        if getattr(self.function, "__name__", "") == "<lambda>":
            raise RavineError(
                f"layer {self.name!r}: a lambda is code, which no file holds: write a function with a name"
            )
        config = super().get_config()
        mask = None if self.given_mask is None else encode(self.given_mask)
        return {**config, "function": encode(self.function), "mask": mask, "arguments": encode(self.given)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        function = decode(config["function"])
        if not callable(function):
            raise RavineError(
                f"Lambda: the function {function!r} is not known here: pass it in custom_objects={{name: function}}"
            )
        kept = {name: config[name] for name in ("name", "trainable", "dtype", "arguments") if name in config}
        return cls(function, mask=decode(config.get("mask")), **kept)


class TimeDistributed(Layer):
    """Apply *layer* to every time step by itself.

    >>> from ravine.keras.layers import Dense
    >>> TimeDistributed(Dense(8)).compute_output_shape((None, 10, 16))
    (None, 10, 8)
    """

    supports_masking = True

    def __init__(self, layer: Any, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(layer, Layer):
            raise RavineError(f"TimeDistributed: a layer of keras.layers is wanted, got {layer!r}")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        batch, _, *one = input_shape
        self.layer.ensure((batch, *one))
        super().build(input_shape)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if inputs.ndim < 3:
            raise RavineError(f"TimeDistributed: sequences have three axes or more, got an input of {inputs.shape}")
        steps = inputs.shape[:2]
        if mask is not None and tuple(mask.shape) != steps:
            raise RavineError(
                f"TimeDistributed: the mask has shape {tuple(mask.shape)}, the input {steps} examples and steps: "
                "give one value for each"
            )
        y = self.layer(inputs.reshape(-1, *inputs.shape[2:]), training=training)
        return y.reshape(*steps, *y.shape[1:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": encode(self.layer)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        inner = config["layer"]
        kept = {name: config[name] for name in ("name", "trainable", "dtype") if name in config}
        return cls(decode(inner, None if inner.get("module") else "layers"), **kept)


class Nested(Layer):
    """A model as a layer of another: its layers in a row, whose weights stay theirs.

    No example: `ravine.keras.Sequential.add` makes it of a model.
    """

    hidden = True
    supports_masking = True
    in_files = "Sequential"

    def __init__(self, model: Any) -> None:
        super().__init__(name=model.name)
        self.model, self.layers = model, list(model.layers)

    def build(self, input_shape: Any) -> None:
        if not self.model.built:
            self.model.build(input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs
