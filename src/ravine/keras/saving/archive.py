"""Keras's files of models, .keras: a zip of the configuration, the weights, and a note of who wrote it."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py

from ravine.core import RavineError
from ravine.keras.registration import CustomObjectScope
from ravine.keras.saving.weights import read_weights, write_weights
from ravine.keras.unsupported import refuse

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

FORMAT = "3.15.1"
"""The version of Keras whose format is written."""


def save_model(model: Any, filepath: str | Path, overwrite: bool = True, zipped: bool | None = None) -> None:
    """Write *model* with its weights and the state of its optimizer to a .keras file.

    >>> import tempfile, pathlib
    >>> from ravine.keras import Sequential, layers
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.keras")
    ...     save_model(Sequential([layers.Dense(1, input_shape=(2,))]), path)
    ...     load_model(path).count_params()
    3
    """
    path = _path(filepath, ".keras", overwrite)
    if zipped is False:
        refuse("save(zipped=False)", "leave it out, the file is a zip archive")
    if not model.built:
        raise RavineError("save: the model does not know its input yet: call build or fit first")
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        write_weights(model, file)
    note = {"keras_version": FORMAT, "date_saved": datetime.now(UTC).strftime("%Y-%m-%d@%H:%M:%S")}
    described = model.described()

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr("metadata.json", json.dumps(note))
            archive.writestr("config.json", json.dumps(described))
            archive.writestr("model.weights.h5", weights.getvalue())

    _replaced(path, write)


def save_weights(model: Any, filepath: str | Path, overwrite: bool = True, max_shard_size: Any = None) -> None:
    """Write the weights of *model* to a .weights.h5 file.

    No example: `save_model` has one.
    """
    path = _path(filepath, ".weights.h5", overwrite)
    if max_shard_size is not None:
        refuse("save_weights(max_shard_size=...)", "leave it out, the weights go into one file")
    if not model.built:
        raise RavineError("save_weights: the model does not know its input yet: call build or fit first")

    def write(temporary: Path) -> None:
        with h5py.File(temporary, "w") as file:
            write_weights(model, file)

    _replaced(path, write)


def load_model(filepath: str | Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Read a Sequential model from a .keras file, written here or by Keras 3.

    *custom_objects* maps names to functions and classes of one's own. With *compile* the optimizer, the loss and the
    metrics come back too. Code in a file is never run, whatever *safe_mode* says.

    No example: `save_model` has one.
    """
    from ravine.keras.models.sequential import Sequential

    path = Path(filepath)
    parts = _parts(path)
    described = json.loads(parts["config.json"])
    kind = described.get("class_name")
    if kind != "Sequential":
        refuse(f"the {kind} model in {path}", "only Sequential models can be read")
    with CustomObjectScope(custom_objects or {}):
        model = Sequential.from_config(described["config"])
        shape = (described.get("build_config") or {}).get("input_shape")
        if shape and not model.built:
            model.build(tuple(shape))
        options = described.get("compile_config") or {}
        if compile and options.get("optimizer"):
            model.compile_from_config(options)
    with h5py.File(io.BytesIO(parts["model.weights.h5"]), "r") as file:
        read_weights(model, file, path)
    return model


def load_weights(model: Any, filepath: str | Path, skip_mismatch: bool = False) -> None:
    """Read weights into *model* from a .weights.h5 or a .keras file.

    No example: `save_model` has one.
    """
    path = Path(filepath)
    if not path.exists():
        raise RavineError(f"{path}: there is no such file")
    if path.suffix == ".keras":
        with h5py.File(io.BytesIO(_parts(path)["model.weights.h5"]), "r") as file:
            read_weights(model, file, path, skip_mismatch=skip_mismatch)
        return
    try:
        opened = h5py.File(path, "r")
    except OSError as cause:
        raise RavineError(f"{path}: this is no HDF5 file, or a damaged one: {cause}") from cause
    with opened as file:
        read_weights(model, file, path, skip_mismatch=skip_mismatch)


def _parts(path: Path) -> dict[str, bytes]:
    """The members of a .keras file."""
    if not path.exists():
        raise RavineError(f"{path}: there is no such file")
    if path.suffix in (".h5", ".hdf5"):
        refuse(f"the older format of {path}", "save the model as .keras in Keras 3: model.save('model.keras')")
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in ("config.json", "model.weights.h5")}
    except (zipfile.BadZipFile, KeyError, OSError) as cause:
        raise RavineError(f"{path}: this is no .keras file, or a damaged one: {cause}") from cause


def _path(filepath: str | Path, ending: str, overwrite: bool) -> Path:
    path = Path(filepath)
    if not path.name.endswith(ending):
        hint = f"name it {path.name.split('.')[0]}{ending}"
        raise RavineError(f"{path}: the name of the file must end in {ending}: {hint}")
    if path.exists() and not overwrite:
        raise RavineError(f"{path}: the file exists: give overwrite=True to replace it")
    return path


def _replaced(path: Path, write: Callable[[Path], None]) -> None:
    """Write under a temporary name and rename, so that nobody sees half a file."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as cause:
        raise RavineError(f"{path}: the folder cannot be written: {cause}: name another one") from cause
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as cause:
        raise RavineError(f"{path}: the file cannot be written: {cause}") from cause
    finally:
        temporary.unlink(missing_ok=True)
