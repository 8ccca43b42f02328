"""Metrics that count: true and false positives and negatives, sums and means of outputs, outputs equal to targets."""

from __future__ import annotations

from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, check_number, pytree, static
from ravine.functions.metric_base import METRICS, Averaged, Better, Metric, counted, indicators, spread

__all__ = ["ExactAccuracy", "FalseNegatives", "FalsePositives", "Mean", "Sum", "TrueNegatives", "TruePositives"]


@pytree
class Counted(Metric):
    """What the four counts have in common: *threshold*, one or several, above which an output says yes.

    Outputs and targets are read as by `ravine.functions.Precision`. Of several thresholds there is a number each.
    """

    threshold: float | tuple[float, ...] = static(default=0.5)
    name: str = static(default="count", kw_only=True)

    of_true: ClassVar[bool] = True
    of_found: ClassVar[bool] = True

    def __post_init__(self) -> None:
        several = isinstance(self.threshold, tuple | list)
        levels = tuple(self.threshold) if isinstance(self.threshold, tuple | list) else (self.threshold,)
        for level in levels:
            check_number(type(self).__name__, "threshold", level)
        object.__setattr__(self, "threshold", levels if several else self.threshold)

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the weighted count at each threshold, () or (thresholds,)."""
        levels = np.asarray(self.threshold, out.dtype)
        found = out[..., None] > levels.reshape(-1)
        true = indicators(y, out)[..., None] > 0
        hits = ((true == self.of_true) & (found == self.of_found)).astype(out.dtype)
        counts: Array = jnp.sum((hits * spread(weight, out)[..., None]).reshape(-1, levels.size), axis=0)
        return counts.reshape(levels.shape)

    def value(self, stats: Array) -> Array:
        """Return the count."""
        return stats


@METRICS.register("true_positives")
@pytree
class TruePositives(Counted):
    """How many targets that hold have an output above *threshold*.

    >>> metric = TruePositives()
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [1.0]]), jnp.array([[0.9], [0.1]]), jnp.ones(2))))
    1.0
    """

    name: str = static(default="true_positives", kw_only=True)
    better: ClassVar[Better | None] = "higher"


@METRICS.register("true_negatives")
@pytree
class TrueNegatives(Counted):
    """How many targets that do not hold have an output of *threshold* or less.

    >>> metric = TrueNegatives(threshold=(0.5, 0.95))
    >>> metric.stats(jnp.array([[1.0], [0.0], [0.0]]), jnp.array([[0.9], [0.1], [0.8]]), jnp.ones(3)).tolist()
    [1.0, 2.0]
    """

    name: str = static(default="true_negatives", kw_only=True)
    better: ClassVar[Better | None] = "higher"
    of_true: ClassVar[bool] = False
    of_found: ClassVar[bool] = False


@METRICS.register("false_positives")
@pytree
class FalsePositives(Counted):
    """How many targets that do not hold have an output above *threshold*.

    >>> metric = FalsePositives()
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [0.0]]), jnp.array([[0.9], [0.8]]), jnp.ones(2))))
    1.0
    """

    name: str = static(default="false_positives", kw_only=True)
    better: ClassVar[Better | None] = "lower"
    of_true: ClassVar[bool] = False


@METRICS.register("false_negatives")
@pytree
class FalseNegatives(Counted):
    """How many targets that hold have an output of *threshold* or less.

    >>> metric = FalseNegatives()
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [0.0]]), jnp.array([[0.1], [0.8]]), jnp.ones(2))))
    1.0
    """

    name: str = static(default="false_negatives", kw_only=True)
    better: ClassVar[Better | None] = "lower"
    of_found: ClassVar[bool] = False


@METRICS.register("exact_accuracy")
@pytree
class ExactAccuracy(Averaged):
    """Share of outputs that equal their targets: Keras's Accuracy. The name "accuracy" is resolved by the loss.

    >>> metric = ExactAccuracy()
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [2.0]]), jnp.array([[1.0], [2.5]]), jnp.ones(2))))
    0.5
    """

    name: str = static(default="exact_accuracy", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def each(self, y: Array, out: Array) -> Array:
        """Return the share of equal outputs of each example, (batch, ...)."""
        same = jnp.asarray(y).astype(out.dtype).reshape(out.shape) == out
        return jnp.mean(same.astype(out.dtype), axis=-1)


@METRICS.register("mean")
@pytree
class Mean(Averaged):
    """The mean of the outputs, whatever the targets: what a network says on average.

    >>> metric = Mean()
    >>> float(metric.value(metric.stats(jnp.zeros((2, 1)), jnp.array([[1.0], [4.0]]), jnp.ones(2))))
    2.5
    """

    name: str = static(default="mean", kw_only=True)

    def each(self, y: Array, out: Array) -> Array:
        """Return the mean output of each example, (batch, ...)."""
        return jnp.mean(out, axis=-1)


@METRICS.register("sum")
@pytree
class Sum(Metric):
    """The sum of the outputs, whatever the targets.

    >>> metric = Sum()
    >>> float(metric.value(metric.stats(jnp.zeros((2, 1)), jnp.array([[1.0], [4.0]]), jnp.ones(2))))
    5.0
    """

    name: str = static(default="sum", kw_only=True)

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the weighted sum, ()."""
        return jnp.sum(counted(out, spread(weight, out)))

    def value(self, stats: Array) -> Array:
        """Return the sum itself."""
        return stats
