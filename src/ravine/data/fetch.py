"""Where the files of a data set come from: a named folder, `RAVINE_DATA`, the cache folder, else a download."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ravine.core import RavineError
from ravine.data.idx import GZIP, IdxFile, decode_idx, read_idx

__all__ = ["DataUnavailableError", "Source", "cache_folder", "read_source"]

TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""


class DataUnavailableError(RavineError):
    """The files are not here and cannot be had: no network, or no room to store them.

    >>> issubclass(DataUnavailableError, RavineError)
    True
    """


@dataclass(frozen=True)
class Source:
    """A data set kept as IDX files.

    *files* are the training images, training labels, test images and test labels; *mirrors* are addresses ending in
    "/", tried in order; *folders* are the subfolders of a data folder where the files may lie.

    No example: `ravine.data.mnist` holds two.
    """

    name: str
    title: str
    mirrors: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[IdxFile, IdxFile, IdxFile, IdxFile]
    classes: tuple[str, ...]


def cache_folder() -> Path:
    """Return the folder for downloads: `RAVINE_CACHE`, else the user's cache folder of this system.

    >>> cache_folder().is_absolute()
    True
    """
    named = os.environ.get("RAVINE_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs  # only needed here

    return Path(platformdirs.user_cache_dir("ravine", appauthor=False))


def read_source(
    source: Source, folder: str | Path | None = None, *, mirrors: tuple[str, ...] | None = None, download: bool = True
) -> tuple[tuple[np.ndarray, ...], Path]:
    """Return the four arrays of *source* (uint8, read-only) and the folder they were read from.

    Looked for, in this order: *folder* (then nowhere else), the folder named by the environment variable
    `RAVINE_DATA`, the cache folder; else what is missing is downloaded into the cache folder from *mirrors* (default:
    the source's own), unless *download* is False. In a folder the files may lie in a subfolder such as ``mnist/``, as
    gzip or unpacked. Files found are checked, and refused rather than passed over when wrong.

    No example: it reads files or the network.
    """
    named = os.environ.get("RAVINE_DATA")
    places: list[Path] = []
    if folder is not None:
        places = [_existing(folder, "folder", source)]
    elif named:
        places = [_existing(named, "RAVINE_DATA", source)]
    for place in places:
        for inner in _inner(source, place):
            paths = [_find(inner, file.name) for file in source.files]
            if any(paths):
                return _read(source, inner, paths), inner
    if folder is None:
        cache = cache_folder()
        for inner in _inner(source, cache):
            paths = [_find(inner, file.name) for file in source.files]
            if all(paths):
                return _read(source, inner, paths), inner
        if download:
            target = cache / source.folders[0]
            return _download(source, target, source.mirrors if mirrors is None else mirrors), target
        places.append(cache)
    listed = ", ".join(str(place) for place in places)
    names = ", ".join(f"{file.name}.gz" for file in source.files)
    raise DataUnavailableError(f"{source.title}: no complete set of files in {listed}: put there {names}")


def _inner(source: Source, place: Path) -> tuple[Path, ...]:
    return (*(place / name for name in source.folders), place)


def _existing(folder: str | Path, what: str, source: Source) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise RavineError(f"{source.title}: {what} names {str(path)!r}, which is no folder: correct it")
    return path


def _find(folder: Path, name: str) -> Path | None:
    # some archives unpack to train-images.idx3-ubyte
    dotted = name.replace("-idx", ".idx")
    candidates = (folder / f"{name}.gz", folder / name, folder / f"{dotted}.gz", folder / dotted)
    return next((path for path in candidates if path.is_file()), None)


def _read(source: Source, folder: Path, paths: list[Path | None]) -> tuple[np.ndarray, ...]:
    missing = [f"{file.name}.gz" for file, path in zip(source.files, paths, strict=True) if path is None]
    if missing:
        raise DataUnavailableError(f"{source.title}: {folder} lacks {', '.join(missing)}: add them, or remove the rest")
    return tuple(read_idx(path, file) for file, path in zip(source.files, paths, strict=True) if path is not None)


def _download(source: Source, folder: Path, mirrors: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Bring all files into *folder*: the mirror that served one file is asked first for the next."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise _unwritable(source, folder, cause) from cause
    arrays = []
    for file in source.files:
        # left by an earlier download that was cut off, or put there by another process meanwhile
        present = _find(folder, file.name)
        if present is not None:
            arrays.append(read_idx(present, file))
            continue
        failures = []
        for mirror in mirrors:
            try:
                arrays.append(_fetch(source, f"{mirror}{file.name}.gz", folder, file))
            except _MirrorError as failure:
                failures.append(str(failure))
                continue
            mirrors = (mirror, *(other for other in mirrors if other != mirror))
            break
        else:
            tried = "; ".join(failures) or "no mirror named"
            raise DataUnavailableError(
                f"{source.title}: could not download {file.name}.gz: {tried}: check the network, or put the files into "
                f"a folder and name it in RAVINE_DATA"
            )
    return tuple(arrays)


class _MirrorError(Exception):
    """Why one mirror did not serve one file."""


def _fetch(source: Source, url: str, folder: Path, file: IdxFile) -> np.ndarray:
    """Download *url* under a name no other process has, check it, and only then give it its final name."""
    import pooch  # pooch and requests take a while to import
    import requests

    part = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{file.name}.", suffix=".part", delete=False) as stream:
            part = Path(stream.name)
            pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=1 << 16)(url, stream, None)
        content = part.read_bytes()
        values = decode_idx(content, file, url)
        part.chmod(0o644)
        # a server may unpack what it sends
        part.replace(folder / (f"{file.name}.gz" if content[:2] == GZIP else file.name))
    except requests.RequestException as cause:
        # a subclass of OSError, so it must be told apart first
        raise _MirrorError(f"{url}: {_why(cause)}") from cause
    except RavineError as cause:
        raise _MirrorError(str(cause)) from cause
    except OSError as cause:
        raise _unwritable(source, folder, cause) from cause
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return values


def _why(cause: Exception) -> str:
    import requests

    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        return f"HTTP {cause.response.status_code} {cause.response.reason}"
    if isinstance(cause, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "no connection" if isinstance(cause, requests.ConnectionError) else str(cause)


def _unwritable(source: Source, folder: Path, cause: OSError) -> DataUnavailableError:
    full = cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    what = "is full" if full else "cannot be written"
    remedy = "make room" if full else "make it writable"
    return DataUnavailableError(
        f"{source.title}: the cache folder {folder} {what} ({cause.strerror}): {remedy}, "
        f"or name another folder in RAVINE_CACHE"
    )
