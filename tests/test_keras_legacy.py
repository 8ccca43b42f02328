"""Files of older Keras: .h5 models of Keras 2 and 3, and the old names of classes inside any file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import ravine.keras as ours_keras
from keras_twins import MODELS, examples, twins
from ravine.core import RavineError

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

# Single precision through up to 18 layers; both sides compute the same products in another order.
CLOSE = 2e-6


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_h5_model_of_keras_3_is_read(kind: str, tmp_path: Path) -> None:
    theirs, ours = twins(theirs_keras, ours_keras, MODELS[kind])
    theirs.save(tmp_path / "model.h5")
    read = ours_keras.models.load_model(tmp_path / "model.h5")
    x = examples(read)
    close(read.predict(x, verbose=0), theirs.predict(x, verbose=0))
    assert [layer.name for layer in read.layers] == [layer.name for layer in theirs.layers]
    ours.set_weights([0 * w for w in ours.get_weights()])
    ours.load_weights(tmp_path / "model.h5")
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))


def test_training_goes_on_from_an_h5_file_of_keras_3(tmp_path: Path) -> None:
    """Three steps, a file, three steps here: the weights of six steps there, so the optimizer's state came along."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 4)).astype(np.float32), rng.normal(size=(24, 3)).astype(np.float32)
    theirs, _ = twins(theirs_keras, ours_keras, MODELS["plain"])
    theirs.compile(theirs_keras.optimizers.Adam(0.01), theirs_keras.losses.Huber(), metrics=["mae", "accuracy"])
    fit = {"batch_size": 8, "shuffle": False, "verbose": 0}
    theirs.fit(x, y, **fit)
    theirs.save(tmp_path / "model.h5")
    read = ours_keras.models.load_model(tmp_path / "model.h5")
    assert int(read.optimizer.iterations) == 3
    read.fit(x, y, **fit)
    theirs.fit(x, y, **fit)
    for mine, other in zip(read.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=5e-6)  # six steps in float32
    assert read.evaluate(x, y, verbose=0, return_dict=True).keys() == {"loss", "mae", "accuracy"}


def keras_2(path: Path, layers: list[Any], weights: dict[str, dict[str, np.ndarray]], **attributes: Any) -> None:
    """Write a file as TensorFlow's Keras 2.15 did, names of arrays with their scopes and ":0"."""
    config = {"name": "sequential", "layers": layers, **attributes.pop("config", {})}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        for name, value in attributes.items():
            file.attrs[name] = json.dumps(value)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, arrays in weights.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in arrays]
            for name, array in arrays.items():
                group.create_dataset(f"{name}:0", data=array)
        root.create_group("top_level_model_weights").attrs["weight_names"] = []


def initializer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def dense_2(name: str, units: int, **more: Any) -> dict[str, Any]:
    config = {
        "name": name,
        "trainable": True,
        "dtype": "float32",
        "units": units,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": initializer("GlorotUniform", seed=None),
        "bias_initializer": initializer("Zeros"),
        "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.01}},
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 3, "axis": 0}},
        "bias_constraint": None,
        **more,
    }
    return {"class_name": "Dense", "config": config}


INPUT_2 = {"dtype": "float32", "sparse": False, "ragged": False, "name": "input_1"}


def test_dense_model_of_keras_2_is_read_and_trains(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "dense/kernel": rng.normal(size=(4, 3)),
        "dense/bias": rng.normal(size=3),
        "dense_1/kernel": rng.normal(size=(3, 2)),
        "dense_1/bias": rng.normal(size=2),
    }
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    weights = {
        "dense": {name: arrays[name] for name in ("dense/kernel", "dense/bias")},
        "dropout": {},
        "dense_1": {name: arrays[name] for name in ("dense_1/kernel", "dense_1/bias")},
    }
    dropout = {"class_name": "Dropout", "config": {"name": "dropout", "rate": 0.2, "noise_shape": None, "seed": None}}
    training = {
        "loss": "categorical_crossentropy",
        "metrics": [
            [{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy", "fn": "categorical_accuracy"}}, "mae"]
        ],
        "weighted_metrics": None,
        "loss_weights": None,
        "optimizer_config": {
            "class_name": "Custom>Adam",
            "config": {
                "name": "Adam",
                "learning_rate": {"class_name": "ExponentialDecay", "config": {
                    "initial_learning_rate": 0.5, "decay_steps": 10, "decay_rate": 0.5, "staircase": False}},
                "decay": 0.0, "beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False,
                "jit_compile": True, "is_legacy_optimizer": False,
            },
        },
    }  # fmt: skip
    layers = [
        {"class_name": "InputLayer", "config": {**INPUT_2, "batch_input_shape": [None, 4]}},
        dense_2("dense", 3),
        dropout,
        dense_2("dense_1", 2, activation="softmax"),
    ]
    keras_2(tmp_path / "m.h5", layers, weights, training_config=training)
    read = ours_keras.models.load_model(tmp_path / "m.h5")
    x = rng.normal(size=(6, 4)).astype(np.float32)
    hidden = np.maximum(x.astype(float) @ arrays["dense/kernel"] + arrays["dense/bias"], 0)
    logits = hidden @ arrays["dense_1/kernel"] + arrays["dense_1/bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    close(read.predict(x, verbose=0), expected)
    assert read.layers[0].kernel_regularizer.l2 == 0.01
    assert read.layers[0].kernel_constraint.max_value == 3
    assert (read.optimizer.beta_1, float(read.optimizer.learning_rate)) == (0.8, 0.5)
    assert read.evaluate(x, np.eye(2)[[0, 1] * 3], verbose=0, return_dict=True).keys() == {"loss", "accuracy", "mae"}
    # Weights alone, by the order of the layers and by their names.
    blank = ours_keras.Sequential([ours_keras.layers.Dense(3, "relu", input_shape=(4,)), ours_keras.layers.Dense(2)])
    blank.load_weights(tmp_path / "m.h5")
    np.testing.assert_array_equal(blank.get_weights()[2], arrays["dense_1/kernel"])
    part = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,), name="dense_1")])
    part.load_weights(tmp_path / "m.h5", by_name=True)
    np.testing.assert_array_equal(part.get_weights()[1], arrays["dense_1/bias"])
    with pytest.raises(RavineError, match="the file has 2 layers with weights, the model 1"):
        part.load_weights(tmp_path / "m.h5")
    # Keras's own reader agrees about the weights.
    other = theirs_keras.Sequential([theirs_keras.Input((4,)), *(theirs_keras.layers.Dense(n) for n in (3, 2))])
    other.load_weights(tmp_path / "m.h5")
    for mine, theirs in zip(read.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def recurrent_2(kind: str, name: str, units: int, **more: Any) -> dict[str, Any]:
    config = {
        "name": name, "trainable": True, "dtype": "float32", "return_sequences": False, "return_state": False,
        "go_backwards": False, "stateful": False, "unroll": False, "time_major": False, "units": units,
        "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
        "kernel_initializer": initializer("GlorotUniform", seed=None),
        "recurrent_initializer": initializer("Orthogonal", gain=1.0, seed=None),
        "bias_initializer": initializer("Zeros"), "unit_forget_bias": True, "kernel_regularizer": None,
        "recurrent_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
        "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None, "dropout": 0.0,
        "recurrent_dropout": 0.0, "implementation": 2, **more,
    }  # fmt: skip
    return {"class_name": kind, "config": config}


def test_recurrent_model_of_keras_2_is_read(tmp_path: Path) -> None:
    """The layers' formulas are held against Keras elsewhere; here the same arrays go to Keras under its own names."""
    k = theirs_keras
    theirs = k.Sequential(
        [
            k.Input((5, 4)),
            k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True)),
            k.layers.BatchNormalization(),
            k.layers.LSTM(2),
        ]
    )
    rng = np.random.default_rng(0)
    theirs.set_weights([(w + rng.uniform(size=w.shape)).astype(np.float32) for w in theirs.get_weights()])
    names = ("kernel", "recurrent_kernel", "bias")
    weights = {
        "bidirectional": {
            f"bidirectional/{side}_lstm/lstm_cell/{name}": array
            for (side, name), array in zip(
                [(side, name) for side in ("forward", "backward") for name in names],
                theirs.layers[0].get_weights(),
                strict=True,
            )
        },
        "batch_normalization": dict(
            zip(
                [f"batch_normalization/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")],
                theirs.layers[1].get_weights(),
                strict=True,
            )
        ),
        "lstm_1": dict(
            zip([f"lstm_1/lstm_cell/{name}" for name in names], theirs.layers[2].get_weights(), strict=True)
        ),
    }
    norm = {
        "name": "batch_normalization", "trainable": True, "dtype": "float32", "axis": [2], "momentum": 0.99,
        "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": initializer("Zeros"),
        "gamma_initializer": initializer("Ones"), "moving_mean_initializer": initializer("Zeros"),
        "moving_variance_initializer": initializer("Ones"), "beta_regularizer": None, "gamma_regularizer": None,
        "beta_constraint": None, "gamma_constraint": None,
    }  # fmt: skip
    both = {
        "name": "bidirectional", "trainable": True, "dtype": "float32", "merge_mode": "concat",
        "batch_input_shape": [None, 5, 4], "layer": recurrent_2("LSTM", "lstm", 3, return_sequences=True),
    }  # fmt: skip
    layers = [
        {"class_name": "Bidirectional", "config": both},
        {"class_name": "BatchNormalization", "config": norm},
        recurrent_2("LSTM", "lstm_1", 2),
    ]
    shape = {"build_input_shape": {"class_name": "TensorShape", "items": [None, 5, 4]}}
    keras_2(tmp_path / "m.h5", layers, weights, config=shape)
    read = ours_keras.models.load_model(tmp_path / "m.h5")
    assert not read.compiled
    x = rng.normal(size=(3, 5, 4)).astype(np.float32)
    close(read.predict(x, verbose=0), theirs.predict(x, verbose=0))


def test_optimizer_state_of_keras_2_is_left_out_with_a_word(tmp_path: Path) -> None:
    arrays = {"dense": {"dense/kernel": np.ones((2, 1)), "dense/bias": np.zeros(1)}}
    optimizer = {"class_name": "SGD", "config": {"name": "SGD", "learning_rate": 0.5, "decay": 0.0, "momentum": 0.9}}
    training = {"loss": {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "mean_squared_error",
                "fn": "mean_squared_error"}}, "metrics": None, "optimizer_config": optimizer}  # fmt: skip
    layers = [dense_2("dense", 1, batch_input_shape=[None, 2])]
    keras_2(tmp_path / "m.h5", layers, arrays, training_config=training)
    with h5py.File(tmp_path / "m.h5", "a") as file:
        file.create_group("optimizer_weights").attrs["weight_names"] = [b"iter:0"]
    with pytest.warns(UserWarning, match="the state of the optimizer was written by Keras 2 and is not read"):
        read = ours_keras.models.load_model(tmp_path / "m.h5")
    assert (read.optimizer.momentum, read.optimizer.iterations) == (0.9, 0)
    assert isinstance(read.loss, ours_keras.losses.MeanSquaredError)


def test_layers_as_a_bare_list_are_read() -> None:
    """Keras up to 2.2 had no name for the model."""
    read = ours_keras.models.model_from_json(
        json.dumps({"class_name": "Sequential", "config": [dense_2("d", 3, batch_input_shape=[None, 2])]})
    )
    assert read.output_shape == (None, 3)


@pytest.mark.parametrize("kind", ["LSTM", "SimpleRNN", "GRU"])
def test_recurrent_files_of_keras_3_3_are_read(kind: str, tmp_path: Path) -> None:
    """Keras 3.3 to 3.6 called the initialiser of the recurrent kernel OrthogonalInitializer."""
    theirs = theirs_keras.Sequential([theirs_keras.Input((5, 4)), getattr(theirs_keras.layers, kind)(3)])
    theirs.save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as new, zipfile.ZipFile(tmp_path / "old.keras", "w") as old:
        for name in new.namelist():
            data = new.read(name)
            if name == "config.json":
                assert b'"Orthogonal"' in data
                data = data.replace(b'"Orthogonal"', b'"OrthogonalInitializer"').replace(b"3.15.1", b"3.3.3")
            old.writestr(name, data)
    read = ours_keras.models.load_model(tmp_path / "old.keras")
    x = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)
    close(read.predict(x, verbose=0), theirs.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("family", "entry"),
    [
        ("initializers", {"module": "keras.initializers", "class_name": "OrthogonalInitializer", "config": {}}),
        ("initializers", {"module": "keras.initializers", "class_name": "IdentityInitializer", "config": {}}),
        ("initializers", {"class_name": "OrthogonalInitializer", "config": {"gain": 2.0}}),
        ("initializers", {"class_name": "uniform", "config": {}}),
        ("initializers", {"class_name": "normal", "config": {"stddev": 2.0}}),
        ("initializers", {"class_name": "zero", "config": {}}),
        ("initializers", {"class_name": "one", "config": {}}),
        ("initializers", {"class_name": "glorot_uniform", "config": {"seed": 3}}),
        ("losses", {"class_name": "MeanSquaredError", "config": {"name": "x"}}),
        ("metrics", {"class_name": "mae", "config": {}}),
        ("metrics", {"class_name": "AUC", "config": {"name": "area"}}),
        ("optimizers", {"class_name": "rmsprop", "config": {"rho": 0.8}}),
        ("optimizers", {"class_name": "RMSprop", "config": {"rho": 0.8}}),
        ("optimizers", {"class_name": "ADAM", "config": {}}),
        ("constraints", {"class_name": "max_norm", "config": {"max_value": 3}}),
        ("regularizers", {"class_name": "l2", "config": {"l2": 0.5}}),
        ("regularizers", {"class_name": "L1L2", "config": {"l1": 0.5}}),
    ],
    ids=lambda value: value if isinstance(value, str) else value["class_name"],
)
def test_names_that_keras_reads_are_read(family: str, entry: dict[str, Any]) -> None:
    theirs, ours = (getattr(k, family).get(dict(entry)) for k in (theirs_keras, ours_keras))
    kind = theirs.__name__ if hasattr(theirs, "__name__") else type(theirs).__name__
    mine = getattr(ours, "name", "") if hasattr(theirs, "__name__") else type(ours).__name__
    assert mine == kind
    if not hasattr(theirs, "__name__"):
        config = theirs.get_config()
        got = ours.get_config()
        assert {name: got[name] for name in entry["config"]} == {name: config[name] for name in entry["config"]}


def weights_file(path: Path) -> Any:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    model.save_weights(path)
    return model


def replaced(path: Path, make: Any, place: str = "layers/dense/vars/0") -> None:
    """Put what *make* creates, given group and name, in the place of an array."""
    with h5py.File(path, "a") as file:
        del file[place]
        group, _, name = place.rpartition("/")
        make(file[group or "/"], name)


@pytest.mark.parametrize("what", ["external link", "soft link", "external storage", "virtual data set", "other type"])
def test_files_that_point_elsewhere_are_refused_by_name(what: str, tmp_path: Path) -> None:
    path, other = tmp_path / "m.weights.h5", tmp_path / "other.h5"
    model = weights_file(path)
    before = model.get_weights()
    with h5py.File(other, "w") as file:
        file["secret"] = np.ones((3, 2), np.float32)
    (tmp_path / "raw").write_bytes(np.ones((3, 2), np.float32).tobytes())

    def make(group: Any, name: str) -> None:
        if what == "external link":
            group[name] = h5py.ExternalLink(str(other), "/secret")
        elif what == "soft link":
            group[name] = h5py.SoftLink("/layers/dense/vars/1")
        elif what == "external storage":
            group.create_dataset(name, (3, 2), "f4", external=[(str(tmp_path / "raw"), 0, 24)])
        elif what == "virtual data set":
            layout = h5py.VirtualLayout((3, 2), "f4")
            layout[:] = h5py.VirtualSource(str(other), "secret", (3, 2))
            group.create_virtual_dataset(name, layout)
        else:
            group.create_dataset(name, data=np.full((3, 2), "no", h5py.string_dtype()))

    replaced(path, make)
    wanted = {"other type": "not numbers"}.get(what, what)
    with pytest.raises(RavineError, match=wanted):
        model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_links_in_the_way_to_an_array_are_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "m.weights.h5", tmp_path / "other.weights.h5"
    model = weights_file(path)
    weights_file(other)
    replaced(path, lambda group, name: group.__setitem__(name, h5py.ExternalLink(str(other), "/layers")), "/layers")
    with pytest.raises(RavineError, match="external link"):
        model.load_weights(path)


@pytest.mark.parametrize("shape", [(10**6, 10**6), (3, 2, 10**9), ()])
def test_sizes_are_compared_before_an_array_is_read(shape: tuple[int, ...], tmp_path: Path) -> None:
    """A terabyte that is declared and not stored would fill the memory with zeros; it is never asked for."""
    path = tmp_path / "m.weights.h5"
    model = weights_file(path)
    chunks = tuple(min(size, 64) for size in shape) or None
    replaced(path, lambda group, name: group.create_dataset(name, shape, "f8", chunks=chunks))
    with pytest.raises(RavineError, match=r"weight 'kernel' has shape \(3, 2\), got \("):
        model.load_weights(path)


def test_state_of_an_optimizer_is_compared_too(tmp_path: Path) -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    model.compile("adam", "mse")
    model.save_weights(tmp_path / "m.weights.h5")
    place = "optimizer/vars/2"
    replaced(
        tmp_path / "m.weights.h5",
        lambda group, name: group.create_dataset(name, (10**6, 10**6), "f8", chunks=(64, 64)),
        place,
    )
    with pytest.raises(RavineError, match="fits no array of the model"):
        model.load_weights(tmp_path / "m.weights.h5")


def test_a_member_that_unpacks_without_bound_is_refused(tmp_path: Path) -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(2, input_shape=(3,))])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = archive.read("config.json")
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", bytes(2**25))
    with pytest.raises(RavineError, match=r"model\.weights\.h5 says that it has 33554432 bytes in \d+: refused"):
        ours_keras.models.load_model(tmp_path / "bomb.keras")


def test_damaged_h5_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    theirs, ours = twins(theirs_keras, ours_keras, MODELS["plain"])
    theirs.save(path)
    (tmp_path / "cut.h5").write_bytes(path.read_bytes()[:3000])
    with pytest.raises(RavineError, match="no HDF5 file, or a damaged one"):
        ours_keras.models.load_model(tmp_path / "cut.h5")
    with pytest.raises(RavineError, match="there is no such file"):
        ours_keras.models.load_model(tmp_path / "none.h5")
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = "{"
    with pytest.raises(RavineError, match="model_config is no JSON"):
        ours_keras.models.load_model(path)
    with h5py.File(path, "a") as file:
        del file.attrs["model_config"]
    with pytest.raises(RavineError, match="holds weights without a model"):
        ours_keras.models.load_model(path)
    with h5py.File(path, "a") as file:
        name = theirs.layers[0].name
        del file[f"model_weights/{name}"]
    with pytest.raises(RavineError, match=f"the layer '{name}' is named but missing"):
        ours.load_weights(path)
    inputs = theirs_keras.Input((3,))
    theirs_keras.Model(inputs, theirs_keras.layers.Dense(2)(inputs)).save(tmp_path / "f.h5")
    with pytest.raises(RavineError, match=r"the Functional model in .* only Sequential models can be read"):
        ours_keras.models.load_model(tmp_path / "f.h5")


def test_archive_of_keras_2_is_read(tmp_path: Path) -> None:
    """TensorFlow's Keras 2.13 to 2.15 wrote .keras files too; with all weights .1 the output is known by hand."""

    def described(family: str, kind: str, config: dict[str, Any]) -> dict[str, Any]:
        return {"module": f"keras.{family}", "class_name": kind, "config": config, "registered_name": None}

    layer = recurrent_2("SimpleRNN", "rnn", 1, batch_input_shape=[None, 2, 1])["config"]
    for option in ("recurrent_activation", "unit_forget_bias", "time_major"):
        layer.pop(option)
    start = {name: described("initializers", layer[name]["class_name"], layer[name]["config"]) for name in layer
             if name.endswith("_initializer")}  # fmt: skip
    adam = {"name": "Adam", "learning_rate": 0.25, "jit_compile": True, "is_legacy_optimizer": False, "epsilon": 1e-7}
    loss = {"reduction": "auto", "name": "mean_squared_error", "fn": "mean_squared_error"}
    config = {
        **described("", "Sequential", {}),
        "config": {"name": "sequential", "layers": [described("layers", "SimpleRNN", {**layer, **start})]},
        "compile_config": {
            "optimizer": described("optimizers", "Adam", adam),
            "loss": described("losses", "MeanSquaredError", loss),
            "metrics": ["mae"],
            "jit_compile": None,
        },
    }
    with h5py.File(tmp_path / "weights", "w") as file:
        group = file.create_group("_layer_checkpoint_dependencies/simple_rnn/cell/vars")
        for number, shape in enumerate([(1, 1), (1, 1), (1,)]):
            group[str(number)] = np.full(shape, 0.1, np.float32)
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(tmp_path / "weights", "model.weights.h5")
    read = ours_keras.models.load_model(tmp_path / "m.keras")
    first = np.tanh(0.1 * 2 + 0.1)
    close(read.predict(np.full((1, 2, 1), 2.0), verbose=0), [[np.tanh(0.1 * 2 + 0.1 * first + 0.1)]])
    assert float(read.optimizer.learning_rate) == 0.25
    assert isinstance(read.loss, ours_keras.losses.MeanSquaredError)
