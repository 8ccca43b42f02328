"""The real MNIST (where RAVINE_DATA names it), and what stands in for it elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ravine.core import RavineError
from ravine.data import MNIST, DataUnavailableError, digits, fashion_mnist, load, load_images, mnist, mnist_or_digits

HERE = os.environ.get("RAVINE_DATA")
real = pytest.mark.skipif(not HERE or not Path(HERE, "mnist").is_dir(), reason="RAVINE_DATA names no folder with MNIST")


@pytest.fixture(scope="module")
def images():
    return load_images(MNIST)


@real
def test_facts_of_the_lecture(images):
    assert images.train_x.shape == (60_000, 28, 28)
    assert images.test_x.shape == (10_000, 28, 28)
    assert images.train_y[:7].tolist() == [5, 0, 4, 1, 9, 2, 1]
    assert images.train_x.dtype == images.train_y.dtype == np.uint8


@real
def test_known_counts(images):
    # how often each digit occurs in the published files
    assert np.bincount(images.train_y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(images.test_y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@real
def test_scaled_and_flat(images):
    made = mnist(flatten=True, n=1000, n_test=50)
    assert made.train.x.dtype == np.float32
    assert np.array_equal(made.train.x, (images.train_x[:1000].reshape(1000, 784) / 255.0).astype(np.float32))
    assert (made.train.x.min(), made.train.x.max()) == (0, 1)
    assert len(made.test) == 50
    assert made.classes == tuple("0123456789")
    assert HERE in made.note
    assert mnist(n=10, n_test=10).input_shape == (28, 28)


@real
def test_validation_part_is_stratified_and_seeded():
    first, again, other = (load("mnist", n=2000, n_test=10, validation=0.1, seed=seed) for seed in (1, 1, 2))
    assert (len(first.train), len(first.validation)) == (1800, 200)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    shares = np.bincount(np.concatenate([first.train.y, first.validation.y])) / 10
    assert (abs(np.bincount(first.validation.y) - shares) <= 1.5).all()


@real
def test_the_lecture_gets_mnist():
    assert mnist_or_digits(n=10, n_test=10).name == "mnist"


@real
def test_mnist_is_not_fashion():
    with pytest.raises(RavineError, match=r"sha256 of the uncompressed file is ba891046.*another data set's"):
        fashion_mnist(Path(HERE, "mnist"))


def test_digits_stand_in_and_say_so(tmp_path):
    made = mnist_or_digits(tmp_path, flatten=True, seed=3, validation=0.1, n=100)
    assert made.name == "digits"
    assert made.input_shape == (64,)
    assert len(made.validation) == 180
    assert made.note == (
        "scikit-learn's digits (1,797 images of 8 x 8) in place of MNIST, which could not be had: run "
        "`ravine data fetch mnist` to see why, or name a folder with its four files in RAVINE_DATA"
    )


def test_damaged_mnist_is_not_passed_over(tmp_path):
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / f"{name}-ubyte").write_bytes(b"damaged file")
    with pytest.raises(RavineError, match="train-images-idx3-ubyte: ends at offset 12") as caught:
        mnist_or_digits(tmp_path)
    assert not isinstance(caught.value, DataUnavailableError)


@pytest.mark.parametrize("options", [{"n": 0}, {"n_test": -1}])
def test_bad_sizes(options):
    with pytest.raises(RavineError, match="must be a positive integer"):
        mnist(**options)


def test_digits_are_scikit_learns():
    made = digits(test=297, validation=300, seed=5)
    assert [len(part) for part in made.parts.values()] == [1200, 300, 297]
    bunch = load_digits()
    known = {
        (image.tobytes(), label)
        for image, label in zip((bunch.images / 16).astype(np.float32), bunch.target, strict=True)
    }
    found = {(x.tobytes(), y) for part in made.parts.values() for x, y in zip(part.x, part.y, strict=True)}
    assert found == known
    assert digits(test=0).test is None
