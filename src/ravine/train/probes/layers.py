"""Instruments that give a number per layer: norms of gradient, weights and update, and what activations do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.functions import describe
from ravine.nn import Context, Network
from ravine.train.probes.probe import Sample, activated, trained

__all__ = ["outputs_of", "share_of"]


def per_layer(quantity: Callable[[Sample, int], Array]) -> Callable[[Sample], Array]:
    return lambda sample: jnp.stack(
        [quantity(sample, index) for index in trained(sample.network, sample.before.params)]
    )


def outputs_of(sample: Sample) -> list[tuple[Any, Array]]:
    """Each layer that applies an activation, and its outputs for the batch at the weights before the step.

    The network answers as it would when asked: without dropout, by the moving statistics of batch normalisation.

    No example: needs a `Sample`.
    """
    before, network = sample.before, sample.network
    outputs, _ = network.activations(before.params, before.state, sample.x, Context())
    return [(network.layers[index], outputs[index]) for index in activated(network)]


def share_of(a: Array, valid: Array | None) -> Array:
    """The mean of *a* over everything, padding left out.

    >>> float(share_of(jnp.array([[1.0], [5.0]]), jnp.array([1.0, 0.0])))
    1.0
    """
    if valid is None:
        return a.mean()
    return (a.reshape(a.shape[0], -1).mean(axis=1) * valid).sum() / valid.sum()


def per_activation(quantity: Callable[[Array, Any, Array | None], Array]) -> Callable[[Sample], Array]:
    def compute(sample: Sample) -> Array:
        values = [quantity(a, layer, sample.valid) for layer, a in outputs_of(sample)]
        return jnp.stack(values) if values else jnp.zeros(0, sample.x.dtype)

    return compute


def spread(a: Array, layer: Any, valid: Array | None) -> Array:
    """The standard deviation of the outputs over units and examples."""
    if valid is None:
        return a.std()
    return jnp.sqrt(share_of((a - share_of(a, valid)) ** 2, valid))


def saturated(a: Array, layer: Any, valid: Array | None) -> Array:
    """The share of outputs in the outer twentieth of a bounded activation's range; 0 for an unbounded one."""
    record = describe(layer.activation)
    low, high = record.low, record.high
    if not (abs(low) < float("inf") and abs(high) < float("inf")):
        return jnp.zeros((), a.dtype)
    place = (a - low) / (high - low)
    return share_of((jnp.abs(place - 0.5) > 0.475).astype(a.dtype), valid)


def dead(a: Array, layer: Any, valid: Array | None) -> Array:
    """The share of units whose output is the same for every example of the batch."""
    return jnp.mean(a.max(axis=0) == a.min(axis=0), dtype=a.dtype)


def effective_rate(sample: Sample, index: int) -> Array:
    """The median over a layer's parameters of |update| / |gradient|, those whose gradient is 0 left out."""
    ratios = [
        jnp.where(g == 0, jnp.nan, jnp.abs(u) / jnp.where(g == 0, 1, jnp.abs(g))).ravel()
        for u, g in zip(jax.tree.leaves(sample.update[index]), jax.tree.leaves(sample.grads[index]), strict=True)
    ]
    return jnp.nanmedian(jnp.concatenate(ratios))


def silent_at_first(network: Network, params: Any) -> tuple[Any, ...]:
    return tuple(np.ones(network.shapes[index], bool) for index in activated(network))


def still_silent(sample: Sample, silent: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(was & (a == 0).all(axis=0) for was, (_, a) in zip(silent, outputs_of(sample), strict=True))


def never_active(sample: Sample) -> Array:
    silent = sample.memory["never_active"]
    dtype = sample.x.dtype
    return jnp.stack([each.mean(dtype=dtype) for each in silent]) if silent else jnp.zeros(0, dtype)
