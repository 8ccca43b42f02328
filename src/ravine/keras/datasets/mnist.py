"""MNIST as Keras hands it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.data import MNIST, load_images
from ravine.keras.unsupported import missing

__all__ = ["load_data"]

Pair = tuple[np.ndarray, np.ndarray]


def load_data(path: str | None = None) -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): images uint8 (n, 28, 28) and labels uint8 (n,).

    *path* is a folder with the files, or None for the folders that `ravine.data.load_images` looks into. The name
    "mnist.npz", the default in Keras, is read as None.

    No example: it reads files or the network.
    """
    images = load_images(MNIST, None if path == "mnist.npz" else path)
    return (images.train_x.copy(), images.train_y.copy()), (images.test_x.copy(), images.test_y.copy())


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
