"""scikit-learn's digits: 1,797 images of 8 x 8, which come with the library and need no download."""

from __future__ import annotations

import numpy as np

from ravine.data._partition import partition
from ravine.data.dataset import Dataset, Split
from ravine.data.registry import register_dataset

__all__ = ["digits"]


@register_dataset(
    "digits",
    title="Digits, 8 by 8 pixels",
    kind="image",
    inputs=64,
    classes=10,
    settings=(),
    hidden=((32, "relu", "he_uniform"),),
)
def digits(*, flatten: bool = False, validation: float = 0, test: float = 0.2, seed: int = 0) -> Dataset:
    """Return scikit-learn's digits: x float32 (n, 8, 8), or (n, 64) with *flatten*, scaled to [0, 1]; labels 0 to 9.

    *validation* and *test* are sizes or fractions, cut by *seed*, each class in its share.

    E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (1998), the test part.

    >>> digits().train
    Split(x=float32 (1438, 8, 8), y=int32 (1438,))
    """
    from sklearn.datasets import load_digits  # takes half a second to import

    bunch = load_digits()
    images = np.divide(bunch.images, 16, dtype=np.float32, casting="same_kind")
    whole = Split(images.reshape(len(images), -1) if flatten else images, bunch.target)
    sizes = [size for size in (validation, test) if size]
    train, *held = partition(whole, sizes, seed=seed)
    return Dataset(
        "digits",
        train,
        held.pop(0) if validation else None,
        held.pop(0) if test else None,
        tuple("0123456789"),
        "scikit-learn's digits (1,797 images of 8 x 8)",
    )
