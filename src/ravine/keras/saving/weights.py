"""Keras's files of weights, .weights.h5: one group of numbered arrays per layer, and one for the optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ravine.core import RavineError
from ravine.keras.layers import Bidirectional, Layer
from ravine.keras.layers.recurrent import Recurrent
from ravine.keras.naming import numbered, snake
from ravine.keras.optimizers.state import optimizer_arrays
from ravine.keras.saving.hdf5 import Misfit, array_at, group_at, has

__all__ = ["groups", "matched", "read_optimizer", "read_weights", "write_weights"]

ROOTS = ("layers", "_layer_checkpoint_dependencies")
"""Where the layers' groups lie: now, and in files of Keras 3.0."""

SLOTS = 6
"""No optimizer keeps more arrays than this for each of the model's."""


def groups(layers: list[Layer]) -> list[str]:
    """Return the names of the layers' groups: the words of the class, numbered per class.

    >>> from ravine.keras.layers import Dense, LSTM
    >>> groups([LSTM(1), Dense(1), Dense(1, name="out")])
    ['lstm', 'dense', 'dense_1']
    """
    return numbered(layers)


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
    inner = layer.inner_parts()
    own = [name for name in layer.names() if not name.startswith(tuple(inner))]
    found = {"": (layer.name, own)}
    for prefix, part in inner.items():
        for place, (carried, names) in parts(part).items():
            found[f"{prefix}{place}".rstrip("/")] = (carried, [prefix + name for name in names])
    return found


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
    root = next((name for name in ROOTS if has(file, name)), None)
    if root is None:
        raise RavineError(f"{where}: this is no file of weights of Keras 3 (no group 'layers'): save it as .weights.h5")
    wanted = []
    for layer, group in zip(model.layers, groups(model.layers), strict=True):
        for inner, (_, names) in parts(layer).items():
            place = "/".join(filter(None, (root, group, inner, "vars")))
            numbers = [f"{place}/{number}" for number in _numbers(file, place, where)]
            found = matched(layer, names, file, numbers, where, skip_mismatch=skip_mismatch)
            if len(found) == len(names):
                wanted.append((layer, found))
    for layer, found in wanted:
        layer.put(found)
    state = _numbers(file, "optimizer/vars", where)
    if state and model.optimizer is not None:
        read_optimizer(model, file, [f"optimizer/vars/{number}" for number in state], where)


def matched(
    layer: Layer, names: Sequence[str], group: h5py.Group, places: list[str], where: Path, *, skip_mismatch: bool
) -> dict[str, np.ndarray]:
    """The arrays of *layer* called *names*, from *places* in a file; with *skip_mismatch* only those that fit.

    No example: it reads a file.
    """
    if len(names) != len(places):
        if skip_mismatch:
            return {}
        raise RavineError(
            f"{where}: layer {layer.name!r} has {len(names)} weights, the file holds {len(places)} for it: "
            "read it into a model of the same layers, or with skip_mismatch=True"
        )
    found: dict[str, np.ndarray] = {}
    for name, place in zip(names, places, strict=True):
        shape = layer.arrays()[name].shape
        try:
            found[name] = array_at(group, place, [shape], where)
        except Misfit as cause:
            if not skip_mismatch:
                raise RavineError(
                    f"{where}: {place}: layer {layer.name!r}: weight {name!r} has shape {shape}, got {cause.shape}: "
                    "read it into a model of the same sizes, or with skip_mismatch=True"
                ) from None
    return found


def read_optimizer(model: Any, group: h5py.Group, places: list[str], where: Path) -> None:
    """Take up the state of the optimizer from *places* in a file, numbers and arrays of the shapes of the weights.

    No example: it reads a file.
    """
    shapes = [(), *(array.shape for layer in model.layers for array in layer.arrays().values())]
    # Adafactor keeps the means of rows and columns.
    shapes += [part for shape in shapes if len(shape) > 1 for part in (shape[:-1], shape[:-2] + shape[-1:])]
    most = 2 + SLOTS * len(shapes)
    if len(places) > most:  # all of them may be one and the same array, by many names
        raise RavineError(
            f"{where}: the optimizer has {len(places)} arrays, no optimizer more than {most} for such a model: "
            "load_model(..., compile=False) reads the model alone"
        )
    model.restore_optimizer([array_at(group, place, shapes, where) for place in places])


def _numbers(file: h5py.File, place: str, where: Path) -> list[str]:
    """The names of the arrays in a group, in the order of their numbers."""
    group = group_at(file, place, where)
    if group is None:
        return []
    if not all(name.isascii() and name.isdecimal() and len(name) < 9 for name in group):
        raise RavineError(f"{where}: the arrays under {place!r} are not numbered: the file is damaged")
    return sorted(group, key=int)
