"""Two recurrent layers, one reading from each end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from ravine import nn
from ravine.core import RavineError
from ravine.keras.layers.base import Layer
from ravine.keras.layers.recurrent import Recurrent
from ravine.keras.objects import decode, encode

__all__ = ["Bidirectional"]


class Bidirectional(Layer):
    """Read sequences with *layer* from both ends, and merge the two outputs by *merge_mode*.

    >>> from ravine.keras.layers import LSTM
    >>> Bidirectional(LSTM(8)).compute_output_shape((None, 20, 3))
    (None, 16)
    """

    supports_masking = True
    options = ("merge_mode", "layer", "backward_layer")

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **options: Any,
    ) -> None:
        for given in (layer, backward_layer):
            if given is not None and not isinstance(given, Recurrent):
                raise RavineError(f"Bidirectional: layer must be a SimpleRNN, an LSTM or a GRU, got {given!r}")
        if merge_mode is None:
            raise RavineError(
                "Bidirectional: merge_mode=None gives two outputs, which a Sequential model cannot hand on: "
                "use 'concat', 'sum', 'mul' or 'ave'"
            )
        super().__init__(weights=weights, **options)
        self.merge_mode = merge_mode
        self.layer = layer
        self.backward_layer = _mirrored(layer) if backward_layer is None else backward_layer
        for part, side in ((self.layer, "forward"), (self.backward_layer, "backward")):
            if not part.name.startswith(f"{side}_"):
                part.name = f"{side}_{part.name}"
        self.core()

    @property
    def forward_layer(self) -> Any:
        """The layer that reads forwards."""
        return self.layer

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, batch axis included; with return_state a tuple of that and of the states' shapes."""
        after, one = super().compute_output_shape(input_shape), self.layer.compute_output_shape(input_shape)
        return (after, *one[1:], *one[1:]) if self.layer.return_state else after

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        for part, prefix in ((self.layer, "forward_"), (self.backward_layer, "backward_")):
            part.home, part.built = (self, prefix), True

    def place(self, key: str) -> str:
        side, _, name = key.partition("_")
        part = self.layer if side == "forward" else self.backward_layer
        return f"{part.name}/{part.place(name)}"

    def weight_options(self, kind: str) -> dict[str, Any]:
        sides = (("forward_", self.layer), ("backward_", self.backward_layer))
        return {prefix + key: option for prefix, part in sides for key, option in part.weight_options(kind).items()}

    def core(self) -> nn.Layer:
        return nn.Bidirectional(self.layer.core(), self.merge_mode, self.backward_layer.core())  # type: ignore[arg-type]

    def get_config(self) -> dict[str, Any]:
        parts = {"layer": encode(self.layer), "backward_layer": encode(self.backward_layer)}
        return {**super().get_config(), **parts}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        given = {name: config.get(name) or {} for name in ("layer", "backward_layer")}
        parts = {name: decode(part, None if part.get("module") else "layers") or None for name, part in given.items()}
        kept = {name: decode(config[name]) for name in ("name", "trainable", "dtype", "merge_mode") if name in config}
        return cls(**parts, **kept)


def _mirrored(layer: Recurrent) -> Recurrent:
    config = layer.get_config()
    name = config["name"].removeprefix("forward_")
    return type(layer).from_config({**config, "name": name, "go_backwards": not config["go_backwards"]})
