"""Metrics by Keras's names and arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ravine import functions
from ravine.core import Array, RavineError, check_choice, check_count, check_number
from ravine.keras import losses
from ravine.keras.losses import Loss
from ravine.keras.metrics.base import (
    Area,
    Counted,
    Equal,
    Explained,
    Metric,
    Numbered,
    Overlap,
    Sides,
    Squares,
)
from ravine.keras.ranks import same_rank
from ravine.keras.tables import Row, entered, remaining

__all__ = ["CLASSES", "ROWS"]


class _OfLoss(Metric):
    """The mean of a loss."""

    ignored: ClassVar[frozenset[str]] = frozenset({"dtype", "fn", "reduction"})

    def loss(self) -> Loss:
        """The loss."""
        return self.made()  # type: ignore[no-any-return]

    def core(self) -> functions.Metric:
        return functions.MeanLoss(self.loss().core(), name=self.name)

    def values(self, y: Array, out: Array) -> Array:
        return self.loss().call(y, out)

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        kept = self.loss().core().counts(y)
        if kept is not None:  # targets of a class that is ignored
            kept = (kept[..., 0] if kept.ndim == out.ndim else kept).astype(out.dtype)
            if weight is not None:
                kept, weight = same_rank(kept, weight)
            weight = kept if weight is None else kept * weight
        return super().statistics(y, out, weight)


def _mean_of(name: str) -> Row:
    def make() -> Loss:
        return getattr(losses, name)()  # type: ignore[no-any-return]

    return make, f"The mean of the loss `{name}`."


def _refused(owner: str, made: functions.Metric, **options: Any) -> functions.Metric:
    """*made*, unless one of *options* is on, for which there is nothing here."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise RavineError(f"{owner}: {name}={value!r} is not supported: leave it out")
    return made


def _one(owner: str, thresholds: Any, class_id: int | None) -> float:
    """The threshold, of several or none."""
    if isinstance(thresholds, list | tuple):
        if len(thresholds) != 1:
            raise RavineError(f"{owner}: several thresholds are not supported: give one metric for each")
        thresholds = thresholds[0]
    if thresholds is not None:
        check_number(owner, "thresholds", thresholds, low=0.0, high=1.0)
    if class_id is not None:
        check_count(owner, "class_id", class_id, least=0)
    return 0.5 if thresholds is None else thresholds


def _counts(owner: str, kind: Any, about: str) -> Row:
    def make(thresholds=None, top_k=None, class_id=None, name=None):  # type: ignore[no-untyped-def]
        return _refused(owner, kind(_one(owner, thresholds, class_id), class_id), top_k=top_k)

    return make, about


def _area(
    num_thresholds: int | None = 200,
    curve: str = "ROC",
    summation_method: str = "interpolation",
    name: str | None = None,
    dtype: Any = None,
    thresholds: Any = None,
    multi_label: bool = False,
    num_labels: int | None = None,
    label_weights: Any = None,
    from_logits: bool = False,
) -> functions.Metric:
    check_choice("AUC", "summation_method", summation_method, ("interpolation", "minoring", "majoring"))
    check_choice("AUC", "curve", curve.upper(), ("ROC", "PR"))
    levels = None if thresholds is None else tuple(float(each) for each in thresholds)
    weights = None if label_weights is None else tuple(float(each) for each in np.asarray(label_weights))
    count: Any = 200 if num_thresholds is None and levels is not None else num_thresholds
    return functions.AUC(count, curve.lower(), summation_method, levels, multi_label, weights)


def _explained(class_aggregation: Any, num_regressors: Any) -> functions.Metric:
    check_choice("R2Score", "class_aggregation", class_aggregation, tuple(AVERAGES))
    return functions.R2(average=AVERAGES[class_aggregation], regressors=num_regressors)


def _each(owner: str, kind: Any, about: str) -> Row:
    def make(thresholds=None, name=None):  # type: ignore[no-untyped-def]
        several = thresholds if isinstance(thresholds, list | tuple) else [0.5 if thresholds is None else thresholds]
        for one in several:
            check_number(owner, "thresholds", one, low=0.0, high=1.0)
        return kind(tuple(map(float, several)) if isinstance(thresholds, list | tuple) else float(several[0]))

    return make, about


def _beyond(kind: Any, measure: str, about: str) -> Row:
    """The metric *kind*, whose first argument Keras calls *measure*."""
    parameters = inspect.signature(lambda least, num_thresholds=200, class_id=None, name=None: 0).parameters.values()
    named = [each.replace(name=measure) if each.name == "least" else each for each in parameters]

    def make(**given: Any) -> functions.Metric:
        return kind(given[measure], given["num_thresholds"], given["class_id"])  # type: ignore[no-any-return]

    make.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    return make, about


def _fbeta(average: Any, beta: Any, threshold: Any) -> functions.Metric:
    if threshold is not None:
        check_number("FBetaScore", "threshold", threshold, low=0.0, high=1.0, open_low=True)
    return functions.FBeta(threshold, "none" if average is None else average, beta)


def _last_axis(owner: str, axis: int, made: functions.Metric) -> functions.Metric:
    if axis != -1:
        raise RavineError(f"{owner}: axis {axis!r} is not supported: move that axis to the end")
    return made


def _iou(names: str, **given: Any) -> Callable[..., functions.Metric]:
    """What makes the metric of Keras's arguments, *names* in Keras's order."""
    first, *others = names.split()
    needed = [first, *(name for name in others if name == "target_class_ids")]
    defaults = {
        "name": None,
        "dtype": ...,
        "ignore_class": None,
        "sparse_y_true": True,
        "sparse_y_pred": True,
        "axis": -1,
    }
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in needed]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default={**defaults, **given}[name])
        for name in others
        if name not in needed
    ]

    def make(**told: Any) -> functions.Metric:
        targets = told.get("target_class_ids")
        chosen = None if targets is None else tuple(int(each) for each in targets)
        made = functions.IoU(chosen, told["ignore_class"], told["sparse_y_pred"], told["num_classes"])
        return _last_axis("IoU", told["axis"], made)

    make.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return make


AVERAGES = {"uniform_average": "uniform", "variance_weighted_average": "variance", None: "none"}
"""What R2 is averaged by: Keras's words, and the core's."""


def _f1(threshold: Any, average: Any) -> functions.Metric:
    if threshold is not None:
        check_number("F1Score", "threshold", threshold, low=0.0, high=1.0, open_low=True)
    return functions.F1(threshold, "none" if average is None else average)


ROWS: dict[type[Metric], dict[str, Row]] = {
    _OfLoss: {
        "MeanSquaredError": _mean_of("MeanSquaredError"),
        "MeanAbsoluteError": _mean_of("MeanAbsoluteError"),
        "MeanAbsolutePercentageError": _mean_of("MeanAbsolutePercentageError"),
        "MeanSquaredLogarithmicError": _mean_of("MeanSquaredLogarithmicError"),
        "LogCoshError": (lambda name="logcosh": losses.LogCosh(), "The mean of log(cosh(y_pred - y_true))."),
        "Huber": (lambda delta=1.0, name="huber_loss": losses.Huber(delta), "The mean of Huber's loss."),
        "Hinge": _mean_of("Hinge"),
        "SquaredHinge": _mean_of("SquaredHinge"),
        "CategoricalHinge": _mean_of("CategoricalHinge"),
        "KLDivergence": _mean_of("KLDivergence"),
        "Poisson": _mean_of("Poisson"),
        "BinaryCrossentropy": (
            lambda name=..., dtype=..., from_logits=False, label_smoothing=0: losses.BinaryCrossentropy(
                from_logits, label_smoothing
            ),
            "The mean of the binary cross-entropy.",
        ),
        "CategoricalCrossentropy": (
            lambda name=..., dtype=..., from_logits=False, label_smoothing=0, axis=-1: losses.CategoricalCrossentropy(
                from_logits, label_smoothing, axis
            ),
            "The mean of the cross-entropy of one-hot targets.",
        ),
        "SparseCategoricalCrossentropy": (
            lambda name=..., dtype=..., from_logits=False, ignore_class=None, axis=-1: (
                losses.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
            ),
            "The mean of the cross-entropy of class numbers; targets of *ignore_class* count nowhere.",
        ),
    },
    Equal: {
        "Accuracy": (functions.ExactAccuracy, "The share of outputs that equal their targets."),
    },
    Sides: {
        "BinaryAccuracy": (
            lambda name=..., dtype=..., threshold=0.5: functions.BinaryAccuracy(threshold),
            "The share of outputs on the right side of *threshold*.",
        ),
    },
    Squares: {
        "RootMeanSquaredError": (functions.RMSE, "The root of the mean of (y_pred - y_true)^2."),
    },
    Metric: {
        "CosineSimilarity": (
            lambda name=..., dtype=..., axis=-1: _last_axis(
                "CosineSimilarity", axis, functions.CosineSimilarityMetric()
            ),
            "The mean cosine of the angle between targets and outputs.",
        ),
        "PearsonCorrelation": (
            lambda name=..., dtype=..., axis=-1: _last_axis("PearsonCorrelation", axis, functions.PearsonCorrelation()),
            "The mean correlation between the targets and the outputs of an example.",
        ),
        "CategoricalAccuracy": (
            functions.CategoricalAccuracy,
            "The share of examples whose largest output is where the target is largest.",
        ),
        "TopKCategoricalAccuracy": (
            lambda k=5: functions.TopK(k),
            "The share of examples whose class is among the *k* largest outputs.",
        ),
    },
    Numbered: {
        "SparseCategoricalAccuracy": (
            functions.SparseCategoricalAccuracy,
            "The share of examples whose largest output is the one the class number names.",
        ),
        "SparseTopKCategoricalAccuracy": (
            lambda k=5, name=..., dtype=..., from_sorted_ids=False: _refused(
                "SparseTopKCategoricalAccuracy", functions.TopK(k), from_sorted_ids=from_sorted_ids
            ),
            "The share of examples whose class, given by its number, is among the *k* largest outputs.",
        ),
    },
    Counted: {
        "Precision": _counts("Precision", functions.Precision, "The share of true ones among what is above threshold."),
        "Recall": _counts("Recall", functions.Recall, "The share of the true ones whose output is above threshold."),
        "TruePositives": _each("TruePositives", functions.TruePositives, "The number of true ones above threshold."),
        "TrueNegatives": _each("TrueNegatives", functions.TrueNegatives, "The number of false ones below threshold."),
        "FalsePositives": _each("FalsePositives", functions.FalsePositives, "The count of false ones above threshold."),
        "FalseNegatives": _each("FalseNegatives", functions.FalseNegatives, "The number of true ones below threshold."),
        "PrecisionAtRecall": _beyond(functions.PrecisionAtRecall, "recall", "The best precision at such a *recall*."),
        "RecallAtPrecision": _beyond(
            functions.RecallAtPrecision, "precision", "The best recall at a *precision* so high."
        ),
        "SensitivityAtSpecificity": _beyond(
            functions.SensitivityAtSpecificity, "specificity", "The best sensitivity at a *specificity* so high."
        ),
        "SpecificityAtSensitivity": _beyond(
            functions.SpecificityAtSensitivity, "sensitivity", "The best specificity at a *sensitivity* so high."
        ),
        "FBetaScore": (
            lambda average=None, beta=1.0, threshold=None, name="fbeta_score": _fbeta(average, beta, threshold),
            "The mean of precision and recall in which recall weighs *beta* times as much.",
        ),
        "F1Score": (
            lambda average=None, threshold=None, name="f1_score": _f1(threshold, average),
            "2 TP / (2 TP + FP + FN) per class; *average* None gives one value per class.",
        ),
    },
    Area: {
        "AUC": (
            _area,
            'The area under the *curve*, "ROC" or "PR", from *num_thresholds* thresholds.',
        ),
    },
    Overlap: {
        "IoU": (
            _iou("num_classes target_class_ids name dtype ignore_class sparse_y_true sparse_y_pred axis"),
            "Intersection over union of the classes *target_class_ids*, averaged over them.",
        ),
        "MeanIoU": (
            _iou("num_classes name dtype ignore_class sparse_y_true sparse_y_pred axis"),
            "Intersection over union, averaged over all classes that occur.",
        ),
        "OneHotIoU": (
            _iou("num_classes target_class_ids name dtype ignore_class sparse_y_pred axis", sparse_y_pred=False),
            "Intersection over union for one-hot targets.",
        ),
        "OneHotMeanIoU": (
            _iou("num_classes name dtype ignore_class sparse_y_pred axis", sparse_y_pred=False),
            "Intersection over union for one-hot targets, averaged over all classes that occur.",
        ),
        "BinaryIoU": (
            lambda target_class_ids=(0, 1), threshold=0.5, name=None: functions.BinaryIoU(
                tuple(target_class_ids), threshold=threshold
            ),
            "Intersection over union of what is above *threshold* and what is not.",
        ),
    },
    Explained: {
        "R2Score": (
            lambda class_aggregation="uniform_average", num_regressors=0: _explained(class_aggregation, num_regressors),
            "1 - the squared error over the squared deviation of the targets, averaged over the outputs.",
        ),
    },
}
"""Keras's name and arguments, and what that is here, by how it weighs."""
_table = {name: row for rows in ROWS.values() for name, row in rows.items()}
# What the core calls otherwise, and what gives no single number.
_claimed = ["MSE", "MAE", "RMSE", "TopK", "F1", "FBeta", "R2", "ConfusionMatrix", "ExactAccuracy", "Mean", "Sum"]
_claimed += ["CosineSimilarityMetric"]
ROWS[Counted] |= {name: row for name, row in remaining(functions.METRICS, _table).items() if name not in _claimed}
CLASSES: dict[str, type[Metric]] = {
    name: cls for base, rows in ROWS.items() for name, cls in entered(base, rows, __name__).items()
}
"""The classes by name."""
