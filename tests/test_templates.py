"""A network without its ends, ``*-32:relu-*``: wherever a network is named it takes them from the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ravine.core import RavineError
from ravine.data import load
from ravine.lab import configuration, prepared_setup
from ravine.nn import to_text
from ravine.study import Study, problems, rivals
from ravine.train import Job, load_model, network_for, run_job, with_overrides

CASES = {"moons": "2-6:tanh-2:softmax", "camera": "4-6:tanh-4:softmax", "digits": "64-6:tanh-10:softmax"}


@pytest.mark.parametrize("data", CASES)
def test_every_surface_makes_the_same_network(data: str, tmp_path: Path) -> None:
    text = "*-6:tanh-*"
    assert to_text(network_for(text, load(data))) == CASES[data]
    study = Study(data=(data,), networks=(text,), rules=("sgd", "adam"), validation=0.2)
    assert {to_text(rival.network) for rival in rivals(study, problems(study)[0])} == {CASES[data]}
    run = run_job(Job(network=text, data=data, epochs=0), tmp_path / "run")
    assert to_text(run.network) == CASES[data]
    # What was trained stands in the folder, whatever the data become.
    assert json.loads((tmp_path / "run" / "job.json").read_text())["network"] == CASES[data]
    assert to_text(load_model(tmp_path / "run" / "model.safetensors").network) == CASES[data]


@pytest.mark.parametrize(("data", "ends"), [("xor", "2-6:tanh-2:softmax"), ("sine", "1-6:tanh-1")])
def test_the_lab_takes_it_as_well(data: str, ends: str) -> None:
    setup = prepared_setup(configuration({"network": "*-6:tanh-*", "data": {"name": data, "n": 60}}))
    assert to_text(setup.network) == ends


def test_the_lab_has_dropout_normalisation_and_activation_between() -> None:
    layers = configuration({"network": "*-8-batchnorm-relu-dropout:0.25-4:tanh-*"}).network.layers
    assert [(each.units, each.normalization, each.activation, each.dropout) for each in layers] == [
        (8, "batch", "relu", 0.25), (4, "none", "tanh", 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2-6:tanh-2", "write \\*-...-\\*"),
        ("*-*", "write \\*-...-\\*"),
        ("*-6:tahn-*", "did you mean 'tanh'"),
        ("*-flatten-6-*", "no hidden Flatten there"),
        ("*-6:relu-batchnorm-*", "no hidden BatchNormalization there"),
    ],
)
def test_what_the_lab_has_not_is_said(text: str, reason: str) -> None:
    with pytest.raises(RavineError, match=reason):
        configuration({"network": text})


def test_a_template_is_changed_after_its_data_are_known() -> None:
    job = Job(network="*-6:tanh-*", data="xor")
    assert with_overrides(job, {"learning_rate": 0.5}).network == "*-6:tanh-*"
    with pytest.raises(RavineError, match=r"width: .* is no network before its data are read"):
        with_overrides(job, {"width": 9})
