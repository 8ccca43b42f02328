"""Small readings of the arguments of `compile` and `fit`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice, whole
from ravine.keras.settings import floatx

__all__ = ["as_numbers", "count_of", "flat", "is_due", "listed", "only", "sizes", "verbosity", "with_first"]


def verbosity(verbose: Any) -> int:
    """Return 0, 1 or 2 for what `fit` takes as verbose; "auto" is 1.

    >>> verbosity("auto"), verbosity(False)
    (1, 0)
    """
    value = 1 if verbose == "auto" else int(verbose) if isinstance(verbose, bool) else verbose
    check_choice("fit", "verbose", value, (0, 1, 2))
    return int(value)


def sizes(owner: str, batch_size: int | None, steps: int | None, default: int = 32) -> int:
    """Return the length of a batch, once both are what they should be.

    >>> sizes("evaluate", None, 3)
    32
    >>> sizes("predict", 0, None)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: predict: batch_size must be a positive integer, got 0
    """
    count_of(owner, "steps", steps)
    size: int | None = count_of(owner, "batch_size", batch_size)
    return default if size is None else size


def only(owner: str, name: str, value: Any) -> Any:
    """Return the single entry of a list or dictionary.

    >>> only("compile", "loss", ["mse"])
    'mse'
    >>> only("compile", "loss", ["mse", "mae"])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: compile: loss has 2 entries, but a Sequential model has one output: give one
    """
    if isinstance(value, dict) and "class_name" in value:
        return value
    entries = list(value.values()) if isinstance(value, dict) else list(value)
    if len(entries) != 1:
        raise RavineError(
            f"{owner}: {name} has {len(entries)} entries, but a Sequential model has one output: give one"
        )
    return entries[0]


def flat(metrics: Any) -> list[Any]:
    """Return a list of metrics from one that may be nested, as for each output.

    >>> flat([["mae"], "mse"]), flat(None)
    (['mae', 'mse'], [])
    """
    if metrics is None:
        return []
    if any(each is None for each in metrics):
        raise RavineError("compile: metrics holds None: leave it out, or name a metric")
    nested = (flat(each) if isinstance(each, list | tuple) else [each] for each in metrics)
    return list(itertools.chain.from_iterable(nested))


def is_due(freq: Any, epoch: int) -> bool:
    """Whether *epoch*, counted from 0, is to be validated: every *freq* epochs, or in a list of epochs counted from 1.

    >>> is_due(2, 0), is_due(2, 1), is_due([1, 5], 4)
    (False, True, True)
    """
    return (epoch + 1) % freq == 0 if isinstance(freq, Integral) else epoch + 1 in freq


def listed(values: dict[str, Any]) -> Any:
    """Return the values as a list, or the only one itself.

    >>> listed({"loss": 0.5}), listed({"loss": 0.5, "mae": 0.25})
    (0.5, [0.5, 0.25])
    """
    found = list(values.values())
    return found[0] if len(found) == 1 else found


def count_of(owner: str, name: str, value: Any) -> Any:
    """Return a number of examples, batches or epochs as a plain integer; None stays None.

    >>> count_of("fit", "batch_size", np.uint8(4)), count_of("fit", "batch_size", None)
    (4, None)
    """
    return None if value is None else whole(owner, name, value, least=1)


def with_first(first: Any, rest: Iterator[Any]) -> Callable[[], Iterator[Any]]:
    """Return what begins a pass over a generator whose *first* batch was taken already; later passes go on.

    >>> read = with_first(1, iter([2, 3, 4]))
    >>> next(read()), list(read())
    (1, [2, 3, 4])
    """
    held = iter([first])
    return lambda: itertools.chain(held, rest)


def as_numbers(x: Any) -> Any:
    """Return *x* in the type of the models' numbers; refuses what stands for the input of a functional model.

    >>> as_numbers([1, 2]).dtype
    dtype('float32')
    """
    if hasattr(x, "get_config"):
        raise RavineError(
            "model(Input(...)): the functional API is not supported by ravine.keras: "
            "list the layers in Sequential([...])"
        )
    return np.asarray(x, floatx())
