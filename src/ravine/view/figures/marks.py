"""What several figures draw alike: runs over seeds, the end of a run that diverged, published values."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ravine.view.figures.records import Reals, Runs, last_finite
from ravine.view.style import PAPER

__all__ = ["CROSS", "DIAMOND", "draw_lost", "draw_runs", "ring"]

DIAMOND: dict[str, Any] = {
    "marker": "D",
    "markersize": 5.5,
    "markerfacecolor": PAPER,
    "markeredgewidth": 1.4,
    "linestyle": "none",
}
"""The mark of a published value."""
CROSS: dict[str, Any] = {
    "marker": "X",
    "markersize": 7,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.8,
    "linestyle": "none",
}
"""The mark of the place where a run diverged."""


def ring(color: str) -> dict[str, Any]:
    """Return the style of an open dot in *color*.

    >>> ring("red")["markerfacecolor"] == PAPER
    True
    """
    shape: dict[str, Any] = {"marker": "o", "markersize": 4.6, "linestyle": "none", "markeredgewidth": 1.3}
    return {**shape, "markerfacecolor": PAPER, "markeredgecolor": color}


def draw_lost(axes: Axes, x: Reals, y: Reals, style: dict[str, Any]) -> None:
    """Draw a run that diverged, *y* (n,) over *x*, up to a cross: at its last finite value or where it leaves the axes.

    The limits of *axes* must stand. A run without any finite value has no place: only the key tells of it.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> draw_lost(axes, np.array([0.0, 1.0, 2.0]), np.array([0.5, 9.0, np.nan]), {"color": "red"})
    >>> [round(float(value), 3) for value in axes.lines[-1].get_ydata()]
    [1.0]
    """
    end = last_finite(y)
    low, high = sorted(axes.get_ylim())
    scale = np.log if axes.get_yscale() == "log" and low > 0 else np.asarray
    beyond = np.flatnonzero(np.isfinite(y) & ((y < low) | (y > high)))
    inside = np.flatnonzero(np.isfinite(y) & (y >= low) & (y <= high))
    leaving = beyond[beyond > inside[0]] if len(inside) else beyond
    if end < 0 or not len(inside):
        return
    xs, ys = x[: end + 1], y[: end + 1]
    if len(leaving) and leaving[0] > inside[-1]:
        first = int(leaving[0])
        before, after = float(y[first - 1]), float(y[first])
        edge = high if after > high else low
        if np.isfinite(before) and not (scale is np.log and after <= 0):
            share = float((scale(edge) - scale(before)) / (scale(after) - scale(before)))
            xs = np.append(x[:first], x[first - 1] + share * (x[first] - x[first - 1]))
            ys = np.append(y[:first], edge)
    axes.plot(xs, ys, zorder=3, **{**style, "linewidth": 1.1})
    axes.plot([xs[-1]], [min(max(float(ys[-1]), low), high)], color=style["color"], clip_on=False, zorder=6, **CROSS)


def draw_runs(axes: Axes, runs: Runs, style: dict[str, Any], *, band: bool = True) -> None:
    """Draw *runs*: the mean of those that did not diverge, in a *band* from smallest to largest, or each seed thin.

    A run that diverged is drawn alone, thin, up to its cross. Published values are open diamonds. The limits of *axes*
    must stand; on a log scale values at or below 0 are not drawn.

    >>> from ravine.view.style import canvas, line
    >>> figure, (axes,) = canvas()
    >>> draw_runs(axes, Runs("adam", [0, 1], [1.0, 0.5]), line(0))
    >>> len(axes.lines)
    1
    """
    log = axes.get_yscale() == "log"
    x, lost = runs.x, runs.diverged
    y = np.where(np.isfinite(runs.y), runs.y, np.nan)
    if log:
        y = np.where(y > 0, y, np.nan)
    calm = y[~lost]
    seen = np.isfinite(calm).any(axis=0)
    if seen.any():
        mean = np.full(len(x), np.nan)
        mean[seen] = np.nanmean(calm[:, seen], axis=0)
        single: dict[str, Any] = {"marker": "o", "markersize": 3.5} if seen.sum() == 1 else {}
        axes.plot(x, mean, zorder=4, **style, **single)
        if len(calm) > 1 and band:
            low, high = np.nanmin(calm[:, seen], axis=0), np.nanmax(calm[:, seen], axis=0)
            axes.fill_between(x[seen], low, high, color=style["color"], alpha=0.16, linewidth=0, zorder=2)
        elif len(calm) > 1:
            axes.plot(x, calm.T, color=style["color"], linewidth=0.7, alpha=0.45, zorder=3)
    for row in y[lost]:
        draw_lost(axes, x, row, style)
    for at, value in runs.points:
        axes.plot([at], [value], **DIAMOND, markeredgecolor=style["color"], zorder=7, clip_on=False)
