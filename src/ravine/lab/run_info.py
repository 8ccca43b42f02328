"""What a page must know of a run before its first frame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.lab.limits import LIMITS
from ravine.lab.picture import FrameContext
from ravine.lab.setup import Setup
from ravine.lab.wire import plain
from ravine.nn import rows

__all__ = ["facts_of"]

SAMPLES = 12
POINTS = 2_000
"""Points of each part that are drawn at most."""


def facts_of(setup: Setup, lens: FrameContext) -> dict[str, Any]:
    """The facts of a run, as docs/lab-api.md lists them.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> setup = prepared_setup(Configuration())
    >>> facts = facts_of(setup, FrameContext(setup))
    >>> facts["parameters"], facts["shapes"], facts["n"]
    (42, [[2, 4], [4, 4], [4, 2]], {'train': 350, 'test': 150})
    """
    data, network = setup.dataset, setup.network
    inputs = data.input_shape[0]
    layers = rows(network)
    groups = [*setup.dense[1:], len(layers)]
    described = []
    for number, (first, after) in enumerate(zip(setup.dense, groups, strict=True)):
        last = number == len(setup.dense) - 1
        choice = None if last else setup.configuration.network.layers[number]
        final = getattr(network.layers[first], "activation", "linear")
        described.append(
            {
                "name": "output" if last else f"hidden {number + 1}",
                "units": layers[first].output_shape[-1],
                "activation": final if choice is None else choice.activation,
                "params": sum(row.params for row in layers[first:after]),
            }
        )
    facts: dict[str, Any] = {
        "inputs": inputs,
        "outputs": network.output_shape[-1],
        "classes": data.classes,
        "task": data.task,
        "kind": setup.kind,
        "parameters": sum(row.params for row in layers),
        "loss": setup.plan.loss,
        "layers": described,
        "shapes": [[network.input_shape[-1] if k == 0 else network.shapes[place - 1][-1], network.shapes[place][-1]]
                   for k, place in enumerate(setup.dense)],
        "n": {name: len(split) for name, split in data.parts.items()},
        "domain": lens.domain,
        "values": lens.values,
        "images": _images(setup),
        "steps_per_epoch": -(-len(data.train) // setup.batch),
        "note": _public(data.note),
        "columns": _columns(setup),
        "target": _target(setup),
    }  # fmt: skip
    if inputs <= 2:
        facts["points"] = {name: _points(split.x[:POINTS], split.y[:POINTS]) for name, split in data.parts.items()}
    if setup.kind == "image":
        labels = _labels(data.train.y)
        facts["samples"] = [{"x": data.train.x[k], "y": int(labels[k])} for k in range(min(SAMPLES, len(labels)))]
    made: dict[str, Any] = plain(facts)
    return made


def _columns(setup: Setup) -> list[dict[str, Any]] | None:
    """The columns of one's own table that are inputs, each with its categories, or None, and its commonest value."""
    encoder, scaler = setup.dataset.encoder, setup.scaler
    if encoder is None or scaler is None:
        return None
    made, place = [], 0
    for column in encoder.columns:
        # Standardised with the mean: of a number the mean itself, of a category its share.
        means = scaler.shift[place : place + len(column.features)]
        known = column.categories
        if known is None:
            # To a hundredth of the spread or less, for whoever reads it.
            digits = 2 - math.floor(math.log10(scaler.scale[place]))
            typical: float | str = round(float(means[0]), digits)
        else:
            typical = known[int(np.argmax(means))]
        place += len(column.features)
        made.append({"name": column.name, "categories": known, "typical": typical})
    return made


def _target(setup: Setup) -> dict[str, Any] | None:
    """How the numbers to predict are shown and learned: less *shift*, divided by *scale*. None: as they are.

    *variance* is that of the learned numbers of each part, over the examples that losses are measured on: 1 - MSE / it
    is R^2.
    """
    if setup.target is None:
        return None
    measured = slice(LIMITS.measured_examples)
    variance = {name: float(np.var(split.y[measured], dtype=np.float64)) for name, split in setup.dataset.parts.items()}
    return {"shift": float(setup.target.shift[0]), "scale": float(setup.target.scale[0]), "variance": variance}


def _public(note: str) -> str:
    """A data set's note without the folder it was read from."""
    return note.partition(", read from")[0]


def _labels(y: np.ndarray) -> np.ndarray:
    return y if y.dtype.kind == "i" else y.argmax(axis=1)


def _points(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    target = y if y.ndim == 1 or y.shape[1] == 1 else y.argmax(axis=1)
    made: list[list[float]] = np.column_stack([x, np.reshape(target, len(x))]).astype(np.float64).round(5).tolist()
    return made


def _images(setup: Setup) -> dict[str, Any] | None:
    if setup.kind != "image":
        return None
    side = math.isqrt(setup.dataset.input_shape[0])
    low = -1.0 if setup.configuration.data.name == "camera" else 0.0
    return {"width": side, "height": side, "low": low, "high": 1.0}
