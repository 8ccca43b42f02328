"""Which way is good: it belongs to the metric, and is never guessed from a name."""

from __future__ import annotations

from typing import Any

from ravine.core import RavineError
from ravine.functions.loss_base import LOSSES, Loss
from ravine.functions.metric_base import METRICS, Better, Metric

__all__ = ["direction"]


def direction(of: Any) -> Better | None:
    """Which values of a metric are good: "higher", "lower", or None where nothing says so.

    *of* is a metric or a class of metrics, which say so themselves in ``better``; a loss, of which lower values are
    good; or the registered name of either. Of other names, and of functions, nothing is known.

    >>> direction("accuracy"), direction("huber"), direction("stopwatch")
    ('higher', 'lower', None)
    >>> from ravine.functions import AUC, loss
    >>> direction(AUC(name="area")), direction(loss("mse"))
    ('higher', 'lower')
    """
    if isinstance(of, str):
        if of.strip().lower() in ("accuracy", "acc"):
            return "higher"
        return direction(METRICS[of]) if of in METRICS else "lower" if of in LOSSES else None
    kind = of if isinstance(of, type) else type(of)
    if issubclass(kind, Loss):
        return "lower"
    if not issubclass(kind, Metric):
        return None
    better: Better | None = of.better
    if better not in ("higher", "lower", None):
        raise RavineError(f"{kind.__name__}: better must be 'higher' or 'lower', or None, got {better!r}")
    return better
