"""Keras on its jax backend: `Sequential.compile` and `fit`, one network at a time."""

from __future__ import annotations

import keras
import numpy as np

from benchmarks.contenders.table import Trainer
from benchmarks.workloads import Workload

__all__ = ["prepare"]


def prepare(work: Workload, x: np.ndarray, y: np.ndarray) -> Trainer:
    """Build and compile the model; a fit is one call of `fit`."""
    model = keras.Sequential([keras.layers.Input((work.widths[0],))])
    for width in work.widths[1:-1]:
        model.add(keras.layers.Dense(width, activation=work.activation))
        if work.dropout:
            model.add(keras.layers.Dropout(work.dropout))
    model.add(keras.layers.Dense(work.widths[-1], activation="softmax"))
    rule = keras.optimizers.RMSprop(learning_rate=1e-3, rho=0.9, epsilon=1e-7)
    model.compile(loss="categorical_crossentropy", optimizer=rule)
    targets = keras.utils.to_categorical(y, work.widths[-1])
    return Trainer(lambda: model.fit(x, targets, batch_size=work.batch, epochs=work.epochs, verbose=0), 1)
