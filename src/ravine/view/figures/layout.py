"""How panels are laid out: limits, numbers on the axes, the key above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ravine.view.figures.marks import CROSS, DIAMOND
from ravine.view.figures.records import Reals, Runs
from ravine.view.i18n import plural_translator, translator
from ravine.view.style import MUTED
from ravine.view.ticks import log_ticks, plain_ticks

__all__ = ["explain", "finish", "key", "label_of", "limits", "lost_handle", "settle", "shape", "trim"]


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
    """Fit the height of *axes* to the rows of *series* that did not diverge: one explosion shall not flatten the rest.

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


def lost_handle(language: str) -> Line2D:
    """Return the handle that explains the cross.

    >>> lost_handle("en").get_label()
    'diverged here'
    """
    _ = translator(language)
    return Line2D([], [], color=MUTED, label=_("diverged here"), **CROSS)


def key(figure: Figure, entries: Sequence[tuple[str, dict[str, Any]]], extra: Sequence[Any] = ()) -> int:
    """Set the key above the axes and make the *figure* higher by it; return its rows.

    *entries* are pairs of label and line style, *extra* ready handles. As many columns as the width holds.

    >>> from ravine.view.style import canvas, line
    >>> figure, axes = canvas()
    >>> key(figure, [("adam", line(0))])
    1
    """
    handles = [Line2D([], [], label=label, **style) for label, style in entries] + list(extra)
    if not handles:
        return 0
    widths = [5.6 * len(str(handle.get_label())) + 46 for handle in handles]
    room = figure.get_figwidth() * 72
    rows = 1
    while rows < len(handles) and sum(max(widths[i : i + rows]) for i in range(0, len(widths), rows)) > room:
        rows += 1
    figure.legend(handles=handles, loc="outside upper left", ncols=-(-len(handles) // rows))
    figure.set_figheight(figure.get_figheight() + 0.19 * rows + 0.08)
    return rows


def finish(figure: Figure, runs: Sequence[tuple[Runs, dict[str, Any]]], language: str, *, band: bool = True) -> None:
    """Set the key of *runs* with their styles: each name once, then what band, diamond and cross mean, if they occur.

    >>> from ravine.view.style import canvas, line
    >>> figure, (axes,) = canvas()
    >>> finish(figure, [(Runs("adam", [0, 1], [[1.0, 0.5]] * 3), line(0))], "en")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['adam', 'mean and range of 3 seeds']
    """
    entries: dict[str, tuple[str, dict[str, Any]]] = {}
    for one, style in runs:
        shown = label_of(one, language)
        if one.label not in entries or len(shown) > len(entries[one.label][0]):
            entries[one.label] = (shown, style)
    key(figure, list(entries.values()), explain([one for one, _style in runs], language, band=band))


def explain(runs: Sequence[Runs], language: str, *, band: bool = True) -> list[Any]:
    """Return the handles for what occurs in *runs* beside lines: the spread, published values, divergence.

    >>> [handle.get_label() for handle in explain([Runs("a", [0, 1], [1, 2], published=1.5)], "en")]
    ['published']
    """
    _, n_ = translator(language), plural_translator(language)
    counts = {len(one.y) - int(one.diverged.sum()) for one in runs} - {0, 1}
    extra: list[Any] = []
    if counts and band:
        text = n_("mean and range of {n} seed", "mean and range of {n} seeds", max(counts))
        shown = str(max(counts)) if len(counts) == 1 else f"{min(counts)}–{max(counts)}"
        extra.append(Patch(facecolor=MUTED, alpha=0.3, label=text.format(n=shown)))
    elif counts:
        extra.append(Line2D([], [], color=MUTED, linewidth=0.7, label=_("each seed")))
    if any(one.points for one in runs):
        extra.append(Line2D([], [], **DIAMOND, markeredgecolor=MUTED, label=_("published")))
    if any(one.diverged.any() for one in runs):
        extra.append(lost_handle(language))
    return extra


def settle(axes: Axes, language: str, *, whole_x: bool = False, most: int = 6) -> None:
    """Number both axes in *language*, by the scales they have; *most* intervals on x.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> settle(axes, "pl")
    """
    if axes.get_xscale() == "log":
        log_ticks(axes.xaxis, language, most=most + 1)
    else:
        plain_ticks(axes.xaxis, language, whole=whole_x, most=most)
    if axes.get_yscale() == "log":
        log_ticks(axes.yaxis, language)
    else:
        plain_ticks(axes.yaxis, language)


def trim(panels: Sequence[Axes], count: int, columns: int, *, x_label: str = "", y_label: str = "") -> None:
    """Hide the *panels* after *count*; name the axes only at the outer edge and number x on the lowest of each column.

    >>> from ravine.view.style import canvas
    >>> figure, panels = canvas(2, 2, sharex=True)
    >>> trim(panels, 3, 2, x_label="Epoch")
    >>> [axes.get_xlabel() for axes in panels]
    ['', 'Epoch', 'Epoch', '']
    """
    for index, axes in enumerate(panels):
        if index >= count:
            axes.set_visible(False)
            continue
        lowest = index + columns >= count
        axes.tick_params(labelbottom=lowest, labelleft=index % columns == 0)
        if lowest:
            axes.set_xlabel(x_label)
        if index % columns == 0:
            axes.set_ylabel(y_label)


def shape(count: int, most: int) -> tuple[int, int]:
    """Return rows and columns for *count* panels, at most *most* columns, with few holes.

    >>> shape(6, 4), shape(4, 4), shape(9, 3), shape(5, 3)
    ((2, 3), (1, 4), (3, 3), (2, 3))
    """
    rows = -(-count // most)
    return rows, -(-count // rows)
