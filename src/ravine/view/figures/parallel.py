"""All hyper-parameters of the settings that were tried, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.core import RavineError
from ravine.view.export import TITLE
from ravine.view.figures.layout import key, shape
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import number, translator
from ravine.view.style import GHOST, INK, MUTED, canvas, step, styled

__all__ = ["Trials", "parallel_coordinates"]


@dataclass(frozen=True, eq=False)
class Trials:
    """The settings tried for one rival: *values* (n, k) of the hyper-parameters *axes* and their *score* (n,).

    A score that is not finite is a run that was lost; *names* appear when the pointer is on a line.

    >>> Trials("adam", ("rate", "b1"), [[0.1, 0.9], [0.01, 0.95]], [0.8, 0.9]).score
    array([0.8, 0.9])
    """

    label: str
    axes: Sequence[str]
    values: Any
    score: Any
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        values, score = as_reals("Trials", "values", self.values, 2), as_reals("Trials", "score", self.score, 1)
        if values.shape != (len(score), len(self.axes)) or not values.size or len(self.names) not in (0, len(score)):
            raise RavineError(
                f"Trials {self.label!r}: values must be {(len(score), len(self.axes))} over scores and axes, got "
                f"{values.shape}, and names, if any, one for each score"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "score", score)


@styled
def parallel_coordinates(
    panels: Sequence[Trials], *, quantity: str, higher: bool = True, columns: int = 2, language: str = "en"
) -> Figure:
    """Draw each setting of *panels* as a line across its hyper-parameters to its score, darker for worse.

    A hyper-parameter that spans more than a decade has a log scale. The best setting is drawn in ink, one that diverged
    in grey and without a score.

    >>> trials = Trials("adam", ("rate", "b1"), [[0.1, 0.9], [0.01, 0.95]], [0.8, 0.9])
    >>> len(parallel_coordinates([trials], quantity="Accuracy").axes)
    1
    """
    require("parallel_coordinates", "panels", panels)
    _ = translator(language)
    rows, columns = shape(len(panels), columns)
    figure, places = canvas(rows, columns, height=2.8 * rows + 0.1, gridspec_kw={"hspace": 0.12})
    scores = np.concatenate([trials.score for trials in panels])
    fine = scores[np.isfinite(scores)]
    ends = (float(fine.min()), float(fine.max())) if len(fine) else (0.0, 1.0)
    for axes, trials in zip(places, panels, strict=False):
        _trials(axes, trials, ends, quantity, higher, language)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    extra: list[Any] = [Line2D([], [], color=INK, linewidth=2.0, label=_("best"))]
    if len(fine) < len(scores):
        extra.append(Line2D([], [], color=GHOST, linewidth=1.0, label=_("diverged")))
    key(figure, [(_("worse"), {"color": step(0, 9)}), (_("better"), {"color": step(8, 9)})], extra)
    return figure


def _trials(axes: Axes, trials: Trials, ends: tuple[float, float], quantity: str, higher: bool, language: str) -> None:
    columns = [*trials.values.T, trials.score]
    heights = np.full((len(trials.score), len(columns)), np.nan)
    for place, column in enumerate(columns):
        low, high = (float(column.min()), float(column.max())) if place < len(columns) - 1 else ends
        log = low > 0 and high / low > 10 and place < len(columns) - 1
        seen = np.isfinite(column)
        scale = np.log if log else np.asarray
        span = scale(high) - scale(low)
        heights[seen, place] = (scale(column[seen]) - scale(low)) / span if high > low else 0.5
        axes.plot([place, place], [0, 1], color=MUTED, linewidth=0.8, zorder=2)
        for value, height, side in ((low, 0.0, "top"), (high, 1.0, "bottom")):
            told = number(float(f"{value:.3g}"), language)
            shift = -3 if side == "top" else 3
            axes.annotate(told, (place, height), (0, shift), textcoords="offset points", ha="center", va=side,
                          fontsize=7.5, color=MUTED)  # fmt: skip
    finite = np.isfinite(trials.score)
    turned = np.where(finite, trials.score if higher else -trials.score, -np.inf)
    best = int(np.argmax(turned)) if finite.any() else -1
    for index in np.argsort(turned, kind="stable"):
        share = heights[index, -1] if higher else 1 - heights[index, -1]
        style: dict[str, Any] = {"color": GHOST, "linewidth": 0.9}
        if finite[index]:
            style = {"color": step(round(8 * float(share)), 9), "linewidth": 1.1}
        if index == best:
            style = {"color": INK, "linewidth": 2.0}
        gid = TITLE + trials.names[index] if trials.names else None
        axes.plot(range(len(columns)), heights[index], zorder=3, gid=gid, **style)
    axes.set(xlim=(-0.25, len(columns) - 0.75), ylim=(-0.12, 1.12), title=trials.label)
    axes.set_xticks(range(len(columns)), [*trials.axes, quantity])
    axes.set_yticks([])
    axes.grid(False)
    axes.tick_params(length=0, pad=7)
    for side_name in axes.spines:
        axes.spines[side_name].set_visible(False)
