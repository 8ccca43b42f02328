"""Exports: the program and the notebook run and end at the race's own losses; the others can be read."""

from __future__ import annotations

import io
import json
import tokenize
from typing import Any

import matplotlib
import numpy as np
import pytest

from lab_sample import SMALL
from ravine.core import RavineError
from ravine.lab import Sessions, configuration
from ravine.lab.exports import EXPORT_KINDS, export
from ravine.lab.report import report_html
from ravine.lab.sessions import LabRun
from ravine.train import load_model


@pytest.fixture(scope="module")
def run(lab: Sessions) -> LabRun:
    """A race with a rate and a weight changed on the way, one of them where a snapshot lies."""
    run = lab.create_run(configuration(SMALL))
    send = run.trainer.send
    send("step", steps=32).result()
    send("rate", lane=0, rate=0.4).result()
    send("step", steps=9).result()
    send("weight", lane=1, layer=1, array="bias", index=(1,), value=-0.5).result()
    send("step", steps=20).result()
    return run


def executed(run: LabRun) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(export(run, "py", 0, "en").decode(), "run.py", "exec"), names)
    return names


def check(run: LabRun, names: dict[str, Any]) -> None:
    """The same steps of programs whose order of examples is a shorter array: float32 to the last place but one."""
    race = run.trainer.race
    steps, losses = race.losses.raw(0)
    for place, name in enumerate(names["rivals"]):
        assert len(names["losses"][name]) == len(steps) == race.step
        np.testing.assert_allclose(names["losses"][name], losses[place], rtol=1e-5, atol=1e-7)
        measured = run.trainer.picture.measured(place)
        for part, found in names["results"][name].items():
            assert found.loss == pytest.approx(measured[f"{part}_loss"], rel=1e-5)


def test_the_program_ends_at_the_same_losses(run: LabRun, capsys: pytest.CaptureFixture[str]) -> None:
    check(run, executed(run))
    assert "test loss" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"batch": {"kind": "stream", "size": 7}, "lanes": [{"rule": "adam", "rate": 0.02, "schedule": "cosine"}]},
        {"data": {"name": "painted", "points": [[k % 3, k % 5, k % 2] for k in range(20)]},
         "batch": {"kind": "full"}, "network": {"layers": [{"units": 2}], "loss": "mean_squared_error"},
         "lanes": [{"rule": "rprop", "on": False}, {"rule": "nesterov", "rate": 0.1, "options": {"momentum": 0.8}}]},
        {"data": {"name": "plane", "n": 40, "test": 0}, "batch": {"kind": "single"},
         "network": {"layers": [{"units": 3, "dropout": 0.2, "normalization": "layer", "activation": "relu"}],
                     "loss": "huber"}, "lanes": [{"rule": "sgd", "rate": 0.01}]},
    ],
    ids=["stream", "painted", "single"],
)  # fmt: skip
def test_programs_of_every_kind_of_run(lab: Sessions, changes: dict[str, Any]) -> None:
    other = lab.create_run(configuration({**SMALL, **changes}))
    other.trainer.send("step", steps=37).result()
    names = executed(other)
    race = other.trainer.race
    on = [place for place, lane in enumerate(race.lanes) if lane.on]
    for place, name in zip(on, names["rivals"], strict=True):
        np.testing.assert_allclose(names["losses"][name], race.losses.raw(0)[1][place], rtol=1e-5, atol=1e-6)
    lab.end(other.id)


@pytest.mark.slow
def test_a_table_is_read_from_beside_the_program(lab: Sessions, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    text = "a,b,y\n" + "\n".join(f"{a:.4f},{b:.4f},{a * 5 - b + 30:.4f}" for a, b in rng.normal(size=(30, 2)))
    (tmp_path / "t.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    upload = lab.upload("t.csv", text, "y")
    other = lab.create_run(configuration({**SMALL, "data": {"name": f"upload:{upload.id}", "n": 30}}))
    other.trainer.send("step", steps=12).result()
    check(other, executed(other))
    lab.end(other.id)


def test_the_notebook_runs_cell_by_cell(run: LabRun) -> None:
    matplotlib.use("agg")
    made = json.loads(export(run, "ipynb", 0, "en"))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    names: dict[str, Any] = {}
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in made["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            # matplotlib's agg backend has no window to show: what is drawn is what counts.
            exec(source.replace("plt.show()", ""), names)
    check(run, names)
    assert len(names["axes"].lines) == 2
    names["plt"].close("all")


def test_the_record_is_whole(run: LabRun) -> None:
    made = json.loads(export(run, "json", 0, "en"))
    assert configuration(made["configuration"]) == run.setup.configuration
    assert made["step"] == 61
    assert [edit["kind"] for edit in made["edits"]] == ["rate", "weight"]
    assert [lane["name"] for lane in made["lanes"]] == ["1 sgd", "2 adam"]
    assert len(made["lanes"][0]["loss"]["mean"]) == len(made["loss_step"]) == 61


def test_weights_are_a_model(run: LabRun, lab: Sessions, tmp_path: Any) -> None:
    for lane in (0, 1):
        path = tmp_path / "model.safetensors"
        path.write_bytes(export(run, "safetensors", lane, "en"))
        model = load_model(path)
        assert model.classes == ("upper", "lower")
        x = run.setup.dataset.test.x
        np.testing.assert_allclose(model.predict(x), run.trainer.picture.outputs(lane, x), rtol=1e-6)
    off = lab.create_run(configuration({**SMALL, "lanes": [{}, {"on": False}]}))
    with pytest.raises(RavineError, match="lane 1 is off"):
        export(off, "safetensors", 1, "en")


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_report_is_one_file(run: LabRun, language: str) -> None:
    text = export(run, "html", 0, language).decode()
    assert text.startswith("<!DOCTYPE html>")
    assert text.count("<figure") >= 3
    assert f'<html lang="{language}">' in text
    assert "http://127" not in text


def test_a_race_that_has_not_begun_has_a_report(lab: Sessions) -> None:
    fresh = lab.create_run(configuration({**SMALL, "data": {"name": "sine", "n": 40}}))
    text = report_html(fresh, 0, "en", None).decode()
    assert 'id="loss"' not in text
    assert "<table" in text


def test_the_program_is_tidy(run: LabRun) -> None:
    text = export(run, "py", 0, "en").decode()
    list(tokenize.generate_tokens(io.StringIO(text).readline))
    assert set(EXPORT_KINDS) == {"html", "ipynb", "json", "py", "safetensors"}
