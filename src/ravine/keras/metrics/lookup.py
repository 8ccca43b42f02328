"""Metrics by what `compile` takes for one, and as functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError
from ravine.keras import losses
from ravine.keras.metrics.base import Mean, MeanMetricWrapper, Metric, Numbered, Sides, Sum, name_of
from ravine.keras.metrics.table import CLASSES, ROWS
from ravine.keras.naming import snake
from ravine.keras.objects import named
from ravine.keras.registration import custom
from ravine.keras.tables import bind, lookups

__all__ = ["Mean", "MeanMetricWrapper", "Metric", "Sum", "core_metric", "deserialize", "get", "resolve", "serialize"]

ALIASES = {
    **losses.ALIASES,
    "logcosh": "log_cosh_error",
    "rmse": "root_mean_squared_error",
    "binary_acc": "binary_accuracy",
    "f1": "f1_score",
}
"""Short names of metrics."""


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


FUNCTIONS: dict[str, Callable[..., Array]] = {
    snake(name): _function(snake(name), CLASSES[name]) for base in (Sides, Metric, Numbered) for name in ROWS[base]
}
"""Every metric that is a function, by name; those of losses are functions there."""
_elsewhere = {"cosine_similarity", "dice", "tversky", *FUNCTIONS}
_functions = FUNCTIONS | {name: each for name, each in losses.FUNCTIONS.items() if name not in _elsewhere}
globals().update(CLASSES | _functions)
__all__.extend([*CLASSES, *_functions])

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
    known = isinstance(identifier, str) and snake(identifier) not in {*map(snake, CLASSES), *ALIASES}
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
