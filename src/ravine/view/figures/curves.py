"""Learning curves: loss and accuracy per epoch, and rules side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure

from ravine.core import check_choice, check_number
from ravine.view.figures.layout import explain, finish, key, limits, settle, shape, trim
from ravine.view.figures.marks import draw_runs
from ravine.view.figures.records import Panel, Reals, Runs, require
from ravine.view.i18n import translator
from ravine.view.style import GHOST, MUTED, canvas, line, styled

__all__ = ["learning_curves", "rule_curves", "smooth"]


@styled
def learning_curves(
    panels: Sequence[Panel],
    *,
    x_label: str = "",
    spread: Literal["band", "lines"] = "band",
    columns: int = 2,
    log_x: bool = False,
    language: str = "en",
) -> Figure:
    """Draw *panels* of runs over *x_label* (by default the epoch), each name in one colour in all panels.

    *spread* shows the seeds as a band from the smallest to the largest, or as thin lines. A run that diverged is drawn
    up to its cross and the key says so; published values are open diamonds.

    >>> loss = Panel("Loss", [Runs("relu", [1, 2], [[0.25, 0.10], [0.24, 0.11]], published=0.0749)])
    >>> len(learning_curves([loss]).axes)
    1
    """
    require("learning_curves", "panels", panels)
    for panel in panels:
        require("learning_curves", f"runs of the panel {panel.title!r}", panel.runs)
    check_choice("learning_curves", "spread", spread, ("band", "lines"))
    _ = translator(language)
    rows, columns = shape(len(panels), columns)
    figure, places = canvas(rows, columns, height=(2.8 if columns > 1 else 3.3) * rows)
    names = list(dict.fromkeys(runs.label for panel in panels for runs in panel.runs))
    drawn: list[tuple[Runs, dict[str, Any]]] = []
    for axes, panel in zip(places, panels, strict=False):
        if panel.log:
            axes.set_yscale("log")
        if log_x:
            axes.set_xscale("log")
        published = [np.array([value]) for runs in panel.runs for _at, value in runs.points]
        limits(axes, [*(runs.y for runs in panel.runs), *published], log=panel.log)
        for runs in panel.runs:
            style = line(names.index(runs.label) if runs.colour is None else runs.colour)
            draw_runs(axes, runs, style, band=spread == "band")
            drawn.append((runs, style))
        axes.set(title=panel.title, xlabel=x_label or _("Epoch"))
        whole = all(np.all(runs.x == np.round(runs.x)) for runs in panel.runs)
        settle(axes, language, whole_x=whole)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    finish(figure, drawn, language, band=spread == "band")
    return figure


def smooth(y: Reals, weight: float) -> Reals:
    """Return the exponential moving average of the rows of *y* (..., n), corrected for its start (Kingma & Ba 2015).

    *weight* in [0, 1) is that of the past. A value that is not finite stays as it is and does not enter.

    >>> smooth(np.array([1.0, 1.0, np.nan, 4.0]), 0.5)
    array([1. , 1. , nan, 2.71428571])
    """
    check_number("smooth", "weight", weight, low=0.0, high=1.0, open_high=True)
    mean, mass = np.zeros(y.shape[:-1]), np.zeros(y.shape[:-1])
    out = np.array(y, dtype=np.float64)
    for index in range(y.shape[-1]):
        value = out[..., index]
        finite = np.isfinite(value)
        mean = np.where(finite, weight * mean + (1 - weight) * np.where(finite, value, 0.0), mean)
        mass = np.where(finite, weight * mass + (1 - weight), mass)
        out[..., index] = np.where(finite, mean / np.where(mass > 0, mass, 1.0), value)
    return out


@styled
def rule_curves(
    rules: Sequence[Runs],
    *,
    title: str = "",
    x_label: str = "",
    smoothing: float = 0.0,
    log: bool = True,
    layout: Literal["multiples", "one"] = "multiples",
    columns: int = 3,
    language: str = "en",
) -> Figure:
    """Draw the loss of each of *rules* over *x_label* (by default updates).

    "multiples" gives each rule a panel of its own, all others in grey behind it; "one" puts all into one. *smoothing*
    is the weight of the past in `smooth`. *title* names the quantity (by default the loss).

    >>> rules = [Runs(name, [1, 2, 3], [2.0, 1.0, 0.5]) for name in ("sgd", "adam")]
    >>> len(rule_curves(rules).axes)
    2
    """
    require("rule_curves", "rules", rules)
    check_choice("rule_curves", "layout", layout, ("multiples", "one"))
    _ = translator(language)
    title, x_label = title or _("Loss"), x_label or _("Updates")
    eased = [
        dataclasses.replace(runs, y=smooth(runs.y, smoothing), colour=index if runs.colour is None else runs.colour)
        for index, runs in enumerate(rules)
    ]
    if layout == "one":
        return learning_curves([Panel(title, eased, log=log)], x_label=x_label, columns=1, language=language)
    rows, columns = shape(len(eased), columns)
    figure, places = canvas(rows, columns, height=1.9 * rows + 0.3, sharex=True, sharey=True)
    if log:
        places[0].set_yscale("log")
    limits(places[0], [runs.y for runs in eased], log=log)
    for axes, runs in zip(places, eased, strict=False):
        for other in eased:
            calm = other.y[~other.diverged]
            if other is not runs and len(calm):
                axes.plot(other.x, calm.mean(axis=0), color=GHOST, linewidth=0.9, zorder=1.5)
        # One line before grey ones needs no dash pattern to be told from them.
        draw_runs(axes, runs, {**line(runs.colour or 0), "linestyle": "solid"})
        axes.set_title(runs.label)
        if runs.diverged.any():
            note = _("{count} of {total} diverged").format(count=int(runs.diverged.sum()), total=len(runs.y))
            axes.text(0.97, 0.95, note, transform=axes.transAxes, ha="right", va="top", fontsize=8, color=MUTED)
        settle(axes, language, most=4)
    trim(places, len(eased), columns, x_label=x_label, y_label=title)
    key(figure, [(_("the others"), {"color": GHOST})] if len(eased) > 1 else [], explain(eased, language))
    return figure
