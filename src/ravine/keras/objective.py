"""What is minimised and measured, as Keras counts it."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine.core import Array, pytree, static
from ravine.functions import activation
from ravine.nn import Context, Network
from ravine.train.objective import Measured, Objective

__all__ = ["KerasObjective", "fuses"]


@pytree
class KerasObjective(Objective):
    """An `Objective` whose metrics, save the *weighted* ones, leave the examples' weights out.

    The loss is the mean over the batch, and over the steps of a sequence; steps that are masked in the output do not
    count in it, nor in the weighted metrics, but do in the others. Weights may be one per example, or one per step.

    No example: made by `ravine.keras.Sequential`.
    """

    weighted: tuple[bool, ...] = static(default=())

    def measure(
        self, network: Network, params: Any, state: Any, x: Array, y: Array, weight: Array, context: Context
    ) -> Measured:
        valid = jnp.ones(x.shape[0], weight.dtype) if context.valid is None else context.valid
        run = network.without_final_activation() if self.fused else network
        outputs, state = run.activations(params, state, x, context)
        logits = outputs[-1]
        out = network.final_activation(logits) if self.fused else logits
        mask = context.mask
        for layer, into in zip(run.layers, [x, *outputs[:-1]], strict=True):
            mask = layer.mask(into, mask)
        each = self.loss.from_logits(y, logits) if self.fused else self.loss(y, out)
        counts = _spread(valid, each)
        if mask is not None and mask.ndim <= each.ndim:
            counts = counts * _spread(mask.astype(each.dtype), each)
        weights = _spread(weight, each) if weight.ndim <= each.ndim else weight.reshape(each.shape)
        # Padding repeats a real example; where it is not selected away, its inf times the weight 0 would be NaN.
        total = jnp.where(counts > 0, each * weights * counts, jnp.zeros((), each.dtype)).sum()
        value = total / jnp.maximum(counts.sum(), 1)
        penalty = network.penalty(params)
        if penalty is not None:
            value = value + penalty
        stats = tuple(
            metric.stats(y, out, counts * weights if weighed else _spread(valid, each))
            for metric, weighed in zip(self.metrics, self.weighted, strict=True)
        )
        return Measured(value, valid.sum() if mask is None else counts.sum(), stats, state)


def _spread(values: Array, like: Array) -> Array:
    """*values*, of shape (batch,) or (batch, time), in the shape of *like*."""
    shaped = values.astype(like.dtype).reshape(values.shape + (1,) * (like.ndim - values.ndim))
    return jnp.broadcast_to(shaped, like.shape)


def fuses(loss: Any, network: Network) -> bool:
    """Whether *loss* is computed from what *network*'s last activation is given.

    >>> from ravine.functions import loss
    >>> from ravine.nn import Dense
    >>> fuses(loss("categorical_crossentropy"), Network((Dense(3, "softmax"),), (2,)))
    True
    """
    return loss.fuses is not None and network.final_activation is activation(loss.fuses)
