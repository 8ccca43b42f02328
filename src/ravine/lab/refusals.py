"""How a refusal is said: to a page or a script as JSON, to a person who opened an address as a small page of HTML."""

from __future__ import annotations

import html
import json
from urllib.parse import parse_qs

from starlette.types import Scope

from ravine.lab.sentences import translated
from ravine.view import LANGUAGES, translator

__all__ = ["header_values", "language_of", "refusal"]


def header_values(scope: Scope, name: bytes) -> list[str]:
    """The values of the header *name* of a request, in its order.

    >>> header_values({"headers": [(b"Host", b"a"), (b"host", b"b")]}, b"host")
    ['a', 'b']
    """
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def language_of(scope: Scope) -> str:
    """The language of a request: ``?lang=``, or the first of its header ``Accept-Language`` that Ravine speaks.

    The lab's page sends its own language, a browser that opens an address that of its owner. Without one: English.

    >>> language_of({"headers": [(b"accept-language", b"de-AT,de;q=0.9,pl-PL;q=0.8,en;q=0.7")]})
    'pl'
    """
    asked: str = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    if asked in LANGUAGES:
        return asked
    found: list[tuple[float, str]] = []
    for part in ",".join(header_values(scope, b"accept-language")).split(",")[:32]:
        name, _, weight = part.strip().partition(";q=")
        short = name.partition("-")[0].lower()
        try:
            found.append((float(weight or 1), short))
        except ValueError:
            continue
    # Sorting is stable: of two that are as welcome, the one that was named first.
    ranked = sorted((each for each in found if each[1] in LANGUAGES and each[0] > 0), key=lambda each: -each[0])
    return ranked[0][1] if ranked else "en"


def refusal(scope: Scope, status: int, sentence: str) -> tuple[str, bytes]:
    """The media type and the body that say *sentence*, English, in the language of the request.

    >>> refusal({"headers": [], "method": "GET"}, 404, "there is no run 'x'")
    ('application/json', b'{"error":"there is no run \\'x\\'"}')
    >>> page = refusal({"headers": [(b"accept", b"text/html")], "method": "GET"}, 403, "no token")
    >>> page[0], b"<p>No token.</p>" in page[1]
    ('text/html; charset=utf-8', True)
    """
    language = language_of(scope)
    said = translated(sentence, language)
    if scope["method"] != "GET" or not any("text/html" in each for each in header_values(scope, b"accept")):
        # All but ASCII is escaped, so that a text that is no Unicode, such as half a character, can be named as well.
        return "application/json", json.dumps({"error": said}, separators=(",", ":")).encode()
    return "text/html; charset=utf-8", _page(said, language, lost=status == 403).encode("utf-8", "replace")


def _page(said: str, language: str, *, lost: bool) -> str:
    _ = translator(language)
    title = _("This address does not open a lab") if lost else _("There is nothing here")
    hints = (
        _("If this is your own lab: open the address that {command} printed when it started."),
        _(
            "If somebody sent you this link: it holds a configuration for a lab of your own. Start one with "
            "{link}, the whole link in the quotation marks. Where a lab of yours runs already, open its own address "
            "once, then this link again."
        ),
    )
    codes = {"command": "<code>ravine lab</code>", "link": "<code>ravine lab &quot;LINK&quot;</code>"}
    shown = "".join(f"<p>{html.escape(hint).format(**codes)}</p>" for hint in hints) if lost else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)} | Ravine</title>"
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>'
        f"<body><main><h1>{html.escape(title)}</h1><p>{html.escape(said[:1].upper() + said[1:])}.</p>{shown}</main>"
        "</body></html>"
    )
