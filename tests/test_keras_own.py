"""Losses and metrics that are functions of the user's own, beside Keras's; hooks of single batches."""

from __future__ import annotations

import gc
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, twins
from ravine.core import PerStructure, RavineError
from slow_marks import often

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

# A few steps in float32, summed in another order on the two sides.
LOOSE = {"rtol": 2e-4, "atol": 5e-6}
N = 27  # the last batch of 8 is smaller


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(N, 4)).astype(np.float32), rng.normal(size=(N, 3)).astype(np.float32)


def root(y: Any, p: Any) -> Any:
    return jnp.sqrt(jnp.mean((y - p) ** 2))


def explained(y: Any, p: Any) -> Any:
    """It looks at the batch as a whole: padding would change it."""
    return 1 - jnp.sum((y - p) ** 2) / jnp.sum((y - jnp.mean(y)) ** 2)


def per_output(y: Any, p: Any) -> Any:
    return jnp.mean(abs(y - p), axis=0)


def centred(y: Any, p: Any) -> Any:
    """A value per example that depends on the others."""
    return jnp.mean((y - p - jnp.mean(y - p, axis=0)) ** 2, axis=-1)


def compiled(loss: Any, metrics: Any) -> tuple[Any, Any]:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    for k, model in ((theirs_keras, theirs), (ours_keras, ours)):
        model.compile(k.optimizers.SGD(0.1), loss, metrics=list(metrics))
    return theirs, ours


LOSSES = [(root, False), (root, True), (per_output, False), (centred, False), (centred, True)]


@pytest.mark.parametrize(("loss", "weighted"), often(LOSSES, LOSSES[1:3]))
def test_functions_of_one_value_train_as_in_keras(loss: Any, weighted: bool) -> None:
    theirs, ours = compiled(loss, [root, explained, centred, lambda y, p: 1.0])
    x, y = data()
    options: dict[str, Any] = {"batch_size": 8, "shuffle": False, "verbose": 0, "epochs": 2}
    if weighted:
        options["sample_weight"] = np.random.default_rng(2).uniform(0, 2, N).astype(np.float32)
    held = (x[:11], y[:11])
    found = [m.fit(x, y, validation_data=held, validation_batch_size=4, **options).history for m in (ours, theirs)]
    assert list(found[0]) == list(found[1])
    for name in found[0]:
        np.testing.assert_allclose(found[0][name], found[1][name], err_msg=name, **LOOSE)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, **LOOSE)
    got, wanted = (m.evaluate(x, y, batch_size=5, verbose=0, return_dict=True) for m in (ours, theirs))
    for name in wanted:
        np.testing.assert_allclose(got[name], wanted[name], err_msg=name, **LOOSE)
    for mine, other in zip(ours.test_on_batch(x, y), theirs.test_on_batch(x, y), strict=True):
        np.testing.assert_allclose(mine, other, **LOOSE)


def test_batches_of_a_generator_are_not_padded_either() -> None:
    x, y = data()
    whole, parts = (compiled(root, [explained])[1] for _ in range(2))
    whole.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    cut = [slice(start, start + 8) for start in range(0, N, 8)]
    parts.fit(((x[part], y[part]) for part in cut), verbose=0)
    for name, values in whole.history.history.items():
        np.testing.assert_allclose(parts.history.history[name], values, rtol=1e-6)


def test_a_function_whose_shapes_do_not_fit_is_named() -> None:
    x, y = data()

    def careless(y: Any, p: Any) -> Any:
        return jnp.mean(y @ p, axis=-1)

    _, ours = compiled(careless, [])
    with pytest.raises(
        RavineError, match=r"the loss 'careless' fails on targets of shape \(8, 3\) and outputs of shape"
    ):
        ours.fit(x, y, batch_size=8, verbose=0)


def test_weights_of_examples_have_nothing_to_act_on_in_a_metric_of_one_value() -> None:
    """Keras fails there inside its broadcasting."""
    x, y = data()
    _, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    ours.compile("sgd", "mse", weighted_metrics=[root])
    ours.fit(x, y, verbose=0)
    with pytest.raises(RavineError, match="the weighted metric 'root' gives one value for a whole batch"):
        ours.fit(x, y, sample_weight=np.ones(N), verbose=0)


def test_targets_of_one_column_meet_outputs_of_one_column() -> None:
    """A vector of targets is no row: (n,) beside (n, 1) would make all pairs."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)).astype(np.float32), rng.normal(size=12).astype(np.float32)
    model = ours_keras.Sequential([ours_keras.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", lambda y, p: jnp.mean((y - p) ** 2, axis=-1), metrics=["mse", root])
    p = model.predict(x, verbose=0)[:, 0].astype(np.float64)
    expected = ((p - y) ** 2).mean()
    loss, mse, rooted = model.evaluate(x, y, batch_size=12, verbose=0)
    np.testing.assert_allclose([loss, mse, rooted], [expected, expected, expected**0.5], rtol=1e-5)


def test_class_numbers_in_a_column_are_class_numbers_for_a_loss_of_ones_own() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 4)).astype(np.float32), rng.integers(0, 3, (12, 1))
    found = []
    for k in (ours_keras, theirs_keras):

        def own(y: Any, p: Any, k: Any = k) -> Any:
            return k.losses.sparse_categorical_crossentropy(y, p, from_logits=True)

        model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3)])
        model.set_weights([np.arange(12).reshape(4, 3) / 10, np.zeros(3)])
        for loss in (own, "crossentropy"):
            model.compile("sgd", loss, metrics=["accuracy"])
            found.append(model.evaluate(x, y, verbose=0))
    np.testing.assert_allclose(found[0], found[2], rtol=1e-5)
    np.testing.assert_allclose(found[1][1], found[3][1])


def test_accuracy_of_margins_goes_by_their_sign() -> None:
    """By hand: three of four margins have the sign of their label. Keras's own says one of four, see docs/keras.md."""
    model = ours_keras.Sequential([ours_keras.layers.Dense(1, use_bias=False, input_shape=(1,))])
    model.set_weights([np.ones((1, 1))])
    x = np.array([[1.0], [-1.0], [0.3], [2.0]])
    for loss in ("hinge", "squared_hinge", ours_keras.losses.Hinge()):
        model.compile("sgd", loss, metrics=["accuracy"])
        for labels in ([1, -1, 1, -1], [1, 0, 1, 0]):
            assert model.evaluate(x, np.array(labels), verbose=0)[1] == 0.75


@pytest.mark.parametrize("kind", ["metrics", "weighted_metrics"])
def test_a_metric_of_ones_own_has_no_direction(kind: str, tmp_path: Any) -> None:
    x, y = data()

    def score(y: Any, p: Any) -> Any:
        return -jnp.mean((y - p) ** 2, axis=-1)

    makers = [
        lambda k: k.callbacks.EarlyStopping(monitor="score"),
        lambda k: k.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="val_score", save_best_only=True),
        lambda k: k.callbacks.ReduceLROnPlateau(monitor="score"),
    ]
    for make in makers:
        for k in (ours_keras, theirs_keras):
            model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3)])
            model.compile("sgd", "mse", **{kind: [score]})
            with pytest.raises(ValueError, match="mode='max'"):
                model.fit(x, y, validation_data=(x, y), callbacks=[make(k)], verbose=0)
    # With mode it stops when the score no longer rises, and not while it does.
    model = ours_keras.Sequential([ours_keras.layers.Dense(3, input_shape=(4,))])
    model.compile("sgd", "mse", metrics=[score])
    stop = ours_keras.callbacks.EarlyStopping(monitor="score", mode="max")
    assert len(model.fit(x, y, epochs=4, callbacks=[stop], verbose=0).epoch) == 4


def test_directions_are_those_of_the_metrics_and_not_of_their_names() -> None:
    x, y = data()
    model = ours_keras.Sequential([ours_keras.layers.Dense(3, input_shape=(4,))])
    metrics = ours_keras.metrics
    error = metrics.MeanSquaredError(name="accuracy_of_shots")
    model.compile("sgd", "mse", metrics=[error, metrics.R2Score(name="loss_of_heat"), "mae", metrics.AUC(name="a")])
    model.fit(x, (y > 0).astype(np.float32), verbose=0)
    assert [model.rising(name) for name in ("accuracy_of_shots", "loss_of_heat", "mae", "a")] == [
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("kind", ["EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"])
def test_a_misspelled_monitor_is_an_error(kind: str, tmp_path: Any) -> None:
    x, y = data()
    _, ours = compiled("mse", ["mae"])
    options = {"filepath": tmp_path / "best.keras", "save_best_only": True} if kind == "ModelCheckpoint" else {}
    for name in ("val_los", "val_accuracy"):
        watch = getattr(ours_keras.callbacks, kind)(monitor=name, **options)
        with pytest.raises(RavineError, match=f"{kind}: there is no value '{name}' to watch: .*loss.*mae.*val_loss"):
            ours.fit(x, y, validation_data=(x, y), callbacks=[watch], verbose=0)
    # A known value that this epoch lacks is only told of.
    watch = getattr(ours_keras.callbacks, kind)(monitor="val_mae", **options)
    with pytest.warns(UserWarning, match="there is no value 'val_mae' to watch"):
        ours.fit(x, y, callbacks=[watch], verbose=0)


def test_values_that_another_callback_adds_may_be_watched() -> None:
    x, y = data()
    _, ours = compiled("mse", [])

    class Adds(ours_keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["own"] = float(epoch)

    stop = ours_keras.callbacks.EarlyStopping(monitor="own", mode="min")
    assert len(ours.fit(x, y, epochs=5, callbacks=[Adds(), stop], verbose=0).epoch) == 2


def test_hooks_of_the_batches_of_evaluations_and_predictions() -> None:
    """The same calls with the same values in the same order as Keras's."""
    x, y = data()
    theirs, ours = compiled("mse", ["mae"])
    calls: dict[Any, list[Any]] = {}
    for k, model in ((theirs_keras, theirs), (ours_keras, ours)):
        told: list[Any] = []
        calls[k] = told

        class Spy(k.callbacks.Callback):
            def __init__(self, told: list[Any]) -> None:
                super().__init__()
                self.told = told

            def on_test_begin(self, logs: Any = None) -> None:
                self.told.append(("test", self.params["steps"]))

            def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
                self.told.append(("test batch", batch))

            def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
                self.told.append(("test batch ends", batch, {n: round(float(v), 4) for n, v in logs.items()}))

            def on_predict_begin(self, logs: Any = None) -> None:
                self.told.append(("predict", self.params["steps"]))

            def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
                self.told.append(("predict batch", batch))

            def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
                self.told.append(("predict batch ends", batch, np.shape(logs["outputs"])))

        model.evaluate(x, y, batch_size=8, verbose=0, callbacks=[Spy(told)])
        model.predict(x, batch_size=10, verbose=0, callbacks=[Spy(told)])
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0, validation_data=(x, y), callbacks=[Spy(told)])
        told.pop(-9)  # Keras tells the evaluation inside fit its number of steps, here it is that of training
    assert [call[:2] for call in calls[ours_keras]] == [call[:2] for call in calls[theirs_keras]]
    for mine, other in zip(calls[ours_keras], calls[theirs_keras], strict=True):
        if isinstance(mine[-1], dict):
            assert mine[-1].keys() == other[-1].keys()
            np.testing.assert_allclose(list(mine[-1].values()), list(other[-1].values()), rtol=1e-3)
        else:
            assert mine == other


def test_a_callback_ends_an_evaluation_or_a_prediction() -> None:
    x, y = data()
    _, ours = compiled("mse", [])

    def stop(name: str) -> Any:
        def hook(batch: int, logs: Any) -> None:
            setattr(ours, name, True)

        return hook

    first = ours.evaluate(x[:8], y[:8], verbose=0)
    hook = ours_keras.callbacks.LambdaCallback(on_test_batch_end=stop("stop_evaluating"))
    np.testing.assert_allclose(ours.evaluate(x, y, batch_size=8, verbose=0, callbacks=[hook]), first, rtol=1e-6)
    hook = ours_keras.callbacks.LambdaCallback(on_predict_batch_end=stop("stop_predicting"))
    assert len(ours.predict(x, batch_size=8, verbose=0, callbacks=[hook])) == 8


def fitted_with_a_new_loss() -> None:
    x, y = data()
    model = ours_keras.Sequential([ours_keras.layers.Dense(3, input_shape=(4,))])
    model.compile("sgd", lambda y, p: jnp.mean((y - p) ** 2, axis=-1))
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)


def programs() -> int:
    """How many compiled programs this process holds."""
    gc.collect()
    return len(jax.devices()[0].client.live_executables())


@pytest.mark.slow
def test_what_is_compiled_for_a_lambda_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of programs that holds every loss ever written grows by megabytes a model."""
    monkeypatch.setattr(PerStructure, "KEPT", 2)
    ours_keras.backend.clear_session()
    found = []
    for _ in range(5):
        fitted_with_a_new_loss()
        found.append(programs())
    assert found[1] > found[0]  # two are kept: a repeated run compiles nothing anew
    assert found[2] == found[3] == found[4]
    ours_keras.backend.clear_session()
    assert programs() < found[0]
