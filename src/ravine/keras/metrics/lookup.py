"""Metrics by what `compile` takes for one."""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError
from ravine.keras import losses
from ravine.keras.metrics.base import MeanMetricWrapper, Metric, name_of
from ravine.keras.objects import encode, named

__all__ = ["core_metric", "deserialize", "get", "resolve", "serialize"]

ALIASES = {
    **losses.ALIASES,
    "rmse": "root_mean_squared_error",
    "binary_acc": "binary_accuracy",
    "f1": "f1_score",
    "top_k_categorical_accuracy": "top_k_categorical_accuracy",
}


def get(identifier: Any) -> Any:
    """Return the metric of a name, a dictionary, a class, an object or a function; None stays None.

    >>> get("mae").name
    'mean_absolute_error'
    >>> get("acuracy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown metric 'acuracy': did you mean 'accuracy'? Known: ...
    """
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


def serialize(metric: Any) -> Any:
    """Return the dictionary that describes a metric.

    >>> from ravine.keras.metrics import AUC
    >>> serialize(AUC(name="area"))["config"]["name"]
    'area'
    """
    return encode(metric)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the metric that a dictionary or a name describes.

    >>> from ravine.keras.metrics import AUC
    >>> deserialize(serialize(AUC(name="area"))).name
    'area'
    """
    return get(config)
