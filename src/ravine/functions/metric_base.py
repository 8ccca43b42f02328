"""What a metric is: additive statistics over the examples, and a value computed from their sum.

Statistics of batches, of shards and of padded batches may be added in any order; an example of weight 0 is not there.
"""

from __future__ import annotations

import abc
from typing import ClassVar, Literal

import jax
import jax.numpy as jnp

from ravine.core import Array, Registry, with_axes

__all__ = ["METRICS", "Averaged", "Better", "Metric", "class_numbers", "counted", "indicators", "ratio", "spread"]

Better = Literal["higher", "lower"]
"""Which values of a metric are good."""


class Metric(abc.ABC):
    """A metric of targets *y* and outputs (batch, ..., outputs), weighted per example.

    Targets are as the loss checked them: class numbers (batch, ...) or one number per output. Statistics have a fixed
    shape and the dtype of the outputs; counts in float32 are exact up to 2^24. *better* says which values are good; a
    metric that does not say so (None) cannot be used to choose weights or settings, see `ravine.functions.direction`.
    *translates* says whether one number added to targets and outputs alike changes nothing.

    >>> from ravine.functions.metrics import BinaryAccuracy
    >>> metric, weight = BinaryAccuracy(), jnp.ones(2)
    >>> sums = metric.stats(jnp.array([[1.0], [0.0]]), jnp.array([[0.9], [0.8]]), weight)
    >>> metric.name, sums.tolist(), float(metric.value(sums + sums))
    ('binary_accuracy', [1.0, 2.0], 0.5)
    """

    name: str
    better: ClassVar[Better | None] = None
    translates: ClassVar[bool] = False

    @abc.abstractmethod
    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the additive statistics of a batch; *weight* is (batch,), or one weight per step of a sequence."""

    @abc.abstractmethod
    def value(self, stats: Array) -> Array:
        """Return the metric from the sum of statistics; NaN where nothing was counted: no example, or weights of 0."""


METRICS: Registry[type[Metric]] = Registry("metric")
"""Every metric by name; 'accuracy' is resolved by the loss and the outputs, see `resolve_accuracy`."""


def ratio(top: Array, bottom: Array) -> Array:
    """Return top / bottom, and 0 where *bottom* is 0.

    >>> ratio(jnp.array([1.0, 1.0]), jnp.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    return jnp.where(bottom == 0, 0.0, top / jnp.where(bottom == 0, 1.0, bottom))


def counted(values: Array, weights: Array) -> Array:
    """Return values * weights, and 0 where the weight is 0, whatever stands there: NaN and infinity too.

    >>> counted(jnp.array([2.0, jnp.nan]), jnp.array([3.0, 0.0])).tolist()
    [6.0, 0.0]
    """
    return jnp.where(weights == 0, jnp.zeros((), values.dtype), values * weights)


def spread(weight: Array, like: Array) -> Array:
    """Return *weight* in the shape and dtype of *like*, constant along the axes it lacks.

    >>> spread(jnp.array([1.0, 0.0]), jnp.ones((2, 3))).tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    weight = jnp.asarray(weight).astype(like.dtype)
    return jnp.broadcast_to(with_axes(weight, like.ndim), like.shape)


def class_numbers(y: Array, classes: int, ndim: int) -> Array:
    """Return int32 class numbers from these or from rows with *ndim* axes; a single column is class 0 or 1.

    >>> class_numbers(jnp.array([[0.0, 1.0], [1.0, 0.0]]), 2, 2).tolist()
    [1, 0]
    """
    y = jnp.asarray(y)
    if y.ndim < ndim:
        return y.astype(jnp.int32)
    return (y[..., 0] > 0.5).astype(jnp.int32) if classes == 1 else jnp.argmax(y, axis=-1).astype(jnp.int32)


def indicators(y: Array, out: Array) -> Array:
    """Return, in the shape and dtype of *out*, 1 where a target holds (is positive) and 0 elsewhere.

    >>> indicators(jnp.array([1]), jnp.array([[0.2, 0.8]])).tolist()
    [[0.0, 1.0]]
    """
    y = jnp.asarray(y)
    if y.ndim < out.ndim and out.shape[-1] > 1:
        return jax.nn.one_hot(y.astype(jnp.int32), out.shape[-1], dtype=out.dtype)
    return (y.reshape(out.shape) > 0).astype(out.dtype)


class Averaged(Metric):
    """A weighted mean of one number per example: statistics [sum of weight * number, sum of weight].

    No example: a base class; see `ravine.functions.metrics.MAE`.
    """

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        each = self.each(y, out)
        weights = spread(weight, each)
        return jnp.stack([jnp.sum(counted(each, weights)), jnp.sum(weights)])

    def value(self, stats: Array) -> Array:
        return jnp.divide(stats[0], stats[1])  # 0 / 0 is NaN: the mean of nothing

    @abc.abstractmethod
    def each(self, y: Array, out: Array) -> Array:
        """Return the number to be averaged of each example, (batch, ...)."""
