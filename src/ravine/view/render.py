"""Each block of a report as HTML."""

from __future__ import annotations

import base64
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from numbers import Real

from ravine.view.blocks import (
    ALIGNMENTS,
    Block,
    Code,
    Figure,
    Fold,
    Formula,
    Live,
    Note,
    Published,
    PublishedComparison,
    Summary,
    Table,
    Tally,
    Text,
)
from ravine.view.export import inline_svg, png
from ravine.view.i18n import NO_BREAK, formula, number, translator
from ravine.view.markup import code, inline, prose, tag
from ravine.view.maths import mathml_pieces

__all__ = ["RenderContext", "block_html"]

HEAVY = 400_000
"""Characters of SVG beyond which a figure goes into the page as a picture of dots."""


@dataclass(frozen=True)
class RenderContext:
    """What a block needs to know of its report: the *language*, and number and SVG source of each figure by its id.

    >>> RenderContext("pl", {}, {}).language
    'pl'
    """

    language: str
    numbers: Mapping[str, int]
    sources: Mapping[str, str]


SIGNS = {"note": "i", "warning": "!", "supported": "✓", "refuted": "✗", "open": "?", "untested": "–"}


def block_html(block: Block, setting: RenderContext) -> str:
    """Return *block* as HTML.

    >>> block_html(Text("Hello"), RenderContext("en", {}, {}))
    '<p>Hello</p>'
    """
    language = setting.language
    match block:
        case Text():
            made = prose(block.markdown)
        case Formula():
            made = _formula(block, language)
        case Code():
            made = _code(block, language)
        case Figure():
            made = _figure(block, setting)
        case Table():
            made = _table(block, language)
        case Published():
            made = _published(block, language)
        case Note():
            made = _note(block, language)
        case Summary():
            made = _summary(block)
        case Live():
            made = _live(block)
        case Tally():
            made = _tally(block, language)
        case Fold():
            made = _fold(block, setting)
    return made


def _formula(block: Formula, language: str) -> str:
    """Pieces between which a line may break, each a formula of its own; read as one."""
    made = "".join(tag("span", piece) for piece in mathml_pieces(formula(block.latex, language)))
    label = {"role": "math", "aria_label": block.label} if block.label else {}
    return tag("div", made, class_="formula scroll", **label)


def _fold(block: Fold, setting: RenderContext) -> str:
    _ = translator(setting.language)
    match block.blocks[0] if len(block.blocks) == 1 else None:
        case Figure(id=name):
            kind = _("Figure {number}").format(number=setting.numbers[name])
        case Table():
            kind = _("Table")
        case Code():
            kind = _("Code")
        case _:
            kind = ""
    words = (tag("span", escape(kind), class_="kind") if kind else "", tag("span", inline(block.title)))
    inside = "\n".join(block_html(each, setting) for each in block.blocks)
    return tag("details", tag("summary", *words), "\n", inside, class_="fold", id=block.id or None)


def _tally(block: Tally, language: str) -> str:
    words = _verdicts(language)
    marks = [
        tag("a", tag("span", SIGNS[kind], aria_hidden="true"), escape(name), href=f"#{anchor}", class_=kind,
            title=f"{told}: {words[kind]}", aria_label=f"{name}. {told}: {words[kind]}")
        for kind, name, told, anchor in block.marks
    ]  # fmt: skip
    return tag("div", tag("p", inline(block.sentence)), tag("div", *marks, class_="marks"), class_="tally")


def _live(block: Live) -> str:
    alone = tag("noscript", tag("p", escape(block.alt)))
    return tag("figure", block.markup, alone, tag("figcaption", inline(block.caption)), id=block.id, class_="live")


def _summary(block: Summary) -> str:
    title = tag("figcaption", inline(block.title)) if block.title else ""
    body = tag("pre", escape(textwrap.dedent(block.text).strip("\n")), class_="scroll")
    return tag("figure", body, title, class_="summary")


def _code(block: Code, language: str) -> str:
    made = code(block.source, block.language)
    if not block.output:
        return made
    _ = translator(language)
    label = tag("p", escape(_("Output")), class_="label")
    printed = tag("pre", tag("samp", escape(block.output.rstrip("\n"))), class_="scroll")
    return tag("div", made, tag("div", label, printed, class_="output"), class_="cell")


def _figure(block: Figure, setting: RenderContext) -> str:
    anchor = f"figure-{block.id}"
    drawing = "" if block.raster else inline_svg(setting.sources[block.id], anchor, block.alt)
    if block.raster or (block.raster is None and len(drawing) > HEAVY):
        data = base64.b64encode(png(block.figure)).decode()
        width, height = (round(96 * inches) for inches in block.figure.get_size_inches())
        drawing = tag("img", src=f"data:image/png;base64,{data}", alt=block.alt, width=str(width), height=str(height))
    _ = translator(setting.language)
    name = _("Figure {number}").format(number=setting.numbers[block.id])
    caption = tag("figcaption", tag("a", escape(name), href=f"#{anchor}"), ". ", inline(block.caption))
    frame = tag("div", drawing, class_="frame scroll")
    return tag("figure", frame, caption, id=anchor, class_="drawing")


def _cell(value: str | float | None, language: str) -> str:
    if value is None:
        return "–"
    return inline(value) if isinstance(value, str) else number(value, language)


def _grid(head: list[str], rows: list[list[str]], alignment: str, caption: str) -> str:
    def cells(kind: str, row: list[str]) -> str:
        made = [
            tag(kind, cell, class_=ALIGNMENTS[letter], scope="col" if kind == "th" else None)
            for cell, letter in zip(row, alignment, strict=True)
        ]
        return tag("tr", *made)

    title = tag("figcaption", inline(caption)) if caption else ""
    body = tag("tbody", *(cells("td", row) for row in rows))
    table = tag("table", tag("thead", cells("th", head)), body)
    return tag("figure", tag("div", table, class_="scroll"), title, class_="table")


def _table(block: Table, language: str) -> str:
    def is_number(column: int) -> bool:
        values = [row[column] for row in block.rows if row[column] is not None]
        return bool(values) and all(isinstance(value, Real) for value in values)

    alignment = block.alignment or "".join("r" if is_number(i) else "l" for i in range(len(block.columns)))
    rows = [[_cell(value, language) for value in row] for row in block.rows]
    return _grid([inline(column) for column in block.columns], rows, alignment, block.caption)


def _published(block: Published, language: str) -> str:
    _ = translator(language)
    head = [_("Quantity"), _("Published"), _("Ours"), _("Interval"), _("Seeds"), _("On one scale"), _("Remark")]
    rows = []
    for row in block.rows:
        shown = [_digits(value, row.digits, language) for value in (row.published, row.ours)]
        low_high = [_digits(value, row.digits, language) for value in row.interval or ()]
        rows.append(
            [
                inline(row.quantity),
                *shown,
                f"{low_high[0]}{NO_BREAK}…{NO_BREAK}{low_high[1]}" if low_high else "–",
                _digits(row.seeds, None, language),
                _scale(row),
                inline(row.note),
            ]
        )
    kept = [i for i in range(len(head)) if i < 3 or any(row[i] not in {"", "–"} for row in rows)]
    alignment = "".join("lrrrrll"[i] for i in kept)
    return _grid([escape(head[i]) for i in kept], [[row[i] for i in kept] for row in rows], alignment, block.caption)


def _digits(value: float | None, digits: int | None, language: str) -> str:
    return "–" if value is None else number(value, language, digits)


def _scale(row: PublishedComparison) -> str:
    """A line with our interval as a bar, our mean as a tick, the published value as a diamond; the cells say it too."""
    values = [value for value in (row.published, row.ours, *(row.interval or ())) if value is not None]
    if row.ours is None or row.published is None or not all(map(math.isfinite, values)) or len(set(values)) == 1:
        return ""
    low, high = min(values), max(values)

    def place(value: float) -> str:
        return f"{8 + 104 * (value - low) / (high - low):.1f}"

    ends = row.interval or (row.ours, row.ours)
    x = place(row.published)
    parts = [
        '<path class="axis" d="M2 9H118"/>',
        f'<path class="bar" d="M{place(ends[0])} 9H{place(ends[1])}"/>',
        f'<path class="mean" d="M{place(row.ours)} 3V15"/>',
        f'<path class="published" d="M{x} 4l5 5l-5 5l-5 -5z"/>',
    ]
    return tag("svg", *parts, class_="scale", viewBox="0 0 120 18", aria_hidden="true")


def _verdicts(language: str) -> dict[str, str]:
    _ = translator(language)
    return {
        "note": _("Note"),
        "warning": _("Warning"),
        "supported": _("Supported"),
        "refuted": _("Not supported"),
        "open": _("No evidence either way"),
        "untested": _("Not tested here"),
    }


def _note(block: Note, language: str) -> str:
    name = escape(_verdicts(language)[block.kind])
    sign = tag("span", SIGNS[block.kind], class_="sign", aria_hidden="true")
    title = tag("span", inline(block.title) if block.title else name)
    style = {"class_": f"note {block.kind}", "id": block.id or None}
    if not block.folded:
        return tag("aside", tag("p", sign, title, class_="label"), prose(block.text), **style)
    # closed, the line alone must tell how it ended
    verdict = tag("span", name, class_="verdict") if block.title else ""
    return tag("details", tag("summary", sign, title, verdict, class_="label"), prose(block.text), **style)
