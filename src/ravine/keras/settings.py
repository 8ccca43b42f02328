"""What holds for all models: the type of numbers, the small constant, the seeds."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice, check_count, check_number, forget_compiled
from ravine.keras.naming import forget_names

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "next_seed",
    "set_epsilon",
    "set_floatx",
    "set_random_seed",
]

LARGEST_SEED = 2**31


@dataclass
class _Settings:
    """The values in force; *seeds* hands every model and layer its own seed."""

    floatx: str = "float32"
    epsilon: float = 1e-7
    seeds: np.random.Generator = field(default_factory=np.random.default_rng)


_settings = _Settings()


def floatx() -> str:
    """Return the type of the numbers of a new model.

    >>> floatx()
    'float32'
    """
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Set the type of the numbers of models made from now on: "float32" or "float64".

    >>> set_floatx("float16")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: set_floatx: unknown dtype 'float16': ... Known: float32, float64
    """
    check_choice("set_floatx", "dtype", value, ("float32", "float64"))
    _settings.floatx = value


def epsilon() -> float:
    """Return the small constant that keeps divisions and logarithms finite.

    >>> epsilon()
    1e-07
    """
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Refuse any other constant than Keras's own, which the losses have built in.

    >>> set_epsilon(1e-7)
    >>> set_epsilon(1e-3)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: set_epsilon(0.001): the losses clip at 1e-07: ...
    """
    check_number("set_epsilon", "value", value, low=0.0)
    if value != _settings.epsilon:
        raise RavineError(
            f"set_epsilon({value!r}): the losses clip at {_settings.epsilon}: "
            "give an optimizer or a layer its own epsilon"
        )


def image_data_format() -> str:
    """Return the order of an image's axes: the channels come last.

    >>> image_data_format()
    'channels_last'
    """
    return "channels_last"


def backend() -> str:
    """Return what computes: always JAX.

    >>> backend()
    'jax'
    """
    return "jax"


def clear_session(free_memory: bool = True) -> None:
    """Begin to number names anew and, with *free_memory*, free what is compiled for models that are no longer there.

    >>> clear_session()
    """
    forget_names()
    if free_memory:
        gc.collect()  # models and their optimizers point to each other
        forget_compiled()


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy, and everything random here: initial weights, the order of examples, dropout.

    >>> set_random_seed(812)
    >>> first = next_seed(), random.random()
    >>> set_random_seed(812)
    >>> (next_seed(), random.random()) == first
    True
    """
    check_count("set_random_seed", "seed", seed, least=0)
    if seed >= 2**32:
        raise RavineError(f"set_random_seed: seed must be below 2**32, got {seed}")
    seed = int(seed)
    random.seed(seed)
    np.random.seed(seed)
    _settings.seeds = np.random.default_rng(seed)


def next_seed(own: Any = None) -> int:
    """Return the seed for the next thing that needs one: *own* if it has its own, else the next of the program's.

    >>> next_seed(5)
    5
    """
    if own is None:
        return int(_settings.seeds.integers(LARGEST_SEED))
    check_count("seed", "seed", own, least=0)
    return int(own)
