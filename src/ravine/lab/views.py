"""What can be seen of a network at given weights: compiled functions from weights to arrays. Nothing here trains."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, cast
from ravine.functions import describe
from ravine.lab._configuration import LayerChoice
from ravine.nn import Context, Network
from ravine.optim import Rule
from ravine.train import Objective

__all__ = [
    "NOT_A_NUMBER",
    "ZERO",
    "activations",
    "dead_units",
    "decision",
    "grid",
    "histograms",
    "layer_steps",
    "outputs",
    "unit_maps",
]

NOT_A_NUMBER = 255
"""The class of a point of a decision map whose output is not a number."""

ZERO = 128
"""Where 0 lies in the picture of a unit."""

BINS = 20


def grid(domain: Any, side: int) -> np.ndarray:
    """*side* x *side* points over *domain* ((x0, x1), (y0, y1)), row by row from the lower left: float32 (side^2, 2).

    >>> grid(((0, 1), (0, 2)), 2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 2.0]]
    """
    (x0, x1), (y0, y1) = domain
    x, y = np.meshgrid(np.linspace(x0, x1, side), np.linspace(y0, y1, side))
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


@jax.jit
def outputs(network: Network, params: Any, state: Any, x: Array) -> Array:
    """The network's outputs for *x* of shape (n, inputs).

    >>> from ravine.nn import network
    >>> net = network("2-3:tanh-2:softmax")
    >>> outputs(net, *net.init(0), np.zeros((1, 2), np.float32)).tolist()
    [[0.5, 0.5]]
    """
    return network.apply(params, state, x, Context())[0]


@partial(jax.jit, static_argnames="places")
def activations(network: Network, params: Any, state: Any, x: Array, places: tuple[int, ...]) -> list[Array]:
    """The outputs of the layers at *places*, each (n, units).

    >>> from ravine.nn import network
    >>> net = network("2-3:tanh-2:softmax")
    >>> [a.shape for a in activations(net, *net.init(0), np.zeros((5, 2), np.float32), (0, 1))]
    [(5, 3), (5, 2)]
    """
    found, _ = network.activations(params, state, x, Context())
    return [found[place] for place in places]


def decision(out: Any, values: tuple[float, float] | None) -> np.ndarray:
    """Outputs (n, classes) as winning class and confidence, uint8 (2, n); of a regression, place in *values*, and 0.

    >>> decision([[0.25, 0.75], [np.nan, np.nan]], None).tolist()
    [[1, 255], [191, 0]]
    >>> decision([[0.5], [9.0]], (0.0, 1.0)).tolist()
    [[128, 255], [0, 0]]
    """
    out = np.asarray(out, np.float32)
    made = np.zeros((2, len(out)), np.uint8)
    finite = np.isfinite(out).all(axis=1)
    if values is not None:
        low, high = values
        share = (np.where(finite, out[:, 0], low) - low) / max(high - low, 1e-12)
        made[0] = np.round(255 * np.clip(share, 0, 1))
        return made
    made[0] = np.where(finite, out.argmax(axis=1), NOT_A_NUMBER)
    made[1] = np.where(finite, np.round(255 * np.clip(np.where(finite[:, None], out, 0).max(axis=1), 0, 1)), 0)
    return made


def unit_maps(hidden: list[Any], side: int, most: int) -> list[np.ndarray]:
    """Outputs of hidden layers over a grid of *side*^2 points as pictures uint8 (units, side, side), *most* units each.

    Zero is 128. Of each unit the size of its largest output, of either sign, is 127 from there.

    >>> unit_maps([np.array([[0.0, 1.0], [1.0, 1.0], [-2.0, 1.0], [4.0, 1.0]])], 2, 8)[0].tolist()
    [[[128, 160], [64, 255]], [[255, 255], [255, 255]]]
    """
    made = []
    for layer in hidden:
        values = np.nan_to_num(np.asarray(layer, np.float64)[:, :most], posinf=0, neginf=0).T
        most_of = np.abs(values).max(axis=1, keepdims=True)
        share = values / np.where(most_of > 0, most_of, 1)
        made.append(np.round(ZERO + 127 * share).astype(np.uint8).reshape(-1, side, side))
    return made


def dead_units(layer: Any) -> np.ndarray:
    """Of each unit, whether its output (n, units) is the same for all examples: bool (units,).

    >>> dead_units([[0.0, 1.0], [0.0, 2.0]]).tolist()
    [True, False]
    """
    values = np.asarray(layer)
    return np.asarray(values.max(axis=0) == values.min(axis=0))


@partial(jax.jit, static_argnames="places")
def layer_steps(
    network: Network, rule: Rule, objective: Objective, state: Any, x: Array, y: Array, places: tuple[int, ...]
) -> tuple[Array, Array]:
    """Per layer at *places*: the norm of the gradient over (x, y), and the next update's length over the weights'.

    *state* is a `ravine.train` state; the gradient is taken where the rule looks, without dropout.

    No example: needs a state; see `ravine.lab.picture`.
    """
    weight = jnp.ones(x.shape[0], x.dtype)
    rule, objective = cast(rule, x.dtype), cast(objective, x.dtype)

    def loss(params: Any) -> Array:
        return objective.measure(network, params, state.state, x, y, weight, Context()).loss

    grads = jax.grad(loss)(rule.point(state.params, state.rule_state))
    update, _ = rule.update(grads, state.rule_state, state.params)

    def norms(tree: Any) -> Array:
        return jnp.stack([jnp.sqrt(sum(jnp.sum(a * a) for a in jax.tree.leaves(tree[place]))) for place in places])

    weights = norms(state.params)
    return norms(grads), norms(update) / jnp.where(weights > 0, weights, 1)


def histograms(hidden: list[Any], layers: tuple[LayerChoice, ...]) -> dict[str, np.ndarray]:
    """Shares of the outputs of each hidden layer in 20 bins, their range, and the shares of dead and saturated ones.

    A unit is dead whose output is the same for all examples. An output is saturated in the outer twentieth of a bounded
    activation's range, half of it at either end; such an activation's bins cover its range.

    >>> made = histograms([np.array([[0.99, 0.0], [-1.0, 0.0]])], (LayerChoice(units=2, activation="tanh"),))
    >>> made["dead"].tolist(), made["saturated"].tolist(), made["histogram.range"].tolist()
    ([0.5], [0.5], [[-1.0, 1.0]])
    """
    count = len(hidden)
    shares, ends = np.zeros((count, BINS), np.float32), np.zeros((count, 2), np.float32)
    dead, saturated = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for row, (layer, choice) in enumerate(zip(hidden, layers, strict=True)):
        values = np.asarray(layer, np.float64)
        finite = values[np.isfinite(values)]
        record = describe(choice.activation)
        bounded = np.isfinite([record.low, record.high]).all()
        if bounded:
            low, high = record.low, record.high
        else:
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        high = high if high > low else low + 1.0
        ends[row] = low, high
        shares[row] = np.histogram(np.clip(finite, low, high), BINS, (low, high))[0] / max(values.size, 1)
        dead[row] = dead_units(values).mean()
        if bounded:
            saturated[row] = np.mean(np.abs((values - low) / (high - low) - 0.5) > 0.475)
    return {"histogram": shares, "histogram.range": ends, "dead": dead, "saturated": saturated}
