"""Paths of update rules over a cost function of two parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ravine.core import RavineError
from ravine.view.figures.layout import key, settle
from ravine.view.figures.marks import CROSS, ring
from ravine.view.figures.records import as_reals
from ravine.view.i18n import listed, number, translator
from ravine.view.style import INK, MUTED, PAPER, WIDTH, canvas, line, styled

__all__ = ["Route", "Surface", "finite_part", "near", "scene", "trajectory"]


@dataclass(frozen=True, eq=False)
class Surface:
    """A cost function on a grid: *z* (ny, nx) over *x* (nx,) and *y* (ny,), and the places of its *minima*.

    >>> Surface([0, 1], [0, 1], [[0, 1], [1, 2]], minima=((0.0, 0.0),)).z.shape
    (2, 2)
    """

    x: Any
    y: Any
    z: Any
    minima: Sequence[tuple[float, float]] = ()

    def __post_init__(self) -> None:
        x, y, z = (as_reals("Surface", name, getattr(self, name), 1 + (name == "z")) for name in ("x", "y", "z"))
        if z.shape != (len(y), len(x)) or min(z.shape) < 2:
            raise RavineError(f"Surface: z must be {(len(y), len(x))} over y and x, at least 2 x 2, got {z.shape}")
        if not np.isfinite(z).any():
            raise RavineError("Surface: z has no finite value: check the function and the grid")
        for name, value in (("x", x), ("y", y), ("z", z)):
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class Route:
    """The path of one rule: *points* (steps + 1, 2) from the start on; not finite at the end where it diverged.

    >>> Route("sgd", [[0, 0], [1, 1]]).points.shape
    (2, 2)
    """

    label: str
    points: Any
    colour: int | None = None

    def __post_init__(self) -> None:
        points = as_reals("Route", "points", self.points, 2)
        if len(points) == 0 or points.shape[1] != 2 or not np.isfinite(points[0]).all():
            raise RavineError(
                f"Route {self.label!r}: points must be (steps + 1, 2) with a finite start, got shape {points.shape}"
            )
        object.__setattr__(self, "points", points)


@styled
def scene(
    surface: Surface,
    routes: Sequence[Route] = (),
    *,
    title: str = "",
    names: tuple[str, str] = ("x", "y"),
    levels: int = 14,
    heights: bool = False,
    language: str = "en",
) -> tuple[Figure, Axes, list[dict[str, Any]], list[Any]]:
    """Draw what stands still: contours, minima, starts. Return figure, axes, each route's style, handles for the key.

    *heights* puts the contours at round numbers and writes them.

    >>> grid = np.linspace(-1, 1, 20)
    >>> figure, axes, styles, handles = scene(Surface(grid, grid, grid[:, None] ** 2 + grid**2), [Route("a", [[0, 1]])])
    >>> len(styles), [handle.get_label() for handle in handles]
    (1, ['start'])
    """
    _ = translator(language)
    x, y = surface.x, surface.y
    across, up = float(x[-1] - x[0]), float(y[-1] - y[0])
    height = min(5.6, max(1.2, (WIDTH - 0.7) * up / across)) + (0.75 if title else 0.55)
    figure, (axes,) = canvas(height=height)
    _contours(axes, surface, levels, language if heights else None)
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), aspect="equal", xlabel=names[0], ylabel=names[1], title=title)
    styles = [line(index if route.colour is None else route.colour) for index, route in enumerate(routes)]
    handles = []
    for start in dict.fromkeys((float(route.points[0][0]), float(route.points[0][1])) for route in routes):
        axes.plot([start[0]], [start[1]], **_START)
    if routes:
        handles.append(Line2D([], [], label=_("start"), **_START))
    if len(surface.minima):
        axes.plot(*np.transpose(np.asarray(surface.minima, np.float64)), **_MINIMUM)
        handles.append(Line2D([], [], label=_("minimum"), **_MINIMUM))
    settle(axes, language)
    axes.grid(False)
    return figure, axes, styles, handles


def near(surface: Surface, points: Any) -> Any:
    """Return *points* (n, 2), far ones pulled to three times the view: beyond it a path is straight to the eye.

    >>> near(Surface([0, 1], [0, 1], [[0, 1], [1, 2]]), [[0.5, 1e9]])
    array([[0.5, 3.5]])
    """
    low, high = (np.array([surface.x[end], surface.y[end]]) for end in (0, -1))
    return np.clip(points, (low + high) / 2 - 3 * (high - low), (low + high) / 2 + 3 * (high - low))


def finite_part(points: Any) -> Any:
    """Return the rows of *points* (n, 2) before the first that is not finite.

    >>> finite_part(np.array([[0.0, 1.0], [np.nan, 2.0], [0.0, 0.0]]))
    array([[0., 1.]])
    """
    finite = np.isfinite(points).all(axis=1)
    return points[: len(points) if finite.all() else int(np.argmin(finite))]


@styled
def trajectory(
    surface: Surface,
    routes: Sequence[Route] = (),
    *,
    marks: Sequence[int] = (10, 100, 1000),
    title: str = "",
    names: tuple[str, str] = ("x", "y"),
    levels: int = 14,
    heights: bool = False,
    language: str = "en",
) -> Figure:
    """Draw *routes* over the contours of *surface*: equal axes, levels even in the logarithm of the height.

    A ring is the start, a star a minimum, an open dot on a path one of the *marks* (steps done). A path that leaves the
    grid ends on its edge; one that diverged has a cross at its last place in view and is named so in the key.

    >>> grid = np.linspace(-1, 1, 20)
    >>> bowl = Surface(grid, grid, grid[:, None] ** 2 + grid**2, minima=[(0, 0)])
    >>> figure = trajectory(bowl, [Route("sgd", [[1, 1], [0.5, 0.5], [0.1, 0.1]])])
    >>> float(figure.axes[0].get_aspect())
    1.0
    """
    _ = translator(language)
    figure, axes, styles, extra = scene(
        surface, routes, title=title, names=names, levels=levels, heights=heights, language=language
    )
    low, high = (np.array([surface.x[end], surface.y[end]]) for end in (0, -1))
    used: set[int] = set()
    entries = []
    for index, (route, style) in enumerate(zip(routes, styles, strict=True)):
        kept = finite_part(route.points)
        axes.plot(*near(surface, kept).T, zorder=4 + 0.01 * index, **{**style, "linewidth": 1.7})
        for mark in marks:
            if mark < len(kept):
                used.add(mark)
                axes.plot(*kept[mark][:, None], zorder=5, **ring(style["color"]))
        name = route.label
        if len(kept) < len(route.points):
            name = _("{label} (diverged)").format(label=route.label)
            seen = kept[((kept >= low) & (kept <= high)).all(axis=1)]
            if len(seen):
                axes.plot(*seen[-1][:, None], color=style["color"], zorder=6, **CROSS)
        entries.append((name, style))
    if used:
        steps = listed([number(mark, language) for mark in sorted(used)], language)
        extra.append(Line2D([], [], label=_("after {steps} steps").format(steps=steps), **ring(MUTED)))
    key(figure, entries, extra)
    return figure


_START: dict[str, Any] = {
    "marker": "o",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgecolor": INK,
    "markeredgewidth": 1.6,
    "linestyle": "none",
    "zorder": 7,
}
_MINIMUM: dict[str, Any] = {
    "marker": "*",
    "markersize": 12,
    "markerfacecolor": INK,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.8,
    "linestyle": "none",
    "zorder": 7,
}


def _contours(axes: Any, surface: Surface, count: int, language: str | None) -> None:
    z = np.ma.masked_invalid(surface.z)
    low, high = float(z.min()), float(z.max())
    if not high > low:
        return
    levels = _levels(z.compressed(), low, high, count) if language is None else _round_levels(low, high)
    bounds = np.concatenate([[low - (high - low)], levels, [] if language is None else [high]])
    count = len(bounds) - 1
    # Ink in thin washes darkens uphill on white and brightens uphill on black: the same drawing serves both.
    washes = [(*_rgb(INK), 0.015 + 0.14 * index / count) for index in range(count)]
    axes.contourf(surface.x, surface.y, z, levels=bounds, colors=washes, zorder=1)
    lines = axes.contour(surface.x, surface.y, z, levels=levels, colors=MUTED, linewidths=0.5, alpha=0.55, zorder=2)
    if language is not None:

        def words(height: float) -> str:
            return number(float(f"{height:.3g}"), language)

        for text in axes.clabel(lines, fmt=words, fontsize=7.5, inline_spacing=3, colors=INK):
            text.set(alpha=1.0, zorder=6)
            text.set_bbox({"facecolor": PAPER, "alpha": 0.75, "linewidth": 0, "pad": 0.8})


def _levels(z: Any, low: float, high: float, count: int) -> Any:
    """Even in the logarithm of the height over the lowest point; the first lies at the 2 % quantile, not at zero."""
    first = max(float(np.quantile(z - low, 0.02)), (high - low) * 1e-6)
    return low + np.geomspace(first, high - low, count)


def _round_levels(low: float, high: float) -> Any:
    """Heights to be written: 1, 2, 5, 10, ... where they span enough, else round numbers evenly apart."""
    series = [m * 10.0**e for e in range(-12, 13) for m in (1, 2, 5)] if low > 0 else []
    inside = [each for each in series if low < each < high]
    if len(inside) < 4:
        inside = [each for each in MaxNLocator(9, steps=[1, 2, 5, 10]).tick_values(low, high) if low < each < high]
    return np.array(inside)


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]
