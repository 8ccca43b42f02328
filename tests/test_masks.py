"""Masked steps and targets of weight 0 count nowhere: not in a loss, not in a metric, not in a gradient.

Keras's losses and metrics are asked about the places that count alone, outside of a model, in float64.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import RavineError
from ravine.data import Dataset, Split
from ravine.functions import metric
from ravine.nn import Dense, Embedding, Masking, Network, SimpleRNN
from ravine.optim import SGD
from ravine.train import Plan, Session, objective, train
from ravine.train.engine._objective import checked

theirs_keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

N, STEPS, FEATURES, OUT = 7, 5, 3, 4
RNG = np.random.default_rng(3)
LENGTHS = np.array([5, 1, 3, 2, 4, 5, 2])
MASK = np.arange(STEPS) < LENGTHS[:, None]
X = np.where(MASK[..., None], RNG.normal(size=(N, STEPS, FEATURES)), 0.0)
PER_STEP = RNG.uniform(0.5, 2, (N, STEPS)) * (RNG.uniform(size=(N, STEPS)) > 0.3)
PER_EXAMPLE = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 0.0, 3.0])
LABELS = RNG.integers(0, OUT, (N, STEPS))
REAL = RNG.normal(size=(N, STEPS, OUT))
UNIT = (RNG.uniform(size=(N, STEPS, OUT)) > 0.5).astype(float)

# The loss: its targets, the last activation, what no target may be, and the metrics asked beside it.
CASES: dict[str, tuple[np.ndarray, str, Any, tuple[str, ...]]] = {
    "mse": (REAL, "linear", np.nan, ("mse", "mae", "rmse", "r2", "huber")),
    "mae": (REAL, "linear", np.nan, ("mae",)),
    "huber": (REAL, "linear", np.inf, ("huber",)),
    "poisson": (np.floor(4 * UNIT), "softplus", -1.0, ("poisson",)),
    "hinge": (2 * UNIT - 1, "linear", 7.0, ("hinge",)),
    "squared_hinge": (2 * UNIT - 1, "linear", np.nan, ("squared_hinge",)),
    "binary_crossentropy": (UNIT, "logistic", np.nan, ("binary_accuracy", "auc", "precision", "recall")),
    "kl_divergence": (UNIT, "softmax", np.nan, ("kl_divergence",)),
    "categorical_crossentropy": (np.eye(OUT)[LABELS], "softmax", 0.0, ("categorical_accuracy", "top_k", "f1")),
    "sparse_categorical_crossentropy": (LABELS, "softmax", -1, ("sparse_categorical_accuracy", "confusion_matrix")),
}
WEIGHTS = {"masked": None, "masked, weights per step": PER_STEP, "masked, weights per example": PER_EXAMPLE}


def their_value(name: str, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
    """Keras's (else scikit-learn's) value of the metric *name* on rows that all count."""
    if name == "confusion_matrix":
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(y, p.argmax(axis=1), sample_weight=w, labels=range(OUT))
    if name == "r2":
        from sklearn.metrics import r2_score

        return r2_score(y, p, sample_weight=w)
    made: dict[str, Any] = {
        "rmse": theirs_keras.metrics.RootMeanSquaredError,
        "auc": theirs_keras.metrics.AUC,
        "precision": theirs_keras.metrics.Precision,
        "recall": theirs_keras.metrics.Recall,
        "top_k": lambda dtype: theirs_keras.metrics.TopKCategoricalAccuracy(5, dtype=dtype),
        "f1": lambda dtype: theirs_keras.metrics.F1Score(average="macro", dtype=dtype),
        "binary_accuracy": theirs_keras.metrics.BinaryAccuracy,
        "categorical_accuracy": theirs_keras.metrics.CategoricalAccuracy,
        "sparse_categorical_accuracy": theirs_keras.metrics.SparseCategoricalAccuracy,
    }
    if name in made:
        asked = made[name](dtype="float64")
        spread = w[:, None] if name in ("auc", "precision", "recall") else w
        asked.update_state(y, p, sample_weight=np.broadcast_to(spread, p.shape) if spread.ndim == 2 else w)
        return np.asarray(asked.result())
    each = np.asarray(theirs_keras.losses.get(name)(y, p))
    return (each * w).sum() / w.sum()


@pytest.mark.parametrize(
    "weights", [w if w == "masked, weights per step" else pytest.param(w, marks=pytest.mark.slow) for w in WEIGHTS]
)
@pytest.mark.parametrize("name", CASES)
def test_nothing_but_what_counts(name: str, weights: str) -> None:
    """Both sides in float64; Keras guards shares by 1e-7, and its AUC counts in float32: 1e-6."""
    y, last, wrong, metrics = CASES[name]
    w = WEIGHTS[weights]
    network = Network((Masking(), SimpleRNN(3, return_sequences=True), Dense(OUT, last)), (STEPS, FEATURES))
    full = np.ones((N, STEPS)) if w is None else np.broadcast_to(w if w.ndim == 2 else w[:, None], (N, STEPS))
    used = MASK & (full != 0)
    bad = y.astype(float)
    bad[~used] = wrong
    aim = objective(network, name, metrics)
    targets = checked(aim.loss, bad, network, X, w)

    def session() -> Session:
        return Session(network, SGD(0.1), aim, dtype="float64")

    found = session().evaluate(X, targets, w)
    with jax.enable_x64(True):
        p = session().predict(X)
        each = np.asarray(theirs_keras.losses.get(name)(y[used], p[used]))
        np.testing.assert_allclose(found.loss, (each * full[used]).sum() / MASK.sum(), rtol=1e-6)
        for each_name, value in found.metrics.items():
            asked = next(m for m in metrics if metric(m).name == each_name)
            expected = their_value(asked, y[used], p[used], full[used])
            np.testing.assert_allclose(value, expected, rtol=1e-6, err_msg=each_name)
    # What stands at places that do not count changes no bit of the weights after a step.
    order, after = np.arange(N, dtype=np.int32)[None], []
    for given in (targets, checked(aim.loss, y, network, X)):
        trained = session()
        trained.run(trained.examples(X, given, w), order)
        after.append(trained.variables)
    assert jax.tree.all(jax.tree.map(lambda a, b: np.array_equal(a, b) and np.isfinite(a).all(), *after))


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_target_that_counts_is_refused(name: str) -> None:
    y, last, wrong, _ = CASES[name]
    network = Network((Masking(), SimpleRNN(3, return_sequences=True), Dense(OUT, last)), (STEPS, FEATURES))
    bad = y.astype(float)
    bad[~MASK] = wrong
    bad[2, 1] = wrong
    with pytest.raises(RavineError, match=r"at index \(2, 1"):
        checked(objective(network, name).loss, bad, network, X)


def sequence(k: Any) -> Any:
    model = k.Sequential([
        k.layers.Input((STEPS, FEATURES)),
        k.layers.Masking(),
        k.layers.SimpleRNN(3, return_sequences=True),
        k.layers.Dense(OUT),
    ])  # fmt: skip
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mse", "mae"], weighted_metrics=["mae"])
    return model


@pytest.mark.parametrize("weight", [None, PER_STEP.astype(np.float32)], ids=["masked", "masked and weighted"])
def test_models_count_as_keras_does(weight: Any) -> None:
    """Batches of 3, of unequal numbers of steps: Keras's loss is the mean over batches. Some 30 float32 sums: 1e-5.

    The metrics of `fit` are left to the test by hand above: on JAX Keras loses the mask before it comes to them.
    """
    theirs, ours = sequence(theirs_keras), sequence(ours_keras)
    ours.set_weights(theirs.get_weights())
    x, y = X.astype(np.float32), REAL.astype(np.float32)
    for size in (3, 32):
        expected = theirs.evaluate(x, y, size, sample_weight=weight, verbose=0, return_dict=True)
        found = ours.evaluate(x, y, size, sample_weight=weight, verbose=0, return_dict=True)
        assert found.keys() >= expected.keys() - {"compile_metrics"}
        for name in found.keys() & expected.keys():
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, err_msg=name)
    held = (x, y) if weight is None else (x, y, weight)
    told = {"sample_weight": weight, "validation_data": held, "batch_size": 3, "epochs": 2}
    here = ours.fit(x, y, shuffle=False, verbose=0, **told).history
    there = theirs.fit(x, y, shuffle=False, verbose=0, **told).history
    for name in ("loss", "val_loss", "val_mse", "val_mae", "val_weighted_mae"):
        if name in there:
            np.testing.assert_allclose(here[name], there[name], rtol=1e-5, err_msg=name)


def test_models_train_with_padded_targets() -> None:
    """Label -1 at padded steps and in examples of weight 0; class weights see no class in it."""
    model = ours_keras.Sequential([
        ours_keras.layers.Input((STEPS,)),
        ours_keras.layers.Embedding(9, 3, mask_zero=True),
        ours_keras.layers.GRU(3, return_sequences=True),
        ours_keras.layers.Dense(OUT, activation="softmax"),
    ])  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    words = np.where(MASK, RNG.integers(1, 9, (N, STEPS)), 0)
    y = np.where(MASK, LABELS, -1)
    first = model.get_weights()
    for options in ({}, {"class_weight": {0: 2.0}}, {"sample_weight": PER_EXAMPLE}):
        model.set_weights(first)
        padded = model.fit(words, y, shuffle=False, verbose=0, **options).history
        model.set_weights(first)
        clean = model.fit(words, np.where(MASK, LABELS, 0), shuffle=False, verbose=0, **options).history
        assert padded == clean and np.isfinite(padded["loss"]).all()
    plain = ours_keras.Sequential([ours_keras.layers.Dense(1, input_shape=(2,))])
    plain.compile("sgd", "mse", weighted_metrics=["mae"])
    nan = np.array([1.0, np.nan, 3.0])
    history = plain.fit(np.ones((3, 2)), nan, sample_weight=np.array([1.0, 0.0, 2.0]), epochs=2, verbose=0).history
    assert np.isfinite([history["loss"], history["mae"]]).all()
    with pytest.raises(RavineError, match=r"target nan at index \(?1"):
        plain.fit(np.ones((3, 2)), nan, sample_weight=np.array([1.0, 1e-3, 2.0]), verbose=0)


def test_a_mask_behind_weights_is_not_known_on_the_host() -> None:
    network = Network((Dense(2), Masking(), SimpleRNN(3, return_sequences=True)), (STEPS, FEATURES))
    assert network.masks and network.output_mask(X) is None
    words = Network((Embedding(9, 2, mask_zero=True), SimpleRNN(3, return_sequences=True)), (STEPS,))
    assert np.array_equal(words.output_mask(np.where(MASK, 2, 0)), MASK)
    assert Network((Masking(), SimpleRNN(3)), (STEPS, FEATURES)).output_mask(X) is None


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("backwards", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_zero_output_for_mask_is_keras_s(kind: str, sequences: bool, backwards: bool) -> None:
    made = [
        getattr(k.layers, kind)(3, return_sequences=sequences, go_backwards=backwards, zero_output_for_mask=True)
        for k in (theirs_keras, ours_keras)
    ]
    x = X.astype(np.float32)
    for layer in made:
        layer.build((None, STEPS, FEATURES))
    made[1].set_weights(made[0].get_weights())
    expected = np.asarray(made[0](x, mask=MASK))
    np.testing.assert_allclose(np.asarray(made[1](x, mask=MASK)), expected, rtol=1e-5, atol=1e-7)
    # Read backwards, the last step is the first, which no sequence here lacks.
    assert (expected == 0).any() == (sequences or not backwards)
    config = made[1].get_config()
    assert config["zero_output_for_mask"] is True
    assert type(made[1]).from_config(config).zero_output_for_mask is True


def test_softmax_keeps_to_its_mask() -> None:
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    for mask in (RNG.uniform(size=(3, 4)) > 0.4, np.array([True, False, True, True]), np.zeros((3, 4), bool)):
        expected = np.asarray(theirs_keras.layers.Softmax()(x, mask=mask))
        np.testing.assert_allclose(np.asarray(ours_keras.layers.Softmax()(x, mask=mask)), expected, rtol=1e-6)
    with pytest.raises(RavineError, match=r"Softmax: the mask has shape \(3,\), the input \(3, 4\)"):
        ours_keras.layers.Softmax()(x, mask=np.ones(3, bool))


def test_an_example_of_weight_nothing_needs_no_target() -> None:
    """In the core's data too: NaN, or label -1, beside a weight of 0, and refused beside any other."""
    x = np.arange(6.0).reshape(3, 2)
    assert Split(x, [1.0, np.nan, 2.0], [1, 0, 1]).y.ravel().tolist() == [1.0, 0.0, 2.0]
    assert Split(x, [1, 0, -1], [1, 1, 0]).y.tolist() == [1, 0, 0]
    with pytest.raises(RavineError, match="label -1 at row 2"):
        Split(x, [1, 0, -1], [1, 1, 0.5])
    data = Dataset("holes", Split(x, [1.0, np.nan, 2.0], [1, 0, 1]))
    run = train(Network((Dense(1),), (2,)), SGD(0.01), data, Plan(epochs=2, metrics=("mae", "r2")))
    assert all(np.isfinite(run.history[name][1:]).all() for name in ("loss", "mae", "r2"))
