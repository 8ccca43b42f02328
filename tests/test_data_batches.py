"""The order of an epoch: every example once, of the asked size, a function of seed and epoch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.data import epoch_order, steps_per_epoch

SIZES = st.integers(1, 300) | st.just("full")


@given(st.integers(1, 200), SIZES, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_every_example_exactly_once(n, batch_size, seed, epoch, shuffle):
    order = epoch_order(n, batch_size, seed, epoch, shuffle)
    assert order.dtype == np.int32
    assert order.shape[0] == steps_per_epoch(n, batch_size)
    assert sorted(order[order >= 0].tolist()) == list(range(n))
    padding = order == -1
    assert not padding[:-1].any(), "only the last batch may be smaller"
    assert (np.diff(padding[-1].astype(int)) >= 0).all(), "padding stands at the end"
    assert not padding[:, 0].any(), "no batch is empty"


def test_three_kinds_of_gradient_descent():
    assert epoch_order(10, "full", 0, 0).shape == (1, 10)
    assert epoch_order(10, 4, 0, 0).shape == (3, 4)
    assert epoch_order(10, 1, 0, 0).shape == (10, 1)
    assert epoch_order(10, 64, 0, 0).shape == (1, 10)


def test_without_shuffle_in_order():
    assert epoch_order(5, 2, 0, 3, shuffle=False).tolist() == [[0, 1], [2, 3], [4, -1]]


def test_seed_and_epoch_decide():
    def order(seed, epoch):
        return epoch_order(100, 10, seed, epoch).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)


def test_same_permutation_whatever_the_batch():
    flat = epoch_order(101, 1, 5, 2).ravel()
    ragged = epoch_order(101, 8, 5, 2).ravel()
    assert ragged[ragged >= 0].tolist() == flat.tolist()


def test_first_places_are_uniform():
    # 2,000 epochs of 5: each example leads 400 +- 18 times; 5 sigma is 90
    leads = np.bincount([epoch_order(5, 5, 0, epoch)[0, 0] for epoch in range(2000)], minlength=5)
    assert (abs(leads - 400) < 90).all()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, 1, 0, 0), "n must be a positive integer, got 0"),
        ((5, 0, 0, 0), "batch_size must be a positive integer, got 0"),
        ((5, 2.0, 0, 0), "batch_size must be a positive integer, got 2.0"),
        ((5, "all", 0, 0), "batch_size must be a positive integer or 'full', got 'all'"),
        ((5, 1, 0, -1), "epoch must be a non-negative integer, got -1"),
    ],
)
def test_bad_input(arguments, sentence):
    with pytest.raises(RavineError, match=sentence):
        epoch_order(*arguments)
