"""Files and configurations of Keras 3, read and written: a model saved there predicts the same here, and back."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, examples, twins
from ravine.core import RavineError

theirs_keras = pytest.importorskip("keras")

# Keras's own arrays do not follow NumPy 2's protocol, and its layers mix dtypes: neither is ours to mend.
pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

# Single precision through up to 18 layers; both sides compute the same products in another order.
CLOSE = 2e-6


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=CLOSE, atol=CLOSE)


@pytest.fixture(params=sorted(MODELS))
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return twins(theirs_keras, ours_keras, MODELS[request.param])


def test_same_weights_predict_the_same(pair: tuple[Any, Any]) -> None:
    theirs, ours = pair
    x = examples(ours)
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert len(ours.trainable_weights) == len(theirs.trainable_weights)
    assert ours.output_shape == theirs.output_shape
    assert ours.count_params() == theirs.count_params()


def test_keras_file_is_read(pair: tuple[Any, Any], tmp_path: Path) -> None:
    theirs, _ = pair
    theirs.save(tmp_path / "model.keras")
    read = ours_keras.models.load_model(tmp_path / "model.keras")
    x = examples(read)
    close(read.predict(x, verbose=0), theirs.predict(x, verbose=0))
    assert [layer.name for layer in read.layers] == [layer.name for layer in theirs.layers]


def test_file_written_here_is_read_by_keras(pair: tuple[Any, Any], tmp_path: Path) -> None:
    _, ours = pair
    ours.save(tmp_path / "model.keras")
    read = theirs_keras.saving.load_model(tmp_path / "model.keras")
    x = examples(ours)
    close(read.predict(x, verbose=0), ours.predict(x, verbose=0))
    assert [layer.name for layer in read.layers] == [layer.name for layer in ours.layers]


def test_weights_files_both_ways(pair: tuple[Any, Any], tmp_path: Path) -> None:
    theirs, ours = pair
    x = examples(ours)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.set_weights([0 * w for w in ours.get_weights()])
    ours.load_weights(tmp_path / "theirs.weights.h5")
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    ours.set_weights([w * 0.9 for w in ours.get_weights()])
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    close(theirs.predict(x, verbose=0), ours.predict(x, verbose=0))


def test_configuration_is_keras_own(pair: tuple[Any, Any]) -> None:
    """Entry by entry, for what both sides write; a configuration is enough to build the model on either side."""
    theirs, ours = pair

    def plain(entry: dict[str, Any]) -> dict[str, Any]:
        config = {k: v for k, v in entry["config"].items() if k not in ("dtype", "zero_output_for_mask")}
        for key in ("layer", "backward_layer"):
            if key in config:
                config[key] = plain(config[key])
        return {"class": entry["class_name"], **config}

    def bare(value: Any) -> Any:
        """Without what only tells objects apart, and without options of Keras that do nothing."""
        if isinstance(value, dict):
            gone = ("shared_object_id", "input_axes", "output_axes", "registered_name")
            return {k: bare(v) for k, v in value.items() if k not in gone and v is not None and v is not False}
        if isinstance(value, float):
            return round(value, 6)  # Keras keeps some numbers in float32
        return [bare(v) for v in value] if isinstance(value, list | tuple) else value

    for mine, other in zip(ours.get_config()["layers"], theirs.get_config()["layers"], strict=True):
        wanted, got = bare(plain(other)), bare(plain(mine))
        got["name"] = wanted["name"] = ""
        for config in (got, wanted):
            for key in ("layer", "backward_layer"):
                config.get(key, {}).pop("name", None)
            config.pop("renorm_momentum", None)
        assert got == wanted
    rebuilt = theirs_keras.Sequential.from_config(json.loads(json.dumps(ours.get_config())))
    assert rebuilt.count_params() == ours.count_params()
    assert ours_keras.Sequential.from_config(ours.get_config()).get_config() == ours.get_config()


OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9}),
    ("SGD", {}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Nadam", {}),
    ("Adamax", {}),
    ("Lion", {}),
    ("Adam", {"gradient_accumulation_steps": 2}),
]


@pytest.mark.parametrize(("kind", "options"), OPTIMIZERS, ids=str)
@pytest.mark.parametrize("way", ["from keras", "to keras"])
def test_training_goes_on_across_a_file(kind: str, options: dict[str, Any], way: str, tmp_path: Path) -> None:
    """Three steps, a file, three steps on the other side: the same weights as six steps. So the state travels too."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 4)).astype(np.float32), rng.normal(size=(24, 3)).astype(np.float32)
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    first, second = (theirs, ours_keras) if way == "from keras" else (ours, theirs_keras)
    package = theirs_keras if first is theirs else ours_keras
    first.compile(getattr(package.optimizers, kind)(learning_rate=0.01, **options), "mse", metrics=["mae"])
    fit = {"batch_size": 8, "shuffle": False, "verbose": 0}
    first.fit(x, y, **fit)
    first.save(tmp_path / "model.keras")
    went = second.saving.load_model(tmp_path / "model.keras")
    assert int(went.optimizer.iterations) == 3 // options.get("gradient_accumulation_steps", 1)
    went.fit(x, y, **fit)
    first.fit(x, y, **fit)
    for mine, other in zip(went.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=5e-6)  # six steps in float32
    result = went.evaluate(x, y, verbose=0, return_dict=True)
    assert result.keys() == {"loss", "mae"}


def test_state_survives_reading_and_writing_without_training(tmp_path: Path) -> None:
    theirs, _ = twins(theirs_keras, ours_keras, MODELS["normalized"])
    theirs.compile("adam", "mse")
    theirs.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    theirs.save(tmp_path / "a.keras")
    ours_keras.models.load_model(tmp_path / "a.keras").save(tmp_path / "b.keras")
    again = theirs_keras.saving.load_model(tmp_path / "b.keras")
    for a, b in zip(again.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_compiled_objects_come_back(tmp_path: Path) -> None:
    k = ours_keras
    model = k.Sequential([k.layers.Dense(3, activation="softmax", input_shape=(4,))])
    schedule = k.optimizers.schedules.CosineDecay(0.1, 100, warmup_target=0.2, warmup_steps=5)
    model.compile(
        k.optimizers.Adam(schedule, clipnorm=1.0),
        k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=[k.metrics.TopKCategoricalAccuracy(2), k.metrics.AUC(name="area"), "acc"],
    )
    model.save(tmp_path / "m.keras")
    for package in (ours_keras, theirs_keras):
        read = package.saving.load_model(tmp_path / "m.keras")
        assert read.optimizer.clipnorm == 1.0
        assert read.optimizer.get_config()["learning_rate"]["config"]["warmup_target"] == 0.2
        assert read.loss.label_smoothing == 0.1
        got = read.evaluate(np.ones((6, 4)), np.eye(3)[[0, 1, 2, 0, 1, 2]], verbose=0, return_dict=True)
        assert got.keys() == {"loss", "top_k_categorical_accuracy", "area", "acc"}


def test_functions_of_ones_own_come_back(tmp_path: Path) -> None:
    def shifted(x: Any) -> Any:
        return x + 1

    model = ours_keras.Sequential([ours_keras.layers.Dense(2, activation=shifted, input_shape=(3,))])
    model.save(tmp_path / "m.keras")
    read = ours_keras.models.load_model(tmp_path / "m.keras", custom_objects={"shifted": shifted})
    np.testing.assert_array_equal(read.predict(np.ones((1, 3)), verbose=0), model.predict(np.ones((1, 3)), verbose=0))
    with pytest.raises(RavineError, match="unknown activation 'shifted'"):
        ours_keras.models.load_model(tmp_path / "m.keras")


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    model.save(tmp_path / "m.keras")
    whole = (tmp_path / "m.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RavineError, match=r"cut\.keras: this is no \.keras file, or a damaged one"):
        ours_keras.models.load_model(tmp_path / "cut.keras")
    with pytest.raises(RavineError, match="there is no such file"):
        ours_keras.models.load_model(tmp_path / "none.keras")
    with pytest.raises(RavineError, match=r"must end in .keras"):
        model.save(tmp_path / "model.h5")
    with pytest.raises(RavineError, match=r"must end in \.weights\.h5"):
        model.save_weights(tmp_path / "model.h5")
    with pytest.raises(RavineError, match="the file exists: give overwrite=True"):
        model.save(tmp_path / "m.keras", overwrite=False)
    (tmp_path / "text.weights.h5").write_text("no")
    with pytest.raises(RavineError, match="this is no HDF5 file"):
        model.load_weights(tmp_path / "text.weights.h5")
    other = ours_keras.Sequential([ours_keras.layers.Dense(5, input_shape=(3,))])
    other.save_weights(tmp_path / "other.weights.h5")
    before = model.get_weights()
    with pytest.raises(RavineError, match=r"weight 'kernel' has shape \(3, 2\), got \(3, 5\)"):
        model.load_weights(tmp_path / "other.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    model.load_weights(tmp_path / "other.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    inputs = theirs_keras.Input((3,))
    theirs_keras.Model(inputs, theirs_keras.layers.Dense(2)(inputs)).save(tmp_path / "f.keras")
    with pytest.raises(RavineError, match=r"the Functional model in .* only Sequential models can be read"):
        ours_keras.models.load_model(tmp_path / "f.keras")
    theirs_keras.Sequential([theirs_keras.Input((8, 8, 1)), theirs_keras.layers.Conv2D(2, 3)]).save(
        tmp_path / "c.keras"
    )
    with pytest.raises(RavineError, match=r"keras.layers.Conv2D is not supported by ravine.keras"):
        ours_keras.models.load_model(tmp_path / "c.keras")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(RavineError, match="choose a folder that can be written"):
        model.save(tmp_path / "m.keras")
    tmp_path.chmod(stat.S_IRWXU)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    model.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RavineError, match=r"cannot write .*: No space left on device: free some space"):
        model.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]
