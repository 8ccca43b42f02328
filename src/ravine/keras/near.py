"""Targets far from 0 outside of a model: counted from a number near them before they become single precision."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ravine.functions import origin_of
from ravine.keras.ranks import same_rank

__all__ = ["Near", "is_traced"]


def is_traced(*arrays: Any) -> bool:
    """Whether one of *arrays* stands for numbers that a compiled program will compute.

    >>> is_traced(np.zeros(2), None), jax.eval_shape(lambda x: x if is_traced(x) else x[:1], np.zeros(2)).shape
    (False, (2,))
    """
    return any(isinstance(each, jax.core.Tracer) for each in arrays)


class Near:
    """Targets and outputs less one number near the first targets seen, for what measures their differences alone.

    Keras rounds both to float32 first, so that its R2 of targets 2458000 +- 3 is 0, whatever the predictions.

    >>> y, out = Near()(np.array([2458000.1, 2458000.3]), np.array([2458000.2, 2458000.2]))
    >>> (y - out).round(2).tolist(), float(abs(y).max()) < 1
    ([-0.1, 0.1], True)
    """

    def __init__(self) -> None:
        self._origin: np.ndarray | None = None
        self._chosen = False

    def __call__(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Both in float64; as they are where they are not two arrays of numbers of one shape."""
        if is_traced(y_true, y_pred):
            return y_true, y_pred
        targets, outputs = np.asarray(y_true), np.asarray(y_pred)
        if targets.dtype.kind not in "biuf" or outputs.dtype.kind not in "biuf":
            return y_true, y_pred
        y, out = (np.asarray(each, np.float64) for each in same_rank(targets, outputs))  # type: ignore[arg-type]
        if y.shape != out.shape or not y.size:
            return y_true, y_pred
        columns = out.shape[-1] if out.ndim > 1 else 1
        if not self._chosen:
            # One example is its own mean.
            self._origin = origin_of(y, columns) if y.size > columns else y.reshape(-1)
            self._chosen = True
        return (y_true, y_pred) if self._origin is None else (y - self._origin, out - self._origin)
