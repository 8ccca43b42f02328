"""What an update achieves: its direction against the one before, and the fall of the loss against its promise."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ravine.core import Array
from ravine.nn import Network
from ravine.train.probes.probe import Sample, dot, norm

__all__: list[str] = []  # found by their names in PROBES


def no_update(network: Network, params: Any) -> dict[str, Any]:
    dtypes = [np.asarray(leaf).dtype for leaf in jax.tree.leaves(params)]
    zeros = jax.tree.map(lambda leaf: np.zeros(np.shape(leaf), np.asarray(leaf).dtype), params)
    return {"last": zeros, "cosine": np.full((), np.nan, dtypes[0] if dtypes else np.float32)}


def remembered(sample: Sample, old: dict[str, Any]) -> dict[str, Any]:
    return {"last": sample.update, "cosine": old["cosine"]}


def compared(sample: Sample, old: dict[str, Any]) -> dict[str, Any]:
    """The cosine of the angle between this update and the last; NaN at the first step and where either is 0."""
    return {
        "last": sample.update,
        "cosine": dot(old["last"], sample.update) / (norm(old["last"]) * norm(sample.update)),
    }


def step_gain(sample: Sample) -> Array:
    """[L(after) - L(before)] / (g . update) on the step's own batch, g the gradient before the step.

    1: the loss changed as the gradient promised; 1/2: the step led to the minimum along its line, were the loss
    quadratic; below 0: it overshot, and the loss rose where it was to fall.
    """
    before = sample.before.params
    if sample.point is before:
        loss, promised = sample.loss, dot(sample.grads, sample.update)
    else:
        loss, promised = jax.jvp(sample.cost, (before,), (sample.update,))
    gain: Array = (sample.cost(sample.after) - loss) / promised
    return gain[None]
