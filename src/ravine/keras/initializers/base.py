"""What an initialiser is, and the ones that draw nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine import functions
from ravine.keras.objects import Described
from ravine.keras.settings import floatx, next_seed

__all__ = ["Constant", "Identity", "Initializer", "Ones", "Zeros"]


@dataclass(frozen=True)
class _Seeded(functions.Initializer):
    """An initialiser of the core that draws from its own seed, whatever generator it is handed."""

    inner: functions.Initializer
    seed: int

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.inner.draw(np.random.default_rng(self.seed), shape)


class Initializer(Described, family="initializers"):
    """What a layer's arrays start from; called with a shape it gives the array.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    seed: int | None = None

    def core(self) -> functions.Initializer:
        """The core's initialiser, a function of a generator, a shape and a dtype."""
        raise NotImplementedError(f"{type(self).__name__} does not define core")

    def seeded(self) -> functions.Initializer:
        """The core's initialiser, bound to the object's seed where it has one."""
        return self.core() if self.seed is None else _Seeded(self.core(), self.seed)

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        rng = np.random.default_rng(next_seed(self.seed))
        return np.asarray(self.core()(rng, tuple(shape), np.dtype(dtype or floatx())))


class Zeros(Initializer):
    """All 0.

    >>> Zeros()((1, 2))
    array([[0., 0.]], dtype=float32)
    """

    def core(self) -> functions.Initializer:
        return functions.initializer("zeros")


class Ones(Initializer):
    """All 1.

    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def core(self) -> functions.Initializer:
        return functions.initializer("ones")


class Constant(Initializer):
    """All *value*.

    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    options = ("value",)

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def core(self) -> functions.Initializer:
        return functions.Constant(float(self.value))


class Identity(Initializer):
    """*gain* times the identity matrix.

    >>> Identity()((2, 2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    options = ("gain",)

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def core(self) -> functions.Initializer:
        return functions.Identity(self.gain)
