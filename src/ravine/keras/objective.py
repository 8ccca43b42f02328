"""What is minimised and measured, as Keras counts it."""

from __future__ import annotations

from typing import Any

from ravine.core import Array, pytree, static
from ravine.functions import activation
from ravine.nn import Network
from ravine.train.objective import Objective, blank, weighed

__all__ = ["KerasObjective", "fuses"]


@pytree
class KerasObjective(Objective):
    """An `Objective` whose metrics, save the *weighted* ones, leave the examples' weights out.

    The loss is the mean over the batch, and over the steps of a sequence. Steps that are masked in the output count
    nowhere: not in the loss, nor in any metric. (Keras's own streaming metrics, such as AUC, leave masks unheeded.)
    Weights may be one per example, or one per step; a target of weight 0 is not looked at, save by the metrics that
    leave weights out.

    No example: made by `ravine.keras.Sequential`.
    """

    weighted: tuple[bool, ...] = static(default=())

    def _stats(
        self, y: Array, seen: Array, out: Array, present: Array, weight: Array | None, mask: Array | None
    ) -> tuple[Array, ...]:
        plain, weights = (blank(y, mask), present), (seen, weighed(present, weight))
        chosen = (weights if weighs else plain for weighs in self.weighted)
        return tuple(metric.stats(t, out, w) for metric, (t, w) in zip(self.metrics, chosen, strict=True))


def fuses(loss: Any, network: Network) -> bool:
    """Whether *loss* is computed from what *network*'s last activation is given.

    >>> from ravine.functions import loss
    >>> from ravine.nn import Dense
    >>> fuses(loss("categorical_crossentropy"), Network((Dense(3, "softmax"),), (2,)))
    True
    """
    return loss.fuses is not None and network.final_activation is activation(loss.fuses)
