"""Mean ranks over data sets, and which of them are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ravine.core import RavineError
from ravine.view.figures.layout import key
from ravine.view.i18n import number, translator
from ravine.view.style import INK, LINES, MUTED, canvas, styled
from ravine.view.ticks import plain_ticks

__all__ = ["critical_difference"]


@styled
def critical_difference(
    ranks: Mapping[str, float], critical: float, groups: Sequence[Sequence[str]] = (), *, language: str = "en"
) -> Figure:
    """Draw mean *ranks*, 1 the best, and below them a bar for each of *groups*, whose members are not told apart.

    The line above is as long as the *critical* difference (Demsar 2006).

    >>> critical_difference({"adam": 1.2, "sgd": 1.8}, 0.9, [("adam", "sgd")]).axes[0].get_xlabel()
    'Mean rank (1 is best)'
    """
    if not ranks:
        raise RavineError("critical_difference: ranks are empty: give at least one rival with its mean rank")
    _ = translator(language)
    names, most = list(ranks), max(len(ranks), 2)
    figure, (axes,) = canvas(height=0.32 * (len(names) + 1) + 0.2 * len(groups) + 0.9)
    axes.plot([1, 1 + critical], [-1, -1], color=INK, linewidth=1.4, marker="|", markersize=9)
    for place, name in enumerate(names):
        axes.plot([1, most], [place, place], color=MUTED, linewidth=0.5, zorder=1)
        axes.plot([ranks[name]], [place], marker="o", markersize=7, color=LINES[0], linestyle="none", zorder=3)
    for place, group in enumerate(groups):
        ends = [min(ranks[name] for name in group) - 0.03, max(ranks[name] for name in group) + 0.03]
        axes.plot(ends, [len(names) - 0.3 + 0.5 * place] * 2, color=INK, linewidth=3.4, solid_capstyle="butt")
    told = _("critical difference: {width}").format(width=number(critical, language, 2))
    axes.set_yticks([-1, *range(len(names))], [told, *names])
    axes.set_ylim(len(names) - 0.3 + 0.5 * len(groups), -1.6)
    axes.set_xlim(0.9, max(most, 1 + critical) + 0.1)
    axes.set_xlabel(_("Mean rank (1 is best)"))
    plain_ticks(axes.xaxis, language)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    if groups:
        key(figure, [], [Line2D([], [], color=INK, linewidth=3.4, label=_("joined: not told apart"))])
    return figure
