"""The Boston housing data as Keras hands it out."""

from __future__ import annotations

from typing import Any

from ravine.keras.datasets.packed import Pair, arrays, mixed
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): 13 features of 506 districts, and prices in 1000 dollars.

    *path* is a folder with the file, or its name for the folders that RAVINE_DATA and the cache are.

    No example: it reads files or the network.
    """
    found = arrays("boston_housing", path)
    return mixed(found["x"], found["y"], test_split, seed)


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
