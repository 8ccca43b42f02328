"""What probes saw over the steps: histograms of activations, noise scale against batch, sharpness against the rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ravine.core import RavineError
from ravine.view.figures.layout import key, settle, shape
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import translator
from ravine.view.style import INK, LINES, MUTED, canvas, line, styled

__all__ = ["Histograms", "Level", "histograms_over_time", "level_over_time"]


@dataclass(frozen=True, eq=False)
class Histograms:
    """The distribution of a layer's activations at the steps *x* (n,): *shares* (n, bins) between *edges* (bins + 1,).

    >>> Histograms("layer 1", [0, 50], [[0.5, 0.5], [0.2, 0.8]], [-1, 0, 1]).shares.shape
    (2, 2)
    """

    title: str
    x: Any
    shares: Any
    edges: Any

    def __post_init__(self) -> None:
        x, shares = as_reals("Histograms", "x", self.x, 1), as_reals("Histograms", "shares", self.shares, 2)
        edges = as_reals("Histograms", "edges", self.edges, 1)
        if shares.shape != (len(x), len(edges) - 1) or not len(x):
            raise RavineError(
                f"Histograms {self.title!r}: shares must be ({len(x)}, {len(edges) - 1}), got shape {shares.shape}"
            )
        for name, value in (("x", x), ("shares", shares), ("edges", edges)):
            object.__setattr__(self, name, value)


@styled
def histograms_over_time(layers: Sequence[Histograms], *, columns: int = 3, language: str = "en") -> Figure:
    """Draw a panel for each layer: steps to the right, the activation's value upward, the darker the more frequent.

    Each panel has its own scale of values and of shades. Shades go by the square root of shares, so that rare values
    show beside a heap at 0.

    >>> figure = histograms_over_time([Histograms("layer 1", [0, 50], [[0.5, 0.5], [0.2, 0.8]], [-1, 0, 1])])
    >>> len(figure.axes[0].collections)
    1
    """
    require("histograms_over_time", "layers", layers)
    _ = translator(language)
    rows, columns = shape(len(layers), columns)
    figure, panels = canvas(rows, columns, height=2.5 * rows + 0.2)
    colours = LinearSegmentedColormap.from_list("shares", ["#ffffff00", LINES[0]])
    for axes, layer in zip(panels, layers, strict=False):
        step = np.diff(layer.x)
        ends = np.append(layer.x, layer.x[-1] + (step[-1] if len(step) else 1))
        mesh = axes.pcolormesh(ends, layer.edges, np.sqrt(layer.shares.T), cmap=colours, vmin=0)
        mesh.set_rasterized(True)
        axes.set_title(layer.title)
        axes.grid(False)
        settle(axes, language, most=4)
        axes.set_xlabel(_("Updates"))
        if layer is layers[0] or len(layers) > columns:
            axes.set_ylabel(_("Value of the activation"))
    for axes in panels[len(layers) :]:
        axes.set_visible(False)
    return figure


@dataclass(frozen=True, eq=False)
class Level:
    """A quantity at the steps *x* (n,), and the *bound* it is held against: a number, or one for each step.

    >>> Level("adam", [0, 50], [3.0, 4.0], 128).bound.tolist()
    [128.0, 128.0]
    """

    label: str
    x: Any
    values: Any
    bound: Any

    def __post_init__(self) -> None:
        x, values = as_reals("Level", "x", self.x, 1), as_reals("Level", "values", self.values, 1)
        if not len(x) or len(values) != len(x):
            raise RavineError(f"Level {self.label!r}: values must be ({len(x)},), got shape {values.shape}")
        bound = np.broadcast_to(np.asarray(self.bound, np.float64), x.shape).copy()
        for name, value in (("x", x), ("values", values), ("bound", bound)):
            object.__setattr__(self, name, value)


@styled
def level_over_time(
    levels: Sequence[Level], *, y_label: str, bound_label: str, log: bool = True, language: str = "en"
) -> Figure:
    """Draw a quantity over the steps with its bound: noise scale and batch size, sharpness and 2 / rate.

    The bound is dotted; where all have the same one it is drawn once. What is not positive has no place on a log scale.

    >>> figure = level_over_time(
    ...     [Level("adam", [0, 50], [300, 400], 128)], y_label="Noise scale", bound_label="batch size"
    ... )
    >>> len(figure.axes[0].lines)
    2
    """
    require("level_over_time", "levels", levels)
    _ = translator(language)
    figure, (axes,) = canvas(height=3.0)
    if log:
        axes.set_yscale("log")
    shown = [np.where((level.values > 0) | (not log), level.values, np.nan) for level in levels]
    alike = all(np.array_equal(level.bound, np.full_like(level.bound, levels[0].bound[0])) for level in levels)
    entries: list[tuple[str, dict[str, Any]]] = []
    for place, (level, values) in enumerate(zip(levels, shown, strict=True)):
        style = line(place)
        axes.plot(level.x, values, zorder=4, **style)
        entries.append((level.label, style))
        if not alike:
            axes.plot(level.x, level.bound, color=style["color"], linestyle=(0, (1, 1.6)), linewidth=1.1)
    dotted: dict[str, Any] = {"color": INK if alike else MUTED, "linestyle": (0, (1, 1.6)), "linewidth": 1.1}
    if alike:
        axes.axhline(float(levels[0].bound[0]), **dotted)
    axes.set_xlabel(_("Updates"))
    axes.set_ylabel(y_label)
    settle(axes, language)
    key(figure, [*entries, (bound_label, dotted)])
    return figure
