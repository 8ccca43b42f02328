"""Weights and an optimizer's numbers as objects, NumPy's integers as arguments: the same lines in Keras and here."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, twins
from ravine import nn
from ravine.core import RavineError
from slow_marks import often

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]


def test_names_paths_and_flags_are_keras_own() -> None:
    def seen(k: Any) -> list[list[tuple[Any, ...]]]:
        k.utils.clear_session()
        layers = k.layers
        model = k.Sequential(
            [
                layers.Input((5, 4)),
                layers.LSTM(3, return_sequences=True),
                layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both"),
                layers.SimpleRNN(2, return_sequences=True, trainable=False),
                layers.BatchNormalization(),
                layers.LayerNormalization(center=False),
                layers.PReLU(),
                layers.Dense(2, use_bias=False),
            ],
            name="model",
        )
        kinds = (model.weights, model.trainable_weights, model.non_trainable_weights)
        return [[(w.path, w.name, tuple(w.shape), w.trainable, w.dtype) for w in kind] for kind in kinds]

    assert seen(ours_keras) == seen(theirs_keras)


def test_a_layer_built_alone_has_no_model_in_its_paths() -> None:
    for k in (ours_keras, theirs_keras):
        layer = k.layers.Dense(2, name="alone")
        layer.build((None, 3))
        k.Sequential([k.layers.Input((3,)), layer])
        assert [weight.path for weight in layer.weights] == ["alone/kernel", "alone/bias"]


def test_weights_compute_like_arrays() -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    one = np.arange(6, dtype=np.float32)

    def seen(model: Any) -> list[np.ndarray]:
        kernel, bias = model.layers[0].kernel, model.layers[0].bias
        found = [kernel + 1, 1 - kernel, 2 * kernel, kernel / 2, 1 / (1 + abs(kernel)), kernel**2, -kernel]
        found += [kernel @ one, one[:4] @ kernel, kernel + bias, bias - bias, kernel[1], kernel[:, 2:3], kernel[1][2]]
        found += [kernel > 0, kernel <= bias, kernel == bias, kernel != 0, kernel.numpy(), kernel.value]
        found += [jnp.asarray(kernel), np.asarray(kernel), jnp.dot(one[:4], kernel.value)]
        found += [bias // 2, bias + [1.0] * 6, (2.0,) * 6 - bias]
        return [np.asarray(each) for each in found]

    for mine, other in zip(seen(ours), seen(theirs), strict=True):
        assert mine.shape == other.shape
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=1e-6)  # single precision
    kernel = ours.layers[0].kernel
    assert kernel is ours.layers[0].weights[0] is ours.weights[0]
    assert (kernel.ndim, kernel.shape, kernel.dtype) == (2, (4, 6), "float32")
    assert float(ours.layers[0].bias[0]) == float(ours.layers[0].get_weights()[1][0])


def test_weights_stay_those_of_the_model() -> None:
    model = twins(theirs_keras, ours_keras, MODELS["normalized"])[1]
    x = np.random.default_rng(0).normal(size=(8, 4))
    dense, norm = model.layers[0], model.layers[1]
    kernel, mean = dense.kernel, norm.moving_mean
    before, at_first = kernel.numpy(), mean.numpy()
    model.compile("sgd", "mse")
    model.fit(x, np.ones((8, 3)), verbose=0)
    assert (kernel.numpy() != before).any()
    assert (mean.numpy() != at_first).any()
    np.testing.assert_array_equal(kernel.numpy(), model.get_weights()[0])
    np.testing.assert_array_equal(np.asarray(kernel.assign(before)), before)
    kernel.assign_add(np.ones_like(before))
    kernel.assign_sub(0.5 * np.ones_like(before))
    np.testing.assert_allclose(dense.get_weights()[0], before + 0.5, rtol=1e-6)
    model.layers[-1].kernel.assign(jnp.zeros((4, 3)))
    model.layers[-1].bias.assign(np.full(3, 7.0))
    np.testing.assert_array_equal(model.predict(x, verbose=0), np.full((8, 3), 7.0))
    model.layers[-1].bias.assign(model.layers[-1].bias * 0)
    np.testing.assert_array_equal(np.asarray(model(x)), np.zeros((8, 3)))


def test_weights_of_every_layer_have_names() -> None:
    ours_keras.utils.clear_session()
    layers = ours_keras.layers
    model = ours_keras.Sequential(
        [layers.Embedding(5, 3, input_shape=(4,)), layers.Bidirectional(layers.LSTM(2)), layers.LayerNormalization()]
    )
    embedding, both, norm = model.layers
    assert embedding.embeddings.shape == (5, 3)
    assert norm.gamma.path.endswith("layer_normalization/gamma")
    assert norm.beta.shape == (4,)
    forward = both.forward_layer.cell.recurrent_kernel
    assert forward.path == f"{model.name}/{both.name}/forward_lstm/lstm_cell/recurrent_kernel"
    forward.assign(np.full((2, 8), 3.0))
    np.testing.assert_array_equal(both.get_weights()[1], np.full((2, 8), 3.0))
    assert both.backward_layer.get_weights()[0].shape == (3, 8)
    assert layers.Dense(1, use_bias=False, input_shape=(2,)).built is False
    plain = layers.Dense(1, use_bias=False)
    plain.build((None, 2))
    assert plain.bias is None


def test_what_is_not_there_yet_is_an_attribute_error() -> None:
    for k in (ours_keras, theirs_keras):
        model = k.Sequential([k.layers.Dense(2)])
        assert not hasattr(k.Sequential(), "input_shape")
        assert not hasattr(model, "output_shape")
        assert not hasattr(model.layers[0], "kernel")
    with pytest.raises(AttributeError, match="has no kernel yet"):
        _ = ours_keras.layers.Dense(2).kernel
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'kernal'"):
        _ = ours_keras.layers.Dense(2).kernal


def test_bad_assignments_are_refused() -> None:
    layer = ours_keras.layers.Dense(2, name="only")
    layer.build((None, 3))
    with pytest.raises(RavineError, match=r"only/kernel: the shape is \(3, 2\), got a value of shape \(2, 3\)"):
        layer.kernel.assign(np.ones((2, 3)))
    with pytest.raises(RavineError, match=r"the shape is \(3, 2\), got a value of shape \(\)"):
        layer.kernel.assign(1.0)
    with pytest.raises(RavineError, match="set trainable of the layer 'only' instead"):
        layer.kernel.trainable = False


OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adam", {"amsgrad": True, "gradient_accumulation_steps": 2}),
    ("AdamW", {}),
    ("Nadam", {}),
    ("Adamax", {}),
    ("Lion", {}),
]


@pytest.mark.parametrize(("kind", "options"), often(OPTIMIZERS, lambda case: case[0] in ("SGD", "Adam")), ids=str)
def test_variables_of_an_optimizer(kind: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)).astype(np.float32), rng.normal(size=(16, 3)).astype(np.float32)
    held = []
    for k in (theirs_keras, ours_keras):
        k.utils.clear_session()
    for k, model in zip((theirs_keras, ours_keras), twins(theirs_keras, ours_keras, MODELS["plain"]), strict=True):
        optimizer = getattr(k.optimizers, kind)(learning_rate=0.01, name="rule", **options)
        model.compile(optimizer, "mse")
        assert [each.path for each in optimizer.variables] == ["rule/iteration", "rule/learning_rate"]
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
        held.append((optimizer.variables, optimizer))
    (theirs, _), (ours, optimizer) = held
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.path, mine.shape, mine.dtype) == (other.path, tuple(other.shape), other.dtype)
        np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=2e-4, atol=1e-6)  # four steps in float32
    if len(ours) > 2:
        ours[2].assign(np.full(ours[2].shape, 0.5))
        np.testing.assert_array_equal(optimizer.variables[2].numpy(), np.full(ours[2].shape, 0.5))


def test_rate_and_steps_are_live() -> None:
    for k in (ours_keras, theirs_keras):
        model = k.Sequential([k.layers.Input((2,)), k.layers.Dense(1)])
        optimizer = k.optimizers.SGD(0.5)
        rate = optimizer.learning_rate
        model.compile(optimizer, "mse")
        model.fit(np.zeros((4, 2)), np.zeros((4, 1)), batch_size=1, verbose=0)
        assert int(optimizer.iterations) == int(optimizer.iterations.numpy()) == 4
        assert float(rate.value) == float(np.asarray(optimizer.learning_rate)) == 0.5
        rate.assign(0.25)
        assert float(optimizer.learning_rate) == float(rate.numpy()) == 0.25
        optimizer.learning_rate = 0.125
        assert float(rate) == 0.125
        assert float(rate * 2) == 0.25
        assert bool(rate == 0.125)
        optimizer.learning_rate.assign(rate / 2)
        assert float(rate) == 0.0625


N = np.int64


@pytest.mark.parametrize("number", [N, np.int32, np.uint8, np.array, lambda n: np.prod((n, 1))])
def test_integers_of_numpy_serve_everywhere(number: Any) -> None:
    k, layers, n = ours_keras, ours_keras.layers, number
    model = k.Sequential([layers.Input((n(6),), batch_size=n(4)), layers.Dense(n(4)), layers.Reshape((n(2), n(2)))])
    assert model.output_shape == (4, 2, 2)
    assert type(model.layers[0].units) is not float
    assert k.Sequential([layers.Dense(n(3), input_dim=n(2))]).output_shape == (None, 3)
    assert k.Sequential([layers.Dense(n(3), input_shape=(n(2),))]).input_shape == (None, 2)
    assert layers.Dense(n(3)).compute_output_shape((None, n(5))) == (None, 3)
    for layer in (layers.LSTM(n(2)), layers.GRU(n(2)), layers.SimpleRNN(n(2)), layers.Bidirectional(layers.GRU(n(1)))):
        layer.build((None, n(5), n(3)))
        assert layer.output_shape == (None, 2)
    embedding = layers.Embedding(n(5), n(3), input_length=n(4))
    assert k.Sequential([embedding]).output_shape == (None, 4, 3)
    assert layers.PReLU(shared_axes=[n(1)]).shared_axes == [1]
    assert layers.Softmax(axis=n(1)).axis == 1
    layers.BatchNormalization(axis=n(1)).build((None, n(3)))
    layers.LayerNormalization(axis=n(1)).build((None, 3))
    layers.Dropout(0.5, seed=n(3))(np.ones((2, 2)), training=True)
    assert k.initializers.GlorotUniform(seed=n(1))((n(2), n(3))).shape == (2, 3)
    k.utils.set_random_seed(n(3))
    trained = k.Sequential([layers.Dense(n(1), input_shape=(n(2),))])
    trained.compile("sgd", "mse")
    x, y = np.ones((8, 2)), np.ones((8, 1))
    history = trained.fit(x, y, batch_size=n(4), epochs=n(2), verbose=0, validation_data=(x, y), validation_freq=n(2))
    assert len(history.history["loss"]) == 2
    assert len(history.history["val_loss"]) == 1
    trained.evaluate(x, y, batch_size=n(4), verbose=0)
    trained.predict(x, batch_size=n(4), verbose=0)
    assert k.Sequential.from_config(model.get_config()).output_shape == (4, 2, 2)
    assert type(nn.Dense(n(3)).units) is int
    assert nn.Network((nn.Dense(2),), n(3)).input_shape == (3,)


@pytest.mark.parametrize("bad", [True, 2.0, "2", -1, 0, None, np.True_, np.float64(2)])
def test_what_is_no_whole_number_is_refused(bad: Any) -> None:
    layers = ours_keras.layers
    with pytest.raises(RavineError, match="units must be a positive integer"):
        layers.Dense(bad)
    with pytest.raises(RavineError, match="units must be a positive integer"):
        layers.LSTM(bad)
    with pytest.raises(RavineError, match="input_dim must be a positive integer"):
        layers.Embedding(bad, 2)
    if bad is not None:
        with pytest.raises(RavineError, match="each size of input_shape must be a positive integer"):
            layers.Input((bad,))
        with pytest.raises(RavineError, match="each size of input_shape must be a positive integer"):
            layers.Dense(2).build((None, bad))


def test_the_size_of_a_batch_shows() -> None:
    shapes = []
    for k in (ours_keras, theirs_keras):
        model = k.Sequential([k.layers.Input((3,), batch_size=8), k.layers.Dense(2)])
        told: list[str] = []
        model.summary(print_fn=told.append, line_length=60)
        assert "(8, 2)" in "".join(told)
        shapes.append((model.input_shape, model.output_shape))
        again = k.Sequential.from_config(model.get_config())
        assert again.input_shape == (8, 3)
    assert shapes == [((8, 3), (8, 2))] * 2
    assert ours_keras.layers.Dense(2).compute_output_shape((8, 3)) == (8, 2)


def test_a_seeded_dropout_repeats_and_goes_on() -> None:
    for k in (ours_keras, theirs_keras):
        x = np.ones((1, 64), np.float32)
        first, second = k.layers.Dropout(0.5, seed=1), k.layers.Dropout(0.5, seed=1)
        one, two = (np.asarray(first(x, training=True)) for _ in range(2))
        np.testing.assert_array_equal(one, np.asarray(second(x, training=True)))
        np.testing.assert_array_equal(two, np.asarray(second(x, training=True)))
        assert (one != two).any()


def test_clones_are_keras_own() -> None:
    for k in (ours_keras, theirs_keras):
        x = np.ones((4, 3), np.float32)
        layers = [k.layers.Input((3,), name="in"), k.layers.Dense(2, name="a"), k.layers.Dense(1)]
        model = k.Sequential(layers, name="m")
        model.compile(k.optimizers.Adam(0.5), k.losses.Huber(2.0), metrics=["mae"])
        model.fit(x, np.ones((4, 1)), verbose=0)
        clone = k.models.clone_model(model)
        assert clone.name == "m"
        assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
        assert clone.layers[0] is not model.layers[0]
        assert (np.asarray(clone.layers[0].kernel) != np.asarray(model.layers[0].kernel)).any()
        assert clone.compiled
        assert float(clone.optimizer.learning_rate) == 0.5
        assert int(clone.optimizer.iterations) == 0
        assert clone.optimizer is not model.optimizer
        clone.set_weights(model.get_weights())
        np.testing.assert_allclose(clone.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)

        def wider(layer: Any, k: Any = k) -> Any:
            return k.layers.Dense(2 * layer.units, activation="relu")

        wide = k.models.clone_model(model, clone_function=wider)
        assert wide.output_shape == (None, 2)
        bare = k.models.clone_model(k.Sequential([k.layers.Dense(2)]))
        assert not bare.built
        assert not bare.compiled
    with pytest.raises(RavineError, match="a Sequential model is wanted"):
        ours_keras.models.clone_model("model")
    with pytest.raises(RavineError, match="clone_function must be a function"):
        ours_keras.models.clone_model(ours_keras.Sequential([ours_keras.layers.Dense(2)]), clone_function=3)


def test_functions_of_jax_take_a_weight_for_its_value() -> None:
    """Keras's own variables are refused by those functions of JAX that are compiled; layers written here need them."""
    layer = ours_keras.layers.Dense(2)
    layer.build((None, 3))
    kernel, value = layer.kernel, layer.get_weights()[0]
    np.testing.assert_allclose(jnp.matmul(np.ones((1, 3), np.float32), kernel), value.sum(axis=0)[None], rtol=1e-6)
    np.testing.assert_allclose(jnp.sum(kernel), value.sum(), rtol=1e-6)
    np.testing.assert_array_equal(jnp.maximum(kernel, 0), np.maximum(value, 0))
    np.testing.assert_array_equal(jnp.where(kernel > 0, kernel, -kernel), np.abs(value))
    np.testing.assert_array_equal(jax.grad(lambda w: (w**2).sum())(kernel), 2 * value)
