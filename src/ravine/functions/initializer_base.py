"""What an initialiser is: a frozen record called with (generator, shape, dtype).

Fans: a matrix (in, out) has them as its sizes; a vector counts as both; further leading axes multiply both.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ravine.core import RavineError, Registry, limits

__all__ = ["INITIALIZERS", "Initializer", "fans"]

Floats = npt.NDArray[np.floating[Any]]


class Initializer(abc.ABC):
    """A recipe for initial weights: called with (generator, shape, dtype), it returns an array.

    >>> from ravine.functions.initializers import Constant
    >>> Constant(2.0)(np.random.default_rng(0), (2,), np.float32)
    array([2., 2.], dtype=float32)
    """

    @abc.abstractmethod
    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return float64 values of *shape*."""

    def __call__(self, rng: np.random.Generator, shape: Sequence[int], dtype: npt.DTypeLike = np.float32) -> Floats:
        """Return values of *shape*, rounded to *dtype*."""
        size, most = math.prod(shape), limits().weights
        if size > most:
            raise RavineError(
                f"an array of shape {tuple(shape)} is {size} weights, at most {most} are made: choose smaller sizes, "
                f"or set RAVINE_LIMIT_WEIGHTS={size}"
            )
        values: Floats = self.draw(rng, tuple(shape)).astype(dtype)
        return values


INITIALIZERS: Registry[Callable[..., Initializer]] = Registry("initializer")
"""Every initialiser by name: call the entry for its default form."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan in, fan out) of weights of *shape*.

    >>> fans((784, 10)), fans((3, 3, 8, 16)), fans((5,))
    ((784, 10), (72, 144), (5, 5))
    """
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]
