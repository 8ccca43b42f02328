"""Batches whose examples have different lengths: each length is computed by a program of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.keras.models.inputs import Arrays

__all__ = ["predict_parts", "shapes_of", "uneven"]

Shapes = tuple[tuple[int, ...] | None, ...]


def shapes_of(part: Arrays) -> Shapes:
    """The shapes of one example's input, target and weight.

    >>> shapes_of(Arrays(np.zeros((4, 7, 3)), np.zeros((4, 1)), None))
    ((7, 3), (1,), None)
    """
    return tuple(None if each is None else np.shape(each)[1:] for each in part)


def uneven(parts: Iterable[Arrays]) -> bool:
    """Whether *parts* cannot lie in one array.

    >>> uneven([Arrays(np.zeros((4, 7, 3)), None, None), Arrays(np.zeros((4, 5, 3)), None, None)])
    True
    """
    return len({shapes_of(part)[:2] for part in parts}) > 1


def predict_parts(model: Any, parts: Iterable[Arrays]) -> np.ndarray:
    """The outputs for all *parts*, one after the other; they must have one shape, whatever the inputs have.

    No example: called by `predict`.
    """
    outputs = [model.predict(part.x, verbose=0) for part in parts]
    shapes = dict.fromkeys(each.shape[1:] for each in outputs)
    if len(shapes) > 1:
        raise RavineError(
            f"predict: the outputs have different shapes, {', '.join(map(str, shapes))}, which one array cannot hold: "
            "call predict for each batch"
        )
    return np.concatenate(outputs)
