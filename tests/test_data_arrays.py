"""Arrays as data sets: kinds of targets, names of classes, parts given or cut off."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import encode_labels, from_arrays

X = np.arange(12.0).reshape(6, 2)
KINDS = {
    "labels": ([0, 1, 2, 0, 1, 2], "classification", ("0", "1", "2"), [0, 1, 2, 0, 1, 2]),
    "labels with a gap": ([1, 5, 1, 5, 1, 5], "classification", ("1", "5"), [0, 1, 0, 1, 0, 1]),
    "signs": ([-1, 1, -1, 1, -1, 1], "classification", ("-1", "1"), [0, 1, 0, 1, 0, 1]),
    "more than ten": ([0, 2, 10, 0, 2, 10], "classification", ("0", "2", "10"), [0, 1, 2, 0, 1, 2]),
    "booleans": ([False, True] * 3, "classification", ("False", "True"), [0, 1] * 3),
    "texts": (["b", "a"] * 3, "classification", ("a", "b"), [1, 0] * 3),
    "text objects": (np.array(["b", "a"] * 3, object), "classification", ("a", "b"), [1, 0] * 3),
    "one column of labels": ([[0], [1]] * 3, "classification", ("0", "1"), [0, 1] * 3),
    "numbers": ([0.5, 1, 2, 3, 4, 5], "regression", None, [[0.5], [1], [2], [3], [4], [5]]),
    "columns": ([[1.0, 2.0]] * 6, "regression", None, [[1.0, 2.0]] * 6),
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds_of_targets(case):
    y, task, classes, wanted = KINDS[case]
    made = from_arrays(X, y)
    assert (made.task, made.classes, made.train.y.tolist()) == (task, classes, wanted)
    assert made.train.x.dtype == np.float32


def test_task_said_by_the_caller():
    counts = from_arrays(X, [3, 1, 4, 1, 5, 9], task="regression")
    assert (counts.task, counts.train.y.shape, counts.classes) == ("regression", (6, 1), None)
    stored = from_arrays(X, [0.0, 1.0] * 3, task="classification")
    assert (stored.train.y.dtype, stored.classes) == (np.int32, ("0", "1"))
    one_hot = from_arrays(X, np.eye(2)[[0, 1] * 3], task="classification")
    assert (one_hot.train.y.shape, one_hot.classes, one_hot.task) == ((6, 2), ("0", "1"), "classification")


def test_names_of_classes_given():
    made = from_arrays(X, [0, 1, 1, 0, 1, 1], classes=("no", "yes", "perhaps"))
    assert (made.classes, made.train.y.tolist()) == (("no", "yes", "perhaps"), [0, 1, 1, 0, 1, 1])
    assert from_arrays(X, ["z", "a"] * 3, classes=("z", "a")).train.y.tolist() == [0, 1] * 3


def test_parts_given_share_the_numbering():
    made = from_arrays(X, ["c", "a"] * 3, validation=(X[:1], ["b"]), test=(X[:2], ["c", "b"]))
    assert made.classes == ("a", "b", "c")
    assert (made.train.y.tolist(), made.validation.y.tolist(), made.test.y.tolist()) == ([2, 0] * 3, [1], [2, 1])


def test_parts_cut_off():
    x = np.arange(100.0)[:, None]
    made = from_arrays(x, np.arange(100) % 4, weight=np.arange(100.0), validation=20, test=0.2, seed=7)
    assert [len(part) for part in made.parts.values()] == [60, 20, 20]
    assert np.bincount(made.test.y).tolist() == [5] * 4
    assert np.array_equal(made.test.x.ravel(), made.test.weight)
    assert sorted(np.concatenate([part.x for part in made.parts.values()]).ravel().tolist()) == x.ravel().tolist()


def test_other_kinds_of_arrays():
    made = from_arrays(jnp.ones((2, 3)), jnp.array([0, 1]))
    assert isinstance(made.train.x, np.ndarray)
    assert from_arrays([[1, 2], [3, 4]], [0, 1]).input_shape == (2,)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((X, [0] * 5), {}, "x has 6 examples and y has 5"),
        ((X, []), {}, "y is empty"),
        ((X, [0.5] * 6), {"task": "classification"}, "label 0.5 at row 0 is no whole number"),
        ((X, ["a", 1, "a", 1, "a", None]), {}, "label 1 at row 1 is no text|dtype"),
        ((X, ["no", "maybe"] * 3), {"classes": ("no", "yes")}, "label 'maybe' at row 1 is not a class"),
        ((X, [0, 3] * 3), {"classes": ("no", "yes")}, "label at row 1 is 3, but there are 2 classes"),
        ((X, [0, 1] * 3), {"task": "ranking"}, "unknown task 'ranking'"),
        ((X, [0, 1] * 3), {"test": 6}, "leave none of the 6 examples"),
        ((X, [0, 1] * 3), {"test": "some"}, "test must be a size, a fraction or a pair"),
        ((X, [0, 1] * 3), {"test": (X, ["a"] * 6)}, "the labels of some parts are texts"),
        ((X, np.zeros((6, 2), "datetime64[s]")[:, 0]), {}, "y must hold numbers|labels must be"),
    ],
)
def test_bad_arguments(arguments, options, sentence):
    with pytest.raises(RavineError, match=sentence):
        from_arrays(*arguments, **options)


def test_encode_labels_needs_one_label_per_example():
    with pytest.raises(RavineError, match="labels must be one per example"):
        encode_labels([[0, 1], [1, 0]])
