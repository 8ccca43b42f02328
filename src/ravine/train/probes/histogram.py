"""How activations are distributed: a histogram per layer over a fixed range."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.functions import describe
from ravine.nn import Network
from ravine.train.probes.layers import outputs_of, share_of
from ravine.train.probes.probe import Sample, activated

__all__ = ["BINS", "histogram_edges"]

BINS = 20
"""Bins of a histogram of activations."""

REACH = 4.0
"""Where an unbounded side of the range is cut: four standard deviations of a unit-variance pre-activation."""


def histogram_edges(activation: Any) -> np.ndarray:
    """The edges, of shape (21,), of the 20 equal bins for an *activation*, the same at every step.

    A bounded side ends at its bound, an unbounded one at 4 or -4. Values beyond are counted in the last bin on their
    side.

    >>> histogram_edges("tanh")[[0, -1]].tolist(), histogram_edges("relu")[[0, -1]].tolist()
    ([-1.0, 1.0], [0.0, 4.0])
    """
    record = describe(activation)
    low, high = (side if np.isfinite(side) else np.copysign(REACH, side) for side in (record.low, record.high))
    return np.linspace(low, high, BINS + 1)


def columns(network: Network, params: Any) -> tuple[str, ...]:
    return tuple(f"{i}_{network.layers[i].name}:{place:02d}" for i in activated(network) for place in range(BINS))


def histogram(sample: Sample) -> Array:
    """The share of activations in each bin, layer after layer: of each layer they add up to 1."""
    shares = []
    for layer, a in outputs_of(sample):
        # Counting from above needs one comparison per edge, and no scatter.
        edges = histogram_edges(layer.activation)[1:-1].astype(a.dtype)
        known = share_of((~jnp.isnan(a)).astype(a.dtype), sample.valid)
        above = [known, *(share_of((a >= edge).astype(a.dtype), sample.valid) for edge in edges)]
        shares += [here - beyond for here, beyond in zip(above, [*above[1:], jnp.zeros_like(known)], strict=True)]
    return jnp.stack(shares) if shares else jnp.zeros(0, sample.x.dtype)
