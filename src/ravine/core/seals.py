"""Seals: a digest of a whole file inside the file, wherever its form has room for a text."""

from __future__ import annotations

import hashlib

from ravine.core.errors import RavineError

__all__ = ["BLANK", "intact", "sealed"]

MARK = b"ravine-sha256:"
FIGURES = 64

BLANK = "ravine-sha256:" + "0" * FIGURES
"""The text that is put into a file before it is `sealed`: a comment, a value in JSON, a file's own description."""


def sealed(content: bytes) -> bytes:
    """*content*, in whose last `BLANK` the digest of all its bytes is entered in place of the zeros.

    >>> sealed(f"x = 1  # {BLANK}".encode())[:30]
    b'x = 1  # ravine-sha256:e361d77'
    """
    head, mark, tail = content.rpartition(MARK)
    if not mark or not tail.startswith(b"0" * FIGURES):
        raise RavineError("sealed: the content has no place for its digest: put BLANK into it")
    return head + mark + hashlib.sha256(content).hexdigest().encode() + tail[FIGURES:]


def intact(content: bytes) -> bool | None:
    """Whether every byte of *content* is as it was `sealed`; None where it never was.

    >>> whole = sealed(f"x = 1  # {BLANK}".encode())
    >>> intact(whole), intact(whole.replace(b"1", b"2", 1)), intact(b"x = 1")
    (True, False, None)
    """
    head, mark, tail = content.rpartition(MARK)
    if not mark:
        return None
    digest = hashlib.sha256(head + mark + b"0" * FIGURES + tail[FIGURES:]).hexdigest()
    return tail[:FIGURES] == digest.encode()
