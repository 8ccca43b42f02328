"""Networks of the lab as texts: ``*-8:tanh-dropout:0.2-4:relu-*``."""

from __future__ import annotations

from typing import Any

from ravine.core import RavineError
from ravine.nn import Activation, BatchNormalization, Dense, Dropout, Layer, LayerNormalization, network

__all__ = ["hidden_layers"]

NORMALIZATIONS: dict[type[Layer], str] = {BatchNormalization: "batch", LayerNormalization: "layer"}


def hidden_layers(text: str) -> list[dict[str, Any]]:
    """The hidden layers of a network whose ends are ``*``, in the form of `ravine.lab.NetworkChoice.layers`.

    >>> [layer["units"] for layer in hidden_layers("*-8:tanh-dropout:0.2-4:relu-*")]
    [8, 4]
    >>> hidden_layers("784-8:tanh-10")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: network '784-8:tanh-10': the lab's data say how it begins and ends: write *-...-*
    """
    pieces = text.split("-")
    if len(pieces) < 3 or {pieces[0].strip(), pieces[-1].strip()} != {"*"}:
        raise RavineError(f"network {text!r}: the lab's data say how it begins and ends: write *-...-*")
    layers: list[dict[str, Any]] = []
    for layer in network("-".join(["1", *pieces[1:-1], "1"])).layers[:-1]:
        match layer:
            case Dense():
                layers.append({"units": layer.units, "activation": layer.activation})
            case Dropout() if layers and "dropout" not in layers[-1]:
                layers[-1]["dropout"] = layer.rate
            case BatchNormalization() | LayerNormalization() if layers and layers[-1]["activation"] == "linear":
                layers[-1]["normalization"] = NORMALIZATIONS[type(layer)]
            case Activation() if layers and layers[-1]["activation"] == "linear":
                layers[-1]["activation"] = layer.activation
            case _:
                raise RavineError(
                    f"network {text!r}: the lab has no hidden {type(layer).__name__} there: take dense layers, each "
                    "with a normalisation, an activation, a dropout where wanted"
                )
    return layers
