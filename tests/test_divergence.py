"""A run that is lost is told as lost: no metric has a value, it is never the best, and only its weights remember."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, ClassVar

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine import keras
from ravine.core import RavineError, pytree, static
from ravine.data import Dataset, load
from ravine.functions import METRICS, MSE, Better, Metric, direction, loss
from ravine.nn import Dense, Network, Variables
from ravine.optim import SGD
from ravine.train import EarlyStopping, History, OnEpoch, Plan, Session, Target, objective, rises, train

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = X @ np.array([[1.0], [-2.0], [0.5]], np.float32)


def model(rate: float = 0.05, optimizer: Any = None, metrics: Any = ("mae", "r2_score")) -> Any:
    made = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(3,))])
    made.compile(optimizer or keras.optimizers.SGD(rate), "mse", metrics=list(metrics))
    return made


class Wreck(keras.callbacks.Callback):
    """After the second epoch the weights are so large that the next loss is infinite; after the fourth they are 0."""

    def __init__(self, mend: bool = False) -> None:
        super().__init__()
        self.mend = mend

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2 or (epoch == 4 and self.mend):
            scale = 1e30 if epoch == 2 else 0.0
            self.model.set_weights([np.full_like(w, scale) for w in self.model.get_weights()])


@pytest.mark.filterwarnings("ignore:fit. the loss was not finite")
@pytest.mark.parametrize(
    ("monitor", "mode"), [("mae", "min"), ("r2_score", "max"), ("val_r2_score", "max"), ("loss", "min")]
)
def test_lost_weights_are_never_the_best(monitor: str, mode: str, tmp_path: Path) -> None:
    """The mean absolute error read 0 and R2 1 after the loss was infinite: both were the best, with weights of 1e30."""
    path = tmp_path / "best.keras"
    ours = model()
    history = ours.fit(
        X, Y, epochs=5, verbose=0, validation_data=(X, Y),
        callbacks=[
            Wreck(),
            keras.callbacks.ModelCheckpoint(path, monitor=monitor, mode=mode, save_best_only=True),
            keras.callbacks.EarlyStopping(monitor, mode=mode, patience=9, restore_best_weights=True),
        ],
    ).history  # fmt: skip
    assert np.isfinite(history[monitor][:2]).all()
    for name in ("loss", "mae", "r2_score"):
        assert np.isnan(history[name][2:]).all(), name
    assert not np.isfinite(history["val_loss"][2:]).any()
    kept = keras.models.load_model(path)
    for weights in (kept.get_weights(), ours.get_weights()):
        assert all((np.abs(w) < 10).all() for w in weights)


def test_fit_says_so_once_and_new_weights_train_on() -> None:
    """A callback that puts other weights in is heeded in the same fit: nothing but the weights remembers."""
    ours = model()
    with pytest.warns(UserWarning, match="fit: the loss was not finite in epoch 3, and no step was made") as told:
        history = ours.fit(X, Y, epochs=8, verbose=0, callbacks=[Wreck(mend=True)]).history
    assert len([w for w in told if "not finite" in str(w.message)]) == 1
    assert not np.isfinite(history["loss"][2:4]).any()
    assert np.isfinite(history["mae"][4:]).all() and history["loss"][7] < history["loss"][4]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_one_infinite_batch_does_not_stop_the_next(optimizer: str) -> None:
    """Adam's second moment is infinite after it: new weights begin a new one."""
    ours, other = model(optimizer=optimizer), model(optimizer=optimizer)
    first = ours.get_weights()
    with np.errstate(over="ignore"):
        assert not np.isfinite(ours.train_on_batch(X, np.full_like(Y, 1e30))[0])
    ours.set_weights(first)
    for _ in range(3):
        assert ours.train_on_batch(X, Y) == other.train_on_batch(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), other.get_weights(), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), first, strict=True))


def test_without_new_weights_an_infinite_batch_is_one_batch() -> None:
    """As in Keras: plain descent moves on from where the batch left it."""
    ours = model(1e-12)
    ours.train_on_batch(X, np.full_like(Y, 1e30))
    before = ours.get_weights()
    ours.optimizer.learning_rate = 0.1
    ours.train_on_batch(X, Y)
    assert not all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), before, strict=True))


def sine() -> Dataset:
    return load("sine", n=64, seed=0)


NET = Network((Dense(8, "tanh"), Dense(1)), (1,))


def scaled(variables: Variables, factor: float) -> Variables:
    return variables._replace(params=jax.tree.map(lambda leaf: leaf * factor, variables.params))


def wrecked(loop: Any) -> None:
    if loop.epoch == 2:
        loop.session.variables = scaled(loop.session.variables, 1e30)


@pytest.mark.parametrize("quantity", ["mae", "r2", "train_eval_r2", "train_eval_mae"])
def test_the_core_never_goes_back_to_lost_weights(quantity: str) -> None:
    plan = Plan(epochs=6, batch_size=64, metrics=("mae", "r2"))
    run = train(NET, SGD(0.05), sine(), plan, callbacks=[EarlyStopping(quantity, patience=9), OnEpoch(wrecked)])
    assert run.diverged_at == 2 and run.stopped == "diverged at step 2"
    assert np.isnan(run.history["mae"][3]) and np.isnan(run.history["r2"][3])
    assert all((np.abs(leaf) < 100).all() for layer in run.variables.params for leaf in layer.values())


def test_evaluation_at_weights_that_are_not_numbers() -> None:
    """The largest of NaN is class 0: an accuracy of the share of that class was told."""
    blobs = load("blobs", n=90, seed=0)
    network = Network((Dense(3, "softmax"),), (2,))
    session = Session(network, SGD(), objective(network, "sparse_categorical_crossentropy", ["accuracy", "f1"]))
    session.variables = scaled(session.variables, np.nan)
    found = session.evaluate(blobs.train.x, blobs.train.y)
    assert np.isnan([found.loss, *found.metrics.values()]).all()


def test_nothing_is_no_number_and_one_class_has_no_curve() -> None:
    """scikit-learn: an area needs both classes; R2 of constant targets is 1 when met and else 0; no positive is 0."""
    one, out, weight = jnp.ones((4, 1)), jnp.array([[0.2], [0.6], [0.7], [0.9]]), jnp.ones(4)

    def value(name: str, y: Any) -> float:
        metric = METRICS[name]()
        return float(metric.value(metric.stats(y, out, weight)))

    assert np.isnan(value("auc", one)) and np.isnan(value("auc", 0 * one))
    assert value("recall", 0 * one) == value("precision", 0 * one) == 0.0
    assert value("r2", one) == 0.0 and value("r2", out) == 1.0
    network = Network((Dense(1),), (2,))
    session = Session(network, SGD(), objective(network, "mse", ["mae", "r2"]))
    x = np.ones((4, 2), np.float32)
    found = session.evaluate(x, np.ones((4, 1), np.float32), np.zeros(4, np.float32))
    assert found.loss == 0 and np.isnan(list(found.metrics.values())).all()  # a sum of weighted losses over n examples


# Directions


@pytree
class Hits(MSE):
    """A metric whose name says nothing; its class does."""

    better: ClassVar[Better | None] = "higher"


@pytree
class Silent(Metric):
    """A metric whose name sounds good; its class does not say so."""

    name: str = static(default="top_accuracy", kw_only=True)

    def stats(self, y: Any, out: Any, weight: Any) -> Any:
        return jnp.stack([jnp.sum(weight), jnp.sum(weight)])

    def value(self, stats: Any) -> Any:
        return stats[0] / stats[1]


def test_every_metric_says_which_values_are_good() -> None:
    fall = {"mse", "rmse", "mae", "false_positives", "false_negatives"}
    neither = {"confusion_matrix", "mean", "sum"}
    for name in METRICS:
        kind = METRICS[name]
        expected = None if name in neither else "lower" if name in fall else "higher"
        needs = {field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING}
        made = kind(**dict.fromkeys(needs, 0.5))
        assert direction(name) == direction(kind) == direction(made) == expected, name
    assert direction(loss(lambda y, out: out)) == direction("poisson") == "lower"
    assert direction("nonsense") is direction(print) is None


def test_nothing_is_read_out_of_a_name() -> None:
    for name in ("stopwatch", "top_accuracy", "hits", "validation_hits", "recall_time"):
        with pytest.raises(RavineError, match=f"nothing says whether '{name}' should rise or fall: give its metric's"):
            rises(name)
    history = History(directions={"hits": "higher", "accuracy": "lower"})
    assert history.rises("validation_hits") and not history.rises("accuracy") and history.rises("test_auc")


def test_the_metric_s_direction_reaches_stopping_and_targets() -> None:
    """ "hits" was taken for an error: stopping went back to the worst weights."""
    hits = Hits(name="hits")
    plan = Plan(epochs=8, batch_size=16, metrics=(hits,), train_eval_examples=64)
    run = train(NET, SGD(0.05), sine(), plan, callbacks=[EarlyStopping("train_eval_hits", patience=2)])
    assert run.history.directions == {"hits": "higher"}
    best = run.history["train_eval_hits"][1:]
    network_error = float(np.mean((run.predict(sine().train.x) - sine().train.y) ** 2))
    np.testing.assert_allclose(network_error, best.max(), rtol=1e-5)  # two float32 means of 64 squares
    assert best.argmax() == 0 and len(best) == 3 and run.stopped == "train_eval_hits did not improve for 2 epochs"
    stopped = train(NET, SGD(0.05), sine(), Plan(epochs=5, metrics=(hits,), target=Target("hits", 1e-3)))
    assert stopped.stopped is not None and stopped.stopped.startswith("target reached: hits")


@pytest.mark.parametrize("quantity", ["top_accuracy", "stopwatch"])
def test_a_silent_metric_is_refused_before_the_first_step(quantity: str) -> None:
    plan = Plan(epochs=1, metrics=(Silent(),))
    with pytest.raises(RavineError, match="should rise or fall"):
        train(NET, SGD(0.05), sine(), plan, callbacks=[EarlyStopping(quantity)])
    with pytest.raises(RavineError, match="should rise or fall"):
        train(NET, SGD(0.05), sine(), Plan(epochs=1, metrics=(Silent(),), target=Target(quantity, 1.0)))
    run = train(NET, SGD(0.05), sine(), plan, callbacks=[EarlyStopping("top_accuracy", rising=True)])
    assert run.history["top_accuracy"][1] == 1
