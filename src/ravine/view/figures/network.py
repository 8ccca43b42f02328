"""A small network with its weights on its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from ravine.core import RavineError
from ravine.view.figures.marks import key
from ravine.view.figures.records import Reals, as_reals
from ravine.view.i18n import number, translator
from ravine.view.style import GHOST, INK, MUTED, NEGATIVE, PAPER, POSITIVE, canvas, styled

__all__ = ["Wiring", "network_diagram"]

MOST = 24
"""Units of a layer beyond which the drawing could not be read."""


@dataclass(frozen=True, eq=False)
class Wiring:
    """A dense network to draw: *weights* (in, out) of each layer, the names of its *activations*, one for each.

    *biases* (out,) of each layer; *values*, what each unit gives for one example, the inputs first, len(weights) + 1
    arrays; *image* (height, width) the example as pixels, row by row the inputs; *outputs* names of the classes.

    >>> Wiring([np.eye(2)], ["tanh"]).sizes
    (2, 2)
    """

    weights: Sequence[Any]
    activations: Sequence[str]
    biases: Sequence[Any] = ()
    values: Sequence[Any] = ()
    image: Any = None
    outputs: Sequence[str] = ()

    def __post_init__(self) -> None:
        weights = tuple(as_reals("Wiring", "weights", weight, 2) for weight in self.weights)
        if not weights or len(self.activations) != len(weights):
            raise RavineError(
                f"Wiring: give one activation for each of the weights, got {len(weights)} weights and "
                f"{len(self.activations)} activations"
            )
        for before, after in zip(weights, weights[1:], strict=False):
            if before.shape[1] != after.shape[0]:
                raise RavineError(f"Wiring: a layer of {before.shape[1]} units cannot feed weights of {after.shape}")
        object.__setattr__(self, "weights", weights)
        sizes = self.sizes
        if max(sizes) > MOST:
            raise RavineError(f"Wiring: a layer of {max(sizes)} units cannot be drawn legibly: at most {MOST}")
        for name, wanted in (("biases", sizes[1:]), ("values", sizes)):
            arrays = tuple(as_reals("Wiring", name, array, 1) for array in getattr(self, name))
            if arrays and tuple(map(len, arrays)) != tuple(wanted):
                raise RavineError(f"Wiring: {name} must have lengths {wanted}, got {tuple(map(len, arrays))}")
            object.__setattr__(self, name, arrays)
        if self.image is not None:
            image = as_reals("Wiring", "image", self.image, 2)
            if image.size != sizes[0]:
                raise RavineError(f"Wiring: image must have {sizes[0]} pixels, one for each input, got {image.shape}")
            object.__setattr__(self, "image", image)
        if self.outputs and len(self.outputs) != sizes[-1]:
            raise RavineError(f"Wiring: outputs must be {sizes[-1]} names, got {len(self.outputs)}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, the inputs first."""
        return (self.weights[0].shape[0], *(weight.shape[1] for weight in self.weights))


@styled
def network_diagram(wiring: Wiring, *, title: str = "", language: str = "en") -> Figure:
    """Draw *wiring* from left to right: an edge's colour is the sign of its weight, its width the magnitude.

    Weights stand on their edges at one decimal; those that round to zero are hair lines without a number. The inputs are
    pixels, as dark as their value. Biases that do not round to zero stand above their units.

    >>> figure = network_diagram(Wiring([[[1.0, -1.0]], [[0.5], [0.0]]], ["tanh", "softmax"]))
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text() == "−1.0"]
    ['−1.0']
    """
    _ = translator(language)
    sizes = wiring.sizes
    gap_y = 1.0
    gap_x = 2.3 if len(sizes) > 3 else 3.0
    columns = [np.arange(size) * gap_y * _stretch(size, max(sizes)) for size in sizes]
    columns = [column - column.mean() for column in columns]
    radius = 0.23
    figure, (axes,) = canvas(height=min(8.5, 0.62 * max(sizes) + 1.3) * (1.0 if max(sizes) > 4 else 1.25))
    largest = max(float(np.abs(weight[np.isfinite(weight)]).max(initial=0.0)) for weight in wiring.weights) or 1.0
    placed: list[tuple[float, float]] = []
    for layer, weight in enumerate(wiring.weights):
        _edges(axes, weight, (layer * gap_x, columns[layer]), ((layer + 1) * gap_x, columns[layer + 1]), largest)
        _labels(axes, weight, (layer * gap_x, columns[layer]), ((layer + 1) * gap_x, columns[layer + 1]), placed, language)
    values = wiring.values or tuple(np.full(size, np.nan) for size in sizes)
    for layer, column in enumerate(columns):
        for unit, y in enumerate(column):
            value = float(values[layer][unit])
            if layer == 0:
                pixel = wiring.image.ravel()[unit] if wiring.image is not None else value
                _pixel(axes, 0.0, -y, 2 * radius, float(pixel))
            else:
                axes.add_patch(Circle((layer * gap_x, -y), radius, facecolor=PAPER, edgecolor=INK, linewidth=1.1, zorder=5))
            if np.isfinite(value):
                axes.text(layer * gap_x, -y, number(value, language, 1), ha="center", va="center", fontsize=7.5, zorder=6)
            bias = wiring.biases[layer - 1][unit] if wiring.biases and layer else 0.0
            if abs(bias) >= 0.05:
                text = f"{number(bias, language, 1)}" if bias < 0 else f"+{number(bias, language, 1)}"
                axes.text(layer * gap_x, -y + radius + 0.04, text, ha="center", va="bottom", fontsize=6.5, color=MUTED, zorder=6)
        name = _("input") if layer == 0 else wiring.activations[layer - 1]
        top = max(columns[-1][-1], *(column[-1] for column in columns)) + 0.75
        axes.text(layer * gap_x, top, name, ha="center", va="bottom", fontweight="bold", fontsize=9)
    if wiring.image is not None:
        _image(axes, wiring.image, -1.75)
    for unit, text in enumerate(wiring.outputs):
        axes.text((len(sizes) - 1) * gap_x + radius + 0.15, -columns[-1][unit], text, ha="left", va="center", fontsize=9)
    left = -2.4 if wiring.image is not None else -0.6
    right = (len(sizes) - 1) * gap_x + 0.6 + (0.115 * max(map(len, wiring.outputs)) if wiring.outputs else 0.0)
    bottom = max(column[-1] for column in columns)
    axes.set(xlim=(left, right), ylim=(-bottom - 0.6, bottom + 1.1), aspect="equal", title=title)
    axes.set_axis_off()
    entries = [
        (_("positive weight"), {"color": POSITIVE, "linewidth": 2.5}),
        (_("negative weight"), {"color": NEGATIVE, "linewidth": 2.5, "linestyle": _DASH}),
        (_("weight of 0.0").replace("0.0", number(0, language, 1)), {"color": GHOST, "linewidth": 0.8}),
    ]
    key(figure, entries)
    return figure


_DASH = (0, (3.2, 1.2))


def _stretch(size: int, largest: int) -> float:
    """Spread a small layer to near the height of the largest one, so that its edges fan out less steeply."""
    return 1.0 if size <= 1 else 1.0 + 0.75 * ((largest - 1) / (size - 1) - 1.0)


def _edges(axes: Axes, weight: Reals, start: tuple[float, Reals], end: tuple[float, Reals], largest: float) -> None:
    for (source, target), value in np.ndenumerate(weight):
        x, y = (start[0], end[0]), (-start[1][source], -end[1][target])
        if not abs(value) >= 0.05:
            axes.plot(x, y, color=GHOST, linewidth=0.6, zorder=1)
            continue
        width = 0.5 + 3.0 * abs(value) / largest
        style: Any = "solid" if value > 0 else _DASH
        color = POSITIVE if value > 0 else NEGATIVE
        axes.plot(x, y, color=color, linewidth=width, linestyle=style, alpha=0.8, zorder=2, solid_capstyle="butt")


def _labels(
    axes: Axes,
    weight: Reals,
    start: tuple[float, Reals],
    end: tuple[float, Reals],
    placed: list[tuple[float, float]],
    language: str,
) -> None:
    """Put each number on its edge where it is farthest from those that stand already; the greatest weights choose first."""
    order = sorted(np.ndindex(*weight.shape), key=lambda place: (-abs(weight[place]), place))
    for source, target in order:
        value = float(weight[source, target])
        if not abs(value) >= 0.05:
            continue
        a = np.array([start[0], -start[1][source]])
        b = np.array([end[0], -end[1][target]])
        shares = np.linspace(0.2, 0.8, 25)
        spots = a + shares[:, None] * (b - a)
        if placed:
            # A number is about twice as wide as it is high: distances count accordingly.
            gaps = (spots[:, None] - np.array(placed)[None]) / np.array([0.42, 0.2])
            nearest = np.sqrt((gaps**2).sum(axis=2)).min(axis=1)
        else:
            nearest = np.full(len(shares), 9.0)
        best = int(np.argmax(np.minimum(nearest, 1.6) - 0.15 * np.abs(shares - 0.5)))
        placed.append((float(spots[best][0]), float(spots[best][1])))
        box = {"boxstyle": "round,pad=0.12", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
        color = POSITIVE if value > 0 else NEGATIVE
        axes.text(
            *spots[best], number(value, language, 1), ha="center", va="center", fontsize=6.5, color=color, zorder=4, bbox=box
        )


def _pixel(axes: Axes, x: float, y: float, side: float, value: float) -> None:
    share = 0.0 if not np.isfinite(value) else min(1.0, max(0.0, (value + 1) / 2))
    place = (x - side / 2, y - side / 2)
    axes.add_patch(Rectangle(place, side, side, facecolor=PAPER, edgecolor=INK, linewidth=1.1, zorder=5))
    if share:
        axes.add_patch(Rectangle(place, side, side, facecolor=INK, alpha=0.55 * share, linewidth=0, zorder=5.1))


def _image(axes: Axes, image: Reals, x: float) -> None:
    rows, columns = image.shape
    side = 0.9 / max(rows, columns)
    for (row, column), value in np.ndenumerate(image):
        _pixel(axes, x + (column - (columns - 1) / 2) * side, -(row - (rows - 1) / 2) * side, side, float(value))


