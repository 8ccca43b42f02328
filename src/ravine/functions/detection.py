"""Metrics counted from true and false positives: precision, recall, F1, area under a curve, confusion matrix.

Outputs are probabilities. Class numbers as targets are read as one-hot rows, and all outputs are pooled, as in Keras.
Where examples are there but none of a kind (no positive predicted, say), a share is 0, as in Keras and scikit-learn;
where no example is, it is NaN.
"""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, cast, check_choice, check_count, check_number, pytree, static
from ravine.functions.metric_base import METRICS, Better, Metric, class_numbers, indicators, ratio, spread

__all__ = ["AUC", "F1", "ConfusionMatrix", "Precision", "Recall"]


def _share(part: Array, whole: Array, everything: Array) -> Array:
    """*part* / *whole*; 0 where the whole is 0 though there is something, NaN where there is nothing at all."""
    return jnp.where(everything == 0, jnp.nan, ratio(part, whole))


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
        return _share(*stats)


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
        return _share(*stats)


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
        scores = _share(2.0 * hits, 2.0 * hits + false + missed, everything)
        if self.average == "none":
            return scores
        if self.average == "weighted":
            return _share(jnp.sum(scores * (hits + missed)), jnp.sum(hits + missed), jnp.sum(everything))
        return jnp.mean(scores)


@METRICS.register("auc")
@pytree
class AUC(Metric):
    """Area under the ROC curve (or precision-recall curve, *curve* = "pr") from equally spaced thresholds on [0, 1].

    ROC areas are trapezia; precision-recall areas follow the interpolation of Davis & Goadrich, "The relationship
    between precision-recall and ROC curves", 2006. With 200 thresholds these are Keras's numbers, save that the ROC
    area is NaN where one of the two classes is absent and there is no curve (as in scikit-learn; 0 in Keras).

    >>> metric = AUC()
    >>> sums = metric.stats(jnp.array([[0.0], [1.0]]), jnp.array([[0.2], [0.8]]), jnp.ones(2))
    >>> float(metric.value(sums))
    1.0
    """

    num_thresholds: int = static(default=200)
    curve: str = static(default="roc")
    name: str = static(default="auc", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        check_count("AUC", "num_thresholds", self.num_thresholds, least=2)
        check_choice("AUC", "curve", self.curve, ("roc", "pr"))

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the true and the false positives at each threshold, (2, thresholds)."""
        last = self.num_thresholds - 1
        # The first threshold lies below every output and the last above: the ends of the curve.
        levels = np.array([-np.inf, *range(1, last), np.inf], out.dtype)
        above = (out[..., np.newaxis] * float(last) > levels).astype(out.dtype).reshape(-1, self.num_thresholds)
        true, weights = indicators(y, out), spread(weight, out)
        groups = jnp.stack([(true * weights).ravel(), ((1.0 - true) * weights).ravel()])
        return jnp.matmul(groups, above, precision=jax.lax.Precision.HIGHEST)

    def value(self, stats: Array) -> Array:
        """Return the area."""
        true, false = stats
        if self.curve == "roc":
            rise, run = jnp.divide(true, true[0]), jnp.divide(false, false[0])  # 0 / 0 is NaN: a class is absent
            return jnp.sum((run[:-1] - run[1:]) * (rise[:-1] + rise[1:]) / 2.0)
        found = true + false
        slope = ratio(true[:-1] - true[1:], found[:-1] - found[1:])
        offset = true[1:] - slope * found[1:]
        both = (found[:-1] > 0) & (found[1:] > 0)
        growth = jnp.where(both, found[:-1], 1.0) / jnp.where(both, found[1:], 1.0)
        areas = slope * (true[:-1] - true[1:] + offset * jnp.log(growth))
        # Weights below 0 can leave less than nothing to find.
        return _share(jnp.sum(areas), jnp.maximum(true[0], 0.0), found[0])


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
