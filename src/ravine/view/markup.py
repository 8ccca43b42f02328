"""Markdown and code to HTML. What people write is escaped; only what is made here is markup."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from ravine.core import RavineError
from ravine.view.maths import mathml

__all__ = ["code", "inline", "prose", "tag"]

_VOID = {"br", "hr", "img", "meta", "col"}


def tag(name: str, *inside: str, **attributes: str | bool | None) -> str:
    """Return the element *name*: *inside* is HTML already, attributes are escaped here, None and False left out.

    ``class_`` writes class, ``data_x`` data-x.

    >>> tag("p", "a &lt; b", class_="remark", title='"x"')
    '<p class="remark" title="&quot;x&quot;">a &lt; b</p>'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{''.join(inside)}</{name}>"


def code(source: str, language: str = "python") -> str:
    """Return *source* as a block of highlighted code (classes of Pygments, no colours).

    >>> "<pre>" in code("1 + 1")
    True
    >>> code("", "pyhton")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: no highlighting for the language 'pyhton': use a name that Pygments knows, or 'text'
    """
    try:
        lexer = get_lexer_by_name(language, stripnl=True)
    except ClassNotFound as error:
        raise RavineError(
            f"no highlighting for the language {language!r}: use a name that Pygments knows, or 'text'"
        ) from error
    formatter = HtmlFormatter(nowrap=True)
    coloured = highlight(textwrap.dedent(source).strip("\n"), lexer, formatter).rstrip("\n")
    return tag("div", tag("pre", tag("code", coloured)), class_="code scroll")


def _maths(state: StateInline, silent: bool) -> bool:
    """Read ``$...$``: the rule of Pandoc, no blank just inside the signs and no figure after them."""
    if state.src[state.pos] != "$":
        return False
    found = re.match(r"\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)", state.src[state.pos :], re.DOTALL)
    if not found:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = found[1]
    state.pos += found.end()
    return True


def _settle(state: StateCore) -> None:
    """Put headings below the chapter's, and tell the reader's browser that links lead outside."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, max(3, int(token.tag[1])))}"
        for child in token.children or ():
            if child.type == "link_open" and not str(child.attrGet("href")).startswith("#"):
                child.attrSet("rel", "noopener noreferrer")


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.inline.ruler.before("escape", "math_inline", _maths)
    parser.core.ruler.push("settle", _settle)

    def render(self: Any, tokens: Sequence[Any], position: int, options: Any, env: Any) -> str:
        return mathml(tokens[position].content)

    parser.add_render_rule("math_inline", render)
    return parser


def prose(markdown: str) -> str:
    """Return *markdown* as blocks of HTML.

    >>> prose("A *sparse* net.")
    '<p>A <em>sparse</em> net.</p>'
    >>> prose("<script>")
    '<p>&lt;script&gt;</p>'
    """
    return str(_parser().render(textwrap.dedent(markdown))).strip()


def inline(markdown: str) -> str:
    """Return *markdown* without a paragraph around it, for captions and cells.

    >>> inline("`relu` at $x$")[:17]
    '<code>relu</code>'
    """
    return str(_parser().renderInline(markdown.strip()))
