"""Building, asking and describing models; helpers; data; and the sentence for everything that is refused."""

from __future__ import annotations

import importlib
import random
from typing import Any

import jax
import numpy as np
import pandas as pd
import polars as pl
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, twins
from ravine import nn
from ravine.core import RavineError
from ravine.keras import layers, models, optimizers
from ravine.keras.unsupported import REMEDIES, Unsupported
from ravine.train import compiled_chunks

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]


def small(**options: Any) -> models.Sequential:
    """A compiled classifier of four numbers."""
    model = models.Sequential(
        [layers.Dense(5, activation="relu", input_shape=(4,)), layers.Dense(3, activation="softmax")]
    )
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **options})
    return model


X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
Y = np.arange(12) % 3


# --- structure -----------------------------------------------------------------------------------------------------


def test_layers_are_named_counted_found_and_removed() -> None:
    ours_keras.backend.clear_session()
    model = models.Sequential(name="m")
    for layer in (layers.Dense(5, input_dim=4), layers.Dropout(0.1), layers.Dense(3), layers.Dense(2, name="out")):
        model.add(layer)
    assert [layer.name for layer in model.layers] == ["dense", "dropout", "dense_1", "out"]
    assert model.get_layer("dense_1") is model.layers[2] is model.get_layer(index=2)
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    assert [weight.path for weight in model.weights][:2] == ["m/dense/kernel", "m/dense/bias"]
    assert model.pop().name == "out"
    assert model.output_shape == (None, 3)
    assert model.predict(X, verbose=0).shape == (12, 3)
    with pytest.raises(RavineError, match="no layer is named 'dens': did you mean 'dense'"):
        model.get_layer("dens")
    with pytest.raises(RavineError, match="there is a layer named 'dense' already"):
        model.add(layers.Dense(1, name="dense"))


def test_a_model_learns_its_input_from_the_data() -> None:
    model = models.Sequential([layers.Dense(3), layers.Dense(1)])
    assert not model.built
    with pytest.raises(RavineError, match="does not know its input"):
        model.count_params()
    model.compile("sgd", "mse")
    model.fit(X, X[:, 0], verbose=0)
    assert model.input_shape == (None, 4)
    assert model.count_params() == 19


def test_summary_is_the_table_of_keras() -> None:
    names = iter(range(100))

    def build(k: Any) -> list[Any]:
        return [
            k.layers.Input((4,)),
            k.layers.Dense(512, name=f"a{next(names)}"),
            k.layers.BatchNormalization(name=f"b{next(names)}"),
            k.layers.Dropout(0.2, name=f"c{next(names)}"),
            k.layers.Dense(3, name=f"d{next(names)}"),
        ]

    texts = []
    for k in (theirs_keras, ours_keras):
        names = iter(range(100))
        model, lines = k.Sequential(build(k), name="same"), []
        model.summary(print_fn=lambda text, lines=lines, **_: lines.append(text))
        model.summary(line_length=70, show_trainable=True, print_fn=lambda text, lines=lines, **_: lines.append(text))
        texts.append([line.rstrip() for text in lines for line in text.splitlines()])
    assert texts[0] == texts[1]


def test_layers_shared_by_two_models_share_weights() -> None:
    """A part of a trained model, with a new head: the frozen part stays, and both models see what changes."""
    first = small()
    first.fit(X, Y, verbose=0)
    kept = first.layers[0].get_weights()
    second = models.Sequential([first.layers[0], layers.Dense(1)])
    second.build((None, 4))
    first.layers[0].trainable = False
    assert len(second.trainable_weights) == 2
    second.compile("sgd", "mse")
    second.fit(X, X[:, 0], verbose=0)
    np.testing.assert_array_equal(first.layers[0].get_weights()[0], kept[0])
    first.layers[0].trainable = True
    second.compile("sgd", "mse")
    second.fit(X, X[:, 0], verbose=0)
    changed = second.layers[0].get_weights()[0]
    assert (changed != kept[0]).any()
    np.testing.assert_array_equal(first.get_weights()[0], changed)
    before = first.evaluate(X, Y, verbose=0)
    second.layers[0].set_weights([0 * w for w in kept])
    assert first.evaluate(X, Y, verbose=0) != before


def test_weights_are_copied_out_and_in() -> None:
    model = small()
    weights = model.get_weights()
    weights[0][:] = 7
    assert not (model.get_weights()[0] == 7).any()
    model.fit(X, Y, verbose=0)
    model.layers[0].weights[0].assign(np.zeros((4, 5)))
    assert (model.get_weights()[0] == 0).all()
    with pytest.raises(RavineError, match=r"has 2 weights .kernel, bias., got 1: give a list with one array for each"):
        model.layers[0].set_weights([np.zeros((4, 5))])
    with pytest.raises(RavineError, match=r"weight 'kernel' has shape \(4, 5\), got \(5, 4\)"):
        model.layers[0].set_weights([np.zeros((5, 4)), np.zeros(5)])
    with pytest.raises(RavineError, match="the model has 4 weights, got 3"):
        model.set_weights(model.get_weights()[:3])


def test_seeds_repeat_everything() -> None:
    found = []
    for _ in range(2):
        ours_keras.utils.set_random_seed(3)
        model = small()
        model.fit(X, Y, epochs=2, verbose=0)
        found.append((model.get_weights()[0], random.random(), np.random.random()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]
    fixed = [layers.Dense(3, kernel_initializer=ours_keras.initializers.GlorotUniform(seed=1)) for _ in range(2)]
    for layer in fixed:
        layer.build((None, 4))
    np.testing.assert_array_equal(fixed[0].get_weights()[0], fixed[1].get_weights()[0])


def test_other_numbers_compile_nothing() -> None:
    model = small(optimizer=optimizers.Adam(0.01))
    model.fit(X, Y, epochs=2, batch_size=5, verbose=0)
    before = compiled_chunks()
    model.optimizer.learning_rate = 0.001
    model.fit(X, Y, epochs=2, batch_size=5, verbose=0)
    again = small(optimizer=optimizers.Adam(0.5, beta_1=0.8))
    again.fit(X, Y, batch_size=5, verbose=0)
    assert compiled_chunks() == before


# --- data ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        lambda a: a,
        lambda a: a.astype(np.float64),
        lambda a: a.tolist(),
        lambda a: [a],
        jax.numpy.asarray,
        pd.DataFrame,
        pl.DataFrame,
        lambda a: a.astype(object),
    ],
    ids=["float32", "float64", "lists", "list of one", "jax", "pandas", "polars", "object"],
)
def test_forms_of_data(form: Any) -> None:
    model = small()
    np.testing.assert_allclose(model.predict(form(X), verbose=0), model.predict(X, verbose=0), rtol=1e-6)
    model.fit(form(X), Y, verbose=0)
    model.evaluate(form(X), pd.Series(Y), verbose=0)


def test_integers_and_pixels_are_numbers() -> None:
    model = models.Sequential([layers.Flatten(input_shape=(2, 2)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    pixels = (np.abs(X) * 50).astype(np.uint8).reshape(12, 2, 2)
    model.fit(pixels, Y.astype(np.uint8), verbose=0)
    np.testing.assert_allclose(
        model.predict(pixels, verbose=0), model.predict(pixels.astype(float), verbose=0), rtol=1e-6
    )


BAD_DATA: list[tuple[dict[str, Any], str]] = [
    ({"x": X[:, :3]}, r"the model takes examples of shape \(4,\), got \(3,\): reshape the data"),
    ({"x": X[:0], "y": Y[:0]}, "x is empty"),
    ({"y": Y[:5]}, "x has 12 examples and y has 5: give a target for every example"),
    ({"y": None}, "y is missing"),
    ({"y": Y + 1}, "label 3 at index 2 is outside 0..2"),
    ({"y": np.full(12, np.nan)}, "not finite"),
    ({"y": np.eye(3)[Y]}, "use categorical_crossentropy"),
    ({"x": np.where(X > 1, np.nan, X)}, "fit: x is nan at row"),
    ({"x": np.where(X > 1, np.inf, X)}, "fit: x is inf at row"),
    ({"x": X.astype(str)}, "x must hold numbers, got dtype <U"),
    ({"x": [[1.0], [2.0, 3.0]]}, "parts of different shapes"),
    ({"x": {"a": X}}, "x is a dictionary"),
    ({"x": 3.0}, "must have one row per example"),
    ({"sample_weight": np.ones(5)}, "x has 12 examples and sample_weight has 5"),
    ({"sample_weight": np.ones(12), "class_weight": {0: 1.0}}, "class_weight and sample_weight exclude each other"),
    ({"class_weight": [1.0, 2.0]}, "class_weight must be a dictionary"),
    ({"batch_size": 0}, "batch_size must be a positive integer, got 0"),
    ({"epochs": 1.5}, "epochs must be a non-negative integer, got 1.5"),
    ({"verbose": 3}, "unknown verbose 3"),
    ({"validation_split": 1.0}, "validation_split must be a number in"),
    ({"validation_split": 0.95}, "leaves a part of the 12 examples empty"),
    ({"validation_data": X}, r"validation_data must be \(x, y\)"),
    ({"validation_data": (X, Y, Y, Y)}, "got 4 parts"),
    ({"x": iter([]), "y": None}, "the generator yields nothing"),
    ({"x": iter([(X, Y)])}, "x is a stream of batches, which holds y"),
]


@pytest.mark.parametrize(("given", "sentence"), BAD_DATA, ids=lambda value: value if isinstance(value, str) else "")
def test_bad_data_gets_its_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RavineError, match=sentence):
        small().fit(**{"x": X, "y": Y, "verbose": 0, **given})


# --- what is refused ----------------------------------------------------------------------------------------------


def test_every_name_of_keras_is_here_or_refused_by_name() -> None:
    """No name of these modules of Keras ends in a bare AttributeError that says nothing."""
    families = ["layers", "optimizers", "losses", "metrics", "regularizers", "initializers", "constraints", "callbacks"]
    counts = {"here": 0, "refused": 0}
    for family in [*families, "datasets", "models"]:
        module = importlib.import_module(f"ravine.keras.{family}")
        for name in dir(getattr(theirs_keras, family)):
            if name.startswith("_"):
                continue
            if name in vars(module):
                counts["here"] += 1
                continue
            counts["refused"] += 1
            # Names that no code of Keras writes as a class are left to Python, which has no better sentence.
            kind = Unsupported if name in REMEDIES or name[0].isupper() else AttributeError
            with pytest.raises(kind, match=name):
                getattr(module, name)
    assert counts["here"] > 220
    assert counts["refused"] > 100


def test_import_of_a_missing_name_says_what_to_use() -> None:
    with pytest.raises(ImportError, match=r"keras\.layers\.Conv2D is not supported by ravine\.keras: .*Flatten"):
        from ravine.keras.layers import Conv2D  # noqa: F401
    with pytest.raises(Unsupported, match=r"keras\.layers\.Densee is not supported by ravine.keras: did you mean"):
        layers.Densee  # noqa: B018
    with pytest.raises(Unsupported, match=r"ScheduleFreeAdamW is not supported by ravine.keras: use AdamW"):
        optimizers.ScheduleFreeAdamW  # noqa: B018
    assert not hasattr(layers, "pytest_plugins")
    # A layer that the core has gained comes by itself, whatever was said in its place.
    registered = {nn.LAYERS[name].__name__ for name in nn.LAYERS}
    assert not (REMEDIES.keys() & set(dir(layers))) - registered


REFUSED: list[tuple[Any, str]] = [
    (lambda: ours_keras.Model(1, 2), "keras.Model is not supported by ravine.keras: only Sequential"),
    (lambda: layers.Dense(3)(ours_keras.Input((4,))), "the functional API is not supported"),
    (lambda: small()(ours_keras.Input((4,))), "the functional API is not supported"),
    (lambda: type("Mine", (ours_keras.Model,), {}), "Mine, a class derived from keras.Model, is not supported"),
    (lambda: type("Mine", (models.Sequential,), {"train_step": print}), r"Mine\.train_step is not supported"),
    (lambda: models.Sequential([type("Mine", (layers.Layer,), {})(input_shape=(3,))]), "your own must define call"),
    (lambda: models.Sequential([layers.Dense]), r"write Dense\(\.\.\.\)"),
    (lambda: models.Sequential([layers.Dense(0)]), "units must be a positive integer, got 0"),
    (lambda: layers.Dense(3, input_shape=(0,)), "each size of input_shape must be a positive integer"),
    (lambda: layers.Dense(3, activaton="relu"), "unknown argument 'activaton': did you mean 'activation'"),
    (lambda: layers.Dense(3, activation="rellu"), "unknown activation 'rellu': did you mean 'relu'"),
    (lambda: layers.Dense(3, activation=layers.ReLU()), "is a layer: add it to the model after"),
    (lambda: layers.Dense(3, kernel_initializer="glorot"), "unknown initializer 'glorot': did you mean 'glorot_"),
    (lambda: layers.Dense(3, kernel_regularizer="l3"), "unknown regularizer 'l3'"),
    (lambda: layers.Dense(3, kernel_constraint="max"), "unknown constraint 'max'"),
    (lambda: layers.Dense(3, activity_regularizer="l2"), "activity_regularizer is not supported"),
    (lambda: layers.Dense(3, dtype="float16"), "dtype 'float16' is not supported"),
    (lambda: layers.Dropout(1.5), "rate must be a number in"),
    (lambda: layers.LSTM(3, stateful=True), "stateful=True is not supported"),
    (lambda: layers.Bidirectional(layers.Dense(3)), "layer must be a SimpleRNN, an LSTM or a GRU"),
    (lambda: layers.BatchNormalization(axis=3).build((None, 3, 4)), r"axis 3 is none of an example of shape \(3, 4\)"),
    (lambda: layers.LayerNormalization(axis=[1, 2]), r"axis \[1, 2\] is not supported: give one axis"),
    (lambda: optimizers.SGD(-1.0), r"learning_rate must be a number in \[0, inf\), got -1.0"),
    (lambda: optimizers.SGD(learning_rat=1.0), "unknown argument 'learning_rat': did you mean 'learning_rate'"),
    (lambda: optimizers.Adam(clipnorm=1.0, clipvalue=1.0), "only one of clipnorm and clipvalue"),
    (lambda: optimizers.Adam(use_ema=True), "use_ema=True is not supported"),
    (lambda: optimizers.Adam(lambda: "x"), r"learning_rate must be a number in \[0, inf\), got 'x'"),
    (lambda: small(optimizer="adma"), "unknown optimizer 'adma': did you mean"),
    (lambda: small(loss="crosentropy"), "unknown loss 'crosentropy': did you mean"),
    (lambda: small(loss=["mse", "mae"]), "a Sequential model has one output"),
    (lambda: small(metrics=["acuracy"]), "unknown metric 'acuracy'"),
    (lambda: small(metrics="accuracy"), r"metrics must be a list, got 'accuracy': write metrics=\['accuracy'\]"),
    (lambda: small(run_eagerly=True), "run_eagerly=True is not supported"),
    (lambda: small(loss=ours_keras.losses.MeanSquaredError(reduction="sum")), "not with reduction='sum'"),
    (lambda: models.Sequential([layers.Dense(1)]).fit(X, Y), "the model is not compiled: call compile"),
    (lambda: models.Sequential([layers.Dense(1)]).evaluate(X, Y), "the model is not compiled"),
    (lambda: models.Sequential().predict(X), "the model has no layers"),
    (lambda: ours_keras.utils.to_categorical(["a"]), "labels must be numbers"),
    (lambda: ours_keras.utils.to_categorical([-1], 3), "label -1 is outside 0..2"),
    (lambda: ours_keras.backend.set_floatx("float16"), "unknown dtype 'float16'"),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_refused_says_so(wrong: Any, sentence: str) -> None:
    with pytest.raises(RavineError, match=sentence):
        wrong()


# --- optimizers ---------------------------------------------------------------------------------------------------


def test_spellings_of_keras_2() -> None:
    assert optimizers.Adam(lr=0.5).learning_rate == 0.5
    slower = optimizers.SGD(lr=1.0, decay=0.5)
    assert float(slower.rate_source(2)) == 0.5
    model = small(optimizer=optimizers.RMSprop(lr=0.25))
    assert ours_keras.backend.get_value(model.optimizer.lr) == 0.25
    ours_keras.backend.set_value(model.optimizer.lr, 0.125)
    assert model.optimizer.learning_rate == 0.125
    assert ours_keras.regularizers.l2(0.1).get_config() == {"l2": 0.1}
    assert ours_keras.constraints.maxnorm(3).get_config()["max_value"] == 3
    history = small(metrics=["acc"]).fit(X, Y, verbose=0)
    assert list(history.history) == ["acc", "loss"]


def test_strings_dictionaries_classes_and_objects() -> None:
    for loss in ("mse", "MeanSquaredError", ours_keras.losses.MeanSquaredError, {"class_name": "Huber", "config": {}}):
        small(loss=loss, metrics=[]).fit(X, np.eye(3)[Y], verbose=0)
    for optimizer in ("adam", "RMSprop", {"class_name": "Adam", "config": {"learning_rate": 0.1}}, optimizers.Adam):
        small(optimizer=optimizer).fit(X, Y, verbose=0)
    own = small(loss=lambda y, p: abs(p - y).max(axis=-1), metrics=[lambda y, p: (p - y) ** 2])
    own.fit(X, np.eye(3)[Y], verbose=0)
    assert small(loss="crossentropy").evaluate(X, Y, verbose=0) is not None


def test_configurations_round_trip() -> None:
    for kind in ("SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Lion"):
        mine = getattr(optimizers, kind)(learning_rate=0.3, name="o")
        again = optimizers.deserialize(optimizers.serialize(mine))
        assert again.get_config() == mine.get_config()
        theirs = getattr(theirs_keras.optimizers, kind)(learning_rate=0.3, name="o").get_config()
        assert list(theirs) == list(mine.get_config())
        assert theirs == pytest.approx(mine.get_config())
    model = models.Sequential(MODELS["bidirectional"](ours_keras))
    assert models.model_from_json(model.to_json()).get_config() == model.get_config()


@pytest.mark.parametrize("name", ["GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunNormal", "Orthogonal",
                                  "RandomNormal", "TruncatedNormal", "RandomUniform", "VarianceScaling"])  # fmt: skip
def test_initialisers_draw_from_the_same_distribution(name: str) -> None:
    mine, other = (getattr(k.initializers, name)(seed=1)((300, 200)) for k in (ours_keras, theirs_keras))
    other = np.asarray(other)
    assert mine.shape == other.shape
    # 60,000 draws: the deviation is known to 0.3 %, so five standard errors.
    assert abs(mine.std() / other.std() - 1) < 0.015
    assert abs(mine.mean()) < 5 * mine.std() / np.sqrt(mine.size) + 1e-6


# --- helpers and data sets ------------------------------------------------------------------------------------------


def test_helpers_are_as_in_keras() -> None:
    for labels, count in (([0, 2, 1], None), ([[0], [1]], 3), (np.array([[0, 1], [2, 0]]), None)):
        mine, other = (k.utils.to_categorical(labels, count) for k in (ours_keras, theirs_keras))
        np.testing.assert_array_equal(mine, other)
        assert mine.dtype == other.dtype
    values = np.random.default_rng(0).normal(size=(3, 4))
    for order in (1, 2):
        np.testing.assert_allclose(
            ours_keras.utils.normalize(values, order=order), theirs_keras.utils.normalize(values, order=order)
        )
    rows = [[1, 2, 3], [4], [5, 6]]
    for options in ({}, {"maxlen": 2}, {"maxlen": 2, "padding": "post", "truncating": "post", "value": 9}):
        np.testing.assert_array_equal(
            ours_keras.utils.pad_sequences(rows, **options), theirs_keras.utils.pad_sequences(rows, **options)
        )


def test_metrics_outside_of_a_model() -> None:
    y, p = np.eye(3)[Y], small().predict(X, verbose=0)
    for name in ("CategoricalAccuracy", "Precision", "AUC", "MeanSquaredError", "CategoricalCrossentropy"):
        mine, other = (getattr(k.metrics, name)() for k in (ours_keras, theirs_keras))
        for part in (slice(0, 5), slice(5, 12)):
            mine.update_state(y[part], p[part])
            other.update_state(y[part], p[part])
        np.testing.assert_allclose(float(mine.result()), float(other.result()), rtol=1e-5, atol=1e-6)
        mine.reset_state()
        assert mine.result() == 0


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_data_sets_are_handed_out_as_in_keras(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"ravine.keras.datasets.{name}")
    held = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)
    for array in held:
        array.setflags(write=False)
    fake = type("Images", (), {"train_x": held[0], "train_y": held[1], "test_x": held[0], "test_y": held[1]})
    monkeypatch.setattr(module, "load_images", lambda *_: fake)
    (x, y), (x_test, _) = module.load_data()
    assert (x.dtype, x.shape, y.shape, x_test.shape) == (np.uint8, (3, 28, 28), (3,), (3, 28, 28))
    x[0] = 1  # one's own to change, as in Keras


def test_dropout_and_noise_act_while_training_alone() -> None:
    _, model = twins(theirs_keras, ours_keras, MODELS["noisy"])
    x = np.ones((400, 4), np.float32)
    still = model.predict(x, verbose=0)
    np.testing.assert_array_equal(still[0], still[-1])
    loud = np.asarray(model.layers[0](x, training=True))
    assert abs((loud == 0).mean() - 0.3) < 0.06  # 1,600 draws: five standard errors
    seeded = [layers.Dropout(0.5, seed=4, input_shape=(4,)) for _ in range(2)]
    losses = []
    for layer in seeded:
        one = models.Sequential([layer, layers.Dense(1, kernel_initializer="ones")])
        one.compile(optimizers.SGD(0.0), "mse")
        losses.append(one.fit(x, x[:, 0], shuffle=False, verbose=0).history["loss"][0])
    assert losses[0] == losses[1]
