"""Scores over two axes that were swept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from ravine.core import RavineError
from ravine.view.export import TITLE
from ravine.view.figures.layout import key
from ravine.view.figures.records import as_reals
from ravine.view.i18n import number, translator
from ravine.view.style import INK, MUTED, POSITIVE, WIDTH, canvas, styled

__all__ = ["Grid", "heat_map"]


@dataclass(frozen=True, eq=False)
class Grid:
    """Scores *z* (rows, columns) of all pairs of *y* and *x*, numbers or words, which are called *names* (x, y).

    A score that is not finite: all runs of this pair were lost.

    >>> Grid(("rate", "momentum"), [0.01, 0.1], [0.9], [[0.5, float("nan")]]).z.shape
    (1, 2)
    """

    names: tuple[str, str]
    x: Sequence[float | str]
    y: Sequence[float | str]
    z: Any

    def __post_init__(self) -> None:
        z = as_reals("Grid", "z", self.z, 2)
        if z.shape != (len(self.y), len(self.x)) or not z.size:
            raise RavineError(f"Grid: z must be {(len(self.y), len(self.x))} over y and x, got {z.shape}")
        object.__setattr__(self, "z", z)


@styled
def heat_map(grid: Grid, *, quantity: str, higher: bool = True, language: str = "en") -> Figure:
    """Draw the scores of *grid* as fields, the deeper the better, with their numbers; the best has a frame.

    Fields are equally wide whatever their values, so that axes of decades read well; hatched fields diverged.

    >>> grid = Grid(("rate", "momentum"), [0.01, 0.1], [0.0, 0.9], [[0.5, 0.7], [0.9, 0.8]])
    >>> figure = heat_map(grid, quantity="Accuracy")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.500', '0.700', '0.900', '0.800']
    """
    _ = translator(language)
    z = grid.z if higher else -grid.z
    finite = np.isfinite(z)
    rows, columns = z.shape
    wide = min(1.0, (WIDTH - 1.4) / columns)
    figure, (axes,) = canvas(width=max(3.4, wide * columns + 1.4), height=max(0.34, min(0.5, wide)) * rows + 0.75)
    low, high = (float(z[finite].min()), float(z[finite].max())) if finite.any() else (0.0, 0.0)
    digits = _digits(grid.z[finite])
    font = min(8.5, 72 * wide / (digits + 2.6) / 0.62)
    best = np.unravel_index(int(np.argmax(np.where(finite, z, -np.inf))), z.shape) if finite.any() else None
    for (row, column), value in np.ndenumerate(z):
        told = f"{_shown(grid.x[column], language)}, {_shown(grid.y[row], language)}: "
        place = (column - 0.5, row - 0.5)
        if not np.isfinite(value):
            gid = TITLE + told + _("diverged")
            lost = Rectangle(place, 1, 1, facecolor="none", edgecolor=MUTED, hatch="////", linewidth=0, gid=gid)
            axes.add_patch(lost)
            continue
        # Washes no deeper than 0.55 keep the ink readable on a light and on a dark page.
        share = (value - low) / (high - low) if high > low else 1.0
        text = number(grid.z[row, column], language, digits)
        field = Rectangle(place, 1, 1, color=POSITIVE, alpha=0.04 + 0.51 * float(share), linewidth=0)
        field.set_gid(TITLE + told + text)
        axes.add_patch(field)
        axes.text(column, row, text, ha="center", va="center", fontsize=font, color=INK)
    handles = []
    if best is not None and z.size > 1:
        frame: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.8}
        axes.add_patch(Rectangle((best[1] - 0.5, best[0] - 0.5), 1, 1, zorder=5, clip_on=False, **frame))
        handles.append(Patch(label=_("best"), **frame))
    if not finite.all():
        handles.append(Patch(facecolor="none", edgecolor=MUTED, hatch="////", linewidth=0, label=_("diverged")))
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), xlabel=grid.names[0], ylabel=grid.names[1])
    axes.set_title(quantity)
    axes.set_xticks(range(columns), [_shown(value, language) for value in grid.x])
    axes.set_yticks(range(rows), [_shown(value, language) for value in grid.y])
    axes.grid(False)
    axes.tick_params(which="both", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    key(figure, [], handles)
    return figure


def _shown(value: float | str, language: str) -> str:
    """Three figures are enough to know a field by."""
    return value if isinstance(value, str) else number(float(f"{value:.3g}"), language)


def _digits(values: Any) -> int:
    """Decimals that tell the fields apart: two figures of their spread."""
    spread = float(np.ptp(values)) if len(values) else 0.0
    return 3 if spread == 0 else int(np.clip(1 - np.floor(np.log10(spread)), 1, 5)) + (1 if spread < 1 else 0)
