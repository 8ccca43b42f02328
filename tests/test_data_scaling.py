"""Scalers against scikit-learn in float64, fitted on the training part only; one-hot against Keras."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import preprocessing

from ravine.core import RavineError
from ravine.data import MinMax, Scaler, Standardizer, from_arrays, one_hot, scale

X = np.random.default_rng(0).normal([5, -300, 0], [1, 40, 1e-3], (5000, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(Standardizer, preprocessing.StandardScaler), (MinMax, preprocessing.MinMaxScaler)]
)
def test_against_scikit_learn(ours, theirs):
    # both compute in float64 from the same float32 input; ours is rounded to float32 at the end: 6e-8 of values below 5
    wanted = theirs().fit_transform(X.astype(np.float64))
    fitted = ours.fit(X)
    assert np.allclose(fitted.apply(X), wanted, rtol=1e-6, atol=1e-6)
    assert np.allclose(fitted.invert(fitted.apply(X)), X, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", [Standardizer, MinMax])
@pytest.mark.parametrize("value", [0.0, 0.1, -3e7, 1e-30])
def test_constant_features_become_zero(kind, value):
    # the mean of many copies of 0.1 is not 0.1 exactly, by a few units in the last place of float64
    x = np.full((1001, 1), value, np.float32)
    fitted = kind.fit(x)
    assert fitted.scale.tolist() == [1.0]
    assert np.allclose(fitted.apply(x), 0, atol=1e-7)
    assert np.allclose(fitted.apply(x + 1), np.float32(value + 1) - np.float32(value), atol=1e-6)


@given(hnp.arrays(np.float32, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32)))
def test_always_finite_and_within_bounds(x):
    standard, unit = Standardizer.fit(x).apply(x), MinMax.fit(x).apply(x)
    assert np.isfinite(standard).all()
    # no z-score of n values exceeds sqrt(n - 1)
    assert (abs(standard) <= np.sqrt(len(x) - 1) * (1 + 1e-5) + 1e-6).all()
    assert ((unit >= 0) & (unit <= 1)).all()


def test_images_are_scaled_per_pixel():
    images = np.random.default_rng(1).normal(size=(50, 4, 4))
    fitted = Standardizer.fit(images)
    assert fitted.mean.shape == (4, 4)
    assert np.allclose(fitted.apply(images).mean(0), 0, atol=1e-6)


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_fitted_on_the_training_part_only(kind):
    train, other = X[:1000], 100 + 7 * X[1000:1500]
    labels = np.zeros(len(train), int)
    made, scaler = scale(from_arrays(train, labels, test=(other, labels[:500]), validation=(other, labels[:500])), kind)
    alone, same = scale(from_arrays(train, labels), kind)
    assert np.array_equal(made.train.x, alone.train.x)
    assert np.array_equal(scaler.shift, same.shift)
    assert np.array_equal(made.test.x, same.apply(other))
    assert np.array_equal(made.validation.x, made.test.x)


@pytest.mark.parametrize("kind", [Standardizer, MinMax])
def test_survives_json(kind):
    fitted = kind.fit(X)
    again = Scaler.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert type(again) is kind
    assert np.array_equal(again.apply(X), fitted.apply(X))


def test_bad_input_to_scalers():
    with pytest.raises(RavineError, match="Standardizer: x is nan at row 0, column 0"):
        Standardizer.fit([[np.nan]])
    with pytest.raises(RavineError, match=r"MinMax: fitted on examples of shape \(3,\), got \(2,\)"):
        MinMax.fit(X).apply(X[:, :2])
    with pytest.raises(RavineError, match="unknown scaler 'standart': did you mean 'standard'"):
        scale(from_arrays(X, np.zeros(len(X), int)), "standart")


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_one_hot_picks_the_rows_of_the_identity(labels):
    made = one_hot(labels, 7)
    assert made.dtype == np.float32
    assert np.array_equal(made, np.eye(7)[labels])


def test_one_hot_against_keras():
    keras = pytest.importorskip("keras")
    for labels, classes in (([0, 2, 1], None), ([[1], [0]], 4)):
        assert np.array_equal(one_hot(labels, classes), keras.utils.to_categorical(labels, classes))


@pytest.mark.parametrize(
    ("labels", "classes", "sentence"),
    [
        ([0, 3], 3, "label 3 at row 1 is out of range: 3 classes run to 2"),
        ([-1], 3, "label -1 at row 0 is out of range"),
        ([0.5], 3, "labels must be integers"),
        ([0], 0, "classes must be a positive integer"),
    ],
)
def test_bad_labels(labels, classes, sentence):
    with pytest.raises(RavineError, match=sentence):
        one_hot(labels, classes)
