"""Batches whose examples have different lengths: each length is computed by a program of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

from ravine.core import Array, RavineError
from ravine.keras.models.inputs import Arrays
from ravine.nn import Context, Variables
from ravine.train.session import precision
from ravine.train.step import Program

__all__ = ["measure_parts", "predict_parts", "shapes_of", "uneven"]

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


@jax.jit
def _statistics(
    program: Program, variables: Variables, x: Array, y: Array, weight: Array
) -> tuple[Array, tuple[Array, ...]]:
    measured = program.objective.measure(program.network, *variables, x, y, weight, Context())
    return measured.loss, measured.stats


def measure_parts(model: Any, owner: str, parts: Iterable[Arrays]) -> dict[str, float]:
    """The loss and the metrics over all *parts*: of the loss the mean, each part counting as often as it has examples.

    No example: called by `evaluate`.
    """
    loss, count, sums = 0.0, 0, None
    for part in parts:
        x, y, weight = model.fitted(owner, part)
        session = model.session_for(x.shape[1:], y.ndim)
        with precision(session.dtype):
            weight = np.ones(len(x), x.dtype) if weight is None else weight
            variables = Variables(session.state.params, session.state.state)
            here, stats = _statistics(session.program, variables, x, y, weight)
            stats = tuple(np.asarray(each) for each in stats)
        loss, count = loss + float(here) * len(x), count + len(x)
        sums = stats if sums is None else tuple(a + b for a, b in zip(sums, stats, strict=True))
    return {"loss": loss / count, **session.metrics(sums or ())}


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
