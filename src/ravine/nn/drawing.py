"""A network drawn as SVG text: layers as columns, units as circles, weights as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.functions import ACTIVATIONS
from ravine.nn._network import Network
from ravine.nn.bidirectional import Bidirectional
from ravine.nn.dense import Dense
from ravine.nn.embedding import Embedding
from ravine.nn.frozen import Frozen
from ravine.nn.layer import Layer, Shape, Variables
from ravine.nn.recurrent import Recurrent
from ravine.nn.shape import Flatten, Reshape

__all__ = ["draw"]

SHOWN = 16
"""A column of more units shows the first and the last six, and dots for the rest."""
ENDS = 6
RADIUS, PITCH, GAP, BAR, LETTER, LINE, MARGIN = 9.0, 27.0, 130.0, 66.0, 6.7, 15.0, 24.0

STYLE = """
.ravine-net text { fill: currentColor; font: 12px system-ui, sans-serif; text-anchor: middle }
.ravine-net .name { font-weight: 600 }
.ravine-net .note { opacity: .7; font-size: 11px }
.ravine-net circle { fill: var(--ravine-unit, #8fa3b8); stroke: currentColor; stroke-width: 1 }
.ravine-net .dot { fill: currentColor; stroke: none }
.ravine-net line { stroke: currentColor; stroke-opacity: .28 }
.ravine-net .positive { stroke: var(--ravine-positive, #2f86c9); stroke-opacity: .85 }
.ravine-net .negative { stroke: var(--ravine-negative, #d9622b); stroke-opacity: .85 }
.ravine-net .bar { fill: currentColor; fill-opacity: .1; stroke: currentColor; stroke-opacity: .35 }
.ravine-net .loop { fill: none; stroke: currentColor; stroke-opacity: .6 }
"""


@dataclass(frozen=True)
class LayerColumn:
    """Units drawn at *x*: *units* of them, or, where *units* is 0, a bar for a layer that acts on each unit alone."""

    x: float
    units: int
    name: str
    notes: tuple[str, ...]
    weights: np.ndarray | None = None
    joined: bool = True
    loops: bool = False

    @property
    def places(self) -> list[tuple[int, float]]:
        """The units shown and their heights, measured from the middle."""
        if self.units <= SHOWN:
            return [(unit, (unit - (self.units - 1) / 2) * PITCH) for unit in range(self.units)]
        above = [(unit, (unit - ENDS) * PITCH) for unit in range(ENDS)]
        return above + [(self.units - 1 - unit, -height) for unit, height in reversed(above)]


def draw(network: Network, params: Any = None) -> str:
    """The *network* as a self-contained SVG picture, which follows the text colour around it, light or dark.

    With *params*, those of the network or its `Variables`, each line of a dense or simple recurrent layer is coloured
    by the sign of its weight (blue positive, orange negative) and as wide as its size relative to the layer's largest.
    The colours are the CSS variables ``--ravine-unit``, ``--ravine-positive`` and ``--ravine-negative``.

    >>> from ravine.nn import Dense
    >>> picture = draw(Network((Dense(3, "tanh"), Dense(2)), (4,)))
    >>> picture.count("<circle"), picture.count("<line")
    (9, 18)
    """
    columns = list(_columns(network, _weights(network, params)))
    height = max(max((abs(y) for _, y in column.places), default=0.0) for column in columns) + RADIUS
    middle = MARGIN + LINE * (max(len(column.notes) for column in columns) + 1.5) + height
    width = columns[-1].x + max(_width(columns[-1]) / 2, 2 * RADIUS) + MARGIN
    lines = [f'<g transform="translate(0 {middle:g})">', *_edges(columns)]
    for column in columns:
        lines += _units(column, height)
    lines.append("</g>")
    bottom = middle + height + 14
    for column in columns:
        lines.append(f'<text class="name" x="{column.x:g}" y="{MARGIN:g}">{escape(column.name)}</text>')
        lines += [
            f'<text class="note" x="{column.x:g}" y="{MARGIN + LINE * (row + 1):g}">{escape(note)}</text>'
            for row, note in enumerate(column.notes)
        ]
    described = " → ".join(" ".join((column.name, *column.notes)) for column in columns)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ravine-net" viewBox="0 0 {width:g} {bottom:g}" '
        f'style="max-width: {width:g}px; width: 100%" role="img" aria-label="{escape(described)}">',
        f"<style>{STYLE}</style>",
        *lines,
        "</svg>\n",
    ])  # fmt: skip


def _columns(network: Network, weights: list[np.ndarray | None]) -> Iterator[LayerColumn]:
    shape = network.input_shape
    made = [LayerColumn(0, shape[-1] if shape else 1, "input", (_size(shape),))]
    for layer, after, kernel in zip(network.layers, network.shapes, weights, strict=True):
        bare = layer.layer if isinstance(layer, Frozen) else layer
        stays = not isinstance(bare, Dense | Recurrent | Bidirectional | Embedding | Flatten | Reshape)
        name = bare.name.replace("_", " ")
        notes = (*_notes(bare, layer), *(() if stays else (_size(after),)))
        joined = not isinstance(bare, Embedding | Flatten | Reshape)
        loops = isinstance(bare, Recurrent | Bidirectional)
        made.append(LayerColumn(0, 0 if stays else after[-1], name, notes, kernel, joined, loops))
    x = MARGIN + max(_width(made[0]) / 2, 2 * RADIUS)
    for index, column in enumerate(made):
        if index:
            least = BAR if column.units == 0 or made[index - 1].units == 0 else GAP
            x += max(least, (_width(made[index - 1]) + _width(column)) / 2 + 14)
        yield LayerColumn(x, column.units, column.name, column.notes, column.weights, column.joined, column.loops)


def _width(column: LayerColumn) -> float:
    return LETTER * max(len(text) for text in (column.name, *column.notes))


def _size(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if shape else "1"


def _notes(bare: Layer, layer: Layer) -> tuple[str, ...]:
    """What stands under the layer's name: its activation or its rate, and whether it is frozen."""
    chosen = getattr(bare, "activation", None)
    if chosen is not None:
        words = chosen if isinstance(chosen, str) else ACTIVATIONS.name_of(chosen) or chosen.__name__
        notes: tuple[str, ...] = (words,) if words != "linear" else ()
    else:
        value = getattr(bare, "rate", getattr(bare, "stddev", None))
        notes = (f"{float(value):g}",) if value is not None and np.ndim(value) == 0 else ()
    if isinstance(bare, Bidirectional):
        notes = (bare.layer.name, bare.merge_mode)
    return (*notes, "frozen") if layer is not bare else notes


def _weights(network: Network, params: Any) -> list[np.ndarray | None]:
    """The matrix between the units of each layer and those before it, where there is one and *params* are given."""
    if params is None:
        return [None] * len(network.layers)
    state = params.state if isinstance(params, Variables) else ({},) * len(network.layers)
    params = params.params if isinstance(params, Variables) else params
    found: list[np.ndarray | None] = []
    for index, (layer, shape) in enumerate(zip(network.layers, (network.input_shape, *network.shapes), strict=False)):
        kernel = {**state[index], **params[index]}.get("kernel")
        if kernel is not None and np.shape(kernel)[-1] == layer.output_shape(shape)[-1]:
            if np.shape(kernel) != (shape[-1], layer.output_shape(shape)[-1]):
                raise RavineError(
                    f"draw: layer {index} has a kernel of shape {np.shape(kernel)}, not of one network with "
                    f"{shape[-1]} inputs: pass the params of one member"
                )
            found.append(np.asarray(kernel, float))
        else:
            found.append(None)
    return found


def _edges(columns: list[LayerColumn]) -> Iterator[str]:
    full = [column for column in columns if column.units]
    for before, after in pairwise(full):
        weights = after.weights
        largest = 0.0 if weights is None or not weights.size else float(np.nanmax(np.abs(weights))) or 1.0
        widest = 4.0 if len(before.places) * len(after.places) <= 64 else 2.0
        for i, top in before.places if after.joined else ():
            for j, end in after.places:
                ends = f'x1="{before.x:g}" y1="{top:g}" x2="{after.x:g}" y2="{end:g}"'
                if weights is None:
                    yield f"<line {ends}/>"
                    continue
                weight = float(weights[i, j])
                wide = 0.2 + widest * abs(weight) / largest if np.isfinite(weight) else 0.2
                kind = "positive" if weight > 0 else "negative"
                yield f'<line class="{kind}" {ends} stroke-width="{wide:.2f}"><title>{weight:.4g}</title></line>'
        if not after.joined:
            yield f'<line x1="{before.x + 16:g}" y1="0" x2="{after.x - 16:g}" y2="0" stroke-dasharray="4 4"/>'


def _units(column: LayerColumn, height: float) -> Iterator[str]:
    if column.units == 0:
        yield (
            f'<rect class="bar" x="{column.x - 7:g}" y="{-height - 4:g}" width="14" height="{2 * height + 8:g}" rx="7">'
            f"<title>{escape(' '.join((column.name, *column.notes)))}</title></rect>"
        )
    for _, y in column.places:
        if column.loops:
            x, r = column.x, RADIUS
            yield f'<path class="loop" d="M{x - 5:g} {y - r:g}c-9 -13 19 -13 10 0"/>'
        yield f'<circle cx="{column.x:g}" cy="{y:g}" r="{RADIUS:g}"/>'
    if column.units > SHOWN:
        yield from (f'<circle class="dot" cx="{column.x:g}" cy="{dot:g}" r="2"/>' for dot in (-9, 0, 9))
