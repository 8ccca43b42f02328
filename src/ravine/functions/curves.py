"""Metrics read from a curve over thresholds: areas under it, and the best that one share leaves of another."""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, RavineError, cast, check_choice, check_count, check_number, pytree, static
from ravine.functions.metric_base import METRICS, Better, Metric, indicators, ratio, spread

__all__ = [
    "AUC",
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
]


def _positives(y: Array, out: Array, weights: Array, above: Array) -> Array:
    """The true and the false positives at each threshold, (2, thresholds), where *above* is (..., thresholds)."""
    true = indicators(y, out)
    groups = jnp.stack([(true * weights).ravel(), ((1.0 - true) * weights).ravel()])
    return jnp.matmul(groups, above.reshape(-1, above.shape[-1]), precision=jax.lax.Precision.HIGHEST)


def _above(out: Array, count: int, thresholds: tuple[float, ...] | None) -> Array:
    """1 where an output lies above a threshold, (..., thresholds): below every output, between, above every output."""
    if thresholds is not None:
        levels = np.array([-np.inf, *sorted(thresholds), np.inf], out.dtype)
        return (out[..., np.newaxis] > levels).astype(out.dtype)
    if count == 1:
        return (out[..., np.newaxis] > np.array([0.5], out.dtype)).astype(out.dtype)
    last = count - 1
    levels = np.array([-np.inf, *range(1, last), np.inf], out.dtype)  # whole numbers: no threshold is rounded
    return (out[..., np.newaxis] * float(last) > levels).astype(out.dtype)


@METRICS.register("auc")
@pytree
class AUC(Metric):
    """Area under the ROC curve (or precision-recall curve, *curve*='pr') over thresholds, equally spaced on [0, 1].

    *thresholds* gives others, to which the ends of the curve are added. *summation* is "interpolation": trapezia under
    the ROC curve, and under the other the interpolation of Davis & Goadrich, "The relationship between precision-recall
    and ROC curves", 2006; or "minoring" and "majoring", steps as low or as high as the lower or higher end of each
    interval. With *multi_label* each output has a curve and an area of its own, and the mean is taken, weighted by
    *label_weights*; else all outputs are pooled, each weighted by its own. With 200 thresholds these are Keras's
    numbers, save that the ROC area is NaN where one of the two classes is absent and there is no curve (as in
    scikit-learn; 0 in Keras).

    >>> metric = AUC()
    >>> sums = metric.stats(jnp.array([[0.0], [1.0]]), jnp.array([[0.2], [0.8]]), jnp.ones(2))
    >>> float(metric.value(sums))
    1.0
    """

    num_thresholds: int = static(default=200)
    curve: str = static(default="roc")
    summation: str = static(default="interpolation")
    thresholds: tuple[float, ...] | None = static(default=None)
    multi_label: bool = static(default=False)
    label_weights: tuple[float, ...] | None = static(default=None)
    name: str = static(default="auc", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        check_count("AUC", "num_thresholds", self.num_thresholds, least=2)
        check_choice("AUC", "curve", self.curve, ("roc", "pr"))
        check_choice("AUC", "summation", self.summation, ("interpolation", "minoring", "majoring"))
        for name in ("thresholds", "label_weights"):
            values = getattr(self, name)
            if values is not None:
                for value in values:
                    check_number("AUC", name, value, low=-np.inf if name == "thresholds" else 0.0)
                object.__setattr__(self, name, tuple(map(float, values)))

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the true and the false positives at each threshold, (2, thresholds), or with labels as a last axis."""
        if self.label_weights is not None and len(self.label_weights) != out.shape[-1]:
            raise RavineError(f"AUC: label_weights has {len(self.label_weights)} numbers for {out.shape[-1]} outputs")
        above, weights = _above(out, self.num_thresholds, self.thresholds), spread(weight, out)
        if not self.multi_label:
            if self.label_weights is not None:
                weights = weights * np.asarray(self.label_weights, out.dtype)
            return _positives(y, out, weights, above)
        true, rows = indicators(y, out), (-1, out.shape[-1])
        groups = jnp.stack([(each * weights).reshape(rows) for each in (true, 1.0 - true)])
        above = above.reshape(*rows, above.shape[-1])
        return jnp.einsum("gnl,nlt->gtl", groups, above, precision=jax.lax.Precision.HIGHEST)

    def value(self, stats: Array) -> Array:
        """Return the area."""
        if not self.multi_label:
            return self._area(stats)
        areas = jnp.stack([self._area(stats[..., label]) for label in range(stats.shape[-1])])
        weights = jnp.ones_like(areas) if self.label_weights is None else jnp.asarray(self.label_weights, areas.dtype)
        return jnp.sum(areas * weights) / jnp.sum(weights)

    def _area(self, stats: Array) -> Array:
        true, false = stats
        found = true + false
        if self.curve == "pr" and self.summation == "interpolation":
            slope = ratio(true[:-1] - true[1:], found[:-1] - found[1:])
            offset = true[1:] - slope * found[1:]
            both = (found[:-1] > 0) & (found[1:] > 0)
            growth = jnp.where(both, found[:-1], 1.0) / jnp.where(both, found[1:], 1.0)
            areas = slope * (true[:-1] - true[1:] + offset * jnp.log(growth))
            # Weights below 0 can leave less than nothing to find.
            return share(jnp.sum(areas), jnp.maximum(true[0], 0.0), found[0])
        if self.curve == "roc":
            along, up = jnp.divide(false, false[0]), jnp.divide(true, true[0])  # 0 / 0 is NaN: a class is absent
        else:
            along, up = share(true, true[0], found[0]), ratio(true, found)
        ends = (up[:-1], up[1:])
        heights = {"interpolation": sum(ends) / 2.0, "minoring": jnp.minimum(*ends), "majoring": jnp.maximum(*ends)}
        return jnp.sum((along[:-1] - along[1:]) * heights[self.summation])


def share(part: Array, whole: Array, everything: Array) -> Array:
    """*part* / *whole*; 0 where the whole is 0 though there is something, NaN where there is nothing at all.

    >>> share(jnp.array(0.0), jnp.array(0.0), jnp.array(3.0)).tolist(), share(*jnp.zeros(3)).tolist()
    (0.0, nan)
    """
    return jnp.where(everything == 0, jnp.nan, ratio(part, whole))


@pytree
class Constrained(Metric):
    """What the four have in common: the best of one share over the thresholds at which another is *least* or more."""

    least: Number = 0.5
    num_thresholds: int = static(default=200)
    class_id: int | None = static(default=None)
    name: str = static(default="constrained", kw_only=True)
    better: ClassVar[Better | None] = "higher"

    def __post_init__(self) -> None:
        check_number(type(self).__name__, "least", self.least, low=0.0, high=1.0)
        check_count(type(self).__name__, "num_thresholds", self.num_thresholds)

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return true and false positives at each threshold, and of everything: (2, thresholds + 1)."""
        weights, above = spread(weight, out), _above(out, self.num_thresholds, None)
        if self.class_id is not None:
            weights = weights * (np.arange(out.shape[-1]) == self.class_id)
        return _positives(y, out, weights, jnp.concatenate([jnp.ones_like(above[..., :1]), above], axis=-1))

    def value(self, stats: Array) -> Array:
        """Return the greatest share, 0 where no threshold will do, NaN where there was nothing to judge."""
        true, false = stats[0, 1:], stats[1, 1:]
        bound, sought = self.shares(true, false, stats[0, 0], stats[1, 0])
        best = jnp.max(jnp.where(bound >= cast(self.least, stats.dtype), sought, 0.0))
        return jnp.where(stats[:, 0].sum() == 0, jnp.nan, best)

    def shares(self, true: Array, false: Array, holds: Array, fails: Array) -> tuple[Array, Array]:
        """The share that is bound, and the one that is sought."""
        raise NotImplementedError(type(self).__name__)


@METRICS.register("precision_at_recall")
@pytree
class PrecisionAtRecall(Constrained):
    """The best precision at a threshold whose recall is *least* or more.

    >>> metric, y = PrecisionAtRecall(1.0), jnp.array([[1.0], [0.0], [1.0]])
    >>> round(float(metric.value(metric.stats(y, jnp.array([[0.9], [0.4], [0.3]]), jnp.ones(3)))), 4)
    0.6667
    """

    name: str = static(default="precision_at_recall", kw_only=True)

    def shares(self, true: Array, false: Array, holds: Array, fails: Array) -> tuple[Array, Array]:
        return ratio(true, holds), ratio(true, true + false)


@METRICS.register("recall_at_precision")
@pytree
class RecallAtPrecision(Constrained):
    """The best recall at a threshold whose precision is *least* or more.

    >>> metric, y = RecallAtPrecision(0.8), jnp.array([[1.0], [0.0], [1.0]])
    >>> float(metric.value(metric.stats(y, jnp.array([[0.9], [0.4], [0.3]]), jnp.ones(3))))
    0.5
    """

    name: str = static(default="recall_at_precision", kw_only=True)

    def shares(self, true: Array, false: Array, holds: Array, fails: Array) -> tuple[Array, Array]:
        return ratio(true, true + false), ratio(true, holds)


@METRICS.register("sensitivity_at_specificity")
@pytree
class SensitivityAtSpecificity(Constrained):
    """The best sensitivity, the share of yes among what holds, where the share of no among the rest is *least* or more.

    >>> metric, y = SensitivityAtSpecificity(1.0), jnp.array([[1.0], [0.0], [1.0]])
    >>> float(metric.value(metric.stats(y, jnp.array([[0.9], [0.4], [0.3]]), jnp.ones(3))))
    0.5
    """

    name: str = static(default="sensitivity_at_specificity", kw_only=True)

    def shares(self, true: Array, false: Array, holds: Array, fails: Array) -> tuple[Array, Array]:
        return ratio(fails - false, fails), ratio(true, holds)


@METRICS.register("specificity_at_sensitivity")
@pytree
class SpecificityAtSensitivity(Constrained):
    """The best specificity, the share of no among what does not hold, where the sensitivity is *least* or more.

    >>> metric, y = SpecificityAtSensitivity(0.5), jnp.array([[1.0], [0.0], [1.0]])
    >>> float(metric.value(metric.stats(y, jnp.array([[0.9], [0.4], [0.3]]), jnp.ones(3))))
    1.0
    """

    name: str = static(default="specificity_at_sensitivity", kw_only=True)

    def shares(self, true: Array, false: Array, holds: Array, fails: Array) -> tuple[Array, Array]:
        return ratio(true, holds), ratio(fails - false, fails)
