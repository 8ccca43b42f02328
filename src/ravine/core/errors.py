"""Errors that name the cause, the offending value and the remedy."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterable
from numbers import Real
from typing import Any

__all__ = ["RavineError", "check_choice", "check_count", "check_number", "nearest", "whole"]


class RavineError(ValueError):
    """A request that cannot be carried out, in one sentence a person can act on.

    The command line prints the message alone and exits with a non-zero status.

    >>> raise RavineError("Dense(0): units must be a positive integer, got 0")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Dense(0): units must be a positive integer, got 0
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy for the unknown *name*: the nearest known name, else the list of all.

    >>> nearest("adma", ["sgd", "adam"])
    "did you mean 'adam'? Known: adam, sgd"
    >>> nearest("zzz", ["sgd", "adam"])
    'known: adam, sgd'
    """
    names = sorted(known)
    plain = {each.lower(): each for each in names}
    close = [plain[each] for each in difflib.get_close_matches(name.lower(), plain, n=3, cutoff=0.5)]
    # Two letters in the wrong order are the commonest slip, and difflib's measure does not know it.
    close.sort(key=lambda each: sorted(each.lower()) != sorted(name.lower()))
    listed = ", ".join(names)
    return f"did you mean {close[0]!r}? Known: {listed}" if close else f"known: {listed}"


def whole(owner: str, name: str, value: Any, *, least: int | None = None) -> int:
    """Return *value* as a plain integer, where it is a whole number of any kind (NumPy's too) and at least *least*.

    True and False are no numbers.

    >>> import numpy as np
    >>> whole("Dense", "units", np.prod((2, 3)))
    6
    >>> whole("Softmax", "axis", 1.0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Softmax: axis must be an integer, got 1.0
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least):
        kinds = {None: "an integer", 0: "a non-negative integer", 1: "a positive integer"}
        kind = kinds.get(least, f"an integer of at least {least}")
        raise RavineError(f"{owner}: {name} must be {kind}, got {value!r}")
    return number


def check_count(owner: str, name: str, value: Any, *, least: int = 1) -> None:
    """Refuse a *value* that is not a whole number of at least *least*.

    >>> check_count("Dense", "units", 0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Dense: units must be a positive integer, got 0
    """
    whole(owner, name, value, least=least)


def check_number(
    owner: str,
    name: str,
    value: Any,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> None:
    """Refuse a real *value* outside the interval from *low* to *high*, or not finite.

    Only plain Python and NumPy scalars are judged: arrays (a sweep, one number per member) and tracers pass.

    >>> check_number("SGD", "learning_rate", -0.1, low=0.0)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: SGD: learning_rate must be a number in [0, inf), got -0.1
    >>> check_number("SGD", "learning_rate", 0.1, low=0.0)
    """
    if hasattr(value, "shape") and not isinstance(value, Real):
        return
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:  # a whole number beyond every float
        number = math.inf
    within = (
        math.isfinite(number)
        and (number > low if open_low else number >= low)
        and (number < high if open_high else number <= high)
    )
    if not within:
        left = "(" if open_low or low == -math.inf else "["
        right = ")" if open_high or high == math.inf else "]"
        raise RavineError(f"{owner}: {name} must be a number in {left}{low:g}, {high:g}{right}, got {value!r}")


def check_choice(owner: str, name: str, value: Any, choices: Iterable[Any]) -> None:
    """Refuse a *value* that is not one of *choices*, naming the nearest.

    >>> check_choice("WeightDecay", "kind", "l3", ("l2", "decoupled"))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: WeightDecay: unknown kind 'l3': did you mean 'l2'? Known: decoupled, l2
    """
    options = list(choices)
    if value not in options:
        remedy = nearest(str(value), [str(option) for option in options])
        raise RavineError(f"{owner}: unknown {name} {value!r}: {remedy}")
