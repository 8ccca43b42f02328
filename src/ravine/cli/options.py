"""Reading the options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = ["goal_of", "pairs", "range_of", "rules_of", "value", "values_of"]

MOST_VALUES = 1000
"""Values of one axis of a sweep that are made of its ends."""


def value(text: str) -> int | float | str | bool:
    """A number, true or false where *text* reads as one, else the text.

    Blanks at the ends belong to nothing: names of columns are asked for as they are read, without them.

    >>> value("3"), value("1e-3"), value("true"), value("full")
    (3, 0.001, True, 'full')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def pairs(option: str, texts: Iterable[str] | None) -> list[tuple[str, str]]:
    """The names and values of texts such as ``n=1000``.

    >>> pairs("--option", ["n=1000"])
    [('n', '1000')]
    >>> pairs("--option", ["n"])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: --option 'n': write name=value, e.g. n=1000
    """
    from ravine.core import RavineError  # JAX starts with it, and is to be prepared first

    found = []
    for text in texts or ():
        name, sign, content = text.partition("=")
        if not sign:
            raise RavineError(f"{option} {text!r}: write name=value, e.g. n=1000")
        found.append((name.strip(), content.strip()))
    return found


def rules_of(text: str) -> list[str]:
    """The rules of a text such as ``sgd,momentum:0.1,momentum=0.8``: name=value belongs to the rule before it.

    >>> rules_of("sgd, momentum:0.1,momentum=0.8,adam")
    ['sgd', 'momentum:0.1,momentum=0.8', 'adam']
    """
    from ravine.core import RavineError

    found: list[str] = []
    for piece in (part.strip() for part in text.split(",")):
        if found and "=" in piece and ":" not in piece:
            found[-1] += f",{piece}"
        elif piece:
            found.append(piece)
    if not found:
        raise RavineError(f"--rules {text!r}: name at least one rule, e.g. sgd,adam")
    return found


def values_of(text: str) -> tuple[Any, ...]:
    """Values apart by commas, or low..high:count, evenly on a logarithmic scale where it spans a power of ten.

    >>> values_of("0.5,relu"), values_of("0..1:3"), values_of("1e-2..1:3")
    ((0.5, 'relu'), (0.0, 0.5, 1.0), (0.01, 0.1, 1.0))
    """
    from ravine.core import RavineError

    low, dots, rest = text.partition("..")
    if not dots:
        return tuple(value(each) for each in text.split(","))
    high, _, count = rest.partition(":")
    try:
        ends, n = (float(low), float(high)), int(count or 5)
    except ValueError as error:
        raise RavineError(f"--sweep {text!r}: write low..high:count, e.g. 1e-4..1e-1:7") from error
    if not 2 <= n <= MOST_VALUES or not -math.inf < ends[0] < ends[1] < math.inf:
        raise RavineError(f"--sweep {text!r}: low must be less than high, and count from 2 to {MOST_VALUES}")
    if ends[0] > 0 and ends[1] / ends[0] >= 10:
        return tuple(float(f"{ends[0] * (ends[1] / ends[0]) ** (i / (n - 1)):.6g}") for i in range(n))
    return tuple(float(f"{ends[0] + (ends[1] - ends[0]) * i / (n - 1):.6g}") for i in range(n))


def goal_of(text: str) -> float | dict[str, float]:
    """One value for all data sets, or name=value for each, apart by commas.

    >>> goal_of("0.9"), goal_of("digits=0.9,moons=0.95")
    (0.9, {'digits': 0.9, 'moons': 0.95})
    """
    from ravine.core import RavineError

    try:
        if "=" not in text:
            return float(text)
        return {name.strip(): float(number) for name, number in (each.split("=") for each in text.split(","))}
    except ValueError as error:
        raise RavineError(f"--goal {text!r}: write a number, or name=number for each, e.g. digits=0.9") from error


def range_of(axis: str, text: str) -> tuple[float, float]:
    """The ends of a range for *axis*.

    >>> range_of("learning_rate", "1e-3..0.1")
    (0.001, 0.1)
    """
    from ravine.core import RavineError

    low, dots, high = text.partition("..")
    try:
        if not dots:
            raise ValueError
        return float(low), float(high)
    except ValueError as error:
        raise RavineError(f"--range {axis}={text}: write low..high, e.g. learning_rate=1e-4..1e-1") from error
