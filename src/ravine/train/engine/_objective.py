"""What is minimised and what is measured: a loss with its metrics, joined to a network's last activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, pytree, static, with_axes
from ravine.functions import (
    Better,
    Loss,
    LossAbout,
    Metric,
    MetricAbout,
    activation,
    counted,
    direction,
    loss,
    metric,
    resolve_accuracy,
)
from ravine.nn import Context, Network

__all__ = ["Measured", "Objective", "blank", "checked", "objective", "weighed"]


class Measured(NamedTuple):
    """What an objective says of a batch.

    *loss* is what is minimised; *totals* (batch,) is each example's weighted loss, summed over its steps, and *counts*
    (batch,) how many of them count; *stats* are the metrics' additive statistics, *state* the new state of the layers.

    No example: made inside the compiled step.
    """

    loss: Array
    totals: Array
    counts: Array
    stats: tuple[Array, ...]
    state: Any


@pytree
class Objective:
    """The mean loss over a batch plus the layers' penalties, and metrics, which count as the loss does.

    Where the network ends in the activation the loss *fuses* with (softmax and cross-entropy, logistic and binary
    cross-entropy), the loss is computed from the logits.

    >>> from ravine.nn import Dense
    >>> objective(Network((Dense(3, "softmax"),), (2,)), "sparse_categorical_crossentropy", ["accuracy"]).fused
    True
    """

    loss: Loss
    metrics: tuple[Metric, ...] = ()
    fused: bool = static(default=False)

    def about(self, origin: Any) -> Self:
        """The same objective for targets that are kept as their distances from *origin*; this one where it is None.

        The loss's ``check`` subtracts it. Nothing changes but digits: see `ravine.functions.origin`.
        """
        if origin is None:
            return self
        metrics = tuple(MetricAbout(each, origin, name=each.name) for each in self.metrics)
        return replace(self, loss=LossAbout(self.loss, origin), metrics=metrics)

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics' names."""
        return tuple(metric.name for metric in self.metrics)

    @property
    def directions(self) -> dict[str, Better | None]:
        """Which values of each metric are good, by the metric's name."""
        return {metric.name: direction(metric) for metric in self.metrics}

    def measure(
        self, network: Network, params: Any, state: Any, x: Array, y: Array, weight: Array | None, context: Context
    ) -> Measured:
        """The loss L = sum w l / n + penalties: the sum over all examples (and steps of sequences) that count, n.

        *weight* holds w, one per example, or per step; None stands for 1. What does not count is padding, which
        ``context.valid`` tells from examples, and steps that the layers have masked. A place of weight 0 counts in n.
        Targets at places that are masked or weigh nothing are not looked at: they may be NaN, or no class at all.
        """
        run = network.without_final_activation() if self.fused else network
        logits, state, mask = run.apply_masked(params, state, x, context)
        out = network.final_activation(logits) if self.fused else logits
        places = out.shape[:-1]
        if mask is not None and mask.shape != places[: mask.ndim]:
            mask = None
        seen = blank(y, None if weight is None else weight != 0)
        seen = blank(seen, mask)
        each = self.loss.from_logits(seen, logits) if self.fused else self.loss(seen, out)
        valid = jnp.ones(x.shape[:1], each.dtype) if context.valid is None else context.valid.astype(each.dtype)
        counts = over(valid, each.shape)
        if mask is not None and mask.ndim <= each.ndim:
            counts = counts * over(mask.astype(each.dtype), each.shape)
        weights = counts if weight is None else counts * over(weight.astype(each.dtype), each.shape)
        chosen = self.loss.counts(y)
        if chosen is not None:  # targets of a class that is to be ignored
            chosen = over(chosen.reshape(each.shape).astype(each.dtype), each.shape)
            counts, weights = counts * chosen, weights * chosen
        # Padding repeats a real example; where it is not selected away, its inf times the weight 0 would be NaN.
        totals = counted(each, weights).reshape(x.shape[0], -1).sum(axis=1)
        counts = counts.reshape(x.shape[0], -1).sum(axis=1)
        value = totals.sum() / jnp.maximum(counts.sum(), 1)
        penalty = network.penalty(params)
        if penalty is not None:
            value = value + penalty
        present = valid if mask is None else over(valid, mask.shape) * mask.astype(valid.dtype)
        if chosen is not None:
            present = over(present, chosen.shape) * chosen
        return Measured(value, totals, counts, self._stats(y, seen, out, present, weight, mask), state)

    def _stats(
        self, y: Array, seen: Array, out: Array, present: Array, weight: Array | None, mask: Array | None
    ) -> tuple[Array, ...]:
        """The metrics' statistics: of the targets *y*, or *seen* with blanks, at the places *present*."""
        weights = weighed(present, weight)
        return tuple(metric.stats(seen, out, weights) for metric in self.metrics)


def over(values: Array, shape: tuple[int, ...]) -> Array:
    """*values* of shape (batch,) or (batch, time), constant along the axes of *shape* that they lack.

    >>> over(jnp.array([1.0, 2.0]), (2, 3)).tolist()
    [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    """
    if values.ndim > len(shape):
        return values.reshape(shape)
    return jnp.broadcast_to(with_axes(values, len(shape)), shape)


def weighed(present: Array, weight: Array | None) -> Array:
    """*weight* at the places that are *present*, else 0; both of shape (batch,) or (batch, time).

    >>> weighed(jnp.array([[1.0, 0.0]]), jnp.array([3.0])).tolist()
    [[3.0, 0.0]]
    """
    if weight is None:
        return present
    weight = weight.astype(present.dtype)
    shape = max(present.shape, weight.shape, key=len)
    return over(present, shape) * over(weight, shape)


def blank(y: Array, used: Array | None) -> Array:
    """*y* with 1 where it is not *used*, (batch,) or (batch, time): what stands there must not make a gradient NaN.

    A select behind the loss would come too late: the gradient that it stops is 0, and 0 times NaN is NaN.

    >>> blank(jnp.array([jnp.nan, 2.0]), jnp.array([False, True])).tolist()
    [1.0, 2.0]
    """
    if used is None:
        return y
    while used.ndim > y.ndim and used.shape[-1] == 1:
        used = used[..., 0]
    return y if used.ndim > y.ndim else jnp.where(over(used, y.shape), y, jnp.ones((), y.dtype))


def checked(loss: Loss, y: Any, network: Network, x: np.ndarray, weight: Any = None) -> np.ndarray:
    """The targets *y* of examples *x* in the form that *loss* takes; only those that count must make sense.

    >>> from ravine.nn import Dense
    >>> nan = float("nan")
    >>> checked(loss("mse"), [1.0, nan], Network((Dense(1),), (1,)), np.zeros((2, 1)), np.array([1.0, 0.0])).tolist()
    [[1.0], [nan]]
    """
    try:
        return loss.check(y, network.output_shape)
    except RavineError:
        # Only now, for it costs a pass over the examples: is what is wrong at a place that does not count?
        used, mask = (None if weight is None else np.asarray(weight) != 0), network.output_mask(x)
        if mask is not None:
            used = mask if used is None else mask & with_axes(used, mask.ndim)
        if used is None or used.all():
            raise
        return loss.check(y, network.output_shape, used)


def objective(network: Network, of: str | Loss, metrics: Sequence[str | Metric] = ()) -> Objective:
    """The `Objective` of *network* with a loss and *metrics* given by name or as objects.

    >>> from ravine.nn import Dense
    >>> objective(Network((Dense(1),), (2,)), "mse", ["mae"]).names
    ('mae',)
    """
    criterion = loss(of)
    fuses = None if criterion.fuses is None else activation(criterion.fuses)
    names = [each for each in metrics if isinstance(each, str)]
    if len(set(names)) < len(names):
        raise RavineError(f"metrics: each may be named once, got {names}")
    measured = tuple(
        resolve_accuracy(criterion, network.output_shape) if each in ("accuracy", "acc") else metric(each)
        for each in metrics
    )
    return Objective(criterion, measured, fused=fuses is not None and network.final_activation is fuses)
