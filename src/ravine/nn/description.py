"""Networks as plain dictionaries, which JSON and TOML can hold, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine.core import RavineError, Registry, nearest
from ravine.functions import ACTIVATIONS, CONSTRAINTS, INITIALIZERS, REGULARIZERS
from ravine.nn._network import Network
from ravine.nn.layer import LAYERS
from ravine.nn.text import from_text, piece

__all__ = ["from_dict", "network", "to_dict"]

Record = dict[str, Any]

REGISTRIES: dict[str, Registry[Any]] = {
    "layer": LAYERS,
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
}
"""Where the kinds of things are found, by the last word of the field that holds one."""


def to_dict(network: Network) -> Record:
    """*network* with every option written out; None is left out, for TOML knows no null.

    >>> from ravine.nn import Dropout
    >>> to_dict(Network((Dropout(0.2),), (4,)))
    {'input_shape': [4], 'layers': [{'kind': 'dropout', 'rate': 0.2}]}
    """
    return {"input_shape": list(network.input_shape), "layers": [_thing(each, LAYERS) for each in network.layers]}


def from_dict(record: Mapping[str, Any]) -> Network:
    """The network that `to_dict` wrote down. Options left out have their defaults, and a layer may be a piece of text.

    >>> from_dict({"input_shape": [4], "layers": [{"kind": "dense", "units": 3}, "dropout:0.2"]}).output_shape
    (3,)
    >>> from_dict({"input_shape": [4], "layers": [{"kind": "dense", "unit": 3}]})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: layers[0]: unknown option 'unit' of dense: did you mean 'units'? Known: ...
    """
    if not isinstance(record, Mapping):
        raise RavineError(f"a network must be a table with input_shape and layers, got {record!r}")
    for key in record:
        if key not in ("input_shape", "layers"):
            raise RavineError(f"network: unknown key {key!r}: {nearest(str(key), ('input_shape', 'layers'))}")
    for key in ("input_shape", "layers"):
        if key not in record:
            raise RavineError(f"network: {key} is missing: write input_shape and layers, e.g. [784] and ['10:softmax']")
    shape, layers = record["input_shape"], record["layers"]
    if not isinstance(layers, list | tuple):
        raise RavineError(f"network: layers must be a list, got {layers!r}")
    made = [
        piece(each) if isinstance(each, str) else _made(each, LAYERS, f"layers[{index}]")
        for index, each in enumerate(layers)
    ]
    return Network(tuple(made), shape)


def network(described: str | Mapping[str, Any] | Network) -> Network:
    """The network that a text, a dictionary or a `Network` (handed back as it is) describes.

    >>> network("784-512:relu-dropout:0.2-10:softmax").shapes
    ((512,), (512,), (10,))
    """
    if isinstance(described, Network):
        return described
    return from_text(described) if isinstance(described, str) else from_dict(described)


def _thing(thing: Any, registry: Registry[Any]) -> Record:
    kind = registry.name_of(type(thing))
    if kind is None:
        raise RavineError(
            f"{type(thing).__name__} cannot be written down, for no {registry.kind} is registered by that name: "
            f"register the class first"
        )
    record: Record = {"kind": kind}
    for field in dataclasses.fields(thing):
        value = _plain(field.name, getattr(thing, field.name))
        if value is not None:
            record[field.name] = value
    return record


def _plain(name: str, value: Any) -> Any:
    """*value* of the field *name* as what JSON and TOML know."""
    if value is None or isinstance(value, str):
        return value
    registry = REGISTRIES.get(name.rpartition("_")[2])
    if registry is not None:
        return _thing(value, registry)
    if callable(value):
        known = ACTIVATIONS.name_of(value)
        if known is None:
            raise RavineError(f"{name} {value!r} cannot be written down: register it in ravine.functions.ACTIVATIONS")
        return known
    return list(value) if isinstance(value, tuple) else np.asarray(value).tolist()


def _made(record: Any, registry: Registry[Any], where: str) -> Any:
    if not isinstance(record, Mapping) or "kind" not in record:
        raise RavineError(f"{where}: a {registry.kind} must be a table with its kind, got {record!r}")
    kind = registry[record["kind"]]
    fields = {field.name: field for field in dataclasses.fields(kind)}
    values = {}
    for name, value in record.items():
        if name == "kind":
            continue
        if name not in fields:
            raise RavineError(f"{where}: unknown option {name!r} of {record['kind']}: {nearest(str(name), fields)}")
        inner = REGISTRIES.get(name.rpartition("_")[2])
        if inner is not None and not isinstance(value, str):
            values[name] = _made(value, inner, f"{where}.{name}")
        elif isinstance(value, list | tuple):
            values[name] = tuple(value) if fields[name].metadata.get("static") else np.asarray(value, float)
        elif fields[name].type == "bool" and not isinstance(value, bool):
            raise RavineError(f"{where}: {name} must be true or false, got {value!r}")
        else:
            values[name] = value
    missing = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING and name not in values
    ]
    if missing:
        raise RavineError(f"{where}: {record['kind']} needs {', '.join(missing)}: add it to {dict(record)!r}")
    return kind(**values)
