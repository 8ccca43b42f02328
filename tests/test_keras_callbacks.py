"""Callbacks beside Keras's: the same calls, the same stops, the same files."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, twins
from ravine.core import RavineError

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

FIT = {"batch_size": 8, "shuffle": False, "verbose": 0}
# A few epochs in float32, summed in another order on the two sides.
LOOSE = {"rtol": 5e-4, "atol": 1e-5}


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(20, 4)).astype(np.float32), rng.normal(size=(20, 3)).astype(np.float32)


def both(rate: float = 0.1) -> list[tuple[Any, Any]]:
    """Package and compiled model, Keras's and ours, from the same weights."""
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    pairs = [(theirs_keras, theirs), (ours_keras, ours)]
    for package, model in pairs:
        model.compile(package.optimizers.SGD(rate), "mse", metrics=["mae"])
    return pairs


def histories(make: Any, rate: float = 0.1, epochs: int = 8) -> list[Any]:
    """What `fit` leaves on both sides with the callbacks that *make* makes for a package."""
    x, y = data()
    found = []
    for package, model in both(rate):
        held = (x[:6], y[:6] + 1)
        found.append(model.fit(x, y, epochs=epochs, callbacks=make(package), validation_data=held, **FIT))
    return found


def alike(theirs: Any, ours: Any) -> None:
    assert theirs.epoch == ours.epoch
    assert list(theirs.history) == list(ours.history)
    for name, values in theirs.history.items():
        np.testing.assert_allclose(ours.history[name], values, err_msg=name, **LOOSE)


def test_hooks_are_called_as_in_keras() -> None:
    calls: dict[Any, list[tuple[Any, ...]]] = {}

    def spy(package: Any) -> Any:
        class Spy(package.callbacks.Callback):
            def on_train_begin(self, logs: Any = None) -> None:
                calls[package] = [("train begins", self.params["epochs"], self.params["steps"])]

            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
                calls[package].append(("epoch begins", epoch))

            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
                calls[package].append(("step begins", batch))

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                calls[package].append(("step ends", batch, *sorted(logs), round(float(logs["loss"]), 4)))

            def on_test_begin(self, logs: Any = None) -> None:
                calls[package].append(("test begins",))

            def on_test_end(self, logs: Any = None) -> None:
                calls[package].append(("test ends", *sorted(logs)))

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                calls[package].append(("epoch ends", epoch, *logs))

            def on_train_end(self, logs: Any = None) -> None:
                calls[package].append(("train ends", *logs))

        return [Spy()]

    theirs, ours = histories(spy, epochs=2)
    assert calls[ours_keras] == calls[theirs_keras]
    assert len(calls[ours_keras]) == 2 + 2 * (4 + 2 * 3)
    alike(theirs, ours)


def test_calls_of_single_steps_change_no_number() -> None:
    x, y = data()
    weights = []
    for callbacks in ([], [ours_keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]):
        _, (_, model) = both()
        model.fit(x, y, epochs=2, callbacks=callbacks, **FIT)
        weights.append(model.get_weights())
    for whole, single in zip(*weights, strict=True):
        np.testing.assert_allclose(whole, single, rtol=1e-6, atol=1e-7)  # the compiler may order sums anew


def test_weights_may_be_read_and_changed_between_steps() -> None:
    """Setting all weights to 0 after each step leaves one step from 0."""

    def reset(package: Any) -> Any:
        class Reset(package.callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                self.model.set_weights([0 * w for w in self.model.get_weights()])

        return [Reset()]

    x, y = data()
    for package, model in both():
        model.fit(x, y, callbacks=reset(package), **FIT)
        assert all((w == 0).all() for w in model.get_weights())


@pytest.mark.parametrize(
    "options",
    [
        {"monitor": "val_loss", "patience": 1},
        {"monitor": "val_loss", "patience": 2, "restore_best_weights": True},
        {"monitor": "loss", "min_delta": 0.05},
        {"monitor": "val_mae", "mode": "max", "patience": 2, "start_from_epoch": 2},
        {"monitor": "val_loss", "baseline": 0.5, "patience": 3},
    ],
    ids=str,
)
def test_early_stopping(options: dict[str, Any]) -> None:
    theirs, ours = histories(lambda k: [k.callbacks.EarlyStopping(**options)], epochs=12)
    alike(theirs, ours)
    for mine, other in zip(ours.model.get_weights(), theirs.model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, **LOOSE)


def test_the_metric_tells_whether_more_is_better() -> None:
    x, y = data()
    model = ours_keras.Sequential([ours_keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    stopper = ours_keras.callbacks.EarlyStopping(monitor="accuracy")
    model.fit(x, np.eye(3)[y.argmax(1)], callbacks=[stopper], verbose=0)
    assert stopper.rises()
    unknown = ours_keras.callbacks.EarlyStopping(monitor="learning_rate")
    unknown.set_model(model)
    with pytest.raises(RavineError, match="nothing says whether 'learning_rate' should rise or fall: give mode="):
        unknown.on_epoch_end(0, {"learning_rate": 1.0})
    with pytest.warns(UserWarning, match="no value 'val_loss' to watch: available are accuracy, loss"):
        model.fit(x, np.eye(3)[y.argmax(1)], callbacks=[ours_keras.callbacks.EarlyStopping()], verbose=0)


def test_rates_that_follow_the_epoch_or_a_plateau() -> None:
    alike(*histories(lambda k: [k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)], epochs=3))
    alike(*histories(lambda k: [k.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))], epochs=3))
    plateau = {"factor": 0.5, "patience": 1, "cooldown": 1, "min_lr": 0.01, "min_delta": 0.02}
    theirs, ours = histories(lambda k: [k.callbacks.ReduceLROnPlateau(**plateau)], epochs=9)
    alike(theirs, ours)
    assert len(set(ours.history["learning_rate"])) > 2


def test_checkpoints(tmp_path: Path) -> None:
    def make(k: Any) -> Any:
        folder = tmp_path / k.__name__
        save = k.callbacks.ModelCheckpoint
        return [
            save(folder / "all-{epoch:02d}.keras"),
            save(folder / "best-{epoch:02d}.weights.h5", save_best_only=True, save_weights_only=True),
            save(folder / "step-{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=4),
        ]

    theirs, ours = histories(make, epochs=4)
    alike(theirs, ours)
    names = [sorted(path.name for path in (tmp_path / k.__name__).iterdir()) for k in (theirs_keras, ours_keras)]
    assert names[0] == names[1]
    last = ours_keras.models.load_model(tmp_path / "ravine.keras" / "all-04.keras")
    for mine, kept in zip(last.get_weights(), ours.model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, kept)
    with pytest.raises(RavineError, match=r"must end in \.keras"):
        ours_keras.callbacks.ModelCheckpoint("model.h5")
    x, y = data()
    with pytest.raises(RavineError, match="asks for 'val_accuracy', known are epoch, loss"):
        ours.model.fit(x, y, callbacks=[ours_keras.callbacks.ModelCheckpoint("{val_accuracy}.keras")], **FIT)


def test_csv_files_are_the_same(tmp_path: Path) -> None:
    def make(k: Any) -> Any:
        return [k.callbacks.CSVLogger(tmp_path / f"{k.__name__}.csv", separator=";")]

    histories(make, epochs=2)
    theirs, ours = (
        np.loadtxt(tmp_path / f"{name}.csv", delimiter=";", dtype=str) for name in ("keras", "ravine.keras")
    )
    assert theirs[0].tolist() == ours[0].tolist()
    np.testing.assert_allclose(ours[1:].astype(float), theirs[1:].astype(float), **LOOSE)


def test_training_stops_at_a_loss_that_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data()
    _, (_, model) = both(rate=1e30)
    history = model.fit(x, y, epochs=5, callbacks=[ours_keras.callbacks.TerminateOnNaN()], **FIT)
    assert "Invalid loss, terminating training" in capsys.readouterr().out
    assert len(history.epoch) == 1
    _, (_, model) = both(rate=1e30)
    with pytest.warns(UserWarning, match="fit: the loss was not finite in epoch 1, and no step was made after it"):
        history = model.fit(x, y, epochs=2, **FIT)
    assert not np.isfinite(history.history["loss"]).any()
    with pytest.raises(RuntimeError, match="lower the learning rate or clip the gradient"):
        model.fit(x, y, callbacks=[ours_keras.callbacks.TerminateOnNaN(raise_error=True)], **FIT)
    model.set_weights([0 * np.nan_to_num(w) for w in model.get_weights()])
    model.compile("adam", "mse")
    assert np.isfinite(model.fit(x, y, **FIT).history["loss"]).all()


def test_ctrl_c_keeps_what_is_done() -> None:
    """It waits for the chunk under way; the model can be asked and trained on, and Python's own handler is back."""
    x, y = data()
    _, (_, model) = both()
    before, handler = model.get_weights(), signal.getsignal(signal.SIGINT)
    press = ours_keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: signal.raise_signal(signal.SIGINT) if epoch == 2 else None
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=5, callbacks=[press], **FIT)
    assert signal.getsignal(signal.SIGINT) is handler
    assert 6 < model.optimizer.iterations <= 9
    assert (model.get_weights()[0] != before[0]).any()
    assert np.isfinite(model.fit(x, y, **FIT).history["loss"]).all()


def test_event_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names and places are Keras's; the file format is tensorboardX's own matter."""
    rows: list[tuple[str, str, int]] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            self.part = Path(folder).name

        def add_scalar(self, name: str, value: float, step: int) -> None:
            rows.append((self.part, name, step))

        def close(self) -> None:
            rows.append((self.part, "closed", 0))

    fake = ModuleType("tensorboardX")
    vars(fake)["SummaryWriter"] = Writer
    monkeypatch.setitem(sys.modules, "tensorboardX", fake)
    x, y = data()
    _, (_, model) = both()
    board = ours_keras.callbacks.TensorBoard(tmp_path)
    model.fit(x, y, epochs=2, validation_data=(x, y), callbacks=[board], **FIT)
    assert ("train", "epoch_loss", 1) in rows
    assert ("validation", "epoch_mae", 0) in rows
    assert ("validation", "closed", 0) in rows
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(RavineError, match="pip install tensorboardX"):
        ours_keras.callbacks.TensorBoard(tmp_path)


def test_what_is_no_callback_is_refused() -> None:
    x, y = data()
    _, (_, model) = both()
    with pytest.raises(RavineError, match=r"make an instance: write its name with \(\)"):
        model.fit(x, y, callbacks=[ours_keras.callbacks.TerminateOnNaN], **FIT)
    with pytest.raises(RavineError, match="there is no hook 'on_epoch'"):
        ours_keras.callbacks.LambdaCallback(on_epoch=print)
    with pytest.raises(RavineError, match="factor must be below 1"):
        ours_keras.callbacks.ReduceLROnPlateau(factor=1.0)


def test_lines_of_fit(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data()
    _, (_, model) = both()
    model.fit(x, y, epochs=2, batch_size=8, validation_data=(x, y))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    pattern = r"3/3 ━{20} \d+s \d+(us|ms|s)/step - loss: \d\.\d{4} - mae: .* - val_loss: .* - val_mae: .*"
    assert re.fullmatch(pattern, lines[1])
    assert len(lines) == 4
    model.fit(x, y, batch_size=8, verbose=2)
    assert capsys.readouterr().out.startswith("3/3 - 0s - ")
    model.fit(x, y, verbose=0)
    assert capsys.readouterr().out == ""
    model.evaluate(x, y)
    assert "1/1 ━" in capsys.readouterr().out
