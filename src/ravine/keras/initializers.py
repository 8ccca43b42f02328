"""Initial weights, as Keras draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine import functions
from ravine.core import RavineError
from ravine.keras.objects import Described, encode, named
from ravine.keras.settings import floatx, next_seed

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "serialize",
]

ALIASES = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
    "identityinitializer": "identity",
    "orthogonalinitializer": "orthogonal",
}


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


class RandomUniform(Initializer):
    """Uniform from *minval* to *maxval*.

    >>> bool((abs(RandomUniform(seed=0)((9,))) <= 0.05).all())
    True
    """

    options = ("seed", "minval", "maxval")

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def core(self) -> functions.Initializer:
        return functions.RandomUniform(self.minval, self.maxval)


class RandomNormal(Initializer):
    """Normal with *mean* and *stddev*.

    >>> RandomNormal(seed=0)((3,)).shape
    (3,)
    """

    options = ("seed", "mean", "stddev")

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def core(self) -> functions.Initializer:
        return functions.RandomNormal(self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    """Normal, redrawn where it is farther than two *stddev* from *mean*.

    >>> bool((abs(TruncatedNormal(seed=0)((99,))) <= 0.1).all())
    True
    """

    def core(self) -> functions.Initializer:
        return functions.TruncatedNormal(self.mean, self.stddev)


class VarianceScaling(Initializer):
    """Of variance *scale* / n, n being the fan_in, fan_out or fan_avg of *mode*.

    >>> VarianceScaling(2.0, seed=1)((3, 2)).shape
    (3, 2)
    """

    options = ("scale", "mode", "distribution", "seed")

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed

    def core(self) -> functions.Initializer:
        kind = "normal" if self.distribution == "untruncated_normal" else self.distribution
        kind = "truncated_normal" if self.distribution == "normal" else kind  # Keras cuts what it calls normal
        return functions.VarianceScaling(self.scale, self.mode, kind)


class _Published(Initializer):
    """An initialiser with no other option than its seed."""

    options = ("seed",)
    known_as = ""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def core(self) -> functions.Initializer:
        return functions.initializer(self.known_as)


class GlorotUniform(_Published):
    """Uniform in +-sqrt(6 / (in + out)) (Glorot & Bengio 2010).

    >>> bool((abs(GlorotUniform(seed=0)((3, 3))) <= 1).all())
    True
    """

    known_as = "glorot_uniform"


class GlorotNormal(_Published):
    """Truncated normal of variance 2 / (in + out) (Glorot & Bengio 2010).

    >>> GlorotNormal(seed=0)((3, 2)).shape
    (3, 2)
    """

    known_as = "glorot_normal"


class HeUniform(_Published):
    """Uniform in +-sqrt(6 / in) (He et al. 2015).

    >>> bool((abs(HeUniform(seed=0)((6, 3))) <= 1).all())
    True
    """

    known_as = "he_uniform"


class HeNormal(_Published):
    """Truncated normal of variance 2 / in (He et al. 2015).

    >>> HeNormal(seed=0)((3, 2)).shape
    (3, 2)
    """

    known_as = "he_normal"


class LecunUniform(_Published):
    """Uniform in +-sqrt(3 / in).

    >>> bool((abs(LecunUniform(seed=0)((3, 3))) <= 1).all())
    True
    """

    known_as = "lecun_uniform"


class LecunNormal(_Published):
    """Truncated normal of variance 1 / in.

    >>> LecunNormal(seed=0)((3, 2)).shape
    (3, 2)
    """

    known_as = "lecun_normal"


class Orthogonal(Initializer):
    """*gain* times a random orthogonal matrix (Saxe et al. 2013).

    >>> w = Orthogonal(seed=0)((3, 3))
    >>> bool(np.allclose(w @ w.T, np.eye(3), atol=1e-5))
    True
    """

    options = ("seed", "gain")

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain, self.seed = gain, seed

    def core(self) -> functions.Initializer:
        return functions.Orthogonal(self.gain)


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


IdentityInitializer = Identity
"""The name of `Identity` in older files."""
OrthogonalInitializer = Orthogonal
"""The name of `Orthogonal` in older files."""


def get(identifier: Any) -> Initializer:
    """Return the initialiser of a name, a dictionary, a class or an object.

    >>> get("glorot_uniform").get_config()
    {'seed': None}
    """
    found = named("initializers", identifier, aliases=ALIASES)
    if not isinstance(found, Initializer):
        raise RavineError(f"an initializer must be a name or a keras.initializers object, got {identifier!r}")
    return found


def serialize(initializer: Initializer) -> Any:
    """Return the dictionary that describes an initialiser.

    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    return encode(initializer)


def deserialize(config: Any) -> Initializer:
    """Return the initialiser that a dictionary describes.

    >>> deserialize(serialize(Zeros()))
    <Zeros >
    """
    return get(config)
