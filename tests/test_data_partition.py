"""Splits: disjoint, complete, seeded, of the asked sizes, and stratified where asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.data import Dataset, Split, hold_out, partition, partition_rows

PARTS = st.lists(st.integers(0, 20) | st.floats(0, 0.3), min_size=1, max_size=3)


@given(st.integers(70, 200), PARTS, st.integers(0, 9), st.booleans())
def test_disjoint_and_complete(n, parts, seed, stratified):
    labels = np.arange(n) % 3 if stratified else None
    try:
        rows = partition_rows(n, parts, seed, labels)
    except RavineError:
        assert sum(max(1, round(p * n)) if isinstance(p, float) and p else p for p in parts) >= n
        return
    assert len(rows) == len(parts) + 1
    assert sorted(np.concatenate(rows).tolist()) == list(range(n))
    assert all((np.diff(part) > 0).all() for part in rows)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
    st.integers(0, 99),
)
def test_each_class_in_its_share(counts, first, second, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    n = len(labels)
    try:
        rows = partition_rows(n, [first, second], seed, labels)
    except RavineError:
        return
    for part in rows:
        shares = np.array(counts) * len(part) / n
        # each of the two ends of a piece cuts a class less than one example early or late
        assert (abs(np.bincount(labels[part], minlength=len(counts)) - shares) < 2).all()


def test_balanced_classes_stay_balanced():
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 100))
    for part in partition_rows(1000, [100, 0.2], 3, labels):
        assert len(set(np.bincount(labels[part]).tolist())) == 1


def test_seeded():
    assert np.array_equal(partition_rows(50, [10], 1)[1], partition_rows(50, [10], 1)[1])
    assert not np.array_equal(partition_rows(50, [10], 1)[1], partition_rows(50, [10], 2)[1])


def test_examples_keep_their_targets_and_weights():
    whole = Split(np.arange(40.0)[:, None], np.arange(40) % 2, np.arange(40.0))
    for part in partition(whole, [0.25, 5], seed=4):
        assert np.array_equal(part.x.ravel(), part.weight)
        assert np.array_equal(part.x.ravel() % 2, part.y)


def test_regression_is_split_plainly():
    parts = partition(Split(np.arange(10.0)[:, None], np.arange(10) / 2), [3])
    assert [len(part) for part in parts] == [7, 3]


def test_hold_out():
    data = Dataset("demo", Split(np.arange(10.0)[:, None], np.arange(10) % 2), test=Split([[1.0]], [0]))
    made = hold_out(data, 4)
    assert (len(made.train), len(made.validation), made.test) == (6, 4, data.test)
    with pytest.raises(RavineError, match="has a validation part of 4 examples"):
        hold_out(made, 2)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([10], "parts of 10 leave none of the 10 examples for training"),
        ([5, 0.5], r"parts of 5 \+ 5 leave none"),
        ([-1], "a size must be a non-negative integer, got -1"),
        ([1.5], r"a fraction must be a number in \[0, 1\), got 1.5"),
        ([float("nan")], "a fraction must be a number"),
        ([0], "hold an empty one"),
    ],
)
def test_bad_parts(parts, sentence):
    with pytest.raises(RavineError, match=sentence):
        partition(Split(np.arange(10.0)[:, None], np.arange(10)), parts)
