"""What tuning tried: scores over learning rates, and what more draws would have bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from ravine.core import RavineError
from ravine.view.export import TITLE
from ravine.view.figures.layout import key, limits, settle
from ravine.view.figures.marks import CROSS
from ravine.view.figures.records import Curve, Reals, as_reals, require
from ravine.view.i18n import number, translator
from ravine.view.style import MUTED, canvas, line, styled

__all__ = ["Sweep", "best_of_curve", "sensitivity_curve"]

RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgewidth": 1.5,
    "linestyle": "none",
}


@dataclass(frozen=True, eq=False)
class Sweep:
    """The scores *y* (n,) of settings of one rule with learning rates *x* (n,), not finite where a run was lost.

    Several at one rate differ in other hyper-parameters.

    *chosen* is the rate it was given at last, *room* (low, high) the rates that do nearly as well; *names* of the
    settings appear when the pointer is on their dots.

    >>> Sweep("sgd", [0.1, 0.01], [0.9, 0.8]).x
    array([0.01, 0.1 ])
    """

    label: str
    x: Any
    y: Any
    chosen: float | None = None
    room: tuple[float, float] | None = None
    names: Sequence[str] = ()
    colour: int | None = None

    def __post_init__(self) -> None:
        x, y = as_reals("Sweep", "x", self.x, 1), as_reals("Sweep", "y", self.y, 1)
        if x.shape != y.shape or not len(x) or not (x > 0).all() or len(self.names) not in (0, len(x)):
            raise RavineError(f"Sweep {self.label!r}: give a score (and name) for each positive rate, got {x.tolist()}")
        order = np.argsort(x, kind="stable")
        object.__setattr__(self, "x", x[order])
        object.__setattr__(self, "y", y[order])
        object.__setattr__(self, "names", tuple(self.names[index] for index in order) if self.names else ())

    def along(self, higher: bool = True) -> tuple[Reals, Reals]:
        """The rates tried and the best score at each, NaN where every setting was lost."""
        rates = np.unique(self.x)
        worst = -np.inf if higher else np.inf
        y = np.where(np.isfinite(self.y), self.y, worst)
        best = np.array([(y[self.x == rate].max if higher else y[self.x == rate].min)() for rate in rates])
        return rates, np.where(np.isfinite(best), best, np.nan)


@styled
def sensitivity_curve(
    sweeps: Sequence[Sweep],
    *,
    quantity: str,
    higher: bool = True,
    x_label: str = "",
    log: bool = False,
    language: str = "en",
) -> Figure:
    """Draw the score of each rule over its learning rate, on a log scale: a dot per setting, a line along the best.

    Crosses at the lower edge are settings that diverged, a ring marks the rate that was chosen, a bar at the upper edge
    the room in which the rule does nearly as well as at its best. *higher*: more is better.

    >>> figure = sensitivity_curve([Sweep("sgd", [0.01, 0.1, 1.0], [0.8, 0.9, float("nan")])], quantity="Accuracy")
    >>> figure.axes[0].get_xscale()
    'log'
    """
    require("sensitivity_curve", "sweeps", sweeps)
    _ = translator(language)
    figure, (axes,) = canvas(height=3.2)
    axes.set(xscale="log", yscale="log" if log else "linear")
    limits(axes, [np.array([value]) for sweep in sweeps for value in sweep.y], log=log)
    edge = blended_transform_factory(axes.transData, axes.transAxes)
    entries, lost, rooms, chosen = [], False, 0, False
    for place, sweep in enumerate(sweeps):
        style = line(place if sweep.colour is None else sweep.colour)
        fine = np.isfinite(sweep.y)
        rates, tops = sweep.along(higher)
        axes.plot(rates, tops, zorder=3, **{**style, "linewidth": 1.1})
        for index, (rate, score) in enumerate(zip(sweep.x, sweep.y, strict=True)):
            gid = TITLE + sweep.names[index] if sweep.names else None
            if fine[index]:
                dot: dict[str, Any] = {"marker": "o", "markersize": 4.2, "markeredgewidth": 0, "linestyle": "none"}
                axes.plot([rate], [score], color=style["color"], alpha=0.75, zorder=4, gid=gid, **dot)
            else:
                lost = True
                aside = 0.025 + 0.045 * place
                axes.plot([rate], [aside], color=style["color"], transform=edge, zorder=6, gid=gid, **CROSS)
        at = np.flatnonzero((rates == sweep.chosen) & np.isfinite(tops))
        if len(at):
            chosen = True
            axes.plot(rates[at], tops[at], markeredgecolor=style["color"], zorder=6, **RING)
        label = sweep.label
        if sweep.room is not None and all(np.isfinite(sweep.room)):
            height = 1.02 + 0.022 * rooms
            rooms += 1
            axes.plot(sweep.room, [height] * 2, color=style["color"], linewidth=2.6, transform=edge, clip_on=False)
            decades = number(np.log10(sweep.room[1] / sweep.room[0]), language, 1)
            label = _("{label} (room: {decades} decades)").format(label=label, decades=decades)
        entries.append((label, style))
    if lost:
        low, high = axes.get_ylim()
        foot = 0.05 * (len(sweeps) + 1)
        axes.set_ylim(low * (low / high) ** foot if log else low - foot * (high - low), high)
    axes.set(xlabel=x_label or _("Learning rate"), ylabel=quantity)
    settle(axes, language)
    extra: list[Any] = []
    if chosen:
        extra.append(Line2D([], [], markeredgecolor=MUTED, label=_("chosen"), **RING))
    if lost:
        extra.append(Line2D([], [], color=MUTED, label=_("diverged"), **CROSS))
    key(figure, entries, extra)
    return figure


@styled
def best_of_curve(curves: Sequence[Curve], *, quantity: str, language: str = "en") -> Figure:
    """Draw the best score of so many random draws, for each rival (Dodge et al. 2019): what a budget buys.

    >>> best_of_curve([Curve("sgd", [1, 2, 3], [0.7, 0.8, 0.83])], quantity="Accuracy").axes[0].get_ylabel()
    'Accuracy'
    """
    require("best_of_curve", "curves", curves)
    _ = translator(language)
    figure, (axes,) = canvas(height=2.9)
    limits(axes, [curve.y for curve in curves], log=False)
    entries = []
    for place, curve in enumerate(curves):
        style = line(place if curve.colour is None else curve.colour)
        axes.plot(curve.x, curve.y, marker="o", markersize=3.4, zorder=3, **style)
        entries.append((curve.label, style))
    axes.set(xlabel=_("Settings tried"), ylabel=quantity)
    settle(axes, language, whole_x=True)
    key(figure, entries)
    return figure
