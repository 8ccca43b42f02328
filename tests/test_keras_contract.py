"""What Keras's layers, descriptions and files promise beside their numbers: masks that travel, refusals, readings."""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax.numpy as jnp
import keras as theirs
import numpy as np
import pytest
from jax.experimental.sparse import BCOO

import ravine.keras as ours
from ravine.core import RavineError

ONES = np.ones((4, 4), np.float32)


class Inner(ours.layers.Layer):
    """Drops most of its input while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = ours.layers.Dropout(0.9)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.drop(x)


class Reader(ours.layers.Layer):
    """Embeds and reads whole numbers; a 0 is no step."""

    def __init__(self) -> None:
        super().__init__()
        self.table = ours.layers.Embedding(5, 3, mask_zero=True)
        self.memory = ours.layers.SimpleRNN(2)

    def call(self, x: Any) -> Any:
        return self.memory(self.table(x))


def test_named_activations_are_the_functions_of_the_module() -> None:
    for name in ours.activations.NAMES:
        assert ours.activations.get(name) is getattr(ours.activations, name)
        if hasattr(theirs.activations, name):  # the core has further ones
            assert theirs.activations.get(name) is getattr(theirs.activations, name)
    assert ours.activations.get(None) is ours.activations.linear
    assert ours.layers.Dense(1, activation="relu").activation is ours.activations.relu


@pytest.mark.parametrize("options", [{"scale": -1.0}, {"mode": "fan_on"}, {"distribution": "cauchy"}])
def test_initializers_refuse_at_once(options: dict[str, Any]) -> None:
    for library in (ours, theirs):
        with pytest.raises(ValueError, match=next(iter(options))):
            library.initializers.VarianceScaling(**options)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("Activation", ("relu",)),
        ("BatchNormalization", ()),
        ("Dense", (2,)),
        ("Dropout", (0.5,)),
        ("ELU", ()),
        ("Embedding", (3, 2)),
        ("Flatten", ()),
        ("GRU", (2,)),
        ("GaussianNoise", (0.5,)),
        ("LSTM", (2,)),
        ("LayerNormalization", ()),
        ("LeakyReLU", ()),
        ("Masking", ()),
        ("PReLU", ()),
        ("ReLU", ()),
        ("Reshape", ((2,),)),
        ("SimpleRNN", (2,)),
        ("Softmax", ()),
    ],
)
def test_which_layers_hand_masks_on(kind: str, arguments: tuple[Any, ...]) -> None:
    ours_layer, theirs_layer = (getattr(each.layers, kind)(*arguments) for each in (ours, theirs))
    assert ours_layer.supports_masking == theirs_layer.supports_masking


def test_masks_travel_between_layers_called_by_hand() -> None:
    """In both libraries the masked step repeats the state before it; unmasked it would move on."""
    ids, results = np.array([[1, 2, 0]]), []
    weights: list[Any] = []
    for library in (theirs, ours):
        table = library.layers.Embedding(5, 3, mask_zero=True)
        memory = library.layers.SimpleRNN(2, return_sequences=True)
        embedded = table(ids)
        memory(embedded)
        if weights:
            table.set_weights(weights[0])
            memory.set_weights(weights[1])
        else:
            weights = [[np.asarray(each.value) for each in layer.weights] for layer in (table, memory)]
        out = memory(table(ids))
        assert np.asarray(out._keras_mask).tolist() == [[True, True, False]]
        results.append(np.asarray(out))
    # Two orders of summing three products of float32 numbers below 1.
    np.testing.assert_allclose(results[1], results[0], atol=1e-6)
    assert np.array_equal(results[1][0, 2], results[1][0, 1])


def test_masks_travel_inside_a_layer_of_ones_own() -> None:
    layer = Reader()
    alone, padded = layer(np.array([[1, 2]])), layer(np.array([[1, 2, 0, 0]]))
    np.testing.assert_array_equal(np.asarray(alone), np.asarray(padded))
    # The compiled program sums in another order than single operations.
    compiled = ours.Sequential([layer]).predict(np.array([[1, 2, 0, 0]]), verbose=0)
    np.testing.assert_allclose(compiled, np.asarray(alone), atol=1e-6)


def test_training_reaches_the_layers_inside() -> None:
    layer = Inner()
    assert float(jnp.min(layer(ONES))) == 1.0
    assert float(jnp.min(layer(ONES, training=True))) == 0.0
    assert float(jnp.min(layer(ONES, True))) == 0.0


def test_own_output_shape_is_believed() -> None:
    """`call` is not tried on shapes where `compute_output_shape` tells them, as in Keras: it may ask for a mask."""
    seen: list[Any] = []

    class Watcher(ours.layers.Layer):
        supports_masking = True

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

        def call(self, inputs: Any, mask: Any = None) -> Any:
            seen.append(mask is not None)
            return inputs

    ours.Sequential([ours.layers.Masking(), Watcher()])(np.ones((1, 2, 2), np.float32))
    assert seen == [True]


class Late(ours.layers.Layer):
    """Makes a weight too late."""

    def call(self, x: Any) -> Any:
        return x * self.add_weight(shape=())


class Several(ours.layers.Layer):
    """Asks for two inputs."""

    def build(self, first_shape: Any, second_shape: Any) -> None:
        self.built = True

    def call(self, first: Any, second: Any = None) -> Any:
        return first


REFUSED = {
    "several inputs": lambda: ours.layers.Dense(2)([ONES, ONES]),
    "argument initial_state": lambda: ours.layers.LSTM(2)(ONES[None], initial_state=[ONES, ONES]),
    "argument second": lambda: Several()(ONES, ONES),
    "first_shape, second_shape": lambda: Several()(ONES),
    "comes too late": lambda: Late()(ONES),
    "trainable must be True or False": lambda: ours.layers.Dense(1, trainable="yes"),
    "both shape": lambda: ours.layers.Input((2,), batch_shape=(1, 2)),
    "both batch_size": lambda: ours.layers.Input(batch_size=1, batch_shape=(1, 2)),
    "input_tensor is not supported": lambda: ours.layers.Input((4,), input_tensor=ONES),
    "computing with Input": lambda: ours.layers.Input((2,)) + 1,
    "dtype_policy='int8'": lambda: setattr(ours.layers.Dense(1), "dtype_policy", "int8"),
    "x is a list of 2 arrays": lambda: ours.Sequential([ours.layers.Dense(1)]).predict([ONES, ONES]),
    "random_arg": lambda: ours.Sequential([ours.layers.Dense(1)]).save("model.keras", random_arg=1),
    "objects_to_skip": lambda: ours.Sequential().save_weights("model.weights.h5", objects_to_skip=[1]),
    "a function is described by its name": lambda: ours.saving.deserialize_keras_object(
        {"class_name": "function", "config": ["relu"]}
    ),
    "a lambda in a file is code": lambda: ours.saving.deserialize_keras_object(
        ours.saving.serialize_keras_object(lambda x: x)
    ),
    "registered_name 'other' is of an object": lambda: ours.saving.deserialize_keras_object(
        {"class_name": "function", "module": "builtins", "registered_name": "other", "config": "relu"}
    ),
    "sparse arrays are not supported": lambda: ours.layers.Embedding(4, 2)(BCOO.fromdense(jnp.eye(2, dtype=int))),
}


@pytest.mark.parametrize("words", REFUSED)
def test_refused_in_words(words: str) -> None:
    with pytest.raises(RavineError, match=words):
        REFUSED[words]()


def test_layers_of_a_model_are_not_set() -> None:
    with pytest.raises(AttributeError, match="add and pop"):
        ours.Sequential().layers = []


def test_names_of_keras_2_are_said_and_read() -> None:
    with pytest.warns(UserWarning, match="shape"):
        layer = ours.layers.InputLayer(input_shape=(2, 3), batch_size=4)
    assert layer.batch_shape == (4, 2, 3)
    assert ours.layers.LSTM(2, implementation=1).units == theirs.layers.LSTM(2, implementation=1).units
    assert layer.weights == []


def test_embeddings_are_built_without_a_shape() -> None:
    for library in (theirs, ours):
        layer = library.layers.Embedding(4, 3)
        layer.build()
        assert [tuple(weight.shape) for weight in layer.weights] == [(4, 3)]
        assert layer(np.array([1, 3])).shape == (2, 3)


def test_losses_are_the_penalties_of_the_trained_weights() -> None:
    values = []
    for library in (theirs, ours):
        model = library.Sequential([library.layers.Dense(2, kernel_regularizer="l2"), library.layers.Dense(1)])
        model.build((None, 3))
        model.layers[0].set_weights([np.arange(6.0).reshape(3, 2), np.zeros(2)])
        values.append([float(each) for each in model.losses])
        assert model.compute_output_shape((5, 3)) == (5, 1)
        model.layers[0].trainable = False
        assert model.losses == []
    assert values[1] == pytest.approx(values[0], rel=1e-6)
    assert values[1] == pytest.approx([0.01 * 55], rel=1e-6)


@pytest.mark.parametrize("value", [b"text", ..., slice(None, 20, 2), [1, (2.0, None)], np.arange(3.0)])
def test_plain_values_are_described_as_keras_describes_them(value: Any) -> None:
    described = ours.saving.serialize_keras_object(value)
    assert json.dumps(described) == json.dumps(theirs.saving.serialize_keras_object(value))
    read = ours.saving.deserialize_keras_object(json.loads(json.dumps(described)), safe_mode=True)
    np.testing.assert_equal(read, [1, [2.0, None]] if isinstance(value, list) else value)


def test_arrays_of_jax_are_described() -> None:
    value = jnp.array([1.0, 2.0])
    described = ours.saving.serialize_keras_object(value)
    assert described == theirs.saving.serialize_keras_object(value)
    assert ours.saving.deserialize_keras_object(described).tolist() == [1.0, 2.0]


def test_a_registered_name_is_never_read_as_a_class_of_keras() -> None:
    """A file whose Dense is the user's own must not silently give Keras's."""
    config = {"class_name": "Dense", "module": "keras.layers", "registered_name": "mine>Dense2", "config": {"units": 1}}
    for library in (theirs, ours):
        with pytest.raises(ValueError, match="registered_name"):
            library.saving.deserialize_keras_object(config)
    plain = ours.saving.deserialize_keras_object({**config, "registered_name": "Dense"})
    assert isinstance(plain, ours.layers.Dense)


def test_functions_are_found_by_the_name_that_older_files_have() -> None:
    @ours.saving.register_keras_serializable(package="contract")
    def squared(x: Any) -> Any:
        return x**2

    for name in ("squared", "contract>squared"):
        config = {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
        assert ours.saving.deserialize_keras_object(config) is squared
    ours.saving.get_custom_objects().pop("contract>squared")


def heard(library: Any) -> list[tuple[str, int, Any]]:
    """What a callback hears in fit, evaluate and predict of seven batches, three of which count as one."""
    told: list[tuple[str, int, Any]] = []

    class Listener(library.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            told.append(("train begins", batch, None))

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            told.append(("train ends", batch, round(float(logs["loss"]), 4)))

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            told.append(("test ends", batch, round(float(logs["loss"]), 4)))

        def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
            told.append(("predict begins", batch, None))

        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            told.append(("predict ends", batch, np.shape(logs["outputs"])))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            told.append(("epoch ends", epoch, None))

    x, y = np.linspace(-1, 1, 28).reshape(14, 2).astype(np.float32), np.linspace(0, 1, 14).astype(np.float32)
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", steps_per_execution=3)
    model.fit(x, y[:, None], batch_size=2, epochs=2, shuffle=False, verbose=0, callbacks=[Listener()])
    model.evaluate(x, y[:, None], batch_size=2, verbose=0, callbacks=[Listener()])
    model.predict(x, batch_size=2, verbose=0, callbacks=[Listener()])
    return told


def test_batches_that_count_as_one() -> None:
    assert heard(ours) == heard(theirs)


def test_progress_shows_means_but_of_what_is_named() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for options in ({}, {"stateful_metrics": ["value"]}, {"stateless_metrics": []}, {"stateless_metrics": ["value"]}):
        shown = []
        for library in (theirs, ours):
            with contextlib.redirect_stdout(Terminal()) as out:
                bar = library.utils.Progbar(3, interval=0.0, **options)
                bar.update(1, [("value", 0.0)])
                bar.update(2, [("value", 2.0)])
            shown.append(out.getvalue().rpartition("value: ")[2].strip())
        assert shown[0] == shown[1]
    with pytest.raises(RavineError, match="both stateful_metrics"):
        ours.utils.Progbar(3, stateful_metrics=[], stateless_metrics=[])


def test_area_with_weights_below_zero() -> None:
    y, out, weight = [0, 1, 0, 1], [0.0, 0.5, 0.3, 0.9], [-1.0, -2.0, -3.0, -4.0]
    values = [library.metrics.AUC(num_thresholds=3, curve="PR")(y, out, weight) for library in (theirs, ours)]
    assert [float(value) for value in values] == [0.0, 0.0]


def test_words_do_not_pad_numbers() -> None:
    for library in (theirs, ours):
        with pytest.raises(ValueError, match="int32"):
            library.utils.pad_sequences([["1"], ["2", "3"]], value="pad")
        padded = library.utils.pad_sequences([["1"], ["2", "3"]], value="pad", dtype=object)
        assert padded.tolist() == [["pad", "1"], ["2", "3"]]
