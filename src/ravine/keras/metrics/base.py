"""What every metric of Keras is here: a description, and a sum of statistics for use outside of a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ravine import functions
from ravine.core import Array, RavineError
from ravine.keras.naming import snake, unique
from ravine.keras.objects import Described

__all__ = ["Mean", "MeanMetricWrapper", "Metric"]


class Metric(Described, family="metrics"):
    """A metric; outside of a model `update_state` adds examples and `result` tells the value so far.

    No example: a base class; see `ravine.keras.metrics.CategoricalAccuracy`.
    """

    options: ClassVar[tuple[str, ...]] = ()
    rising: ClassVar[bool] = True
    """Whether more is better."""

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name: str = name or unique(snake(type(self).__name__))
        self._sum: Any = None

    def core(self) -> functions.Metric:
        """The core's metric."""
        raise RavineError(
            f"{type(self).__name__}: metrics of your own are not supported by ravine.keras as classes: "
            "give a function of (y_true, y_pred), written with jax.numpy"
        )

    def named_core(self, name: str | None = None) -> functions.Metric:
        """The core's metric under this one's name, or another."""
        return dataclasses.replace(self.core(), name=name or self.name)  # type: ignore[type-var]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add examples."""
        out = jnp.asarray(y_pred, jnp.result_type(float))
        out = out[:, None] if out.ndim == 1 else out
        weight = jnp.ones(len(out)) if sample_weight is None else jnp.asarray(sample_weight, out.dtype)
        y = jnp.asarray(y_true)
        y = y[:, None] if y.ndim == 1 and out.shape[-1] == 1 else y
        new = np.asarray(self.core().stats(y, out, weight))
        self._sum = new if self._sum is None else self._sum + new

    def result(self) -> Any:
        """The value of all examples so far; 0 before the first."""
        return 0.0 if self._sum is None else np.asarray(self.core().value(self._sum))[()]

    def reset_state(self) -> None:
        """Forget all examples."""
        self._sum = None

    reset_states = reset_state

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": "float32", **super().get_config()}


class MeanMetricWrapper(Metric):
    """The mean of a function of (y_true, y_pred), one value per example.

    >>> worst = MeanMetricWrapper(lambda y, p: abs(p - y).max(axis=-1), name="worst")
    >>> worst([[0.0, 0.0]], [[1.0, 3.0]])
    np.float32(3.0)
    """

    rising = False

    def __init__(self, fn: Callable[[Array, Array], Array], name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name or getattr(fn, "__name__", None))
        self.fn = fn

    def core(self) -> functions.Metric:
        return functions.MeanLoss(functions.FunctionLoss(self.fn), name=self.name)


class Mean(Metric):
    """The weighted mean of values, for use outside of a model.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0]); mean.result()
    np.float64(2.0)
    """

    rising = False

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name)

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add values, with weights as the second argument or by name."""
        values, given = np.asarray(y_true, float), y_pred if sample_weight is None else sample_weight
        weight = np.ones_like(values) if given is None else np.broadcast_to(given, values.shape)
        new = np.array([(values * weight).sum(), weight.sum()])
        self._sum = new if self._sum is None else self._sum + new

    def result(self) -> Any:
        return 0.0 if self._sum is None or not self._sum[1] else self._sum[0] / self._sum[1]

    def __call__(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> Any:
        return super().__call__(y_true, y_pred, sample_weight)
