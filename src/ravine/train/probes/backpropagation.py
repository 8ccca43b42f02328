"""The gradient on its way back through the layers."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from ravine.core import Array
from ravine.nn import Context, Network, Variables

__all__ = ["backpropagated"]


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
