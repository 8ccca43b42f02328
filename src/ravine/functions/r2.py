"""The coefficient of determination: how much of the targets' variance is explained."""

from __future__ import annotations

from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, cast, check_choice, check_count, pytree, static
from ravine.functions.metric_base import METRICS, Better, Metric, counted, ratio, spread

__all__ = ["R2"]


@METRICS.register("r2", "r2_score")
@pytree
class R2(Metric):
    """Coefficient of determination, 1 - sum (y - out)^2 / sum (y - mean y)^2, averaged over the outputs.

    *average* is "uniform" (each output alike), "variance" (by the variance of its targets) or "none" (one value each).
    With *regressors* p it is adjusted for so many inputs, 1 - (1 - R2) (n - 1) / (n - p - 1), where n is the sum of the
    weights; NaN where n is p + 1 or less (Keras then gives the plain R2; of several outputs it counts n times as many).

    The sums are taken about *centre* (a number, or one per output), near the mean of the targets: in float32 a mean
    many deviations away from it costs digits, all of them from about 1000 on. Training and evaluation see to that, see
    `ravine.functions.origin`. Constant targets score 1 when met exactly and else 0, as in scikit-learn; without any
    example the value is NaN.

    >>> metric = R2()
    >>> y = jnp.array([[1.0], [2.0], [3.0]])
    >>> float(metric.value(metric.stats(y, y + 0.5, jnp.ones(3))))
    0.625
    """

    centre: Number = 0.0
    average: str = static(default="uniform")
    regressors: int = static(default=0)
    name: str = static(default="r2", kw_only=True)
    better: ClassVar[Better | None] = "higher"
    translates = True

    def __post_init__(self) -> None:
        check_choice("R2", "average", self.average, ("uniform", "variance", "none"))
        check_count("R2", "regressors", self.regressors, least=0)

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return the sums of weight, deviation, squared deviation and squared error of each output, (4, outputs)."""
        y = jnp.asarray(y).astype(out.dtype).reshape(out.shape)
        away = y - cast(self.centre, out.dtype)
        sums = (jnp.ones_like(out), away, away * away, jnp.square(y - out))
        weights = spread(weight, out)
        return jnp.stack([counted(part, weights).reshape(-1, out.shape[-1]).sum(axis=0) for part in sums])

    def value(self, stats: Array) -> Array:
        """Return the mean over the outputs of 1 - unexplained / total."""
        count, first, second, error = stats
        total = second - ratio(first * first, count)
        flat = jnp.where(error == 0, 1.0, 0.0).astype(stats.dtype)
        # of constant targets rounding leaves a few units in the last place of what was subtracted
        constant = total <= 64 * float(np.finfo(stats.dtype).eps) * second
        scores = jnp.where(count == 0, jnp.nan, jnp.where(constant, flat, 1.0 - ratio(error, total)))
        if self.average == "uniform":
            scores = jnp.mean(scores)
        elif self.average == "variance":
            scores = jnp.where(jnp.sum(total) > 0, ratio(jnp.sum(total * scores), jnp.sum(total)), jnp.mean(scores))
        if self.regressors:
            n = count[0]
            left = n - self.regressors - 1
            scores = jnp.where(left > 0, 1.0 - (1.0 - scores) * (n - 1) / jnp.where(left > 0, left, 1.0), jnp.nan)
        return scores
