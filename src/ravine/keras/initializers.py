"""Initial weights by Keras's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine import functions
from ravine.core import RavineError
from ravine.keras.naming import snake
from ravine.keras.objects import Described
from ravine.keras.settings import floatx, next_seed
from ravine.keras.tables import Row, entered, lookups, remaining
from ravine.keras.unsupported import missing

__all__ = ["Called", "Initializer", "deserialize", "get", "serialize"]


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

    >>> get("zeros")((2,)), get(np.ones(2))((2,))
    (array([0., 0.], dtype=float32), array([1., 1.], dtype=float32))
    """

    seed: int | None = None
    unsaved = frozenset({"input_axes", "output_axes"})

    def core(self) -> functions.Initializer:
        """The core's initialiser, a function of a generator, a shape and a dtype."""
        if type(self).__call__ is not Initializer.__call__:
            return Called(self)
        if self._make is not None:
            return self.made()  # type: ignore[no-any-return]
        raise RavineError(
            f"{type(self).__name__}: an initializer of your own must define __call__(self, shape, dtype=None), "
            "which returns the array"
        )

    def seeded(self) -> functions.Initializer:
        """The core's initialiser, bound to the object's seed where it has one."""
        core = self.core()
        return core if self.seed is None or isinstance(core, Called) else _Seeded(core, next_seed(self.seed))

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        rng = np.random.default_rng(next_seed(self.seed))
        return np.asarray(self.core()(rng, tuple(shape), np.dtype(dtype or floatx())))


def _constant(value: Any) -> functions.Initializer:
    if np.ndim(value):
        return Called(lambda shape, dtype=None: np.broadcast_to(np.asarray(value, dtype), shape))
    return functions.Constant(float(value))


def _scaled(kind: str, scale: float, mode: str, axes: tuple[Any, Any], owner: str) -> functions.Initializer:
    if axes != (None, None):
        raise RavineError(
            f"{owner}: input_axes and output_axes are not supported: leave them out, the last axis holds the outputs"
        )
    # Keras cuts what it calls normal.
    kinds = {"untruncated_normal": "normal", "normal": "truncated_normal"}
    return functions.VarianceScaling(scale, mode, kinds.get(kind, kind))


def _published(name: str, kind: str, scale: float, mode: str, about: str) -> dict[str, Row]:
    def make(seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> functions.Initializer:
        return _scaled(kind, scale, mode, (input_axes, output_axes), name)

    return {name: (make, about)}


_CUT = "truncated_normal"
ROWS: dict[str, Row] = {
    "Zeros": (lambda: functions.Constant(0.0), "All 0."),
    "Ones": (lambda: functions.Constant(1.0), "All 1."),
    "Constant": (lambda value=0.0: _constant(value), "All *value*."),
    "Identity": (lambda gain=1.0: functions.Identity(gain), "*gain* times the identity matrix."),
    "RandomUniform": (
        lambda minval=-0.05, maxval=0.05, seed=None: functions.RandomUniform(minval, maxval),
        "Uniform from *minval* to *maxval*.",
    ),
    "RandomNormal": (
        lambda mean=0.0, stddev=0.05, seed=None: functions.RandomNormal(mean, stddev),
        "Normal with *mean* and *stddev*.",
    ),
    "TruncatedNormal": (
        lambda mean=0.0, stddev=0.05, seed=None: functions.TruncatedNormal(mean, stddev),
        "Normal, redrawn where it is farther than two *stddev* from *mean*.",
    ),
    "VarianceScaling": (
        lambda scale=1.0, mode="fan_in", distribution=_CUT, seed=None, input_axes=None, output_axes=None: _scaled(
            distribution, scale, mode, (input_axes, output_axes), "VarianceScaling"
        ),
        "Of variance *scale* / n, n being the fan_in, fan_out or fan_avg of *mode*.",
    ),
    **_published(
        "GlorotUniform", "uniform", 1.0, "fan_avg", "Uniform in +-sqrt(6 / (in + out)) (Glorot & Bengio 2010)."
    ),
    **_published("GlorotNormal", _CUT, 1.0, "fan_avg", "Truncated normal of variance 2 / (in + out)."),
    **_published("HeUniform", "uniform", 2.0, "fan_in", "Uniform in +-sqrt(6 / in) (He et al. 2015)."),
    **_published("HeNormal", _CUT, 2.0, "fan_in", "Truncated normal of variance 2 / in (He et al. 2015)."),
    **_published("LecunUniform", "uniform", 1.0, "fan_in", "Uniform in +-sqrt(3 / in)."),
    **_published("LecunNormal", _CUT, 1.0, "fan_in", "Truncated normal of variance 1 / in."),
    "Orthogonal": (
        lambda gain=1.0, seed=None: functions.Orthogonal(gain),
        "*gain* times a random orthogonal matrix (Saxe et al. 2013).",
    ),
}
"""Keras's name and arguments, and what that is here."""
ALIASES = {"zero": "zeros", "one": "ones", "uniform": "random_uniform", "normal": "random_normal"}
"""Short names."""
OLD = {"IdentityInitializer": "Identity", "OrthogonalInitializer": "Orthogonal"}
"""Names of older files."""

ROWS |= remaining(functions.INITIALIZERS, [*ROWS])
_classes: dict[str, Any] = {**entered(Initializer, ROWS, __name__)}
_classes |= {old: _classes[new] for old, new in OLD.items()} | {snake(name): cls for name, cls in _classes.items()}
globals().update(_classes)
__all__.extend(_classes)

_named, serialize, deserialize = lookups("initializers", Initializer, ALIASES, __name__)


def get(identifier: Any) -> Any:
    """Return the initialiser of a name, a dictionary, a class or an object; an array and a function give themselves.

    >>> get("glorot_uniform").get_config()
    {'seed': None}
    """
    return _classes["Constant"](np.asarray(identifier)) if hasattr(identifier, "__array__") else _named(identifier)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
