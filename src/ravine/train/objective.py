"""What is minimised and what is measured: a loss with its metrics, joined to a network's last activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

import jax.numpy as jnp

from ravine.core import Array, RavineError, pytree, static
from ravine.functions import Loss, LossAbout, Metric, MetricAbout, activation, loss, metric, resolve_accuracy
from ravine.nn import Context, Network

__all__ = ["Measured", "Objective", "objective"]


class Measured(NamedTuple):
    """A batch's loss, the number of its examples, the metrics' additive statistics, and the new layer state.

    No example: made inside the compiled step.
    """

    loss: Array
    examples: Array
    stats: tuple[Array, ...]
    state: Any


@pytree
class Objective:
    """The mean loss over a batch plus the layers' penalties, and metrics.

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

    def measure(
        self, network: Network, params: Any, state: Any, x: Array, y: Array, weight: Array, context: Context
    ) -> Measured:
        """The loss L = sum_i w_i l_i / n + penalties over the n valid examples of a batch.

        *weight*, of shape (batch,), holds the examples' weights; ``context.valid`` tells examples from padding.
        """
        valid = jnp.ones(x.shape[0], weight.dtype) if context.valid is None else context.valid
        counted = weight * valid
        if self.fused:
            logits, state = network.without_final_activation().apply(params, state, x, context)
            losses = self.loss.from_logits(y, logits)
            out = network.final_activation(logits)
        else:
            out, state = network.apply(params, state, x, context)
            losses = self.loss(y, out)
        losses = losses.reshape(losses.shape[0], -1).mean(axis=1)
        # Padding repeats a real example; where it is not selected away, its inf times the weight 0 would be NaN.
        losses = jnp.where(valid > 0, losses * counted, jnp.zeros((), losses.dtype))
        count = valid.sum()
        value = losses.sum() / jnp.maximum(count, 1)
        penalty = network.penalty(params)
        if penalty is not None:
            value = value + penalty
        return Measured(value, count, tuple(metric.stats(y, out, counted) for metric in self.metrics), state)


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
