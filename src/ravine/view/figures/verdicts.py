"""Who is ahead, and whether that is more than chance: differences with intervals, profiles over problems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.core import RavineError
from ravine.view.export import TITLE
from ravine.view.figures.layout import key, limits, settle
from ravine.view.figures.records import Curve, require
from ravine.view.i18n import number, translator
from ravine.view.style import INK, LINES, MUTED, PAPER, canvas, line, styled
from ravine.view.ticks import plain_ticks

__all__ = ["Difference", "difference_forest", "profiles"]


@dataclass(frozen=True)
class Difference:
    """By how much the leader is ahead of the rival *label*: the *mean* difference and its interval, positive: ahead.

    An end may be infinite, where lost runs leave it open; the line then ends in an arrow.
    *decided*: the evidence separates the two. *note* stands at the right; *title* appears when the pointer is on it.

    >>> Difference("sgd", 0.02, 0.01, 0.03, decided=True).mean
    0.02
    """

    label: str
    mean: float
    low: float
    high: float
    decided: bool
    note: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if not (math.isnan(self.low) or self.low <= self.mean <= self.high):
            ends = f"[{self.low}, {self.high}]"
            raise RavineError(f"Difference {self.label!r}: the mean must lie in {ends}, its interval, got {self.mean}")


@styled
def difference_forest(
    rows: Sequence[Difference], *, leader: str, quantity: str, verdict: str = "", language: str = "en"
) -> Figure:
    """Draw by how much *leader* is ahead of each of *rows* in *quantity*, with intervals and a line at no difference.

    A filled dot is decided, an open one is not: then there is no winner. *verdict* stands above.

    >>> figure = difference_forest([Difference("sgd", 0.02, -0.01, 0.05, False)], leader="adam", quantity="accuracy")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['not decided: may be chance']
    """
    require("difference_forest", "rows", rows)
    _ = translator(language)
    figure, (axes,) = canvas(height=0.36 * len(rows) + (1.0 if verdict else 0.8))
    axes.axvline(0, color=INK, linewidth=1.0, zorder=2)
    axes.margins(x=0.08)
    known = [end for row in rows for end in (row.low, row.mean, row.high) if math.isfinite(end)]
    axes.update_datalim([(end, 0) for end in (0.0, *known)])
    axes.autoscale_view(scaley=False)
    left, right = axes.get_xlim()
    for place, row in enumerate(rows):
        color = LINES[0] if row.decided else MUTED
        gid = TITLE + row.title if row.title else None
        if not math.isnan(row.low):
            ends = [min(max(end, left), right) for end in (row.low, row.high)]
            axes.plot(ends, [place, place], color=color, linewidth=2.2, zorder=3, gid=gid)
            for end, edge, arrow in ((row.low, left, "<"), (row.high, right, ">")):
                if math.isinf(end):
                    axes.plot([edge], [place], arrow, color=color, markersize=6, clip_on=False, zorder=3)
        if math.isfinite(row.mean):
            axes.plot([row.mean], [place], marker="o", markersize=7, markeredgewidth=1.6, markeredgecolor=color,
                      markerfacecolor=color if row.decided else PAPER, linestyle="none", zorder=4, gid=gid)  # fmt: skip
        if row.note:
            axes.annotate(row.note, (1, place), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                          va="center", fontsize=8, color=MUTED, annotation_clip=False)  # fmt: skip
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left, right)
    axes.set_xlabel(_("Advantage of {leader}: {quantity}").format(leader=leader, quantity=quantity))
    if verdict:
        axes.set_title(verdict)
    plain_ticks(axes.xaxis, language)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    dot: dict[str, Any] = {"marker": "o", "markersize": 6.5, "markeredgewidth": 1.6, "linestyle": "none"}
    extra = []
    if any(row.decided for row in rows):
        extra.append(Line2D([], [], color=LINES[0], label=_("decided"), **dot))
    if any(not row.decided for row in rows):
        told = _("not decided: may be chance")
        extra.append(Line2D([], [], markeredgecolor=MUTED, markerfacecolor=PAPER, label=told, **dot))
    key(figure, [], extra)
    return figure


@styled
def profiles(curves: Sequence[Curve], *, scores: Sequence[float] = (), cost: str = "", language: str = "en") -> Figure:
    """Draw performance profiles: the share of problems y that a rival solves at no more than x times the least cost.

    Steps begin at x = 1, where a rival is the cheapest itself (Dolan & More 2002). *scores*, one for each, are mean
    heights and stand in the key; *cost* names what is compared.

    >>> profiles([Curve("sgd", [1, 2, 4], [0.5, 1.0, 1.0])], scores=[0.83]).axes[0].get_ylabel()
    'Share of problems'
    """
    require("profiles", "curves", curves)
    if len(scores) not in (0, len(curves)):
        raise RavineError(f"profiles: scores must be {len(curves)}, one for each rival, got {len(scores)}")
    _ = translator(language)
    figure, (axes,) = canvas(height=2.9)
    limits(axes, [np.array([0.0]), np.array([1.0])], log=False)
    entries = []
    for place, curve in enumerate(curves):
        style = line(place if curve.colour is None else curve.colour)
        # Steps of equal height would hide one another.
        lift = 0.006 * (place - (len(curves) - 1) / 2)
        axes.plot(curve.x, curve.y + lift, drawstyle="steps-post", zorder=3, **style)
        told = f"{curve.label}: {number(scores[place], language, 2)}" if len(scores) else curve.label
        entries.append((told, style))
    axes.set(xlabel=_("Cost relative to the cheapest"), ylabel=_("Share of problems"), title=cost)
    settle(axes, language)
    key(figure, entries)
    return figure
