"""Metrics counted from true and false positives: precision, recall, F1 and its family, confusion matrix.

Outputs are probabilities. Class numbers as targets are read as one-hot rows, and all outputs are pooled, as in Keras.
Where examples are there but none of a kind (no positive predicted, say), a share is 0, as in Keras and scikit-learn;
where no example is, it is NaN.
"""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, cast, check_choice, check_number, pytree, static
from ravine.functions.curves import share
from ravine.functions.metric_base import METRICS, Better, Metric, class_numbers, indicators, spread

__all__ = ["F1", "ConfusionMatrix", "FBeta", "Precision", "Recall"]


def _column(values: Array, index: int | None) -> Array:
    return values if index is None else values[..., index]


@METRICS.register("precision")
@pytree
class Precision(Metric):
    """Share of true positives among the outputs above *threshold*; of one class only, where *class_id* says so.

    >>> metric = Precision()
    >>> out = jnp.array([[0.9], [0.8], [0.1]])
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [0.0], [1.0]]), out, jnp.ones(3))))
    0.5
    """

    threshold: Number = 0.5
    class_id: int | None = static(default=None)
    name: str = static(default="precision", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return [true positives, all positives predicted, everything]."""
        true = _column(indicators(y, out), self.class_id)
        found = _column((out > cast(self.threshold, out.dtype)).astype(out.dtype), self.class_id)
        weights = spread(weight, found)
        found = found * weights
        return jnp.stack([jnp.sum(found * true), jnp.sum(found), jnp.sum(weights)])

    def value(self, stats: Array) -> Array:
        """Return true positives / all positives predicted."""
        return share(*stats)


@METRICS.register("recall")
@pytree
class Recall(Metric):
    """Share of the true targets whose output is above *threshold*; of one class only, where *class_id* says so.

    >>> metric = Recall()
    >>> out = jnp.array([[0.9], [0.8], [0.1]])
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [0.0], [1.0]]), out, jnp.ones(3))))
    0.5
    """

    threshold: Number = 0.5
    class_id: int | None = static(default=None)
    name: str = static(default="recall", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return [true positives, all positives, everything]."""
        true = _column(indicators(y, out), self.class_id)
        found = _column((out > cast(self.threshold, out.dtype)).astype(out.dtype), self.class_id)
        weights = spread(weight, true)
        true = true * weights
        return jnp.stack([jnp.sum(found * true), jnp.sum(true), jnp.sum(weights)])

    def value(self, stats: Array) -> Array:
        """Return true positives / all positives."""
        return share(*stats)


@METRICS.register("f1", "f1_score")
@pytree
class F1(Metric):
    """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN), per class, then averaged.

    *average* is 'macro' (each class alike), 'micro' (each example alike), 'weighted' (by true count), or 'none' (one
    value per class). With no *threshold* the largest output is the prediction; a single output is compared with 0.5.

    >>> metric = F1()
    >>> sums = metric.stats(jnp.array([0, 1, 1]), jnp.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4]]), jnp.ones(3))
    >>> round(float(metric.value(sums)), 4)
    0.6667
    """

    threshold: Number | None = None
    average: str = static(default="macro")
    name: str = static(default="f1", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        check_choice("F1", "average", self.average, ("macro", "micro", "weighted", "none"))

    @property
    def weight_of_recall(self) -> Number:
        """How many times as much recall weighs as precision."""
        return 1.0

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return true positives, false positives, false negatives and all examples of each class, (4, classes)."""
        classes = out.shape[-1]
        true = indicators(y, out)
        if self.threshold is None and classes > 1:
            found = jax.nn.one_hot(jnp.argmax(out, axis=-1), classes, dtype=out.dtype)
        else:
            limit = 0.5 if self.threshold is None else self.threshold
            found = (out > cast(limit, out.dtype)).astype(out.dtype)
        weights = spread(weight, out)
        counts = (true * found, (1.0 - true) * found, true * (1.0 - found), jnp.ones_like(out))
        return jnp.stack([(count * weights).reshape(-1, classes).sum(axis=0) for count in counts])

    def value(self, stats: Array) -> Array:
        """Return the averaged F1, or one per class."""
        if self.average == "micro":
            stats = stats.sum(axis=1, keepdims=True)
        hits, false, missed, everything = stats
        square = jnp.square(cast(self.weight_of_recall, stats.dtype))
        scores = share((1.0 + square) * hits, (1.0 + square) * hits + false + square * missed, everything)
        if self.average == "none":
            return scores
        if self.average == "weighted":
            return share(jnp.sum(scores * (hits + missed)), jnp.sum(hits + missed), jnp.sum(everything))
        return jnp.mean(scores)


@METRICS.register("fbeta", "fbeta_score")
@pytree
class FBeta(F1):
    """(1 + beta^2) TP / ((1 + beta^2) TP + FP + beta^2 FN): `F1` where recall weighs *beta* times as much as precision.

    Source: van Rijsbergen, "Information retrieval", 1979.

    >>> metric = FBeta(beta=2.0, average="none")
    >>> sums = metric.stats(jnp.array([[1.0], [1.0], [0.0]]), jnp.array([[0.9], [0.1], [0.8]]), jnp.ones(3))
    >>> metric.value(sums).round(4).tolist()
    [0.5]
    """

    beta: Number = 1.0
    name: str = static(default="fbeta", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("FBeta", "beta", self.beta, low=0.0, open_low=True)

    @property
    def weight_of_recall(self) -> Number:
        return self.beta


@METRICS.register("confusion_matrix")
@pytree
class ConfusionMatrix(Metric):
    """How often class i (row) was taken for class j (column): (classes, classes); a single output makes two classes.

    >>> metric = ConfusionMatrix()
    >>> out = jnp.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4]])
    >>> metric.value(metric.stats(jnp.array([0, 1, 1]), out, jnp.ones(3))).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """

    threshold: Number = 0.5
    name: str = static(default="confusion_matrix", kw_only=True)

    def __post_init__(self) -> None:
        check_number("ConfusionMatrix", "threshold", self.threshold)

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the weighted counts, (classes, classes)."""
        true = class_numbers(y, out.shape[-1], out.ndim)
        if out.shape[-1] == 1:
            found, classes = (out[..., 0] > cast(self.threshold, out.dtype)).astype(jnp.int32), 2
        else:
            found, classes = jnp.argmax(out, axis=-1), out.shape[-1]
        rows = jax.nn.one_hot(true.ravel(), classes, dtype=out.dtype)
        columns = jax.nn.one_hot(found.ravel(), classes, dtype=out.dtype)
        weights = spread(weight, out[..., 0]).ravel()
        return jnp.matmul((rows * weights[:, np.newaxis]).T, columns, precision=jax.lax.Precision.HIGHEST)

    def value(self, stats: Array) -> Array:
        """Return the counts themselves."""
        return stats
