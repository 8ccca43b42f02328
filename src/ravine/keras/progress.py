"""The lines that `fit`, `evaluate` and `predict` print."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice

__all__ = ["Progbar", "bar", "duration", "measured", "per_step"]

GREEN, GREY, BOLD, PLAIN = "\x1b[32m", "\x1b[37m", "\x1b[1m", "\x1b[0m"
SMALL = 1e-3


def per_step(seconds: float, unit: str = "step") -> str:
    """Return a duration per *unit* in the largest fitting of s, ms and us.

    >>> per_step(0.004), per_step(2.0), per_step(0.00005)
    ('4ms/step', '2s/step', '50us/step')
    """
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit}"
    return f"{seconds * 1e3:.0f}ms/{unit}" if seconds >= SMALL else f"{seconds * 1e6:.0f}us/{unit}"


def duration(seconds: float) -> str:
    """Return a duration as h:mm:ss, m:ss or s.

    >>> duration(3661), duration(75), duration(9)
    ('1:01:01', '1:15', '9s')
    """
    whole = int(seconds)
    if whole > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"


def measured(values: Iterable[tuple[str, Any]]) -> str:
    """Return named values as ``name: value`` with four digits.

    >>> measured([("accuracy", 0.97651), ("loss", 0.0001)])
    'accuracy: 0.9765 - loss: 1.0000e-04'
    """
    parts = []
    for name, value in values:
        number = float(np.mean(value))
        parts.append(f"{name}: {number:.4f}" if abs(number) > SMALL else f"{name}: {number:.4e}")
    return " - ".join(parts)


class Progbar:
    """A bar of *target* steps (None if not known), redrawn where the output is a terminal, else a line each time.

    Values are shown as means over the steps so far, those named in *stateful_metrics*, or all but those named in
    *stateless_metrics*, as they come; at the end all are shown as they come.

    >>> bar = Progbar(4, verbose=2); bar.update(4, [("loss", 0.5)])
    4/4 - ...s - ...s/step - loss: 0.5000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        stateless_metrics: Any = None,
        unit_name: str = "step",
    ) -> None:
        check_choice("Progbar", "verbose", verbose, (0, 1, 2))
        if stateful_metrics is not None and stateless_metrics is not None:
            raise RavineError("Progbar: both stateful_metrics and stateless_metrics are given: leave one of them out")
        self._as_given = stateless_metrics is not None
        self._others = frozenset((stateless_metrics if self._as_given else stateful_metrics) or ())
        self._sums: dict[str, tuple[float, int]] = {}
        self.target, self.width, self.verbose, self.interval, self.unit_name = (
            target,
            width,
            verbose,
            interval,
            unit_name,
        )
        out = sys.stdout
        self.live = bool(getattr(out, "isatty", lambda: False)()) or type(out).__module__.startswith("ipykernel")
        self.once = False
        """Whether the bar is drawn at the end alone."""
        self.start = time.monotonic()
        self.drawn_at = -math.inf
        self.drawn = 0
        self.seen = 0

    def update(self, current: int, values: Iterable[tuple[str, Any]] = (), finalize: bool | None = None) -> None:
        """Show that *current* steps are done, with named *values*."""
        done = (self.target is not None and current >= self.target) if finalize is None else finalize
        now = time.monotonic()
        values = [(name, self._shown(name, value, max(current - self.seen, 1), done)) for name, value in values]
        self.seen = current
        if not self.verbose or (not done and (self.verbose == 2 or self.once)):
            return
        if not done and now - self.drawn_at < self.interval:
            return
        self.drawn_at = now
        elapsed = now - self.start
        each = elapsed / max(current, 1)
        text = measured(values)
        tail = f" - {text}" if text else ""
        if self.verbose == 2:
            print(
                f"{current}/{self.target or current} - {elapsed:.0f}s - {per_step(each, self.unit_name)}{tail}",
                flush=True,
            )
            return
        left = each * ((self.target or current) - current)
        shown = f"{elapsed:.0f}s" if done else duration(left)
        self._draw(current, f"{shown} {per_step(each, self.unit_name)}{tail}", done)

    def add(self, n: int, values: Iterable[tuple[str, Any]] = ()) -> None:
        """Show that *n* more steps are done."""
        self.update(self.seen + n, values)

    def _shown(self, name: str, value: Any, steps: int, done: bool) -> Any:
        if done or (name in self._others) != self._as_given:
            return value
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = total + value * steps, count + steps
        return (total + value * steps) / (count + steps)

    def _draw(self, current: int, info: str, done: bool) -> None:
        if self.target:
            count = f"{current:>{len(str(self.target))}}/{self.target}"
            full = min(self.width, int(self.width * current / self.target))
        else:
            count, full = f"{current}/{current if done else 'Unknown'}", self.width if done else 0
        left = "━" * full
        right = "━" * (self.width - full)
        length = len(count) + len(info) + self.width + 2
        if not self.live:
            print(f"{count} {left}{right} {info}", flush=True)
            return
        line = f"\r{BOLD}{count}{PLAIN} {GREEN}{left}{PLAIN}{GREY}{right}{PLAIN} {info}"
        print(line + " " * max(0, self.drawn - length), end="\n" if done else "", flush=True)
        self.drawn = length


def bar(target: int | None, verbose: int) -> Progbar:
    """The bar of *target* steps that `fit` shows: where the output is no terminal, it is one line at the end.

    >>> bar(2, verbose=2).update(1)
    """
    made = Progbar(target, verbose=verbose, stateless_metrics=())
    made.once = not made.live
    return made
