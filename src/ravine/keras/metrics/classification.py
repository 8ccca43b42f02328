"""Metrics of classification."""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError, check_choice
from ravine.keras.metrics.base import Metric

__all__ = [
    "AUC",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "F1Score",
    "Precision",
    "Recall",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
]


class BinaryAccuracy(Metric):
    """The share of outputs on the right side of *threshold*.

    >>> BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.8]])
    np.float32(0.5)
    """

    options = ("threshold",)

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = threshold

    def core(self) -> functions.Metric:
        return functions.BinaryAccuracy(self.threshold)


class CategoricalAccuracy(Metric):
    """The share of examples whose largest output is where the target is largest.

    >>> CategoricalAccuracy()([[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.8, 0.2]])
    np.float32(0.5)
    """

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name)

    def core(self) -> functions.Metric:
        return functions.CategoricalAccuracy()


class SparseCategoricalAccuracy(Metric):
    """The share of examples whose largest output is the one the class number names.

    >>> SparseCategoricalAccuracy()([0, 1], [[0.9, 0.1], [0.8, 0.2]])
    np.float32(0.5)
    """

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name)

    def core(self) -> functions.Metric:
        return functions.SparseCategoricalAccuracy()


class TopKCategoricalAccuracy(Metric):
    """The share of examples whose class is among the *k* largest outputs.

    >>> TopKCategoricalAccuracy(k=2)([[0.0, 0.0, 1.0]], [[0.5, 0.1, 0.4]])
    np.float32(1.0)
    """

    options = ("k",)

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name)
        self.k = k

    def core(self) -> functions.Metric:
        return functions.TopK(self.k)


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of examples whose class, given by its number, is among the *k* largest outputs.

    >>> SparseTopKCategoricalAccuracy(k=2)([2], [[0.5, 0.1, 0.4]])
    np.float32(1.0)
    """

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(k, name)


class Precision(Metric):
    """The share of true ones among the outputs above the threshold.

    >>> Precision()([[1.0], [0.0], [1.0]], [[0.9], [0.8], [0.1]])
    np.float32(0.5)
    """

    options = ("thresholds", "top_k", "class_id")
    kind: type[Any] = functions.Precision

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name)
        kind = type(self).__name__
        if top_k is not None:
            raise RavineError(f"{kind}: top_k is not supported: use a threshold, or TopKCategoricalAccuracy")
        if isinstance(thresholds, list | tuple):
            if len(thresholds) != 1:
                raise RavineError(f"{kind}: several thresholds are not supported: give one metric for each")
            thresholds = thresholds[0]
        self.thresholds, self.top_k, self.class_id = thresholds, None, class_id

    def core(self) -> functions.Metric:
        made: functions.Metric = self.kind(0.5 if self.thresholds is None else self.thresholds, self.class_id)
        return made


class Recall(Precision):
    """The share of the true ones whose output is above the threshold.

    >>> Recall()([[1.0], [0.0], [1.0]], [[0.9], [0.8], [0.1]])
    np.float32(0.5)
    """

    kind = functions.Recall


class F1Score(Metric):
    """2 TP / (2 TP + FP + FN) per class; *average* None gives one value per class.

    >>> F1Score(average="micro")([[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.2, 0.8]])
    np.float32(1.0)
    """

    options = ("average", "threshold")

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name)
        check_choice("F1Score", "average", average, (None, "micro", "macro", "weighted"))
        self.average, self.threshold = average, threshold

    def core(self) -> functions.Metric:
        return functions.F1(self.threshold, self.average or "none")


class AUC(Metric):
    """The area under the *curve*, "ROC" or "PR", from *num_thresholds* thresholds.

    >>> AUC()([[0.0], [1.0]], [[0.2], [0.8]])
    np.float32(1.0)
    """

    options = ("num_thresholds", "curve", "summation_method")

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name)
        given = {"thresholds": thresholds, "multi_label": multi_label, "label_weights": label_weights}
        for option, value in {**given, "from_logits": from_logits}.items():
            if value is not None and value is not False:
                raise RavineError(f"AUC: {option} is not supported: leave it out, the thresholds lie evenly in [0, 1]")
        check_choice("AUC", "summation_method", summation_method, ("interpolation",))
        check_choice("AUC", "curve", curve.upper(), ("ROC", "PR"))
        self.num_thresholds, self.curve, self.summation_method = num_thresholds, curve, summation_method

    def core(self) -> functions.Metric:
        return functions.AUC(self.num_thresholds, self.curve.lower())
