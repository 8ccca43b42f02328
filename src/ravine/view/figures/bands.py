"""Learning curves of several seeds: what the mean is known to, and how the runs are spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ravine.core import check_number
from ravine.view.export import TITLE
from ravine.view.figures.layout import key, label_of, limits, lost_handle, settle, shape
from ravine.view.figures.marks import draw_lost
from ravine.view.figures.records import Panel, Reals, Runs, require
from ravine.view.i18n import number, translator
from ravine.view.style import MUTED, canvas, line, styled

__all__ = ["mean_curves", "quantile_curves"]

Band = tuple[Reals, Sequence[tuple[Reals, Reals]]]
"""A middle line (n,) and the bands about it, from the widest to the narrowest, pairs of (n,)."""

SHARES = ((0.05, 0.95), (0.25, 0.75))
"""Quantiles between which `quantile_curves` shades."""


@styled
def mean_curves(
    panels: Sequence[Panel],
    *,
    x_label: str = "",
    level: float = 0.95,
    columns: int = 2,
    log_x: bool = False,
    language: str = "en",
) -> Figure:
    """Draw the mean of the runs of each rival over *x_label* (by default the epoch), with Student's interval.

    Each run is a thin line that tells its name. A run that diverged leaves the mean and ends in a cross.

    >>> loss = Panel("Loss", [Runs("relu", [1, 2], [[0.25, 0.10], [0.24, 0.11], [0.26, 0.12]])])
    >>> figure = mean_curves([loss])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['relu', '95% interval of the mean']
    """
    check_number("mean_curves", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    _ = translator(language)
    told = _("{level} interval of the mean").format(level=f"{number(round(100 * level, 6), language)}%")
    shown = [(Patch(facecolor=MUTED, alpha=0.3), told)]
    return _draw("mean_curves", panels, lambda y: _student(y, level), shown, x_label, columns, log_x, language)


@styled
def quantile_curves(
    panels: Sequence[Panel], *, x_label: str = "", columns: int = 2, log_x: bool = False, language: str = "en"
) -> Figure:
    """Draw the median of the runs of each rival over *x_label*, and between which values half and 90 % of them lie.

    Each run is a thin line that tells its name. A run that diverged leaves the bands and ends in a cross.

    >>> figure = quantile_curves([Panel("Loss", [Runs("relu", [1, 2], [[0.25, 0.10], [0.24, 0.11]])])])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['relu', 'middle half of the runs', 'nine in ten runs']
    """
    _ = translator(language)
    shown = [
        (Patch(facecolor=MUTED, alpha=0.42), _("middle half of the runs")),
        (Patch(facecolor=MUTED, alpha=0.2), _("nine in ten runs")),
    ]
    return _draw("quantile_curves", panels, _quantiles, shown, x_label, columns, log_x, language)


def _student(y: Reals, level: float) -> Band:
    from scipy import stats

    mean, count = y.mean(axis=0), len(y)
    if count < 2:
        return mean, []
    half = stats.t.ppf(0.5 + level / 2, count - 1) * y.std(axis=0, ddof=1) / np.sqrt(count)
    return mean, [(mean - half, mean + half)]


def _quantiles(y: Reals) -> Band:
    if len(y) < 2:
        return y[0], []
    return np.median(y, axis=0), [(np.quantile(y, low, axis=0), np.quantile(y, high, axis=0)) for low, high in SHARES]


def _draw(
    owner: str,
    panels: Sequence[Panel],
    band: Callable[[Reals], Band],
    shown: Sequence[tuple[Patch, str]],
    x_label: str,
    columns: int,
    log_x: bool,
    language: str,
) -> Figure:
    require(owner, "panels", panels)
    for panel in panels:
        require(owner, f"runs of the panel {panel.title!r}", panel.runs)
    _ = translator(language)
    rows, columns = shape(len(panels), columns)
    figure, places = canvas(rows, columns, height=(2.8 if columns > 1 else 3.3) * rows)
    names = list(dict.fromkeys(runs.label for panel in panels for runs in panel.runs))
    entries: dict[str, tuple[str, dict[str, Any]]] = {}
    for axes, panel in zip(places, panels, strict=False):
        axes.set(xscale="log" if log_x else "linear", yscale="log" if panel.log else "linear")
        limits(axes, [runs.y for runs in panel.runs], log=panel.log)
        for runs in panel.runs:
            style = line(names.index(runs.label) if runs.colour is None else runs.colour)
            _runs(axes, runs, band, style)
            told = label_of(runs, language)
            if len(told) > len(entries.get(runs.label, ("",))[0]):
                entries[runs.label] = (told, style)
        axes.set(title=panel.title, xlabel=x_label or _("Epoch"))
        settle(axes, language, whole_x=all(np.all(runs.x == np.round(runs.x)) for runs in panel.runs))
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    several = any(len(runs.y) - runs.diverged.sum() > 1 for panel in panels for runs in panel.runs)
    extra: list[Any] = []
    for patch, told in shown if several else ():
        patch.set_label(told)
        extra.append(patch)
    if any(runs.diverged.any() for panel in panels for runs in panel.runs):
        extra.append(lost_handle(language))
    key(figure, list(entries.values()), extra)
    return figure


def _runs(axes: Axes, runs: Runs, band: Callable[[Reals], Band], style: dict[str, Any]) -> None:
    log = axes.get_yscale() == "log"
    y = np.where(np.isfinite(runs.y), runs.y, np.nan)
    y = np.where(y > 0, y, np.nan) if log else y
    for index, row in enumerate(y):
        if runs.diverged[index]:
            draw_lost(axes, runs.x, row, style)
        else:
            gid = TITLE + runs.names[index] if runs.names else None
            single: dict[str, Any] = {"marker": "o", "markersize": 2.5} if np.isfinite(row).sum() == 1 else {}
            axes.plot(runs.x, row, color=style["color"], linewidth=0.6, alpha=0.35, zorder=3, gid=gid, **single)
    calm = y[~runs.diverged]
    seen = np.isfinite(calm).all(axis=0) if len(calm) else np.zeros(len(runs.x), bool)
    if not seen.any():
        return
    middle, bands = band(calm[:, seen])
    x = runs.x[seen]
    for low, high in bands:
        bottom = np.maximum(low, axes.get_ylim()[0]) if log else low
        axes.fill_between(x, bottom, high, color=style["color"], alpha=0.2, linewidth=0, zorder=2)
    lone: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(x) == 1 else {}
    axes.plot(x, middle, zorder=4, **style, **lone)
