"""The sequence on which Adam does not converge and AMSGrad does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ravine.view.figures.layout import key, limits, lost_handle, settle
from ravine.view.figures.marks import draw_lost
from ravine.view.figures.records import Curve, require
from ravine.view.i18n import number, translator
from ravine.view.style import INK, canvas, line, styled

__all__ = ["counterexample"]

MOST = 1500
"""Points of a line beyond which the eye sees no more on this width."""


@styled
def counterexample(
    curves: Sequence[Curve], *, optimum: float = -1.0, title: str = "", name: str = "x", language: str = "en"
) -> Figure:
    """Draw the iterate of each of *curves* over the step t = 1, 2, ... on a log scale, and the *optimum*.

    Long series are thinned evenly in log t (Reddi, Kale & Kumar 2018, section 3).

    >>> t = [1, 10, 100]
    >>> figure = counterexample([Curve("Adam", t, [0, 0.5, 1]), Curve("AMSGrad", t, [0, -0.5, -1])])
    >>> figure.axes[0].get_xscale()
    'log'
    """
    require("counterexample", "curves", curves)
    _ = translator(language)
    figure, (axes,) = canvas(height=2.8)
    axes.set_xscale("log")
    limits(axes, [*(curve.y for curve in curves), np.array([optimum])], log=False)
    axes.axhline(optimum, color=INK, linewidth=0.9, linestyle=(0, (1, 2)), zorder=2)
    entries, lost = [], False
    for index, curve in enumerate(curves):
        style = line(index if curve.colour is None else curve.colour)
        kept = np.flatnonzero(curve.x > 0)
        if len(kept) > MOST:
            wanted = np.geomspace(curve.x[kept[0]], curve.x[kept[-1]], MOST)
            kept = np.unique(kept[np.minimum(np.searchsorted(curve.x[kept], wanted), len(kept) - 1)])
        x, y = curve.x[kept], np.where(np.isfinite(curve.y[kept]), curve.y[kept], np.nan)
        if np.isfinite(curve.y[-1]):
            axes.plot(x, y, **style, zorder=3)
            entries.append((curve.label, style))
        else:
            lost = True
            draw_lost(axes, x, y, style)
            entries.append((_("{label} (diverged)").format(label=curve.label), style))
    axes.set(xlabel=_("Step t"), ylabel=name, title=title)
    settle(axes, language)
    optimal = {"color": INK, "linewidth": 0.9, "linestyle": (0, (1, 2))}
    entries.append((_("optimum {value}").format(value=number(optimum, language)), optimal))
    key(figure, entries, [lost_handle(language)] if lost else [])
    return figure
