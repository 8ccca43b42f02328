"""Fashion-MNIST as Keras hands it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.data import FASHION_MNIST, load_images
from ravine.keras.unsupported import missing

__all__ = ["load_data"]

Pair = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): images uint8 (n, 28, 28) and labels uint8 (n,).

    No example: it reads files or the network.
    """
    images = load_images(FASHION_MNIST)
    return (images.train_x.copy(), images.train_y.copy()), (images.test_x.copy(), images.test_y.copy())


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
