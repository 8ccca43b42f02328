"""CIFAR-100 as Keras hands it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.core import check_choice
from ravine.keras.datasets.packed import Pair, batches
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data(label_mode: str = "fine") -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): images uint8 (n, 32, 32, 3) and class numbers (n, 1).

    *label_mode* "fine" tells 100 classes apart, "coarse" 20.

    No example: it reads files or the network.
    """
    check_choice("cifar100", "label_mode", label_mode, ("fine", "coarse"))
    made = []
    for of in ("train", "test"):
        (part,) = batches("cifar100", of.__eq__)
        labels = np.array(part[f"{label_mode}_labels".encode()]).reshape(-1, 1)
        made.append((part[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels))
    return made[0], made[1]


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
