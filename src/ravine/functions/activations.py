"""Activations by name, with what a lecture says of each: formula, derivative, range, paper.

The functions themselves are in `ravine.functions.sigmoidal` and `ravine.functions.rectifiers`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from ravine.core import Array, RavineError
from ravine.functions.catalogue import ACTIVATIONS, RECORDS, Activation, ActivationRecord
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
