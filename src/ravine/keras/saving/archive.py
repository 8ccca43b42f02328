"""Keras's files of models, .keras: a zip of the configuration, the weights, and a note of who wrote it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py

from ravine.core import RavineError, write_file
from ravine.keras.registration import CustomObjectScope, custom
from ravine.keras.saving.hdf5 import FLOOR, opened
from ravine.keras.saving.legacy import (
    is_legacy,
    read_described,
    read_legacy_optimizer,
    read_legacy_weights,
    training,
)
from ravine.keras.saving.weights import read_weights, write_weights
from ravine.keras.unsupported import leave_out, refuse

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

FORMAT = "3.15.1"
"""The version of Keras whose format is written."""
OLD_ENDINGS = (".h5", ".hdf5")
"""Endings of the older files of models."""
MEMBERS = ("config.json", "model.weights.h5")
"""What is read of a .keras file."""
TIGHTEST_MEMBER = 200
"""How tightly a member may be packed: Keras does not pack weights, and packed text shrinks to a tenth."""


def save_model(
    model: Any, filepath: str | Path, overwrite: bool = True, zipped: bool | None = None, **options: Any
) -> None:
    """Write *model* with its weights and the state of its optimizer to a .keras file.

    >>> import tempfile, pathlib
    >>> from ravine.keras import Sequential, layers
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.keras")
    ...     save_model(Sequential([layers.Dense(1, input_shape=(2,))]), path)
    ...     load_model(path).count_params()
    3
    """
    if options.get("save_format") == "keras":  # of Keras 2, which had others, too
        options.pop("save_format")
    leave_out("save", options)
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

    def write(whole: io.BytesIO) -> None:
        with zipfile.ZipFile(whole, "w") as archive:
            for name, content in (
                ("metadata.json", json.dumps(note)),
                ("config.json", json.dumps(described)),
                ("model.weights.h5", weights.getvalue()),
            ):
                # Dated as the format begins: a zip archive knows no earlier time, whatever the clock says.
                archive.writestr(zipfile.ZipInfo(name), content)

    _replaced(path, write)


def save_weights(
    model: Any, filepath: str | Path, overwrite: bool = True, max_shard_size: Any = None, **options: Any
) -> None:
    """Write the weights of *model* to a .weights.h5 file.

    No example: `save_model` has one.
    """
    leave_out("save_weights", options)
    path = _path(filepath, ".weights.h5", overwrite)
    if max_shard_size is not None:
        refuse("save_weights(max_shard_size=...)", "leave it out, the weights go into one file")
    if not model.built:
        raise RavineError("save_weights: the model does not know its input yet: call build or fit first")

    def write(whole: io.BytesIO) -> None:
        with h5py.File(whole, "w") as file:
            write_weights(model, file)

    _replaced(path, write)


def load_model(filepath: str | Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Read a Sequential model from a .keras file, written here or by Keras 3, or an .h5 file of Keras 2 or 3.

    *custom_objects* maps names to functions and classes of one's own. With *compile* the optimizer, the loss and the
    metrics come back too. Code in a file is never run, whatever *safe_mode* says.

    No example: `save_model` has one.
    """
    path = Path(filepath)
    with CustomObjectScope(custom_objects or {}):
        return _load_legacy(path, compile) if path.suffix in OLD_ENDINGS else _load_archive(path, compile)


def _load_archive(path: Path, compile: bool) -> Any:
    parts = _parts(path)
    try:
        described = json.loads(parts["config.json"])
    except ValueError as cause:
        raise RavineError(f"{path}: config.json is no JSON: {cause}: the file is damaged") from cause
    model = _described_model(described, path)
    shape = (described.get("build_config") or {}).get("input_shape")
    if shape and not model.built:
        model.build(tuple(shape))
    options = described.get("compile_config") or {}
    if compile and options.get("optimizer"):
        _compile(model, options, path)
    with opened(parts["model.weights.h5"], path) as file:
        read_weights(model, file, path)
    return model


def _load_legacy(path: Path, compile: bool) -> Any:
    _require(path)
    with opened(path, path) as file:
        described = read_described(file, "model_config", path)
        if described is None:
            raise RavineError(
                f"{path}: the file holds weights without a model: build the model, and call model.load_weights"
            )
        model = _described_model(described, path)
        if model.layers and not model.built:
            refuse(f"the model in {path}, which was saved before it knew its input", "save it once it has been built")
        read_legacy_weights(model, file, path)
        options = read_described(file, "training_config", path)
        if compile and options:
            _compile(model, training(options), path)
            read_legacy_optimizer(model, file, path)
    return model


def _described_model(described: Any, path: Path) -> Any:
    from ravine.keras.models.sequential import Sequential

    kind = described.get("class_name") if isinstance(described, dict) else None
    own = custom(described.get("registered_name")) or custom(kind) if kind else None
    if kind != "Sequential" and not (isinstance(own, type) and issubclass(own, Sequential)):
        refuse(f"the {kind} model in {path}", "only Sequential models can be read")
    return (own or Sequential).from_config(described["config"])


def _compile(model: Any, options: Any, path: Path) -> None:
    try:
        model.compile_from_config(options)
    except RavineError as cause:
        raise RavineError(f"{path}: {cause}; load_model(..., compile=False) reads the model alone") from cause


def load_weights(
    model: Any, filepath: str | Path, skip_mismatch: bool = False, by_name: bool = False, **options: Any
) -> None:
    """Read weights into *model* from a .weights.h5, a .keras or an older .h5 file; from the last also *by_name*.

    No example: `save_model` has one.
    """
    leave_out("load_weights", options)
    path = Path(filepath)
    _require(path)
    source = _parts(path)["model.weights.h5"] if path.suffix == ".keras" else path
    with opened(source, path) as file:
        if is_legacy(file):
            read_legacy_weights(model, file, path, skip_mismatch=skip_mismatch, by_name=by_name)
            return
        if by_name:
            raise RavineError(f"{path}: by_name=True is for .h5 files of Keras 2: leave it out, this is one of Keras 3")
        read_weights(model, file, path, skip_mismatch=skip_mismatch)


def _require(path: Path) -> None:
    if not path.exists():
        raise RavineError(f"{path}: there is no such file")


def _parts(path: Path) -> dict[str, bytes]:
    """The members of a .keras file."""
    _require(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for name in MEMBERS:
                member = archive.getinfo(name)
                if member.file_size > FLOOR and member.file_size > TIGHTEST_MEMBER * member.compress_size:
                    raise RavineError(
                        f"{path}: {name} says that it has {member.file_size} bytes in {member.compress_size}: refused"
                    )
            return {name: archive.read(name) for name in MEMBERS}
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError) as cause:
        raise RavineError(f"{path}: this is no .keras file, or a damaged one: {cause}") from cause


def _path(filepath: str | Path, ending: str, overwrite: bool) -> Path:
    path = Path(filepath)
    if not path.name.endswith(ending):
        hint = f"name it {path.name.split('.')[0]}{ending}"
        raise RavineError(f"{path}: the name of the file must end in {ending}: {hint}")
    if path.exists() and not overwrite:
        raise RavineError(f"{path}: the file exists: give overwrite=True to replace it")
    return path


def _replaced(path: Path, write: Callable[[io.BytesIO], None]) -> None:
    """Write into memory, then to the disk in one move, so that nobody sees half a file."""
    if not path.parent.is_dir():
        raise RavineError(f"{path}: the folder cannot be written: it is not there: name another one")
    content = io.BytesIO()
    write(content)
    write_file(path, content.getvalue())
