"""The gradient on its way back through a network that has not been trained: its size from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from ravine.core import Array, generator
from ravine.functions import Initializer, loss
from ravine.lecture.context import ExperimentResult
from ravine.nn import Activation, Dense, Network, Variables
from ravine.train import backpropagated

__all__ = ["Start", "depth_profiles", "gradients_at_the_start", "hidden_gradients", "layer_ratios", "ratio"]


@dataclass(frozen=True)
class Start:
    """An *activation* and the rule *initializer* by which the weights are drawn, under a short *name*.

    >>> Start("relu_he", "relu", "he_uniform").network(depth=2, width=3, inputs=4, outputs=2).shapes
    ((3,), (3,), (3,), (3,), (2,))
    """

    name: str
    activation: str
    initializer: str | Initializer

    def network(self, depth: int, width: int, inputs: int, outputs: int) -> Network:
        """*depth* hidden layers of *width* neurons, sum and activation as layers of their own, and a softmax."""
        hidden = (Dense(width, kernel_initializer=self.initializer), Activation(self.activation)) * depth
        last = Dense(outputs, "softmax", kernel_initializer=self.initializer)
        return Network((*hidden, last), (inputs,))


def gradients_at_the_start(network: Network, x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """The gradient with respect to what enters each hidden activation: root mean square over examples and neurons.

    *network* is one of `Start.network`. The loss is the mean cross-entropy over the examples *x* (n, inputs) with
    labels *y* (n,); the result is (hidden layers,), from the input on.

    >>> x, y = np.ones((4, 3), np.float32), np.array([0, 1, 0, 1], np.int32)
    >>> network = Start("tanh", "tanh", "glorot_uniform").network(depth=2, width=5, inputs=3, outputs=2)
    >>> gradients_at_the_start(network, x, y, seed=0).shape
    (2,)
    """
    return hidden_gradients(network, network.init(seed), x, y)


def hidden_gradients(network: Network, variables: Variables, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The back-propagated gradient at every second layer, the last one left out, at the weights *variables*.

    Root mean square over examples and neurons of the derivative of each example's cross-entropy by the layer's output.
    The gradients of *weights* would not do: Glorot & Bengio (2010) found that with their initial weights these have
    nearly the same size in all layers, however much of the gradient is lost on the way, because what the way back
    loses, the sizes of the activations make up.

    >>> x, y = np.ones((4, 3), np.float32), np.array([0, 1, 0, 1], np.int32)
    >>> network = Start("tanh", "tanh", "glorot_uniform").network(depth=2, width=5, inputs=3, outputs=2)
    >>> hidden_gradients(network, network.init(1), x, y).shape
    (2,)
    """
    criterion, logits = loss("sparse_categorical_crossentropy"), network.without_final_activation()

    labels = jnp.asarray(y)

    def cost(out: Array) -> Array:
        return jnp.mean(criterion.from_logits(labels, out))

    gradients = backpropagated(logits, variables, cost, jnp.asarray(x))
    # The mean over n examples divides each example's own gradient by n; that is undone here. In float64, for the
    # squares of gradients that have vanished through thirty layers are too small for float32.
    return np.array([len(x) * float(np.sqrt(np.mean(np.float64(g) ** 2))) for g in gradients[:-1:2]])


def ratio(gradients: np.ndarray) -> float:
    """The geometric mean of the ratios between the gradients of neighbouring layers (layers,), towards the input.

    >>> ratio(np.array([0.25, 0.5, 1.0]))
    0.5
    """
    return float((gradients[0] / gradients[-1]) ** (1 / (len(gradients) - 1)))


def layer_ratios(
    starts: Sequence[Start], seeds: Sequence[int], *, depth: int = 5, width: int = 256, examples: int = 256
) -> ExperimentResult:
    """The factor by which the gradient changes per layer, (starts, seeds), as Glorot & Bengio (2010) measure it.

    Inputs are *width* independent standard normal numbers, labels ten classes at random.

    >>> layer_ratios([Start("tanh", "tanh", "glorot_uniform")], [0, 1], depth=2, width=8, examples=16)["ratios"].shape
    (1, 2)
    """
    ratios = np.zeros((len(starts), len(seeds)))
    for column, seed in enumerate(seeds):
        draw = generator(seed, "data")
        x = draw.standard_normal((examples, width), np.float32)
        y = draw.integers(0, 10, examples, dtype=np.int32)
        for row, start in enumerate(starts):
            ratios[row, column] = ratio(gradients_at_the_start(start.network(depth, width, width, 10), x, y, seed))
    return ExperimentResult({"ratios": ratios}, {"depth": depth, "width": width})


def depth_profiles(
    starts: Sequence[Start],
    depths: Sequence[int],
    seeds: Sequence[int],
    x: np.ndarray,
    y: np.ndarray,
    *,
    width: int = 64,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """The gradient in each hidden layer for networks of several *depths*: arrays "depth d", (starts, seeds, d).

    >>> x, y = np.ones((4, 3), np.float32), np.array([0, 1, 0, 1], np.int32)
    >>> made = depth_profiles([Start("tanh", "tanh", "glorot_uniform")], [2], [0], x, y, width=5)
    >>> made["depth 2"].shape
    (1, 1, 2)
    """
    classes, inputs = int(y.max()) + 1, math.prod(x.shape[1:])
    arrays = {f"depth {depth}": np.zeros((len(starts), len(seeds), depth)) for depth in depths}
    total, done = sum(depths) * len(starts) * len(seeds), 0
    for depth in depths:
        for row, start in enumerate(starts):
            network = start.network(depth, width, inputs, classes)
            for column, seed in enumerate(seeds):
                arrays[f"depth {depth}"][row, column] = gradients_at_the_start(network, x, y, seed)
                done += depth
                progress(done / total)
    return ExperimentResult(arrays, {"width": width})
