"""What an initialiser is, and the ones that draw nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine import functions
from ravine.core import RavineError
from ravine.keras.objects import Described
from ravine.keras.settings import floatx, next_seed

__all__ = ["Called", "Constant", "Identity", "Initializer", "Ones", "Zeros"]


@dataclass(frozen=True)
class _Seeded(functions.Initializer):
    """An initialiser of the core that draws from its own seed, whatever generator it is handed."""

    inner: functions.Initializer
    seed: int

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.inner.draw(np.random.default_rng(self.seed), shape)


@dataclass(frozen=True)
class Called(functions.Initializer):
    """An initialiser of the user's own: *make* is called with a shape and a dtype, as Keras does.

    >>> Called(lambda shape, dtype=None: np.full(shape, 2.0))(np.random.default_rng(0), (2,))
    array([2., 2.], dtype=float32)
    """

    make: Callable[..., Any]

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        values = np.asarray(self.make(shape, dtype=floatx()), np.float64)
        if values.shape != shape:
            named = getattr(self.make, "__name__", type(self.make).__name__)
            raise RavineError(f"initializer {named}: the shape asked for is {shape}, got {values.shape}: mend it")
        return values


class Initializer(Described, family="initializers"):
    """What a layer's arrays start from; called with a shape it gives the array.

    One's own defines ``__call__(shape, dtype=None)``.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    seed: int | None = None

    def core(self) -> functions.Initializer:
        """The core's initialiser, a function of a generator, a shape and a dtype."""
        if type(self).__call__ is Initializer.__call__:
            raise RavineError(
                f"{type(self).__name__}: an initializer of your own must define __call__(self, shape, dtype=None), "
                "which returns the array"
            )
        return Called(self)

    def seeded(self) -> functions.Initializer:
        """The core's initialiser, bound to the object's seed where it has one."""
        core = self.core()
        return core if self.seed is None or isinstance(core, Called) else _Seeded(core, next_seed(self.seed))

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

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def core(self) -> functions.Initializer:
        if np.ndim(self.value):
            return Called(lambda shape, dtype=None: np.broadcast_to(np.asarray(self.value, dtype), shape))
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
