"""The newswires of Reuters as Keras hands them out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.keras.datasets.packed import Pair, arrays, sequences
from ravine.keras.unsupported import missing

__all__ = ["load_data"]


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Pair, Pair]:
    """Return (x_train, y_train), (x_test, y_test): newswires as lists of word numbers, and their 46 topics.

    *path* is a folder with the file, or its name for the folders that RAVINE_DATA and the cache are. Words above
    *num_words* or below *skip_top* become *oov_char*; newswires of *maxlen* words or more are left out.

    No example: it reads files or the network.
    """
    found = arrays("reuters", path)
    order = np.arange(len(found["x"]))
    np.random.RandomState(seed).shuffle(order)  # Keras's own generator, so that the order is the same
    options = (num_words, skip_top, maxlen, start_char, oov_char, index_from)
    texts, kept = sequences(list(found["x"][order]), *options)
    labels, cut = np.asarray(found["y"])[order][kept], int(len(texts) * (1 - test_split))
    return (texts[:cut], labels[:cut]), (texts[cut:], labels[cut:])


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
