"""How figures look: colours with a light and a dark value, dash patterns, type.

Figures are drawn in the light values, which stand for their names: in the report each becomes a CSS variable, so
that one drawing reads well on a light and on a dark page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "GHOST",
    "GRID",
    "INK",
    "LINES",
    "MUTED",
    "NEGATIVE",
    "PAPER",
    "POSITIVE",
    "RAMP",
    "WIDTH",
    "Colour",
    "canvas",
    "line",
    "rc",
    "step",
    "styled",
]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Colour:
    """A colour of the project: its name as a CSS variable, its light and its dark value (sRGB, #rrggbb).

    >>> Colour("ink", "#1d232b", "#e4e8ee").name
    'ink'
    """

    name: str
    light: str
    dark: str


def _ramp(light: tuple[str, str], dark: tuple[str, str], count: int) -> tuple[Colour, ...]:
    def mix(ends: tuple[str, str], share: float) -> str:
        first, last = (np.array([int(end[i : i + 2], 16) for i in (1, 3, 5)]) for end in ends)
        return "#" + "".join(f"{round(channel):02x}" for channel in first + (last - first) * share)

    return tuple(Colour(f"ramp{i}", mix(light, i / (count - 1)), mix(dark, i / (count - 1))) for i in range(count))


COLOURS = (
    Colour("ink", "#1d232b", "#e4e8ee"),
    Colour("muted", "#566070", "#a5afbc"),
    Colour("grid", "#dde2e8", "#343d48"),
    Colour("ghost", "#c9d0d8", "#4a5562"),
    Colour("paper", "#ffffff", "#151a20"),
    Colour("line0", "#0067a5", "#5ab4ea"),
    Colour("line1", "#b94500", "#ff9257"),
    Colour("line2", "#00805f", "#3ccf9f"),
    Colour("line3", "#a8417c", "#eb9ac8"),
    Colour("line4", "#8a6100", "#e6bd45"),
    Colour("line5", "#5b4bb5", "#b0a4ff"),
    Colour("line6", "#2388b8", "#a5e0ff"),
    Colour("line7", "#8c1d30", "#f0788c"),
    Colour("line8", "#5f6772", "#c3cad3"),
    *_ramp(("#0b3c6f", "#d8891f"), ("#7cc4ff", "#f3b453"), 9),
)
"""Every colour that a figure may use. The line colours keep 3:1 against the page in both themes."""

_NAMED = {colour.name: colour.light for colour in COLOURS}
INK, MUTED, GRID, GHOST, PAPER = (_NAMED[name] for name in ("ink", "muted", "grid", "ghost", "paper"))
"""Words and outlines; what explains; the grid; what stands behind; the ground."""
LINES = tuple(colour.light for colour in COLOURS if colour.name.startswith("line"))
"""Colours of lines, each with its dash pattern: see `line`."""
RAMP = tuple(colour.light for colour in COLOURS if colour.name.startswith("ramp"))
"""Colours of ordered things, from dark to bright on a light page: see `step`."""
POSITIVE, NEGATIVE = LINES[0], LINES[1]
"""Colours of the sign of a weight."""
WIDTH = 7.2
"""Width of a full figure in inches: the text column of the report at its type size."""

DASHES: tuple[Any, ...] = (
    "solid",
    (0, (5, 1.6)),
    (0, (1.2, 1.4)),
    (0, (7, 1.6, 1.4, 1.6)),
    (0, (2.6, 1.2)),
    (0, (7, 1.6, 1.4, 1.6, 1.4, 1.6)),
    (0, (9, 2.4)),
    (0, (4, 1.4, 1.2, 1.4)),
    (0, (1.2, 2.8)),
)

RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.constrained_layout.h_pad": 0.035,
    "figure.constrained_layout.w_pad": 0.035,
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.borderaxespad": 0.0,
    "legend.borderpad": 0.15,
    "legend.columnspacing": 1.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "path.simplify_threshold": 0.2,
    "pdf.fonttype": 42,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "ravine",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
    "ytick.major.width": 0.7,
    "ytick.minor.width": 0.5,
}


def rc() -> Any:
    """Return the context in which figures are drawn and saved: matplotlib's defaults and the project's style.

    >>> with rc():
    ...     mpl.rcParams["svg.hashsalt"]
    'ravine'
    """
    settings: dict[Any, Any] = {**_defaults(), **RC}
    return mpl.rc_context(settings)


@functools.cache
def _defaults() -> dict[str, Any]:
    ours = {"axes", "figure", "font", "grid", "hatch", "legend", "lines", "path", "pdf", "savefig", "svg", "text"}
    ours |= {"xtick", "ytick"}
    return {key: value for key, value in mpl.rcParamsDefault.items() if key.split(".")[0] in ours}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Make *function* draw in the project's style, whatever the reader's own settings are.

    >>> styled(lambda: mpl.rcParams["axes.titlelocation"])()
    'left'
    """

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with rc():
            return function(*args, **kwargs)

    return inside


@styled
def canvas(
    rows: int = 1, columns: int = 1, *, width: float = WIDTH, height: float | None = None, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure of *width* x *height* inches and its axes, row by row; no window and no global state.

    Without *height*, each row is 2.9 inches high. *options* go to `Figure.subplots`.

    >>> figure, axes = canvas(1, 2)
    >>> len(axes)
    2
    """
    figure = Figure(figsize=(width, 2.9 * rows if height is None else height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(grid.ravel())


def line(index: int) -> dict[str, Any]:
    """Return colour and dash pattern of the line *index*: two cues, so that neither print nor eye loses one.

    >>> line(0) == {"color": LINES[0], "linestyle": "solid"}
    True
    """
    return {"color": LINES[index % len(LINES)], "linestyle": DASHES[index % len(DASHES)]}


def step(index: int, count: int) -> str:
    """Return the colour of *index* among *count* ordered things, e.g. layers from the input to the output.

    >>> step(0, 5) == RAMP[0], step(4, 5) == RAMP[-1]
    (True, True)
    """
    return RAMP[round(index * (len(RAMP) - 1) / max(1, count - 1))]
