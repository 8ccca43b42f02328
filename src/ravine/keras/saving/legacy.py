"""The older files of models, .h5: the configuration is an attribute, and each layer a group of named arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ravine.core import RavineError, parsed_json
from ravine.keras.layers import Layer
from ravine.keras.saving.hdf5 import group_at, has, text_at, texts
from ravine.keras.saving.weights import matched, read_optimizer

__all__ = ["is_legacy", "read_described", "read_legacy_optimizer", "read_legacy_weights", "training"]


def is_legacy(file: h5py.File) -> bool:
    """Whether a file holds weights as Keras 2 wrote them.

    No example: it reads a file.
    """
    return has(file, "model_weights") or "layer_names" in file.attrs or "layer_names0" in file.attrs


def read_described(file: h5py.File, name: str, where: Path) -> Any:
    """The description in the attribute *name* ("model_config", "training_config"), None where there is none.

    No example: it reads a file.
    """
    text = text_at(file, name, where)
    return None if text is None else parsed_json(text, f"{where}: the attribute {name}", _plain)


def _plain(entry: dict[str, Any]) -> Any:
    """Tuples and shapes, which Keras 2 wrote as objects, as lists."""
    return entry.get("items", []) if entry.get("class_name") in ("__tuple__", "TensorShape") else entry


def training(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `compile` from a file's training_config.

    >>> training({"loss": "mse", "metrics": [["mae"]], "optimizer_config": {"class_name": "Custom>SGD", "config": {}}})
    {'loss': 'mse', 'metrics': [['mae']], 'optimizer': {'class_name': 'SGD', 'config': {}}}
    """
    kept = {name: config[name] for name in ("loss", "metrics", "weighted_metrics") if config.get(name)}
    if isinstance(kept.get("loss"), dict):
        kept["loss"] = _with_module(kept["loss"], "losses")
    for name in kept.keys() - {"loss"}:
        kept[name] = _metrics(kept[name])
    # TensorFlow's Keras 2.11 and 2.12 wrote the names of its own optimizers as if they were the user's.
    optimizer = dict(config["optimizer_config"])
    optimizer["class_name"] = str(optimizer["class_name"]).removeprefix("Custom>")
    return {**kept, "optimizer": optimizer}


def _with_module(entry: dict[str, Any], family: str) -> dict[str, Any]:
    """A description that tells its module, which Keras 2 left to the reader."""
    told = "class_name" not in entry or "module" in entry
    return entry if told else {"module": f"keras.{family}", **entry}


def _metrics(entry: Any) -> Any:
    """Metrics of one output; Keras 2 wrote a name as an object that wraps the function."""
    if isinstance(entry, list):
        return [_metrics(each) for each in entry]
    if isinstance(entry, dict) and entry.get("class_name") == "MeanMetricWrapper":
        config = entry["config"]
        return config["name"] if config["name"] in ("accuracy", "acc") else config["fn"]
    if isinstance(entry, dict) and "class_name" not in entry:  # by the name of the output
        return [_metrics(each) for value in entry.values() for each in (value if isinstance(value, list) else [value])]
    return _with_module(entry, "metrics") if isinstance(entry, dict) else entry


def read_legacy_weights(
    model: Any, file: h5py.File, where: Path, *, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """Read the arrays of *model*: layer after layer in the order of the file, or by the layers' names.

    No example: it reads a file.
    """
    root = file if not has(file, "model_weights") else group_at(file, "model_weights", where)
    held = {name: _weight_names(root, name, where) for name in texts(root, "layer_names", where)}
    if by_name:
        pairs = [(layer, layer.name) for layer in model.layers if layer.name in held and layer.names()]
    else:
        layers = [layer for layer in model.layers if layer.names()]
        stored = [name for name, weights in held.items() if weights]
        if len(layers) != len(stored):
            raise RavineError(
                f"{where}: the file has {len(stored)} layers with weights, the model {len(layers)}: read it into a "
                "model of the same layers, or with by_name=True"
            )
        pairs = list(zip(layers, stored, strict=True))
    wanted: list[tuple[Layer, dict[str, np.ndarray]]] = []
    for layer, name in pairs:
        places = [f"{name}/{place}" for place in held[name]]
        wanted.append((layer, matched(layer, layer.names(), root, places, where, skip_mismatch=skip_mismatch)))
    for layer, found in wanted:
        layer.put(found)


def _weight_names(root: h5py.Group, layer: str, where: Path) -> list[str]:
    group = group_at(root, layer, where)
    if group is None:
        raise RavineError(f"{where}: the layer {layer!r} is named but missing: the file is damaged")
    return texts(group, "weight_names", where)


def read_legacy_optimizer(model: Any, file: h5py.File, where: Path) -> None:
    """Take up the state of the optimizer from a file of Keras 3; Keras 2 computed it otherwise, which is said.

    No example: it reads a file.
    """
    group = group_at(file, "optimizer_weights", where)
    if group is None:
        return
    if not (text_at(file, "keras_version", where) or "2").startswith("3"):
        warnings.warn(
            f"{where}: the state of the optimizer was written by Keras 2 and is not read: it begins anew", stacklevel=4
        )
        return
    read_optimizer(model, group, texts(group, "weight_names", where), where)
