"""Records that people write, in TOML or on the command line: a wrong key or value gets its sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ravine.core.bounds import DEEP, check_depth, check_limit
from ravine.core.errors import RavineError, nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["read_toml", "record"]

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
        raise RavineError(f"{owner}: {place}: {first['msg'].lower()}, got {first['input']!r}") from error


def read_toml(path: str | Path) -> dict[str, Any]:
    """The contents of a TOML file.

    >>> read_toml("absent.toml")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: cannot read absent.toml: No such file or directory: name a TOML file that exists
    """
    try:
        check_limit(f"{path} has {{}} bytes", Path(path).stat().st_size, "description")
        made = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        check_depth(made)
        return made
    except OSError as error:
        raise RavineError(f"cannot read {path}: {error.strerror}: name a TOML file that exists") from error
    except RecursionError:
        raise RavineError(f"{path} is not valid TOML: {DEEP}") from None
    except RavineError:
        raise
    except ValueError as error:  # of numbers too long for Python, too
        raise RavineError(f"{path} is not valid TOML: {error}") from error
