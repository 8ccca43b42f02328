"""Losses and metrics that are a user's own functions of targets and outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, pytree, static
from ravine.keras.ranks import same_rank, samplewise

__all__ = ["OwnLoss", "OwnMetric", "WholeLoss", "gives_one_value", "sees_batches"]


def _called(what: str, function: Callable[..., Any], y: Array, out: Array) -> Array:
    """What *function* gives, with an error that names it where its shapes do not fit."""
    try:
        return jnp.asarray(function(y, out))
    except (TypeError, ValueError) as cause:
        raise RavineError(
            f"the {what} {_name(function)!r} fails on targets of shape {y.shape} and outputs of shape {out.shape}: "
            f"{cause}"
        ) from cause


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


@pytree
class OwnLoss(functions.FunctionLoss):
    """A function of (y_true, y_pred), written with jax.numpy, as a loss: a value per example, or one for the batch.

    Targets come with the outputs' type of number and, where they are a vector for one output, with its axis. The value
    for a whole batch is that of each of its examples.

    >>> root = OwnLoss(lambda y, p: jnp.sqrt(jnp.mean((y - p) ** 2)))
    >>> root(jnp.zeros(2), jnp.array([[3.0], [3.0]]))
    Array([3., 3.], dtype=float32)
    """

    def __call__(self, y: Array, out: Array) -> Array:
        y, out = same_rank(jnp.asarray(y).astype(out.dtype), out)
        values = _called("loss", self.function, y, out).astype(out.dtype)
        if values.shape[:1] == out.shape[:1]:
            return values
        return jnp.broadcast_to(values.mean(), out.shape[:1])


@pytree
class WholeLoss(OwnLoss):
    """A loss object of the user's own that is called as a whole, and so would weigh examples itself.

    >>> WholeLoss(lambda y, p: p.sum())(jnp.zeros(2), jnp.array([[3.0], [3.0]]))
    Array([6., 6.], dtype=float32)
    """


@pytree
class OwnMetric(functions.Metric):
    """A function of (y_true, y_pred), written with jax.numpy, as a metric: the mean of its values.

    Where it gives one value for a batch, that is the mean over the batches, each counting alike, as in Keras. Nothing
    says whether more is better.

    >>> share = OwnMetric(lambda y, p: jnp.mean(y == p), name="share")
    >>> float(share.value(share.stats(jnp.ones((2, 1)), jnp.array([[1.0], [0.0]]), jnp.ones(2))))
    0.5
    """

    function: Callable[[Array, Array], Any] = static()
    name: str = static(default="metric", kw_only=True)
    better: ClassVar[Any] = None

    def stats(self, y: Array, out: Array, weight: Array) -> Array:
        """Return [sum of weighted values, sum of weights]."""
        y, _ = same_rank(jnp.asarray(y), out)
        values = _called("metric", self.function, y, out).astype(out.dtype)
        if values.shape[:1] != out.shape[:1]:
            # One value for all: the weights of examples have nothing to act on but the whole.
            return jnp.stack([values.sum(), jnp.asarray(values.size, out.dtype)])
        if weight.ndim > values.ndim:
            weight = weight.mean(axis=tuple(range(values.ndim, weight.ndim)))
        values, weights = samplewise(values, weight)
        return jnp.stack([values.sum(), weights.sum()])

    def value(self, stats: Array) -> Array:
        """Return the mean."""
        return stats[0] / stats[1]


def sees_batches(objective: Any) -> bool:
    """Whether a function of the user's own sees the batches of *objective*, so that none may be padded.

    >>> from ravine.train import Objective
    >>> sees_batches(Objective(OwnLoss(max))), sees_batches(Objective(functions.loss("mse")))
    (True, False)
    """
    parts = (objective.loss, *objective.metrics)
    return any(isinstance(part, OwnLoss | OwnMetric | functions.FunctionLoss) for part in parts)


def gives_one_value(function: Any, y: Any, output_shape: tuple[int, ...], dtype: Any) -> bool:
    """Whether *function* gives one value for a batch of targets like *y*, and not one per example.

    >>> import numpy as np
    >>> gives_one_value(lambda y, p: jnp.mean(y - p), np.zeros((5, 1)), (1,), "float32")
    True
    """
    spec: Any = jax.ShapeDtypeStruct

    def values(n: int) -> tuple[int, ...]:
        targets = spec((n, *y.shape[1:]), jax.dtypes.canonicalize_dtype(y.dtype))
        made = jax.eval_shape(
            lambda t, p: jnp.asarray(function(same_rank(t, p)[0], p)), targets, spec((n, *output_shape), dtype)
        )
        return tuple(made.shape[:1])

    # Of two lengths of a batch the number of values follows both, or it does not follow the examples.
    return values(2) != (2,) or values(3) != (3,)
