"""Final values over seeds, so that one lucky run is never taken for a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.core import RavineError
from ravine.view.export import TITLE
from ravine.view.figures.layout import key
from ravine.view.figures.marks import DIAMOND
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import translator
from ravine.view.style import LINES, MUTED, canvas, styled
from ravine.view.ticks import plain_ticks

__all__ = ["SeedValues", "spread"]


@dataclass(frozen=True, eq=False)
class SeedValues:
    """The *values* (seeds,) of one rival, an *interval* (low, high) of their mean and a *published* value where known.

    Values that are not finite are runs that diverged: they are counted, not drawn. *names* of the values, where given,
    appear when the pointer is on their dots.

    >>> SeedValues("relu", [0.98, 0.979], (0.978, 0.981), 0.9795).values
    array([0.98 , 0.979])
    """

    label: str
    values: Any
    interval: tuple[float, float] | None = None
    published: float | None = None
    colour: int | None = None
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        values = as_reals("Sample", "values", self.values, 1)
        if not len(values):
            raise RavineError(f"Sample {self.label!r}: values are empty: give one for each seed")
        if self.names and len(self.names) != len(values):
            raise RavineError(f"Sample {self.label!r}: names must be {len(values)}, one for each value")
        object.__setattr__(self, "values", values)


@styled
def spread(samples: Sequence[SeedValues], *, quantity: str, language: str = "en") -> Figure:
    """Draw a dot for each seed of each of *samples* over *quantity*, the mean with its interval, the published value.

    >>> figure = spread([SeedValues("relu", [0.98, 0.979], published=0.9795)], quantity="Accuracy")
    >>> figure.axes[0].get_xlabel()
    'Accuracy'
    """
    require("spread", "samples", samples)
    _ = translator(language)
    figure, (axes,) = canvas(height=0.46 * len(samples) + 0.75)
    lost = False
    for place, sample in enumerate(samples):
        color = LINES[(place if sample.colour is None else sample.colour) % len(LINES)]
        finite = np.flatnonzero(np.isfinite(sample.values))
        kept = finite[np.argsort(sample.values[finite])]
        values = sample.values[kept]
        # Neighbouring dots step aside in turn, so that equal values stay countable.
        aside = np.resize([0.0, 0.1, -0.1, 0.2, -0.2], len(values)) if len(values) > 1 else np.zeros(len(values))
        if sample.names:
            for value, height, index in zip(values, place + aside, kept, strict=True):
                gid = TITLE + sample.names[index]
                axes.plot([value], [height], "o", markersize=4.5, color=color, alpha=0.55, markeredgewidth=0, gid=gid)
        else:
            axes.scatter(values, place + aside, s=20, color=color, alpha=0.55, linewidth=0, zorder=3)
        if len(values) > 1:
            mean = float(values.mean())
            if sample.interval is not None:
                axes.plot(sample.interval, [place, place], color=color, linewidth=2.2, zorder=4)
            axes.plot([mean, mean], [place - 0.26, place + 0.26], color=color, linewidth=2.2, zorder=5)
        if sample.published is not None:
            axes.plot([sample.published], [place], **DIAMOND, markeredgecolor=color, zorder=6)
        if len(values) < len(sample.values):
            lost = True
            note = _("{count} of {total} diverged").format(
                count=len(sample.values) - len(values), total=len(sample.values)
            )
            axes.annotate(
                note,
                (1, place),
                (-2, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=8,
                color=MUTED,
            )
    axes.set_yticks(range(len(samples)), [sample.label for sample in samples])
    axes.set_ylim(len(samples) - 0.4, -0.6)
    axes.margins(x=0.25 if lost else 0.06)
    axes.set_xlabel(quantity)
    plain_ticks(axes.xaxis, language)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    extra = [Line2D([], [], color=MUTED, marker="o", markersize=4.5, alpha=0.6, linestyle="none", label=_("one seed"))]
    if any(len(sample.values) > 1 for sample in samples):
        bar: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 2.2, "linestyle": "none"}
        extra.append(Line2D([], [], color=MUTED, label=_("mean"), **bar))
    if any(sample.interval is not None for sample in samples):
        extra.append(Line2D([], [], color=MUTED, linewidth=2.2, label=_("interval of the mean")))
    if any(sample.published is not None for sample in samples):
        extra.append(Line2D([], [], **DIAMOND, markeredgecolor=MUTED, label=_("published")))
    key(figure, [], extra)
    return figure
