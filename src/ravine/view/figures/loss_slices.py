"""A network's loss in weight space: along lines, on planes with the rivals' paths, and from minimum to minimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.view.figures._trajectory import Route, Surface, scene
from ravine.view.figures.layout import key, limits, settle
from ravine.view.figures.records import Curve, require
from ravine.view.i18n import number, translator
from ravine.view.style import INK, MUTED, PAPER, canvas, line, styled

__all__ = ["barrier_curves", "loss_lines", "loss_plane"]


@styled
def loss_lines(
    curves: Sequence[Curve], *, title: str = "", x_label: str = "", log: bool = True, language: str = "en"
) -> Figure:
    """Draw the loss along lines through weights: each of *curves* over the shift, 0 being the weights themselves.

    >>> figure = loss_lines([Curve("flat", [-1, 0, 1], [0.4, 0.2, 0.5]), Curve("sharp", [-1, 0, 1], [4.0, 0.2, 5.0])])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    require("loss_lines", "curves", curves)
    _ = translator(language)
    figure, (axes,) = canvas(height=3.3)
    if log:
        axes.set_yscale("log")
    limits(axes, [curve.y for curve in curves], log=log)
    axes.axvline(0.0, color=MUTED, linewidth=0.8, zorder=1.5)
    entries = []
    for index, curve in enumerate(curves):
        style = line(index if curve.colour is None else curve.colour)
        axes.plot(curve.x, curve.y, zorder=3, **style)
        entries.append((curve.label, style))
    axes.set(title=title, xlabel=x_label or _("Shift along the direction"), ylabel=_("Loss"))
    axes.margins(x=0)
    settle(axes, language)
    key(figure, entries if len(entries) > 1 else [])
    return figure


@styled
def loss_plane(
    surface: Surface,
    routes: Sequence[Route] = (),
    *,
    explained: tuple[float, float] | None = None,
    here: tuple[float, float] | None = None,
    title: str = "",
    names: tuple[str, str] | None = None,
    language: str = "en",
) -> Figure:
    """Draw the loss on a plane in weight space, its heights on the contours, and the rivals' *routes* projected on it.

    *explained* are the shares of the variance along the two directions: they are named, and the rest is stated as not
    shown. The weights kept along a route are dots, those that a slice goes through, at *here*, a cross. *names* are
    those of the axes.

    >>> grid = np.linspace(-1, 1, 9)
    >>> bowl = Surface(grid, grid, grid[:, None] ** 2 + grid**2)
    >>> figure = loss_plane(bowl, [Route("Adam", [[1, 1], [0.5, 0.5], [0, 0]])], explained=(0.7, 0.2))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_title('left')
    ('1st component, 70%', 'Variance not shown: 10%')
    """
    _ = translator(language)
    if names is None and explained is None:
        names = (_("First direction"), _("Second direction"))
    elif names is None:
        first, second = (number(100 * share, language, 0) for share in explained or ())
        names = (
            _("1st component, {share}%").format(share=first),
            _("2nd component, {share}%").format(share=second),
        )
    if explained is not None:
        rest = 100 * (1 - sum(explained))
        words = _("Variance not shown: {share}%")
        title = title or words.format(share=number(rest, language, 0 if rest >= 9.5 else 1))
    figure, axes, styles, handles = scene(surface, routes, title=title, names=names, heights=True, language=language)
    for route, style in zip(routes, styles, strict=True):
        axes.plot(*route.points.T, zorder=4, **style)
        dots = {"linestyle": "none", "marker": "o", "markersize": 2.6, "color": style["color"]}
        axes.plot(*route.points.T, zorder=4.5, **dots)
    if here is not None:
        cross: dict[str, Any] = {"marker": "P", "markersize": 9, "color": INK, "markeredgecolor": PAPER}
        cross["linestyle"] = "none"
        axes.plot([here[0]], [here[1]], zorder=7, **cross)
        handles.append(Line2D([], [], label=_("the weights"), **cross))
    key(figure, [(route.label, style) for route, style in zip(routes, styles, strict=True)], handles)
    return figure


@styled
def barrier_curves(curves: Sequence[Curve], *, title: str = "", language: str = "en") -> Figure:
    """Draw the loss along paths between two minima a and b, and how far each rises above the line between its ends.

    *curves* are over t from 0 (a) to 1 (b).

    >>> t = [0, 0.5, 1]
    >>> figure = barrier_curves([Curve("straight", t, [0.1, 2.0, 0.1]), Curve("curve", t, [0.1, 0.1, 0.1])])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['straight: barrier 1.9', 'curve: barrier 0', 'between the ends']
    """
    require("barrier_curves", "curves", curves)
    _ = translator(language)
    figure, (axes,) = canvas(height=3.3)
    limits(axes, [curve.y for curve in curves], log=False)
    entries = []
    for index, curve in enumerate(curves):
        style = line(index if curve.colour is None else curve.colour)
        chord = curve.y[0] + (curve.y[-1] - curve.y[0]) * (curve.x - curve.x[0]) / (curve.x[-1] - curve.x[0])
        at = int(np.argmax(curve.y - chord))
        rise = float(curve.y[at] - chord[at])
        axes.plot(curve.x, curve.y, zorder=3, **style)
        low, high = axes.get_ylim()
        if rise > 0.06 * (high - low):
            ends = {"arrowstyle": "<->", "color": style["color"], "shrinkA": 0, "shrinkB": 0, "linewidth": 1.0}
            axes.annotate("", (curve.x[at], curve.y[at]), (curve.x[at], chord[at]), arrowprops=ends)
        words = _("{label}: barrier {height}")
        height = number(float(f"{rise:.2g}"), language)
        entries.append((words.format(label=curve.label, height=height), style))
    first = curves[0]
    axes.plot(first.x[[0, -1]], first.y[[0, -1]], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
    for end, name in ((0, "a"), (-1, "b")):
        axes.plot([first.x[end]], [first.y[end]], marker="*", markersize=12, color=INK, zorder=5, clip_on=False)
        place = (first.x[end], first.y[end])
        axes.annotate(name, place, (8 if end == 0 else -8, 8), textcoords="offset points", ha="center")
    axes.set(title=title, xlabel=_("Way from a to b"), ylabel=_("Loss"), xlim=(0, 1))
    settle(axes, language)
    chord_handle = Line2D([], [], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), label=_("between the ends"))
    key(figure, entries, [chord_handle])
    return figure
