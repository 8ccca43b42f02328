"""Activations by Keras's names, with Keras's constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ravine.core import Array, RavineError, nearest
from ravine.functions import activation
from ravine.keras.registration import custom, registered_as
from ravine.keras.unsupported import missing

__all__ = [
    "Shaped",
    "core_activation",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]

Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Shaped:
    """An activation with its constants, compared by value, so that equal networks share a compiled program.

    Of *kind* "relu": x from *threshold* to *ceiling*, above it the ceiling, and *slope* (x - threshold) below; "elu"
    and "leaky_relu" take their constant from *slope*, "softmax" its axis from *axis*.

    >>> Shaped("relu", slope=0.5, ceiling=2.0)(jnp.array([-1.0, 1.0, 5.0]))
    Array([-0.5,  1. ,  2. ], dtype=float32)
    """

    kind: str
    slope: float = 0.0
    ceiling: float | None = None
    threshold: float = 0.0
    axis: int = -1

    def __call__(self, x: Array) -> Array:
        if self.kind == "relu":
            return self._relu(x)
        if self.kind == "softmax":
            return jax.nn.softmax(x, axis=self.axis)
        return activation(self.kind)(x, self.slope)

    def _relu(self, x: Array) -> Array:
        above = x if self.ceiling is None else jnp.minimum(x, self.ceiling)
        below = self.slope * (x - self.threshold) if self.slope else jnp.zeros_like(x)
        return jnp.where(x > self.threshold, above, below)


NAMES: dict[str, str | Shaped] = {
    "elu": "elu",
    "exponential": "exponential",
    "gelu": "gelu",
    "hard_sigmoid": "hard_sigmoid",
    "hard_tanh": "hard_tanh",
    "leaky_relu": Shaped("leaky_relu", slope=0.2),
    "linear": "linear",
    "log_softmax": "log_softmax",
    "mish": "mish",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softmax": "softmax",
    "softplus": "softplus",
    "softsign": "softsign",
    "swish": "silu",
    "tanh": "tanh",
}


def core_activation(wanted: Any) -> Any:
    """Return what `ravine.nn` takes for an activation of Keras: a name, or a function.

    >>> core_activation("swish"), core_activation(None), core_activation(relu)
    ('silu', 'linear', 'relu')
    >>> core_activation("rellu")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown activation 'rellu': did you mean 'relu'? Known: ...
    """
    if wanted is None:
        return "linear"
    if isinstance(wanted, dict):
        wanted = wanted.get("config", wanted)
    if isinstance(wanted, str):
        own = custom(wanted)
        if own is not None:
            return own
        if wanted.lower() not in NAMES:
            own = registered_as(wanted)
            if own is not None:
                return own
            raise RavineError(f"unknown activation {wanted!r}: {nearest(wanted, NAMES)}")
        return NAMES[wanted.lower()]
    if not callable(wanted):
        raise RavineError(f"activation must be a name or a function, got {wanted!r}")
    if hasattr(wanted, "get_config"):
        kind = type(wanted).__name__
        raise RavineError(f"activation={kind}() is a layer: add it to the model after this layer instead")
    name = serialize(wanted)
    return NAMES[name] if globals().get(name) is wanted else wanted


def get(identifier: Any) -> Function:
    """Return the activation of a name, a dictionary, a function or None, which is linear.

    >>> get("leaky_relu")(jnp.array([-1.0, 1.0])), get("relu") is relu
    (Array([-0.2,  1. ], dtype=float32), True)
    """
    found = core_activation(identifier)
    if callable(identifier):
        return identifier  # type: ignore[no-any-return]
    # The core's names are among those here, so that what is named is the very function of this module.
    name = found.kind if isinstance(found, Shaped) else found
    return globals()[name] if isinstance(name, str) else name  # type: ignore[no-any-return]


def serialize(activation: Any) -> str:
    """Return the name of an activation.

    >>> serialize(relu)
    'relu'
    """
    return str(getattr(activation, "__name__", activation))


def deserialize(config: Any) -> Function:
    """Return the activation that `serialize` wrote.

    >>> float(deserialize("relu")(jnp.array(-1.0)))
    0.0
    """
    return get(config)


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Array:
    """Return x above *threshold*, at most *max_value*, and below *negative_slope* (x - threshold).

    >>> relu(jnp.array([-1.0, 2.0]), negative_slope=0.5)
    Array([-0.5,  2. ], dtype=float32)
    """
    return Shaped("relu", negative_slope, max_value, threshold)(jnp.asarray(x))


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Array:
    """Return x where it is positive, else *negative_slope* x.

    >>> leaky_relu(jnp.array(-1.0))
    Array(-0.2, dtype=float32)
    """
    return Shaped("leaky_relu", negative_slope)(jnp.asarray(x))


def elu(x: Any, alpha: float = 1.0) -> Array:
    """Return x where it is positive, else *alpha* (e^x - 1).

    >>> elu(jnp.array(2.0))
    Array(2., dtype=float32)
    """
    return Shaped("elu", alpha)(jnp.asarray(x))


def gelu(x: Any, approximate: bool = False) -> Array:
    """Return x Phi(x), exactly or by the formula with tanh.

    >>> float(gelu(jnp.array(0.0)))
    0.0
    """
    return activation("gelu_tanh" if approximate else "gelu")(jnp.asarray(x))


def softmax(x: Any, axis: int = -1) -> Array:
    """Return e^x, normalised to sum 1 along *axis*.

    >>> softmax(jnp.zeros((1, 2)))
    Array([[0.5, 0.5]], dtype=float32)
    """
    return Shaped("softmax", axis=axis)(jnp.asarray(x))


def log_softmax(x: Any, axis: int = -1) -> Array:
    """Return the logarithm of `softmax`.

    >>> round(float(log_softmax(jnp.zeros(2))[0]), 4)
    -0.6931
    """
    return jax.nn.log_softmax(jnp.asarray(x), axis=axis)


def _plain(name: str, formula: str) -> Function:
    """The core's function *name* under Keras's name."""

    def function(x: Any) -> Array:
        return activation(name)(jnp.asarray(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {formula}.\n\n    No example: the function is documented in `ravine.functions`.\n    "
    return function


linear = _plain("linear", "x")
"""x."""
exponential = _plain("exponential", "e^x")
"""e^x."""
hard_sigmoid = _plain("hard_sigmoid", "x / 6 + 1 / 2, clipped to [0, 1]")
"""x / 6 + 1 / 2, clipped to [0, 1]."""
hard_tanh = _plain("hard_tanh", "x, clipped to [-1, 1]")
"""x, clipped to [-1, 1]."""
mish = _plain("mish", "x tanh(softplus(x))")
"""x tanh(softplus(x))."""
relu6 = _plain("relu6", "x, clipped to [0, 6]")
"""x, clipped to [0, 6]."""
selu = _plain("selu", "the self-normalising ELU")
"""The self-normalising ELU."""
sigmoid = _plain("sigmoid", "1 / (1 + e^-x)")
"""1 / (1 + e^-x)."""
silu = _plain("silu", "x sigmoid(x)")
"""x sigmoid(x)."""
swish = silu
"""x sigmoid(x)."""
softplus = _plain("softplus", "log(1 + e^x)")
"""log(1 + e^x)."""
softsign = _plain("softsign", "x / (1 + |x|)")
"""x / (1 + |x|)."""
tanh = _plain("tanh", "the hyperbolic tangent of x")
"""The hyperbolic tangent."""


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
