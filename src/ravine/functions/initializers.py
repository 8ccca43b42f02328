"""Initial weights, drawn on the host from a NumPy generator: the same numbers on every device and in every precision.

An initialiser is a frozen record that is called with (generator, shape, dtype). Numbers are drawn in float64 and
rounded once, so that a float32 network and its float64 twin start from the same weights.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from ravine.core import RavineError, check_choice, check_count, check_number
from ravine.functions.initializer_base import INITIALIZERS, Initializer, fans

__all__ = [
    "INITIALIZERS",
    "Constant",
    "Identity",
    "Initializer",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TorchLinear",
    "TruncatedNormal",
    "VarianceScaling",
    "fans",
    "initializer",
]

TRUNCATED_DEVIATION = 0.87962566103423978
"""Standard deviation of a standard normal cut off at 2 on both sides."""


def _cut_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Standard normal values, redrawn until all lie within 2."""
    values = rng.standard_normal(math.prod(shape))
    outside = np.flatnonzero(np.abs(values) > 2.0)
    while outside.size:
        values[outside] = rng.standard_normal(outside.size)
        outside = outside[np.abs(values[outside]) > 2.0]
    return values.reshape(shape)


@INITIALIZERS.register("constant")
@dataclasses.dataclass(frozen=True)
class Constant(Initializer):
    """The same *value* everywhere.

    >>> INITIALIZERS["ones"]()(np.random.default_rng(0), (1, 2), np.float64).tolist()
    [[1.0, 1.0]]
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        check_number("Constant", "value", self.value)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return the constant; nothing is drawn."""
        return np.full(shape, self.value)


@INITIALIZERS.register("random_uniform", "uniform")
@dataclasses.dataclass(frozen=True)
class RandomUniform(Initializer):
    """Uniform on [low, high).

    >>> bool(abs(RandomUniform()(np.random.default_rng(0), (1000,))).max() <= 0.05)
    True
    """

    low: float = -0.05
    high: float = 0.05

    def __post_init__(self) -> None:
        check_number("RandomUniform", "low", self.low)
        check_number("RandomUniform", "high", self.high, low=self.low)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return uniform values."""
        return rng.uniform(self.low, self.high, shape)


@INITIALIZERS.register("random_normal", "normal")
@dataclasses.dataclass(frozen=True)
class RandomNormal(Initializer):
    """Normal of the given *mean* and standard *deviation*.

    >>> round(float(RandomNormal(0.0, 1.0)(np.random.default_rng(0), (10_000,)).std()), 1)
    1.0
    """

    mean: float = 0.0
    deviation: float = 0.05

    def __post_init__(self) -> None:
        check_number("RandomNormal", "mean", self.mean)
        check_number("RandomNormal", "deviation", self.deviation, low=0.0)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return normal values."""
        return self.mean + self.deviation * rng.standard_normal(shape)


@INITIALIZERS.register("truncated_normal")
@dataclasses.dataclass(frozen=True)
class TruncatedNormal(Initializer):
    """Normal values, redrawn beyond two *deviation* from the *mean*; what remains has 0.8796 of the deviation.

    >>> bool(abs(TruncatedNormal(0.0, 1.0)(np.random.default_rng(0), (10_000,))).max() <= 2)
    True
    """

    mean: float = 0.0
    deviation: float = 0.05

    def __post_init__(self) -> None:
        check_number("TruncatedNormal", "mean", self.mean)
        check_number("TruncatedNormal", "deviation", self.deviation, low=0.0)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return truncated normal values."""
        return self.mean + self.deviation * _cut_normal(rng, shape)


@INITIALIZERS.register("variance_scaling")
@dataclasses.dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Values of mean 0 and variance scale / n, where n is the fan in, the fan out, or the mean of both.

    | name | scale | mode | paper |
    |---|---|---|---|
    | glorot | 1 | fan_avg | Glorot & Bengio, 2010: uniform on ±sqrt(6 / (in + out)) |
    | he | 2 | fan_in | He, Zhang, Ren & Sun, 2015: uniform on ±sqrt(6 / in) |
    | lecun | 1 | fan_in | LeCun, Bottou, Orr & Müller, 1998: uniform on ±sqrt(3 / in) |

    "truncated_normal" is cut at two deviations and widened so that the variance holds, as in Keras; "normal" is
    not cut, as in torch.

    >>> initializer("he_normal")
    VarianceScaling(scale=2.0, mode='fan_in', distribution='truncated_normal')
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"

    def __post_init__(self) -> None:
        check_number("VarianceScaling", "scale", self.scale, low=0.0, open_low=True)
        check_choice("VarianceScaling", "mode", self.mode, ("fan_in", "fan_out", "fan_avg"))
        check_choice("VarianceScaling", "distribution", self.distribution, ("truncated_normal", "normal", "uniform"))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return scaled values."""
        into, out = fans(shape)
        count = {"fan_in": into, "fan_out": out, "fan_avg": (into + out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, count))
        if self.distribution == "uniform":
            return rng.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, shape)
        if self.distribution == "normal":
            return deviation * rng.standard_normal(shape)
        return deviation / TRUNCATED_DEVIATION * _cut_normal(rng, shape)


@INITIALIZERS.register("orthogonal")
@dataclasses.dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random matrix with orthonormal rows or columns (whichever are fewer), times *gain*.

    The QR factors of a normal matrix, with the signs of R's diagonal moved into Q so that Q is uniformly distributed.
    Leading axes count as rows.
    Source: Saxe, McClelland & Ganguli, 2014; Mezzadri, "How to generate random matrices ...", 2007.

    >>> q = Orthogonal()(np.random.default_rng(0), (3, 3), np.float64)
    >>> bool(np.allclose(q @ q.T, np.eye(3)))
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_number("Orthogonal", "gain", self.gain)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return an orthogonal matrix of *shape*."""
        if len(shape) < 2:
            raise RavineError(f"Orthogonal: weights of shape {shape} are no matrix: use another initializer")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q.T if rows < columns else q).reshape(shape)


@INITIALIZERS.register("identity")
@dataclasses.dataclass(frozen=True)
class Identity(Initializer):
    """The identity matrix times *gain*; ones on the diagonal of an oblong one.

    Source: Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015.

    >>> Identity()(np.random.default_rng(0), (2, 2), np.float32).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_number("Identity", "gain", self.gain)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return the scaled identity; nothing is drawn."""
        if len(shape) != 2:
            raise RavineError(f"Identity: weights of shape {shape} are no matrix: use another initializer")
        return self.gain * np.eye(*shape)


@INITIALIZERS.register("torch_linear")
@dataclasses.dataclass(frozen=True)
class TorchLinear(Initializer):
    """Uniform on ±1/sqrt(fan in), torch's default for the weights and the biases of a linear layer.

    A bias does not know its layer's fan in: give it as *fan_in*.

    >>> bool(abs(TorchLinear()(np.random.default_rng(0), (100, 10))).max() <= 0.1)
    True
    """

    fan_in: int | None = None

    def __post_init__(self) -> None:
        if self.fan_in is not None:
            check_count("TorchLinear", "fan_in", self.fan_in)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return uniform values."""
        if self.fan_in is None and len(shape) < 2:
            raise RavineError(f"TorchLinear: a bias of shape {shape} has no fan in: give TorchLinear(fan_in=...)")
        bound = 1 / math.sqrt(max(1, self.fan_in or fans(shape)[0]))
        return rng.uniform(-bound, bound, shape)


def _family(name: str, scale: float, mode: str) -> None:
    for suffix, distribution in (("uniform", "uniform"), ("normal", "truncated_normal")):
        made = VarianceScaling(scale, mode, distribution)
        others = (f"xavier_{suffix}",) if name == "glorot" else (f"kaiming_{suffix}",) if name == "he" else ()
        INITIALIZERS.add(f"{name}_{suffix}", lambda made=made: made, *others)


INITIALIZERS.add("zeros", lambda: Constant(0.0), "zero")
INITIALIZERS.add("ones", lambda: Constant(1.0), "one")
_family("glorot", 1.0, "fan_avg")
_family("he", 2.0, "fan_in")
_family("lecun", 1.0, "fan_in")


def initializer(wanted: str | Initializer | type[Initializer]) -> Initializer:
    """Return the initialiser *wanted*: a name, an initialiser (handed back), or a class of initialisers.

    >>> initializer("glorot_uniform")
    VarianceScaling(scale=1.0, mode='fan_avg', distribution='uniform')
    >>> initializer("glorot")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown initializer 'glorot': did you mean 'glorot_normal'? ...
    """
    if isinstance(wanted, Initializer):
        return wanted
    if isinstance(wanted, str):
        return INITIALIZERS[wanted]()
    if isinstance(wanted, type) and issubclass(wanted, Initializer):
        return wanted()
    raise RavineError(f"initializer must be a name or an Initializer, got {wanted!r}")
