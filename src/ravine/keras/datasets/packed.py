"""Keras's data sets that lie in one packed file each: found or fetched, and compared with a pinned SHA-256."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError, write_file
from ravine.data import DataUnavailableError, UnservedError, arrays_alone, cache_folder, received

__all__ = ["PACKED", "Packed", "Pair", "arrays", "batches", "content", "mixed", "sequences"]

Pair = tuple[np.ndarray, np.ndarray]
"""Inputs and targets."""
GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
TORONTO = "https://www.cs.toronto.edu/~kriz"


@dataclass(frozen=True)
class Packed:
    """One file: its name, where it is served, its SHA-256, and how many bytes it may have at most.

    No example: see `PACKED`.
    """

    file: str
    address: str
    sha256: str
    most: int


PACKED = {
    "boston_housing": Packed(
        "boston_housing.npz", GOOGLE, "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5", 10**6
    ),
    "california_housing": Packed(
        "california_housing.npz", GOOGLE, "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f", 10**7
    ),
    "imdb": Packed("imdb.npz", GOOGLE, "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f", 10**8),
    "reuters": Packed("reuters.npz", GOOGLE, "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916", 10**7),
    "cifar10": Packed(
        "cifar-10-python.tar.gz",
        TORONTO,
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        2 * 10**8,
    ),
    "cifar100": Packed(
        "cifar-100-python.tar.gz",
        TORONTO,
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        2 * 10**8,
    ),
}
"""The files, with the hashes that Keras 3.15 compares them with."""


def content(name: str, folder: str | Path | None = None) -> bytes:
    """The bytes of a data set's file: of *folder*, of the one that RAVINE_DATA names, of the cache, or fetched.

    Whatever does not have the pinned SHA-256 is refused.

    No example: it reads files or the network.
    """
    packed, cache = PACKED[name], cache_folder() / "keras"
    named = os.environ.get("RAVINE_DATA")
    places = [Path(folder)] if folder is not None else [*([Path(named)] if named else []), cache]
    for path in (place / packed.file for place in places):
        if path.is_file():
            return _checked(packed, path.read_bytes(), str(path))
    where = f"{packed.address}/{packed.file}"
    if folder is not None:
        raise DataUnavailableError(f"{name}: {folder} lacks {packed.file}: put it there, or leave path out to fetch it")
    try:
        found = _checked(packed, received(where, packed.most), where)
    except UnservedError as cause:
        remedy = f"check the network, or put {packed.file} into a folder and name it in RAVINE_DATA"
        raise DataUnavailableError(f"{name}: {where}: {cause}: {remedy}") from cause
    cache.mkdir(parents=True, exist_ok=True)
    write_file(cache / packed.file, found)
    return found


def _checked(packed: Packed, found: bytes, where: str) -> bytes:
    told = hashlib.sha256(found).hexdigest()
    if told != packed.sha256:
        raise RavineError(f"{where}: its SHA-256 is {told}, not {packed.sha256}: the file is damaged or another one")
    return found


def arrays(name: str, path: str | None = None) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name; lists of words are pickled there, and read once the hash has been compared.

    No example: it reads files or the network.
    """
    folder = None if path in (None, PACKED[name].file) else path
    with np.load(io.BytesIO(content(name, folder)), allow_pickle=True) as file:
        return {key: file[key] for key in file.files}


def batches(name: str, wanted: Callable[[str], bool]) -> list[dict[bytes, Any]]:
    """The pickled batches of a .tar.gz file whose names are *wanted*, in the order of their names: arrays alone.

    No example: it reads files or the network.
    """
    with tarfile.open(fileobj=io.BytesIO(content(name)), mode="r:gz") as archive:
        members = sorted((each for each in archive.getmembers() if wanted(Path(each.name).name)), key=lambda m: m.name)
        files = [file for file in map(archive.extractfile, members) if file is not None]
        return [arrays_alone(file.read()) for file in files]


def mixed(x: Any, y: Any, test_split: float, seed: int) -> tuple[Pair, Pair]:
    """Training and test part of examples in the order that Keras mixes them into.

    >>> (x_train, _), (x_test, _) = mixed(np.arange(5), np.arange(5), 0.4, 113)
    >>> len(x_train), sorted([*x_train.tolist(), *x_test.tolist()])
    (3, [0, 1, 2, 3, 4])
    """
    if not 0 <= test_split < 1:
        raise RavineError(f"test_split must be a number in [0, 1), got {test_split!r}")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)  # Keras's own generator, so that the parts are the same
    x, y, cut = x[order], y[order], int(len(x) * (1 - test_split))
    return (np.array(x[:cut]), np.array(y[:cut])), (np.array(x[cut:]), np.array(y[cut:]))


def sequences(
    texts: list[Any],
    num_words: int | None,
    skip_top: int,
    maxlen: int | None,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Texts as lists of word numbers, as Keras hands them out: those short enough to stay, and which of all they are.

    >>> sequences([[1, 5], [2, 2, 2]], 6, 0, 4, 1, 2, 3)
    (array([list([1, 4, 2])], dtype=object), array([ True, False]))
    """
    if start_char is not None:
        told = [[start_char, *(word + index_from for word in text)] for text in texts]
    else:
        told = [[word + (index_from or 0) for word in text] for text in texts]
    kept = [not maxlen or len(text) < maxlen for text in told]
    if not any(kept):
        raise RavineError(f"maxlen={maxlen}: every text is that long or longer: raise it")
    limit = num_words or max(max(text) for text, stays in zip(told, kept, strict=True) if stays)
    if oov_char is None:
        told = [[word for word in text if skip_top <= word < limit] for text in told]
    else:
        told = [[word if skip_top <= word < limit else oov_char for word in text] for text in told]
    # A list in front of None, or texts of one length would become a matrix.
    stay = np.array([*(text for text, stays in zip(told, kept, strict=True) if stays), None], object)[:-1]
    return stay, np.array(kept, bool)
