"""A race that is played in any browser: one HTML file, which asks nothing of anyone."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from ravine.core import RavineError, check_number
from ravine.view.animation import moments
from ravine.view.export import inline_svg
from ravine.view.figures._trajectory import Route, Surface, finite_part, near, scene
from ravine.view.figures.layout import key
from ravine.view.i18n import listed, number, translator
from ravine.view.style import COLOURS, styled

__all__ = ["player"]

_PLACE = re.compile(r"\{\{(\w+)\}\}")
_NAMES = {colour.light: colour.name for colour in COLOURS}


@styled
def player(
    surface: Surface,
    routes: Sequence[Route],
    *,
    values: Sequence[Any] | None = None,
    rates: Sequence[float] | None = None,
    title: str = "",
    seconds: float = 8.0,
    language: str = "en",
) -> str:
    """Return one HTML page that plays *routes* over *surface*: by mouse, by keyboard, at any speed, light or dark.

    *values* are the heights along each route, (steps + 1,), *rates* the learning rates: both are shown beside the
    names. At speed 1 the whole takes *seconds*. Where the reader asks for less motion, it opens at the end and plays in
    stills. Two calls give the same text.

    >>> grid = np.linspace(-1, 1, 9)
    >>> bowl = Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    >>> page = player(bowl, [Route("SGD", [[1, 1], [0.5, 0.5], [0, 0]])], title="A race")
    >>> page.startswith("<!DOCTYPE html>"), "<h1>A race</h1>" in page, "http-equiv" in page
    (True, True, True)
    """
    _ = translator(language)
    check_number("player", "seconds", seconds, low=0.0, open_low=True)
    for name, given in (("values", values), ("rates", rates)):
        if given is not None and len(given) != len(routes):
            raise RavineError(f"player: {name} must be one per route, {len(routes)}, got {len(given)}")
    last = moments(surface, routes)[-1]
    figure, axes, styles, handles = scene(surface, routes, language=language)
    key(figure, [], handles)
    rules = listed([route.label for route in routes], language)
    label = _("Paths of {rules} over the contours of the function").format(rules=rules)
    picture = inline_svg(figure, "race", label)
    # The picture's coordinates are points from the upper left corner.
    scale, top = 72 / figure.dpi, 72 * float(figure.get_figheight())

    def placed(points: Any) -> list[list[float]]:
        dots = axes.transData.transform(points) * scale
        return [[round(float(x), 1), round(top - float(y), 1)] for x, y in dots]

    box = axes.bbox
    rows = []
    for index, (route, style) in enumerate(zip(routes, styles, strict=True)):
        heights: Any = [] if values is None else np.asarray(values[index], np.float64)[: last + 1]
        rows.append(
            {
                "label": route.label,
                "colour": _NAMES[style["color"]],
                "dash": _dash(style["linestyle"]),
                "rate": "–" if rates is None else number(rates[index], language),
                "points": placed(near(surface, finite_part(route.points[: last + 1]))),
                "values": [float(f"{v:.4g}") if math.isfinite(v) else None for v in heights],
            }
        )
    corner = {"x": box.x0 * scale, "y": top - box.y1 * scale, "width": box.width * scale, "height": box.height * scale}
    words = {"play": _("Play"), "pause": _("Pause"), "step": _("step {step}"), "diverged": "–"}
    view = {name: round(float(value), 2) for name, value in corner.items()}
    race = {"rules": rows, "view": view, "last": last, "seconds": seconds, "words": words}
    script = _asset("player.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    places = {
        "language": language,
        "policy": escape(policy),
        "title": escape(title or _("A race of update rules")),
        "style": _theme() + _asset("player.css"),
        "theme": escape(_("Light or dark")),
        "picture": picture,
        "controls": escape(_("Playing")),
        "play": escape(_("Play")),
        "last": str(last),
        "step": escape(_("Step")),
        "speed": escape(_("Speed")),
        "rule": escape(_("Rule")),
        "rate": escape(_("Learning rate")),
        "height": escape(_("Height")),
        "help": escape(
            _(
                "Space plays and pauses; ← and → go one step, with Shift ten; Home and End go to the start and the "
                "end; + and − change the speed."
            )
        ),
        "noscript": escape(_("The race is played by a script, which this browser does not run.")),
        # What closes the element must not occur inside it.
        "data": json.dumps(race, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "script": script,
    }
    return _PLACE.sub(lambda found: places[found[1]], _asset("player.html"))


def _dash(pattern: Any) -> str:
    """A line's pattern as SVG has it, in units of a line 1.7 points wide."""
    return "" if isinstance(pattern, str) else " ".join(f"{1.7 * part:.3g}" for part in pattern[1])


def _asset(name: str) -> str:
    return resources.files("ravine.view").joinpath("page", name).read_text(encoding="utf-8")


def _theme() -> str:
    light = "color-scheme:light;" + "".join(f"--{colour.name}:{colour.light};" for colour in COLOURS)
    dark = "color-scheme:dark;" + "".join(f"--{colour.name}:{colour.dark};" for colour in COLOURS)
    return (
        f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f':root[data-theme="light"]{{{light}}}\n:root[data-theme="dark"]{{{dark}}}\n'
    )
