"""What several figures draw alike: runs over seeds, the end of a run that diverged, the key above the axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ravine.view.figures.records import Reals, Runs, last_finite
from ravine.view.i18n import plural_translator, translator
from ravine.view.style import MUTED, PAPER, line, log_ticks, plain_ticks

__all__ = ["DIAMOND", "cross", "draw_runs", "finish", "key", "label_of", "limits", "settle"]


def cross(axes: Axes, x: float, y: float, color: Any) -> None:
    """Mark where a run diverged; a mark beyond the axes is set on their edge.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> cross(axes, 0.5, 9.0, "red")
    >>> float(axes.lines[0].get_ydata()[0])
    1.0
    """
    low, high = axes.get_ylim()
    style: dict[str, Any] = {"marker": "X", "markersize": 7, "markeredgecolor": PAPER, "markeredgewidth": 0.8}
    axes.plot([x], [min(max(y, low), high)], color=color, clip_on=False, zorder=6, **style)


def label_of(runs: Runs, language: str) -> str:
    """Return the name of *runs* for the key, with what became of them.

    >>> label_of(Runs("sgd", [0, 1], [[1, 2], [1, float("inf")]]), "en")
    'sgd (1 of 2 diverged)'
    """
    _ = translator(language)
    count, total = int(runs.diverged.sum()), len(runs.y)
    if not count:
        return runs.label
    if total == 1:
        return _("{label} (diverged)").format(label=runs.label)
    return _("{label} ({count} of {total} diverged)").format(label=runs.label, count=count, total=total)


def limits(axes: Axes, series: Sequence[Reals], *, log: bool) -> None:
    """Fit the height of *axes* to those rows of *series* that did not diverge: one explosion shall not flatten the rest.

    Where all diverged, the rows count up to ten times their first value.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> limits(axes, [np.array([[0.0, 1.0], [1e30, np.nan]])], log=False)
    >>> bool(axes.get_ylim()[1] < 2)
    True
    """
    rows = [row for rows in series for row in np.atleast_2d(rows)]
    calm = [row[np.isfinite(row)] for row in rows if np.isfinite(row[-1])]
    if not any(len(row) for row in calm):
        calm = [row[np.isfinite(row)] for row in rows]
        calm = [row[np.abs(row) <= 10 * max(abs(row[0]), 1e-300)] for row in calm if len(row)]
    values = np.concatenate([*calm, np.empty(0)])
    values = values[values > 0] if log else values
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    if log:
        margin = max((high / low) ** 0.06, 1.1)
        axes.set_ylim(low / margin, high * margin)
    else:
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
        axes.set_ylim(low - margin, high + margin)


def draw_runs(axes: Axes, runs: Runs, index: int, *, band: bool = True, log: bool = False) -> None:
    """Draw *runs*: the mean of those that did not diverge, in a *band* from the smallest to the largest, or each seed thin.

    A run that diverged is drawn alone, thin, up to its cross. Published values are open diamonds.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> draw_runs(axes, Runs("adam", [0, 1], [1.0, 0.5]), 0)
    >>> len(axes.lines)
    1
    """
    style = line(index if runs.colour is None else runs.colour)
    x, lost = runs.x, runs.diverged
    with np.errstate(invalid="ignore"):
        y = np.where(np.isfinite(runs.y) & ((runs.y > 0) | (not log)), runs.y, np.nan)
    calm = y[~lost]
    if len(calm):
        seen = np.isfinite(calm).any(axis=0)
        mean = np.full(len(x), np.nan)
        mean[seen] = np.nanmean(calm[:, seen], axis=0)
        single = {"marker": "o", "markersize": 3.5} if seen.sum() == 1 else {}
        axes.plot(x, mean, zorder=4, **style, **single)
        if len(calm) > 1 and band:
            low, high = np.nanmin(calm[:, seen], axis=0), np.nanmax(calm[:, seen], axis=0)
            axes.fill_between(x[seen], low, high, color=style["color"], alpha=0.16, linewidth=0, zorder=2)
        elif len(calm) > 1:
            axes.plot(x, calm.T, color=style["color"], linewidth=0.7, alpha=0.45, zorder=3)
    for row in y[lost]:
        end = last_finite(row)
        if end >= 0:
            axes.plot(x[: end + 1], row[: end + 1], zorder=3, **{**style, "linewidth": 1.1})
            cross(axes, float(x[end]), float(row[end]), style["color"])
    for at, value in runs.points:
        axes.plot([at], [value], **DIAMOND, markeredgecolor=style["color"], zorder=7, clip_on=False)


DIAMOND: dict[str, Any] = {
    "marker": "D",
    "markersize": 5.5,
    "markerfacecolor": PAPER,
    "markeredgewidth": 1.4,
    "linestyle": "none",
}


def key(figure: Figure, entries: Sequence[tuple[str, dict[str, Any]]], extra: Sequence[Any] = ()) -> None:
    """Set the key above the axes: *entries* are pairs of label and line style, *extra* ready handles.

    As many columns as the width holds.

    >>> from ravine.view.style import canvas
    >>> figure, axes = canvas()
    >>> key(figure, [("adam", line(0))])
    >>> len(figure.legends)
    1
    """
    handles = [Line2D([], [], label=label, **style) for label, style in entries] + list(extra)
    if not handles:
        return
    longest = max(len(str(handle.get_label())) for handle in handles)
    room = figure.get_figwidth() * 72 - 12
    columns = max(1, min(len(handles), int(room / (5.3 * longest + 38))))
    figure.legend(handles=handles, loc="outside upper left", ncols=columns)


def finish(figure: Figure, panels: Sequence[tuple[Axes, Sequence[Runs]]], language: str, *, band: bool = True) -> None:
    """Set the key of *panels*: each name once, then what band, diamond and cross mean, where they occur.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> finish(figure, [(axes, [Runs("adam", [0, 1], [[1.0, 0.5]] * 3)])], "en")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['adam', 'mean and range of 3 seeds']
    """
    _, n_ = translator(language), plural_translator(language)
    entries: dict[str, tuple[str, dict[str, Any]]] = {}
    for _axes, group in panels:
        for index, runs in enumerate(group):
            shown = label_of(runs, language)
            if runs.label not in entries or len(shown) > len(entries[runs.label][0]):
                entries[runs.label] = (shown, line(index if runs.colour is None else runs.colour))
    every = [runs for _axes, group in panels for runs in group]
    seeds = {len(runs.y) - int(runs.diverged.sum()) for runs in every} - {0, 1}
    extra: list[Any] = []
    if seeds and band:
        text = n_("mean and range of {n} seed", "mean and range of {n} seeds", max(seeds))
        shown = str(max(seeds)) if len(seeds) == 1 else f"{min(seeds)}–{max(seeds)}"
        extra.append(Patch(facecolor=MUTED, alpha=0.3, label=text.format(n=shown)))
    elif seeds:
        extra.append(Line2D([], [], color=MUTED, linewidth=0.7, label=_("each seed")))
    if any(runs.points for runs in every):
        extra.append(Line2D([], [], **DIAMOND, markeredgecolor=MUTED, label=_("published")))
    if any(runs.diverged.any() for runs in every):
        style: dict[str, Any] = {"marker": "X", "markersize": 7, "linestyle": "none", "markeredgecolor": PAPER}
        extra.append(Line2D([], [], color=MUTED, label=_("diverged here"), **style))
    key(figure, list(entries.values()), extra)


def settle(axes: Axes, language: str, *, log_x: bool = False, log_y: bool = False, whole_x: bool = False) -> None:
    """Number both axes in *language*.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> settle(axes, "pl")
    """
    if log_x:
        log_ticks(axes.xaxis, language)
    else:
        plain_ticks(axes.xaxis, language, whole=whole_x)
    if log_y:
        log_ticks(axes.yaxis, language)
    else:
        plain_ticks(axes.yaxis, language)
    axes.grid(True, which="major")


