"""Activations and their derivatives, each on the lecture's square of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from ravine.core import RavineError
from ravine.view.figures.layout import key, settle, shape, trim
from ravine.view.figures.records import as_reals, require
from ravine.view.i18n import translator
from ravine.view.style import MUTED, canvas, line, styled

__all__ = ["ActivationCurve", "activation_curves"]


@dataclass(frozen=True, eq=False)
class ActivationCurve:
    """A function over *x*: *value* and *derivative*, all (n,); the derivative is not finite where there is none.

    >>> ActivationCurve("identity", [-1, 1], [-1, 1], [1, 1]).value
    array([-1.,  1.])
    """

    label: str
    x: Any
    value: Any
    derivative: Any

    def __post_init__(self) -> None:
        for name in ("x", "value", "derivative"):
            object.__setattr__(self, name, as_reals("Activation", name, getattr(self, name), 1))
        if not len(self.x) == len(self.value) == len(self.derivative) > 0:
            lengths = len(self.x), len(self.value), len(self.derivative)
            raise RavineError(
                f"Activation {self.label!r}: x, value and derivative must be of one length, got {lengths}"
            )


@styled
def activation_curves(curves: Sequence[ActivationCurve], *, columns: int = 4, language: str = "en") -> Figure:
    """Draw each of *curves* in its own square [-3, 3] x [-1.5, 1.5]: the value solid, the derivative dashed.

    >>> figure = activation_curves([ActivationCurve("identity", [-3, 3], [-3, 3], [1, 1])])
    >>> [float(edge) for edge in figure.axes[0].get_ylim()]
    [-1.5, 1.5]
    """
    require("activation_curves", "curves", curves)
    _ = translator(language)
    rows, columns = shape(len(curves), columns)
    height = 7.0 / max(columns, 2) * 0.72 * rows + 0.35
    figure, panels = canvas(rows, columns, height=height, sharex=True, sharey=True)
    for axes, curve in zip(panels, curves, strict=False):
        axes.set(xlim=(-3, 3), ylim=(-1.5, 1.5), title=curve.label, xticks=range(-3, 4))
        settle(axes, language, whole_x=True)
        axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
        axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
        axes.plot(curve.x, curve.derivative, **line(1), zorder=3)
        axes.plot(curve.x, curve.value, **line(0), zorder=4)
    trim(panels, len(curves), columns)
    key(figure, [(_("value"), line(0)), (_("derivative"), line(1))])
    return figure
