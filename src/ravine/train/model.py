"""Trained networks as files: description, weights, and what turns raw data into inputs, in one safetensors file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset, Encoder, Scaler, Split
from ravine.nn import Network, Variables, from_dict, to_dict
from ravine.train.checkpoint import flattened, read_arrays, unflattened, write_arrays

__all__ = ["Model", "load_model", "save_model"]


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its weights, ready to answer.

    *classes* names the outputs of a classifier. *encoder* turns a frame's columns into numbers and *scaler* scales them
    as the training part was scaled; either may be None. *facts* is anything JSON takes.

    >>> from ravine.nn import Dense
    >>> network = Network((Dense(2, "softmax"),), (3,))
    >>> Model(network, network.init(0), classes=("no", "yes")).predict(np.zeros((1, 3), np.float32))
    array([[0.5, 0.5]], dtype=float32)
    """

    network: Network
    variables: Variables
    classes: tuple[str, ...] | None = None
    encoder: Encoder | None = None
    scaler: Scaler | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def inputs(self, data: Any) -> np.ndarray:
        """The network's inputs of raw *data*: a frame with the columns trained on, an array, or a `Split`."""
        if isinstance(data, Split):
            x = data.x
        elif self.encoder is not None and not isinstance(data, np.ndarray):
            x = self.encoder.apply(data)
        else:
            x = np.asarray(data)
        if x.shape[1:] != self.network.input_shape and x[:1].size == int(np.prod(self.network.input_shape)):
            x = x.reshape(len(x), *self.network.input_shape)
        return x if self.scaler is None else self.scaler.apply(x)  # before this, float32 could round differences away

    def predict(self, data: Any) -> np.ndarray:
        """The network's outputs for raw *data*, of shape (n, outputs): probabilities, or numbers."""
        return self.network.predict(self.variables, self.inputs(data))

    def labels(self, data: Any) -> list[str]:
        """The name of the most probable class of each example."""
        if self.classes is None:
            raise RavineError("the model predicts numbers, not classes: use predict")
        return [self.classes[index] for index in self.predict(data).argmax(axis=1)]


def save_model(path: str | Path, model: Model) -> None:
    """Write *model* to *path*.

    No example: see `load_model`.
    """
    meta = {
        "kind": "model",
        "version": 1,
        "network": to_dict(model.network),
        "classes": model.classes,
        "encoder": None if model.encoder is None else model.encoder.to_dict(),
        "scaler": None if model.scaler is None else model.scaler.to_dict(),
        "facts": model.facts,
    }
    write_arrays(path, flattened(tuple(model.variables)), meta)


def load_model(path: str | Path) -> Model:
    """Read what `save_model` wrote.

    >>> import tempfile
    >>> from ravine.nn import Dense
    >>> network = Network((Dense(2, "softmax"),), (3,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(f"{folder}/m", Model(network, network.init(0), ("no", "yes")))
    ...     load_model(f"{folder}/m").labels(np.ones((1, 3), np.float32))
    ['no']
    """
    arrays, meta = read_arrays(path)
    if meta.get("kind") != "model":
        raise RavineError(f"{path} is a {meta.get('kind', 'file')}, not a model: name a model saved by 'ravine train'")
    network = from_dict(meta["network"])
    variables = Variables(*unflattened(tuple(network.init(0)), arrays))
    encoder = None if meta["encoder"] is None else Encoder.from_dict(meta["encoder"])
    scaler = None if meta["scaler"] is None else Scaler.from_dict(meta["scaler"])
    classes = None if meta["classes"] is None else tuple(meta["classes"])
    return Model(network, variables, classes, encoder, scaler, meta["facts"])


def model_of(dataset: Dataset, network: Network, variables: Variables, scaler: Scaler | None, **facts: Any) -> Model:
    """The model of a run on *dataset*."""
    return Model(network, variables, dataset.classes, dataset.encoder, scaler, facts)
