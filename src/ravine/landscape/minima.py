"""All minima of a test function that lie in its domain, local ones too."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from ravine.core import cast
from ravine.landscape.functions import TestFunction, function

__all__ = ["Minima", "minima"]

STARTS = 81
"""Starts of the search along each axis: at least seven across the narrowest of the basins, those of Rastrigin."""
ROUNDS = 80
"""Newton steps from each start; a dozen suffice from inside a basin."""
SAME = 1e-4
"""Two ends nearer than this share of the view are one minimum."""
LEVEL = 1e-8
"""The largest gradient left at a minimum, as a share of the mean gradient over the starts."""


class Minima(NamedTuple):
    """*points* (m, 2), lowest first, their heights *values* (m,), and *known*: how many of them are the global ones.

    >>> found = minima("himmelblau")
    >>> found.points.shape, found.known
    ((4, 2), 4)
    """

    points: Any
    values: Any
    known: int


def minima(test: str | TestFunction) -> Minima:
    """The minima of *test* inside its domain, in float64.

    The global ones are those that the function states. The others are the ends of Newton's method from a grid of
    starts, with the absolute values of the curvatures (Dauphin et al. 2014: so that saddles repel), steps no longer
    than a hundredth of the view; kept are ends where the gradient vanishes and both curvatures are positive.

    >>> len(minima("rastrigin").points), len(minima("styblinski_tang").points), len(minima("saddle").points)
    (121, 4, 0)
    """
    return _minima(function(test))


def _minima(test: TestFunction) -> Minima:
    with jax.enable_x64(True):
        test = cast(test, np.float64)
        stated = np.array(test.minima, np.float64).reshape(-1, 2)
        ends, slopes, curves, scale = _newton(test)
    low, high = np.transpose(np.array(test.domain))
    view = float(np.min(high - low))
    inside = ((ends > low) & (ends < high)).all(axis=1)
    flat = np.linalg.norm(slopes, axis=1) <= LEVEL * scale
    with np.errstate(invalid="ignore"):
        bent = np.linalg.eigvalsh(np.nan_to_num(curves, nan=-1.0))[:, 0] > 0
    kept = [*stated]
    for end in ends[inside & flat & bent]:
        if not kept or np.linalg.norm(np.array(kept) - end, axis=1).min() > SAME * view:
            kept.append(end)
    points = np.array(kept).reshape(-1, 2)
    with jax.enable_x64(True):
        values = np.asarray(test(points), np.float64)
    # Of equal heights the one farther left comes first; rounding must not decide.
    order = np.lexsort((points[:, 1].round(6), points[:, 0].round(6), values.round(6)))
    return Minima(points[order], values[order], len(stated))


def _newton(test: TestFunction) -> tuple[Any, Any, Any, float]:
    """Where the search ends, with gradient and curvatures there, and the mean gradient over the starts."""
    slope_of, curve_of = jax.jit(jax.vmap(jax.grad(test))), jax.jit(jax.vmap(jax.hessian(test)))
    low, high = np.transpose(np.array(test.domain))
    axes = [np.linspace(a, b, STARTS + 2)[1:-1] for a, b in zip(low, high, strict=True)]
    place = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    reach = 0.01 * float(np.min(high - low))
    scale = float(np.linalg.norm(np.asarray(slope_of(place)), axis=1).mean())
    for _ in range(ROUNDS):
        slope, curve = np.asarray(slope_of(place)), np.asarray(curve_of(place))
        bends, axis = np.linalg.eigh(np.nan_to_num(curve))
        along = np.einsum("nij,ni->nj", axis, np.nan_to_num(slope))
        step = -np.einsum("nij,nj->ni", axis, along / np.maximum(np.abs(bends), 1e-12))
        length = np.linalg.norm(step, axis=1, keepdims=True)
        place = np.clip(place + step * np.minimum(1.0, reach / np.maximum(length, 1e-300)), low, high)
    return place, np.asarray(slope_of(place)), np.asarray(curve_of(place)), scale
