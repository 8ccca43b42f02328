"""What Keras's own tests ask of layers, metrics and training, each beside Keras itself."""

from __future__ import annotations

import contextlib
import gc
import io
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import PerStructure, RavineError, forget_compiled
from ravine.data import from_arrays
from ravine.functions import FunctionLoss
from ravine.nn import Dense, Network
from ravine.optim import SGD
from ravine.train import Plan, population

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

BOTH = (theirs_keras, ours_keras)
SINGLE = 2e-6
"""A few roundings in single precision."""


def per_step(k: Any, masked: bool, weights: Any = None) -> dict[str, float]:
    """What evaluation says of sequences of three lengths, some steps of which are padding."""
    rng = np.random.default_rng(0)

    def batches() -> Iterator[Any]:
        for steps, n in ((2, 3), (9, 3), (5, 2)):
            x, y = rng.normal(size=(n, steps, 2)).astype(np.float32), rng.random((n, steps, 1)).astype(np.float32)
            x[0, steps // 2 :] = 0.0
            y = (y > 0.5).astype(np.float32)
            yield (x, y) if weights is None else (x, y, rng.random((n, steps)[:weights]).astype(np.float32))

    masking = [k.layers.Masking()] if masked else []
    model = k.Sequential([k.Input((None, 2)), *masking, k.layers.SimpleRNN(1, return_sequences=True)])
    model.set_weights([np.full(w.shape, 0.7, np.float32) for w in model.get_weights()])
    # Keras's RMSE leaves masks unheeded.
    metrics: list[Any] = ["mae", "accuracy", *([] if masked else [k.metrics.RootMeanSquaredError(name="rmse")])]
    model.compile("sgd", "mse", metrics=metrics, weighted_metrics=["mse"])
    return dict(model.evaluate(batches(), steps=3, verbose=0, return_dict=True))


@pytest.mark.parametrize(("masked", "weights"), [(False, None), (True, None), (False, 2), (True, 2)])
def test_a_sequence_counts_once_in_a_metric_however_long_it_is(masked: bool, weights: int | None) -> None:
    theirs, ours = (per_step(k, masked, weights) for k in BOTH)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=SINGLE, err_msg=name)


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("options", [{}, {"return_sequences": True}])
def test_shapes_of_states_are_told(kind: str, both_ways: bool, options: dict[str, Any]) -> None:
    found = []
    for k in BOTH:
        layer = getattr(k.layers, kind)(2, return_state=True, **options)
        layer = k.layers.Bidirectional(layer, merge_mode="sum") if both_ways else layer
        found.append(layer.compute_output_shape((None, 5, 3)))
        shapes = [tuple(np.shape(each)) for each in layer(np.ones((4, 5, 3), np.float32))]
        assert shapes == [(4, *shape[1:]) for shape in found[-1]]
    assert found[0] == found[1]


def test_a_model_refuses_layers_that_give_several_arrays() -> None:
    states = ours_keras.layers.GRU(2, return_state=True)
    with pytest.raises(RavineError, match=r"GRU 'gru.*' with return_state=True gives several arrays"):
        ours_keras.Sequential([ours_keras.Input((5, 3)), states, ours_keras.layers.Dense(1)])
    with pytest.raises(RavineError, match="gives several arrays"):
        ours_keras.Sequential([states]).compute_output_shape((None, 5, 3))


def nested(k: Any) -> Any:
    """A layer that makes weights and layers in its constructor and in build, and builds some of these."""

    class Inner(k.layers.Layer):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first = self.add_weight(shape=(1,), initializer="ones", name="first")

        def build(self, _: Any) -> None:
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
            self.still = self.add_weight(shape=(), initializer="ones", trainable=False, name="still")

        def call(self, inputs: Any) -> Any:
            return inputs * self.scale * self.first + self.still

    class Outer(k.layers.Layer):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.late = k.layers.Dense(2, kernel_initializer="ones", name="late")

        def build(self, input_shape: Any) -> None:
            self.shift = self.add_weight(shape=(), initializer="ones", name="shift")
            self.inner = Inner(name="inner")
            self.inner.build(None)
            self.dense = k.layers.Dense(3, kernel_initializer="ones", name="dense")
            self.dense.build((None, 2))

        def call(self, inputs: Any) -> Any:
            return self.dense(self.inner(self.late(inputs))) + self.shift

    return Outer(name="outer")


def test_weights_of_layers_inside_are_there_after_build() -> None:
    found = []
    for k in BOTH:
        layer = nested(k)
        layer.build((None, 4))
        counts = [len(layer.trainable_weights), len(layer.non_trainable_weights)]
        layer.trainable = False
        counts += [len(layer.trainable_weights), len(layer.non_trainable_weights)]
        layer.trainable = True
        paths = {weight.path for weight in layer.weights}
        out = np.asarray(layer(np.ones((2, 4), np.float32)))
        counts += [len(layer.trainable_weights), len(layer.non_trainable_weights), layer.count_params()]
        found.append((layer.built, counts, paths, [weight.path for weight in layer.weights], out.tolist()))
    assert found[1] == found[0]


def test_a_layer_built_by_hand_trains_in_a_model() -> None:
    found = []
    x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    for k in BOTH:
        layer = nested(k)
        layer.build((None, 4))
        model = k.Sequential([k.Input((4,)), layer])
        model.compile(k.optimizers.SGD(0.01), "mse")
        losses = model.fit(x, x[:, :3], epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
        found.append((losses, {w.path.removeprefix(f"{model.name}/"): w.numpy().sum() for w in layer.weights}))
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=SINGLE)
    assert found[1][1].keys() == found[0][1].keys()
    for path, value in found[0][1].items():
        np.testing.assert_allclose(found[1][1][path], value, rtol=SINGLE, atol=SINGLE, err_msg=path)


def test_weights_from_the_constructor_keep_their_own_path_in_a_model() -> None:
    found = []
    for k in BOTH:

        class Own(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self, **options: Any) -> None:
                super().__init__(**options)
                self.early = self.add_weight(shape=(1,), name="early")

            def build(self, _: Any) -> None:
                self.later = self.add_weight(shape=(1,), name="later")

            def call(self, inputs: Any) -> Any:
                return inputs * self.early + self.later

        model = k.Sequential([k.Input((2,)), Own(name="own")], name="whole")
        found.append([weight.path for weight in model.weights])
    assert found[1] == found[0] == ["own/early", "whole/own/later"]


@pytest.mark.filterwarnings("ignore:.build.* was called on layer:UserWarning")
def test_weights_inside_from_constructors_keep_their_own_paths() -> None:
    found = []
    for k in BOTH:

        class Inner(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self, held: Any = None, **options: Any) -> None:
                super().__init__(**options)
                self.own = self.add_weight(shape=(1,), name="own")
                self.held = held

        class Outer(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self) -> None:
                super().__init__()
                self.inner = Inner(Inner(name="innermost"), name="inner")

        layer = Outer()
        layer.build(None)
        found.append(sorted(weight.path for weight in layer.weights))
    assert found[1] == found[0] == ["inner/own", "innermost/own"]


def test_a_layer_hears_of_the_mask_when_it_is_tried() -> None:
    for k in BOTH:

        class Masked(k.layers.Layer):  # type: ignore[name-defined, misc]
            def __init__(self) -> None:
                super().__init__()
                self.supports_masking = True

            def call(self, inputs: Any, mask: Any = None) -> Any:
                return inputs * mask[..., None]  # fails where None is given

        x = np.ones((3, 4, 2), np.float32)
        x[0, 2:] = 0.0
        assert np.asarray(Masked()(x, mask=np.ones((3, 4), np.float32))).sum() == 20
        model = k.Sequential([k.Input((4, 2)), k.layers.Masking(), k.layers.Dense(2), Masked()])
        model.layers[1].set_weights([np.eye(2), np.ones(2)])
        np.testing.assert_array_equal(model.predict(x, verbose=0), (x + 1) * (x != 0))


def test_a_loss_may_be_called_as_a_whole() -> None:
    found = []
    x = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)
    for k in BOTH:

        class Whole(k.losses.Loss):  # type: ignore[name-defined, misc]
            def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
                return jnp.sum(jnp.square(y_pred - y_true))

        model = k.Sequential([k.Input((3,)), k.layers.Dense(1, kernel_initializer="ones")])
        model.compile(k.optimizers.SGD(0.01), Whole())
        found.append(model.fit(x, x[:, :1], batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(found[1], found[0], rtol=SINGLE)
    with pytest.raises(RavineError, match="the loss is called as a whole"):
        model.fit(x, x[:, :1], sample_weight=np.ones(10), verbose=0)


def test_an_embedding_with_weights_is_built() -> None:
    array = np.arange(12.0).reshape(3, 4)
    for k in BOTH:
        for given in (array, [array]):
            layer = k.layers.Embedding(3, 4, weights=given)
            assert layer.built
            np.testing.assert_array_equal(layer.embeddings.numpy(), array)


def test_huber_is_described_as_keras_does_and_keeps_its_delta() -> None:
    theirs, ours = (k.losses.Huber(reduction="sum", name="huber") for k in BOTH)
    assert ours.get_config() == theirs.get_config()
    wide = ours_keras.losses.Huber(delta=3.0)
    assert ours_keras.losses.Huber.from_config(wide.get_config()).delta == 3.0


def test_a_metric_is_refused_inside_a_compiled_program() -> None:
    metric = ours_keras.metrics.MeanSquaredError()
    with pytest.raises(RavineError, match=r"MeanSquaredError: a metric adds up .* call it outside of jax\.jit"):
        jax.jit(metric)(np.ones(2), np.ones(2))
    with pytest.raises(RavineError, match="Mean: a metric adds up numbers"):
        jax.jit(ours_keras.metrics.Mean())(np.ones(2))


@pytest.mark.parametrize(("y_axis", "p_axis"), [(None, None), (-1, None), (None, -1), (-1, -1)])
def test_far_targets_keep_their_digits_outside_of_a_model(y_axis: int | None, p_axis: int | None) -> None:
    rng = np.random.default_rng(0)
    y = 2458000 + rng.normal(size=50)
    p = y + rng.normal(size=50) / 100
    absolute, squared = abs(y - p).mean(), ((y - p) ** 2).mean()
    y, p = (each if axis is None else each[:, None] for each, axis in ((y, y_axis), (p, p_axis)))
    losses, metrics = ours_keras.losses, ours_keras.metrics
    near = 1e-5
    """Distances from the first targets, about 1, are rounded to 6e-8 before differences of .01 are taken."""
    wrapped = metrics.MeanMetricWrapper(losses.mean_absolute_error)
    for found in (metrics.get("mae")(y, p), wrapped(y, p), losses.MeanAbsoluteError()(y, p)):
        np.testing.assert_allclose(found, absolute, rtol=near)
    for found in (metrics.get("mse")(y, p), losses.get("mse")(y, p).mean(), losses.MeanSquaredError()(y, p)):
        np.testing.assert_allclose(found, squared, rtol=near)
    np.testing.assert_allclose(metrics.RootMeanSquaredError()(y, p), np.sqrt(squared), rtol=near)


def test_a_bar_of_ones_own_is_drawn_each_time() -> None:
    for k in BOTH:
        bar = k.utils.Progbar(10, interval=0.0)
        for step, values in ((1, 0.0), (2, 2.0)):
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                bar.update(step, values=[("value", values)])
            assert f"value: {values / step:.4f}" in shown.getvalue()


def test_layers_decide_which_shapes_a_model_takes() -> None:
    found: list[list[Any]] = []
    for k in BOTH:
        found.append([])
        models = [
            k.Sequential([k.layers.Reshape((-1, 8))]),
            k.Sequential([k.Input((12, 2)), k.layers.Dense(3, kernel_initializer="ones")]),
            k.Sequential([k.Input((12, 2)), k.layers.LayerNormalization(), k.layers.Flatten()]),
        ]
        for model in models:
            for steps in (12, 20):
                x = np.arange(2.0 * steps, dtype=np.float32).reshape(1, steps, 2)
                found[-1] += [model.predict(x, verbose=0), np.asarray(model(x))]
        models[1].compile("sgd", "mse")
        parts = ((np.ones((2, steps, 2), np.float32), np.zeros((2, steps, 3), np.float32)) for steps in (12, 20))
        found[-1].append(models[1].fit(parts, steps_per_epoch=2, shuffle=False, verbose=0).history["loss"])
    for mine, other in zip(found[1], found[0], strict=True):
        # Arrays of Keras's normalisation differ by a few roundings of numbers about 1.
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)
    k = ours_keras
    fixed = k.Sequential([k.Input((12, 2)), k.layers.Flatten(), k.layers.Dense(1)])
    scaled = k.Sequential([k.Input((12, 2)), k.layers.BatchNormalization()])
    for model, shape in ((models[1], (1, 12, 1)), (fixed, (1, 20, 2)), (scaled, (1, 12, 1)), (models[1], (1, 12))):
        with pytest.raises(RavineError, match=r"the model takes examples of shape \(12, 2\), got"):
            model.predict(np.ones(shape, np.float32), verbose=0)


def test_validation_may_have_another_length_than_training() -> None:
    """In fit, and in a callback that evaluates after each epoch and each batch."""
    found = []
    rng = np.random.default_rng(0)
    parts = [(rng.normal(size=(6, n, 2)).astype(np.float32), np.ones((6, 1), np.float32)) for n in (3, 7)]
    for k in BOTH:
        model = k.Sequential([k.Input((None, 2)), k.layers.SimpleRNN(2), k.layers.Dense(1)])
        model.set_weights([np.full(w.shape, 0.3, np.float32) for w in model.get_weights()])
        model.compile(k.optimizers.SGD(0.01), "mse")

        class Look(k.callbacks.Callback):  # type: ignore[name-defined, misc]
            def __init__(self, model: Any) -> None:
                super().__init__()
                self.looked, self.seen = model, list[float]()

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                self.seen.append(self.looked.evaluate(*parts[1], verbose=0))

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                if isinstance(self, ours_keras.callbacks.Callback):  # Keras trains on by the weights from before
                    self.seen.append(self.looked.evaluate(*parts[1], verbose=0))

        look = Look(model)
        options = {"epochs": 2, "batch_size": 3, "shuffle": False, "verbose": 0}
        history = model.fit(*parts[0], validation_data=parts[1], **options).history
        history["again"] = model.fit(*parts[0], callbacks=[look], **options).history["loss"]
        assert look.seen[-1] == pytest.approx(model.evaluate(*parts[1], verbose=0))
        found.append(history | {"weights": np.concatenate([w.ravel() for w in model.get_weights()])})
    for name, values in found[0].items():
        np.testing.assert_allclose(found[1][name], values, rtol=1e-5, err_msg=name)


@pytest.mark.slow
def test_what_is_compiled_for_a_population_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PerStructure, "KEPT", 2)
    forget_compiled()
    data = from_arrays(np.ones((8, 2)), np.ones((8, 1)), validation=0.5)
    found = []
    for _ in range(5):
        plan = Plan(loss=FunctionLoss(lambda y, out: jnp.square(out - y).mean(axis=-1)), epochs=1, batch_size=4)
        runs = population(Network((Dense(1),), (2,)), [SGD(0.1), SGD(0.2)], data, plan, together=True)
        assert np.isfinite(runs[0].history["loss"][-1])
        del plan, runs
        gc.collect()
        found.append(len(jax.devices()[0].client.live_executables()))
    assert found[1] > found[0]  # two are kept: a repeated run compiles nothing anew
    assert found[2] == found[3] == found[4]
