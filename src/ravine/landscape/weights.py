"""A network's exact losses at many weights: the one evaluator behind slices, planes and paths between minima."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, Tree, check_choice, generator, same_structure
from ravine.data import Dataset
from ravine.nn import Network, Variables
from ravine.optim import SGD
from ravine.train import Examples, Plan, Session
from ravine.train.engine import BLOCK, Program, build_objective, evaluate_padded, precision, splits

__all__ = ["Heights", "Measure", "measure", "random_directions", "steady"]

ROOM = 1 << 28
"""Bytes that the weights and activations of one batch of places may take."""

Norm = Literal["filter", "layer", "none"]


class Heights(NamedTuple):
    """The *loss* (m,) at m places, and the *metrics* by name, each (m,).

    >>> Heights(np.zeros(3), {}).loss.shape
    (3,)
    """

    loss: Any
    metrics: dict[str, Any]


def random_directions(variables: Variables, seed: int = 0, count: int = 2, norm: Norm = "filter") -> tuple[Tree, ...]:
    """*count* random directions in the space of the weights, trees like ``variables.params``, determined by *seed*.

    Entries are standard normal. With *norm* "filter" (Li et al. 2018) every column of a matrix, the weights into one
    unit, gets the length of that column in *variables*; "layer" gives each whole array the length it has there; "none"
    leaves it. A network that a change of scale leaves alike then keeps its picture. Biases and other vectors do not
    move, save with "none".

    >>> weights = Variables(({"kernel": np.array([[3.0, 1.0], [4.0, 0.0]]), "bias": np.ones(2)},), ({},))
    >>> (direction,) = random_directions(weights, count=1)
    >>> np.linalg.norm(direction[0]["kernel"], axis=0).round(6), direction[0]["bias"]
    (array([5., 1.]), array([0., 0.]))
    """
    check_choice("random_directions", "norm", norm, ("filter", "layer", "none"))
    leaves, structure = jax.tree.flatten(variables.params)
    made = []
    for index in range(count):
        rng = generator(seed, "noise", index)
        parts = [_scaled(rng.standard_normal(np.shape(leaf)), np.asarray(leaf, np.float64), norm) for leaf in leaves]
        made.append(jax.tree.unflatten(structure, [p.astype(w.dtype) for p, w in zip(parts, leaves, strict=True)]))
    return tuple(made)


def _scaled(noise: Any, weights: Any, norm: Norm) -> Any:
    if norm == "none":
        return noise
    if weights.ndim < 2:
        return np.zeros_like(noise)
    axes = tuple(range(weights.ndim - 1)) if norm == "filter" else None
    own, wanted = (np.sqrt(np.square(a).sum(axis=axes, keepdims=True)) for a in (noise, weights))
    return noise * (wanted / own)


@partial(jax.jit, static_argnames="shared")
def _heights(
    program: Program, origin: Variables, directions: Any, shifts: Any, blocks: Examples, valid: Array, shared: bool
) -> Any:
    """Losses at origin + shifts (m, k) times directions (a leading axis of k on each array)."""

    def one(shift: Array) -> Any:
        params = jax.tree.map(lambda w, d: w + jnp.tensordot(shift, d, 1), origin.params, directions)
        return evaluate_padded(program, Variables(params, origin.state), blocks, valid)

    return jax.vmap(one)(shifts) if not shared else jax.lax.map(one, shifts)


def _first(count: int, values: Any) -> Any:
    return np.asarray(values, np.float64)[:count]


class Measure:
    """The exact loss and metrics of a network on one part of a data set, at any weights.

    *heights* takes places as origin + sum of shifts times directions. Places are computed several at a time, as many as
    the room allows; one compiled program serves all calls with as many directions.

    No example: made by `measure`.
    """

    def __init__(self, network: Network, dataset: Dataset, plan: Plan, part: str) -> None:
        check_choice("measure", "part", part, dataset.parts)
        # The rule takes no part in an evaluation; the program has a place for one.
        aim = build_objective(network, SGD(), dataset, plan)
        wanted = Plan(
            loss=plan.loss, metrics=plan.metrics, train_eval_examples=0, test=part == "test", dtype=plan.dtype
        )
        split = splits(network, dataset, wanted, aim)[part]
        self.session = Session(network, SGD(), aim, dtype=plan.dtype)
        self.blocks = self.session.blocks(split.x, split.y, split.weight)
        self.network, self.objective, self.dtype = network, aim, self.session.dtype
        self.examples = len(split)
        widest = max(math.prod(shape) for shape in (network.input_shape, *network.shapes))
        count = sum(np.size(leaf) for leaf in jax.tree.leaves(self.session.state.params))
        room = self.dtype.itemsize * (3 * min(BLOCK, self.examples) * widest + count)
        self.together = max(1, min(64, ROOM // room))

    def heights(
        self,
        origin: Variables,
        directions: Sequence[Tree],
        shifts: Any,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Heights:
        """Loss and metrics at *origin* + *shifts* (m, k) times the k *directions*; *progress* gets the share done."""
        for each in (origin.params, *directions):
            if not same_structure(each, self.session.state.params):
                raise RavineError("measure: weights or directions belong to another network: take those of this one")
        shifts = np.asarray(shifts, self.dtype).reshape(-1, len(directions))
        with precision(self.dtype):
            program = self.session.program
            stacked = jax.tree.map(lambda *parts: np.stack([np.asarray(p, self.dtype) for p in parts]), *directions)
            start = jax.tree.map(lambda leaf: np.asarray(leaf, self.dtype), tuple(origin))
            start, stacked = jax.device_put((Variables(*start), stacked))
            batch, found = min(self.together, max(1, len(shifts))), []
            for begin in range(0, len(shifts), batch):
                rows = shifts[begin : begin + batch]
                full = np.concatenate([rows, np.repeat(rows[-1:], batch - len(rows), axis=0)])
                made = _heights(program, start, stacked, full, *self.blocks, shared=batch == 1)
                found.append(jax.tree.map(partial(_first, len(rows)), made))
                progress(min(1.0, (begin + batch) / len(shifts)))
        loss = np.concatenate([each[0] for each in found])
        stats = [np.concatenate(parts) for parts in zip(*(each[1] for each in found), strict=True)]
        return Heights(loss, dict(zip(self.objective.names, stats, strict=True)))

    def at(self, weights: Sequence[Variables]) -> Heights:
        """Loss and metrics at each of *weights*, their own layer state included."""
        rows = []
        for each in weights:
            self.session.variables = each
            rows.append(self.session.measure(self.blocks))
        names = self.objective.names
        metrics = {name: np.array([row.metrics[name] for row in rows]) for name in names}
        return Heights(np.array([row.loss for row in rows]), metrics)


def measure(network: Network, dataset: Dataset, plan: Plan | None = None, part: str = "train") -> Measure:
    """The `Measure` of *network* on the *part* of *dataset*; loss, metrics and dtype are those of *plan*.

    >>> from ravine.data import load
    >>> from ravine.nn import network
    >>> net = network("2-4:tanh-2:softmax")
    >>> weights = net.init(0)
    >>> sizer = measure(net, load("xor", n=50))
    >>> (away,) = random_directions(weights, count=1)
    >>> bool(np.isclose(sizer.heights(weights, [away], [[0.0]]).loss[0], sizer.at([weights]).loss[0]))
    True
    """
    return Measure(network, dataset, plan or Plan(), part)


def steady(owner: str, network: Network) -> None:
    """Refuse a *network* with moving statistics: between two sets of weights they fit neither.

    >>> from ravine.nn import network
    >>> steady("trajectory_plane", network("2-4:relu-2:softmax"))
    """
    for layer in network.layers:
        if layer.statistics:
            raise RavineError(
                f"{owner}: {layer.name} keeps moving statistics, which fit no weights but their own: "
                "take a network without it, e.g. with layer_normalization"
            )
