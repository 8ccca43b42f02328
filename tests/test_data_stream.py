"""Streams: growing data in a bounded window of fixed shape, seeded, checked arrival by arrival."""

from __future__ import annotations

import itertools
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.data import Split, Stream, replay

DATA_LONG = np.arange(100.0)
DATA = Split(np.arange(40.0)[:, None], np.arange(40))


@given(st.lists(st.integers(1, 7), min_size=1, max_size=10), st.integers(1, 12))
def test_window_holds_the_latest(sizes, window):
    starts = np.cumsum([0, *sizes])
    arrivals = [(DATA_LONG[a:b, None], DATA_LONG[a:b].astype(int)) for a, b in itertools.pairwise(starts)]
    latest = deque(maxlen=window)
    for (x, _), now in zip(arrivals, Stream(lambda: arrivals, window), strict=True):
        latest.extend(x.ravel().tolist())
        assert now.x.shape == (window, 1)
        assert sorted(now.data.x.ravel().tolist()) == sorted(latest)
        assert now.data.y.tolist() == now.data.x.ravel().tolist()
        assert sorted(now.x[now.fresh].ravel().tolist()) == x.ravel().tolist()[-window:]
        assert (now.x[now.valid :] == 0).all()
    assert now.seen == sum(sizes)


def test_windows_do_not_change_afterwards():
    windows = list(replay(DATA, 5, window=7))
    copies = [window.x.copy() for window in replay(DATA, 5, window=7)]
    assert all(np.array_equal(window.x, copy) for window, copy in zip(windows, copies, strict=True))


def test_replay_brings_every_example_once_a_pass_in_seeded_order():
    def order(seed, passes=1):
        stream = replay(DATA, 6, window=40, passes=passes, seed=seed)
        return [x for window in stream for x in window.x[window.fresh].ravel().tolist()]

    assert sorted(order(0)) == DATA.x.ravel().tolist()
    assert order(0) == order(0) != order(1)
    twice = order(0, passes=2)
    assert sorted(twice) == sorted(DATA.x.ravel().tolist() * 2)
    assert twice[:40] != twice[40:]


def test_orders_to_train_on():
    *_, last = replay(DATA, 7, window=30, seed=2)
    rows = last.order(8)
    assert rows.dtype == np.int32
    assert rows.shape == (4, 8)
    assert sorted(rows[rows >= 0].tolist()) == list(range(30))
    fresh = last.order(2, only_fresh=True)
    assert sorted(fresh[fresh >= 0].tolist()) == sorted(last.fresh.tolist())
    assert len(last.fresh) == 5, "40 examples in sevens leave five"


def test_orders_differ_from_moment_to_moment():
    first, second = (window.order(30).tolist() for window in list(replay(DATA, 20, window=20, seed=2)))
    assert first != second


def test_endless_source_is_read_as_needed():
    def endless():
        rng = np.random.default_rng(0)
        while True:
            yield rng.normal(size=(3, 2)), rng.integers(2, size=3)

    seen = []
    for window in Stream(endless, window=10):
        seen.append(window.valid)
        if window.seen > 14:
            break
    assert seen == [3, 6, 9, 10, 10]


def test_empty_source_yields_nothing():
    assert list(Stream(list, window=3)) == []


@pytest.mark.parametrize(
    ("arrival", "sentence"),
    [
        (([[np.nan]], [0]), "arrival 1: Split: x is nan at row 0, column 0"),
        (([[1.0, 2.0]], [0]), r"arrival 1: x is float32 \(2,\) per example, the first arrival had float32 \(1,\)"),
        (([[1.0]], [0.5]), r"arrival 1: y is float32 \(1,\) per example, the first arrival had int32 \(\)"),
        (([], []), "arrival 1: Split: x is empty"),
        ([1, 2], r"arrival 1 must be a pair \(x, y\), got list"),
    ],
)
def test_bad_arrivals_are_numbered(arrival, sentence):
    with pytest.raises(RavineError, match=sentence):
        list(Stream(lambda: [([[1.0]], [0]), arrival], window=5))


def test_bad_sizes():
    with pytest.raises(RavineError, match="window must be a positive integer, got 0"):
        Stream(list, window=0)
    with pytest.raises(RavineError, match="arrive must be a positive integer, got 0"):
        replay(DATA, 0, window=5)
