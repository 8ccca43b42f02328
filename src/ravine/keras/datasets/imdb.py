"""The reviews of IMDB as Keras hands them out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.keras.datasets.packed import Pair, arrays, sequences
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): reviews as lists of word numbers, and 1 where they praise.

    *path* is a folder with the file, or its name for the folders that RAVINE_DATA and the cache are. Words above
    *num_words* or below *skip_top* become *oov_char*; reviews of *maxlen* words or more are left out.

    No example: it reads files or the network.
    """
    found = arrays("imdb", path)
    random = np.random.RandomState(seed)  # Keras's own generator, so that the order is the same
    parts = []
    for part in ("train", "test"):
        order = np.arange(len(found[f"x_{part}"]))
        random.shuffle(order)
        parts.append((found[f"x_{part}"][order], found[f"y_{part}"][order]))
    (x_train, y_train), (x_test, y_test) = parts
    options = (num_words, skip_top, maxlen, start_char, oov_char, index_from)
    texts, kept = sequences([*x_train, *x_test], *options)
    labels, cut = np.concatenate([y_train, y_test])[kept], int(kept[: len(y_train)].sum())
    return (texts[:cut], labels[:cut]), (texts[cut:], labels[cut:])


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
