"""Losses by Keras's names, as objects and as functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, check_choice
from ravine.keras.naming import snake
from ravine.keras.near import Near
from ravine.keras.objects import Described, named, public
from ravine.keras.own import OwnLoss, WholeLoss
from ravine.keras.ranks import checked_reduction, reduced, same_rank
from ravine.keras.registration import custom
from ravine.keras.settings import floatx
from ravine.keras.tables import Row, bind, entered, lookups, remaining
from ravine.keras.unsupported import missing

__all__ = ["ALIASES", "Loss", "as_object", "core_loss", "deserialize", "get", "number_type", "serialize"]


def number_type(owner: str, dtype: Any) -> str:
    """The type of numbers that *owner* computes in, for what Keras takes as dtype; None is the type in force.

    >>> number_type("Huber", None), number_type("Huber", "mixed_bfloat16")
    ('float32', 'bfloat16')
    """
    if isinstance(dtype, dict):
        dtype = dtype["config"]["name"]
    name = floatx() if dtype is None else str(getattr(dtype, "name", dtype)).removeprefix("mixed_")
    check_choice(owner, "dtype", name, ("float16", "bfloat16", "float32", "float64"))
    return name


class Loss(Described, family="losses"):
    """A loss; a class of one's own defines ``call(y_true, y_pred)`` with jax.numpy, one value per example.

    Called with targets, outputs and weights it gives what Keras gives: *reduction* says how the values become one.

    >>> class Worst(Loss):
    ...     __module__ = "mine"  # as in a file of yours
    ...
    ...     def call(self, y_true, y_pred):
    ...         return abs(y_pred - y_true).max(axis=-1)
    >>> Worst()(jnp.zeros((1, 2)), jnp.array([[1.0, 3.0]]))
    Array(3., dtype=float32)
    """

    options: ClassVar[tuple[str, ...]] = ("name", "reduction")
    ignored: ClassVar[frozenset[str]] = frozenset({"dtype", "name", "fn"})  # fn: what a class of Keras 2 wrapped
    shared: ClassVar[dict[str, Any]] = {"reduction": "sum_over_batch_size", "name": "", "dtype": None}
    unwritten: ClassVar[dict[str, Any]] = {"delta": 1.0}
    """Arguments that Keras never writes, and reads back at their default: ours are written where they differ."""
    axis: Any = -1
    from_logits: bool = False

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        self.name = name or type(self).__name__
        self.reduction = checked_reduction(type(self).__name__, reduction)
        self.dtype = number_type(type(self).__name__, dtype)

    def call(self, y_true: Array, y_pred: Array) -> Array:
        """One value per example."""
        y_true, y_pred = same_rank(y_true.astype(y_pred.dtype), y_pred)
        self.check_shapes(y_true.shape, y_pred.shape)
        if self.axis != -1:
            y_true, y_pred = (_along(self.axis, each) for each in (y_true, y_pred))
        return self.plain()(y_true, y_pred)  # type: ignore[no-any-return]

    def near(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Both, counted from a number near the targets where the loss is one of their differences alone."""
        return Near()(y_true, y_pred) if self.core().translates else (y_true, y_pred)

    def check_shapes(self, targets: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        """Refuse targets that do not fit the outputs."""
        try:
            jnp.broadcast_shapes(targets, outputs)
        except ValueError:
            self._misfit(targets, outputs, "give one target per output")
        if not outputs:
            self._misfit(targets, outputs, "give arrays with one row per example")

    def _misfit(self, targets: tuple[int, ...], outputs: tuple[int, ...], remedy: str) -> None:
        raise RavineError(
            f"{type(self).__name__}: y_true of shape {targets} does not fit y_pred of shape {outputs}: {remedy}"
        )

    def plain(self) -> Any:
        """The core's loss over the last axis."""
        made = self.made()
        return functions.FromLogits(made) if self.from_logits else made

    def core(self) -> functions.Loss:
        """The core's loss."""
        writer = next(kind for kind in type(self).__mro__ if "call" in vars(kind))
        own = not public(writer)
        if own or (self._make is not None and self.axis != -1):
            return OwnLoss(self.call)
        if self._make is not None:
            return self.plain()  # type: ignore[no-any-return]
        if type(self).__call__ is not Loss.__call__:
            return WholeLoss(self.__call__)
        raise RavineError(f"{type(self).__name__}: define call(self, y_true, y_pred), one value per example")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Array:
        mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = self.near(y_true, y_pred)
        dtype = jax.dtypes.canonicalize_dtype(self.dtype)
        y_true, y_pred = jnp.asarray(y_true, dtype), jnp.asarray(y_pred, dtype)
        counts = self.core().counts(y_true) if self._make is not None else None
        if counts is not None:
            mask = counts if mask is None else counts & mask.astype(bool)
        values = self.call(y_true, y_pred)
        weight = None if sample_weight is None else jnp.asarray(sample_weight, dtype)
        mask = None if mask is None else jnp.asarray(mask)
        return reduced(jnp.asarray(values, dtype), weight, self.reduction, mask)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {name: value for name, value in config.items() if self.unwritten.get(name, self) != value}


def _along(axis: Any, array: Array) -> Array:
    """*array* with the axes of *axis* as one, the last; None means all of them."""
    if axis is None:
        return array.reshape(-1)
    axes = [each % array.ndim for each in (axis if isinstance(axis, list | tuple) else [axis])]
    moved = jnp.moveaxis(array, axes, range(-len(axes), 0))
    return moved.reshape(*moved.shape[: -len(axes)], -1)


class _Rows(Loss):
    """A loss of rows, whose targets are as long as the outputs."""

    def check_shapes(self, targets: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        if targets != outputs:
            self._misfit(targets, outputs, "give one target per output, or class numbers to the sparse cross-entropy")
        super().check_shapes(targets, outputs)


class _Sparse(Loss):
    """A loss of class numbers."""

    unsaved = frozenset({"axis"})

    def call(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = same_rank(y_true, y_pred)
        if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
            y_true = y_true[..., 0]
        if y_true.shape != y_pred.shape[:-1]:
            self._misfit(y_true.shape, y_pred.shape, "give one class number for each row of outputs")
        return self.plain()(y_true, y_pred)  # type: ignore[no-any-return]


class _Margin(Loss):
    """A loss of margins: targets 0 and 1 mean -1 and 1, any others are taken as they are."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = same_rank(y_true.astype(y_pred.dtype), y_pred)
        self.check_shapes(y_true.shape, y_pred.shape)
        binary = jnp.all((y_true == 0) | (y_true == 1))
        short = jnp.maximum(1 - jnp.where(binary, 2 * y_true - 1, y_true) * y_pred, 0)
        return (jnp.square(short) if isinstance(self.core(), functions.SquaredHinge) else short).mean(axis=-1)


def _binary_focal(
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: Any = -1,
) -> functions.Loss:
    return functions.BinaryFocalCrossentropy(gamma, alpha if apply_class_balancing else None, label_smoothing)


def _last(owner: str, axis: int, made: Any) -> Any:
    if axis != -1:
        raise RavineError(f"{owner}: axis {axis!r} is not supported: move the classes to the last axis")
    return made


ROWS: dict[type[Loss], dict[str, Row]] = {
    Loss: {
        "MeanSquaredError": (functions.MeanSquaredError, "The mean of (y_pred - y_true)^2."),
        "MeanAbsoluteError": (functions.MeanAbsoluteError, "The mean of abs(y_pred - y_true)."),
        "MeanAbsolutePercentageError": (
            functions.MeanAbsolutePercentageError,
            "100 times the mean of abs((y_pred - y_true) / y_true).",
        ),
        "MeanSquaredLogarithmicError": (
            functions.MeanSquaredLogarithmicError,
            "The mean of (log(1 + y_pred) - log(1 + y_true))^2.",
        ),
        "LogCosh": (functions.LogCosh, "The mean of log(cosh(y_pred - y_true))."),
        "CosineSimilarity": (
            lambda axis=-1: functions.CosineSimilarity(),
            "Minus the cosine of the angle between targets and outputs.",
        ),
        "Huber": (
            lambda delta=1.0, reduction=..., name="huber_loss": functions.Huber(delta),
            "Square up to *delta*, straight beyond.",
        ),
        "KLDivergence": (functions.KLDivergence, "The sum of y_true log(y_true / y_pred)."),
        "Poisson": (functions.Poisson, "The mean of y_pred - y_true log(y_pred)."),
        "CategoricalHinge": (functions.CategoricalHinge, "How far the true class is from leading by 1."),
        "Dice": (
            lambda reduction=..., name="dice", axis=None: functions.Dice(),
            "1 - twice the overlap of targets and outputs over their sum, along *axis*, or of the whole batch.",
        ),
        "Tversky": (
            # What the paper, and the core, call false positives, Keras calls false negatives.
            lambda alpha=0.5, beta=0.5, reduction=..., name="tversky", axis=None: functions.Tversky(beta, alpha),
            "Dice's loss with weights *alpha* and *beta* for what is missed and what is too much.",
        ),
    },
    _Rows: {
        "CategoricalCrossentropy": (
            lambda from_logits=False, label_smoothing=0.0, axis=-1: functions.CategoricalCrossentropy(label_smoothing),
            "Cross-entropy for one-hot targets.",
        ),
        "BinaryCrossentropy": (
            lambda from_logits=False, label_smoothing=0.0, axis=-1: functions.BinaryCrossentropy(label_smoothing),
            "Cross-entropy for targets 0 and 1, one per output.",
        ),
        "CategoricalFocalCrossentropy": (
            lambda alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1: (
                functions.CategoricalFocalCrossentropy(gamma, alpha, label_smoothing)
            ),
            "Cross-entropy for one-hot targets in which easy examples count less.",
        ),
        "BinaryFocalCrossentropy": (
            _binary_focal,
            "Cross-entropy for targets 0 and 1 in which easy examples count less.",
        ),
    },
    _Sparse: {
        "SparseCategoricalCrossentropy": (
            lambda from_logits=False, ignore_class=None, reduction=..., axis=-1: _last(
                "SparseCategoricalCrossentropy",
                axis,
                functions.SparseCategoricalCrossentropy(ignore_class=ignore_class),
            ),
            "Cross-entropy for class numbers; targets of *ignore_class* count nowhere.",
        ),
    },
    _Margin: {
        "Hinge": (functions.Hinge, "The mean of max(0, 1 - y_true y_pred) for targets -1 and 1."),
        "SquaredHinge": (functions.SquaredHinge, "The mean of max(0, 1 - y_true y_pred)^2 for targets -1 and 1."),
    },
}
"""Keras's name and arguments, and what that is here, by what they ask of the shapes."""
ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
    "bce": "binary_crossentropy",
    "logcosh": "log_cosh",
}
"""Short names of losses."""

_table = {name: row for rows in ROWS.values() for name, row in rows.items()}
ROWS[Loss] |= remaining(functions.LOSSES, _table)
_classes = {name: cls for base, rows in ROWS.items() for name, cls in entered(base, rows, __name__).items()}


def _function(name: str, kind: type[Loss]) -> Callable[..., Array]:
    """The loss *kind* as a function of targets and outputs, one value per example."""
    own = [each for each in inspect.signature(kind).parameters.values() if each.name not in Loss.shared]
    both = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in ("y_true", "y_pred")]
    signature = inspect.Signature([*both, *own])

    def function(*given: Any, **options: Any) -> Array:
        kept = bind(name, signature, given, options)
        y_true, y_pred = kept.pop("y_true"), kept.pop("y_pred")
        made = kind(**kept)
        here = jnp.asarray(y_pred).dtype
        dtype = here if jnp.issubdtype(here, jnp.floating) else jax.dtypes.canonicalize_dtype(made.dtype)
        y_true, y_pred = made.near(y_true, y_pred)
        return made.call(jnp.asarray(y_true), jnp.asarray(y_pred).astype(dtype))

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__doc__ = f"`{kind.__name__}`, one value per example.\n\n    No example: a line of a table.\n    "
    return function


FUNCTIONS = {snake(name): _function(snake(name), cls) for name, cls in _classes.items()}
"""Every loss that is a function, by name."""
globals().update(_classes | FUNCTIONS)
__all__.extend([*_classes, *FUNCTIONS])

_named, serialize, deserialize = lookups("losses", Loss, ALIASES, __name__)


def get(identifier: Any) -> Any:
    """Return the loss of a name, a dictionary, a class, an object or a function: as in Keras, names in lower case are
    those of the functions, names of classes those of objects. None stays None.

    >>> get("mse").__name__, get("MeanSquaredError").name
    ('mean_squared_error', 'mean_squared_error')
    >>> get("categorical_crosentropy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown loss 'categorical_crosentropy': did you mean 'categorical_crossentropy'? ...
    """
    if isinstance(identifier, str) and custom(identifier) is None and identifier not in _classes:
        key = identifier.strip().lower()
        key = ALIASES.get(key, key)
        if key in FUNCTIONS:
            return FUNCTIONS[key]
    found = _named(identifier)
    return get(found) if isinstance(found, str) else found


def as_object(identifier: Any) -> Any:
    """Return the loss as an object where it is one of Keras's, or else the function.

    >>> as_object("mse")
    <MeanSquaredError name='mean_squared_error', reduction='sum_over_batch_size'>
    """
    found = get(identifier)
    name = getattr(found, "__name__", "")
    return named("losses", name) if FUNCTIONS.get(name) is found else found


def core_loss(identifier: Any) -> functions.Loss:
    """Return the core's loss for what `compile` takes as one.

    >>> core_loss("mse").name
    'mean_squared_error'
    """
    found = as_object(identifier)
    if found is None:
        raise RavineError("a loss must be a name, a keras.losses object or a function, got None")
    if not isinstance(found, Loss):
        return OwnLoss(found)
    if found.reduction not in ("sum_over_batch_size", "mean"):
        raise RavineError(
            f"{type(found).__name__}: models are trained on the mean over the batch, not with reduction="
            f"{found.reduction!r}: leave it out and raise the learning rate"
        )
    if found.dtype not in ("float32", "float64"):
        raise RavineError(
            f"{type(found).__name__}: models compute in float32 or float64, not in {found.dtype}: leave dtype out"
        )
    return found.core()


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
