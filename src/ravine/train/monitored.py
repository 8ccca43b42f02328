"""What may be watched per epoch, and which way of it is good."""

from __future__ import annotations

from collections.abc import Mapping

from ravine.core import RavineError
from ravine.functions import Better, direction

__all__ = ["rises"]

SPLITS = ("train_eval_", "train_", "validation_", "test_")
COSTS = ("loss", "seconds")
"""What is no metric and is to fall."""


def rises(quantity: str, directions: Mapping[str, Better | None] | None = None) -> bool:
    """Whether more of *quantity*, a column of a history's epochs, is better.

    The metric itself says so: those of a run in *directions* (`History.directions`), others by their registered name.
    Nothing is read out of a name that no metric has: then, and where the metric does not say, an error asks for it.

    >>> rises("test_accuracy"), rises("validation_loss"), rises("mae")
    (True, False, False)
    >>> rises("validation_hits", {"hits": "higher"})
    True
    >>> rises("stopwatch")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: nothing says whether 'stopwatch' should rise or fall: give its metric's class \
better = 'higher' or 'lower', or say which way is good where it is watched
    """
    prefix = next((each for each in SPLITS if quantity.startswith(each)), "")
    name = quantity.removeprefix(prefix)
    known = directions or {}
    better = known[name] if name in known else "lower" if name in COSTS else direction(name)
    if better is None:
        raise RavineError(
            f"nothing says whether {quantity!r} should rise or fall: give its metric's class better = 'higher' or "
            "'lower', or say which way is good where it is watched"
        )
    return better == "higher"
