"""Where the gradient vanishes: its norm from layer to layer, and while training goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.core import RavineError
from ravine.view.figures.layout import key, limits, lost_handle, settle, shape, trim
from ravine.view.figures.marks import draw_lost
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import number, translator
from ravine.view.style import MUTED, canvas, line, step, styled

__all__ = ["LayerTrace", "Profile", "gradient_by_layer", "probe_over_time"]


@dataclass(frozen=True, eq=False)
class Profile:
    """The norm of the gradient in each layer, from the input on: *norms* (seeds, layers) or (layers,).

    Profiles of one *group*, e.g. of one depth, share a pair of axes under that name.

    >>> Profile("tanh", [0.1, 0.2]).norms.shape
    (1, 2)
    """

    label: str
    norms: Any
    group: str = ""
    colour: int | None = None

    def __post_init__(self) -> None:
        norms = np.asarray(self.norms)
        rows = as_reals("Profile", "norms", norms[None] if norms.ndim == 1 else norms, 2)
        if not rows.size:
            raise RavineError(f"Profile {self.label!r}: norms must be (seeds, layers), got {np.shape(self.norms)}")
        object.__setattr__(self, "norms", rows)


@styled
def gradient_by_layer(profiles: Sequence[Profile], *, language: str = "en") -> Figure:
    """Draw the norm of the gradient (log scale) over the layer, 1 being next to the input; a panel for each group.

    The line is the geometric mean over seeds. A gradient of exactly zero, which no log scale holds, is a triangle on
    the lower edge.

    >>> figure = gradient_by_layer([Profile("tanh", [0.1, 0.2]), Profile("relu", [0.3, 0.3])])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    require("gradient_by_layer", "profiles", profiles)
    _ = translator(language)
    groups = list(dict.fromkeys(profile.group for profile in profiles))
    names = list(dict.fromkeys(profile.label for profile in profiles))
    rows, columns = shape(len(groups), 3)
    figure, panels = canvas(rows, columns, height=2.7 * rows + 0.2, sharey=True)
    zero = False
    for axes in panels:
        axes.set_yscale("log")
    limits(panels[0], [np.where(profile.norms > 0, profile.norms, np.nan) for profile in profiles], log=True)
    for axes, group in zip(panels, groups, strict=False):
        for profile in profiles:
            if profile.group != group:
                continue
            style = line(names.index(profile.label) if profile.colour is None else profile.colour)
            layer = np.arange(1, profile.norms.shape[1] + 1)
            positive = np.where(np.isfinite(profile.norms) & (profile.norms > 0), profile.norms, np.nan)
            seen = np.isfinite(positive).any(axis=0)
            mean = np.full(len(layer), np.nan)
            mean[seen] = np.exp(np.nanmean(np.log(positive[:, seen]), axis=0))
            axes.plot(layer, mean, marker="o", markersize=3.5, zorder=4, **style)
            if len(positive) > 1:
                low, high = np.nanmin(positive[:, seen], axis=0), np.nanmax(positive[:, seen], axis=0)
                axes.fill_between(layer[seen], low, high, color=style["color"], alpha=0.16, linewidth=0)
            gone = (profile.norms == 0).all(axis=0)
            if gone.any():
                zero = True
                axes.plot(layer[gone], np.full(gone.sum(), axes.get_ylim()[0]), color=style["color"], **_ZERO)
        axes.set_title(group)
        settle(axes, language, whole_x=True)
    trim(panels, len(groups), columns, x_label=_("Layer, from the input"), y_label=_("Norm of the gradient"))
    entries: dict[str, dict[str, Any]] = {}
    for profile in profiles:
        index = names.index(profile.label) if profile.colour is None else profile.colour
        entries.setdefault(profile.label, {**line(index), "marker": "o", "markersize": 3.5})
    key(figure, list(entries.items()), [Line2D([], [], color=MUTED, label=_("exactly zero"), **_ZERO)] if zero else [])
    return figure


_ZERO: dict[str, Any] = {"marker": "v", "markersize": 5, "linestyle": "none", "clip_on": False, "zorder": 5}


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """A quantity in every layer while training: *values* (layers, n) at *x* (n,), e.g. updates done.

    >>> LayerTrace("tanh", [0, 1], [[0.1, 0.2], [0.3, 0.4]]).values.shape
    (2, 2)
    """

    title: str
    x: Any
    values: Any

    def __post_init__(self) -> None:
        x, values = as_reals("LayerTrace", "x", self.x, 1), as_reals("LayerTrace", "values", self.values, 2)
        if not values.size or values.shape[1] != len(x):
            raise RavineError(f"LayerTrace {self.title!r}: values must be (layers, {len(x)}), got shape {values.shape}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "values", values)


@styled
def probe_over_time(
    traces: Sequence[LayerTrace],
    *,
    y_label: str = "",
    x_label: str = "",
    log: bool = True,
    columns: int = 3,
    language: str = "en",
) -> Figure:
    """Draw, a panel for each of *traces*, a line for each layer, coloured from the input (dark) to the output (bright).

    *y_label* is by default the norm of the gradient, *x_label* updates. A layer that ends in values that are not finite
    has a cross at its end.

    >>> figure = probe_over_time([LayerTrace("tanh", [0, 1], [[0.1, 0.2], [0.3, 0.4]])])
    >>> len(figure.axes[0].lines)
    2
    """
    require("probe_over_time", "traces", traces)
    _ = translator(language)
    rows, columns = shape(len(traces), columns)
    figure, panels = canvas(rows, columns, height=2.5 * rows + 0.2, sharey=True, sharex=True)
    if log:
        panels[0].set_yscale("log")
    limits(panels[0], [trace.values for trace in traces], log=log)
    lost = False
    for axes, trace in zip(panels, traces, strict=False):
        count = len(trace.values)
        for index, row in enumerate(trace.values):
            shown = np.where(np.isfinite(row) & ((row > 0) | (not log)), row, np.nan)
            style: dict[str, Any] = {"color": step(index, count), "linewidth": 1.3}
            if np.isfinite(row[-1]):
                axes.plot(trace.x, shown, zorder=3, **style)
            else:
                lost = True
                draw_lost(axes, trace.x, shown, style)
        axes.set_title(trace.title)
        settle(axes, language, most=4)
    trim(panels, len(traces), columns, x_label=x_label or _("Updates"), y_label=y_label or _("Norm of the gradient"))
    count = max(len(trace.values) for trace in traces)
    shown_layers = sorted({0, count // 2, count - 1}) if count > 4 else range(count)
    entries = [
        (_("layer {n}").format(n=number(index + 1, language)), {"color": step(index, count)}) for index in shown_layers
    ]
    key(figure, entries, [lost_handle(language)] if lost else [])
    return figure
