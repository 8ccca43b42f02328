"""Numbers on axes, in the reader's language and without mathematical type."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import Formatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from ravine.view.i18n import number, superscript

__all__ = ["log_ticks", "plain_ticks"]


class _PlainFormatter(Formatter):
    """As many decimals as the ticks need, in the language's own signs."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number(x, self.language)

    def format_ticks(self, values: Any) -> list[str]:
        ticks = np.asarray(values, float)
        gap = float(np.diff(np.unique(ticks)).min()) if len(np.unique(ticks)) > 1 else 0.0
        if not gap:
            return [number(tick, self.language) for tick in ticks]
        digits = max(0, -math.floor(math.log10(gap)))
        while digits < 12 and np.abs(np.round(ticks, digits) - ticks).max() > 1e-3 * gap:
            digits += 1
        return [number(tick, self.language, digits) for tick in ticks]


class _LogFormatter(Formatter):
    """Powers of ten; plain numbers when all stand between 0.001 and 1000; 2 and 5 too on a short axis."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, x: float, pos: int | None = None) -> str:
        if x <= 0 or self.axis is None:
            return ""
        low, high = sorted(self.axis.get_view_interval())
        if low <= 0 or x < low * 0.999 or x > high * 1.001:
            return ""
        decades = math.log10(high / low)
        exponent = math.floor(math.log10(x) + 1e-9)
        mantissa = round(x / 10.0**exponent)
        wanted = {1, 2, 5} if decades < 2.2 else {1}
        if decades < 0.7:
            wanted = {1, 2, 3, 4, 5, 6, 7, 8, 9}
        if mantissa not in wanted:
            return ""
        if decades < 2.2 or (low >= 0.9e-3 and high <= 2e3):
            if -4 <= exponent <= 4:
                return number(x, self.language, max(0, -exponent))
            return f"{mantissa}·10{superscript(exponent)}" if mantissa > 1 else f"10{superscript(exponent)}"
        return f"10{superscript(exponent)}"


def plain_ticks(axis: Axis, language: str, *, whole: bool = False, most: int = 6) -> None:
    """Give *axis* at most *most* intervals, numbered in *language*; *whole* keeps to whole numbers.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> plain_ticks(axes.xaxis, "pl")
    >>> axes.xaxis.get_major_formatter().format_ticks([0.0, 0.5, 1.0])
    ['0,0', '0,5', '1,0']
    """
    steps = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    axis.set_major_locator(MaxNLocator(nbins=most, integer=whole, steps=steps))
    axis.set_major_formatter(_PlainFormatter(language))


def log_ticks(axis: Axis, language: str, *, most: int = 7) -> None:
    """Give the logarithmic *axis* about *most* decades, numbered in *language* without mathematical type.

    >>> from ravine.view.style import canvas
    >>> figure, (axes,) = canvas()
    >>> axes.set_xscale("log")
    >>> axes.set_xlim(1e-6, 1e2)
    (1e-06, 100.0)
    >>> log_ticks(axes.xaxis, "en")
    >>> axes.xaxis.get_major_formatter()(1e-5)
    '10⁻⁵'
    """
    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(LogLocator(10, numticks=most))
    axis.set_major_formatter(_LogFormatter(language))
    decades = math.log10(high / low) if low > 0 else 1.0
    axis.set_minor_locator(LogLocator(10, subs=tuple(range(2, 10)), numticks=100) if decades < most else NullLocator())
    short = decades < 2.2
    axis.set_minor_formatter(_LogFormatter(language) if short else NullFormatter())
