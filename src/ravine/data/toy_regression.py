"""Seeded regression problems: a sine and a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ravine.core import RavineError, check_number
from ravine.data.dataset import Dataset
from ravine.data.registry import register_dataset
from ravine.data.toy_classification import Drawn, generated

__all__ = ["plane", "sine"]


@register_dataset(
    "sine", title="A sine wave", kind="line", task="regression", inputs=1, classes=None, hidden=((8, "tanh"),) * 2
)
def sine(
    n: int = 200,
    *,
    noise: float = 0.1,
    periods: float = 1.0,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return y = sin(pi *periods* x) plus normal *noise*, x uniform in [-1, 1]: float32 (n, 1) both.

    >>> made = sine(50, noise=0.0)
    >>> bool(np.allclose(made.train.y, np.sin(np.pi * made.train.x), atol=1e-6))
    True
    """
    check_number("sine", "periods", periods, low=0.0, open_low=True)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        x = rng.uniform(-1, 1, (size, 1))
        return x, np.sin(math.pi * periods * x) + noise * rng.standard_normal((size, 1))

    return generated("sine", draw, (n, n_test, n_validation), noise, seed)


@register_dataset("plane", title="A tilted plane", kind="plane", task="regression", classes=None)
def plane(
    n: int = 200,
    *,
    noise: float = 0.1,
    slope: Sequence[float] = (1.0, 1.0),
    offset: float = 0.0,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return y = *slope* . x + *offset* plus normal *noise*, x uniform in [-1, 1]^d with d = len(*slope*).

    >>> made = plane(50, noise=0.0, slope=(2.0, -1.0), offset=0.5)
    >>> bool(np.allclose(made.train.y[:, 0], made.train.x @ np.float32([2, -1]) + 0.5, atol=1e-6))
    True
    """
    for value in (*slope, offset):
        check_number("plane", "slope and offset", value)
    if not len(slope):
        raise RavineError("plane: slope is empty: give one number per input")
    weights = np.asarray(slope, np.float64)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        x = rng.uniform(-1, 1, (size, len(weights)))
        return x, (x @ weights + offset + noise * rng.standard_normal(size))[:, None]

    return generated("plane", draw, (n, n_test, n_validation), noise, seed)
