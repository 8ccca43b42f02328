"""The instruments and what they carry along, in one table."""

from __future__ import annotations

from collections.abc import Callable

from ravine.core import Array, Registry
from ravine.train.probes import curvature, histogram, layers, noise, step_quality
from ravine.train.probes.layers import per_activation, per_layer, share_of
from ravine.train.probes.probe import Columns, Memory, Probe, Sample, activated, dtype_of, named, norm, trained, whole

__all__ = ["MEMORIES", "PROBES", "memories"]

PROBES: Registry[Probe] = Registry("probe")
"""The instruments by name."""
MEMORIES: Registry[Memory] = Registry("memory of a probe")
"""What instruments carry along, by name."""


def memories(probes: tuple[str, ...]) -> tuple[Memory, ...]:
    """What the *probes* carry along, each once.

    >>> [memory.name for memory in memories(("sharpness", "gradient_norm", "sharpness_times_rate"))]
    ['sharpness']
    """
    names = dict.fromkeys(PROBES[name].memory for name in probes)
    return tuple(MEMORIES[name] for name in names if name is not None)


def _add(
    name: str, title: str, columns: Columns, compute: Callable[[Sample], Array], memory: str | None = None
) -> None:
    PROBES.add(name, Probe(name, title, columns, compute, memory))


_of_layers, _of_activations, _of_network = named(trained), named(activated), whole("network")

_add("gradient_norm", "Norm of the gradient, per layer", _of_layers, per_layer(lambda s, i: norm(s.grads[i])))
_add("weight_norm", "Norm of the weights, per layer", _of_layers, per_layer(lambda s, i: norm(s.before.params[i])))
_add("update_norm", "Norm of the update, per layer", _of_layers, per_layer(lambda s, i: norm(s.update[i])))
_add(
    "update_ratio",
    "Norm of the update over norm of the weights, per layer",
    _of_layers,
    per_layer(lambda s, i: norm(s.update[i]) / (norm(s.before.params[i]) + 1e-12)),
)
_add("effective_rate", "Median of |update| / |gradient|, per layer", _of_layers, per_layer(layers.effective_rate))
_add("activation_mean", "Mean activation, per layer", _of_activations, per_activation(lambda a, _, v: share_of(a, v)))
_add(
    "activation_spread",
    "Standard deviation of activations, per layer",
    _of_activations,
    per_activation(layers.spread),
)
_add("saturated", "Share of saturated activations, per layer", _of_activations, per_activation(layers.saturated))
_add(
    "dead",
    "Share of units that answer every example alike, per layer",
    _of_activations,
    per_activation(layers.dead),
)
_add(
    "sparsity",
    "Share of activations that are 0, per layer",
    _of_activations,
    per_activation(lambda a, _, v: share_of((a == 0).astype(a.dtype), v)),
)
_add(
    "never_active",
    "Share of units that gave 0 to every example seen so far, per layer",
    _of_activations,
    layers.never_active,
    memory="never_active",
)
_add(
    "activation_histogram",
    "Share of activations in each of 20 bins, per layer",
    histogram.columns,
    histogram.histogram,
)
_add(
    "noise_scale",
    "Gradient noise scale, variance of an example's gradient, squared norm of the mean gradient",
    whole("noise_scale", "trace", "squared_norm"),
    noise.noise_scale,
)
_add("signal_to_noise", "Signal-to-noise ratio of the gradient", _of_network, noise.signal_to_noise)
_add("step_gain", "Change of the loss over its linear prediction", _of_network, step_quality.step_gain)
_add(
    "update_cosine",
    "Cosine between successive updates",
    _of_network,
    lambda sample: sample.memory["update_cosine"]["cosine"][None],
    memory="update_cosine",
)
_add(
    "sharpness",
    "Largest eigenvalue of the Hessian of the batch's loss",
    _of_network,
    lambda sample: sample.memory["sharpness"]["value"][None],
    memory="sharpness",
)
_add(
    "sharpness_times_rate",
    "Largest eigenvalue of the Hessian times the rate: plain descent is stable below 2 (Cohen et al. 2021)",
    _of_network,
    lambda sample: (sample.memory["sharpness"]["value"] * sample.rate.astype(dtype_of(sample.grads)))[None],
    memory="sharpness",
)
_add("hessian_trace", "Trace of the Hessian of the batch's loss", _of_network, curvature.hessian_trace)

for _memory in (
    Memory("never_active", layers.silent_at_first, layers.still_silent),
    Memory("update_cosine", step_quality.no_update, step_quality.compared, step_quality.remembered),
    Memory("sharpness", curvature.sharpness_at_first, curvature.sharpened),
):
    MEMORIES.add(_memory.name, _memory)
