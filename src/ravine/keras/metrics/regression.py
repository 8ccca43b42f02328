"""Metrics of regression, and losses as metrics."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError
from ravine.keras import losses
from ravine.keras.metrics.base import Metric
from ravine.keras.ranks import same_rank, weight_like

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "R2Score",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
]


class RootMeanSquaredError(Metric):
    """The root of the mean of (y_pred - y_true)^2.

    >>> RootMeanSquaredError()([[0.0]], [[3.0]])
    np.float32(3.0)
    """

    rising = False

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def core(self) -> functions.Metric:
        return functions.RMSE()

    def values(self, y: Array, out: Array) -> Array:
        # One number for each output: each may have a weight of its own.
        y, out = same_rank(y.astype(out.dtype), out)
        return jnp.square(out - y)


class R2Score(Metric):
    """1 - the squared error over the squared deviation of the targets, averaged over the outputs.

    >>> R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]])
    np.float32(1.0)
    """

    options = ("class_aggregation", "num_regressors")
    rising = True

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        if class_aggregation != "uniform_average" or num_regressors:
            raise RavineError("R2Score: only class_aggregation='uniform_average' and num_regressors=0 are supported")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors

    def core(self) -> functions.Metric:
        return functions.R2()

    def statistics(self, y: Array, out: Array, weight: Array | None) -> tuple[Array, Array]:
        y, out = same_rank(y, out)
        y, out = (y[:, None], out[:, None]) if out.ndim == 1 else (y, out)
        full = jnp.ones_like(out)
        if weight is not None:
            weight = weight[:, None] if weight.ndim == 1 else weight
            full = jnp.broadcast_to(weight_like(out, weight)[1], out.shape)
        return self.core().stats(y, out, full), full.sum()


class _OfLoss(Metric):
    """The mean of a loss."""

    rising = False
    loss: type[losses.Loss]

    def __init__(self, name: str | None = None, dtype: Any = None, **options: Any) -> None:
        self._loss = self.loss(**options)
        super().__init__(name or self._loss.name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = self._loss.get_config()
        kept = {name: value for name, value in config.items() if name not in ("name", "reduction")}
        return {**super().get_config(), **kept}

    def core(self) -> functions.Metric:
        return functions.MeanLoss(self._loss.core(), name=self.name)

    def values(self, y: Array, out: Array) -> Array:
        return self._loss.call(y, out)

    @classmethod
    def from_config(cls, config: Any) -> Any:
        kept = {name: value for name, value in config.items() if name not in ("dtype", "fn", "reduction")}
        return cls(**kept)


class MeanSquaredError(_OfLoss):
    """The mean squared error.

    >>> MeanSquaredError()([[0.0]], [[3.0]])
    np.float32(9.0)
    """

    loss = losses.MeanSquaredError


class MeanAbsoluteError(_OfLoss):
    """The mean absolute error.

    >>> MeanAbsoluteError()([[0.0]], [[3.0]])
    np.float32(3.0)
    """

    loss = losses.MeanAbsoluteError


class Huber(_OfLoss):
    """Huber's loss.

    >>> Huber()([[0.0]], [[3.0]])
    np.float32(2.5)
    """

    loss = losses.Huber


class BinaryCrossentropy(_OfLoss):
    """The binary cross-entropy.

    >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    loss = losses.BinaryCrossentropy


class CategoricalCrossentropy(_OfLoss):
    """The cross-entropy of one-hot targets.

    >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    loss = losses.CategoricalCrossentropy


class SparseCategoricalCrossentropy(_OfLoss):
    """The cross-entropy of class numbers.

    >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    loss = losses.SparseCategoricalCrossentropy


class KLDivergence(_OfLoss):
    """The Kullback-Leibler divergence.

    >>> KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]])
    np.float32(0.0)
    """

    loss = losses.KLDivergence


class Poisson(_OfLoss):
    """The Poisson loss.

    >>> Poisson()([[0.0]], [[3.0]])
    np.float32(3.0)
    """

    loss = losses.Poisson


class Hinge(_OfLoss):
    """The hinge loss.

    >>> Hinge()([[1.0]], [[0.5]])
    np.float32(0.5)
    """

    loss = losses.Hinge


class SquaredHinge(_OfLoss):
    """The squared hinge loss.

    >>> SquaredHinge()([[1.0]], [[0.5]])
    np.float32(0.25)
    """

    loss = losses.SquaredHinge
