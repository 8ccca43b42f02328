"""Batch, stochastic and mini-batch descent: the same loss against four clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ravine.core import RavineError
from ravine.view.figures.layout import key, limits, lost_handle, settle
from ravine.view.figures.marks import draw_lost
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import translator
from ravine.view.style import MUTED, canvas, line, styled

__all__ = ["BatchRun", "batch_comparison"]


@dataclass(frozen=True, eq=False)
class BatchRun:
    """A run with one *batch_size*: *loss* (n,) after *seconds*, *updates* and *examples* seen, each (n,).

    *variance* is that of the updates (the trace of their covariance) from one batch to another, where measured.

    >>> BatchRun("mini-batch", 128, [0, 1], [0, 469], [0, 60000], [2.3, 0.25], variance=0.01).batch_size
    128
    """

    label: str
    batch_size: int
    seconds: Any
    updates: Any
    examples: Any
    loss: Any
    variance: float | None = None
    colour: int | None = None

    def __post_init__(self) -> None:
        for name in ("seconds", "updates", "examples", "loss"):
            object.__setattr__(self, name, as_reals("BatchRun", name, getattr(self, name), 1))
        lengths = {len(getattr(self, name)) for name in ("seconds", "updates", "examples", "loss")}
        if len(lengths) != 1 or 0 in lengths:
            raise RavineError(
                f"BatchRun {self.label!r}: seconds, updates, examples and loss must be of one length above 0, "
                f"got {sorted(lengths)}"
            )


@styled
def batch_comparison(runs: Sequence[BatchRun], *, log: bool = True, language: str = "en") -> Figure:
    """Draw the loss of *runs* against time, updates and examples seen (log scales), and the variance of their updates.

    The last panel stands only where a variance was measured; the grey line falls as 1 / batch size, as averaging
    independent examples must. Points at time 0 have no place on a log scale and are left out.

    >>> run = BatchRun("mini-batch", 128, [0, 1], [0, 469], [0, 60000], [2.3, 0.25], variance=0.01)
    >>> len([axes for axes in batch_comparison([run]).axes if axes.get_visible()])
    4
    """
    require("batch_comparison", "runs", runs)
    _ = translator(language)
    figure, panels = canvas(2, 2, height=5.2)
    clocks = (
        (_("Time [s]"), [run.seconds for run in runs]),
        (_("Updates"), [run.updates for run in runs]),
        (_("Examples seen"), [run.examples for run in runs]),
    )
    styles = [line(index if run.colour is None else run.colour) for index, run in enumerate(runs)]
    lost = {run.label for run in runs if not np.isfinite(run.loss[-1])}
    for axes, (name, clock) in zip(panels, clocks, strict=False):
        axes.set_xscale("log")
        if log:
            axes.set_yscale("log")
        limits(axes, [run.loss for run in runs], log=log)
        for run, x, style in zip(runs, clock, styles, strict=True):
            after = x > 0
            shown = np.where(np.isfinite(run.loss), run.loss, np.nan)[after]
            if run.label in lost:
                draw_lost(axes, x[after], shown, style)
            else:
                axes.plot(x[after], shown, **style, marker="o" if after.sum() == 1 else None, markersize=4)
        axes.set(xlabel=name, ylabel=_("Loss"))
        settle(axes, language)
    _variance(panels[3], runs, styles, language)
    names = [_("{label} (diverged)").format(label=run.label) if run.label in lost else run.label for run in runs]
    key(figure, list(zip(names, styles, strict=True)), [lost_handle(language)] if lost else [])
    return figure


def _variance(axes: Axes, runs: Sequence[BatchRun], styles: Sequence[dict[str, Any]], language: str) -> None:
    _ = translator(language)
    measured = [
        (run.batch_size, run.variance, style)
        for run, style in zip(runs, styles, strict=True)
        if run.variance is not None and run.variance > 0
    ]
    if not measured:
        axes.set_visible(False)
        return
    sizes, values = (np.array([row[i] for row in measured], dtype=np.float64) for i in (0, 1))
    axes.set(xscale="log", yscale="log", xlabel=_("Batch size"), ylabel=_("Variance of the updates"))
    order = np.argsort(sizes)
    level = np.exp(np.mean(np.log(values * sizes)))
    axes.plot(sizes[order], level / sizes[order], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    for size, value, style in measured:
        axes.plot([size], [value], marker="o", markersize=7, color=style["color"], linestyle="none", zorder=3)
    middle = float(np.exp(np.log(sizes[[order[0], order[-1]]]).mean()))
    axes.annotate("∝ 1 / n", (middle, level / middle), (5, 5), textcoords="offset points", color=MUTED, fontsize=8.5)
    axes.margins(x=0.1, y=0.12)
    settle(axes, language)
