"""Two sentences about activations, checked in numbers: tanh is a logistic function, softplus a smooth ReLU."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ravine.functions import activation, derivative, logistic, relu, softplus, tanh
from ravine.lecture.context import ExperimentResult

__all__ = ["softplus_gap", "tanh_from_logistic", "values"]


def values(names: Sequence[str], points: int = 601, reach: float = 3.0) -> ExperimentResult:
    """Value and derivative of elementwise activations, (names, points), on *points* places in [-*reach*, *reach*].

    >>> made = values(["relu"], points=3)
    >>> made["x"].tolist(), made["value"].tolist(), made["derivative"].tolist()
    ([-3.0, 0.0, 3.0], [[0.0, 0.0, 3.0]], [[0.0, 0.0, 1.0]])
    """
    x = jnp.linspace(-reach, reach, points)
    value = np.stack([np.asarray(activation(name)(x)) for name in names])
    slope = np.stack([np.asarray(derivative(name)(x)) for name in names])
    return ExperimentResult({"x": np.asarray(x), "value": value, "derivative": slope})


def tanh_from_logistic(points: int = 20_001, reach: float = 20.0) -> ExperimentResult:
    """The largest difference of tanh x and 2 logistic(2x) - 1, and of their derivatives, in float32 and float64.

    "DTYPE gap" (n,) is the difference of the values at some of the places, "x" (n,).

    >>> made = tanh_from_logistic(points=101)
    >>> made["float64"]["value"] < 1e-15
    True
    """

    def shifted(x: jax.Array) -> jax.Array:
        return 2 * logistic(2 * x) - 1

    facts = {}
    arrays: dict[str, np.ndarray] = {}
    for dtype in ("float32", "float64"):
        with jax.enable_x64(dtype == "float64"):
            x = jnp.linspace(-reach, reach, points, dtype=dtype)
            gap = {"value": tanh(x) - shifted(x), "derivative": derivative(tanh)(x) - derivative(shifted)(x)}
            facts[dtype] = {name: float(jnp.max(jnp.abs(each))) for name, each in gap.items()}
            shown = slice(None, None, max(1, points // 1000))
            arrays |= {"x": np.asarray(x, np.float64)[shown], f"{dtype} gap": np.asarray(gap["value"])[shown]}
    return ExperimentResult(arrays, {"points": points, "reach": reach, **facts})


def softplus_gap(sharpness: Sequence[float], points: int = 601, reach: float = 3.0) -> ExperimentResult:
    """Curves softplus(kx) / k, (k, points), for each *sharpness* k, and their largest distance "gap" (k,) from ReLU.

    The distance is ln 2 / k, at x = 0: the sharper, the nearer.

    >>> made = softplus_gap([1.0, 10.0], points=3)
    >>> made["gap"].round(4).tolist()
    [0.6931, 0.0693]
    """
    with jax.enable_x64(True):
        x = jnp.linspace(-reach, reach, points)
        k = jnp.asarray(sharpness, x.dtype)[:, None]
        curves = softplus(k * x) / k
        gap = jnp.max(jnp.abs(curves - relu(x)[None]), axis=1)
        return ExperimentResult(
            {"x": np.asarray(x), "curves": np.asarray(curves), "relu": np.asarray(relu(x)), "gap": np.asarray(gap)}
        )
