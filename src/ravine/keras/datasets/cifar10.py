"""CIFAR-10 as Keras hands it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.keras.datasets.packed import Pair, batches
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data() -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): images uint8 (n, 32, 32, 3) and class numbers uint8 (n, 1).

    No example: it reads files or the network.
    """
    parts = [batches("cifar10", lambda name, of=of: name.startswith(of)) for of in ("data_batch", "test_batch")]  # type: ignore[misc]
    pairs = [
        (np.concatenate([each[b"data"] for each in part]), np.concatenate([each[b"labels"] for each in part]))
        for part in parts
    ]
    made = [(x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), y.astype(np.uint8).reshape(-1, 1)) for x, y in pairs]
    return made[0], made[1]


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
