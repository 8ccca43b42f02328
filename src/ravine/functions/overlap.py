"""Metrics of overlap and of direction: intersection over union, cosine similarity, Pearson's correlation."""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, cast, check_number, pytree, static
from ravine.functions.losses import cosine_similarity
from ravine.functions.metric_base import METRICS, Averaged, Better, Metric, class_numbers, ratio, spread

__all__ = ["BinaryIoU", "CosineSimilarityMetric", "IoU", "MeanIoU", "PearsonCorrelation"]


@METRICS.register("iou", "one_hot_iou")
@pytree
class IoU(Metric):
    """Intersection over union, TP / (TP + FP + FN), of the classes *target_classes* (None: all), averaged over them.

    The class of an example is where its outputs are largest; with *labels* the single output is itself a class number,
    one of *classes*. Targets are class numbers or one-hot rows; those of *ignore_class*, and numbers of no class, do
    not count. A class that neither occurs nor is found is left out of the mean.
    Source: Jaccard, "Étude comparative de la distribution florale", 1901.

    >>> metric = IoU((1,))
    >>> out = jnp.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4]])
    >>> float(metric.value(metric.stats(jnp.array([0, 1, 1]), out, jnp.ones(3))))
    0.5
    """

    target_classes: tuple[int, ...] | None = static(default=None)
    ignore_class: int | None = static(default=None)
    labels: bool = static(default=False)
    classes: int | None = static(default=None)
    name: str = static(default="iou", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        if self.target_classes is not None:
            object.__setattr__(self, "target_classes", tuple(self.target_classes))
        if self.labels and self.classes is None:
            owner = type(self).__name__
            raise RavineError(f"{owner}: class numbers as outputs do not tell how many classes there are: give classes")

    def _found(self, out: Array) -> tuple[Array, int]:
        if not self.labels:
            return jnp.argmax(out, axis=-1).astype(jnp.int32), self.classes or out.shape[-1]
        return out[..., 0].astype(jnp.int32), self.classes or 0

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the weighted counts of true (row) and found classes, (classes, classes)."""
        found, classes = self._found(out)
        y = jnp.asarray(y)
        true = y.reshape(found.shape) if y.size == found.size else class_numbers(y, classes, out.ndim)
        true = true.astype(jnp.int32)
        weights = spread(weight, jnp.zeros(found.shape, out.dtype))
        if self.ignore_class is not None:
            weights = weights * (true != self.ignore_class).astype(out.dtype)
        # one_hot of a number that is no class is a row of zeros
        rows = jax.nn.one_hot(true.ravel(), classes, dtype=out.dtype) * weights.reshape(-1, 1)
        columns = jax.nn.one_hot(found.ravel(), classes, dtype=out.dtype)
        return jnp.matmul(rows.T, columns, precision=jax.lax.Precision.HIGHEST)

    def value(self, stats: Array) -> Array:
        """Return the mean over the classes asked for."""
        both = jnp.diagonal(stats)
        union = stats.sum(axis=0) + stats.sum(axis=1) - both
        if self.target_classes is not None:
            chosen = jnp.asarray(self.target_classes)
            both, union = both[chosen], union[chosen]
        seen = (union > 0).astype(stats.dtype)
        mean = ratio(jnp.sum(ratio(both, union)), jnp.sum(seen))
        return jnp.where(stats.sum() == 0, jnp.nan, mean)


@METRICS.register("mean_iou", "one_hot_mean_iou")
@pytree
class MeanIoU(IoU):
    """`IoU` averaged over all classes that occur or are found.

    >>> metric = MeanIoU()
    >>> out = jnp.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4]])
    >>> float(metric.value(metric.stats(jnp.array([0, 1, 1]), out, jnp.ones(3))))
    0.5
    """

    name: str = static(default="mean_iou", kw_only=True)


@METRICS.register("binary_iou")
@pytree
class BinaryIoU(IoU):
    """`IoU` of outputs that say yes from *threshold* on, and no below; class 1 is yes. All outputs are pooled.

    >>> metric = BinaryIoU((1,), threshold=0.5)
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [1.0]]), jnp.array([[0.5], [0.4]]), jnp.ones(2))))
    0.5
    """

    target_classes: tuple[int, ...] | None = static(default=(0, 1))
    threshold: Number = 0.5
    name: str = static(default="binary_iou", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("BinaryIoU", "threshold", self.threshold)

    def _found(self, out: Array) -> tuple[Array, int]:
        return (out >= cast(self.threshold, out.dtype)).astype(jnp.int32), 2


@METRICS.register("cosine_similarity", "cosine")
@pytree
class CosineSimilarityMetric(Averaged):
    """Mean cosine of the angle between target and output: 1 where they point the same way. The loss is its negative.

    >>> metric = CosineSimilarityMetric()
    >>> float(metric.value(metric.stats(jnp.array([[3.0, 4.0]]), jnp.array([[6.0, 8.0]]), jnp.ones(1))))
    1.0
    """

    name: str = static(default="cosine_similarity", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def each(self, y: Array, out: Array) -> Array:
        """Return the cosine of each example, (batch, ...)."""
        return -cosine_similarity(y, out)


@METRICS.register("pearson_correlation")
@pytree
class PearsonCorrelation(Averaged):
    """Mean correlation between the targets and the outputs of an example, along its outputs, as in Keras.

    Of a row whose targets or outputs are all alike there is none: NaN.
    Source: Pearson, "Notes on regression and inheritance in the case of two parents", 1895.

    >>> metric = PearsonCorrelation()
    >>> y, out = jnp.array([[1.0, 2.0, 3.0]]), jnp.array([[2.0, 4.0, 6.0]])
    >>> round(float(metric.value(metric.stats(y, out, jnp.ones(1)))), 5)
    1.0
    """

    name: str = static(default="pearson_correlation", kw_only=True)
    better: ClassVar[Better | None] = "higher"
    translates = True

    def each(self, y: Array, out: Array) -> Array:
        """Return the correlation of each example, (batch, ...)."""
        y = jnp.asarray(y).astype(out.dtype)
        a, b = (part - part.mean(axis=-1, keepdims=True) for part in (y, out))
        return jnp.sum(a * b, axis=-1) / (jnp.sqrt(jnp.sum(a * a, axis=-1)) * jnp.sqrt(jnp.sum(b * b, axis=-1)))
