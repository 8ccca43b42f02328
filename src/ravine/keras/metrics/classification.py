"""Metrics of classification."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, check_choice, check_count, check_number
from ravine.keras.metrics.base import Metric
from ravine.keras.ranks import same_rank, weight_like

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


class _Rising(Metric):
    """A metric of which more is better."""

    rising = True


class _Counted(_Rising):
    """A metric of counts: each output is judged by itself, with the weight of its example or one of its own."""

    class_id: int | None = None

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        y, out = same_rank(y, out)
        if out.ndim == 1:
            if self.class_id is not None:
                raise RavineError(
                    f"{type(self).__name__}: class_id={self.class_id} needs outputs of shape (examples, classes), got "
                    f"{out.shape}"
                )
            y, out = y[:, None], out[:, None]
        full = jnp.ones_like(out)
        if weight is not None:
            if weight.ndim < out.ndim:
                weight = weight.reshape(weight.shape + (1,) * (out.ndim - weight.ndim))
            full = jnp.broadcast_to(weight_like(out, weight)[1], out.shape)
        if self.class_id is not None:
            full = full[..., self.class_id]
        return self.core().stats(y, out, full), full.sum()


class BinaryAccuracy(_Rising):
    """The share of outputs on the right side of *threshold*.

    >>> BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.8]])
    np.float32(0.5)
    """

    options = ("threshold",)

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(name, dtype)
        self.threshold = threshold

    def core(self) -> functions.Metric:
        return functions.BinaryAccuracy(self.threshold)

    def values(self, y: Array, out: Array) -> Array:
        # One number for each output: each may have a weight of its own.
        y, out = same_rank(y, out)
        return ((out > self.threshold).astype(out.dtype) == y.astype(out.dtype)).astype(out.dtype)


class CategoricalAccuracy(_Rising):
    """The share of examples whose largest output is where the target is largest.

    >>> CategoricalAccuracy()([[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.8, 0.2]])
    np.float32(0.5)
    """

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def core(self) -> functions.Metric:
        return functions.CategoricalAccuracy()


class SparseCategoricalAccuracy(_Rising):
    """The share of examples whose largest output is the one the class number names.

    >>> SparseCategoricalAccuracy()([0, 1], [[0.9, 0.1], [0.8, 0.2]])
    np.float32(0.5)
    """

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def core(self) -> functions.Metric:
        return functions.SparseCategoricalAccuracy()

    def values(self, y: Array, out: Array) -> Array:
        return super().values(class_column(y, out), out)


class TopKCategoricalAccuracy(_Rising):
    """The share of examples whose class is among the *k* largest outputs.

    >>> TopKCategoricalAccuracy(k=2)([[0.0, 0.0, 1.0]], [[0.5, 0.1, 0.4]])
    np.float32(1.0)
    """

    options = ("k",)

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.k = k
        self.core()

    def core(self) -> functions.Metric:
        return functions.TopK(self.k)


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of examples whose class, given by its number, is among the *k* largest outputs.

    >>> SparseTopKCategoricalAccuracy(k=2)([2], [[0.5, 0.1, 0.4]])
    np.float32(1.0)
    """

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(k, name, dtype)
        if from_sorted_ids:
            raise RavineError(
                "SparseTopKCategoricalAccuracy: from_sorted_ids=True is not supported: give the outputs of all classes"
            )

    def values(self, y: Array, out: Array) -> Array:
        return super().values(class_column(y, out), out)


class Precision(_Counted):
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
        super().__init__(name, dtype)
        kind = type(self).__name__
        if top_k is not None:
            raise RavineError(f"{kind}: top_k is not supported: use a threshold, or TopKCategoricalAccuracy")
        if isinstance(thresholds, list | tuple):
            if len(thresholds) != 1:
                raise RavineError(f"{kind}: several thresholds are not supported: give one metric for each")
            thresholds = thresholds[0]
        if thresholds is not None:
            check_number(kind, "thresholds", thresholds, low=0.0, high=1.0)
        if class_id is not None:
            check_count(kind, "class_id", class_id, least=0)
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


class F1Score(_Counted):
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
        super().__init__(name, dtype)
        check_choice("F1Score", "average", average, (None, "micro", "macro", "weighted"))
        if threshold is not None:
            check_number("F1Score", "threshold", threshold, low=0.0, high=1.0, open_low=True)
        self.average, self.threshold = average, threshold

    def core(self) -> functions.Metric:
        return functions.F1(self.threshold, self.average or "none")


class AUC(_Counted):
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
        super().__init__(name, dtype)
        given = {"thresholds": thresholds, "multi_label": multi_label, "label_weights": label_weights}
        for option, value in {**given, "from_logits": from_logits}.items():
            if value is not None and value is not False:
                raise RavineError(f"AUC: {option} is not supported: leave it out, the thresholds lie evenly in [0, 1]")
        check_choice("AUC", "summation_method", summation_method, ("interpolation",))
        check_choice("AUC", "curve", curve.upper(), ("ROC", "PR"))
        self.num_thresholds, self.curve, self.summation_method = num_thresholds, curve, summation_method
        self.core()

    def core(self) -> functions.Metric:
        return functions.AUC(self.num_thresholds, self.curve.lower())


def class_column(y: Array, out: Array) -> Array:
    """Class numbers without a last axis of length 1, where they have as many axes as the outputs."""
    return y[..., 0] if y.ndim == out.ndim and y.shape[-1] == 1 else y
