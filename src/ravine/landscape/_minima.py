"""All minima of a test function that lie in its domain, local ones too."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from ravine.core import cast
from ravine.landscape.functions import TestFunction, function

__all__ = ["Minima", "minima"]

STARTS = 51
"""Starts of the search along each axis: about five across the narrowest of the basins, those of Rastrigin."""
ROUNDS = 60
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
    bent = jax.jit(jax.vmap(lambda point: (jax.grad(test)(point), jax.hessian(test)(point))))
    low, high = np.transpose(np.array(test.domain))
    axes = [np.linspace(a, b, STARTS + 2)[1:-1] for a, b in zip(low, high, strict=True)]
    place = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    reach = 0.01 * float(np.min(high - low))
    scale = float(np.linalg.norm(np.asarray(bent(place)[0]), axis=1).mean())
    for _ in range(ROUNDS):
        slope, curve = (np.nan_to_num(np.asarray(each)) for each in bent(place))
        # |H|^-1 = a I + b H for a 2 x 2 matrix H, with a + b k = 1 / |k| for both its curvatures k (Sylvester 1883).
        middle = (curve[:, 0, 0] + curve[:, 1, 1]) / 2
        spread = np.maximum(np.hypot((curve[:, 0, 0] - curve[:, 1, 1]) / 2, curve[:, 0, 1]), 1e-12)
        high_part, low_part = (1 / np.maximum(np.abs(middle + side * spread), 1e-12) for side in (1, -1))
        b = (high_part - low_part) / (2 * spread)
        a = (high_part + low_part) / 2 - b * middle
        step = -(a[:, None] * slope + b[:, None] * np.einsum("nij,nj->ni", curve, slope))
        length = np.linalg.norm(step, axis=1, keepdims=True)
        place = np.clip(place + step * np.minimum(1.0, reach / np.maximum(length, 1e-300)), low, high)
    slope, curve = (np.asarray(each) for each in bent(place))
    return place, slope, curve, scale
