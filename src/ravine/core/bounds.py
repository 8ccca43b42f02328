"""What a file may ask of the machine: the limits, each stated once, and sentences for what goes beyond.

A file is a stranger's word. What it declares (rows, columns, units, bytes) is compared with what it holds and with a
limit before anything of that size is made. Whoever trusts a file that is larger than a limit raises it by an
environment variable: ``RAVINE_LIMIT_COLUMNS=50000``, and so for each field of `Limits`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ravine.core.errors import RavineError

__all__ = ["Limits", "check_limit", "check_unpacked", "limits", "parsed_json", "understood"]

MAX_EXPANSION = 8
"""What is packed may always unpack to so many times its own size: large files are taken at their word."""

MAX_DEPTH = 100
"""So many lists and tables may lie inside one another in a description."""

SURROGATE = r"(?i)\\ud[89a-f]"
"""How JSON writes half of a sign that needs two."""

MISUNDERSTOOD = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What a reader may raise on values of a kind or size that it never met; a RecursionError is a RuntimeError."""


@dataclass(frozen=True)
class Limits:
    """The most that is made of one file, unless the environment says otherwise.

    *unpacked* are the bytes that packed content may unpack to, beyond `MAX_EXPANSION` times its own size. *description*
    are the bytes of a description, in JSON or TOML. A table has at most *columns* columns, whose categories may become
    *inputs* inputs, and *numbers* numbers (rows times inputs) where texts become several inputs each. *cells* (rows
    times columns) are for files that declare them, such as Parquet, beyond `MAX_EXPANSION` times their size. One array
    of a network has at most *weights* numbers.

    >>> Limits().columns
    10000
    """

    unpacked: int = 256 * 2**20
    description: int = 16 * 2**20
    columns: int = 10_000
    inputs: int = 20_000
    numbers: int = 2**26
    cells: int = 2**26
    weights: int = 2**28


def limits() -> Limits:
    """The limits in force: those of `Limits`, and what variables of the environment put in their place.

    >>> limits().description
    16777216
    """
    given = {}
    for name in (field.name for field in fields(Limits)):
        variable = variable_of(name)
        if variable not in os.environ:
            continue
        text = os.environ[variable]
        if not (text.isascii() and text.isdecimal() and int(text[:19]) > 0 and len(text) < 19):
            raise RavineError(f"{variable} must be a positive whole number, got {text[:40]!r}: mend it, or unset it")
        given[name] = int(text)
    return Limits(**given)


def variable_of(name: str) -> str:
    """The variable of the environment that raises the limit *name*.

    >>> variable_of("columns")
    'RAVINE_LIMIT_COLUMNS'
    """
    return f"RAVINE_LIMIT_{name.upper()}"


def check_limit(what: str, size: int, name: str, most: int | None = None, remedy: str = "") -> None:
    """Refuse a *size*, counted in the noun that *what* ends in, beyond the limit *name*, or beyond *most* where given.

    >>> check_limit("a.csv: the table has {} columns", 3_000_000, "columns")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: a.csv: the table has 3000000 columns: at most 10000 are read: if the file is to \
be trusted, set RAVINE_LIMIT_COLUMNS=3000000
    """
    limit = getattr(limits(), name) if most is None else most
    if size > limit:
        own = f"if the file is to be trusted, set {variable_of(name)}={size}" if most is None else "leave some out"
        raise RavineError(f"{what.format(size)}: at most {limit} are read: {remedy or own}")


def check_unpacked(where: str, packed: int, unpacked: int) -> None:
    """Refuse content *where* that is to become *unpacked* bytes of *packed* ones, before it is unpacked.

    >>> check_unpacked("a.csv.gz", 3_000_000, 3_000_000_000)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: a.csv.gz: 3000000 packed bytes become 3000000000, at most 268435456 are read: if \
the file is to be trusted, set RAVINE_LIMIT_UNPACKED=3000000000
    """
    most = max(limits().unpacked, MAX_EXPANSION * packed)
    if unpacked > most:
        raise RavineError(
            f"{where}: {packed} packed bytes become {unpacked}, at most {most} are read: if the file is to be trusted, "
            f"set {variable_of('unpacked')}={unpacked}"
        )


def parsed_json(text: str | bytes, where: str, hook: Any = None) -> Any:
    """What the JSON *text* says; *hook* is json's object_hook. Too long, too deep and no JSON is refused.

    >>> parsed_json('{"a": [1]}', "x")
    {'a': [1]}
    >>> parsed_json("[" * 5000 + "]" * 5000, "x")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: x is no JSON that can be read: more than 100 lists and tables lie inside one ...
    """
    check_limit(f"{where} has {{}} bytes", len(text), "description")
    try:
        made = json.loads(text, object_hook=hook)
        check_depth(made)
        plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if re.search(SURROGATE, plain):
            # half a pair, which no file and no terminal takes
            json.dumps(made, ensure_ascii=False).encode()
    except RecursionError:
        raise RavineError(f"{where} is no JSON that can be read: {DEEP}") from None
    except (ValueError, LookupError, TypeError) as cause:
        raise RavineError(f"{where} is no JSON: {first_line(cause)}: the file is damaged") from cause
    return made


DEEP = f"more than {MAX_DEPTH} lists and tables lie inside one another: the file is damaged, or meant to harm"


def check_depth(value: Any) -> None:
    """Raise a RecursionError where lists and mappings lie more than `MAX_DEPTH` deep in *value*.

    >>> check_depth([[1], {"a": 2}])
    """
    if not is_shallow(value, MAX_DEPTH + 1):
        raise RecursionError(DEEP)


def is_shallow(value: Any, most: int) -> bool:
    """Whether lists and mappings lie at most *most* deep in *value*, itself among them: it can be walked and shown.

    >>> is_shallow([[1]], 2), is_shallow([[1]], 1), is_shallow(1, 1)
    (True, False, True)
    """
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, list | dict)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return True
    return False


def first_line(cause: BaseException) -> str:
    """What an exception says, in one short line.

    >>> first_line(KeyError("layers")), first_line(ValueError())
    ("KeyError: 'layers'", 'ValueError')
    """
    said = (str(cause).splitlines() or [""])[0][:200]
    return f"{type(cause).__name__}: {said}" if said else type(cause).__name__


@contextlib.contextmanager
def understood(where: str | Path) -> Iterator[None]:
    """Whatever goes wrong while a description from the file *where* is made into things becomes one sentence.

    A description may hold a list for a number, a number for a name, or 10^400: no reader foresees each.

    >>> with understood("m.keras"):
    ...     {"layers": []}["config"]
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: m.keras: cannot be understood (KeyError: 'config'): the file is damaged, or ...
    """
    try:
        yield
    except RavineError:
        raise
    except MemoryError as cause:
        raise RavineError(f"{where}: asks for more memory than there is: the file is damaged, or too large") from cause
    except MISUNDERSTOOD as cause:
        raise RavineError(
            f"{where}: cannot be understood ({first_line(cause)}): the file is damaged, or of another kind"
        ) from cause
