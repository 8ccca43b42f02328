"""Instruments: pure functions of one step, computed inside the compiled loop at a stride."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ravine.core import Array, Registry
from ravine.functions import activation, describe
from ravine.functions.rectifiers import linear
from ravine.nn import Context, Network, Variables

__all__ = ["PROBES", "Probe", "Sample", "backpropagated"]


class Sample(NamedTuple):
    """What a probe sees of one step: the network, its state before the step, gradients, the update, the batch's inputs.

    No example: made inside the compiled step.
    """

    network: Network
    before: Any
    grads: Any
    update: Any
    x: Array


@dataclass(frozen=True)
class Probe:
    """A named instrument: *compute* turns a `Sample` into numbers, *columns* names them for (network, params).

    >>> PROBES["gradient_norm"].title
    'Norm of the gradient, per layer'
    """

    name: str
    title: str
    columns: Callable[[Network, Any], tuple[str, ...]]
    compute: Callable[[Sample], Array]


PROBES: Registry[Probe] = Registry("probe")
"""The instruments by name."""
Places = Callable[[Network, Any], tuple[int, ...]]


def trained(network: Network, params: Any) -> tuple[int, ...]:
    """The places of the layers that have trained arrays."""
    return tuple(index for index, each in enumerate(params) if each)


def activated(network: Network, params: Any) -> tuple[int, ...]:
    """The places of the layers that apply an activation, the last one left out: it is the network's answer."""
    return tuple(
        index
        for index, layer in enumerate(network.layers[:-1])
        if activation(getattr(layer, "activation", linear)) is not linear
    )


def named(places: Places) -> Callable[[Network, Any], tuple[str, ...]]:
    return lambda network, params: tuple(f"{i}_{network.layers[i].name}" for i in places(network, params))


def norm(tree: Any) -> Array:
    return jnp.sqrt(sum(jnp.sum(leaf * leaf) for leaf in jax.tree.leaves(tree)))


def per_layer(quantity: Callable[[Sample, int], Array]) -> Callable[[Sample], Array]:
    return lambda sample: jnp.stack(
        [quantity(sample, index) for index in trained(sample.network, sample.before.params)]
    )


def per_activation(quantity: Callable[[Array, Any], Array]) -> Callable[[Sample], Array]:
    def compute(sample: Sample) -> Array:
        before, layers = sample.before, sample.network.layers
        outputs, _ = sample.network.activations(before.params, before.state, sample.x, Context())
        return jnp.stack([quantity(outputs[i], layers[i]) for i in activated(sample.network, before.params)])

    return compute


def saturated(a: Array, layer: Any) -> Array:
    """The share of outputs in the outer twentieth of a bounded activation's range; 0 for an unbounded one."""
    record = describe(layer.activation)
    low, high = record.low, record.high
    if not (abs(low) < float("inf") and abs(high) < float("inf")):
        return jnp.zeros((), a.dtype)
    place = (a - low) / (high - low)
    return jnp.mean(jnp.abs(place - 0.5) > 0.475, dtype=a.dtype)


def dead(a: Array, layer: Any) -> Array:
    """The share of units whose output is the same for every example of the batch."""
    return jnp.mean(a.max(axis=0) == a.min(axis=0), dtype=a.dtype)


def _add(name: str, title: str, places: Places, compute: Callable[[Sample], Array]) -> None:
    PROBES.add(name, Probe(name, title, named(places), compute))


_add("gradient_norm", "Norm of the gradient, per layer", trained, per_layer(lambda s, i: norm(s.grads[i])))
_add("weight_norm", "Norm of the weights, per layer", trained, per_layer(lambda s, i: norm(s.before.params[i])))
_add("update_norm", "Norm of the update, per layer", trained, per_layer(lambda s, i: norm(s.update[i])))
_add(
    "update_ratio",
    "Norm of the update over norm of the weights, per layer",
    trained,
    per_layer(lambda s, i: norm(s.update[i]) / (norm(s.before.params[i]) + 1e-12)),
)
_add("activation_mean", "Mean activation, per layer", activated, per_activation(lambda a, _: a.mean()))
_add(
    "activation_spread", "Standard deviation of activations, per layer", activated, per_activation(lambda a, _: a.std())
)
_add("saturated", "Share of saturated activations, per layer", activated, per_activation(saturated))
_add("dead", "Share of units that answer every example alike, per layer", activated, per_activation(dead))
_add(
    "sparsity",
    "Share of activations that are 0, per layer",
    activated,
    per_activation(lambda a, _: jnp.mean(a == 0, dtype=a.dtype)),
)


def backpropagated(
    network: Network, variables: Variables, loss: Callable[[Array], Array], x: Array, context: Context | None = None
) -> list[Array]:
    """The gradient of a scalar *loss* of the network's output with respect to the output of every layer.

    Each has the layer's output shape (batch, ...). Glorot & Bengio (2010) follow its size from layer to layer.

    >>> from ravine.nn import Dense
    >>> import numpy as np
    >>> network = Network((Dense(3, "tanh"), Dense(1)), (2,))
    >>> gradients = backpropagated(network, network.init(0), jnp.sum, np.ones((5, 2), np.float32))
    >>> [g.shape for g in gradients]
    [(5, 3), (5, 1)]
    """
    context = context or Context()

    def tapped(taps: list[Array]) -> Array:
        out, mask = x, context.mask
        for index, (layer, tap) in enumerate(zip(network.layers, taps, strict=True)):
            here = context.at(index, mask)
            mask = layer.mask(out, mask)
            out, _ = layer.apply(variables.params[index], variables.state[index], out, here)
            out = out + tap
        return loss(out)

    outputs, _ = network.activations(*variables, x, context)
    gradients: list[Array] = jax.grad(tapped)([jnp.zeros_like(out) for out in outputs])
    return gradients
