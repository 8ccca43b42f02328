"""Metrics by Keras's names and arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, check_choice, check_count, check_number
from ravine.keras import losses
from ravine.keras.losses import Loss
from ravine.keras.metrics.base import (
    Counted,
    Explained,
    Mean,
    MeanMetricWrapper,
    Metric,
    Numbered,
    Sides,
    Squares,
    Sum,
    name_of,
)
from ravine.keras.naming import snake
from ravine.keras.objects import named
from ravine.keras.registration import custom
from ravine.keras.tables import Row, bind, entered, lookups, remaining

__all__ = ["Mean", "MeanMetricWrapper", "Metric", "Sum", "core_metric", "deserialize", "get", "resolve", "serialize"]


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
) -> functions.Metric:
    check_choice("AUC", "summation_method", summation_method, ("interpolation",))
    check_choice("AUC", "curve", curve.upper(), ("ROC", "PR"))
    made = functions.AUC(num_thresholds, curve.lower())
    options = {"multi_label": multi_label, "label_weights": label_weights, "from_logits": from_logits}
    return _refused("AUC", made, thresholds=thresholds, **options)


def _explained(class_aggregation: Any, num_regressors: Any) -> functions.Metric:
    if class_aggregation != "uniform_average" or num_regressors:
        raise RavineError("R2Score: only class_aggregation='uniform_average' and num_regressors=0 are supported")
    return functions.R2()


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
        "F1Score": (
            lambda average=None, threshold=None, name="f1_score": _f1(threshold, average),
            "2 TP / (2 TP + FP + FN) per class; *average* None gives one value per class.",
        ),
        "AUC": (
            _area,
            'The area under the *curve*, "ROC" or "PR", from *num_thresholds* thresholds.',
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
ALIASES = {
    **losses.ALIASES,
    "logcosh": "log_cosh_error",
    "rmse": "root_mean_squared_error",
    "binary_acc": "binary_accuracy",
    "f1": "f1_score",
}
"""Short names of metrics."""

_table = {name: row for rows in ROWS.values() for name, row in rows.items()}
# What the core calls otherwise, and what gives no single number.
_claimed = ["MSE", "MAE", "RMSE", "TopK", "F1", "R2", "ConfusionMatrix"]
ROWS[Counted] |= {name: row for name, row in remaining(functions.METRICS, _table).items() if name not in _claimed}
_classes = {name: cls for base, rows in ROWS.items() for name, cls in entered(base, rows, __name__).items()}


def _function(name: str, kind: type[Metric]) -> Callable[..., Array]:
    """The metric *kind* as a function of targets and outputs, one value per example."""
    own = [each for each in inspect.signature(kind).parameters.values() if each.name not in Metric.shared]
    both = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in ("y_true", "y_pred")]
    signature = inspect.Signature([*both, *own])

    def function(*given: Any, **options: Any) -> Array:
        kept = bind(name, signature, given, options)
        y_true, y_pred = jnp.asarray(kept.pop("y_true")), jnp.asarray(kept.pop("y_pred"))
        floating = y_pred if jnp.issubdtype(y_pred.dtype, jnp.floating) else y_pred.astype(jnp.float32)
        return kind(**kept).values(y_true, floating)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__doc__ = f"`{kind.__name__}`, one value per example.\n\n    No example: a line of a table.\n    "
    return function


FUNCTIONS = {
    snake(name): _function(snake(name), _classes[name]) for base in (Sides, Metric, Numbered) for name in ROWS[base]
}
"""Every metric that is a function, by name; those of losses are functions there."""
_elsewhere = {"cosine_similarity", "dice", "tversky", *FUNCTIONS}
_functions = FUNCTIONS | {name: each for name, each in losses.FUNCTIONS.items() if name not in _elsewhere}
globals().update(_classes | _functions)
__all__.extend([*_classes, *_functions])

_named, serialize, deserialize = lookups("metrics", Metric, ALIASES, __name__)


def get(identifier: Any) -> Any:
    """Return the metric of a name, a dictionary, a class, an object or a function; None stays None.

    >>> get("mae").name, get("dice").name
    ('mean_absolute_error', 'dice')
    >>> get("acuracy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown metric 'acuracy': did you mean 'accuracy'? Known: ...
    """
    known = isinstance(identifier, str) and snake(identifier) not in {*map(snake, _classes), *ALIASES}
    if known and identifier in losses.FUNCTIONS and custom(identifier) is None:
        return MeanMetricWrapper(losses.FUNCTIONS[identifier], name=identifier)
    found = named("metrics", identifier, aliases={**ALIASES, "accuracy": "accuracy"})
    if isinstance(found, str):
        return get(found)
    if found is None or isinstance(found, Metric):
        return found
    if not callable(found):
        raise RavineError(f"a metric must be a name, a keras.metrics object or a function, got {identifier!r}")
    return MeanMetricWrapper(found, name=name_of(found))


def resolve(
    identifier: Any, y_ndim: int, output_shape: tuple[int, ...], *, margins: bool = False
) -> tuple[str, functions.Metric, bool | None]:
    """Return name, the core's metric and whether more is better, for targets of *y_ndim* axes and *output_shape*.

    "accuracy" means binary for one output, else by class numbers or rows, as the targets are. One output that is a
    margin, of a hinge loss, is judged by its sign.

    >>> resolve("acc", 1, (10,))
    ('acc', SparseCategoricalAccuracy(name='acc'), True)
    """
    if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
        if output_shape[-1] == 1:
            return identifier, functions.BinaryAccuracy(0.0 if margins else 0.5, name=identifier), True
        if y_ndim < len(output_shape) + 1:
            return identifier, functions.SparseCategoricalAccuracy(name=identifier), True
        return identifier, functions.CategoricalAccuracy(name=identifier), True
    made = get(identifier)
    name = identifier if isinstance(identifier, str) else made.name
    return name, made.named_core(name), made.rising


def core_metric(identifier: Any, y_ndim: int, output_shape: tuple[int, ...]) -> functions.Metric:
    """Return the core's metric for what `compile` takes as one.

    >>> core_metric("mse", 2, (1,)).name
    'mse'
    """
    return resolve(identifier, y_ndim, output_shape)[1]
