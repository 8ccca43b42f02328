"""Configurations: limits, sentences, what they come to."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_sample import SMALL, small
from ravine.core import RavineError
from ravine.data import load
from ravine.functions import ACTIVATIONS, INITIALIZERS, describe
from ravine.lab import LIMITS, Configuration, configuration, prepared_setup
from ravine.lab._configuration import DataChoice
from ravine.lab.datasets import dataset_of, recipe, sources
from ravine.lab.lessons import lessons
from ravine.lab.picture import FrameContext
from ravine.lab.run_info import facts_of
from ravine.lab.setup import LOSSES_BY_TASK
from ravine.lab.uploads import read_upload
from ravine.nn import Activation, BatchNormalization, Dense, Dropout

SOURCES = sources()


def test_a_configuration_survives_json() -> None:
    made = small()
    assert Configuration.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lane": []}, "unknown key 'lane': did you mean 'lanes'"),
        ({"lanes": [{"rule": "sgd", "rate": -1}]}, "lanes.0.rate: input should be greater than or equal to 0"),
        ({"lanes": [{}] * 9}, "at most 8 items"),
        ({"lanes": [{"on": False}]}, "all lanes are off"),
        ({"lanes": [{"rule": "momentum", "options": {"momentum": 2}}]}, "momentum must be a number in [0, 1]"),
        ({"lanes": [{"rule": "adam", "options": {"b3": 0.9}}]}, "unknown option 'b3'"),
        ({"lanes": [{"schedule": "reduce_on_plateau"}]}, "unknown kind 'reduce_on_plateau'"),
        ({"network": {"layers": [{}] * 9}}, "at most 8 items"),
        ({"network": {"layers": [{"units": 0}]}}, "greater than or equal to 1"),
        ({"network": {"layers": [{"activation": "tahn"}]}}, "did you mean 'tanh'"),
        ({"network": {"layers": [{"activation": "softmax"}]}}, "needs an elementwise one"),
        ({"network": {"layers": [{"initializer": "he"}]}}, "unknown initializer 'he'"),
        ({"data": {"name": "painted"}}, "points belong to the data set 'painted'"),
        ({"data": {"name": "moons", "points": [[0, 0, 1]]}}, "points belong to the data set 'painted'"),
        ({"data": {"name": "painted", "points": [[0, 0, 10]]}}, "classes run from 0 to 9"),
        ({"data": {"noise": float("nan")}}, "data.noise: input should be a finite number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"stop": {"kind": "never"}}, "stop.kind"),
        ([], "must be an object"),
        ("x", "must be an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(values: object, words: str) -> None:
    with pytest.raises(RavineError) as caught:
        configuration(values)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": {"name": "mons"}}, "did you mean 'moons'"),
        ({"data": {"name": "upload:x"}}, "there is no upload 'x'"),
        ({"network": {"loss": "huber"}}, "no loss 'huber' for classification"),
        ({"network": {"weights": [{"kernel": [[1]], "bias": [1]}]}}, "as many entries"),
        ({"network": {"layers": [{"units": 1}], "weights": [{"kernel": [[1]], "bias": [1]}] * 2}}, "has the shape"),
    ],
)
def test_what_does_not_fit_together_is_said(changes: dict[str, object], words: str) -> None:
    made = configuration({**SMALL, **changes})
    with pytest.raises(RavineError, match=words.replace("(", r"\(")):
        prepared_setup(made)


def test_too_many_parameters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prepared_setup.__globals__, "LIMITS", dataclasses.replace(LIMITS, parameters=16))
    with pytest.raises(RavineError, match="has 17 parameters, at most 16"):
        prepared_setup(small())


def test_layers_stand_in_the_order_that_the_document_gives() -> None:
    layers = [{"units": 3, "normalization": "batch", "dropout": 0.5}, {"units": 2, "activation": "relu"}]
    setup = prepared_setup(small(network={"layers": layers}))
    kinds = [type(layer) for layer in setup.network.layers]
    assert kinds == [Dense, BatchNormalization, Activation, Dropout, Dense, Dense]
    assert setup.dense == (0, 4, 5)
    assert setup.hidden == (2, 4)


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "mnist"])
def test_every_source_is_what_the_catalogue_says(name: str) -> None:
    source = SOURCES[name]
    data, kind, *_ = dataset_of(DataChoice(name=name, n=60, test=0.25, classes=3))
    assert (kind, data.task, data.input_shape) == (source.kind, source.task, (source.inputs,))
    assert len(data.train) + len(data.test) == 60
    if source.classes is not None:
        assert len(data.classes) == source.classes
    assert dataset_of(DataChoice(name=name, n=60, test=0, classes=3))[0].test is None


@pytest.mark.parametrize("name", [*(name for name in SOURCES if name != "mnist"), "painted"])
def test_the_recipe_makes_the_same_data(name: str) -> None:
    points = [[k % 7 / 3, k % 5 / 4, k % 3] for k in range(30)] if name == "painted" else None
    choice = DataChoice.model_validate({"name": name, "n": 50, "classes": 3, "points": points})
    from ravine.data import from_arrays

    names = {"load": load, "from_arrays": from_arrays, "np": np}
    exec(recipe(choice), names)
    assert names["data"].fingerprint == dataset_of(choice)[0].fingerprint


def test_a_table_is_read_and_standardised() -> None:
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{a:.3f},{b:.3f},{3 * a + 100:.3f}" for a, b in rng.normal(5, 2, (40, 2)))
    upload = read_upload("7", "t.csv", f"a,b,y\n{rows}\n", "y")
    data, kind, *_ = dataset_of(DataChoice(name="upload:7", n=40), {"7": upload})
    assert (kind, data.task) == ("plane", "regression")
    # float32 means of 28 numbers of size 1
    assert np.abs(data.train.x.mean(axis=0)).max() < 1e-5
    assert abs(float(data.train.y.std()) - 1) < 1e-5


@pytest.mark.parametrize(
    ("csv", "target", "words"),
    [
        ("", "y", "cannot be read"),
        ("a,y\n1,2\n", "z", "no column 'z'"),
        ("a,y\n,2\n3,1\n", "y", "missing value"),
        ("a,y\n" + "\n".join(f"{k},c{k}" for k in range(30)), "y", "30 classes, at most 20"),
        (",".join(f"c{k}" for k in range(600)) + "\n" + ",".join("1" * 600), "c0", "600 columns, at most 500"),
    ],
)
def test_a_bad_table_is_refused(csv: str, target: str, words: str) -> None:
    with pytest.raises(RavineError, match=words):
        read_upload("1", "t.csv", csv, target)


KEYS = [*Configuration.model_fields, "name", "units", "rule", "kind", "layers", "points"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150)
@given(json_values)
def test_whatever_comes_is_a_configuration_or_a_sentence(values: object) -> None:
    with contextlib.suppress(RavineError):
        assert len(configuration(values).lanes) <= LIMITS.lanes


TABLES = {
    "k": read_upload("k", "t.csv", "a,k\n" + "\n".join(f"{i},{'$p' if i % 2 else 'b_'}" for i in range(20)), "k"),
    "y": read_upload("y", "t.csv", "a,y\n" + "\n".join(f"{i},{2.5 * i}" for i in range(20)), "y"),
    "w": read_upload("w", "t.csv", "a,b,c,y\n" + "\n".join(f"{i},1,{i % 3},{i * i}" for i in range(20)), "c"),
}
DATA = st.fixed_dictionaries(
    {
        "name": st.sampled_from([*(name for name in SOURCES if name != "mnist"), *(f"upload:{k}" for k in TABLES)]),
        "n": st.sampled_from([2, 3, 5, 40]),
        "noise": st.sampled_from([0, 5]),
        "test": st.sampled_from([0, 0.1, 0.5, 0.9]),
        "classes": st.sampled_from([2, 10]),
    }
) | st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.integers(0, 9)), max_size=12).map(
    lambda points: {"name": "painted", "points": points}
)
LAYER = st.fixed_dictionaries(
    {
        "units": st.integers(1, 3),
        "initializer": st.sampled_from(list(INITIALIZERS)),
        "normalization": st.sampled_from(["none", "batch", "layer"]),
        "dropout": st.sampled_from([0, 0.9]),
    }
)


@settings(max_examples=150)
@given(DATA, LAYER, st.sampled_from(["auto", *LOSSES_BY_TASK["classification"], *LOSSES_BY_TASK["regression"]]))
def test_every_valid_configuration_makes_a_run_with_facts_or_a_sentence(
    data: dict[str, object], layer: dict[str, object], loss: str
) -> None:
    with contextlib.suppress(RavineError):
        made = configuration({"data": data, "network": {"layers": [layer], "loss": loss}})
        setup = prepared_setup(made, TABLES)
        facts = facts_of(setup, FrameContext(setup))
        assert facts["n"]["train"] >= 1
        assert facts["outputs"] == facts["shapes"][-1][1]
        json.dumps(facts, allow_nan=False)


def test_every_activation_of_the_page_makes_a_network() -> None:
    for name in ACTIVATIONS:
        if describe(name).elementwise:
            assert prepared_setup(small(network={"layers": [{"units": 2, "activation": name}]})).hidden == (0,)


def test_every_lesson_configures_a_run() -> None:
    for lesson in lessons():
        setup = prepared_setup(configuration(lesson["configuration"]))
        assert setup.network.layers
