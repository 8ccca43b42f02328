"""Every generated data set, by being in the registry; then what is special to each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ravine.core import RavineError
from ravine.data import DATASETS, load

FILES = {"mnist", "fashion_mnist", "digits"}
GENERATED = sorted(set(DATASETS) - FILES)


@pytest.mark.parametrize("name", GENERATED)
class TestEvery:
    def test_seed_decides(self, name):
        assert load(name, n=40, noise=0.1, seed=3).fingerprint == load(name, n=40, noise=0.1, seed=3).fingerprint
        assert load(name, n=40, noise=0.1, seed=3).fingerprint != load(name, n=40, noise=0.1, seed=4).fingerprint

    def test_parts_are_independent_draws(self, name):
        whole = load(name, n=40, n_test=40, n_validation=40, noise=0.1)
        assert len({part.x.tobytes() for part in whole.parts.values()}) == 3
        alone = load(name, n=40, n_test=0, noise=0.1)
        assert (alone.test, alone.validation) == (None, None)
        assert np.array_equal(alone.train.x, whole.train.x)

    def test_sizes_and_name(self, name):
        made = load(name, n=42, n_test=7, n_validation=5)
        assert [len(part) for part in made.parts.values()] == [42, 5, 7]
        assert made.name == name
        assert name in made.note

    def test_labels_have_names_and_all_occur(self, name):
        made = load(name, n=200)
        if made.task == "classification":
            labels = made.train.y if made.train.y.ndim == 1 else made.train.y.argmax(-1)
            assert set(labels.ravel().tolist()) == set(range(len(made.classes)))
        else:
            assert made.train.y.shape == (200, 1)

    def test_noise_changes_the_data(self, name):
        calm, noisy = load(name, n=40, noise=0.0).train, load(name, n=40, noise=0.5).train
        assert not (np.array_equal(calm.x, noisy.x) and np.array_equal(calm.y, noisy.y))

    @pytest.mark.parametrize(
        "options", [{"n": 0}, {"n": -1}, {"n": 2.5}, {"noise": -0.1}, {"noise": math.nan}, {"seed": -1}]
    )
    def test_bad_numbers(self, name, options):
        (option,) = options
        with pytest.raises(RavineError, match=option):
            load(name, **options)


def test_unknown_names_and_options():
    with pytest.raises(RavineError, match="unknown data set 'mnits': did you mean 'mnist'"):
        load("mnits")
    with pytest.raises(RavineError, match=r"data set 'xor': .*'nois'.*see help\(xor\)"):
        load("xor", nois=1)


def test_xor():
    train = load("xor", n=400, noise=0.0).train
    assert np.unique(train.x, axis=0).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert np.array_equal(train.y, train.x[:, 0] != train.x[:, 1])
    assert set(np.unique(train.x, axis=0, return_counts=True)[1].tolist()) == {100}


def test_circles():
    train = load("circles", n=100, noise=0.0, factor=0.3).train
    assert np.allclose(np.linalg.norm(train.x, axis=1), np.where(train.y == 1, 0.3, 1.0), atol=1e-6)


def test_moons():
    train = load("moons", n=100, noise=0.0).train
    upper, lower = train.x[train.y == 0], train.x[train.y == 1]
    assert np.allclose(np.linalg.norm(upper, axis=1), 1, atol=1e-6)
    assert np.allclose(np.linalg.norm(lower - [1, 0.5], axis=1), 1, atol=1e-6)
    assert (upper[:, 1] >= -1e-6).all()
    assert (lower[:, 1] <= 0.5 + 1e-6).all()


def test_spirals():
    train = load("spirals", n=300, noise=0.0, arms=3, turns=2.0).train
    radius = np.linalg.norm(train.x, axis=1)
    angle = np.arctan2(train.x[:, 1], train.x[:, 0])
    wanted = 2 * math.pi * (2.0 * radius + train.y / 3)
    # float32 radius times 4 pi turns: 1e-6
    assert np.allclose(np.exp(1j * angle), np.exp(1j * wanted), atol=1e-4)


def test_blobs_share_their_centres():
    made = load("blobs", n=3000, n_test=3000, centers=3, noise=0.5)
    for label in range(3):
        train, test = (part.x[part.y == label] for part in (made.train, made.test))
        # means of 1,000 points: 0.5 sqrt(2 / 1000) = 0.022 apart; 5 sigma is 0.12
        assert (abs(train.mean(0) - test.mean(0)) < 0.12).all()
        assert abs(train.std() - train.mean(0).std() - 0.5) < 10
        assert (abs((train - train.mean(0)).std(0) - 0.5) < 0.06).all()


def test_checkerboard():
    train = load("checkerboard", n=500, squares=4).train
    # the field's column and row, counted by comparing with its edges
    edges = np.array([-0.5, 0.0, 0.5])
    fields = (train.x[:, :, None] >= edges).sum(-1)
    assert np.array_equal(train.y, fields.sum(1) % 2)


@pytest.mark.parametrize("name", ["sine", "plane"])
def test_noise_is_normal_with_the_asked_deviation(name):
    calm, noisy = load(name, n=4000, noise=0.0).train, load(name, n=4000, noise=0.2).train
    assert np.array_equal(calm.x, noisy.x)
    assert stats.kstest((noisy.y - calm.y).ravel() / 0.2, "norm").pvalue > 1e-4


def test_plane_has_the_asked_slope():
    train = load("plane", n=50, noise=0.0, slope=(2.0, -1.0, 0.5), offset=3.0).train
    solved = np.linalg.lstsq(np.column_stack([train.x, np.ones(50)]), train.y[:, 0], rcond=None)[0]
    assert np.allclose(solved, [2, -1, 0.5, 3], atol=1e-5)


def test_adding():
    train = load("adding", n=500, length=11).train
    values, marks = train.x[..., 0], train.x[..., 1]
    assert (marks[:, :5].sum(1) == 1).all()
    assert (marks[:, 5:].sum(1) == 1).all()
    assert np.allclose((values * marks).sum(1), train.y[:, 0], atol=1e-6)
    # variance of a sum of two uniform numbers: 1/6; its estimate from 500 has deviation 0.009; 5 sigma is 0.045
    assert abs(np.mean((train.y - 1) ** 2) - 1 / 6) < 0.045


def test_copy_memory():
    made = load("copy_memory", n=50, delay=7, symbols=4, remember=3)
    shown, wanted = made.train.x.argmax(-1), made.train.y.argmax(-1)
    assert shown.shape == wanted.shape == (50, 13)
    assert np.array_equal(shown[:, :3], wanted[:, -3:])
    assert ((shown[:, :3] >= 1) & (shown[:, :3] <= 4)).all()
    assert (wanted[:, :-3] == 0).all()
    assert (shown[:, 9] == 5).all(), "the signal comes delay steps after the last symbol"
    assert (np.delete(shown, 9, 1)[:, 3:] == 0).all()
    assert (made.train.x.sum(-1) == 1).all()
    assert made.classes[0] == "blank"


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("spirals", {"arms": 1}, "arms must be an integer of at least 2, got 1"),
        ("spirals", {"turns": 0}, "turns must be a number in"),
        ("circles", {"factor": 1.0}, "factor must be a number in"),
        ("blobs", {"centers": 0}, "centers must be a positive integer"),
        ("checkerboard", {"squares": 0}, "squares must be a positive integer"),
        ("plane", {"slope": ()}, "slope is empty"),
        ("plane", {"slope": (math.inf,)}, "slope and offset must be a number"),
        ("sine", {"periods": -1}, "periods must be a number in"),
        ("adding", {"length": 1}, "length must be an integer of at least 2"),
        ("copy_memory", {"symbols": 1}, "symbols must be an integer of at least 2"),
        ("copy_memory", {"delay": 0}, "delay must be a positive integer"),
    ],
)
def test_bad_options(name, options, sentence):
    with pytest.raises(RavineError, match=f"{name}: {sentence}"):
        load(name, **options)
