"""The Californian housing data as Keras hands it out."""

from __future__ import annotations

from typing import Any

from ravine.core import check_choice
from ravine.keras.datasets.packed import Pair, arrays, mixed
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): 8 features of 20,640 districts, or the first 600 if "small".

    *path* is a folder with the file, or its name for the folders that RAVINE_DATA and the cache are.

    No example: it reads files or the network.
    """
    check_choice("california_housing", "version", version, ("large", "small"))
    found, most = arrays("california_housing", path), 600 if version == "small" else None
    return mixed(found["x"][:most], found["y"][:most], test_split, seed)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
