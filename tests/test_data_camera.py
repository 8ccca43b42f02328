"""The 4-pixel camera: the lecture's four kinds, both polarities, its noise kind, a noise level."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import KINDS, camera

# the eight images as the lecture draws them, by what makes each kind: which pixels agree
AGREE = {
    "solid": lambda im: im[0, 0] == im[0, 1] == im[1, 0] == im[1, 1],
    "vertical": lambda im: im[0, 0] == im[1, 0] and im[0, 1] == im[1, 1] and im[0, 0] == -im[0, 1],
    "diagonal": lambda im: im[0, 0] == im[1, 1] and im[0, 1] == im[1, 0] and im[0, 0] == -im[0, 1],
    "horizontal": lambda im: im[0, 0] == im[0, 1] and im[1, 0] == im[1, 1] and im[0, 0] == -im[1, 0],
}


def test_sizes_of_the_lecture():
    made = camera()
    assert (len(made.train), len(made.test), made.classes) == (4000, 1000, KINDS)
    assert made.input_shape == (4,)


def test_every_image_is_of_its_kind():
    made = camera(400, flatten=False)
    for image, label in zip(made.train.x, made.train.y, strict=True):
        assert AGREE[KINDS[label]](image)
        assert set(np.abs(image).ravel().tolist()) == {1.0}


def test_kinds_and_polarities_are_equally_likely():
    # 4,000 draws of 8 images: 500 +- 21 each; 5 sigma is 105
    train = camera(4000).train
    counts = np.unique(np.column_stack([train.x, train.y]), axis=0, return_counts=True)[1]
    assert counts.shape == (8,)
    assert (abs(counts - 500) < 105).all()


def test_noise_level_is_the_standard_deviation():
    # 16,000 pixels: the estimate is within sigma / sqrt(2 n) = 0.0006 of 0.1; 5 sigma is 0.003
    train = camera(4000, noise=0.1).train
    assert abs(np.std(train.x - np.sign(train.x)) - 0.1) < 0.003


def test_noise_kind_is_uniform():
    made = camera(4000, kinds=("noise",), n_test=0)
    assert made.test is None
    assert np.abs(made.train.x).max() <= 1
    # 16,000 values: a quarter of them in each quarter of [-1, 1], 4,000 +- 55; 5 sigma is 274
    assert (abs(np.histogram(made.train.x, bins=4, range=(-1, 1))[0] - 4000) < 274).all()


def test_fifth_kind_beside_the_four():
    assert camera(100, kinds=(*KINDS, "noise")).classes[-1] == "noise"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kinds": ("solid", "verticle")}, "unknown kind 'verticle': did you mean 'vertical'"),
        ({"kinds": ()}, "kinds must be different and at least one"),
        ({"kinds": ("solid", "solid")}, "kinds must be different"),
        ({"noise": -1}, "noise must be a number in"),
        ({"n": 0}, "camera: n must be a positive integer, got 0"),
    ],
)
def test_bad_options(options, sentence):
    with pytest.raises(RavineError, match=sentence):
        camera(**options)
