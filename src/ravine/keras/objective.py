"""What is minimised and measured, as Keras counts it."""

from __future__ import annotations

import math
from typing import Any

from ravine.core import Array, pytree, static
from ravine.functions import Averaged, Metric, MetricAbout, activation
from ravine.nn import Network
from ravine.train import Objective
from ravine.train.engine import blank, weighed

__all__ = ["KerasObjective", "fuses"]


@pytree
class KerasObjective(Objective):
    """An `Objective` whose metrics, save the *weighted* ones, leave the examples' weights out.

    The loss is the mean over the batch, and over the steps of a sequence. Steps that are masked in the output count
    nowhere: not in the loss, nor in any metric. (Keras's own streaming metrics, such as AUC, leave masks unheeded.)
    Weights may be one per example, or one per step; a target of weight 0 is not looked at, save by the metrics that
    leave weights out. In a metric that is a mean each sequence counts as one example, however many steps it has.

    No example: made by `ravine.keras.Sequential`.
    """

    weighted: tuple[bool, ...] = static(default=())

    def _stats(
        self, y: Array, seen: Array, out: Array, present: Array, weight: Array | None, mask: Array | None
    ) -> tuple[Array, ...]:
        plain, weights = (blank(y, mask), present), (seen, weighed(present, weight))
        chosen = (weights if weighs else plain for weighs in self.weighted)
        steps = math.prod(out.shape[1:-1])
        return tuple(
            metric.stats(t, out, w / steps if steps > 1 and _averages(metric) else w)
            for metric, (t, w) in zip(self.metrics, chosen, strict=True)
        )


def _averages(metric: Metric) -> bool:
    """Whether *metric* is a mean over the places of the outputs."""
    return isinstance(metric.metric if isinstance(metric, MetricAbout) else metric, Averaged)


def fuses(loss: Any, network: Network) -> bool:
    """Whether *loss* is computed from what *network*'s last activation is given.

    >>> from ravine.functions import loss
    >>> from ravine.nn import Dense
    >>> fuses(loss("categorical_crossentropy"), Network((Dense(3, "softmax"),), (2,)))
    True
    """
    return loss.fuses is not None and network.final_activation is activation(loss.fuses)
