"""Training step by step beside Keras: the same weights, data and order give the same weights, losses and metrics."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, examples, twins
from slow_marks import often

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

# A handful of float32 steps; the two sides sum in another order, and roots of small squares magnify it.
LOOSE = {"rtol": 2e-4, "atol": 5e-6}
FIT = {"batch_size": 8, "shuffle": False, "verbose": 0}
N = 27  # the last batch is smaller


def regression(outputs: int = 3, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 4)).astype(np.float32), rng.normal(size=(n, outputs)).astype(np.float32)


def classification(n: int = N) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(n, 4)).astype(np.float32), rng.integers(0, 3, n)


def softmax_net(k: Any) -> list[Any]:
    return [k.layers.Input((4,)), k.layers.Dense(6, activation="tanh"), k.layers.Dense(3, activation="softmax")]


def logistic_net(k: Any) -> list[Any]:
    return [k.layers.Input((4,)), k.layers.Dense(6, activation="tanh"), k.layers.Dense(1, activation="sigmoid")]


def same_weights(ours: Any, theirs: Any, tolerance: dict[str, float] = LOOSE) -> None:
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, **tolerance)


def same_values(ours: dict[str, Any], theirs: dict[str, Any], tolerance: dict[str, float] = LOOSE) -> None:
    assert list(ours) == list(theirs)
    for name, mine in ours.items():
        np.testing.assert_allclose(np.asarray(mine, float), np.asarray(theirs[name], float), err_msg=name, **tolerance)


OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adagrad", {}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True, "rho": 0.8}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "beta_1": 0.8}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Nadam", {}),
    ("Adamax", {}),
    ("Lion", {}),
    ("SGD", {"weight_decay": 0.1}),
    ("SGD", {"clipnorm": 0.1}),
    ("SGD", {"clipvalue": 0.05}),
    ("Adam", {"global_clipnorm": 0.1}),
    ("Adam", {"gradient_accumulation_steps": 3}),
]


@pytest.mark.parametrize(("kind", "options"), often(OPTIMIZERS, OPTIMIZERS[2::2]), ids=str)
def test_every_optimizer(kind: str, options: dict[str, Any]) -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(getattr(package.optimizers, kind)(**options), "mse", metrics=["mae"])
    same_values(ours.fit(x, y, epochs=2, **FIT).history, theirs.fit(x, y, epochs=2, **FIT).history)
    same_weights(ours, theirs)
    assert ours.optimizer.get_config().keys() == theirs.optimizer.get_config().keys()
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)


SCHEDULES: dict[str, tuple[Any, ...]] = {
    "ExponentialDecay": (0.1, 3, 0.5),
    "InverseTimeDecay": (0.1, 3, 0.5, True),
    "CosineDecay": (0.1, 5, 0.1),
    "PolynomialDecay": (0.1, 3, 0.01, 2.0, True),
    "PiecewiseConstantDecay": ([2, 5], [0.1, 0.05, 0.01]),
}


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule(kind: str) -> None:
    mine = getattr(ours_keras.optimizers.schedules, kind)(*SCHEDULES[kind])
    other = getattr(theirs_keras.optimizers.schedules, kind)(*SCHEDULES[kind])
    for step in range(12):
        np.testing.assert_allclose(float(mine(step)), float(other(step)), rtol=1e-6, atol=1e-9)
    assert ours_keras.optimizers.schedules.serialize(mine)["config"] == mine.get_config()
    assert {k: v for k, v in mine.get_config().items() if v is not None}.items() <= other.get_config().items()


def test_a_schedule_drives_training() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        schedule = package.optimizers.schedules.CosineDecay(0.0, 6, warmup_target=0.2, warmup_steps=2)
        model.compile(package.optimizers.SGD(schedule, momentum=0.5), "mse")
        model.fit(x, y, epochs=2, **FIT)
    same_weights(ours, theirs)
    np.testing.assert_allclose(float(ours.optimizer.learning_rate), float(theirs.optimizer.learning_rate), rtol=1e-5)


@pytest.mark.parametrize(
    "name",
    often(
        ["dense_regularized", "constrained", "activation_layers", "recurrent", "bidirectional", "masked"],
        ["dense_regularized", "constrained", "activation_layers", "masked"],
    ),
)
def test_every_kind_of_layer_is_trained_alike(name: str) -> None:
    """Regularisers enter the loss, constraints act after the step, moving statistics move."""
    theirs, ours = twins(theirs_keras, ours_keras, MODELS[name])
    x = examples(ours, N)
    y = np.random.default_rng(3).normal(size=(N, *ours.output_shape[1:])).astype(np.float32)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.05), "mse")
    same_values(ours.fit(x, y, **FIT).history, theirs.fit(x, y, **FIT).history)
    same_weights(ours, theirs)
    same = ours.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(same, theirs.evaluate(x, y, verbose=0), **LOOSE)


def test_moving_statistics_move_alike() -> None:
    """A bias before batch normalisation has no gradient but rounding, so plain gradient descent and whole batches."""
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["normalized"])
    x, y = regression(n=24)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.05), "mse")
        model.fit(x, y, epochs=2, **FIT)
    same_weights(ours, theirs, {"rtol": 1e-3, "atol": 5e-5})
    ours.layers[1].trainable = theirs.layers[1].trainable = False
    held = ours.layers[1].get_weights()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.05), "mse")
        model.fit(x, y, **FIT)
    for before, after in zip(held, ours.layers[1].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    same_weights(ours, theirs, {"rtol": 1e-3, "atol": 1e-4})


LOSSES: list[tuple[str, Any, str, str]] = [
    ("categorical_crossentropy", {}, "softmax", "rows"),
    ("sparse_categorical_crossentropy", {}, "softmax", "labels"),
    ("categorical_crossentropy", {"label_smoothing": 0.2}, "softmax", "rows"),
    ("categorical_crossentropy", {"from_logits": True}, "linear", "rows"),
    ("sparse_categorical_crossentropy", {"from_logits": True}, "linear", "labels"),
    ("kl_divergence", {}, "softmax", "rows"),
    ("mean_squared_error", {}, "linear", "rows"),
    ("mean_absolute_error", {}, "linear", "rows"),
    ("huber", {"delta": 0.5}, "linear", "rows"),
    ("poisson", {}, "softplus", "rows"),
    ("binary_crossentropy", {}, "sigmoid", "rows"),
    ("binary_crossentropy", {"from_logits": True, "label_smoothing": 0.1}, "linear", "rows"),
    ("hinge", {}, "tanh", "rows"),
    ("squared_hinge", {}, "tanh", "rows"),
]


@pytest.mark.parametrize(("name", "options", "last", "targets"), often(LOSSES, LOSSES[::2]), ids=str)
def test_every_loss(name: str, options: dict[str, Any], last: str, targets: str) -> None:
    kind = {"kl_divergence": "KLDivergence"}.get(name, "".join(word.capitalize() for word in name.split("_")))

    def build(k: Any) -> list[Any]:
        return [k.layers.Input((4,)), k.layers.Dense(3, activation=last)]

    theirs, ours = twins(theirs_keras, ours_keras, build)
    x, labels = classification()
    y = np.eye(3, dtype=np.float32)[labels] if targets == "rows" else labels
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        loss = getattr(package.losses, kind)(**options) if options else name
        model.compile(package.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    same_values(ours.fit(x, y, epochs=2, **FIT).history, theirs.fit(x, y, epochs=2, **FIT).history)
    same_weights(ours, theirs)
    function = getattr(ours_keras.losses, name)
    np.testing.assert_allclose(
        function(y, ours.predict(x, verbose=0), **options),
        getattr(theirs_keras.losses, name)(y, theirs.predict(x, verbose=0), **options),
        **LOOSE,
    )


METRICS: dict[str, Callable[[Any], list[Any]]] = {
    "softmax": lambda k: [
        "accuracy",
        "acc",
        "categorical_crossentropy",
        "mse",
        k.metrics.TopKCategoricalAccuracy(k=2),
        k.metrics.F1Score(average="macro"),
        k.metrics.F1Score(name="each"),
        k.metrics.Precision(name="p"),
        k.metrics.Recall(thresholds=0.3, name="r"),
        k.metrics.AUC(name="roc"),
        k.metrics.AUC(curve="PR", num_thresholds=50, name="pr"),
        k.losses.mean_absolute_error,
    ],
    "logistic": lambda k: ["accuracy", "binary_crossentropy", "AUC", k.metrics.BinaryAccuracy(threshold=0.4, name="b")],
    "linear": lambda k: [
        "mae",
        "mean_squared_error",
        k.metrics.RootMeanSquaredError(),
        k.metrics.R2Score(),
        k.metrics.MeanAbsoluteError(name="second"),
    ],
}


@pytest.mark.parametrize(
    ("kind", "weighting"),
    often(
        itertools.product(METRICS, (None, "sample", "class")),
        [("softmax", None), ("logistic", "class"), ("linear", "sample")],
    ),
)
def test_metrics_and_weights(kind: str, weighting: str | None) -> None:
    """Weights act on the loss and the weighted metrics alone, by Keras's reduction."""
    build = {"softmax": softmax_net, "logistic": logistic_net, "linear": MODELS["plain"]}[kind]
    loss = {"softmax": "categorical_crossentropy", "logistic": "binary_crossentropy", "linear": "mse"}[kind]
    theirs, ours = twins(theirs_keras, ours_keras, build)
    x, labels = classification()
    y = {"softmax": np.eye(3)[labels], "logistic": labels % 2, "linear": regression()[1]}[kind]
    weights: dict[str, Any] = {}
    if weighting == "sample":
        weights["sample_weight"] = np.random.default_rng(4).uniform(0, 3, N)
    elif weighting == "class" and kind != "linear":
        weights["class_weight"] = {0: 0.5, 1: 3.0}
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        # Keras compares one-column outputs with class numbers only where these have a column too.
        model.compile(package.optimizers.SGD(0.1), loss, metrics=METRICS[kind](package), weighted_metrics=["mae"])
    target = y[:, None] if kind == "logistic" else y
    got, wanted = (model.fit(x, target, epochs=2, **FIT, **weights).history for model in (ours, theirs))
    same_values(got, wanted)
    same_weights(ours, theirs)
    mine = ours.evaluate(x, target, sample_weight=weights.get("sample_weight"), verbose=0, return_dict=True)
    other = theirs.evaluate(x, target, sample_weight=weights.get("sample_weight"), verbose=0, return_dict=True)
    same_values(dict(sorted(mine.items())), dict(sorted(other.items())))
    listed = ours.evaluate(x, target, verbose=0)
    assert listed[0] == ours.evaluate(x, target, verbose=0, return_dict=True)["loss"]
    assert len(listed) == len(mine)


def test_validation_split_takes_the_last_part() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    w = np.random.default_rng(5).uniform(0, 2, N)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.1), "mse", metrics=["mae"])
    options = {**FIT, "validation_split": 0.3, "sample_weight": w, "epochs": 3, "validation_freq": 2}
    same_values(ours.fit(x, y, **options).history, theirs.fit(x, y, **options).history)


@pytest.mark.parametrize("parts", [2, 3])
def test_validation_data(parts: int) -> None:
    theirs, ours = twins(theirs_keras, ours_keras, softmax_net)
    x, labels = classification()
    held = (x[:10], labels[:10], np.linspace(0, 2, 10))[:parts]
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    options = {**FIT, "validation_data": held, "epochs": 4, "initial_epoch": 2}
    got, wanted = ours.fit(x, labels, **options), theirs.fit(x, labels, **options)
    same_values(got.history, wanted.history)
    assert got.epoch == wanted.epoch == [2, 3]


def test_state_of_the_optimizer_stays_between_calls_and_compile_resets_it() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.Adam(0.01), "mse")
        for _ in range(3):
            model.fit(x, y, **FIT)
        model.optimizer.learning_rate = 0.1
        model.fit(x, y, **FIT)
    same_weights(ours, theirs)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.Adam(0.01), "mse")
        model.fit(x, y, **FIT)
    same_weights(ours, theirs)
    assert int(ours.optimizer.iterations) == 4


def test_single_batches() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, softmax_net)
    x, labels = classification()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for start in (0, 8, 16):
        part = slice(start, start + 8)
        got, wanted = (m.train_on_batch(x[part], labels[part], class_weight={0: 2.0}) for m in (ours, theirs))
        np.testing.assert_allclose(got, wanted, **LOOSE)
    same_weights(ours, theirs)
    for model in (ours, theirs):
        model.reset_metrics()
    got, wanted = (m.test_on_batch(x, labels, return_dict=True) for m in (ours, theirs))
    same_values(dict(sorted(got.items())), dict(sorted(wanted.items())))
    np.testing.assert_allclose(ours.predict_on_batch(x), theirs.predict_on_batch(x), **LOOSE)
    np.testing.assert_allclose(ours(x[:2]), theirs(x[:2]), **LOOSE)


def batches(x: np.ndarray, y: np.ndarray, size: int, passes: int = 100) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for _ in range(passes):
        for start in range(0, len(x), size):
            yield x[start : start + size], y[start : start + size]


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras's, at the end of a generator of one epoch
@pytest.mark.parametrize("steps", [None, 2, 5])
def test_generators(steps: int | None) -> None:
    """A generator gives the same as its arrays; without steps it is one epoch long."""
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.1), "mse")
        passes, epochs = (1, 1) if steps is None else (100, 3)
        options: dict[str, Any] = {"epochs": epochs, "steps_per_epoch": steps, "verbose": 0, "shuffle": False}
        model.fit(batches(x, y, 8, passes), validation_data=(x, y), **options)
    same_values(ours.history.history, theirs.history.history)
    same_weights(ours, theirs)
    got = ours.evaluate(batches(x, y, 8), steps=3, verbose=0)
    np.testing.assert_allclose(got, theirs.evaluate(batches(x, y, 8), steps=3, verbose=0), **LOOSE)
    np.testing.assert_allclose(ours.predict(batches(x, y, 8), steps=3, verbose=0), ours.predict(x[:24], verbose=0))


def test_sequences() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    x, y = regression()
    ended = []
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):

        class Parts(package.utils.PyDataset):
            def __len__(self) -> int:
                return 4

            def __getitem__(self, place: int) -> Any:
                part = slice(8 * place, 8 * place + 8)
                return x[part], y[part]

            def on_epoch_end(self) -> None:
                ended.append(1)

        model.compile(package.optimizers.SGD(0.1), "mse")
        model.fit(Parts(), epochs=2, shuffle=False, verbose=0)
    same_weights(ours, theirs)
    assert len(ended) >= 4


def test_steps_per_epoch_goes_on_through_the_arrays() -> None:
    """Two epochs of two steps see the first four batches, each once."""
    whole, parts = twins(ours_keras, ours_keras, MODELS["plain"])
    x, y = regression(n=32)
    for model in (whole, parts):
        model.compile(ours_keras.optimizers.SGD(0.1), "mse")
    whole.fit(x, y, epochs=1, **FIT)
    parts.fit(x, y, epochs=2, steps_per_epoch=2, **FIT)
    same_weights(whole, parts, {"rtol": 1e-6, "atol": 1e-7})


def test_shuffling_is_seeded_and_complete() -> None:
    """One epoch at rate 0 has the same loss in any order; seeds decide the order of the rest."""
    x, y = regression()
    losses, weights = [], []
    for seed in (1, 1, 2):
        ours_keras.utils.set_random_seed(seed)
        model = ours_keras.Sequential(
            [ours_keras.layers.Dense(3, kernel_initializer="zeros", input_shape=(4,)), ours_keras.layers.Dropout(0.5)]
        )
        model.compile(ours_keras.optimizers.SGD(0.1), "mse")
        losses.append(model.fit(x, y, batch_size=4, verbose=0).history["loss"][0])
        weights.append(model.get_weights()[0])
    assert losses[0] == losses[1] != losses[2]
    np.testing.assert_array_equal(weights[0], weights[1])


@pytest.fixture
def both_float64(float64: None) -> Iterator[None]:
    before = ours_keras.backend.floatx()
    ours_keras.backend.set_floatx("float64")
    yield
    ours_keras.backend.set_floatx(before)


def test_float64(both_float64: None) -> None:
    """In double precision the two agree far below float32's rounding."""
    theirs, ours = twins(theirs_keras, ours_keras, softmax_net)
    x, labels = classification()
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
        model.fit(x.astype(np.float64), labels, epochs=3, **FIT)
    assert ours.get_weights()[0].dtype == np.float64
    same_weights(ours, theirs, {"rtol": 1e-6, "atol": 1e-7})  # Keras rounds its rate and tanh to float32


def deep_net(k: Any) -> list[Any]:
    hidden = [k.layers.Dense(units, activation="tanh") for units in (50, 40, 30, 20, 10)]
    return [k.layers.Input((4,)), *hidden, k.layers.Dense(3, activation="softmax")]


def test_the_lectures_deep_network_steps_alike(both_float64: None) -> None:
    """Five layers of tanh under RMSprop, whose end scatters from seed to seed: a hundred steps are one and the same.

    Keras rounds rate, rho and epsilon to float32, 6e-8 apart; a hundred steps magnify that tenfold at most here.
    """
    theirs, ours = twins(theirs_keras, ours_keras, deep_net)
    x, labels = classification(80)
    history = {}
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.RMSprop(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history[package] = model.fit(x.astype(np.float64), labels, epochs=10, **FIT).history
    same_values(history[ours_keras], history[theirs_keras], {"rtol": 2e-6, "atol": 1e-9})
    same_weights(ours, theirs, {"rtol": 1e-5, "atol": 1e-6})


def test_sequences_of_any_length() -> None:
    """A model for steps of unknown number takes batches of any; the optimizer goes on."""

    def build(k: Any) -> list[Any]:
        return [k.layers.Input((None, 2)), k.layers.LSTM(3), k.layers.Dense(1)]

    theirs, ours = twins(theirs_keras, ours_keras, build)
    assert ours.input_shape == (None, None, 2)
    rng = np.random.default_rng(0)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.Adam(0.01), "mse")
    for length in (3, 6, 3):
        x, y = rng.normal(size=(8, length, 2)).astype(np.float32), rng.normal(size=(8, 1)).astype(np.float32)
        for model in (theirs, ours):
            model.fit(x, y, **FIT)
    same_weights(ours, theirs)
    assert int(ours.optimizer.iterations) == 3


def test_a_loss_per_step_of_masked_sequences() -> None:
    """Masked steps do not count, neither in the loss nor in a metric; the means are over the steps that do.

    Of Keras's own metrics those of `evaluate` are compared: on JAX its `fit` loses the mask before it measures them.
    """

    def build(k: Any) -> list[Any]:
        return [k.layers.Input((5, 4)), k.layers.Masking(), k.layers.GRU(3, return_sequences=True), k.layers.Dense(2)]

    theirs, ours = twins(theirs_keras, ours_keras, build)
    x = examples(ours, 8)
    y = np.random.default_rng(0).normal(size=(8, 5, 2)).astype(np.float32)
    for package, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(package.optimizers.SGD(0.1), "mse", metrics=["mae"])
    expected = theirs.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(ours.evaluate(x, y, verbose=0), expected, rtol=1e-5)
    history = ours.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    theirs_history = theirs.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], theirs_history["loss"], rtol=1e-5)
    np.testing.assert_allclose(history["mae"][0], expected[1], rtol=1e-5)  # before the only step of the epoch
    same_weights(ours, theirs)
