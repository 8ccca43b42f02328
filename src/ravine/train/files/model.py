"""Trained networks as files: description, weights, and what turns raw data into inputs, in one safetensors file."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ravine import __version__
from ravine.core import RavineError, check_depth, understood
from ravine.data import Dataset, Encoder, Scaler, Split
from ravine.nn import Network, Variables, from_dict, outline, to_dict
from ravine.train.files.arrays import flattened, read_arrays, unflattened, write_arrays

__all__ = ["Model", "load_model", "save_model"]

VERSION = 1
"""The format of a file of a model; a higher number is of a Ravine to come."""


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its weights, ready to answer.

    *classes* names the outputs of a classifier. *encoder* turns a frame's columns into numbers and *scaler* scales them
    as the training part was scaled; *target* scaled the numbers to predict, z = (y - shift) / scale, and predictions
    are scaled back. Each may be None. *facts* is anything JSON takes.

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
    target: Scaler | None = None

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

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """The network's *outputs* as answers: scaled back to the target's own units, in float64, where it was."""
        if self.target is None:
            return outputs
        made: np.ndarray = np.asarray(outputs, np.float64) * self.target.scale + self.target.shift
        return made

    def predict(self, data: Any) -> np.ndarray:
        """The answers for raw *data*, of shape (n, outputs): probabilities, or numbers in the target's own units."""
        return self.answers(self.network.predict(self.variables, self.inputs(data)))

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
        "version": VERSION,
        "written_by": __version__,
        "network": to_dict(model.network),
        "classes": model.classes,
        "encoder": None if model.encoder is None else model.encoder.to_dict(),
        "scaler": None if model.scaler is None else model.scaler.to_dict(),
        "target": None if model.target is None else model.target.to_dict(),
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
    with understood(path):
        arrays, meta = read_arrays(path)
        check_depth(meta)
        _check_kind(path, meta)
        network = from_dict(meta["network"])
        # of the shapes alone: what a description asks for is made only where the file holds it
        variables = Variables(*unflattened(tuple(outline(network)), arrays))
        _check_numbers(path, arrays)
        encoder = None if meta["encoder"] is None else Encoder.from_dict(meta["encoder"])
        scaler = None if meta["scaler"] is None else Scaler.from_dict(meta["scaler"])
        # Files of earlier versions have none.
        target = None if meta.get("target") is None else Scaler.from_dict(meta["target"])
        classes = None if meta["classes"] is None else tuple(meta["classes"])
        if not all(isinstance(name, str) for name in classes or ()) or not isinstance(meta["facts"], dict):
            raise RavineError(f"{path}: classes must be names and facts a table: the file is damaged")
    return Model(network, variables, classes, encoder, scaler, meta["facts"], target)


def _check_kind(path: str | Path, meta: Any) -> None:
    if not isinstance(meta, dict) or meta.get("kind") != "model":
        kind = meta.get("kind", "file") if isinstance(meta, dict) else "file"
        raise RavineError(f"{path} is a {kind}, not a model: name a model saved by 'ravine train'")
    version = meta.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RavineError(
            f"{path}: the model was written by Ravine {meta.get('written_by', 'of a later version')} in format "
            f"{version}, this is Ravine {__version__}, which reads formats up to {VERSION}: update Ravine"
        )


def _check_numbers(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Refuse weights that are not of a type of fractions, and warn of those that are no numbers."""
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            raise RavineError(f"{path}: the array {name} holds {array.dtype}, weights are floats: the file is damaged")
        if not np.isfinite(array).all():
            # kept all the same, for a run that diverged may be looked at
            warnings.warn(
                f"{path}: the array {name} holds {int((~np.isfinite(array)).sum())} values that are infinite or NaN: "
                "predictions will be, too",
                stacklevel=3,
            )
            return


def model_of(dataset: Dataset, network: Network, variables: Variables, scaler: Scaler | None, **facts: Any) -> Model:
    """The model of a run on *dataset*."""
    return Model(network, variables, dataset.classes, dataset.encoder, scaler, facts)
