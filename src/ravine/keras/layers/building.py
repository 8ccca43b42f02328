"""How layers of one's own are built: by the model, at the first call, or by hand; and what they hold then."""

from __future__ import annotations

import contextvars
import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from ravine.keras.layers.own import inner_layers

__all__ = ["adopt", "alone", "by_hand", "hears_masks", "mask_after", "under_way"]

_building: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar("building", default=())


def under_way() -> bool:
    """Whether a layer of one's own is being built.

    >>> under_way()
    False
    """
    return bool(_building.get())


def alone(layer: Any, key: str) -> str | None:
    """The path of an array that was there before anything around its *layer* was built: the layer's name, and its own.

    No example: see `ravine.keras.layers.Layer.weights`.
    """
    for prefix, inner in layer._inner.items():
        if key.startswith(prefix):
            return alone(inner, key.removeprefix(prefix))
    return f"{layer.name}/{layer.place(key)}" if key in layer._early else None


def by_hand(build: Callable[..., None]) -> Callable[..., None]:
    """*build*, a method of a layer of one's own, after which the layer is built, whoever called it.

    No example: for classes outside of this package; `ravine.keras.layers.Layer` wraps theirs.
    """

    @functools.wraps(build)
    def wrapped(layer: Any, *arguments: Any, **options: Any) -> None:
        token = _building.set((*_building.get(), layer))
        try:
            build(layer, *arguments, **options)
        finally:
            _building.reset(token)
        layer.built = True
        if layer not in _building.get():  # `super().build(...)` is not the whole of it
            layer._adopt()

    return wrapped


def adopt(layer: Any, kind: type) -> None:
    """Let *layer* take over the arrays of the layers inside, so that a model finds them all in one place.

    Layers of Keras that are not built yet have none; *layer* takes theirs after its first trial has built them.

    No example: called when a layer is built.
    """
    found = inner_layers(layer, kind)
    for place, inner in found.items():
        if not (inner.built or inner.is_own or not inner._has_core):
            continue
        prefix = f"{place}/"
        layer._inner[prefix] = inner
        inner._adopt()
        if inner.home is None or inner.home[0] is not layer:
            arrays = inner.arrays()
            layer.take({prefix + name: arrays[name] for name in inner.names()})
            inner.home = (layer, prefix)
    # As the attributes are ordered, whichever was built first.
    layer._inner = {f"{place}/": layer._inner[f"{place}/"] for place in found if f"{place}/" in layer._inner}


def hears_masks(layer: Any) -> bool:
    """Whether *layer* is one of one's own whose `call` asks for a mask.

    >>> from ravine.keras.layers import Dense
    >>> hears_masks(Dense(2))
    False
    """
    return bool(layer.is_own) and "mask" in inspect.signature(layer.call).parameters


def mask_after(layer: Any, shape: tuple[int | None, ...], mask: Any) -> Any:
    """A mask like that which *layer* hands on with examples of *shape*, batch axis first, or None: one for a trial.

    >>> from ravine.keras.layers import LSTM, Masking
    >>> mask_after(Masking(), (None, 3, 2), None).shape, mask_after(LSTM(4), (None, 3, 2), None)
    ((1, 3), None)
    """
    x = jnp.zeros((1, *(1 if size is None else size for size in shape[1:])), layer.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A call will say it.
        return layer.compute_mask(x, mask)
