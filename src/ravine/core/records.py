"""Records that people write, in TOML or on the command line: a wrong key or value gets its sentence."""

from __future__ import annotations

import reprlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ravine.core.bounds import DEEP, check_depth, check_limit, parsed_json
from ravine.core.errors import RavineError, nearest
from ravine.core.seals import intact

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["is_description", "read_description", "read_json", "read_toml", "record"]

R = TypeVar("R", bound="BaseModel")


def record(owner: str, kind: type[R], values: Mapping[str, Any]) -> R:
    """The record of class *kind* with *values*; what is wrong is named by its key.

    >>> from pydantic import BaseModel, ConfigDict
    >>> class Trip(BaseModel, extra="forbid"):
    ...     days: int = 1
    >>> record("trip", Trip, {"days": 2})
    Trip(days=2)
    >>> record("trip", Trip, {"day": 2})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: trip: unknown key 'day': did you mean 'days'? Known: days
    """
    from pydantic import ValidationError

    for key in values:
        if key not in kind.model_fields:
            raise RavineError(f"{owner}: unknown key {key!r}: {nearest(str(key), kind.model_fields)}")
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, RavineError):
            raise RavineError(f"{owner}: {cause}") from error
        place = ".".join(str(part) for part in first["loc"])
        raise RavineError(f"{owner}: {place}: {first['msg'].lower()}, got {reprlib.repr(first['input'])}") from error


def read_description(owner: str, kind: type[R], source: Mapping[str, Any] | str | Path, **given: Any) -> R:
    """The record of class *kind* that *source* describes, a mapping or a TOML or JSON file; *given* (not None) over it.

    What jobs, studies and the lab's configurations are read by.

    >>> from pydantic import BaseModel
    >>> class Trip(BaseModel, extra="forbid"):
    ...     days: int = 1
    >>> read_description("trip", Trip, {"days": 2}, days=3)
    Trip(days=3)
    >>> read_description("trip", Trip, "trip.txt")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: trip: 'trip.txt' is no description: name a .toml or .json file
    """
    if isinstance(source, Mapping):
        values = dict(source)
    elif is_description(source):
        values = read_json(source) if Path(source).suffix.lower() == ".json" else read_toml(source)
    else:
        raise RavineError(f"{owner}: {str(source)!r} is no description: name a .toml or .json file")
    return record(owner, kind, values | {name: value for name, value in given.items() if value is not None})


def is_description(source: Any) -> bool:
    """Whether *source* names a file that `read_description` reads, by its suffix.

    >>> is_description("job.toml"), is_description(Path("job.JSON")), is_description("784-10:softmax")
    (True, True, False)
    """
    return isinstance(source, str | Path) and Path(source).suffix.lower() in (".toml", ".json")


def read_json(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; a seal in it (`ravine.core.sealed`) is compared, and is no part of it.

    >>> read_json("absent.json")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: cannot read absent.json: No such file or directory: name a JSON file that exists
    """
    content = _content(path, "JSON")
    values = parsed_json(content, str(path))
    if intact(content) is False:
        raise RavineError(f"{path} is damaged, or was changed by hand: take out its line 'seal' to have it as it is")
    if not isinstance(values, dict):
        raise RavineError(f"{path} holds {type(values).__name__}, not an object with keys")
    values.pop("seal", None)
    return values


def read_toml(path: str | Path) -> dict[str, Any]:
    """The contents of a TOML file.

    >>> read_toml("absent.toml")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: cannot read absent.toml: No such file or directory: name a TOML file that exists
    """
    content = _content(path, "TOML")
    try:
        made = tomllib.loads(content.decode().replace("\r\n", "\n").replace("\r", "\n"))
        check_depth(made)
        return made
    except RecursionError:
        raise RavineError(f"{path} is not valid TOML: {DEEP}") from None
    except RavineError:
        raise
    except ValueError as error:  # of TOML, of UTF-8, of a number with thousands of digits
        raise RavineError(f"{path} is not valid TOML: {error}") from error


def _content(path: str | Path, kind: str) -> bytes:
    """What the file at *path* holds, if it is no longer than a description may be."""
    try:
        check_limit(f"{path} has {{}} bytes", Path(path).stat().st_size, "description")
        return Path(path).read_bytes()
    except OSError as error:
        raise RavineError(f"cannot read {path}: {error.strerror}: name a {kind} file that exists") from error
    except ValueError as error:  # of a name with a zero in it
        if isinstance(error, RavineError):
            raise
        raise RavineError(f"{path} is not valid {kind}: {error}") from error
