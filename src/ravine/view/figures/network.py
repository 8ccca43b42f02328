"""A small network with its weights on its edges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from ravine.core import RavineError
from ravine.view.figures.layout import key
from ravine.view.figures.records import Reals, as_reals
from ravine.view.i18n import number, translator
from ravine.view.style import GHOST, INK, MUTED, NEGATIVE, PAPER, POSITIVE, WIDTH, canvas, styled

__all__ = ["Wiring", "network_diagram"]

MOST = 24
"""Units of a layer beyond which the drawing could not be read."""

RADIUS, GAP, ABOVE = 0.17, 0.62, 0.255
"""Radius of a unit, distance of two in the largest layer, height of a bias over its unit; an axes unit is one inch."""

NOTHING = 0.05
"""Magnitude below which a weight rounds to 0.0."""

DASH = (0, (3.2, 1.2))


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
        for before, after in itertools.pairwise(weights):
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
    """Draw *wiring* from left to right: an edge's colour and dash are the sign of its weight, its width the magnitude.

    Weights stand on their edges at one decimal; those that round to zero are hair lines without a number. The inputs
    are pixels, as dark as their value in [-1, 1]. Biases that do not round to zero stand above their units.

    >>> figure = network_diagram(Wiring([[[1.0, -1.0]], [[0.5], [0.0]]], ["tanh", "softmax"]))
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text() == "−1.0"]
    ['−1.0']
    """
    _ = translator(language)
    places = _places(wiring)
    top = max(float(place[:, 1].max()) for place in places)
    figure, (axes,) = canvas(height=2 * top + 1.0 + (0.25 if title else 0.0))
    axes.set(xlim=(0, WIDTH - 0.1), ylim=(-top - 0.35, top + 0.6), aspect="equal", title=title)
    axes.set_axis_off()
    largest = max(float(np.abs(weight[np.isfinite(weight)]).max(initial=0.0)) for weight in wiring.weights) or 1.0
    standing = [(float(x), float(y) + ABOVE) for place in places[1:] for x, y in place] if wiring.biases else []
    for weight, (start, end) in zip(wiring.weights, itertools.pairwise(places), strict=True):
        _edges(axes, weight, start, end, largest)
        _numbers(axes, weight, start, end, standing, language)
    for layer, place in enumerate(places):
        name = wiring.activations[layer - 1] if layer else _("input")
        axes.text(place[0, 0], top + 0.38, name, ha="center", va="bottom", fontweight="bold", fontsize=9)
        for unit, (x, y) in enumerate(place):
            _unit(axes, wiring, layer, unit, (float(x), float(y)), language)
    if wiring.image is not None:
        rows, columns = wiring.image.shape
        side = 0.62 / max(rows, columns)
        for (row, column), value in np.ndenumerate(wiring.image):
            _pixel(axes, 0.36 + (column - (columns - 1) / 2) * side, ((rows - 1) / 2 - row) * side, side, float(value))
    for text, (x, y) in zip(wiring.outputs, places[-1], strict=False):
        axes.text(x + RADIUS + 0.1, y, text, ha="left", va="center", fontsize=9)
    zero = _("weight of {value}").format(value=number(0, language, 1))
    entries: list[tuple[str, dict[str, Any]]] = [
        (_("positive weight"), {"color": POSITIVE, "linewidth": 2.5}),
        (_("negative weight"), {"color": NEGATIVE, "linewidth": 2.5, "linestyle": DASH}),
        (zero, {"color": GHOST, "linewidth": 0.8}),
    ]
    key(figure, entries)
    return figure


def _places(wiring: Wiring) -> list[Reals]:
    """Return the centres of the units of each layer, (units, 2)."""
    sizes = wiring.sizes
    left = 1.3 if wiring.image is not None else 0.3
    right = WIDTH - 0.35 - (0.12 + 0.088 * max(map(len, wiring.outputs)) if wiring.outputs else 0.0)
    height = GAP * (max(sizes) - 1)
    places = []
    # Room in proportion to the numbers that stand in it: a gap of twice the edges is 1.2 times as wide.
    room = np.cumsum([0.0, *(weight.size**0.25 for weight in wiring.weights)])
    for layer, size in enumerate(sizes):
        # A small layer spreads to near the height of the largest, so that its edges fan out less steeply.
        gap = GAP + 0.75 * (height / (size - 1) - GAP) if size > 1 else 0.0
        y = gap * ((size - 1) / 2 - np.arange(size))
        x = left + (right - left) * room[layer] / room[-1]
        places.append(np.stack([np.full(size, x), y], axis=1))
    return places


def _edges(axes: Axes, weight: Reals, start: Reals, end: Reals, largest: float) -> None:
    for (source, target), value in np.ndenumerate(weight):
        x, y = np.transpose([start[source], end[target]])
        if not abs(value) >= NOTHING:
            axes.plot(x, y, color=GHOST, linewidth=0.6, zorder=1)
            continue
        sign: dict[str, Any] = {"color": POSITIVE} if value > 0 else {"color": NEGATIVE, "linestyle": DASH}
        axes.plot(x, y, linewidth=0.5 + 3.0 * abs(value) / largest, alpha=0.8, zorder=2, **sign)


def _numbers(
    axes: Axes, weight: Reals, start: Reals, end: Reals, standing: list[tuple[float, float]], language: str
) -> None:
    """Put each number on its edge, farthest from those *standing* already; the greatest weights choose first."""
    clear = (RADIUS + 0.15) / float(end[0, 0] - start[0, 0])
    shares = np.linspace(clear, 1 - clear, 31)[:, None]
    for source, target in sorted(np.ndindex(*weight.shape), key=lambda edge: (-abs(weight[edge]), edge)):
        value = float(weight[source, target])
        if not abs(value) >= NOTHING:
            continue
        spots = start[source] + shares * (end[target] - start[source])
        nearest = np.full(len(shares), 9.0)
        if standing:
            # Distances in widths and heights of a number.
            gaps = (spots[:, None] - np.array(standing)) / np.array([0.3, 0.15])
            nearest = np.sqrt((gaps**2).sum(axis=2)).min(axis=1)
        x, y = spots[int(np.argmax(np.minimum(nearest, 1.6) - 0.15 * np.abs(shares[:, 0] - 0.5)))]
        standing.append((float(x), float(y)))
        _text(axes, (float(x), float(y)), number(value, language, 1), POSITIVE if value > 0 else NEGATIVE)


def _text(axes: Axes, place: tuple[float, float], text: str, color: str) -> None:
    box = {"boxstyle": "round,pad=0.1", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.88}
    axes.text(*place, text, ha="center", va="center", fontsize=6.8, color=color, zorder=4, bbox=box)


def _unit(axes: Axes, wiring: Wiring, layer: int, unit: int, place: tuple[float, float], language: str) -> None:
    value = float(wiring.values[layer][unit]) if wiring.values else np.nan
    if layer == 0:
        _pixel(axes, *place, 2 * RADIUS, float(wiring.image.ravel()[unit]) if wiring.image is not None else value)
    else:
        axes.add_patch(Circle(place, RADIUS, facecolor=PAPER, edgecolor=INK, linewidth=1.1, zorder=5))
    if np.isfinite(value):
        axes.text(*place, number(value, language, 1), ha="center", va="center", fontsize=7.2, zorder=6)
    bias = float(wiring.biases[layer - 1][unit]) if wiring.biases and layer else 0.0
    if abs(bias) >= NOTHING:
        sign = "+" if bias > 0 else ""
        _text(axes, (place[0], place[1] + ABOVE), sign + number(bias, language, 1), MUTED)


def _pixel(axes: Axes, x: float, y: float, side: float, value: float) -> None:
    depth = float(np.clip((value + 1) / 2, 0, 1)) if np.isfinite(value) else 0.0
    place = (x - side / 2, y - side / 2)
    axes.add_patch(Rectangle(place, side, side, facecolor=PAPER, edgecolor=INK, linewidth=1.1, zorder=5))
    if depth:
        axes.add_patch(Rectangle(place, side, side, facecolor=INK, alpha=0.5 * depth, linewidth=0, zorder=5.1))
