"""The tables of the facade beside Keras 3.15: names, arguments, defaults and values; and what the core has besides."""

from __future__ import annotations

import inspect
import io
import pickle
import tarfile
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine.core import RavineError
from ravine.keras.datasets import packed
from ravine.keras.tables import entered, remaining

theirs_keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.usefixtures("lenient"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64"),
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`"),
]

# The same formula in float32, its sums in another order.
CLOSE = {"rtol": 2e-4, "atol": 1e-6}


def defaults(thing: Any) -> dict[str, Any]:
    return {
        name: each.default
        for name, each in inspect.signature(thing).parameters.items()
        if name not in ("kwargs", "options")
    }


def classes(family: str) -> list[str]:
    ours, theirs = (getattr(k, family) for k in (ours_keras, theirs_keras))
    return [name for name in ours.__all__ if inspect.isclass(getattr(ours, name)) and hasattr(theirs, name)]


FAMILIES = ["losses", "metrics", "initializers", "regularizers", "constraints"]


@pytest.mark.parametrize("family", FAMILIES)
def test_arguments_and_defaults_are_those_of_keras(family: str) -> None:
    base = {"Loss", "Metric", "Initializer", "Regularizer", "Constraint", "MeanMetricWrapper"}
    for name in set(classes(family)) - base:
        ours, theirs = (getattr(getattr(k, family), name) for k in (ours_keras, theirs_keras))
        assert list(defaults(ours).items()) == list(defaults(theirs).items()), name


def test_arguments_of_optimizers_and_schedules_are_those_of_keras() -> None:
    for name in set(classes("optimizers")) - {"Optimizer", "Muon"}:  # Muon has further arguments in Keras
        ours, theirs = (defaults(getattr(k.optimizers, name)) for k in (ours_keras, theirs_keras))
        assert list(ours.items()) == list(theirs.items()), name
    for name in ("CosineDecayRestarts", "CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay", "PolynomialDecay"):
        ours, theirs = (defaults(getattr(k.optimizers.schedules, name)) for k in (ours_keras, theirs_keras))
        assert list(ours.items()) == list(theirs.items()), name


def test_arguments_of_layers_are_those_of_keras_as_far_as_they_go() -> None:
    bases = {"Layer", "Input", "InputLayer", "Bidirectional", "Lambda"}
    for name in set(classes("layers")) - bases:
        ours, theirs = (defaults(getattr(k.layers, name)) for k in (ours_keras, theirs_keras))
        same = {key: value for key, value in ours.items() if key in theirs}
        assert same == {key: theirs[key] for key in same}, name
        assert set(ours) - set(theirs) <= {"input_length"}, name  # of Keras 2


RNG = np.random.default_rng(0)
BITS = RNG.integers(0, 2, (6, 3)).astype(np.float32)
SHARES = RNG.uniform(0.05, 0.95, (6, 3)).astype(np.float32)
IDS, FOUND = RNG.integers(0, 3, 6), RNG.integers(0, 3, 6)
ROWS = np.eye(3, dtype=np.float32)[IDS]
WEIGHTS = RNG.uniform(0.5, 2, 6).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "LogCosh", "Dice")),
        *((name, {"axis": axis}) for name in ("CosineSimilarity", "Dice", "Tversky") for axis in (0, -1)),
        ("Tversky", {"alpha": 0.2, "beta": 0.7}),
        ("BinaryFocalCrossentropy", {}),
        ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}),
        ("CategoricalFocalCrossentropy", {"label_smoothing": 0.1}),
        ("CategoricalHinge", {}),
        ("BinaryCrossentropy", {"axis": 0}),
        ("CategoricalCrossentropy", {"axis": 0, "from_logits": True}),
    ],
)
def test_losses_beside_those_of_keras(name: str, options: dict[str, Any]) -> None:
    y, out = (ROWS, SHARES) if name.startswith("Categorical") else (BITS, SHARES)
    for reduction in ("sum_over_batch_size", "none"):
        mine, other = (
            getattr(k.losses, name)(reduction=reduction, **options)(y, out) for k in (ours_keras, theirs_keras)
        )
        np.testing.assert_allclose(mine, other, **CLOSE)


def test_ignored_classes_count_nowhere_as_in_keras() -> None:
    labels = np.array([0, -1, 2, 1, -1, 0])
    mine, other = (
        k.losses.SparseCategoricalCrossentropy(ignore_class=-1)(jnp.asarray(labels), jnp.asarray(SHARES))
        for k in (ours_keras, theirs_keras)
    )
    np.testing.assert_allclose(mine, other, **CLOSE)


COUNTS = ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
METRICS: list[tuple[str, dict[str, Any], Any, Any]] = [
    *((name, {"thresholds": at}, BITS, SHARES) for name in COUNTS for at in (None, [0.2, 0.5, 0.8])),
    ("PrecisionAtRecall", {"recall": 0.6}, BITS, SHARES),
    ("RecallAtPrecision", {"precision": 0.5}, BITS, SHARES),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, BITS, SHARES),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5}, BITS, SHARES),
    *(("FBetaScore", {"average": how, "beta": 2.0}, ROWS, SHARES) for how in (None, "micro", "macro", "weighted")),
    ("AUC", {"thresholds": [0.1, 0.5, 0.7]}, BITS, SHARES),
    ("AUC", {"summation_method": "minoring", "curve": "PR"}, BITS, SHARES),
    ("AUC", {"multi_label": True, "label_weights": [0.3, 0.5, 0.2]}, BITS, SHARES),
    *(("R2Score", {"class_aggregation": how}, SHARES[::-1], SHARES) for how in (None, "variance_weighted_average")),
    ("MeanIoU", {"num_classes": 3}, IDS, FOUND),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, IDS, FOUND),
    ("Accuracy", {}, IDS[:, None], FOUND[:, None]),
    ("CosineSimilarity", {}, BITS + 1, SHARES),
    ("PearsonCorrelation", {}, SHARES[::-1], SHARES),
    ("LogCoshError", {}, BITS, SHARES),
]


@pytest.mark.parametrize(("name", "options", "y", "out"), METRICS)
def test_metrics_beside_those_of_keras(name: str, options: dict[str, Any], y: Any, out: Any) -> None:
    # Keras rounds the weights of overlaps down to whole numbers.
    for weights in (None, WEIGHTS.round() if "IoU" in name else WEIGHTS):
        mine, other = (
            getattr(k.metrics, name)(**options)(y, out, sample_weight=weights) for k in (ours_keras, theirs_keras)
        )
        np.testing.assert_allclose(np.asarray(mine), np.asarray(other), **CLOSE)


def test_overlap_of_one_hot_rows_keeps_the_weights() -> None:
    """Keras rounds weights down to whole numbers here; by hand: weighted counts of true and found classes."""
    found = SHARES.argmax(axis=1)
    both = np.array([WEIGHTS[(c == IDS) & (found == c)].sum() for c in range(3)])
    union = np.array([WEIGHTS[(c == IDS) | (found == c)].sum() for c in range(3)])
    wanted = (both[union > 0] / union[union > 0]).mean()
    mine = ours_keras.metrics.OneHotMeanIoU(3)(ROWS, SHARES, sample_weight=WEIGHTS)
    assert float(mine) == pytest.approx(wanted, rel=1e-5)


ACTIVATIONS = sorted(set(ours_keras.activations.__all__) & set(dir(theirs_keras.activations)))
ACTIVATIONS = [name for name in ACTIVATIONS if name not in ("get", "serialize", "deserialize", "sparsemax")]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_beside_those_of_keras(name: str) -> None:
    x = np.linspace(-8, 8, 64, dtype=np.float32).reshape(4, 16)
    ours, theirs = (getattr(k.activations, name) for k in (ours_keras, theirs_keras))
    given = (1.0, 0.5) if name == "threshold" else ()
    np.testing.assert_allclose(ours(x, *given), theirs(x, *given), rtol=2e-5, atol=1e-5)
    assert list(defaults(ours).items()) == list(defaults(theirs).items())


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    """Of several rows Keras 3.15 mixes the sums. By hand: of (3, 1, 2.9, -8) what is above 2.45 is kept."""
    rows = ours_keras.activations.sparsemax(np.array([[3.0, 1.0, 2.9, -8.0], [0.0, 0.0, 0.0, 0.0]], np.float32))
    np.testing.assert_allclose(rows, [[0.55, 0, 0.45, 0], [0.25] * 4], atol=1e-6)


RULES = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Nadam", "Adamax", "Lion"]
RULES += ["Lamb", "Ftrl", "Adafactor", "Muon"]


def loose(k: ModuleType, name: str, *, spares: bool) -> list[np.ndarray]:
    """A matrix and a vector after four steps, outside of a model; the bias may be spared the decay."""
    optimizer = getattr(k.optimizers, name)(0.1, **({} if name == "Muon" else {"weight_decay": 0.01}))
    if spares:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    matrix = k.Variable(np.arange(6.0, dtype=np.float32).reshape(2, 3) + 1, name="kernel")
    vector = k.Variable(np.ones(2, np.float32), name="bias")
    rng = np.random.default_rng(1)
    for _ in range(4):
        grads = [jnp.asarray(rng.normal(size=size), jnp.float32) for size in ((2, 3), (2,))]
        optimizer.apply_gradients(zip(grads, [matrix, vector], strict=True))
    return [np.asarray(matrix), np.asarray(vector), np.asarray(optimizer.iterations)]


@pytest.mark.parametrize(("name", "spares"), [*((name, False) for name in RULES), ("Adam", True), ("Lamb", True)])
def test_rules_change_variables_outside_of_a_model_as_in_keras(name: str, spares: bool) -> None:
    for mine, other in zip(*(loose(k, name, spares=spares) for k in (ours_keras, theirs_keras)), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=3e-6)


def test_muon_takes_no_embedding_for_a_matrix_unasked() -> None:
    k = ours_keras
    model = k.Sequential([k.Input((3,)), k.layers.Embedding(5, 2), k.layers.Flatten(), k.layers.Dense(1)])
    model.compile("muon", "mse")
    with pytest.raises(RavineError, match="Muon: embeddings cannot be spared"):
        model.fit(np.zeros((4, 3), np.int32), np.zeros((4, 1)), verbose=0)
    model.compile(k.optimizers.Muon(exclude_embeddings=False), "mse")
    model.fit(np.zeros((4, 3), np.int32), np.zeros((4, 1)), verbose=0)


def test_apply_says_what_is_wrong() -> None:
    optimizer, free = ours_keras.optimizers.SGD(0.5), ours_keras.Variable([1.0, 2.0], name="free")
    with pytest.raises(RavineError, match="no gradient is given for any variable"):
        optimizer.apply([None], [free])
    with pytest.raises(RavineError, match="the variable 'other' is unknown"):
        optimizer.apply([[1.0]], [ours_keras.Variable([1.0], name="other")])
    model = ours_keras.Sequential([ours_keras.Input((2,)), ours_keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(RavineError, match="compiled with a model, which trains with it"):
        model.optimizer.apply([[1.0, 1.0]], [free])


def test_a_rate_may_be_a_function_and_decay_may_spare_a_layers_bias() -> None:
    x, y = np.ones((8, 2), np.float32), np.zeros((8, 1), np.float32)
    results = []
    for k in (ours_keras, theirs_keras):
        model = k.Sequential([k.Input((2,)), k.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")])
        optimizer = k.optimizers.SGD(lambda: 0.25, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        model.compile(optimizer, "mse")
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        results.append(model.get_weights())
    for mine, other in zip(*results, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)


@pytest.mark.parametrize("options", [{"t_mul": 2.0, "m_mul": 0.9, "alpha": 0.1}, {"t_mul": 1.0}, {}])
def test_restarting_cosines_beside_those_of_keras(options: dict[str, Any]) -> None:
    ours, theirs = (k.optimizers.schedules.CosineDecayRestarts(0.1, 7, **options) for k in (ours_keras, theirs_keras))
    for step in range(60):
        assert float(ours(step)) == pytest.approx(float(theirs(step)), rel=1e-6)


def nested(k: ModuleType) -> Any:
    first, last = k.layers.Dense(5, "tanh", name="first"), k.layers.Dense(3, name="last")
    inner = k.Sequential([first, k.layers.BatchNormalization(name="norm"), last], name="inner")
    return k.Sequential([k.Input((4,)), inner, k.layers.Dense(1, name="out")], name="outer")


def test_a_model_inside_a_model_trains_and_is_stored_as_in_keras(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)
    ours, theirs = nested(ours_keras), nested(theirs_keras)
    assert [each.path for each in ours.trainable_weights] == [each.path for each in theirs.trainable_weights]
    ours.set_weights(theirs.get_weights())
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    mine, other = (m.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"] for m in (ours, theirs))
    np.testing.assert_allclose(mine, other, rtol=1e-5)
    ours.save(tmp_path / "ours.keras")
    read = theirs_keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(read.predict(x, verbose=0), ours.predict(x, verbose=0), atol=1e-6)
    theirs.save(tmp_path / "theirs.keras")
    back = ours_keras.models.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(back.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)
    assert ours_keras.models.clone_model(ours).count_params() == ours.count_params()


def test_a_layer_at_every_step_is_built_by_hand_and_looks_at_its_mask() -> None:
    layer = ours_keras.layers.TimeDistributed(ours_keras.layers.Dense(1, use_bias=False))
    layer.build((3, 2, 4))
    assert [each.shape for each in layer.trainable_weights] == [(4, 1)]
    for wrong in ((3, 3), (4, 2), (3, 2, 4)):
        with pytest.raises(RavineError, match="TimeDistributed: the mask has shape"):
            layer(np.zeros((3, 2, 4), np.float32), mask=np.ones(wrong, bool))
    with pytest.raises(RavineError, match="BackupAndRestore: backup_dir is None"):
        ours_keras.callbacks.BackupAndRestore(None)


def doubled(x: Any) -> Any:
    return 2 * x


def test_a_function_is_a_layer_and_a_lambda_in_no_file(tmp_path: Path) -> None:
    k = ours_keras
    model = k.Sequential([k.Input((2,)), k.layers.Lambda(doubled), k.layers.Dense(1)])
    x = np.ones((3, 2), np.float32)
    np.testing.assert_allclose(k.layers.Lambda(doubled)(x), 2 * x)
    model.save(tmp_path / "m.keras")
    with pytest.raises(RavineError, match="the function 'doubled' is not known here"):
        k.models.load_model(tmp_path / "m.keras")
    again = k.models.load_model(tmp_path / "m.keras", custom_objects={"doubled": doubled})
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(RavineError, match="a lambda is code, which no file holds"):
        k.Sequential([k.Input((2,)), k.layers.Lambda(lambda x: x)]).save(tmp_path / "l.keras")


def test_a_model_tells_its_inputs_outputs_and_metrics() -> None:
    k = ours_keras
    model = k.Sequential()
    assert not hasattr(model, "inputs")
    assert not hasattr(model, "outputs")
    model = k.Sequential([k.Input((4,), name="in"), k.layers.Dense(8, name="out")])
    assert [(each.name, each.shape) for each in (*model.inputs, *model.outputs)] == [
        ("in", (None, 4)),
        ("out", (None, 8)),
    ]
    assert model.metrics == []
    model.compile("sgd", "mse", metrics=["mae"])
    assert [each.name for each in model.metrics] == ["loss", "mean_absolute_error"]


def test_what_the_core_registers_is_here_without_a_line() -> None:
    """A registry of one rule that no line names: its own name, its own arguments."""
    from ravine.functions import L1, REGULARIZERS

    rows = remaining(REGULARIZERS, [name for name in REGULARIZERS if REGULARIZERS[name] is not L1])
    assert list(rows) == ["L1"]
    made = entered(ours_keras.regularizers.Regularizer, rows, "somewhere")["L1"]
    assert defaults(made) == {"strength": inspect.signature(L1).parameters["strength"].default}
    assert float(made(0.5)(jnp.array([1.0, -3.0]))) == 2.0
    assert ours_keras.initializers.get("torch_linear").get_config() == {"fan_in": None}
    assert ours_keras.optimizers.get("rprop").get_config()["eta_plus"] == 1.2


def test_orthogonal_regulariser_beside_that_of_keras() -> None:
    ours, theirs = (k.regularizers.OrthogonalRegularizer(0.5, "rows") for k in (ours_keras, theirs_keras))
    assert float(ours(SHARES)) == pytest.approx(float(theirs(SHARES)), rel=1e-5)


def put(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, content: bytes) -> None:
    """Make *content* the file of the data set *name*, by its own hash, in *folder*."""
    file = packed.PACKED[name].file
    told = packed.Packed(file, "https://nowhere.invalid", sha256(content).hexdigest(), len(content))
    monkeypatch.setitem(packed.PACKED, name, told)
    (folder / file).write_bytes(content)


def test_data_sets_of_one_file_are_compared_with_their_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the true shape with made up numbers: the parts are those that Keras's own code cuts."""
    monkeypatch.setenv("RAVINE_DATA", str(tmp_path))
    datasets, buffer = ours_keras.datasets, io.BytesIO()
    np.savez(buffer, x=np.arange(20.0).reshape(10, 2), y=np.arange(10.0))
    put(monkeypatch, tmp_path, "boston_housing", buffer.getvalue())
    (x_train, y_train), (x_test, y_test) = datasets.boston_housing.load_data(seed=1)
    order = np.arange(10)
    np.random.RandomState(1).shuffle(order)
    np.testing.assert_array_equal(y_train, order[:8])
    np.testing.assert_array_equal(x_test[:, 0], 2.0 * order[8:])
    assert (len(x_train), len(y_test)) == (8, 2)
    (tmp_path / "boston_housing.npz").write_bytes(buffer.getvalue()[:-1] + b"x")
    with pytest.raises(RavineError, match="its SHA-256 is"):
        datasets.boston_housing.load_data()


def test_texts_and_images_come_as_keras_hands_them_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAVINE_DATA", str(tmp_path))
    texts = np.array([[5, 9, 20], [7], [1, 2], [4, 4, 4, 4]], object)
    buffer = io.BytesIO()
    np.savez(buffer, x_train=texts, y_train=np.array([0, 1, 0, 1]), x_test=texts[:2], y_test=np.array([1, 0]))
    put(monkeypatch, tmp_path, "imdb", buffer.getvalue())
    (x_train, y_train), (x_test, _) = ours_keras.datasets.imdb.load_data(num_words=13, maxlen=5)
    # 1 begins, 3 are added, 2 stands for what is too rare; the text of five words is left out.
    assert sorted(map(list, x_train)) == [[1, 4, 5], [1, 8, 12, 2], [1, 10]]
    assert sorted(y_train.tolist()) == [0, 0, 1]
    assert sorted(map(list, x_test)) == [[1, 8, 12, 2], [1, 10]]
    images = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for part in ("train", "test"):
            content = pickle.dumps({b"data": images, b"fine_labels": [3, 4], b"coarse_labels": [1, 0]})
            told = tarfile.TarInfo(f"cifar-100-python/{part}")
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    put(monkeypatch, tmp_path, "cifar100", buffer.getvalue())
    (x, y), _ = ours_keras.datasets.cifar100.load_data("coarse")
    assert (x.shape, y.tolist()) == ((2, 32, 32, 3), [[1], [0]])
    np.testing.assert_array_equal(x[1, 2, 3], images[1].reshape(3, 32, 32)[:, 2, 3])


def test_an_interrupted_training_goes_on_after_its_last_epoch(tmp_path: Path) -> None:
    """Interrupted after two of four epochs, and taken up by another process: the weights of four in one."""
    k = ours_keras
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)

    def made() -> Any:
        model = k.Sequential([k.Input((4,)), k.layers.Dense(3, "tanh"), k.layers.Dense(1)])
        model.set_weights([np.full(w.shape, 0.1, np.float32) for w in model.weights])
        model.compile(k.optimizers.Adam(0.05), "mse")
        return model

    class Pull(k.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    options = {"epochs": 4, "shuffle": False, "verbose": 0}
    whole = made()
    whole.fit(x, y, **options)
    with pytest.raises(KeyboardInterrupt):
        made().fit(x, y, callbacks=[k.callbacks.BackupAndRestore(tmp_path), Pull()], **options)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-2.weights.h5"]
    again = made()
    history = again.fit(x, y, callbacks=[k.callbacks.BackupAndRestore(tmp_path)], **options)
    assert history.epoch == [2, 3]
    assert not tmp_path.exists()
    for mine, wanted in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-6)


@pytest.mark.parametrize("name", ["Adafactor", "Rprop", "Muon", "Lamb", "Ftrl"])
def test_the_state_of_every_rule_is_kept_in_files(name: str, tmp_path: Path) -> None:
    """Two epochs, a file, and two more: as four in one."""
    k = ours_keras
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)).astype(np.float32), rng.normal(size=(16, 1)).astype(np.float32)
    model = k.Sequential([k.Input((4,)), k.layers.Dense(3, "tanh"), k.layers.Dense(1)])
    model.compile(getattr(k.optimizers, name)(0.01), "mse")
    options = {"shuffle": False, "verbose": 0, "batch_size": 8}
    model.fit(x, y, epochs=2, **options)
    model.save(tmp_path / "m.keras")
    again = k.models.load_model(tmp_path / "m.keras")
    for each in (model, again):
        each.fit(x, y, epochs=2, **options)
    for mine, wanted in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-6)


def test_a_loss_derived_from_one_of_the_table_computes_what_it_says() -> None:
    """`call` of one's own on top of a class of the table, in a model and outside: twice the squared error."""

    class Twice(ours_keras.losses.MeanSquaredError):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return 2 * super().call(y_true, y_pred)

    x, y = np.ones((4, 2), np.float32), np.full((4, 1), 3.0, np.float32)
    assert float(Twice()(y, np.zeros((4, 1)))) == 18.0
    model = ours_keras.Sequential([ours_keras.Input((2,)), ours_keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", Twice())
    assert model.evaluate(x, y, verbose=0) == 18.0
