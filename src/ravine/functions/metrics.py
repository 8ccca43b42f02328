"""Metrics: accuracy, top-k, errors of regression, R2, the mean of any loss; and all metrics by name.

What a metric is stands in `ravine.functions.metric_base`; precision, recall, F1 and the confusion matrix are in
`ravine.functions.detection`, areas and other readings of a curve in `ravine.functions.curves`, counts in
`ravine.functions.counts`, overlaps in `ravine.functions.overlap`. The mean of any loss is a metric, too, under the
loss's name.
"""

from __future__ import annotations

from typing import ClassVar

import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, cast, check_count, nearest, pytree, static
from ravine.functions.counts import (
    ExactAccuracy,
    FalseNegatives,
    FalsePositives,
    Mean,
    Sum,
    TrueNegatives,
    TruePositives,
)
from ravine.functions.curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from ravine.functions.detection import F1, ConfusionMatrix, FBeta, Precision, Recall
from ravine.functions.losses import (
    LOSSES,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from ravine.functions.losses import FromLogits as _FromLogits
from ravine.functions.losses import loss as _loss
from ravine.functions.metric_base import METRICS, Averaged, Better, Metric, class_numbers
from ravine.functions.overlap import BinaryIoU, CosineSimilarityMetric, IoU, MeanIoU, PearsonCorrelation
from ravine.functions.r2 import R2

__all__ = [
    "AUC",
    "F1",
    "MAE",
    "METRICS",
    "MSE",
    "R2",
    "RMSE",
    "BinaryAccuracy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "ConfusionMatrix",
    "CosineSimilarityMetric",
    "ExactAccuracy",
    "FBeta",
    "FalseNegatives",
    "FalsePositives",
    "IoU",
    "Mean",
    "MeanIoU",
    "MeanLoss",
    "Metric",
    "PearsonCorrelation",
    "Precision",
    "PrecisionAtRecall",
    "Recall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "Sum",
    "TopK",
    "TrueNegatives",
    "TruePositives",
    "metric",
    "resolve_accuracy",
]


@METRICS.register("binary_accuracy")
@pytree
class BinaryAccuracy(Averaged):
    """Share of outputs on the same side of *threshold* as their label; the label itself is judged at 0.5.

    >>> metric = BinaryAccuracy()
    >>> float(metric.value(metric.stats(jnp.array([[1.0], [0.0]]), jnp.array([[0.9], [0.8]]), jnp.ones(2))))
    0.5
    """

    threshold: Number = 0.5
    name: str = static(default="binary_accuracy", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def each(self, y: Array, out: Array) -> Array:
        """Return the share of right outputs of each example, (batch, ...)."""
        y = jnp.asarray(y).reshape(out.shape)
        right = (out > cast(self.threshold, out.dtype)) == (y > 0.5)
        return jnp.mean(right.astype(out.dtype), axis=-1)


@METRICS.register("categorical_accuracy")
@pytree
class CategoricalAccuracy(Averaged):
    """Share of examples whose largest output is where the target row is largest.

    >>> metric = CategoricalAccuracy()
    >>> out = jnp.array([[0.9, 0.1], [0.8, 0.2]])
    >>> float(metric.value(metric.stats(jnp.eye(2), out, jnp.ones(2))))
    0.5
    """

    name: str = static(default="categorical_accuracy", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def each(self, y: Array, out: Array) -> Array:
        """Return 1 where right and 0 where wrong, (batch, ...)."""
        return (jnp.argmax(jnp.asarray(y), axis=-1) == jnp.argmax(out, axis=-1)).astype(out.dtype)


@METRICS.register("sparse_categorical_accuracy")
@pytree
class SparseCategoricalAccuracy(Averaged):
    """Share of examples whose largest output is the one that the class number names.

    >>> metric = SparseCategoricalAccuracy()
    >>> out = jnp.array([[0.9, 0.1], [0.8, 0.2]])
    >>> float(metric.value(metric.stats(jnp.array([0, 1]), out, jnp.ones(2))))
    0.5
    """

    name: str = static(default="sparse_categorical_accuracy", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def each(self, y: Array, out: Array) -> Array:
        """Return 1 where right and 0 where wrong, (batch, ...)."""
        number = jnp.asarray(y).astype(jnp.int32).reshape(out.shape[:-1])
        return (number == jnp.argmax(out, axis=-1).astype(jnp.int32)).astype(out.dtype)


@METRICS.register("top_k", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy")
@pytree
class TopK(Averaged):
    """Share of examples whose true class has fewer than *k* larger outputs; one-hot rows or class numbers.

    >>> metric = TopK(2)
    >>> float(metric.value(metric.stats(jnp.array([2]), jnp.array([[0.5, 0.1, 0.4]]), jnp.ones(1))))
    1.0
    """

    k: int = static(default=5)
    name: str = static(default="top_k_categorical_accuracy", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        check_count("TopK", "k", self.k)

    def each(self, y: Array, out: Array) -> Array:
        """Return 1 where the true class is among the first *k* and 0 elsewhere, (batch, ...)."""
        number = class_numbers(y, out.shape[-1], out.ndim)
        chosen = jnp.take_along_axis(out, number[..., None], axis=-1)
        larger = jnp.sum(out > chosen, axis=-1)
        return ((larger < self.k) & jnp.isfinite(chosen[..., 0])).astype(out.dtype)


@METRICS.register("mse", "mean_squared_error")
@pytree
class MSE(Averaged):
    """Mean squared error.

    >>> metric = MSE()
    >>> float(metric.value(metric.stats(jnp.array([[0.0]]), jnp.array([[3.0]]), jnp.ones(1))))
    9.0
    """

    name: str = static(default="mse", kw_only=True)
    better: ClassVar[Better | None] = "lower"
    translates = True

    def each(self, y: Array, out: Array) -> Array:
        """Return the mean squared error of each example, (batch, ...)."""
        return MeanSquaredError()(y, out)


@METRICS.register("rmse", "root_mean_squared_error")
@pytree
class RMSE(MSE):
    """Square root of the mean squared error, in the unit of the target.

    >>> metric = RMSE()
    >>> float(metric.value(metric.stats(jnp.array([[0.0]]), jnp.array([[3.0]]), jnp.ones(1))))
    3.0
    """

    name: str = static(default="rmse", kw_only=True)

    def value(self, stats: Array) -> Array:
        """Return the root of the mean."""
        return jnp.sqrt(jnp.divide(stats[0], stats[1]))


@METRICS.register("mae", "mean_absolute_error")
@pytree
class MAE(Averaged):
    """Mean absolute error, in the unit of the target.

    >>> metric = MAE()
    >>> float(metric.value(metric.stats(jnp.array([[0.0]]), jnp.array([[-3.0]]), jnp.ones(1))))
    3.0
    """

    name: str = static(default="mae", kw_only=True)
    better: ClassVar[Better | None] = "lower"
    translates = True

    def each(self, y: Array, out: Array) -> Array:
        """Return the mean absolute error of each example, (batch, ...)."""
        return MeanAbsoluteError()(y, out)


@pytree
class MeanLoss(Averaged):
    """The weighted mean of a loss, followed as a metric.

    >>> metric = MeanLoss(_loss("huber"), name="huber")
    >>> float(metric.value(metric.stats(jnp.array([[0.0]]), jnp.array([[3.0]]), jnp.ones(1))))
    2.5
    """

    loss: Loss
    name: str = static(default="loss", kw_only=True)
    better: ClassVar[Better | None] = "lower"

    @property
    def translates(self) -> bool:  # type: ignore[override]
        """As the loss."""
        return self.loss.translates

    def each(self, y: Array, out: Array) -> Array:
        """Return the loss of each example, (batch, ...)."""
        return self.loss(y, out)


def resolve_accuracy(loss: str | Loss, output_shape: tuple[int, ...]) -> Metric:
    """Return the accuracy that "accuracy" means: binary for one output, else sparse or categorical, as in Keras.

    Margins (hinge losses) of a single output are judged at 0.

    >>> resolve_accuracy("sparse_categorical_crossentropy", (10,))
    SparseCategoricalAccuracy(name='accuracy')
    """
    inner = _loss(loss)
    inner = inner.loss if isinstance(inner, _FromLogits) else inner
    if output_shape[-1] == 1:
        margin = isinstance(inner, Hinge | SquaredHinge)
        return BinaryAccuracy(0.0 if margin else 0.5, name="accuracy")
    if isinstance(inner, SparseCategoricalCrossentropy):
        return SparseCategoricalAccuracy(name="accuracy")
    return CategoricalAccuracy(name="accuracy")


def metric(
    wanted: str | Metric | type[Metric] | Loss,
    loss: str | Loss | None = None,
    output_shape: tuple[int, ...] | None = None,
) -> Metric:
    """Return the metric *wanted*: a name, a metric (handed back), a class of metrics, or a loss (its mean).

    The name "accuracy" (or "acc") needs *loss* and *output_shape*, see `resolve_accuracy`.

    >>> metric("top_k").name, metric("huber").name, metric("accuracy", "mse", (1,)).name
    ('top_k_categorical_accuracy', 'huber', 'accuracy')
    """
    if isinstance(wanted, Metric):
        return wanted
    if isinstance(wanted, type) and issubclass(wanted, Metric):
        return wanted()
    if isinstance(wanted, Loss):
        return MeanLoss(wanted, name=wanted.name)
    if not isinstance(wanted, str):
        raise RavineError(f"metric must be a name, a Metric or a Loss, got {wanted!r}")
    if wanted.strip().lower() in {"accuracy", "acc"}:
        if loss is None or output_shape is None:
            raise RavineError(f"{wanted!r} depends on the loss: say binary_, categorical_ or sparse_categorical_...")
        return resolve_accuracy(loss, output_shape)
    if wanted in METRICS:
        return METRICS[wanted]()
    if wanted in LOSSES:
        return metric(LOSSES[wanted]())
    raise RavineError(f"unknown metric {wanted!r}: {nearest(wanted, ['accuracy', *METRICS, *LOSSES])}")
