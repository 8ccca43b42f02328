"""Activations by name, with what a lecture says of each: formula, derivative, range, paper.

Every function takes a float array of any shape and returns one of the same shape and dtype. Value and derivative are
finite for every finite argument (`exponential` alone overflows, by definition), and NaN stays NaN. Both keep their
*relative* accuracy in the tails, where the usual s (1 - s) and 1 - tanh^2 round to zero long before the true derivative
does: a vanishing gradient is measured, not rounded away. Where a function has a corner its derivative is the one that
torch, Keras and JAX agree upon: relu'(0) = 0.

One file, though a long one: an activation is its function and what is said of it, and a new one is added in one place.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from ravine.core import Array, Number, RavineError, Registry, cast

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ActivationRecord",
    "activation",
    "derivative",
    "describe",
    "elu",
    "exponential",
    "gelu",
    "gelu_tanh",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logistic",
    "mish",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]

Activation = Callable[..., Array]
"""A pure function from an array to one of the same shape and dtype."""

ACTIVATIONS: Registry[Activation] = Registry("activation")
"""Every activation by name; also by its other names, such as sigmoid and swish."""

RECORDS: dict[str, ActivationRecord] = {}
"""What is known of each, by the same names; `describe` finds it by any name."""

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SQRT_HALF = 0.7071067811865476
SQRT_2_OVER_PI = 0.7978845608028654
BEYOND = 40.0
"""Phi(-40) and 1 - Phi(40) are 0 in every float type; powers of a larger x might overflow."""


@dataclasses.dataclass(frozen=True)
class ActivationRecord:
    """What is known of an activation: LaTeX without dollar signs, the bounds of its values, and its paper.

    *elementwise* is False where a value depends on the whole row, as in softmax.

    >>> RECORDS["relu"].derivative
    '[x > 0]'
    """

    name: str
    title: str
    function: Activation
    formula: str
    derivative: str
    low: float
    high: float
    paper: str
    elementwise: bool = True


def linear(x: Array) -> Array:
    r"""Identity: f(x) = x.

    >>> linear(jnp.array([-1.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    return x


@jax.custom_jvp
def logistic(x: Array) -> Array:
    r"""Logistic sigmoid, 1 / (1 + exp(-x)), with values in (0, 1); derivative logistic(x) logistic(-x), at most 1/4.

    Source: Verhulst, 1845; as a unit of networks, Rumelhart, Hinton & Williams, 1986.

    >>> logistic(jnp.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    >>> float(jax.grad(logistic)(0.0))
    0.25
    """
    small = jnp.exp(-jnp.abs(x))  # the exponent is never positive: no overflow
    return jnp.where(x < 0, small, 1.0) / (1.0 + small)


@logistic.defjvp
def _logistic_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return logistic(x), dx * _bell(x)


@jax.custom_jvp
def _bell(x: Array) -> Array:
    """Derivative of the logistic function, logistic(x) logistic(-x), from one exponential."""
    small = jnp.exp(-jnp.abs(x))
    return small / jnp.square(1.0 + small)


@_bell.defjvp
def _bell_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    value = _bell(x)
    return value, dx * (value * (logistic(-x) - logistic(x)))


@jax.custom_jvp
def tanh(x: Array) -> Array:
    r"""Hyperbolic tangent, 2 logistic(2x) - 1, with values in (-1, 1); derivative 1 - tanh(x)^2, at most 1.

    Source: LeCun, Bottou, Orr & Müller, "Efficient BackProp", 1998.

    >>> tanh(jnp.array([-1000.0, 0.0, 1000.0])).tolist()
    [-1.0, 0.0, 1.0]
    >>> float(jax.grad(tanh)(0.0))
    1.0
    """
    return jnp.tanh(x)


@tanh.defjvp
def _tanh_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    double = 2.0 * jnp.clip(x, -1e4, 1e4)  # doubling the largest floats overflows
    return tanh(x), dx * (4.0 * _bell(double))


def relu(x: Array) -> Array:
    r"""Rectified linear unit, max(0, x); derivative 1 for x > 0, else 0.

    Source: Fukushima, 1969; Nair & Hinton, 2010; Glorot, Bordes & Bengio, 2011.

    >>> relu(jnp.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    >>> float(jax.grad(relu)(0.0))
    0.0
    """
    return jax.nn.relu(x)


@jax.custom_jvp
def softplus(x: Array) -> Array:
    r"""Softplus, log(1 + exp(x)), the smooth ReLU, computed as max(x, 0) + log(1 + exp(-abs(x))).

    Its derivative is the logistic function.
    Source: Dugas, Bengio, Bélisle, Nadeau & Garcia, 2001.

    >>> softplus(jnp.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    >>> float(jax.grad(softplus)(0.0))
    0.5
    """
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@softplus.defjvp
def _softplus_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return softplus(x), dx * logistic(x)


def softmax(x: Array) -> Array:
    r"""Softmax over the last axis, exp(x_i) / sum_j exp(x_j): positive, sums to 1. Shape (..., classes).

    The largest entry is subtracted first, so that nothing overflows.
    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> softmax(jnp.array([1e30, 1e30])).tolist()
    [0.5, 0.5]
    """
    return jax.nn.softmax(x, axis=-1)


def log_softmax(x: Array) -> Array:
    r"""Logarithm of `softmax` over the last axis, x_i - log sum_j exp(x_j). Shape (..., classes).

    A value below the smallest float is -inf: only inputs more than 3.4e38 apart (in float32) reach it.

    >>> log_softmax(jnp.array([0.0, -1000.0])).tolist()
    [0.0, -1000.0]
    """
    return jax.nn.log_softmax(x, axis=-1)


@jax.custom_jvp
def softsign(x: Array) -> Array:
    r"""Softsign, x / (1 + abs(x)), with values in (-1, 1); derivative 1 / (1 + abs(x))^2. Its tails are polynomial.

    Source: Bergstra, Desjardins, Lamblin & Bengio, "Quadratic polynomials learn better image features", 2009.

    >>> softsign(jnp.array([-1.0, 0.0, 3.0])).tolist()
    [-0.5, 0.0, 0.75]
    """
    return x / (1.0 + jnp.abs(x))


@softsign.defjvp
def _softsign_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return softsign(x), dx * jnp.square(1.0 / (1.0 + jnp.abs(x)))


def leaky_relu(x: Array, slope: Number = 0.01) -> Array:
    r"""ReLU that leaks: x for x > 0, else slope * x; derivative 1 for x > 0, else the slope.

    The slope is the paper's, as in torch and JAX. Keras has 0.2 in the function and 0.3 in the layer.
    Source: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> leaky_relu(jnp.array([-1.0, 2.0]), 0.25).tolist()
    [-0.25, 2.0]
    """
    x = jnp.asarray(x)
    return jnp.where(x > 0, x, cast(slope, x.dtype) * x)


def elu(x: Array, alpha: Number = 1.0) -> Array:
    r"""Exponential linear unit: x for x > 0, else alpha (exp(x) - 1), with values above -alpha.

    Source: Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by ELUs", 2016.

    >>> elu(jnp.array([-1000.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    x = jnp.asarray(x)
    negative = jnp.where(x > 0, 0.0, x)  # exp of the other branch would overflow, and its gradient be 0 * inf
    return jnp.where(x > 0, x, cast(alpha, x.dtype) * _expm1(negative))


@jax.custom_jvp
def _expm1(x: Array) -> Array:
    """Return exp(x) - 1 with the slope exp(x), where automatic differentiation would take (exp(x) - 1) + 1."""
    return jnp.expm1(x)


@_expm1.defjvp
def _expm1_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return _expm1(x), dx * jnp.exp(x)


def selu(x: Array) -> Array:
    r"""Scaled ELU, 1.0507 elu(x, 1.6733): mean 0 and variance 1 are a fixed point from layer to layer.

    Source: Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.

    >>> [round(value, 4) for value in selu(jnp.array([-1000.0, 1.0])).tolist()]
    [-1.7581, 1.0507]
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def gelu(x: Array) -> Array:
    r"""Gaussian error linear unit, x Phi(x), with the exact normal distribution Phi, as Keras 3 and torch have it.

    Phi(x) = erfc(-x / sqrt 2) / 2 keeps its relative accuracy for negative x.
    Source: Hendrycks & Gimpel, "Gaussian error linear units", 2016.

    >>> [round(value, 4) for value in gelu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1587, 0.0, 0.8413]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * (0.5 * jax.scipy.special.erfc(-SQRT_HALF * near))


def gelu_tanh(x: Array) -> Array:
    r"""GELU with its tanh approximation, x logistic(2 sqrt(2/pi) (x + 0.044715 x^3)): the default of JAX and flax.

    It differs from `gelu` by at most 4.8e-4. 0.5 (1 + tanh(u)) is written as logistic(2u), which does not cancel.
    Source: Hendrycks & Gimpel, 2016.

    >>> [round(value, 4) for value in gelu_tanh(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1588, 0.0, 0.8412]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * logistic(2.0 * SQRT_2_OVER_PI * (near + 0.044715 * near * near * near))


def silu(x: Array) -> Array:
    r"""Sigmoid linear unit or swish, x logistic(x); its least value is -0.2785.

    Source: Elfwing, Uchibe & Doya, 2018; Ramachandran, Zoph & Le, "Searching for activation functions", 2017.

    >>> [round(value, 4) for value in silu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.2689, 0.0, 0.7311]
    """
    return x * logistic(x)


def mish(x: Array) -> Array:
    r"""Mish, x tanh(softplus(x)); its least value is -0.3088.

    Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019.

    >>> [round(value, 4) for value in mish(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.3034, 0.0, 0.8651]
    """
    return x * tanh(softplus(x))


def relu6(x: Array) -> Array:
    r"""ReLU bounded by six, min(max(0, x), 6); derivative 1 for 0 < x < 6, else 0.

    Source: Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    >>> relu6(jnp.array([-1.0, 3.0, 7.0])).tolist()
    [0.0, 3.0, 6.0]
    """
    return jax.nn.relu6(x)


def _between(x: Array, low: float, high: float) -> Array:
    """Clip; the derivative is 1 strictly between the bounds and 0 elsewhere, the bounds included."""
    return lax.clamp(jnp.asarray(low, x.dtype), x, jnp.asarray(high, x.dtype))


def hard_sigmoid(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 3, torch and JAX: relu6(x + 3) / 6, with values in [0, 1] and slope 1/6.

    Keras 2 meant another function by this name: `hard_sigmoid_keras2`.
    Source: Howard et al., "Searching for MobileNetV3", 2019.

    >>> hard_sigmoid(jnp.array([-3.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(x + 3.0, 0.0, 6.0) / 6.0


def hard_sigmoid_keras2(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 2: clip(0.2 x + 0.5, 0, 1), with slope 1/5.

    Source: Courbariaux, Bengio & David, "BinaryConnect", 2015.

    >>> hard_sigmoid_keras2(jnp.array([-2.5, 0.0, 2.5])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(0.2 * x + 0.5, 0.0, 1.0)


def hard_tanh(x: Array) -> Array:
    r"""Piecewise linear tanh, clip(x, -1, 1), with slope 1 strictly inside and 0 elsewhere.

    Source: Collobert, "Large scale machine learning", 2004.

    >>> hard_tanh(jnp.array([-2.0, 0.5, 2.0])).tolist()
    [-1.0, 0.5, 1.0]
    """
    return _between(jnp.asarray(x), -1.0, 1.0)


def exponential(x: Array) -> Array:
    r"""Exponential, exp(x), its own derivative. Above 88.7 (float32) or 709.8 (float64) it is inf.

    >>> exponential(jnp.array([0.0, 1000.0])).tolist()
    [1.0, inf]
    """
    return jnp.exp(x)


def _enter(
    function: Activation,
    title: str,
    formula: str,
    slope: str,
    bounds: tuple[float, float],
    paper: str,
    *aliases: str,
    elementwise: bool = True,
) -> None:
    name = function.__name__
    ACTIVATIONS.add(name, function, *aliases)
    RECORDS[name] = ActivationRecord(name, title, function, formula, slope, *bounds, paper, elementwise)


_ALL = (-math.inf, math.inf)
_UNIT = (0.0, 1.0)
_POSITIVE = (0.0, math.inf)

_enter(linear, "linear", r"x", r"1", _ALL, "", "identity")
_enter(
    logistic,
    "logistic",
    r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    r"\sigma(x)\,(1 - \sigma(x))",
    _UNIT,
    "Rumelhart, Hinton & Williams, 1986",
    "sigmoid",
)
_enter(
    tanh,
    "tanh",
    r"\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}} = 2\sigma(2x) - 1",
    r"1 - (\tanh x)^2",
    (-1.0, 1.0),
    "LeCun, Bottou, Orr & Müller, 1998",
)
_enter(relu, "ReLU", r"\max(0, x)", r"[x > 0]", _POSITIVE, "Nair & Hinton, 2010; Glorot, Bordes & Bengio, 2011")
_enter(
    softplus,
    "softplus",
    r"\ln(1 + e^x)",
    r"\sigma(x)",
    _POSITIVE,
    "Dugas, Bengio, Bélisle, Nadeau & Garcia, 2001",
)
_enter(
    softmax,
    "softmax",
    r"\frac{e^{x_i}}{\sum_j e^{x_j}}",
    r"\frac{\partial p_i}{\partial x_j} = p_i\,([i = j] - p_j)",
    _UNIT,
    "Bridle, 1990",
    elementwise=False,
)
_enter(
    log_softmax,
    "log-softmax",
    r"x_i - \ln \sum_j e^{x_j}",
    r"\frac{\partial \ln p_i}{\partial x_j} = [i = j] - p_j",
    (-math.inf, 0.0),
    "Bridle, 1990",
    elementwise=False,
)
_enter(
    softsign,
    "softsign",
    r"\frac{x}{1 + |x|}",
    r"\frac{1}{(1 + |x|)^2}",
    (-1.0, 1.0),
    "Bergstra, Desjardins, Lamblin & Bengio, 2009",
)
_enter(
    leaky_relu,
    "leaky ReLU",
    r"\max(x, \alpha x), \quad \alpha = 0.01",
    r"[x > 0] + \alpha\,[x \le 0]",
    _ALL,
    "Maas, Hannun & Ng, 2013",
)
_enter(
    elu,
    "ELU",
    r"x\,[x > 0] + \alpha\,(e^x - 1)\,[x \le 0], \quad \alpha = 1",
    r"[x > 0] + \alpha e^x\,[x \le 0]",
    (-1.0, math.inf),
    "Clevert, Unterthiner & Hochreiter, 2016",
)
_enter(
    selu,
    "SELU",
    r"\lambda\,(x\,[x > 0] + \alpha\,(e^x - 1)\,[x \le 0]), \quad \lambda \approx 1.0507,\ \alpha \approx 1.6733",
    r"\lambda\,([x > 0] + \alpha e^x\,[x \le 0])",
    (-1.7580993408473766, math.inf),
    "Klambauer, Unterthiner, Mayr & Hochreiter, 2017",
)
_enter(
    gelu,
    "GELU",
    r"x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)",
    r"\Phi(x) + x\,\varphi(x)",
    (-0.16997120747990369, math.inf),
    "Hendrycks & Gimpel, 2016",
)
_enter(
    gelu_tanh,
    "GELU (tanh form)",
    r"\frac{x}{2}\left(1 + \tanh u\right), \quad u = \sqrt{2/\pi}\,(x + 0.044715\,x^3)",
    r"\frac{1 + \tanh u}{2} + \frac{x\,u'}{2}\,(1 - (\tanh u)^2), \quad u' = \sqrt{2/\pi}\,(1 + 0.134145\,x^2)",
    (-0.17004075057125412, math.inf),
    "Hendrycks & Gimpel, 2016",
)
_enter(
    silu,
    "SiLU (swish)",
    r"x\,\sigma(x)",
    r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",
    (-0.27846454276107379, math.inf),
    "Elfwing, Uchibe & Doya, 2018; Ramachandran, Zoph & Le, 2017",
    "swish",
)
_enter(
    mish,
    "mish",
    r"x \tanh(\ln(1 + e^x))",
    r"t + x\,\sigma(x)\,(1 - t^2), \quad t = \tanh(\ln(1 + e^x))",
    (-0.30884341301725325, math.inf),
    "Misra, 2019",
)
_enter(relu6, "ReLU6", r"\min(\max(0, x), 6)", r"[0 < x < 6]", (0.0, 6.0), "Krizhevsky, 2010")
_enter(
    hard_sigmoid,
    "hard logistic",
    r"\min(\max(0, x + 3), 6) / 6",
    r"\tfrac16\,[|x| < 3]",
    _UNIT,
    "Howard et al., 2019",
)
_enter(
    hard_sigmoid_keras2,
    "hard logistic (Keras 2)",
    r"\min(\max(0, 0.2\,x + 0.5), 1)",
    r"0.2\,[|x| < 2.5]",
    _UNIT,
    "Courbariaux, Bengio & David, 2015",
)
_enter(hard_tanh, "hard tanh", r"\min(\max(-1, x), 1)", r"[|x| < 1]", (-1.0, 1.0), "Collobert, 2004")
_enter(exponential, "exponential", r"e^x", r"e^x", _POSITIVE, "")


def activation(wanted: str | Activation | None) -> Activation:
    """Return the activation *wanted*: a name, a function (handed back), or None, which is linear.

    >>> activation("sigmoid") is logistic
    True
    >>> activation("rellu")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown activation 'rellu': did you mean 'relu'? Known: elu, exponential, ...
    """
    if wanted is None:
        return linear
    if isinstance(wanted, str):
        return ACTIVATIONS[wanted]
    if callable(wanted):
        return wanted
    raise RavineError(f"activation must be a name or a function, got {wanted!r}")


def describe(wanted: str | Activation) -> ActivationRecord:
    """Return the record of an activation, found by any of its names or by the function itself.

    >>> describe("swish").formula, describe("tanh").low
    ('x\\\\,\\\\sigma(x)', -1.0)
    """
    function = activation(wanted)
    name = ACTIVATIONS.name_of(function)
    if name is None:
        raise RavineError(f"{function!r} is not a registered activation: known are {', '.join(ACTIVATIONS)}")
    return RECORDS[name]


def derivative(wanted: str | Activation) -> Activation:
    """Return the derivative of an elementwise activation: an array in, one of the same shape and dtype out.

    It is exact differentiation, not differences, and works inside jit, vmap and grad.

    >>> derivative("relu")(jnp.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    >>> derivative("softmax")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: softmax mixes a row's entries, so it has no elementwise derivative: ...
    """
    function = activation(wanted)
    name = ACTIVATIONS.name_of(function)
    if name is not None and not RECORDS[name].elementwise:
        raise RavineError(f"{name} mixes a row's entries, so it has no elementwise derivative: use jax.jacobian")

    def slope(x: Array) -> Array:
        x = jnp.asarray(x)
        tangent: Array = jax.jvp(function, (x,), (jnp.ones_like(x),))[1]
        return tangent

    return slope
