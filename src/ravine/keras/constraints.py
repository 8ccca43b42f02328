"""Bounds that weights keep after every update."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import RavineError, pytree, static
from ravine.keras.naming import snake
from ravine.keras.objects import Described
from ravine.keras.tables import Row, entered, lookups, remaining
from ravine.keras.unsupported import missing

__all__ = ["Called", "Constraint", "deserialize", "get", "serialize"]


@pytree
class Called(functions.Constraint):
    """A constraint of the user's own, a function of an array or an object that is called with one.

    >>> Called(abs)(jnp.array([-1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """

    rule: Any = static()

    def __call__(self, w: Any) -> Any:
        return self.rule(w)


class Constraint(Described, family="constraints"):
    """What is done to an array after each update.

    >>> get("non_neg")(jnp.array([-1.0, 2.0]))
    Array([0., 2.], dtype=float32)
    """

    def core(self) -> Any:
        """The core's constraint, a function of an array."""
        if type(self).__call__ is not Constraint.__call__:
            return Called(self)
        if self._make is not None:
            return self.made()
        raise RavineError(
            f"{type(self).__name__}: a constraint of your own must define __call__(self, w), which gives the array"
        )

    def __call__(self, w: Any) -> Any:
        return self.core()(jnp.asarray(w))


def _axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


ROWS: dict[str, Row] = {
    "MaxNorm": (
        lambda max_value=2, axis=0: functions.MaxNorm(float(max_value), axis=_axis(axis)),
        "Norms along *axis* of at most *max_value*.",
    ),
    "MinMaxNorm": (
        lambda min_value=0.0, max_value=1.0, rate=1.0, axis=0: functions.MinMaxNorm(
            float(min_value), float(max_value), rate, axis=_axis(axis)
        ),
        "Norms along *axis* moved the share *rate* of the way into [*min_value*, *max_value*].",
    ),
    "NonNeg": (functions.NonNeg, "No value below 0."),
    "UnitNorm": (lambda axis=0: functions.UnitNorm(axis=_axis(axis)), "Norms along *axis* of 1."),
}
"""Keras's name and arguments, and what that is here."""

ROWS |= remaining(functions.CONSTRAINTS, [*ROWS])
_classes = entered(Constraint, ROWS, __name__)
_classes |= {snake(name): cls for name, cls in _classes.items()}
_classes |= {name.lower(): _classes[name] for name in ("MaxNorm", "NonNeg", "UnitNorm")}  # of Keras 2
globals().update(_classes)
__all__.extend(_classes)

get, serialize, deserialize = lookups("constraints", Constraint, {}, __name__)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
