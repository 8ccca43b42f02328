"""Reading the options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["pairs", "rules_of", "value"]


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
