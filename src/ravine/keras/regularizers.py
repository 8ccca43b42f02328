"""Penalties on weights."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine import functions
from ravine.core import Array, RavineError, check_choice, check_number, pytree, static
from ravine.keras.naming import snake
from ravine.keras.objects import Described
from ravine.keras.tables import Row, entered, lookups, remaining
from ravine.keras.unsupported import missing

__all__ = ["Called", "Regularizer", "deserialize", "get", "serialize"]


@pytree
class Called(functions.Regularizer):
    """A regularizer of the user's own, a function of an array or an object that is called with one.

    >>> Called(jnp.sum)(jnp.array([1.0, 2.0]))
    Array(3., dtype=float32)
    """

    rule: Any = static()

    def __call__(self, w: Any) -> Any:
        return self.rule(w)


class Regularizer(Described, family="regularizers"):
    """A penalty added to the loss; called with an array it gives the number.

    >>> get("l2").get_config(), get("l1_l2")(jnp.ones(3))
    ({'l2': 0.01}, Array(0., dtype=float32))
    """

    def core(self) -> Any:
        """The core's penalty, a function of an array."""
        if type(self).__call__ is not Regularizer.__call__:
            return Called(self)
        if self._make is not None:
            return self.made()
        raise RavineError(
            f"{type(self).__name__}: a regularizer of your own must define __call__(self, x), the penalty"
        )

    def __call__(self, x: Any) -> Any:
        return self.core()(x)


def _strength(owner: str, name: str, value: Any, default: float) -> float:
    value = default if value is None else value
    check_number(owner, name, value, low=0.0)
    return float(value)


@pytree
class _Orthogonal(functions.Regularizer):
    """The mean of the squared cosines between the rows, or columns, of a matrix, times *factor*."""

    factor: float
    mode: str = static(default="rows")

    def __post_init__(self) -> None:
        check_number("OrthogonalRegularizer", "factor", self.factor)
        check_choice("OrthogonalRegularizer", "mode", self.mode, ("rows", "columns"))

    def __call__(self, w: Array) -> Array:
        if w.ndim != 2:
            raise RavineError(f"OrthogonalRegularizer: an array of shape {w.shape} is no matrix: give one of two axes")
        rows = w if self.mode == "rows" else w.T
        rows = rows / jnp.sqrt(jnp.maximum((rows**2).sum(axis=1, keepdims=True), 1e-12))
        cosines = rows @ rows.T
        # Each pair once; the mean is over the pairs.
        pairs = len(rows) * (len(rows) - 1) / 2
        return self.factor * 0.5 * jnp.abs(cosines * (1 - jnp.eye(len(rows), dtype=w.dtype))).sum() / pairs


ROWS: dict[str, Row] = {
    "L1": (
        lambda l1=0.01: functions.L1(_strength("L1", "l1", l1, 0.01)),
        "*l1* times the sum of the absolute values.",
    ),
    "L2": (lambda l2=0.01: functions.L2(_strength("L2", "l2", l2, 0.01)), "*l2* times the sum of the squares."),
    "L1L2": (
        lambda l1=0.0, l2=0.0: functions.L1L2(_strength("L1L2", "l1", l1, 0.0), _strength("L1L2", "l2", l2, 0.0)),
        "*l1* times the sum of the absolute values plus *l2* times the sum of the squares.",
    ),
    "OrthogonalRegularizer": (
        lambda factor=0.01, mode="rows": _Orthogonal(factor, mode),
        "*factor* times the mean absolute cosine between two of a matrix's rows, or columns.",
    ),
}
"""Keras's name and arguments, and what that is here."""

ROWS |= remaining(functions.REGULARIZERS, [*ROWS])
_classes = entered(Regularizer, ROWS, __name__)
_classes |= {"l1_l2" if name == "L1L2" else snake(name): cls for name, cls in _classes.items()}
globals().update(_classes)
__all__.extend(_classes)

get, serialize, deserialize = lookups("regularizers", Regularizer, {"l1_l2": "l1l2"}, __name__)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
