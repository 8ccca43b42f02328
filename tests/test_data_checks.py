"""What a split accepts, what it converts, and the sentence for everything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ravine.core import RavineError, aligned
from ravine.data import Dataset, Split

TWO = np.array([[0.0, 1.0], [1.0, 0.0]])
BAD = {
    "nan": ((np.array([[0, 1], [2, np.nan]]), [0, 1]), r"x is nan at row 1, column 1"),
    "inf": ((np.array([[0, -np.inf], [2, np.nan]]), [0, 1]), r"x is -inf at row 0, column 1"),
    "inf in an image": ((np.full((1, 2, 2), np.inf), [0]), r"row 0, column \(0, 0\)"),
    "nan in y": ((TWO, [0.5, np.nan]), r"y is nan at row 1: fill in"),
    "beyond float32": ((np.array([[1e300], [0]]), [0, 1]), r"x is 1e\+300 at row 0, beyond float32"),
    "empty x": ((np.zeros((0, 3)), []), r"x is empty \(shape \(0, 3\)\)"),
    "no features": ((np.zeros((2, 0)), [0, 1]), r"x is empty \(shape \(2, 0\)\)"),
    "empty y": ((TWO, []), r"y is empty"),
    "one number": ((3.0, [0]), r"x must have a row per example"),
    "objects": (
        (np.array([["a"], [None]], object), [0, 1]),
        r"x must hold numbers, got dtype object \(first value 'a'\)",
    ),
    "texts": ((np.array([["a"], ["b"]]), [0, 1]), r"x must hold numbers, got dtype <U1"),
    "complex": ((TWO * 1j, [0, 1]), r"x must hold numbers, got dtype complex128"),
    "ragged": (([[1.0], [1.0, 2.0]], [0, 1]), r"rows of different lengths"),
    "lengths": ((TWO, [0, 1, 1]), r"x has 2 examples and y has 3: give one target per example"),
    "negative label": ((TWO, [0, -1]), r"label -1 at row 1 is out of range"),
    "weights too few": ((TWO, [0, 1], [1.0]), r"x has 2 examples and weight has 1"),
    "negative weight": ((TWO, [0, 1], [1.0, -2.0]), r"weight is -2.0 at row 1"),
    "weights in columns": ((TWO, [0, 1], TWO), r"weight must be one number per example, got shape \(2, 2\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_sentence(case):
    arguments, sentence = BAD[case]
    with pytest.raises(RavineError, match=sentence):
        Split(*arguments)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32, np.float64, bool])
def test_numbers_of_any_kind_become_float32(dtype):
    split = Split(np.array([[0, 1], [1, 1]], dtype), np.array([0, 1], np.uint8))
    assert split.x.dtype == np.float32
    assert split.y.dtype == np.int32
    assert split.x.tolist() == [[0.0, 1.0], [1.0, 1.0]]


def test_float32_is_copied_once_at_most():
    """Only where the device could not read it in place; a split of a split is not copied again."""
    x = aligned(np.ones((3, 2), np.float32))
    assert np.shares_memory(Split(x, [0, 1, 2]).x, x)
    x = np.ones(7, np.float32)[1:].reshape(3, 2)
    first = Split(x, [0, 1, 2])
    assert first.x.ctypes.data % 64 == 0
    assert np.shares_memory(Split(first.x, first.y).x, first.x)


def test_kinds_of_targets():
    assert Split(TWO, [[0], [1]]).y.shape == (2,), "one column of integers is labels"
    assert Split(TWO, [0.5, 1.5]).y.shape == (2, 1), "a vector of numbers is one column"
    assert Split(TWO, np.eye(2, dtype=int)).y.dtype == np.float32, "integers in columns are numbers (one-hot)"
    assert Split([1.0, 2.0], [0, 1]).x.shape == (2, 1)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=3, max_side=4), elements=st.floats(width=32)))
def test_finite_data_pass_and_other_data_are_located(x):
    labels = np.zeros(len(x), int)
    if np.isfinite(x).all():
        assert np.array_equal(Split(x, labels).x, x.astype(np.float32))
    else:
        row = int(np.argwhere(~np.isfinite(x))[0][0])
        with pytest.raises(RavineError, match=f"at row {row}, column"):
            Split(x, labels)


def test_take_keeps_rows_together():
    split = Split(np.arange(5.0)[:, None], np.arange(5), np.arange(5.0))
    part = split.take(np.array([4, 0]))
    assert part.x.ravel().tolist() == part.y.tolist() == part.weight.tolist() == [4, 0]


def test_dataset_parts_must_agree():
    train = Split(TWO, [0, 1])
    with pytest.raises(RavineError, match=r"the test examples have shape \(3,\), those for training \(2,\)"):
        Dataset("demo", train, test=Split(np.ones((1, 3)), [0]))
    with pytest.raises(RavineError, match="give all parts the same kind of target"):
        Dataset("demo", train, validation=Split(TWO, [0.5, 1.5]))
    with pytest.raises(RavineError, match="train label at row 1 is 1, but there are 1 classes"):
        Dataset("demo", train, classes=("only",))
    with pytest.raises(RavineError, match="targets have 2 columns, but there are 3 classes"):
        Dataset("demo", Split(TWO, TWO), classes=("a", "b", "c"))


def test_task():
    assert Dataset("demo", Split(TWO, [0, 1])).task == "classification"
    assert Dataset("demo", Split(TWO, TWO), classes=("a", "b")).task == "classification"
    assert Dataset("demo", Split(TWO, [0.5, 1])).task == "regression"


def test_fingerprint_sees_every_array_and_nothing_else():
    def made(x=TWO, y=(0, 1), weight=None, name="a", **parts):
        return Dataset(name, Split(x, list(y), weight), **parts).fingerprint

    base = made()
    assert made(name="b", classes=("no", "yes"), note="elsewhere") == base
    other = Split(TWO, [0, 1])
    variants = [made(x=TWO + 1), made(y=(1, 0)), made(weight=[1, 1]), made(test=other), made(validation=other)]
    assert len({base, *variants}) == len(variants) + 1
