"""Slices through a network's loss: along one direction, or over a plane of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine.core import RavineError, Tree
from ravine.data import Dataset
from ravine.landscape.weights import measure
from ravine.nn import Network, Variables
from ravine.train import Plan

__all__ = ["Slice", "slice_1d", "slice_2d"]


@dataclass(frozen=True, eq=False)
class Slice:
    """Losses over a line or a plane in weight space.

    *x* (nx,) and *y* (ny,), None on a line, are the shifts along the directions; *loss* and each of *metrics* are (nx,)
    or (ny, nx). *here* is the loss at shift 0, *examples* how many examples each value is the mean of.

    No example: see `slice_1d`.
    """

    x: Any
    y: Any
    loss: Any
    metrics: dict[str, Any]
    here: float
    examples: int


def _axis(owner: str, grid: Any) -> Any:
    """The shifts that *grid* says: an array of them, or (from, to, count)."""
    if isinstance(grid, tuple) and len(grid) == 3 and isinstance(grid[2], int):
        grid = np.linspace(*grid)
    axis = np.asarray(grid, np.float64)
    if axis.ndim != 1 or len(axis) < 2 or not (np.isfinite(axis).all() and (np.diff(axis) > 0).all()):
        raise RavineError(f"{owner}: grid must be (from, to, count) or at least two rising numbers, got {grid!r:.60}")
    return axis


def slice_1d(
    network: Network,
    variables: Variables,
    dataset: Dataset,
    direction: Tree,
    grid: Any = (-1.0, 1.0, 51),
    *,
    plan: Plan | None = None,
    part: str = "train",
    progress: Callable[[float], None] = lambda share: None,
) -> Slice:
    """The loss at *variables* + t *direction* for each t of *grid*: an array, or (from, to, count).

    Every value is exact: the mean over all examples of that *part*. Layer state (moving statistics) stays as it is in
    *variables*. For the direction from one set of weights to another, subtract their params.

    >>> from ravine.data import load
    >>> from ravine.landscape import random_directions
    >>> from ravine.nn import network
    >>> net = network("2-4:tanh-2:softmax")
    >>> weights = net.init(0)
    >>> made = slice_1d(net, weights, load("xor", n=50), random_directions(weights)[0], (-1, 1, 5))
    >>> made.loss.shape, bool(np.isclose(made.loss[2], made.here))
    ((5,), True)
    """
    x = _axis("slice_1d", grid)
    sizer = measure(network, dataset, plan, part)
    found = sizer.heights(variables, [direction], x[:, None], progress)
    return Slice(x, None, found.loss, found.metrics, float(sizer.at([variables]).loss[0]), sizer.examples)


def slice_2d(
    network: Network,
    variables: Variables,
    dataset: Dataset,
    directions: Sequence[Tree],
    grid: Any = (-1.0, 1.0, 25),
    *,
    plan: Plan | None = None,
    part: str = "train",
    progress: Callable[[float], None] = lambda share: None,
) -> Slice:
    """The loss at *variables* + x d1 + y d2 over a plane (Li et al. 2018), *directions* being (d1, d2).

    *grid* serves both axes, unless it is a pair of grids. As `slice_1d` otherwise.

    >>> from ravine.data import load
    >>> from ravine.landscape import random_directions
    >>> from ravine.nn import network
    >>> net = network("2-4:tanh-2:softmax")
    >>> weights = net.init(0)
    >>> slice_2d(net, weights, load("xor", n=50), random_directions(weights), (-1, 1, 4)).loss.shape
    (4, 4)
    """
    if len(directions) != 2:
        raise RavineError(f"slice_2d: directions must be two, got {len(directions)}: see random_directions")
    pair = grid if isinstance(grid, tuple | list) and len(grid) == 2 and np.ndim(grid[0]) == 1 else (grid, grid)
    x, y = (_axis("slice_2d", each) for each in pair)
    sizer = measure(network, dataset, plan, part)
    shifts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    found = sizer.heights(variables, directions, shifts, progress)
    shape = (len(y), len(x))
    metrics = {name: each.reshape(shape) for name, each in found.metrics.items()}
    here = float(sizer.at([variables]).loss[0])
    return Slice(x, y, found.loss.reshape(shape), metrics, here, sizer.examples)
