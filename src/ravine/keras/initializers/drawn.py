"""Initialisers that draw.

Each makes its core at once, so that a wrong argument is refused where it is written and not at the first draw.
"""

from __future__ import annotations

from typing import Any

from ravine import functions
from ravine.core import RavineError
from ravine.keras.initializers.base import Initializer

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
]


def _no_axes(owner: str, *given: Any) -> None:
    if any(axes is not None for axes in given):
        raise RavineError(
            f"{owner}: input_axes and output_axes are not supported: leave them out, the last axis holds the outputs"
        )


class RandomUniform(Initializer):
    """Uniform from *minval* to *maxval*.

    >>> bool((abs(RandomUniform(seed=0)((9,))) <= 0.05).all())
    True
    """

    options = ("seed", "minval", "maxval")

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        self.minval, self.maxval, self.seed = minval, maxval, seed
        self.core()

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
        self.core()

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
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        _no_axes("VarianceScaling", input_axes, output_axes)
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed
        self.core()

    def core(self) -> functions.Initializer:
        kind = "normal" if self.distribution == "untruncated_normal" else self.distribution
        kind = "truncated_normal" if self.distribution == "normal" else kind  # Keras cuts what it calls normal
        return functions.VarianceScaling(self.scale, self.mode, kind)


class _Published(Initializer):
    """An initialiser with no other option than its seed."""

    options = ("seed",)
    known_as = ""

    def __init__(self, seed: int | None = None, input_axes: Any = None, output_axes: Any = None) -> None:
        _no_axes(type(self).__name__, input_axes, output_axes)
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
    >>> import numpy as np
    >>> bool(np.allclose(w @ w.T, np.eye(3), atol=1e-5))
    True
    """

    options = ("seed", "gain")

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain, self.seed = gain, seed
        self.core()

    def core(self) -> functions.Initializer:
        return functions.Orthogonal(self.gain)
