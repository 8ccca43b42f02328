"""The plane in weight space that shows most of several rivals' paths: their leading principal components."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError, Tree, check_count, check_number, same_structure
from ravine.data import Dataset
from ravine.landscape.weights import measure, steady
from ravine.nn import Network, Variables
from ravine.train import Plan

__all__ = ["Components", "Plane", "components", "trajectory_plane"]


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of T sets of weights.

    *middle* is their mean, a tree; *directions* k trees of length 1, the longest spread first; *places* (T, k) the
    coordinates of each set; *explained* (k,) the share of the variance along each, *off* (T,) the distance of each set
    from the plane.

    No example: made by `components`.
    """

    middle: Tree
    directions: tuple[Tree, ...]
    places: Any
    explained: Any
    off: Any


def components(weights: Sequence[Tree], count: int = 2) -> Components:
    """The *count* leading principal components (Pearson 1901) of *weights*, trees of one structure, centred.

    Computed in float64 from the T x T products of the centred weights, array by array: memory for a copy of the largest
    array of all sets, however large the network. The sign is fixed: no coordinate of the last set is negative.

    >>> made = components([{"w": np.array([t, 2.0 * t, 1.0])} for t in (0.0, 1.0, 2.0)], count=1)
    >>> made.explained.round(6), (made.places[:, 0] / np.sqrt(5)).round(6)
    (array([1.]), array([-1.,  0.,  1.]))
    """
    check_count("components", "count", count)
    if len(weights) <= count:
        raise RavineError(f"components: {count} directions need more than {count} sets of weights, got {len(weights)}")
    if not all(same_structure(each, weights[0]) for each in weights):
        raise RavineError("components: the sets of weights belong to different networks: take those of one")
    leaves = [jax.tree.leaves(each) for each in weights]
    products = np.zeros((len(weights), len(weights)))
    for parts in zip(*leaves, strict=True):
        away = _centred(parts)
        products += away @ away.T
    squares, vectors = np.linalg.eigh(products)
    squares, vectors = np.maximum(squares[::-1], 0.0), vectors[:, ::-1]
    total = float(np.trace(products))
    if not total > 0 or squares[count - 1] <= 1e-14 * squares[0]:
        raise RavineError(
            f"components: the weights spread along fewer than {count} directions: give more sets, that differ"
        )
    vectors = vectors[:, :count]
    vectors = vectors * np.where(vectors[-1] < 0, -1.0, 1.0)
    spread = np.sqrt(squares[:count])
    places = vectors * spread
    found = [(vectors / spread).T @ _centred(parts) for parts in zip(*leaves, strict=True)]
    shapes = [np.shape(leaf) for leaf in leaves[0]]
    structure = jax.tree.structure(weights[0])
    directions = tuple(
        jax.tree.unflatten(structure, [each[k].reshape(shape) for each, shape in zip(found, shapes, strict=True)])
        for k in range(count)
    )
    middle = jax.tree.unflatten(
        structure, [np.mean([np.asarray(p, np.float64) for p in parts], axis=0) for parts in zip(*leaves, strict=True)]
    )
    off = np.sqrt(np.maximum(np.diag(products) - np.square(places).sum(axis=1), 0.0))
    return Components(middle, directions, places, squares[:count] / total, off)


def _centred(parts: Sequence[Any]) -> Any:
    stacked = np.stack([np.asarray(part, np.float64).ravel() for part in parts])
    return stacked - stacked.mean(axis=0)


@dataclass(frozen=True, eq=False)
class Plane:
    """The rivals' paths on the plane that shows most of them, and the exact losses on it.

    *x* (nx,), *y* (ny,) are coordinates along the directions of *components*, whose length is that of weights;
    *loss* (ny, nx). *paths* maps each rival to its places (T, 2), *losses* to the losses (T,) at its true weights,
    which lie *off* (T,) the plane. *unexplained* is the share of the variance of all weights that the plane does not
    show.

    No example: made by `trajectory_plane`.
    """

    x: Any
    y: Any
    loss: Any
    paths: dict[str, Any]
    losses: dict[str, Any]
    off: dict[str, Any]
    components: Components
    unexplained: float
    examples: int


def trajectory_plane(
    network: Network,
    runs: Mapping[str, Sequence[Variables]],
    dataset: Dataset,
    *,
    grid: int = 25,
    margin: float = 0.15,
    plan: Plan | None = None,
    part: str = "train",
    progress: Callable[[float], None] = lambda share: None,
) -> Plane:
    """The plane of the two leading principal components of all weights in *runs*, with the exact losses on it.

    *runs* maps a rival's name to its weights along the way, such as `ravine.train.Snapshots` keeps; one with more of
    them weighs more. The plane goes through the mean of all. The view holds all places and *margin* of its size around
    them, in *grid* x *grid* losses over all examples of that *part*. A loss on the plane is not the loss at the weights
    whose place it is, unless they lie on it: compare `Plane.losses` and `Plane.off`.

    >>> from ravine.data import load
    >>> from ravine.nn import network
    >>> from ravine.optim import SGD, Adam
    >>> from ravine.train import Snapshots, train
    >>> net, data, runs = network("2-4:tanh-2:softmax"), load("xor", n=60), {}
    >>> for rule in (SGD(0.5), Adam(0.05)):
    ...     kept = Snapshots()
    ...     _ = train(net, rule, data, Plan(epochs=4, batch_size=20), callbacks=[kept])
    ...     runs[rule.title] = kept.weights
    >>> plane = trajectory_plane(net, runs, data, grid=5)
    >>> plane.loss.shape, plane.paths["Adam"].shape, 0 <= plane.unexplained < 0.5
    ((5, 5), (5, 2), True)
    """
    check_count("trajectory_plane", "grid", grid, least=2)
    check_number("trajectory_plane", "margin", margin, low=0.0)
    steady("trajectory_plane", network)
    every = [each for weights in runs.values() for each in weights]
    made = components([each.params for each in every])
    sizer = measure(network, dataset, plan, part)
    low, high = made.places.min(axis=0), made.places.max(axis=0)
    rim = margin * np.maximum(high - low, 0.1 * float((high - low).max()))
    x, y = (np.linspace(a, b, grid) for a, b in zip(low - rim, high + rim, strict=True))
    shifts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    # The state holds no statistics here, but may hold frozen weights, which are alike in all.
    origin = Variables(made.middle, every[0].state)
    loss = sizer.heights(origin, made.directions, shifts, progress).loss.reshape(grid, grid)
    paths, losses, off, row = {}, {}, {}, 0
    for name, weights in runs.items():
        here = slice(row, row + len(weights))
        paths[name], off[name] = made.places[here], made.off[here]
        losses[name] = sizer.at(weights).loss
        row += len(weights)
    return Plane(x, y, loss, paths, losses, off, made, float(1 - made.explained.sum()), sizer.examples)
