"""What every metric of Keras is here: a description, and a sum of statistics for use outside of a model."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from ravine import functions
from ravine.core import Array, RavineError, with_axes
from ravine.keras.losses import Loss, as_object, number_type
from ravine.keras.naming import snake, unique
from ravine.keras.near import Near, is_traced
from ravine.keras.objects import Described
from ravine.keras.own import OwnMetric
from ravine.keras.ranks import same_rank, samplewise, weight_like

__all__ = [
    "Counted",
    "Explained",
    "Mean",
    "MeanMetricWrapper",
    "Metric",
    "Numbered",
    "Sides",
    "Squares",
    "Sum",
    "name_of",
]


class Metric(Described, family="metrics"):
    """A metric; outside of a model `update_state` adds examples and `result` tells the value so far.

    No example: a base class; see `ravine.keras.metrics.CategoricalAccuracy`.
    """

    options: ClassVar[tuple[str, ...]] = ()
    shared: ClassVar[dict[str, Any]] = {"name": "", "dtype": None}
    unsaved: ClassVar[frozenset[str]] = frozenset({"from_sorted_ids"})

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name: str = name or unique(snake(type(self).__name__))
        self.dtype = number_type(type(self).__name__, dtype)
        self._near = Near()
        self._sum: Any = None
        self._counted = 0.0

    @property
    def rising(self) -> bool | None:
        """Whether more is better; None where nothing says so."""
        return {"higher": True, "lower": False}.get(self.core().better or "")

    def core(self) -> functions.Metric:
        """The core's metric."""
        if self._make is not None:
            return self.made()  # type: ignore[no-any-return]
        self.add_variable()

    def add_variable(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse, as a class of one's own that begins to hold state is none that can be used."""
        raise RavineError(
            f"{type(self).__name__}: metrics of your own are not supported by ravine.keras as classes: "
            "give a function of (y_true, y_pred), written with jax.numpy"
        )

    def add_weight(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse, as `add_variable` does."""
        self.add_variable()

    def named_core(self, name: str | None = None) -> functions.Metric:
        """The core's metric under this one's name, or another."""
        return dataclasses.replace(self.core(), name=name or self.name)  # type: ignore[type-var]

    def values(self, y: Array, out: Array) -> Array:
        """The numbers whose mean is the metric, of targets *y* and outputs."""
        y, out = same_rank(y, out)
        each: Array = self.core().each(y, out)  # type: ignore[attr-defined]
        return each

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        """The core's statistics of a batch, and the sum of its weights."""
        values = self.values(y, out)
        if not values.ndim:
            return jnp.stack([values, jnp.ones_like(values)]), jnp.ones_like(values)
        values, weights = samplewise(values, weight)
        return jnp.stack([values.sum(), weights.sum()]), weights.sum()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add examples."""
        self._add(y_true, y_pred, sample_weight, getattr(y_pred, "_keras_mask", None))

    def _add(self, y_true: Any, y_pred: Any, sample_weight: Any, mask: Any) -> None:
        if is_traced(y_true, y_pred, sample_weight, mask):
            raise RavineError(
                f"{type(self).__name__}: a metric adds up numbers, and was given what a compiled program is yet to "
                "compute: call it outside of jax.jit, or give it to compile(metrics=[...])"
            )
        if self.core().translates:
            y_true, y_pred = self._near(y_true, y_pred)
        dtype = jax.dtypes.canonicalize_dtype(self.dtype)
        out, y = jnp.asarray(y_pred, dtype), jnp.asarray(y_true)
        weight = None if sample_weight is None else jnp.asarray(sample_weight, dtype)
        if mask is not None:
            kept = jnp.asarray(mask).astype(dtype)
            if weight is not None:
                kept, weight = same_rank(kept, weight)
            weight = kept if weight is None else kept * weight
        new, counted = self.statistics(y, out, weight)
        self._sum = np.asarray(new) if self._sum is None else self._sum + np.asarray(new)
        self._counted += float(counted)

    def result(self) -> Any:
        """The value of all examples so far; 0 before the first."""
        if self._sum is None:
            return 0.0
        value = np.asarray(self.core().value(jnp.asarray(self._sum)))
        return (value if self._counted else np.zeros_like(value))[()]

    def reset_state(self) -> None:
        """Forget all examples."""
        self._sum, self._counted, self._near = None, 0.0, Near()

    reset_states = reset_state

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, **super().get_config()}


def name_of(function: Any) -> str:
    """The name that a history has for a function used as a metric, as in Keras.

    >>> name_of(lambda y, p: 0.0), name_of(max)
    ('lambda', 'max')
    """
    return getattr(function, "name", None) or snake(getattr(function, "__name__", type(function).__name__))


class MeanMetricWrapper(Metric):
    """The mean of a function of (y_true, y_pred), one value per example or one per batch; it is given *options*, too.

    >>> worst = MeanMetricWrapper(lambda y, p: abs(p - y).max(axis=-1), name="worst")
    >>> worst([[0.0, 0.0]], [[1.0, 3.0]])
    np.float32(3.0)
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name, dtype)
        self.fn = fn
        loss = as_object(fn) if not options else None
        self._known = loss if isinstance(loss, Loss) else None
        # Made once: a function with options is equal to no other, and would make the model compile anew.
        self._own = OwnMetric(functools.partial(fn, **options) if options else fn, name=self.name)

    @property
    def rising(self) -> bool | None:
        """False for a loss; nothing says it of another function."""
        return False if isinstance(as_object(self.fn), Loss) else None

    def core(self) -> functions.Metric:
        return self._own if self._known is None else functions.MeanLoss(self._known.core(), name=self.name)

    def values(self, y: Array, out: Array) -> Array:
        if self._known is not None:
            return self._known.call(y, out)
        return jnp.asarray(self._own.function(same_rank(y, out)[0], out)).astype(out.dtype)


class Mean(Metric):
    """The weighted mean of values, for use outside of a model.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0]); mean.result()
    np.float32(2.0)
    """

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def core(self) -> functions.Metric:
        return OwnMetric(lambda y, out: out)

    def values(self, y: Array, out: Array) -> Array:
        return out

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add values, with weights as the second argument or by name."""
        super().update_state(0.0, y_true, y_pred if sample_weight is None else sample_weight)

    def __call__(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> Any:
        return super().__call__(y_true, y_pred, sample_weight)


class Sum(Mean):
    """The weighted sum of values, for use outside of a model.

    >>> total = Sum()
    >>> total.update_state([1.0, 3.0], sample_weight=[1.0, 2.0]); total.result()
    np.float32(7.0)
    """

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        if weight is not None:
            out, weight = weight_like(out, weight)
            out = out * weight
        # So that the mean is the sum.
        return jnp.stack([out.sum(), jnp.zeros_like(out.sum())]), jnp.ones_like(out.sum())

    def result(self) -> Any:
        """The sum so far."""
        return 0.0 if self._sum is None else np.asarray(self._sum[0])[()]


class Counted(Metric):
    """A metric of counts: each output is judged by itself, with the weight of its example or one of its own.

    No example: a base class.
    """

    hidden = True

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
                weight = with_axes(weight, out.ndim)
            full = jnp.broadcast_to(weight_like(out, weight)[1], out.shape)
        if self.class_id is not None:
            full = full[..., self.class_id]
        return self.core().stats(y, out, full), full.sum()


class Area(Counted):
    """The area under a curve; its thresholds may be given, and the outputs may be logits.

    No example: a base class.
    """

    hidden = True
    thresholds: Any
    from_logits: bool

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        if self.thresholds is not None:
            # Beside those that are given there is one below and one above all outputs.
            self.thresholds, self.num_thresholds = sorted(self.thresholds), len(self.thresholds) + 2
        super().__init__(name, dtype)

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        return super().statistics(y, jax.nn.sigmoid(out) if self.from_logits else out, weight)

    def named_core(self, name: str | None = None) -> functions.Metric:
        if self.from_logits:
            raise RavineError(
                "AUC: from_logits=True is not supported in compile: end the model with activation='sigmoid'"
            )
        return super().named_core(name)


class Equal(Metric):
    """The share of outputs that equal their targets: each may have a weight of its own.

    No example: a base class.
    """

    hidden = True

    def values(self, y: Array, out: Array) -> Array:
        y, out = same_rank(y, out)
        return (y.astype(out.dtype) == out).astype(out.dtype)


class Sides(Metric):
    """The accuracy of outputs that are each on one side of a threshold: each may have a weight of its own.

    No example: a base class.
    """

    hidden = True

    threshold: float

    def values(self, y: Array, out: Array) -> Array:
        y, out = same_rank(y, out)
        return ((out > self.threshold).astype(out.dtype) == y.astype(out.dtype)).astype(out.dtype)


class Squares(Metric):
    """The root of a mean of squares: each output may have a weight of its own.

    No example: a base class.
    """

    hidden = True

    def values(self, y: Array, out: Array) -> Array:
        y, out = same_rank(y.astype(out.dtype), out)
        return jnp.square(out - y)


class Numbered(Metric):
    """A metric of class numbers, which may have a last axis of length 1.

    No example: a base class.
    """

    hidden = True

    def values(self, y: Array, out: Array) -> Array:
        return super().values(y[..., 0] if y.ndim == out.ndim and y.shape[-1] == 1 else y, out)


class Explained(Metric):
    """A metric of deviations per output.

    No example: a base class.
    """

    hidden = True

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        y, out = same_rank(y, out)
        y, out = (y[:, None], out[:, None]) if out.ndim == 1 else (y, out)
        full = jnp.ones_like(out)
        if weight is not None:
            weight = weight[:, None] if weight.ndim == 1 else weight
            full = jnp.broadcast_to(weight_like(out, weight)[1], out.shape)
        return self.core().stats(y, out, full), full.sum()


class Overlap(Metric):
    """A metric of the classes that are true and found.

    No example: a base class.
    """

    hidden = True

    sparse_y_true = sparse_y_pred = False

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        core: Any = self.core()
        if isinstance(core, functions.BinaryIoU):
            true, found = same_rank(y, out)
        else:
            core = dataclasses.replace(core, labels=True)
            true = y if self.sparse_y_true else jnp.argmax(y, axis=-1)
            found = (out if self.sparse_y_pred else jnp.argmax(out, axis=-1)).astype(out.dtype)
        full = jnp.ones(true.shape, out.dtype)
        if weight is not None:
            weight = with_axes(weight, true.ndim)
            full = jnp.broadcast_to(weight_like(full, weight)[1], true.shape)
        return core.stats(true.reshape(-1, 1), found.reshape(-1, 1), full.reshape(-1)), full.sum()
