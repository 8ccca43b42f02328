"""The table of activations: name, formula, derivative, range and paper of each, in LaTeX for the lecture."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

from ravine.core import Array, Registry
from ravine.functions.rectifiers import (
    elu,
    exponential,
    gelu,
    gelu_tanh,
    leaky_relu,
    linear,
    mish,
    relu,
    relu6,
    selu,
    silu,
    softplus,
)
from ravine.functions.sigmoidal import (
    hard_sigmoid,
    hard_sigmoid_keras2,
    hard_tanh,
    log_softmax,
    logistic,
    softmax,
    softsign,
    tanh,
)

__all__ = ["ACTIVATIONS", "RECORDS", "Activation", "ActivationRecord"]

Activation = Callable[..., Array]
"""A pure function from an array to one of the same shape and dtype."""

ACTIVATIONS: Registry[Activation] = Registry("activation")
"""Every activation by name; also by its other names, such as sigmoid and swish."""

RECORDS: dict[str, ActivationRecord] = {}
"""What is known of each, by the same names; `describe` finds it by any name."""


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
