"""Evaluation and prediction batch after batch: where a callback, or a loss of the user's own, is to see each batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ravine.keras.callbacks import CallbackList
from ravine.keras.models.inputs import Arrays, part_of

__all__ = ["batches_of", "measure_batches", "measured", "predict_batches"]


def batches_of(data: Arrays, size: int) -> Iterator[Arrays]:
    """The examples of *data* in batches of *size*, the last one as long as it is.

    >>> [len(part.x) for part in batches_of(Arrays(np.zeros((5, 2)), np.zeros(5), None), 2)]
    [2, 2, 1]
    """
    for start in range(0, len(data.x), size):
        yield part_of(data, slice(start, start + size))


def measured(model: Any, held: Any, told: CallbackList) -> dict[str, Any]:
    """The loss and the metrics over *held*: the session's blocks, or a list of batches, of each of which is told.

    No example: called by `evaluate`.
    """
    if isinstance(held, list):
        return measure_batches(model, held, told)
    found = model.session.measure(held)
    return {"loss": found.loss, **found.metrics}


def measure_batches(model: Any, parts: Sequence[Arrays], told: CallbackList) -> dict[str, Any]:
    """The loss and the metrics over all *parts*, with the running values told after each.

    The loss is the mean over the batches, each counting as often as it has examples, as in Keras.

    No example: called by `evaluate`.
    """
    loss, count = 0.0, 0
    sums: tuple[np.ndarray, ...] | None = None
    values: dict[str, Any] = {}
    model.stop_evaluating = False
    for place, part in enumerate(parts):
        told.tell("on_test_batch_begin", place, {})
        model.upload()
        session = model.session_of(part)  # another one where the examples have another length
        here, stats = session.measure_batch(*part)
        loss, count = loss + here * len(part.x), count + len(part.x)
        sums = stats if sums is None else tuple(a + b for a, b in zip(sums, stats, strict=True))
        values = {"loss": loss / count, **session.metrics(sums)}
        told.tell("on_test_batch_end", place, dict(sorted(values.items())))
        if model.stop_evaluating:
            break
    return values


def predict_batches(model: Any, x: np.ndarray, size: int, told: CallbackList) -> np.ndarray:
    """The outputs for all of *x*, told batch after batch.

    No example: called by `predict`.
    """
    outputs = []
    model.stop_predicting = False
    network = model.network(x.shape[1:])
    for place, start in enumerate(range(0, len(x), size)):
        told.tell("on_predict_batch_begin", place, {})
        outputs.append(network.predict(model.newest(), x[start : start + size]))
        told.tell("on_predict_batch_end", place, {"outputs": outputs[-1]})
        if model.stop_predicting:
            break
    return np.concatenate(outputs)
