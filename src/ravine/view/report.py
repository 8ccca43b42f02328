"""A report as one HTML file that asks nothing of anyone: style, script, figures and formulas are inside."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from html import escape
from importlib import resources
from pathlib import Path

from ravine.core import write_file
from ravine.view.blocks import Chapter, Report
from ravine.view.export import pdf, png, source, svg
from ravine.view.i18n import translator
from ravine.view.markup import inline, tag
from ravine.view.render import RenderContext, block_html
from ravine.view.style import COLOURS, Colour

__all__ = ["html", "write"]

PAGE_COLOURS = (
    Colour("panel", "#f4f6f8", "#1c232b"),
    Colour("edge", "#cfd6de", "#3a4451"),
)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def html(report: Report) -> str:
    """Return *report* as one HTML document. Two calls give the same text.

    >>> from ravine.view.blocks import Text
    >>> page = html(Report("Nets", "A lecture", "pl", (Chapter("one", "1", "Start", (Text("Hello"),)),)))
    >>> page.startswith("<!DOCTYPE html>"), '<html lang="pl">' in page, "Spis treści" in page
    (True, True, True)
    """
    return _document(report, _sources(report))


def _sources(report: Report) -> dict[str, str]:
    return {figure.id: source(figure.figure) for figure in report.figures}


def _document(report: Report, sources: Mapping[str, str]) -> str:
    _ = translator(report.language)
    script = _asset("page.js")
    modules = tuple(dict.fromkeys(each.module for each in report.live))
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {' '.join(_digest(each) for each in (script, *modules))}; "
        "base-uri 'none'; form-action 'none'"
    )
    numbers = {figure.id: index for index, figure in enumerate(report.figures, 1)}
    setting = RenderContext(report.language, numbers, sources)
    facts = [tag("div", tag("dt", inline(name)), tag("dd", inline(value))) for name, value in report.facts]
    return _fill(
        _asset("page.html"),
        language=report.language,
        policy=escape(policy),
        title=escape(report.title),
        style=_theme() + _asset("page.css"),
        skip=escape(_("Skip to the text")),
        contents=escape(_("Contents")),
        theme=escape(_("Light or dark")),
        unfold=_unfold(report),
        heading=inline(report.title),
        subtitle=tag("p", inline(report.subtitle), class_="subtitle") if report.subtitle else "",
        facts=tag("dl", *facts, class_="facts") if facts else "",
        entries="\n".join(_entry(chapter) for chapter in report.chapters),
        chapters="\n".join(_chapter(chapter, setting) for chapter in report.chapters),
        footer=tag("footer", tag("p", inline(report.footer))) if report.footer else "",
        script=script,
        modules="".join(f'\n<script type="module">{each}</script>' for each in modules),
    )


def _unfold(report: Report) -> str:
    """The button for all folds at once, which the script brings to light."""
    if not report.folds:
        return ""
    _ = translator(report.language)
    words = {"data_close": _("Close all details"), "class_": "unfold"}
    return tag("button", escape(_("Open all details")), type="button", hidden=True, **words)


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def write(report: Report, path: str | os.PathLike[str], *, print_too: bool = False) -> tuple[Path, ...]:
    """Write *report* to *path* (an .html file) and every figure to ``figures/ID.svg`` and ``.png`` beside it.

    *print_too* adds ``.pdf``.

    Each file appears whole or not at all; the page comes last. Returns the paths, the page first.

    >>> from ravine.view.blocks import Text
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write(Report("Nets", "", "en", (Chapter("one", "1", "Start", (Text("Hi"),)),)), f"{folder}/a.html")
    >>> [file.name for file in made]
    ['a.html']
    """
    page = Path(path)
    sources = _sources(report)
    document = _document(report, sources)
    beside = page.parent / "figures"
    files = [
        (beside / f"{figure.id}{suffix}", content)
        for figure in report.figures
        for suffix, content in (
            (".svg", svg(sources[figure.id]).encode()),
            (".png", png(figure.figure)),
            *([(".pdf", pdf(figure.figure))] if print_too else []),
        )
    ]
    for file, content in [*files, (page, document.encode())]:
        write_file(file, content)
    return (page, *(file for file, _ in files))


def _asset(name: str) -> str:
    return resources.files("ravine.view").joinpath("page", name).read_text(encoding="utf-8")


def _fill(template: str, **values: str) -> str:
    """Put *values* in their ``{{places}}``, in one pass: what is put in is not read again."""
    return _PLACE.sub(lambda found: values[found[1]], template)


def _theme() -> str:
    colours = (*COLOURS, *PAGE_COLOURS)
    light = "color-scheme:light;" + "".join(f"--{colour.name}:{colour.light};" for colour in colours)
    dark = "color-scheme:dark;" + "".join(f"--{colour.name}:{colour.dark};" for colour in colours)
    return (
        f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f':root[data-theme="light"]{{{light}}}\n:root[data-theme="dark"]{{{dark}}}\n'
        f"@media print{{:root,:root[data-theme]{{{light}}}}}\n"
    )


def _entry(chapter: Chapter) -> str:
    number = tag("span", escape(chapter.number), class_="number") if chapter.number else ""
    return tag("li", tag("a", number, tag("span", inline(chapter.title)), href=f"#{chapter.slug}"))


def _chapter(chapter: Chapter, setting: RenderContext) -> str:
    number = tag("span", escape(chapter.number), class_="number") + " " if chapter.number else ""
    heading = tag("h2", number, inline(chapter.title), id=f"{chapter.slug}-heading")
    body = "\n".join(block_html(block, setting) for block in chapter.blocks)
    return tag("section", heading, "\n", body, id=chapter.slug, aria_labelledby=f"{chapter.slug}-heading")
