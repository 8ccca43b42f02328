"""What people are told: arguments by their own names, hints that name public things, remedies for what is not here."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
import pytest

import ravine.keras as ours_keras
from ravine import functions
from ravine.core import RavineError, nearest
from ravine.keras.naming import snake
from ravine.keras.unsupported import MODULES, OURS, Unsupported
from ravine.nn import LAYERS
from ravine.optim import RULES

theirs_keras = pytest.importorskip("keras")

PLACES = ["activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models"]
PLACES += ["optimizers", "optimizers.schedules", "regularizers", "saving", "utils"]
# Names of Keras 2, and what Keras 3 has elsewhere.
ELSEWHERE = {"maxnorm", "nonneg", "unitnorm", "Huber", "LearningRateSchedule"}


def inside(package: Any, place: str) -> Any:
    for part in place.split("."):
        package = getattr(package, part)
    return package


@pytest.mark.parametrize("place", PLACES)
def test_hints_name_public_names_alone(place: str) -> None:
    """Every public name is one of Keras's; what modules share among themselves is in no hint."""
    ours, theirs = inside(ours_keras, place), inside(theirs_keras, place)
    extra = set(ours.__all__) - set(dir(theirs)) - OURS - ELSEWHERE
    # What the core registers beyond Keras has the core's name here.
    registry: dict[str, Any] = {
        "activations": functions.ACTIVATIONS,
        "initializers": functions.INITIALIZERS,
        "losses": functions.LOSSES,
    }
    registry |= {"metrics": functions.METRICS, "optimizers": RULES, "layers": LAYERS}
    assert {name for name in extra if snake(name) not in registry.get(place, ())} == set()
    with pytest.raises(ImportError) as caught:
        ours.Nonsense  # noqa: B018
    listed = str(caught.value).rpartition("nown: ")[2].split(", ")
    assert len(listed) > 1
    assert set(listed) <= set(ours.__all__) - OURS


def test_the_nearest_name_is_near_whatever_its_case() -> None:
    for name, hint in (("adam", "Adam"), ("Addam", "Adam"), ("rmsprop", "RMSprop")):
        with pytest.raises((AttributeError, ImportError), match=f"did you mean '{hint}'"):
            getattr(ours_keras.optimizers, name)
    assert nearest("adam", ["Nadam", "Adam"]).startswith("did you mean 'Adam'?")
    with pytest.raises(RavineError, match="did you mean 'rmsprop'"):
        ours_keras.optimizers.get("rmspro")
    with pytest.raises(AttributeError) as caught:
        ours_keras.activations.core_activatio  # noqa: B018
    assert "core_activation" not in str(caught.value)
    assert "Shaped" not in str(caught.value)


@pytest.mark.parametrize("name", MODULES)
def test_imports_of_missing_modules_are_told_what_to_use(name: str) -> None:
    with pytest.raises(Unsupported, match=r"is not supported by ravine\.keras: ."):
        importlib.import_module(f"ravine.keras.{name}")
    if "." not in name:
        with pytest.raises(Unsupported, match=r"is not supported by ravine\.keras: ."):
            getattr(ours_keras, name)


def test_imports_of_what_never_was_fail_as_python_has_it() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'ravine\.keras\.nonsense'"):
        importlib.import_module("ravine.keras.nonsense")
    assert importlib.util.find_spec("ravine.keras.nonsense") is None


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("Adam", {"beta_1": 2}, r"Adam: beta_1 must be a number in \[0, 1\), got 2"),
    ("AdamW", {"beta_2": -1}, r"AdamW: beta_2 must be a number in \[0, 1\), got -1"),
    ("AdamW", {"weight_decay": None}, "AdamW: weight_decay must be a number"),
    ("RMSprop", {"epsilon": -1}, "RMSprop: epsilon must be a number"),
    ("RMSprop", {"rho": 2}, "RMSprop: rho must be a number"),
    ("Adagrad", {"initial_accumulator_value": -1}, "Adagrad: initial_accumulator_value must be a number"),
    ("Lion", {"beta_1": -0.1}, "Lion: beta_1 must be a number"),
    ("Nadam", {"epsilon": "x"}, "Nadam: epsilon must be a number"),
    ("SGD", {"momentum": 1.5}, "SGD: momentum must be a number"),
    ("SGD", {"learning_rate": "x"}, "SGD: learning_rate must be a number .*, got 'x'"),
    ("SGD", {"learning_rate": None}, "SGD: learning_rate must be a number .*, got None"),
    ("SGD", {"name": 3}, "SGD: name must be a text"),
]


@pytest.mark.parametrize(("kind", "options", "message"), WRONG)
def test_arguments_are_called_as_they_were_written(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(RavineError, match=message):
        getattr(ours_keras.optimizers, kind)(**options)


NEEDED: dict[str, Any] = {"units": 3, "rate": 0.5, "target_shape": (1,), "input_dim": 3, "output_dim": 2, "dims": (1,)}
NEEDED |= {"n": 2, "filepath": "a.keras", "filename": "a.csv", "schedule": abs, "initial_learning_rate": 0.1}
NEEDED |= {"decay_steps": 10, "decay_rate": 0.5, "boundaries": [1], "values": [0.1, 0.2], "stddev": 0.1, "fn": max}
NEEDED |= {"activation": "relu", "target": 3, "shape": (3,), "learning_rate": 0.1, "custom_objects": {}}
NEEDED |= {"backup_dir": "backup", "function": abs, "scale": 0.5, "num_classes": 2, "target_class_ids": [0, 1]}
NEEDED |= {"recall": 0.5, "precision": 0.5, "specificity": 0.5, "sensitivity": 0.5, "first_decay_steps": 10}
# Bases of one's own classes, and what needs a package that need not be here.
ABSTRACT = {"Optimizer", "TensorBoard", "InputLayer", "LearningRateSchedule"}


def _classes() -> list[tuple[str, str]]:
    found = []
    for place in PLACES:
        if place in ("models", "saving"):
            continue
        ours, theirs = inside(ours_keras, place), inside(theirs_keras, place)
        for name in sorted({*ours.__all__} & {*dir(theirs)} - ABSTRACT):
            if inspect.isclass(getattr(theirs, name)) and inspect.isclass(getattr(ours, name)):
                found.append((place, name))
    return found


@pytest.mark.parametrize(("place", "name"), _classes())
def test_arguments_at_their_default_are_known(place: str, name: str) -> None:
    """Code that spells Keras's defaults out runs, whatever of it is supported."""
    made, kind = getattr(inside(ours_keras, place), name), getattr(inside(theirs_keras, place), name)
    given = {**NEEDED, "layer": ours_keras.layers.LSTM(2)}
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    named = [each for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    needed = {each.name: given[each.name] for each in named if each.default is each.empty}
    for each in named:
        if each.default is not each.empty:
            made(**needed, **{each.name: each.default})


def test_what_is_off_here_is_refused_where_it_is_on() -> None:
    for kind, options in (("BatchNormalization", {"synchronized": True}), ("BatchNormalization", {"renorm": True})):
        with pytest.raises(RavineError, match="is not supported: leave it out"):
            getattr(ours_keras.layers, kind)(**options)
    with pytest.raises(RavineError, match="Dense: unknown argument 'synchronized'"):
        ours_keras.layers.Dense(3, synchronized=False)
    with pytest.raises(RavineError, match="GlorotUniform: input_axes and output_axes are not supported"):
        ours_keras.initializers.GlorotUniform(input_axes=(0,))


def test_a_wrong_number_of_features_is_named() -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(1, input_shape=(2,), name="only")])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3)), np.ones((4, 1))
    wrong = r"the model takes examples of shape \(2,\), got \(3,\)"
    asks: list[tuple[str, tuple[Any, ...]]] = [
        ("fit", (x, y)),
        ("evaluate", (x, y)),
        ("train_on_batch", (x, y)),
        ("test_on_batch", (x, y)),
        ("predict", (x,)),
        ("predict_on_batch", (x,)),
        ("__call__", (x,)),
    ]
    for method, given in asks:
        with pytest.raises(RavineError, match=wrong):
            getattr(model, method)(*given)
    with pytest.raises(RavineError, match=r"model\(x\): x is a dictionary: models with several inputs"):
        model({"a": x})
    with pytest.raises(RavineError, match=r"layer 'only' takes 2 features on the last axis, got .* shape \(4, 3\)"):
        model.layers[0](x)


def test_what_is_not_given_is_zero_in_a_sum_of_penalties() -> None:
    for k in (ours_keras, theirs_keras):
        made = k.regularizers.l1_l2(l1=0.5)
        assert (float(made.l1), float(made.l2)) == (0.5, 0.0)
        assert float(k.regularizers.l1_l2().l2) == 0.0


def test_nothing_is_no_optimizer_and_no_metric() -> None:
    model = ours_keras.Sequential([ours_keras.layers.Dense(1, input_shape=(2,))])
    with pytest.raises(RavineError, match="metrics holds None"):
        model.compile("sgd", "mse", metrics=[None])
    assert ours_keras.optimizers.get(None) is theirs_keras.optimizers.get(None) is None
    with pytest.raises(RavineError, match="compile: optimizer is None: name one"):
        model.compile(None, "mse")
