"""Targets far from zero: losses and metrics of distances from an origin, so that float32 keeps the targets' digits.

2458000.3 is 2458000.25 in float32, and a sum of squares of such numbers knows nothing of their deviations. The distance
from 2458000 is .3 to seven digits, and what measures differences of targets and outputs alone never needs the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ravine.core import Array, Number, cast, pytree, static
from ravine.functions.loss_base import Loss
from ravine.functions.metric_base import Better, Metric

__all__ = ["FAR", "LossAbout", "MetricAbout", "origin_of"]

FAR = 4.0
"""Targets whose mean is further from 0 than so many standard deviations get an origin of their own."""

Origin = npt.NDArray[np.float64]


def origin_of(y: Any, outputs: int, before: Origin | None = None) -> Origin | None:
    """Return the number near the targets *y* of each output from which they are counted, or None where 0 serves.

    It is their mean rounded to float32, so that every program can subtract it exactly, and 0 for outputs whose mean
    lies within `FAR` standard deviations of 0; one number () for one output, else (*outputs*,). An origin that was in
    force *before* stays where it still serves.

    >>> float(origin_of(np.array([[2458000.1], [2458000.5]]), 1)), origin_of(np.array([[1.0], [-2.0]]), 1)
    (2458000.25, None)
    """
    values = np.asarray(y)
    if values.dtype.kind != "f" or values.size % outputs or (outputs > 1 and values.shape[-1:] != (outputs,)):
        return None
    values = values.reshape(-1, outputs).astype(np.float64)
    # an example that is masked may have any target
    rows = values[np.isfinite(values).all(axis=1)]
    if not len(rows):
        return before
    scale = np.maximum(abs(rows).max(axis=0), np.finfo(np.float64).tiny)
    rows = rows / scale  # their squares must not overflow
    mean = rows.mean(axis=0)
    far = FAR * rows.std(axis=0)
    old = np.zeros(outputs) if before is None else np.broadcast_to(before, (outputs,)).astype(np.float64)
    # one example says nothing of a spread
    leaves = (abs(mean - old / scale) > far) & (len(rows) > 1)
    fresh = np.where(abs(mean) > far, (mean * scale).astype(np.float32), 0.0).astype(np.float64)
    origin = np.where(leaves, fresh, old)
    if before is None and not origin.any():
        return None
    return origin.reshape(()) if outputs == 1 else origin


@pytree
class LossAbout(Loss):
    """*loss* of targets that are kept as their distances from *origin*.

    >>> from ravine.functions.losses import MeanSquaredError
    >>> about = LossAbout(MeanSquaredError(), np.float64(2458000))
    >>> kept = about.check([2458000.3], (1,))
    >>> round(float(about(kept.astype(np.float32), np.array([[2458001.0]], np.float32))[0]), 4)
    0.49
    """

    loss: Loss
    origin: Number

    @property
    def translates(self) -> bool:  # type: ignore[override]
        """As the loss itself."""
        return self.loss.translates

    def __call__(self, y: Array, out: Array) -> Array:
        origin = cast(self.origin, out.dtype)
        return self.loss(y, out - origin) if self.loss.translates else self.loss(y + origin, out)

    def counts(self, y: Array) -> Array | None:
        return self.loss.counts(y)

    def check(
        self, y: Any, output_shape: tuple[int, ...], used: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[Any]:
        """The targets as the loss wants them, less the origin; float64."""
        return self.loss.check(y, output_shape, used).astype(np.float64) - np.asarray(self.origin, np.float64)

    @property
    def name(self) -> str:
        return self.loss.name


@pytree
class MetricAbout(Metric):
    """*metric* of targets that are kept as their distances from *origin*.

    >>> from ravine.functions.metrics import R2
    >>> y = np.array([[2457997.2], [2458000.1], [2458003.4]])
    >>> about, weight = MetricAbout(R2(), np.float64(2458000), name="r2"), np.ones(3, np.float32)
    >>> stats = about.stats((y - 2458000).astype(np.float32), (y + 1).astype(np.float32), weight)
    >>> round(float(about.value(stats)), 2)
    0.84
    """

    metric: Metric
    origin: Number
    name: str = static(kw_only=True)

    @property
    def translates(self) -> bool:  # type: ignore[override]
        """As the metric itself."""
        return self.metric.translates

    @property
    def better(self) -> Better | None:  # type: ignore[override]
        """As the metric itself."""
        return self.metric.better

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        origin = cast(self.origin, out.dtype)
        if self.metric.translates:
            return self.metric.stats(y, out - origin, weight)
        return self.metric.stats(y + origin, out, weight)

    def value(self, stats: Array) -> Array:
        return self.metric.value(stats)
