"""Readings of the arguments that layers take: whole numbers, shapes, types of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ravine.core import RavineError, whole
from ravine.keras import activations, constraints, initializers, regularizers
from ravine.keras.objects import encode
from ravine.keras.settings import floatx

__all__ = [
    "activation_config",
    "constraint",
    "given_shape",
    "initial",
    "policy",
    "policy_config",
    "regularizer",
    "sizes",
    "with_batch",
]

Shape = tuple[int | None, ...]


def sizes(owner: str, name: str, shape: Any) -> Shape:
    """The lengths of axes as plain integers, None for one that may vary; a single number is one axis.

    >>> import numpy as np
    >>> sizes("Input", "shape", (np.prod((2, 3)), None)), sizes("Input", "shape", np.int64(4))
    ((6, None), (4,))
    """
    axes = tuple(shape) if isinstance(shape, Sequence) or np.ndim(shape) else (shape,)
    return tuple(None if size is None else whole(owner, f"each size of {name}", size, least=1) for size in axes)


def policy(owner: str, dtype: Any) -> str:
    """The type of a layer's numbers for what Keras takes as dtype.

    >>> policy("Dense", {"class_name": "DTypePolicy", "config": {"name": "float64"}})
    'float64'
    """
    if isinstance(dtype, dict):
        dtype = dtype["config"]["name"]
    name = floatx() if dtype is None else str(getattr(dtype, "name", dtype))
    if name not in ("float32", "float64"):
        raise RavineError(f"{owner}: dtype {name!r} is not supported: use 'float32' or 'float64'")
    return name


def policy_config(dtype: str) -> dict[str, Any]:
    """How Keras describes the type of numbers.

    >>> policy_config("float32")["config"]
    {'name': 'float32'}
    """
    return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}


def with_batch(owner: str, shape: Any) -> Shape:
    """The shape of an input, batch axis first, as plain integers.

    >>> with_batch("Dense", [None, 784])
    (None, 784)
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str) or not shape:
        raise RavineError(f"{owner}: input_shape must be a tuple with a batch axis, such as (None, 784), got {shape!r}")
    return sizes(owner, "input_shape", shape)


def given_shape(kind: str, options: Mapping[str, Any]) -> tuple[int | None, Shape] | None:
    """The size of the batch, None for any, and the shape of one example that a layer's arguments tell.

    >>> given_shape("Dense", {"input_dim": 4})
    (None, (4,))
    """
    whole_shape = options.get("batch_input_shape")
    if whole_shape is not None:
        shape = sizes(kind, "batch_input_shape", whole_shape)
        return shape[0], shape[1:]
    for name in ("input_shape", "input_dim"):
        if options.get(name) is not None:
            return options.get("batch_size"), sizes(kind, name, options[name])
    return None


def initial(value: Any) -> Any:
    """The core's initialiser for what Keras takes as one.

    >>> initial("zeros")
    Constant(value=0.0)
    """
    found = initializers.get("glorot_uniform" if value is None else value)
    return found.seeded() if isinstance(found, initializers.Initializer) else initializers.Called(found)


def regularizer(value: Any) -> Any:
    """The core's regulariser for what Keras takes as one, or None.

    >>> regularizer("l2")
    L2(strength=0.01)
    """
    found = regularizers.get(value)
    return found.core() if isinstance(found, regularizers.Regularizer) else found and regularizers.Called(found)


def constraint(value: Any) -> Any:
    """The core's constraint for what Keras takes as one, or None.

    >>> constraint("non_neg")
    NonNeg()
    """
    found = constraints.get(value)
    return found.core() if isinstance(found, constraints.Constraint) else found and constraints.Called(found)


def activation_config(activation: Any) -> Any:
    """What a configuration holds for an activation: the name of a known one, a dictionary for another function.

    >>> activation_config(None), activation_config("swish")
    ('linear', 'silu')
    """
    if activation is None:
        return "linear"
    if callable(activation):
        name = activations.serialize(activation)
        return name if getattr(activations, name, None) is activation else encode(activation)
    return "silu" if activation == "swish" else activation
