"""A part of a report that a script brings to life, and what names may be anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ravine.core import RavineError

__all__ = ["Live", "check_slug"]

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check_slug(owner: str, name: str, value: str) -> None:
    """Refuse a *value* of *owner*'s field *name* that cannot be an anchor and a file's name.

    >>> check_slug("Chapter", "slug", "One two")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Chapter: slug must be lower-case letters and figures joined by '-', beginning with \
a letter, got 'One two'
    """
    if not _SLUG.fullmatch(value):
        raise RavineError(
            f"{owner}: {name} must be lower-case letters and figures joined by '-', "
            f"beginning with a letter, got {value!r}"
        )


@dataclass(frozen=True)
class Live:
    """A part of the page that a script brings to life: *markup* is HTML, *module* JavaScript, both taken as they are.

    They must come from the program and not from its data. A module that several parts share stands in the page once.
    *caption* is Markdown; *alt* says what is missing where no script runs.

    >>> Live("replay", "<div></div>", "const end = '</script>';", "A run", "It needs JavaScript")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Live 'replay': the module holds '</script', which ends it: escape the stroke
    """

    id: str
    markup: str
    module: str
    caption: str
    alt: str

    def __post_init__(self) -> None:
        check_slug("Live", "id", self.id)
        for ending in ("</script", "<!--"):
            if ending in self.module.lower():
                cause = f"the module holds {ending!r}, which ends it"
                raise RavineError(f"Live {self.id!r}: {cause}: escape the stroke")
