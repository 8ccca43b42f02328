"""Damaged files for every loader, in a process of its own: ``python mutated.py COUNT SEED [LOADER...]``.

Each file is a whole one that was changed: bits flipped, cut, bytes put in, numbers in texts replaced, parts exchanged.
It must load, or be refused by a `RavineError`; a format with a checksum must load to the very same values. What went
otherwise is printed as JSON, with the memory that it took; the process has a limit of its own on top.
"""

from __future__ import annotations

import faulthandler
import gzip
import hashlib
import io
import json
import random
import re
import resource
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ravine.core import RavineError, read_toml
from ravine.data import IdxFile, Standardizer, encode_idx, from_file, read_idx, read_npy, read_table
from ravine.nn import from_dict, from_text
from ravine.train import Model, load_model, read_job, save_model

ROOM = 1 << 30
"""Bytes by which the process may grow: no file here has more than 30 kB."""
PATIENCE = 120
"""Seconds after which a file of 30 kB counts as one that never ends."""
NUMBERS = (b"-1", b"0", b"1e400", b"NaN", b"null", b"[]", b"1000000000", b"9223372036854775808", b"1" + b"0" * 400)
"""What a number in a text is replaced by."""


class Loader(NamedTuple):
    """A *whole* file with its *ending*, how it is read, and whether a checksum guards it."""

    ending: str
    whole: bytes
    load: Callable[[Path], Any]
    checked: bool = False


def fingerprint(value: Any) -> str:
    """The same for the same arrays, bit by bit."""
    digest = hashlib.sha256()
    for array in value:
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def flip(random: random.Random, content: bytearray) -> None:
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def cut(random: random.Random, content: bytearray) -> None:
    del content[random.randrange(len(content)) :]


def put_in(random: random.Random, content: bytearray) -> None:
    place = random.randrange(len(content))
    content[place:place] = random.choice((b"\0", b"\xff" * 8, b'"', b"\n", b",", random.randbytes(5)))


def exchange(random: random.Random, content: bytearray) -> None:
    """Two pieces of a file change places, or one is written over another."""
    size = random.choice((1, 4, 8, 64))
    a, b = (random.randrange(max(1, len(content) - size)) for _ in range(2))
    one, other = content[a : a + size], content[b : b + size]
    content[b : b + size] = one
    if random.random() < 0.5:
        content[a : a + size] = other


def renumber(random: random.Random, content: bytearray) -> None:
    """A number in a text becomes another thing; in a binary head four bytes become a large number."""
    found = list(re.finditer(rb"(?<![\w.])-?\d+(\.\d+)?(?![\w.])", bytes(content)))
    if found and random.random() < 0.8:
        match = random.choice(found)
        content[match.start() : match.end()] = random.choice(NUMBERS)
    else:
        place = random.randrange(len(content))
        content[place : place + 4] = random.choice((b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x40", b"\x40\0\0\0"))


MUTATIONS = (flip, cut, put_in, exchange, renumber)


def changed(random: random.Random, whole: bytes) -> bytes:
    """*whole* after one to three changes; in a zip of Keras's one of its members changes, whose sums are made anew."""
    if whole[:2] == b"PK" and random.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = random.choice([*parts, "config.json"])
        parts[name] = mutated(random, parts[name])
        return zipped(parts, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    if whole[:2] == b"\x1f\x8b" and random.random() < 0.5:
        return gzip.compress(mutated(random, gzip.decompress(whole)), 1, mtime=0)
    return mutated(random, whole)


def zipped(parts: dict[str, bytes], way: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of *parts*, whose bytes do not tell the time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, way)
    return made.getvalue()


def mutated(random: random.Random, whole: bytes) -> bytes:
    content = bytearray(whole)
    for _ in range(random.choice((1, 1, 2, 3))):
        if content:
            random.choice(MUTATIONS)(random, content)
    return bytes(content)


def loaders() -> dict[str, Loader]:  # noqa: PLR0915 - a list
    """A loader for each format, with a whole file of it."""
    import h5py

    from ravine import keras
    from ravine.keras import layers

    found: dict[str, Loader] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def written(ending: str, write: Callable[[Path], Any]) -> bytes:
            write(folder / f"whole{ending}")
            return (folder / f"whole{ending}").read_bytes()

        def plain() -> Any:
            return keras.Sequential([layers.Dense(3, "relu", input_shape=(4,)), layers.Dropout(0.5), layers.Dense(2)])

        keras.utils.set_random_seed(0)
        model = plain()
        model.compile("adam", "mse")
        described = json.dumps({"class_name": "Sequential", "config": model.get_config()})

        def legacy(path: Path) -> None:
            with h5py.File(path, "w") as file:
                file.attrs["model_config"], file.attrs["keras_version"] = described, "2.15.0"
                root = file.create_group("model_weights")
                root.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
                for layer in model.layers:
                    group = root.create_group(layer.name)
                    group.attrs["weight_names"] = [name.encode() for name in layer.names()]
                    for key, array in layer.arrays().items():
                        group.create_dataset(key, data=array, compression="gzip" if key == "kernel" else None)

        def keras_arrays(path: Path) -> Any:
            return keras.saving.load_model(path).get_weights()

        def weights_into(path: Path) -> Any:
            model.load_weights(path)
            return model.get_weights()

        with zipfile.ZipFile(io.BytesIO(written(".keras", model.save))) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts["metadata.json"] = b'{"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}'
        found["keras"] = Loader(".keras", zipped(parts), keras_arrays)
        found["h5"] = Loader(".h5", written(".h5", legacy), keras_arrays)
        found["weights"] = Loader(".weights.h5", written(".weights.h5", model.save_weights), weights_into)

        network = from_text("4-3:relu-prelu-dropout:0.2-2:softmax")
        table = "power;my size;kind\n" + "".join(f"{60 + k};{k % 5},5;{'abc'[k % 3]}\n" for k in range(24))
        (folder / "cars.csv").write_text(table)
        cars = from_file(folder / "cars.csv", "kind")
        fit = Standardizer(np.zeros(4), np.ones(4))
        ready = Model(network, network.init(0), ("no", "yes"), cars.encoder, fit, {"data": "cars"})

        def arrays(path: Path) -> Any:
            read = load_model(path)
            return [array for part in read.variables for layer in part for array in layer.values()]

        packed = written(".safetensors", lambda path: save_model(path, ready))
        size = int.from_bytes(packed[:8], "little")
        # safetensors writes what it describes in an order of chance
        head = json.dumps(json.loads(packed[8 : 8 + size]), sort_keys=True).encode()
        packed = len(head).to_bytes(8, "little") + head + packed[8 + size :]
        found["model"] = Loader(".safetensors", packed, arrays, True)

        def framed(path: Path) -> Any:
            return [from_file(path, "kind", missing="median").train.x]

        parquet = written(".parquet", lambda path: read_table(folder / "cars.csv").write_parquet(path))
        found["csv"] = Loader(".csv", table.encode(), framed)
        found["csv.gz"] = Loader(".csv.gz", gzip.compress(table.encode(), mtime=0), framed)
        found["parquet"] = Loader(".parquet", parquet, framed)
        npy = io.BytesIO()
        np.save(npy, np.arange(60, dtype=np.float32).reshape(5, 12))
        found["npy"] = Loader(".npy", npy.getvalue(), lambda path: [read_npy(path)])

        raw = encode_idx(np.arange(200, dtype=np.uint8).reshape(8, 5, 5))
        file = IdxFile("images", (8, 5, 5), hashlib.sha256(raw).hexdigest())
        found["idx"] = Loader("", raw, lambda path: [read_idx(path, file)], True)
        found["idx.gz"] = Loader(".gz", gzip.compress(raw, mtime=0), lambda path: [read_idx(path, file)], True)
        toml = (
            'network = {input_shape = [4], layers = ["3:relu", {kind = "dense", units = 2, activation = "softmax"}]}\n'
            'data = "camera"\nepochs = 3\nrule = "adam:0.01"\n[options]\nsize = 8\n'
        )

        def job(path: Path) -> Any:
            values = read_toml(path)
            if isinstance(values.get("network"), dict):
                from_dict(values["network"])
            read_job(str(path))
            return []

        found["toml"] = Loader(".toml", toml.encode(), job)

        def text(path: Path) -> Any:
            from_text(path.read_bytes().decode("utf-8", "replace"))
            return []

        found["text"] = Loader(".txt", b"28x28-flatten-512:relu-dropout:0.2-batchnorm-10:softmax,l2=0.01", text)
    return found


def grown() -> int:
    """The most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(count: int, seed: int, chosen: list[str], trace: Path | None = None) -> dict[str, Any]:
    warnings.simplefilter("ignore")
    every = loaders()
    faults: list[str] = []
    outcome = {name: {"loaded": 0, "refused": 0} for name in (chosen or every)}
    with tempfile.TemporaryDirectory() as name:
        before: dict[str, str] = {}
        for kind in outcome:
            path = Path(name, f"whole{every[kind].ending}")
            path.write_bytes(every[kind].whole)
            before[kind] = fingerprint(every[kind].load(path))
        base = grown()
        held = int(re.findall(r"VmData:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (held + 2 * ROOM, held + 2 * ROOM))
        for kind, told in outcome.items():
            loader = every[kind]
            path = Path(name, f"it{loader.ending}")
            for number in range(count):
                content = changed(random.Random(f"{kind} {seed} {number}"), loader.whole)
                path.write_bytes(content)
                if trace is not None:
                    trace.write_text(f"{kind} {seed} {number}")
                # what never ends is C code that no signal reaches
                faulthandler.dump_traceback_later(PATIENCE, exit=True)
                try:
                    read = fingerprint(loader.load(path))
                except RavineError as error:
                    told["refused"] += 1
                    if not str(error).strip() or "\n" in str(error):
                        faults.append(f"{kind} {seed} {number}: no sentence: {str(error)[:200]!r}")
                except BaseException as error:
                    faults.append(f"{kind} {seed} {number}: {type(error).__name__}: {str(error)[:200]}")
                else:
                    told["loaded"] += 1
                    if loader.checked and read != before[kind]:
                        faults.append(f"{kind} {seed} {number}: other values than before, and no word")
    faulthandler.cancel_dump_traceback_later()
    return {"faults": faults, "outcome": outcome, "grown": grown() - base}


if __name__ == "__main__":
    made = main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:], Path(sys.argv[3]))
    print(json.dumps(made))
