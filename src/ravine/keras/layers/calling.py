"""How layers are built, called and described by the arguments that a user gives them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.keras.objects import Described, encode

__all__ = ["build", "check_input", "given", "told"]


def build(layer: Any, shape: Any) -> None:
    """Call the `build` of a layer of one's own with the *shape* of its one input.

    No example: called when a layer first sees its input.
    """
    parameters = inspect.signature(layer.build).parameters.values()
    needed = [each.name for each in parameters if each.default is each.empty and each.kind not in (2, 4)]
    if len(needed) > 1:
        raise RavineError(
            f"{type(layer).__name__}.build asks for {', '.join(needed)}: a layer takes one input here, so write "
            "build(self, input_shape)"
        )
    layer.build(shape)


def told(layer: Any, x: Any, others: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """The arguments training and mask of a call; refuses all else that layers of Keras are called with.

    No example: called with every call of a layer.
    """
    kind = type(layer).__name__
    if isinstance(x, Described):
        raise RavineError(
            f"{kind}()(...): the functional API is not supported by ravine.keras: "
            "list the layers in keras.Sequential([...])"
        )
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple) else ()
    if isinstance(x, dict) or any(getattr(part, "ndim", 0) for part in parts):
        raise RavineError(f"{kind}()(...): several inputs are not supported: give one array, such as np.stack(x)")
    if hasattr(x, "todense"):
        raise RavineError(f"{kind}()(...): sparse arrays are not supported: give x.todense()")
    places = list(inspect.signature(layer.call).parameters)[1:]
    named = options | dict(zip((*places, *map(str, range(len(places), len(others)))), others, strict=False))
    for name, value in named.items():
        if value is not None and name not in ("training", "mask"):
            raise RavineError(
                f"{kind}()(...): the argument {name} is not supported: call the layer with one input, training and mask"
            )
    return named.get("training"), named.get("mask")


def check_input(layer: Any, shape: tuple[int, ...]) -> None:
    """Refuse an input of another number of features than the weights were made for.

    No example: called with every call of a layer.
    """
    wanted = layer.input_shape[-1]
    if layer.core().weights and type(layer).__name__ != "Embedding" and wanted is not None and shape[-1:] != (wanted,):
        raise RavineError(
            f"layer {layer.name!r} takes {wanted} features on the last axis, got an input of shape {shape}: "
            "reshape the data, or make a new layer"
        )


def given(layer: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """What the constructor of a layer of one's own was given, beside what *config* holds, as plain values.

    No example: called by `get_config`.
    """
    arguments, options = vars(layer)["_given"]
    bound = inspect.signature(type(layer).__init__).bind(layer, *arguments, **options).arguments
    found = {name: value for name, value in list(bound.items())[1:] if name not in config}
    for kind in [name for name, value in found.items() if isinstance(value, dict) and name not in layer.options]:
        found |= {name: value for name, value in found.pop(kind).items() if name not in config}
    for name, value in found.items():
        if not isinstance(value, str | int | float | bool | None | list | tuple | np.generic):
            raise RavineError(
                f"{type(layer).__name__}: {name}={value!r} cannot be written to a file: define get_config, which "
                "returns the arguments of the constructor"
            )
    return {name: encode(value) for name, value in found.items()}
