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
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import lax

from ravine.core import Array, Number, RavineError, Registry, cast

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ActivationRecord",
    "activation",
    "celu",
    "derivative",
    "describe",
    "elu",
    "exponential",
    "gelu",
    "gelu_tanh",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "logistic",
    "mish",
    "register_activation",
    "relu",
    "relu6",
    "selu",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
    "threshold",
]

Activation = Callable[..., Array]
"""A pure function from an array to one of the same shape and dtype."""

F = TypeVar("F", bound=Activation)

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

    *elementwise* is False where a value depends on the whole row, as in softmax; *halves* is True where the last axis
    of the output is half as long as the input's, as in glu.

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
    halves: bool = False


def register_activation(
    *,
    title: str,
    formula: str,
    derivative: str,
    low: float = -math.inf,
    high: float = math.inf,
    paper: str = "",
    aliases: tuple[str, ...] = (),
    elementwise: bool = True,
    halves: bool = False,
) -> Callable[[F], F]:
    r"""Enter the function that follows, under its own name and *aliases*, with all that is said of it.

    *formula* and *derivative* are LaTeX in x, without dollar signs; *low* and *high* bound the values. From then on it
    is known by name to layers, texts, the lab and the Keras facade.

    >>> @register_activation(title="cube", formula="x^3", derivative="3 x^2")
    ... def cube(x):
    ...     return x * x * x
    >>> float(activation("cube")(jnp.array(2.0))), describe(cube).title
    (8.0, 'cube')
    >>> del ACTIVATIONS["cube"]
    """

    def enter(function: F) -> F:
        name = str(getattr(function, "__name__", ""))
        for field, text in (("title", title), ("formula", formula), ("derivative", derivative)):
            if not text.strip():
                raise RavineError(f"activation {name!r}: {field} is empty: give it in register_activation")
        if not low < high:
            raise RavineError(f"activation {name!r}: values from low={low} to high={high} are none: swap the two")
        ACTIVATIONS.add(name, function, *aliases)
        known = ActivationRecord(name, title, function, formula, derivative, low, high, paper, elementwise, halves)
        RECORDS[name] = known
        return function

    return enter


@register_activation(
    title="linear",
    formula=r"x",
    derivative=r"1",
    aliases=("identity",),
)
def linear(x: Array) -> Array:
    r"""Identity: f(x) = x.

    >>> linear(jnp.array([-1.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    return x


@register_activation(
    title="logistic",
    formula=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    derivative=r"\sigma(x)\,(1 - \sigma(x))",
    low=0.0,
    high=1.0,
    paper="Rumelhart, Hinton & Williams, 1986",
    aliases=("sigmoid",),
)
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


@register_activation(
    title="tanh",
    formula=r"\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}} = 2\sigma(2x) - 1",
    derivative=r"1 - (\tanh x)^2",
    low=-1.0,
    high=1.0,
    paper="LeCun, Bottou, Orr & Müller, 1998",
)
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


@register_activation(
    title="ReLU",
    formula=r"\max(0, x)",
    derivative=r"[x > 0]",
    low=0.0,
    paper="Nair & Hinton, 2010; Glorot, Bordes & Bengio, 2011",
)
def relu(x: Array) -> Array:
    r"""Rectified linear unit, max(0, x); derivative 1 for x > 0, else 0.

    Source: Fukushima, 1969; Nair & Hinton, 2010; Glorot, Bordes & Bengio, 2011.

    >>> relu(jnp.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    >>> float(jax.grad(relu)(0.0))
    0.0
    """
    return jax.nn.relu(x)


@register_activation(
    title="softplus",
    formula=r"\ln(1 + e^x)",
    derivative=r"\sigma(x)",
    low=0.0,
    paper="Dugas, Bengio, Bélisle, Nadeau & Garcia, 2001",
)
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


@register_activation(
    title="softmax",
    formula=r"\frac{e^{x_i}}{\sum_j e^{x_j}}",
    derivative=r"\frac{\partial p_i}{\partial x_j} = p_i\,([i = j] - p_j)",
    low=0.0,
    high=1.0,
    paper="Bridle, 1990",
    elementwise=False,
)
def softmax(x: Array) -> Array:
    r"""Softmax over the last axis, exp(x_i) / sum_j exp(x_j): positive, sums to 1. Shape (..., classes).

    The largest entry is subtracted first, so that nothing overflows.
    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> softmax(jnp.array([1e30, 1e30])).tolist()
    [0.5, 0.5]
    """
    return jax.nn.softmax(x, axis=-1)


@register_activation(
    title="log-softmax",
    formula=r"x_i - \ln \sum_j e^{x_j}",
    derivative=r"\frac{\partial \ln p_i}{\partial x_j} = [i = j] - p_j",
    high=0.0,
    paper="Bridle, 1990",
    elementwise=False,
)
def log_softmax(x: Array) -> Array:
    r"""Logarithm of `softmax` over the last axis, x_i - log sum_j exp(x_j). Shape (..., classes).

    A value below the smallest float is -inf: only inputs more than 3.4e38 apart (in float32) reach it.

    >>> log_softmax(jnp.array([0.0, -1000.0])).tolist()
    [0.0, -1000.0]
    """
    return jax.nn.log_softmax(x, axis=-1)


@register_activation(
    title="softsign",
    formula=r"\frac{x}{1 + |x|}",
    derivative=r"\frac{1}{(1 + |x|)^2}",
    low=-1.0,
    high=1.0,
    paper="Bergstra, Desjardins, Lamblin & Bengio, 2009",
)
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


@register_activation(
    title="leaky ReLU",
    formula=r"\max(x, \alpha x), \quad \alpha = 0.01",
    derivative=r"[x > 0] + \alpha\,[x \le 0]",
    paper="Maas, Hannun & Ng, 2013",
)
def leaky_relu(x: Array, slope: Number = 0.01) -> Array:
    r"""ReLU that leaks: x for x > 0, else slope * x; derivative 1 for x > 0, else the slope.

    The slope is the paper's, as in torch and JAX. Keras has 0.2 in the function and 0.3 in the layer.
    Source: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> leaky_relu(jnp.array([-1.0, 2.0]), 0.25).tolist()
    [-0.25, 2.0]
    """
    x = jnp.asarray(x)
    return jnp.where(x > 0, x, cast(slope, x.dtype) * x)


@register_activation(
    title="ELU",
    formula=r"x\,[x > 0] + \alpha\,(e^x - 1)\,[x \le 0], \quad \alpha = 1",
    derivative=r"[x > 0] + \alpha e^x\,[x \le 0]",
    low=-1.0,
    paper="Clevert, Unterthiner & Hochreiter, 2016",
)
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


@register_activation(
    title="SELU",
    formula=r"\lambda\,(x\,[x > 0] + \alpha\,(e^x - 1)\,[x \le 0]), \quad \lambda \approx 1.0507,"
    r"\ \alpha \approx 1.6733",
    derivative=r"\lambda\,([x > 0] + \alpha e^x\,[x \le 0])",
    low=-1.7580993408473766,
    paper="Klambauer, Unterthiner, Mayr & Hochreiter, 2017",
)
def selu(x: Array) -> Array:
    r"""Scaled ELU, 1.0507 elu(x, 1.6733): mean 0 and variance 1 are a fixed point from layer to layer.

    Source: Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.

    >>> [round(value, 4) for value in selu(jnp.array([-1000.0, 1.0])).tolist()]
    [-1.7581, 1.0507]
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


@register_activation(
    title="GELU",
    formula=r"x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)",
    derivative=r"\Phi(x) + x\,\varphi(x)",
    low=-0.16997120747990369,
    paper="Hendrycks & Gimpel, 2016",
)
def gelu(x: Array) -> Array:
    r"""Gaussian error linear unit, x Phi(x), with the exact normal distribution Phi, as Keras 3 and torch have it.

    Phi(x) = erfc(-x / sqrt 2) / 2 keeps its relative accuracy for negative x.
    Source: Hendrycks & Gimpel, "Gaussian error linear units", 2016.

    >>> [round(value, 4) for value in gelu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1587, 0.0, 0.8413]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * (0.5 * jax.scipy.special.erfc(-SQRT_HALF * near))


@register_activation(
    title="GELU (tanh form)",
    formula=r"\frac{x}{2}\left(1 + \tanh u\right), \quad u = \sqrt{2/\pi}\,(x + 0.044715\,x^3)",
    derivative=r"\frac{1 + \tanh u}{2} + \frac{x\,u'}{2}\,(1 - (\tanh u)^2), \quad "
    r"u' = \sqrt{2/\pi}\,(1 + 0.134145\,x^2)",
    low=-0.17004075057125412,
    paper="Hendrycks & Gimpel, 2016",
)
def gelu_tanh(x: Array) -> Array:
    r"""GELU with its tanh approximation, x logistic(2 sqrt(2/pi) (x + 0.044715 x^3)): the default of JAX and flax.

    It differs from `gelu` by at most 4.8e-4. 0.5 (1 + tanh(u)) is written as logistic(2u), which does not cancel.
    Source: Hendrycks & Gimpel, 2016.

    >>> [round(value, 4) for value in gelu_tanh(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.1588, 0.0, 0.8412]
    """
    near = jnp.clip(x, -BEYOND, BEYOND)
    return x * logistic(2.0 * SQRT_2_OVER_PI * (near + 0.044715 * near * near * near))


@register_activation(
    title="SiLU (swish)",
    formula=r"x\,\sigma(x)",
    derivative=r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",
    low=-0.27846454276107379,
    paper="Elfwing, Uchibe & Doya, 2018; Ramachandran, Zoph & Le, 2017",
    aliases=("swish",),
)
def silu(x: Array) -> Array:
    r"""Sigmoid linear unit or swish, x logistic(x); its least value is -0.2785.

    Source: Elfwing, Uchibe & Doya, 2018; Ramachandran, Zoph & Le, "Searching for activation functions", 2017.

    >>> [round(value, 4) for value in silu(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.2689, 0.0, 0.7311]
    """
    return x * logistic(x)


@register_activation(
    title="mish",
    formula=r"x \tanh(\ln(1 + e^x))",
    derivative=r"t + x\,\sigma(x)\,(1 - t^2), \quad t = \tanh(\ln(1 + e^x))",
    low=-0.30884341301725325,
    paper="Misra, 2019",
)
def mish(x: Array) -> Array:
    r"""Mish, x tanh(softplus(x)); its least value is -0.3088.

    Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019.

    >>> [round(value, 4) for value in mish(jnp.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.3034, 0.0, 0.8651]
    """
    return x * tanh(softplus(x))


@register_activation(
    title="ReLU6",
    formula=r"\min(\max(0, x), 6)",
    derivative=r"[0 < x < 6]",
    low=0.0,
    high=6.0,
    paper="Krizhevsky, 2010",
)
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


@register_activation(
    title="hard logistic",
    formula=r"\min(\max(0, x + 3), 6) / 6",
    derivative=r"\tfrac16\,[|x| < 3]",
    low=0.0,
    high=1.0,
    paper="Howard et al., 2019",
)
def hard_sigmoid(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 3, torch and JAX: relu6(x + 3) / 6, with values in [0, 1] and slope 1/6.

    Keras 2 meant another function by this name: `hard_sigmoid_keras2`.
    Source: Howard et al., "Searching for MobileNetV3", 2019.

    >>> hard_sigmoid(jnp.array([-3.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(x + 3.0, 0.0, 6.0) / 6.0


@register_activation(
    title="hard logistic (Keras 2)",
    formula=r"\min(\max(0, 0.2\,x + 0.5), 1)",
    derivative=r"0.2\,[|x| < 2.5]",
    low=0.0,
    high=1.0,
    paper="Courbariaux, Bengio & David, 2015",
)
def hard_sigmoid_keras2(x: Array) -> Array:
    r"""Piecewise linear logistic of Keras 2: clip(0.2 x + 0.5, 0, 1), with slope 1/5.

    Source: Courbariaux, Bengio & David, "BinaryConnect", 2015.

    >>> hard_sigmoid_keras2(jnp.array([-2.5, 0.0, 2.5])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = jnp.asarray(x)
    return _between(0.2 * x + 0.5, 0.0, 1.0)


@register_activation(
    title="hard tanh",
    formula=r"\min(\max(-1, x), 1)",
    derivative=r"[|x| < 1]",
    low=-1.0,
    high=1.0,
    paper="Collobert, 2004",
)
def hard_tanh(x: Array) -> Array:
    r"""Piecewise linear tanh, clip(x, -1, 1), with slope 1 strictly inside and 0 elsewhere.

    Source: Collobert, "Large scale machine learning", 2004.

    >>> hard_tanh(jnp.array([-2.0, 0.5, 2.0])).tolist()
    [-1.0, 0.5, 1.0]
    """
    return _between(jnp.asarray(x), -1.0, 1.0)


@register_activation(
    title="exponential",
    formula=r"e^x",
    derivative=r"e^x",
    low=0.0,
)
def exponential(x: Array) -> Array:
    r"""Exponential, exp(x), its own derivative. Above 88.7 (float32) or 709.8 (float64) it is inf.

    >>> exponential(jnp.array([0.0, 1000.0])).tolist()
    [1.0, inf]
    """
    return jnp.exp(x)


@register_activation(
    title="CELU",
    formula=r"x\,[x > 0] + \alpha\,(e^{x / \alpha} - 1)\,[x \le 0], \quad \alpha = 1",
    derivative=r"[x > 0] + e^{x / \alpha}\,[x \le 0]",
    low=-1.0,
    paper="Barron, 2017",
)
def celu(x: Array, alpha: Number = 1.0) -> Array:
    r"""Continuously differentiable ELU: x for x > 0, else alpha (exp(x / alpha) - 1); its slope has no jump at 0.

    Source: Barron, "Continuously differentiable exponential linear units", 2017, arXiv:1704.07483.

    >>> celu(jnp.array([-1000.0, 2.0]), 0.5).tolist()
    [-0.5, 2.0]
    """
    x = jnp.asarray(x)
    alpha = cast(alpha, x.dtype)
    negative = jnp.where(x > 0, 0.0, x)
    return jnp.where(x > 0, x, alpha * _expm1(negative / alpha))


@register_activation(
    title="GLU",
    formula=r"a_i\,\sigma(b_i), \quad x = (a, b)",
    derivative=r"\frac{\partial y_i}{\partial a_j} = [i = j]\,\sigma(b_i), \quad "
    r"\frac{\partial y_i}{\partial b_j} = [i = j]\,a_i\,\sigma(b_i)\,(1 - \sigma(b_i))",
    paper="Dauphin, Fan, Auli & Grangier, 2017",
    elementwise=False,
    halves=True,
)
def glu(x: Array) -> Array:
    r"""Gated linear unit, a logistic(b), where a and b are the halves of the last axis. Shape (..., 2 n) -> (..., n).

    Source: Dauphin, Fan, Auli & Grangier, "Language modeling with gated convolutional networks", arXiv:1612.08083.

    >>> glu(jnp.array([3.0, 4.0, 0.0, 1000.0])).tolist()
    [1.5, 4.0]
    """
    x = jnp.asarray(x)
    if x.shape[-1] % 2:
        raise RavineError(f"glu needs an even number of units, a half of which are gates, got {x.shape[-1]}")
    a, b = jnp.split(x, 2, axis=-1)
    return a * logistic(b)


@register_activation(
    title="log-logistic",
    formula=r"\ln \sigma(x) = -\ln(1 + e^{-x})",
    derivative=r"1 - \sigma(x)",
    high=0.0,
)
def log_sigmoid(x: Array) -> Array:
    r"""Logarithm of `logistic`, -softplus(-x), with values below 0; derivative logistic(-x).

    >>> log_sigmoid(jnp.array([-1000.0, 50.0])).tolist()
    [-1000.0, -1.92...e-22]
    """
    return -softplus(-jnp.asarray(x))


@register_activation(
    title="hard shrink",
    formula=r"x\,[|x| > 0.5]",
    derivative=r"[|x| > 0.5]",
    paper="Donoho & Johnstone, 1994",
)
def hard_shrink(x: Array, threshold: Number = 0.5) -> Array:
    r"""Hard thresholding: x where abs(x) > *threshold*, else 0; derivative 1 and 0.

    Source: Donoho & Johnstone, "Ideal spatial adaptation by wavelet shrinkage", 1994.

    >>> hard_shrink(jnp.array([-2.0, 0.25, 0.5, 1.0])).tolist()
    [-2.0, 0.0, 0.0, 1.0]
    """
    x = jnp.asarray(x)
    return jnp.where(jnp.abs(x) <= cast(threshold, x.dtype), jnp.zeros((), x.dtype), x)


@register_activation(
    title="soft shrink",
    formula=r"(x - 0.5)\,[x > 0.5] + (x + 0.5)\,[x < -0.5]",
    derivative=r"[|x| > 0.5]",
    paper="Donoho & Johnstone, 1994",
)
def soft_shrink(x: Array, threshold: Number = 0.5) -> Array:
    r"""Soft thresholding, sign(x) max(abs(x) - *threshold*, 0): the proximal step of an L1 penalty.

    Source: Donoho & Johnstone, "Ideal spatial adaptation by wavelet shrinkage", 1994.

    >>> soft_shrink(jnp.array([-2.0, 0.25, 0.5, 1.0])).tolist()
    [-1.5, 0.0, 0.0, 0.5]
    """
    x = jnp.asarray(x)
    limit = cast(threshold, x.dtype)
    return jnp.where(x > limit, x - limit, jnp.where(x < -limit, x + limit, 0.0 * x))


@register_activation(
    title="tanh shrink",
    formula=r"x - \tanh x",
    derivative=r"(\tanh x)^2",
)
@jax.custom_jvp
def tanh_shrink(x: Array) -> Array:
    r"""What tanh leaves, x - tanh(x); derivative tanh(x)^2.

    Near 0, where the difference would cancel, it is x c / (1 + c) with the continued fraction
    c = x^2 / (3 + x^2 / (5 + x^2 / (7 + ...))) of Lambert, all of whose terms are positive.

    >>> tanh_shrink(jnp.array([-1000.0, 0.0, 1e-4])).tolist()
    [-999.0, 0.0, 3.33...e-13]
    """
    x = jnp.asarray(x)
    near = jnp.clip(x, -1.0, 1.0)
    square, fraction = near * near, jnp.ones_like(near)
    for odd in range(17, 1, -2):
        fraction = square / (odd + fraction)
    # beyond 1 the difference loses no more than two bits
    return jnp.where(jnp.abs(x) > 1.0, x - jnp.tanh(x), near * fraction / (1.0 + fraction))


@tanh_shrink.defjvp
def _tanh_shrink_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return tanh_shrink(x), dx * jnp.square(tanh(x))


@register_activation(
    title="sparsemax",
    formula=r"p = \operatorname{argmin}_p \sum_i (p_i - x_i)^2, \quad p_i \ge 0,\ \sum_i p_i = 1",
    derivative=r"\frac{\partial p_i}{\partial x_j} = [p_i > 0]\,[p_j > 0]\,([i = j] - 1 / k), \quad "
    r"k = \sum_i [p_i > 0]",
    low=0.0,
    high=1.0,
    paper="Martins & Astudillo, 2016",
    elementwise=False,
)
def sparsemax(x: Array) -> Array:
    r"""Euclidean projection of the last axis onto the probabilities, max(x_i - tau, 0): many are exactly 0.

    tau = (sum of the k largest - 1) / k, with the largest k for which the k-th of them is above tau. Shape
    (..., classes). Keras 3.15 adds up the running sums in place of the entries: its rows do not sum to 1.
    Source: Martins & Astudillo, "From softmax to sparsemax", 2016, arXiv:1602.02068.

    >>> sparsemax(jnp.array([2.0, 1.5, -3.0])).tolist()
    [0.75, 0.25, 0.0]
    """
    x = jnp.asarray(x)
    # A shift changes nothing, and what lies 1 below the largest has no share: no sum can overflow.
    z = jnp.maximum(x - jnp.max(x, axis=-1, keepdims=True), jnp.asarray(-2.0, x.dtype))
    ordered = -jnp.sort(-z, axis=-1)
    count = jnp.arange(1, z.shape[-1] + 1, dtype=x.dtype)
    support = 1.0 + count * ordered > jnp.cumsum(ordered, axis=-1)
    inside = jnp.sum(support, axis=-1, keepdims=True).astype(x.dtype)
    tau = (jnp.sum(jnp.where(support, ordered, 0.0), axis=-1, keepdims=True) - 1.0) / inside
    return jnp.maximum(z - tau, 0.0)


@jax.custom_jvp
def _hypotenuse(x: Array, b: Array) -> Array:
    """sqrt(x^2 + b), whose square is never formed."""
    size, root = jnp.abs(x), jnp.sqrt(b)
    long, short = jnp.maximum(size, root), jnp.minimum(size, root)
    return long * jnp.sqrt(1.0 + jnp.square(short / long))


@_hypotenuse.defjvp
def _hypotenuse_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, b), (dx, db) = primals, tangents
    value = _hypotenuse(x, b)
    return value, (x / value) * dx + db / (2.0 * value)


@jax.custom_jvp
def _squareplus(x: Array, b: Array) -> Array:
    half = 0.5 * _hypotenuse(x, b)
    size = 0.5 * jnp.abs(x)
    # of a negative x the sum would cancel: its conjugate is divided into b / 4
    return jnp.where(x > 0, size + half, 0.25 * b / (size + half))


@_squareplus.defjvp
def _squareplus_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, b), (dx, db) = primals, tangents
    value, root = _squareplus(x, b), _hypotenuse(x, b)
    return value, (value / root) * dx + db / (4.0 * root)


@register_activation(
    title="squareplus",
    formula=r"\frac{x + \sqrt{x^2 + b}}{2}, \quad b = 4",
    derivative=r"\frac{1}{2}\left(1 + \frac{x}{\sqrt{x^2 + b}}\right)",
    low=0.0,
    paper="Barron, 2021",
)
def squareplus(x: Array, b: Number = 4.0) -> Array:
    r"""Algebraic smooth ReLU, (x + sqrt(x^2 + b)) / 2 with *b* > 0; derivative (1 + x / sqrt(x^2 + b)) / 2.

    It needs no exponential, and its tails are polynomial.
    Source: Barron, "Squareplus: a softplus-like algebraic rectifier", 2021, arXiv:2112.11687.

    >>> squareplus(jnp.array([-1.5, 0.0, 1.5])).tolist()
    [0.5, 1.0, 2.0]
    """
    x = jnp.asarray(x)
    return _squareplus(x, jnp.asarray(cast(b, x.dtype)))


@register_activation(
    title="thresholded ReLU",
    formula=r"x\,[x > 1]",
    derivative=r"[x > 1]",
    low=0.0,
    paper="Konda, Memisevic & Krueger, 2015",
)
def threshold(x: Array, theta: Number = 1.0, value: Number = 0.0) -> Array:
    r"""Return x where x > *theta*, else *value*; derivative 1 and 0.

    Keras and torch ask for both numbers; these are the paper's thresholded ReLU.
    Source: Konda, Memisevic & Krueger, "Zero-bias autoencoders and the benefits of co-adapting features", 2015.

    >>> threshold(jnp.array([-1.0, 1.0, 1.5])).tolist()
    [0.0, 0.0, 1.5]
    """
    x = jnp.asarray(x)
    return jnp.where(x <= cast(theta, x.dtype), cast(value, x.dtype), x)


@register_activation(
    title="hard SiLU (hard swish)",
    formula=r"x \min(\max(0, x + 3), 6) / 6",
    derivative=r"[x > 3] + \frac{2\,x + 3}{6}\,[|x| < 3]",
    low=-0.375,
    paper="Howard et al., 2019",
    aliases=("hard_swish",),
)
def hard_silu(x: Array) -> Array:
    r"""Piecewise quadratic SiLU, x hard_sigmoid(x); its least value is -0.375, at -1.5.

    Source: Howard et al., "Searching for MobileNetV3", 2019, arXiv:1905.02244.

    >>> hard_silu(jnp.array([-1.5, 0.0, 3.0])).tolist()
    [-0.375, 0.0, 3.0]
    """
    return jnp.asarray(x) * hard_sigmoid(x)


@register_activation(
    title="sparse-plus",
    formula=r"x\,[x > 1] + \frac{(x + 1)^2}{4}\,[|x| \le 1]",
    derivative=r"[x > 1] + \frac{x + 1}{2}\,[|x| \le 1]",
    low=0.0,
    paper="Martins & Astudillo, 2016",
)
def sparse_plus(x: Array) -> Array:
    r"""Piecewise quadratic softplus: 0 up to -1, (x + 1)^2 / 4 up to 1, then x; its derivative is `sparse_sigmoid`.

    Source: as JAX and Keras have it; the name is of the sparsemax family, Martins & Astudillo, 2016.

    >>> sparse_plus(jnp.array([-1.0, 0.0, 1.0, 2.0])).tolist()
    [0.0, 0.25, 1.0, 2.0]
    """
    x = jnp.asarray(x)
    inner = _between(x, -1.0, 1.0) + 1.0
    return jnp.where(x > 1.0, x, 0.25 * jnp.square(inner))


@register_activation(
    title="sparse sigmoid",
    formula=r"\min(\max(0, x + 1), 2) / 2",
    derivative=r"\tfrac12\,[|x| < 1]",
    low=0.0,
    high=1.0,
    paper="Martins & Astudillo, 2016",
)
def sparse_sigmoid(x: Array) -> Array:
    r"""Piecewise linear logistic, clip((x + 1) / 2, 0, 1), with slope 1/2: `sparsemax` of the two entries x and -x.

    Source: Martins & Astudillo, "From softmax to sparsemax", 2016, arXiv:1602.02068.

    >>> sparse_sigmoid(jnp.array([-1.0, 0.0, 1.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return 0.5 * _between(jnp.asarray(x) + 1.0, 0.0, 2.0)


def activation(wanted: str | Activation | None) -> Activation:
    """Return the activation *wanted*: a name, a function (handed back), or None, which is linear.

    >>> activation("sigmoid") is logistic
    True
    >>> activation("rellu")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown activation 'rellu': did you mean 'relu'? Known: celu, elu, ...
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
    if name not in RECORDS:
        raise RavineError(
            f"activation {name!r} has no title, formula and derivative: enter it with register_activation, which asks "
            "for them, and not with ACTIVATIONS.add"
        )
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
    if name in RECORDS and not RECORDS[name].elementwise:
        raise RavineError(f"{name} mixes a row's entries, so it has no elementwise derivative: use jax.jacobian")

    def slope(x: Array) -> Array:
        x = jnp.asarray(x)
        tangent: Array = jax.jvp(function, (x,), (jnp.ones_like(x),))[1]
        return tangent

    return slope
