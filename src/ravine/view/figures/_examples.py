"""Pictures: examples with their captions, and the table of what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ravine.core import RavineError
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import number, translator
from ravine.view.style import INK, MUTED, NEGATIVE, POSITIVE, WIDTH, canvas, styled

__all__ = ["confusion", "examples"]


@styled
def examples(
    images: Any,
    captions: Sequence[str] = (),
    *,
    columns: int = 7,
    low: float | None = None,
    high: float | None = None,
    language: str = "en",
) -> Figure:
    """Draw *images* (n, height, width) in grey or (n, height, width, 3) in colour in a grid, *captions* below.

    Grey runs from *low* (paper) to *high* (ink), by default the smallest and largest value of all: on a dark page
    ink is bright.

    >>> len(examples(np.eye(28)[None].repeat(3, 0), ["5", "0", "4"]).axes)
    3
    """
    pictures = np.asarray(images)
    coloured = pictures.ndim == 4 and pictures.shape[-1] == 3
    pictures = as_reals("examples", "images", pictures, 4 if coloured else 3)
    require("examples", "images", pictures)
    if captions and len(captions) != len(pictures):
        raise RavineError(
            f"examples: captions must be as many as images, {len(pictures)}, or none, got {len(captions)}"
        )
    bottom = float(np.nanmin(pictures)) if low is None else low
    top = float(np.nanmax(pictures)) if high is None else high
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    cell = min(WIDTH / columns, 1.3)
    width = cell * columns
    figure, panels = canvas(
        rows, columns, width=max(width, 2.0), height=rows * (cell - 0.05 + (0.2 if captions else 0.0)) + 0.05
    )
    for index, axes in enumerate(panels):
        axes.set_axis_off()
        if index >= len(pictures):
            continue
        axes.imshow(pictures[index], cmap="gray_r", vmin=bottom, vmax=top, interpolation="none")
        if not coloured:
            axes.set_gid(f"invert-{index}")
        height, across = pictures.shape[1:3]
        frame = Rectangle((-0.5, -0.5), across, height, fill=False, edgecolor=MUTED, linewidth=0.8, clip_on=False)
        axes.add_patch(frame)
        if captions:
            axes.text(0.5, -0.05, str(captions[index]), transform=axes.transAxes, ha="center", va="top", color=INK)
    return figure


@styled
def confusion(matrix: Any, classes: Sequence[str] = (), *, language: str = "en") -> Figure:
    """Draw the confusion *matrix* (n, n) of counts, rows the truth, columns the answer.

    Blue fields are right answers, orange ones errors; the depth of an error's colour is its share of the worst one.

    >>> figure = confusion([[5, 1], [0, 6]], ["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['5', '1', '6']
    """
    counts = as_reals("confusion", "matrix", matrix, 2)
    require("confusion", "rows of the matrix", counts)
    size = len(counts)
    if counts.shape != (size, size):
        raise RavineError(f"confusion: the matrix must be square, got shape {counts.shape}")
    names = [str(name) for name in classes] or [str(index) for index in range(size)]
    if len(names) != size:
        raise RavineError(f"confusion: classes must be {size} names, got {len(names)}")
    _ = translator(language)
    side = min(WIDTH - 0.6, max(2.6, 0.52 * size))
    figure, (axes,) = canvas(width=side + 1.0, height=side + 0.7)
    errors = counts - np.diag(np.diag(counts))
    rows = np.maximum(counts.sum(axis=1), 1)
    worst = max(float(errors.max()), 1.0)
    digits = max(len(number(count, language)) for count in counts.ravel())
    font = min(9.0, 0.62 * 72 * side / size / max(digits, 3) * 1.35)
    for (row, column), count in np.ndenumerate(counts):
        if not count > 0:
            continue
        right = row == column
        depth = 0.15 + 0.4 * (count / rows[row] if right else count / worst)
        field = Rectangle((column - 0.5, row - 0.5), 1, 1, color=POSITIVE if right else NEGATIVE, alpha=depth)
        field.set_linewidth(0)
        axes.add_patch(field)
        axes.text(column, row, number(count, language), ha="center", va="center", fontsize=font, color=INK)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal", xlabel=_("Answer"), ylabel=_("Truth"))
    axes.set_xticks(range(size), names, rotation=45 if max(map(len, names)) > 3 else 0)
    axes.set_yticks(range(size), names)
    axes.set_xticks(np.arange(0.5, size - 1), minor=True)
    axes.set_yticks(np.arange(0.5, size - 1), minor=True)
    axes.grid(False)
    axes.grid(True, which="minor", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    return figure
