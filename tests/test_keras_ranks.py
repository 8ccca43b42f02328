"""Losses and metrics called outside a model, beside Keras's: every rank of targets, outputs and weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import RavineError
from slow_marks import often

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

# One float32 sum, in another order on the two sides.
CLOSE = {"rtol": 2e-5, "atol": 1e-6}


def test_the_values_of_the_report() -> None:
    """By hand: (0 + 0 + 1) / 3; (-ln .9 - ln .8) / 2; (1 * 1 + 0) / 2; both labels among the first two of two."""
    k = ours_keras
    assert float(k.losses.MeanSquaredError()([1, 2, 3], [[1], [2], [4]])) == pytest.approx(1 / 3, rel=1e-6)
    sparse = k.losses.SparseCategoricalCrossentropy()([[0], [1]], [[0.9, 0.1], [0.2, 0.8]])
    assert float(sparse) == pytest.approx(-np.log([0.9, 0.8]).mean(), rel=1e-5)
    weighted = k.losses.MeanSquaredError()([[1.0], [2.0]], [[2.0], [2.0]], sample_weight=[[1.0], [0.0]])
    assert float(weighted) == pytest.approx(0.5)
    assert float(k.metrics.SparseTopKCategoricalAccuracy(k=2)([[0], [1]], [[0.9, 0.1], [0.2, 0.8]])) == 1.0


ELEMENTWISE = ["MeanSquaredError", "MeanAbsoluteError", "Huber", "Poisson", "Hinge", "SquaredHinge"]
ROWS = ["CategoricalCrossentropy", "KLDivergence", "BinaryCrossentropy"]
# Shapes of targets, of outputs, and of the weights that fit.
ANY = [
    ((4,), (4,), [(4,), (4, 1)]),
    ((4,), (4, 1), [(4,), (4, 1)]),
    ((4, 1), (4,), [(4,), (4, 1)]),
    ((4, 1), (4, 1), [(4,), (4, 1)]),
    ((4, 3), (4, 3), [(4,), (4, 1)]),
    ((4, 2, 3), (4, 2, 3), [(4, 1), (4, 2), (4, 2, 1)]),
    ((4, 2), (4, 2, 1), [(4,), (4, 1)]),
]
SAME = [case for case in ANY if case[0] == case[1]]
SPARSE = [
    ((4,), (4, 3), [(4,), (4, 1)]),
    ((4, 1), (4, 3), [(4,), (4, 1)]),
    ((4, 2), (4, 2, 3), [(4, 1), (4, 2), (4, 2, 1)]),
    ((4, 2, 1), (4, 2, 3), [(4, 1), (4, 2)]),
]


def cases() -> Iterator[tuple[Any, ...]]:
    rows = [case for case in SAME if case[0][-1] == 3]
    kinds: list[tuple[str, list[Any]]] = [
        *((kind, ANY) for kind in ELEMENTWISE),
        *((kind, rows) for kind in ROWS),
        ("SparseCategoricalCrossentropy", SPARSE),
    ]
    for kind, shapes in kinds:
        for case in shapes:
            yield kind, *case


CASES = list(cases())


def numbers(kind: str, y_shape: Any, out_shape: Any, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    out = rng.uniform(0.05, 0.95, out_shape).astype(np.float32)
    if kind.startswith("Sparse"):
        return rng.integers(0, out_shape[-1], y_shape), out
    if kind in ("CategoricalAccuracy", "TopKCategoricalAccuracy", "CategoricalCrossentropy", "KLDivergence"):
        out /= out.sum(-1, keepdims=True)
        return np.eye(y_shape[-1], dtype=np.float32)[rng.integers(0, y_shape[-1], y_shape[:-1])], out
    return rng.integers(0, 2, y_shape).astype(np.float32), out


def same(mine: Any, other: Any, message: str) -> None:
    np.testing.assert_allclose(np.asarray(mine, float), np.asarray(other, float), err_msg=message, **CLOSE)


@pytest.mark.parametrize(("kind", "y_shape", "out_shape", "weights"), often(CASES, CASES[::6]), ids=str)
def test_every_loss_at_every_rank(kind: str, y_shape: Any, out_shape: Any, weights: Any) -> None:
    y, out = numbers(kind, y_shape, out_shape)
    rng = np.random.default_rng(1)
    # A loss of a vector is one number, which takes any weights.
    shapes = weights if len(out_shape) > 1 or len(y_shape) > 1 else [()]
    for shape, reduction in itertools.product(
        [None, *shapes], ["sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None]
    ):
        weight = None if shape is None else rng.uniform(0, 2, shape).astype(np.float32)
        mine, other = (
            getattr(k.losses, kind)(reduction=reduction)(y, out, sample_weight=weight)
            for k in (ours_keras, theirs_keras)
        )
        assert np.shape(mine) == np.shape(other), (shape, reduction)
        same(mine, other, f"{shape} {reduction}")


FULL = [((4,), (4,), [(4,)]), ((4,), (4, 1), [(4,)]), ((4, 3), (4, 3), [(4,), (4, 1), (4, 3)])]
METRIC_SHAPES: dict[str, list[Any]] = {
    "BinaryAccuracy": [*ANY[:4], ((4, 3), (4, 3), [(4,), (4, 1), (4, 3)])],
    "CategoricalAccuracy": [case for case in SAME if case[0][-1] == 3],
    "SparseCategoricalAccuracy": SPARSE[:3],
    "TopKCategoricalAccuracy": [case for case in SAME if case[0][-1] == 3],
    "SparseTopKCategoricalAccuracy": SPARSE[:3],
    "RootMeanSquaredError": [*ANY[:4], ((4, 3), (4, 3), [(4,), (4, 1), (4, 3)])],
    "Precision": FULL,
    "Recall": FULL,
    "AUC": FULL,
    "F1Score": [((4, 3), (4, 3), [(4,)])],
    "R2Score": [((4, 1), (4, 1), [(4,)]), ((4, 3), (4, 3), [(4,)])],
    **{kind: [case for case in ANY if len(case[1]) > 1] for kind in ELEMENTWISE[:2]},
    # Of a vector of targets beside a column of outputs Keras makes all pairs here; see docs/keras.md.
    **{kind: [case for case in SAME if len(case[1]) > 1] for kind in ELEMENTWISE[3:]},
    "CategoricalCrossentropy": [case for case in SAME if case[0][-1] == 3],
    "KLDivergence": [case for case in SAME if case[0][-1] == 3],
    "BinaryCrossentropy": [case for case in SAME if case[0][-1] == 3],
    "SparseCategoricalCrossentropy": SPARSE,
}


@pytest.mark.parametrize("kind", often(list(METRIC_SHAPES), list(METRIC_SHAPES)[::3]))
def test_every_metric_at_every_rank(kind: str) -> None:
    """Two updates and their common value; then nothing is left of them."""
    options = {"k": 2} if "TopK" in kind else {}
    rng = np.random.default_rng(1)
    for y_shape, out_shape, weights in METRIC_SHAPES[kind]:
        for shape in [None, *weights]:
            pair = [getattr(k.metrics, kind)(**options) for k in (ours_keras, theirs_keras)]
            for seed in (0, 1):
                y, out = numbers(kind, y_shape, out_shape, seed)
                weight = None if shape is None else rng.uniform(0.1, 2, shape).astype(np.float32)
                for made in pair:
                    made.update_state(y, out, sample_weight=weight)
            same(pair[0].result(), pair[1].result(), f"{y_shape} {out_shape} {shape}")
            pair[0].reset_state()
            assert pair[0].result() == 0


def test_means_of_values_and_of_functions() -> None:
    def worst(y: Any, p: Any, power: int = 1) -> Any:
        return jnp.max(jnp.abs(jnp.asarray(p) - jnp.asarray(y)) ** power, axis=-1)

    y, out = numbers("MeanSquaredError", (4, 3), (4, 3))
    for weight in (None, np.array([1.0, 0.0, 2.0, 0.5], np.float32)):
        for values in (np.float32(3.0), out[:, 0], out):
            used = weight if np.ndim(values) else None
            mine, other = (k.metrics.Mean()(values, sample_weight=used) for k in (ours_keras, theirs_keras))
            same(mine, other, "Mean")
        for options in ({}, {"power": 2}):
            mine, other = (
                k.metrics.MeanMetricWrapper(worst, **options)(y, out, sample_weight=weight)
                for k in (ours_keras, theirs_keras)
            )
            same(mine, other, "MeanMetricWrapper")


def test_nothing_counted_is_zero_and_no_error() -> None:
    """As in Keras, outside of a model."""
    y, out = numbers("MeanSquaredError", (4, 3), (4, 3))
    zeros = np.zeros(4, np.float32)
    for kind in ("BinaryAccuracy", "MeanSquaredError", "Precision", "RootMeanSquaredError"):
        mine, other = (getattr(k.metrics, kind)()(y, out, sample_weight=zeros) for k in (ours_keras, theirs_keras))
        assert float(mine) == float(other) == 0.0
    loss = ours_keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(loss(y, out, sample_weight=zeros)) == 0.0


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"])
def test_a_mask_leaves_out_what_it_hides(reduction: str) -> None:
    y, out = numbers("MeanSquaredError", (4, 2, 3), (4, 2, 3))
    mask = np.array([[1, 1], [1, 0], [0, 0], [1, 0]], bool)
    for weight in (None, np.random.default_rng(0).uniform(0.1, 2, (4, 2)).astype(np.float32)):
        found = []
        for k in (ours_keras, theirs_keras):
            hidden = jnp.asarray(out)
            hidden._keras_mask = jnp.asarray(mask)
            found.append(
                (
                    k.losses.MeanSquaredError(reduction=reduction)(y, hidden, sample_weight=weight),
                    k.metrics.MeanSquaredError()(y, hidden, sample_weight=weight),
                )
            )
        same(found[0], found[1], str(weight is None))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_losses_compute_in_the_type_they_are_given(dtype: str) -> None:
    y, out = numbers("MeanSquaredError", (4, 3), (4, 3))
    mine, other = (k.losses.MeanSquaredError(dtype=dtype)(y, out) for k in (ours_keras, theirs_keras))
    assert mine.dtype == other.dtype == dtype
    # Halves hold eleven bits, bfloat16 eight: one unit of them.
    np.testing.assert_allclose(float(mine), float(other), rtol={"bfloat16": 2**-7, "float16": 2**-10}.get(dtype, 1e-6))
    model = ours_keras.Sequential([ours_keras.layers.Dense(3, input_shape=(2,))])
    if dtype != "float32":
        with pytest.raises(RavineError, match=f"models compute in float32 or float64, not in {dtype}"):
            model.compile("sgd", ours_keras.losses.MeanSquaredError(dtype=dtype))


def test_losses_work_inside_other_functions() -> None:
    """In a loss of one's own they are traced."""

    def both(y: Any, p: Any) -> Any:
        return ours_keras.losses.mean_squared_error(y, p) + ours_keras.losses.Huber()(y, p)

    y, out = numbers("MeanSquaredError", (4, 3), (4, 3))
    np.testing.assert_allclose(jax.jit(both)(y, out), both(y, out), rtol=1e-6)


def test_a_class_of_ones_own() -> None:
    for k in (ours_keras, theirs_keras):

        class Worst(k.losses.Loss):
            def call(self, y_true: Any, y_pred: Any) -> Any:
                return abs(y_pred - y_true).max(axis=-1)

        loss = Worst(reduction="sum")
        assert float(loss(np.array([[0, 0], [1, 1]]), np.array([[1, 3], [1, 2]]), np.array([1.0, 0.5]))) == 3.5


def test_names_mean_what_they_mean_in_keras() -> None:
    y, out = numbers("MeanSquaredError", (4, 3), (4, 3))
    for name in ("mse", "MSE", "mean_absolute_error", "MeanSquaredError", "hinge", "Hinge", "kld"):
        mine, other = (k.losses.get(name)(y, out) for k in (ours_keras, theirs_keras))
        assert np.shape(mine) == np.shape(other), name
        same(mine, other, name)
    assert ours_keras.losses.get(None) is ours_keras.metrics.get(None) is None
    assert ours_keras.losses.get("mse") is ours_keras.losses.mean_squared_error


MISFITS: list[tuple[str, Any, Any]] = [
    ("MeanSquaredError", (4, 3), (4, 2)),
    ("Huber", (3,), (4,)),
    ("Hinge", (4, 3), (4, 2)),
    ("BinaryCrossentropy", (4, 1), (4, 3)),
    ("CategoricalCrossentropy", (4, 1), (4, 3)),
    ("SparseCategoricalCrossentropy", (4, 2), (4, 3)),
    ("SparseCategoricalCrossentropy", (3,), (4, 3)),
]


@pytest.mark.parametrize(("kind", "y_shape", "out_shape"), MISFITS)
def test_what_does_not_fit_is_refused(kind: str, y_shape: Any, out_shape: Any) -> None:
    y, out = np.zeros(y_shape, np.float32), np.full(out_shape, 0.5, np.float32)
    with pytest.raises(RavineError, match=rf"{kind}: y_true of shape .* does not fit y_pred of shape"):
        getattr(ours_keras.losses, kind)()(y, out)


def test_bad_options_are_refused_where_they_are_given() -> None:
    k = ours_keras
    with pytest.raises(RavineError, match="unknown reduction 'abc': known: None, mean"):
        k.losses.Hinge(reduction="abc")
    with pytest.raises(RavineError, match=r"sample_weight of shape \(3,\) does not fit values of shape \(4,\)"):
        k.losses.MeanSquaredError()(np.zeros((4, 2)), np.zeros((4, 2)), sample_weight=np.ones(3))
    with pytest.raises(RavineError, match="num_thresholds must be an integer of at least 2, got 1"):
        k.metrics.AUC(num_thresholds=1)
    with pytest.raises(RavineError, match=r"thresholds must be a number in \[0, 1\], got -1"):
        k.metrics.Precision(thresholds=-1)
    with pytest.raises(RavineError, match=r"threshold must be a number in \(0, 1\], got 2.0"):
        k.metrics.F1Score(threshold=2.0)
    with pytest.raises(RavineError, match="k must be a positive integer"):
        k.metrics.TopKCategoricalAccuracy(k=0)
    with pytest.raises(RavineError, match=r"class_id=1 needs outputs of shape \(examples, classes\)"):
        k.metrics.Precision(class_id=1)([1.0, 0.0], [0.2, 0.8])
    with pytest.raises(RavineError, match="from_sorted_ids=True is not supported"):
        k.metrics.SparseTopKCategoricalAccuracy(from_sorted_ids=True)

    class Own(k.metrics.Metric):
        def __init__(self) -> None:
            super().__init__("own")
            self.total = self.add_weight(name="total")

    with pytest.raises(RavineError, match=r"Own: metrics of your own are not supported by ravine\.keras as classes"):
        Own()
