"""Activations by Keras's names, with Keras's constants."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ravine.core import Array, RavineError, nearest
from ravine.functions import ACTIVATIONS, activation
from ravine.keras.registration import CustomObjectScope, custom, registered_as
from ravine.keras.unsupported import missing

__all__ = ["Shaped", "core_activation", "deserialize", "get", "serialize"]

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


ALIASES = {"sigmoid": "logistic", "swish": "silu", "hard_swish": "hard_silu"}
"""Keras's names for what the core calls otherwise, or the same function has another name for."""
NAMES: dict[str, str | Shaped] = {name: name for name in ACTIVATIONS}
"""What `ravine.nn` takes for each name."""
NAMES |= {
    "sigmoid": "sigmoid",
    "swish": "silu",
    "hard_swish": "hard_silu",
    "leaky_relu": Shaped("leaky_relu", slope=0.2),
}


def core_activation(wanted: Any) -> Any:
    """Return what `ravine.nn` takes for an activation of Keras: a name, or a function.

    >>> core_activation("swish"), core_activation(None), core_activation(get("relu"))
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

    >>> get("leaky_relu")(jnp.array([-1.0, 1.0])), get("relu").__name__
    (Array([-0.2,  1. ], dtype=float32), 'relu')
    """
    found = core_activation(identifier)
    if callable(identifier):
        return identifier  # type: ignore[no-any-return]
    # The core's names are among those here, so that what is named is the very function of this module.
    name = found.kind if isinstance(found, Shaped) else found
    return globals()[name] if isinstance(name, str) else name  # type: ignore[no-any-return]


def serialize(activation: Any) -> str:
    """Return the name of an activation.

    >>> serialize(get("relu"))
    'relu'
    """
    return str(getattr(activation, "__name__", activation))


def deserialize(config: Any, custom_objects: Any = None) -> Function:
    """Return the activation that `serialize` wrote.

    >>> float(deserialize("relu")(jnp.array(-1.0)))
    0.0
    """
    with CustomObjectScope(custom_objects):
        return get(config)


def _moved(function: Function) -> Callable[..., Array]:
    """*function* of the last axis, along any other."""
    return lambda x, axis: jnp.moveaxis(function(jnp.moveaxis(x, axis, -1)), -1, axis)


ROWS: dict[str, Callable[..., Array]] = {
    "relu": lambda x, negative_slope=0.0, max_value=None, threshold=0.0: Shaped(
        "relu", negative_slope, max_value, threshold
    )(x),
    "leaky_relu": lambda x, negative_slope=0.2: activation("leaky_relu")(x, negative_slope),
    "elu": lambda x, alpha=1.0: activation("elu")(x, alpha),
    "celu": lambda x, alpha=1.0: activation("celu")(x, alpha),
    "gelu": lambda x, approximate=False: activation("gelu_tanh" if approximate else "gelu")(x),
    "softmax": lambda x, axis=-1: jax.nn.softmax(x, axis=axis),
    "log_softmax": lambda x, axis=-1: jax.nn.log_softmax(x, axis=axis),
    "sparsemax": lambda x, axis=-1: _moved(activation("sparsemax"))(x, axis),
    "glu": lambda x, axis=-1: _moved(activation("glu"))(x, axis),
    "soft_shrink": lambda x, threshold=0.5: activation("soft_shrink")(x, threshold),
    "hard_shrink": lambda x, threshold=0.5: activation("hard_shrink")(x, threshold),
    "squareplus": lambda x, b=4: activation("squareplus")(x, b),
    "threshold": lambda x, threshold, default_value: activation("threshold")(x, theta=threshold, value=default_value),
}
"""Activations with options: Keras's arguments, and what that is here. All others take one array."""


def _function(name: str) -> Function:
    """The activation of Keras's *name*, which takes what becomes an array of JAX."""
    core = activation(ALIASES.get(name, name))
    compute = ROWS.get(name, core)

    def function(x: Any, *given: Any, **options: Any) -> Array:
        return compute(jnp.asarray(x), *given, **options)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = inspect.signature(compute)  # type: ignore[attr-defined]
    about = (inspect.getdoc(core) or name).split("\n")[0]
    function.__doc__ = f"{about}\n\n    No example: `ravine.functions` has one.\n    "
    return function


_functions = {name: _function(name) for name in NAMES if name not in ("swish", "hard_swish")}
_functions |= {"swish": _functions["silu"], "hard_swish": _functions["hard_silu"]}
globals().update(_functions)
__all__.extend(_functions)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
