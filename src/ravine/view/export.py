"""Figures as bytes: SVG that stands alone, SVG for inside a page, PNG, PDF. The same figure gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from ravine.view.style import COLOURS, WIDTH, rc

__all__ = ["TITLE", "inline_svg", "pdf", "png", "source", "svg"]

TITLE = "title:"
"""An artist whose gid is this and a text shows the text when the pointer is on it, in a page and in an SVG file."""

LONG = 3000
"""Characters of a path from which on its points are rounded to a tenth."""

FAMILY = "'DejaVu Sans', Verdana, sans-serif"
_OPEN = re.compile(r"<svg\b[^>]*>")
_FONT = re.compile(r"'DejaVu Sans'[^;\"]*")
_NUMBERS = re.compile(r'(?<= d=")[^"]*|(?<= [xy]=")[^"]*')
_DECIMALS = re.compile(r"-?\d+\.\d{2,}")
_GROUP = re.compile(r"<g>\s*|<g\b[^>]*>|</g>\s*")
_TITLE = re.compile(rf"""<g id=(["']){TITLE}(.*?)\1>""")
_REFERENCE = re.compile(r'url\(#([^)]+)\)|(?:xlink:)?href="#([^"]+)"')


def png(figure: Figure, *, dpi: int = 200) -> bytes:
    """Return *figure* as PNG on white, *dpi* dots to the inch.

    >>> from ravine.view.style import canvas
    >>> png(canvas()[0])[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    with rc():
        FigureCanvasAgg(figure)
        _lay_out(figure)
        figure.savefig(buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def pdf(figure: Figure) -> bytes:
    """Return *figure* as PDF for print: vectors, embedded type, no date.

    >>> from ravine.view.style import canvas
    >>> pdf(canvas()[0])[:5]
    b'%PDF-'
    """
    buffer = io.BytesIO()
    with rc():
        FigureCanvasPdf(figure)
        _lay_out(figure)
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})
    return buffer.getvalue()


def _lay_out(figure: Figure) -> None:
    """Run the layout once, not for every format again: it measures each word of the figure."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.execute(figure)
        figure.set_layout_engine("none")


def source(figure: Figure) -> str:
    """Return *figure* as an SVG element in the light colours: what `svg` and `inline_svg` are made from.

    >>> from ravine.view.style import canvas
    >>> source(canvas()[0])[:4]
    '<svg'
    """
    buffer = io.StringIO()
    with rc():
        FigureCanvasSVG(figure)
        _lay_out(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = text.replace(' transform="rotate(-0 ', ' transform="rotate(0 ')
    text = re.sub(r' transform="rotate\(0 [^"]*"', "", text)
    text = re.sub(r"<g\b[^>]*/>\s*", "", text)
    text = _TITLE.sub(r'<g class="run"><title>\2</title>', text)
    text = _NUMBERS.sub(_rounded, text)
    return re.sub(r"\n\s*", "\n", text)


def _rounded(found: re.Match[str]) -> str:
    """Keep hundredths of a point, and tenths on a path of hundreds of points: less than the eye sees."""
    text = " ".join(found[0].split())
    digits = 1 if len(text) > LONG else 2
    return _DECIMALS.sub(lambda value: f"{float(value[0]):.{digits}f}".rstrip("0").rstrip("."), text)


def svg(figure: Figure | str) -> str:
    """Return *figure*, or its `source`, as an SVG file: text is text, the ground white, no date, no generator's name.

    >>> from ravine.view.style import canvas
    >>> picture = svg(canvas()[0])
    >>> picture.startswith("<?xml"), "metadata" in picture
    (True, False)
    """
    text = _FONT.sub(FAMILY, figure if isinstance(figure, str) else source(figure))
    opening = _OPEN.match(text)
    assert opening is not None
    ground = '\n<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{opening[0]}{ground}{text[opening.end() :]}'


def inline_svg(figure: Figure | str, name: str, label: str) -> str:
    """Return *figure*, or its `source`, as an SVG element for inside a page.

    Every colour of the style becomes ``var(--name)``, the type is the page's (``--figure-font``), every id
    gets the prefix *name*, images marked "invert" by their axes' gid carry that class, and *label* is read aloud.

    >>> from ravine.view.style import canvas
    >>> element = inline_svg(canvas()[0], "fig-one", "Nothing yet")
    >>> 'aria-label="Nothing yet"' in element, "var(--grid" in element
    (True, True)
    """
    text = _FONT.sub("var(--figure-font)", figure if isinstance(figure, str) else source(figure))
    # The file's own style sheet would reach the whole page: the page's says the same of `.plot`.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, flags=re.DOTALL)
    for colour in COLOURS:
        text = text.replace(f": {colour.light}", f": var(--{colour.name})")
    text = re.sub(r'<g id="invert[^"]*"', '<g class="invert"', text)
    text = _flat(_unique(text, name))
    opening = _OPEN.match(text)
    assert opening is not None
    box = re.search(r'viewBox="0 0 ([\d.]+) [\d.]+"', opening[0])
    assert box is not None
    share = min(1.0, float(box[1]) / (72 * WIDTH))
    attributes = f'class="plot" style="--share: {share:.3g}" {box[0]} role="img" aria-label="{escape(label)}"'
    return f"<svg {attributes}>{text[opening.end() :].strip()}"


def _unique(text: str, name: str) -> str:
    used = {found[1] or found[2] for found in _REFERENCE.finditer(text)}

    def reference(found: re.Match[str]) -> str:
        target = found[1] or found[2]
        return f"url(#{name}-{target})" if found[1] else f'href="#{name}-{target}"'

    text = _REFERENCE.sub(reference, text)
    text = re.sub(r' id="([^"]+)"', _keep(used, name), text)
    return text.replace('xlink:href="data:', 'href="data:')


def _keep(used: set[str | None], name: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f' id="{name}-{found[1]}"' if found[1] in used else ""


def _flat(text: str) -> str:
    """Drop the groups that carry nothing: half of what matplotlib writes."""
    bare: list[bool] = []

    def group(found: re.Match[str]) -> str:
        if found[0].startswith("</"):
            return "" if bare.pop() else found[0]
        bare.append(found[0].startswith("<g>"))
        return "" if bare[-1] else found[0]

    return _GROUP.sub(group, text)
