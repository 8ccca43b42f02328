"""Keras's files of models, .keras: a zip of the configuration, the weights, and a note of who wrote it."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py

from ravine.core import RavineError, check_limit, check_unpacked, parsed_json, understood, write_file
from ravine.keras.layers.room import room_of
from ravine.keras.objects import known
from ravine.keras.registration import CustomObjectScope, custom
from ravine.keras.saving.hdf5 import FLOOR, file_size, opened, text_at
from ravine.keras.saving.legacy import (
    is_legacy,
    read_described,
    read_legacy_optimizer,
    read_legacy_weights,
    training,
)
from ravine.keras.saving.told import check_keras, warn_not_finite
from ravine.keras.saving.weights import read_weights, write_weights
from ravine.keras.unsupported import leave_out, refuse

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

FORMAT = "3.15.1"
"""The version of Keras whose format is written."""
OLD_ENDINGS = (".h5", ".hdf5")
"""Endings of the older files of models."""
MEMBERS = ("config.json", "model.weights.h5")
"""What is read of a .keras file."""
NOTE = "metadata.json"
"""The member that says who wrote the file; old files may lack it."""
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, OSError, RuntimeError, ValueError)
"""What the reader of zip archives raises on damaged ones."""
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
    described = parsed_json(parts["config.json"], f"{path}: config.json")
    _check_version(parts.get("metadata.json"), path)
    with understood(path), room_of(len(parts["model.weights.h5"]), path):
        model = _described_model(described, path)
        shape = (described.get("build_config") or {}).get("input_shape")
        if shape and not model.built:
            model.build(tuple(shape))
        options = described.get("compile_config") or {}
        if compile and options.get("optimizer"):
            _compile(model, options, path)
    with opened(parts["model.weights.h5"], path) as file:
        read_weights(model, file, path)
    warn_not_finite(model, path)
    return model


def _check_version(note: bytes | None, path: Path) -> None:
    """Refuse a file of a Keras to come, which may mean other things by the same words."""
    told = parsed_json(note, f"{path}: metadata.json") if note else {}
    check_keras(told.get("keras_version") if isinstance(told, dict) else None, path)


def _load_legacy(path: Path, compile: bool) -> Any:
    _require(path)
    with opened(path, path) as file:
        described = read_described(file, "model_config", path)
        if described is None:
            raise RavineError(
                f"{path}: the file holds weights without a model: build the model, and call model.load_weights"
            )
        check_keras(text_at(file, "keras_version", path), path)
        with room_of(file_size(file), path):
            model = _described_model(described, path)
        if model.layers and not model.built:
            refuse(f"the model in {path}, which was saved before it knew its input", "save it once it has been built")
        read_legacy_weights(model, file, path)
        options = read_described(file, "training_config", path)
        if compile and options:
            _compile(model, training(options), path)
            read_legacy_optimizer(model, file, path)
    warn_not_finite(model, path)
    return model


def _described_model(described: Any, path: Path) -> Any:
    sequential: Any = known("models")["Sequential"]
    kind = described.get("class_name") if isinstance(described, dict) else None
    kind = kind if isinstance(kind, str) else None
    own = custom(described.get("registered_name")) or custom(kind) if kind else None
    if kind != "Sequential" and not (isinstance(own, type) and issubclass(own, sequential)):
        refuse(f"the {kind} model in {path}", "only Sequential models can be read")
    model = (own or sequential).from_config(described["config"])
    odd = next((each for each in (model, *model.layers) if not isinstance(each.name, str)), None)
    if odd is not None:
        raise RavineError(f"{path}: a name must be a text, got {odd.name!r}: the file is damaged")
    return model


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
        elif by_name:
            raise RavineError(f"{path}: by_name=True is for .h5 files of Keras 2: leave it out, this is one of Keras 3")
        else:
            read_weights(model, file, path, skip_mismatch=skip_mismatch)
    warn_not_finite(model, path)


def _require(path: Path) -> None:
    if not path.exists():
        raise RavineError(f"{path}: there is no such file")
    if not path.is_file():
        raise RavineError(f"{path}: this is no file: name one that model.save wrote")


def _parts(path: Path) -> dict[str, bytes]:
    """The members of a .keras file."""
    _require(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.getinfo(name) for name in MEMBERS}
            members |= {member.filename: member for member in archive.infolist() if member.filename == NOTE}
            for name, member in members.items():
                if member.file_size > FLOOR and member.file_size > TIGHTEST_MEMBER * member.compress_size:
                    raise RavineError(
                        f"{path}: {name} says that it has {member.file_size} bytes in {member.compress_size}: refused"
                    )
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    # the other ways unpack as far as they go, whatever is asked for
                    raise RavineError(f"{path}: {name} is packed in another way than deflate: save the model anew")
                check_unpacked(f"{path}: {name}", min(member.compress_size, path.stat().st_size), member.file_size)
            check_limit(f"{path}: config.json has {{}} bytes", members["config.json"].file_size, "description")
            return {name: _member(archive, member, path) for name, member in members.items()}
    except RavineError:
        raise
    except BROKEN as cause:
        raise RavineError(f"{path}: this is no .keras file, or a damaged one: {cause}") from cause


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    """The bytes of a member, no more than its head says: what follows is not asked for."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size)
    if len(content) != member.file_size:
        raise RavineError(f"{path}: {member.filename} ends after {len(content)} bytes, {member.file_size} are told")
    return content


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
