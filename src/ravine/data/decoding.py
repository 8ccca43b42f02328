"""The bytes of a table as text: in which encoding, and that it is text at all."""

from __future__ import annotations

import re

from ravine.core import RavineError

__all__ = ["SAMPLE", "decoded"]

SAMPLE = 1 << 18
"""Characters that are looked at; the table may be longer."""

IN_WORDS = (("cp1250", rb"[\xb9\x9c\x9f]"), ("iso8859-2", rb"[\xb1\xb6\xbc]"), ("cp1250", rb"[\xb3\xa3\xbf\xaf]"))
"""Bytes that are letters of Polish (the last in both encodings), and signs such as a plus-minus in others."""

HALF = re.compile("[\ud800-\udfff]")
"""Halves of signs that UTF-16 writes in two; no text has one alone."""


def decoded(content: bytes | str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of *content* with plain line ends, and the name of its encoding.

    Without *encoding*, a mark at the beginning, valid UTF-8, letters of Polish in cp1250 or ISO 8859-2, and else
    cp1252 (Latin-1) decide, in this order.

    >>> decoded("żółw;miś".encode("cp1250")), decoded("Käse".encode("latin-1")), decoded(b"a\\r\\nb\\r")
    (('żółw;miś', 'cp1250'), ('Käse', 'cp1252'), ('a\\nb\\n', 'utf-8'))
    """
    if isinstance(content, str):
        half = HALF.search(content)
        if half:
            raise RavineError(f"sign {half.start() + 1} is half of one ({half[0]!r}), which is no text: mend it")
        return _plain(content), "utf-8"
    found = encoding or _encoding(content)
    try:
        return _plain(content.decode(found)), found.removesuffix("-sig")
    except LookupError as cause:
        raise RavineError(f"unknown encoding {found!r}: use utf-8, cp1250 or latin-1") from cause
    except UnicodeDecodeError as cause:
        raise RavineError(
            f"byte 0x{content[cause.start]:02x} at offset {cause.start} is no {found}: name another encoding"
        ) from cause
    except (ValueError, MemoryError) as cause:  # of encodings that are none of texts, and of names that are none
        raise RavineError(f"cannot be read as {found[:40]!r} ({cause}): name another encoding") from cause


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        content.decode()
        return "utf-8-sig"
    except UnicodeDecodeError:
        for name, letters in IN_WORDS:
            if re.search(rb"[A-Za-z]" + letters + rb"|" + letters + rb"[A-Za-z]", content[:SAMPLE]):
                return name
    undefined = re.search(rb"[\x81\x8d\x8f\x90\x9d]", content)
    return "latin-1" if undefined else "cp1252"
