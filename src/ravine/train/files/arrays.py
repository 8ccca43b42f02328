"""Files that survive: arrays and their description in one safetensors file, checked, replaced in one move."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ravine.core import RavineError, Tree, write_file

__all__ = ["flattened", "read_arrays", "unflattened", "write_arrays"]


def flattened(tree: Tree) -> dict[str, np.ndarray]:
    """The arrays of *tree* by their place in it.

    >>> flattened({"a": (np.array(1), np.array(2))})
    {"['a'][0]": array(1), "['a'][1]": array(2)}
    """
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def unflattened(like: Tree, arrays: dict[str, np.ndarray]) -> Tree:
    """A tree of the structure of *like* with the *arrays* that `flattened` gave.

    >>> unflattened({"a": 0}, {"['a']": np.array(3)})
    {'a': array(3)}
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(like)
    values = []
    for path, leaf in leaves:
        place = jax.tree_util.keystr(path)
        if place not in arrays:
            raise RavineError(f"the file has no array {place}: it belongs to another network or rule")
        if np.shape(arrays[place]) != np.shape(leaf):
            raise RavineError(
                f"the array {place} has shape {np.shape(arrays[place])}, {np.shape(leaf)} is wanted: "
                "the file belongs to another network or rule"
            )
        values.append(arrays[place])
    return jax.tree.unflatten(structure, values)


def write_arrays(path: str | Path, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    """Write *arrays* and *meta* (anything JSON takes) as one safetensors file with a checksum over both.

    No example: see `read_arrays`.
    """
    body = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    described = json.dumps(meta, sort_keys=True)
    write_file(path, save(body, {"ravine": described, "sha256": _checksum(body, described)}))


def read_arrays(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `write_arrays` wrote; a file that is cut short, changed or foreign is refused.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_arrays(Path(folder) / "x", {"a": np.array([1, 2])}, {"kind": "demo"})
    ...     read_arrays(Path(folder) / "x")
    ({'a': array([1, 2])}, {'kind': 'demo'})
    """
    try:
        with safe_open(str(path), "numpy") as file:
            meta = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except FileNotFoundError as error:
        raise RavineError(f"there is no file {path}: name one that was saved before") from error
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
        # A damaged header may name a kind of number that NumPy has not, or no text at all.
        raise RavineError(f"{path} cannot be read: {error}: it is damaged or not a file of Ravine's") from error
    if "ravine" not in meta:
        raise RavineError(f"{path} is not a file of Ravine's: its description is missing")
    if meta.get("sha256") != _checksum(arrays, meta["ravine"]):
        raise RavineError(f"{path} is damaged: its checksum does not fit: go back to an earlier file")
    try:
        described = json.loads(meta["ravine"])
    except (ValueError, RecursionError) as error:
        raise RavineError(f"{path} is not a file of Ravine's: its description is no JSON ({error})") from error
    if not isinstance(described, dict):
        raise RavineError(f"{path} is not a file of Ravine's: its description is {type(described).__name__}")
    return arrays, described


def _checksum(arrays: dict[str, np.ndarray], described: str) -> str:
    digest = hashlib.sha256(described.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
