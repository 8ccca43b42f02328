"""Basins of attraction: the start's colour is the minimum that it ends in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ravine.core import RavineError
from ravine.view.figures.layout import key, settle
from ravine.view.figures.records import as_reals
from ravine.view.i18n import number, translator
from ravine.view.style import INK, LINES, MUTED, PAPER, WIDTH, canvas, styled

__all__ = ["BasinMap", "basin_map"]

NAMED = 6
"""Up to so many minima are named one by one in the key."""


@dataclass(frozen=True, eq=False)
class BasinMap:
    """What became of the starts of a grid: *outcome* (ny, nx) over *x* (nx,) and *y* (ny,).

    An outcome is the index of one of *minima* (m, 2), the first *known* of which are global; -1 undecided, -2 diverged.
    *steps* (ny, nx): how many were needed.

    >>> BasinMap([0, 1], [0, 1], [[0, 0], [-1, -2]], [[3, 5], [-1, 2]], [(0.0, 0.0)]).share(0)
    0.5
    """

    x: Any
    y: Any
    outcome: Any
    steps: Any
    minima: Sequence[tuple[float, float]]
    known: int = 1

    def __post_init__(self) -> None:
        x, y = as_reals("BasinMap", "x", self.x, 1), as_reals("BasinMap", "y", self.y, 1)
        outcome, steps = (as_reals("BasinMap", name, getattr(self, name), 2) for name in ("outcome", "steps"))
        if outcome.shape != (len(y), len(x)) or steps.shape != outcome.shape or min(outcome.shape) < 2:
            raise RavineError(
                f"BasinMap: outcome and steps must be {(len(y), len(x))} over y and x, at least 2 x 2, "
                f"got {outcome.shape} and {steps.shape}"
            )
        minima = as_reals("BasinMap", "minima", self.minima, 2)
        if outcome.max() >= len(minima):
            raise RavineError(f"BasinMap: outcome names the minimum {outcome.max():.0f}, but there are {len(minima)}")
        for name, value in (("x", x), ("y", y), ("outcome", outcome.astype(int)), ("steps", steps), ("minima", minima)):
            object.__setattr__(self, name, value)

    def share(self, outcome: int) -> float:
        """The share of the starts with that *outcome*."""
        return float(np.mean(self.outcome == outcome))


@styled
def basin_map(
    record: BasinMap, *, title: str = "", names: tuple[str, str] = ("x", "y"), language: str = "en"
) -> Figure:
    """Draw each start in the colour of the minimum it ends in, the paler the more steps it needs.

    White starts are undecided, grey ones diverged. A star is a global minimum, a dot a local one. The key tells the
    shares; beyond six minima, those of the global and of the local ones.

    >>> record = BasinMap([0, 1], [0, 1], [[0, 0], [-1, -2]], [[3, 5], [-1, 2]], [(0.0, 0.0)])
    >>> [text.get_text() for text in basin_map(record).legends[0].get_texts()]
    ['to (0, 0): 50%', 'undecided: 25%', 'diverged: 25%', 'paler: more steps, 3 to 5']
    """
    _ = translator(language)
    x, y = record.x, record.y
    across, up = float(x[-1] - x[0]), float(y[-1] - y[0])
    height = min(5.6, max(1.2, (WIDTH - 0.7) * up / across)) + (0.75 if title else 0.55)
    figure, (axes,) = canvas(height=height)
    colours = _colours(np.asarray(record.minima))
    image, few, many = _picture(record, colours)
    wide, high = across / (len(x) - 1) / 2, up / (len(y) - 1) / 2
    extent = (x[0] - wide, x[-1] + wide, y[0] - high, y[-1] + high)
    axes.imshow(image, extent=extent, origin="lower", interpolation="nearest", zorder=1)
    minima, known = np.asarray(record.minima), record.known
    axes.plot(
        *minima[:known].T, marker="*", markersize=12, color=INK, markeredgecolor=PAPER, linestyle="none", zorder=4
    )
    axes.plot(*minima[known:].T, marker="o", markersize=2.6, color=INK, linestyle="none", zorder=4)
    axes.set(xlim=extent[:2], ylim=extent[2:], aspect="equal", xlabel=names[0], ylabel=names[1], title=title)
    settle(axes, language)
    axes.grid(False)
    key(figure, [], _handles(record, colours, few, many, language))
    return figure


def _handles(record: BasinMap, colours: list[str], few: float, many: float, language: str) -> list[Patch]:
    _ = translator(language)

    def share(value: float) -> str:
        percent = 100 * value
        return f"{number(percent, language, 0 if percent >= 10 or percent == 0 else 1)}%"

    minima, handles = np.asarray(record.minima), []
    comma = "; " if language == "pl" else ", "
    if len(minima) <= NAMED:
        for index, point in enumerate(minima):
            place = comma.join(number(round(float(c), 2) + 0.0, language) for c in point)
            text = _("to ({place}): {share}").format(place=place, share=share(record.share(index)))
            handles.append(Patch(facecolor=colours[index], alpha=0.85, label=text))
    else:
        best = float(np.mean((record.outcome >= 0) & (record.outcome < record.known)))
        text = _("to the global minimum: {share}").format(share=share(best))
        handles.append(Patch(facecolor=colours[0], alpha=0.85, label=text))
        rest = float(np.mean(record.outcome >= record.known))
        text = _("to local minima ({count}): {share}").format(count=len(minima) - record.known, share=share(rest))
        handles.append(Patch(facecolor=LINES[3], alpha=0.85, label=text))
    for outcome, text, style in (
        (-1, _("undecided: {share}"), {"facecolor": "none", "edgecolor": MUTED}),
        (-2, _("diverged: {share}"), {"facecolor": MUTED, "alpha": 0.75}),
    ):
        if record.share(outcome) > 0:
            handles.append(Patch(label=text.format(share=share(record.share(outcome))), **style))
    if many > few:
        text = _("paler: more steps, {few} to {many}")
        text = text.format(few=number(few, language), many=number(many, language))
        handles.append(Patch(facecolor="none", label=text))
    return handles


def _picture(record: BasinMap, colours: list[str]) -> tuple[Any, float, float]:
    """Red, green, blue and cover of each start, and the fewest and most steps."""
    table = np.array([to_rgb(colour) for colour in colours])
    there = record.outcome >= 0
    image = np.zeros((*record.outcome.shape, 4))
    image[there, :3] = table[record.outcome[there]]
    few, many = 0.0, 0.0
    if there.any():
        needed = record.steps[there]
        few, many = float(needed.min()), float(needed.max())
        # Ranks, not steps: whatever their spread, half of the starts lie in the darker half.
        order = np.unique(needed, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(order[2]) - order[2] / 2)[order[1]] / len(needed)
        image[there, 3] = 0.92 - 0.62 * ranks
    image[record.outcome == -2] = (*to_rgb(MUTED), 0.75)
    return image, few, many


def _colours(minima: Any) -> list[str]:
    """A colour for each minimum; near ones get different colours where there are more minima than colours."""
    if len(minima) <= len(LINES):
        return list(LINES[: len(minima)])
    chosen: list[int] = [0]
    for index in range(1, len(minima)):
        apart = np.linalg.norm(minima[:index] - minima[index], axis=1)
        close = [chosen[other] for other in np.argsort(apart, kind="stable")[:7]]
        # Of the colours, the one whose nearest use lies farthest off, and 0 belongs to the global minimum alone.
        free = [c for c in range(1, len(LINES)) if c not in close]
        nearest = {c: min((apart[o] for o in range(index) if chosen[o] == c), default=np.inf) for c in free}
        chosen.append(max(free, key=lambda c: (nearest[c], -c)))
    return [LINES[c] for c in chosen]
