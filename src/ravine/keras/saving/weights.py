"""Keras's files of weights, .weights.h5: one group of numbered arrays per layer, and one for the optimizer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ravine.core import RavineError
from ravine.keras.layers import Bidirectional, Layer
from ravine.keras.layers.recurrent import Recurrent
from ravine.keras.naming import snake
from ravine.keras.saving.optimizer import optimizer_arrays

__all__ = ["groups", "read_weights", "write_weights"]

ROOTS = ("layers", "_layer_checkpoint_dependencies")
"""Where the layers' groups lie: now, and in files of Keras 3.0."""


def groups(layers: list[Layer]) -> list[str]:
    """Return the names of the layers' groups: the words of the class, numbered per class.

    >>> from ravine.keras.layers import Dense, LSTM
    >>> groups([LSTM(1), Dense(1), Dense(1, name="out")])
    ['lstm', 'dense', 'dense_1']
    """
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        stem = snake(type(layer).__name__)
        names.append(f"{stem}_{seen[stem]}" if seen[stem] else stem)
        seen[stem] += 1
    return names


def parts(layer: Layer) -> dict[str, tuple[str, list[str]]]:
    """The groups inside a layer's group, each with the name it carries and the names of its arrays."""
    if isinstance(layer, Bidirectional):
        found = {}
        for side, inner in (("forward", layer.layer), ("backward", layer.backward_layer)):
            names = [name for name in layer.names() if name.startswith(f"{side}_")]
            found[f"{side}_layer/cell"] = (f"{snake(type(inner).__name__)}_cell", names)
        return found
    if isinstance(layer, Recurrent):
        return {"cell": (f"{snake(type(layer).__name__)}_cell", list(layer.names()))}
    return {"": (layer.name, list(layer.names()))}


def write_weights(model: Any, file: h5py.File) -> None:
    """Write the arrays of *model*, and the state of its optimizer where there is one.

    No example: it writes a file.
    """
    for layer, group in zip(model.layers, groups(model.layers), strict=True):
        arrays = layer.arrays()
        file.create_group(f"layers/{group}/vars").attrs["name"] = layer.name
        for inner, (carried, names) in parts(layer).items():
            place = file.require_group("/".join(filter(None, ("layers", group, inner, "vars"))))
            place.attrs["name"] = carried
            for number, name in enumerate(names):
                place.create_dataset(str(number), data=arrays[name])
    file.create_group("vars").attrs["name"] = model.name
    held = optimizer_arrays(model)
    if held is not None:
        place = file.create_group("optimizer/vars")
        place.attrs["name"] = model.optimizer.name
        for number, array in enumerate(held):
            place.create_dataset(str(number), data=array)


def read_weights(model: Any, file: h5py.File, where: Path, *, skip_mismatch: bool = False) -> None:
    """Read the arrays of *model*, and the state of its optimizer where the file has one.

    No example: it reads a file.
    """
    root = next((name for name in ROOTS if name in file), None)
    if root is None:
        raise RavineError(f"{where}: this is no file of weights of Keras 3 (no group 'layers'): save it as .weights.h5")
    wanted = []
    for layer, group in zip(model.layers, groups(model.layers), strict=True):
        for inner, (_, names) in parts(layer).items():
            place = "/".join(filter(None, (root, group, inner, "vars")))
            found = _numbered(file, place)
            if len(found) != len(names):
                if skip_mismatch:
                    continue
                raise RavineError(
                    f"{where}: layer {layer.name!r} has {len(names)} weights, the file holds {len(found)} under "
                    f"{place!r}: read it into a model of the same layers, or with skip_mismatch=True"
                )
            new = dict(zip(names, found, strict=True))
            fits = all(array.shape == layer.arrays()[name].shape for name, array in new.items())
            if fits or not skip_mismatch:
                wanted.append((layer, new, place))
    for layer, new, place in wanted:
        try:
            layer.put(new)
        except RavineError as cause:
            raise RavineError(f"{where}: {place}: {cause}") from None
    state = _numbered(file, "optimizer/vars")
    if state and model.optimizer is not None:
        model.restore_optimizer(state)


def _numbered(file: h5py.File, place: str) -> list[np.ndarray]:
    """The arrays of a group, in the order of their numbers."""
    if place not in file:
        return []
    group = file[place]
    return [np.asarray(group[name]) for name in sorted(group, key=int)]
