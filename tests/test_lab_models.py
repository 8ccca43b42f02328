"""A lane as a model: from its file, the interface or the program it answers to raw data as the page says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from starlette.testclient import TestClient

from lab_sample import SMALL
from ravine.core import RavineError
from ravine.data import load
from ravine.lab import LIMITS, Sessions, configuration, prepared, read_upload
from ravine.lab.exports import export
from ravine.lab.models import model_at
from ravine.lab.openapi import PREFIX
from ravine.lab.server import application
from ravine.lab.sessions import LabRun
from ravine.train import Model, load_model, predictions

HOST = "127.0.0.1:8000"
LANES = [{"rule": "adam", "rate": 0.03}]


def kinds(rows: int = 240) -> str:
    """Far from 0 and 1, one column a text: what is not scaled or not encoded is answered by chance."""
    rng = np.random.default_rng(0)
    height, colour = rng.normal(1500, 40, rows), rng.choice(["red", "green", "blue"], rows)
    kind = np.where((height > 1500) ^ (colour == "red"), "tall", "short")
    lines = [f"{h:.3f},{c},{k}" for h, c, k in zip(height, colour, kind, strict=True)]
    return "\n".join(["height, colour of it,kind", *lines]) + "\n"


def prices(rows: int = 200) -> str:
    rng = np.random.default_rng(1)
    size, age = rng.uniform(20, 180, rows), rng.uniform(0, 90, rows)
    price = 250_000 + 3_000 * size - 900 * age
    lines = [f"{s:.3f},{a:.3f},{p:.2f}" for s, a, p in zip(size, age, price, strict=True)]
    return "\n".join(["size,age,price", *lines]) + "\n"


def raced(lab: Sessions, data: dict[str, Any], steps: int = 300) -> LabRun:
    layers = [{"units": 8, "activation": "tanh"}]
    chosen = {**SMALL, "data": {"test": 0.25, **data}, "network": {"layers": layers}, "lanes": LANES}
    run = lab.create_run(configuration(chosen))
    run.trainer.send("step", steps=steps).result()
    return run


def reloaded(run: LabRun, folder: Path) -> Model:
    path = folder / "model.safetensors"
    path.write_bytes(export(run, "safetensors", 0, "en"))
    return load_model(path)


def held_out(run: LabRun, csv: str) -> pl.DataFrame:
    """The raw rows of the test part, found by their scaled inputs, for the table was shuffled."""
    table = pl.read_csv(io.StringIO(csv))
    model = model_at(run.trainer.picture)
    inputs = model.inputs(table)
    test = run.setup.dataset.test
    assert test is not None
    rows = [int(np.argmin(np.abs(inputs - x).sum(axis=1))) for x in test.x]
    assert len(set(rows)) == len(rows)
    return table[rows]


def test_a_classifier_of_a_table_answers_from_its_file_as_on_the_page(lab: Sessions, tmp_path: Path) -> None:
    csv = kinds()
    upload = lab.upload("kinds.csv", csv, "kind")
    run = raced(lab, {"name": f"upload:{upload.id}"})
    shown = run.trainer.picture.measured(0)["test_accuracy"]
    # Without the encoder or the scaler the answers of a network to these inputs are all of one class: half are right.
    assert shown > 0.9
    rows = held_out(run, csv)
    model = reloaded(run, tmp_path)
    assert np.mean([a == b for a, b in zip(model.labels(rows), rows["kind"], strict=True)]) == pytest.approx(shown)
    rows.write_csv(tmp_path / "new.csv")
    assert predictions(model, str(tmp_path / "new.csv"))["class"].to_list() == model.labels(rows)
    assert model.facts["data"] == "kinds.csv"
    lab.end(run.id)


def test_a_regression_answers_in_the_targets_own_units(lab: Sessions, tmp_path: Path) -> None:
    csv = prices()
    upload = lab.upload("prices.csv", csv, "price")
    run = raced(lab, {"name": f"upload:{upload.id}"})
    rows = held_out(run, csv)
    price = rows["price"].to_numpy()
    answers = reloaded(run, tmp_path).predict(rows)[:, 0]
    # A plane is learned nearly exactly.
    assert 1 - np.var(answers - price) / np.var(price) > 0.98
    # What the page shows is the squared error of the standardised target: that of the training part's own spread.
    table = pl.read_csv(io.StringIO(csv))["price"].to_numpy()
    order = np.random.default_rng(0).permutation(len(table))
    train = [p for p in table[order] if p not in set(price)]
    shown = run.trainer.picture.measured(0)["test_loss"]
    # float32 outputs of size 1 against float64: a few parts in a million of each, in a small difference squared
    assert np.mean((answers - price) ** 2) / np.var(train) == pytest.approx(shown, rel=1e-3)
    lab.end(run.id)


@pytest.mark.parametrize(("name", "raw"), [("digits", (8, 8)), ("camera", (2, 2)), ("moons", (2,))])
def test_built_in_sets_answer_from_the_file_as_on_the_page(
    lab: Sessions, tmp_path: Path, name: str, raw: tuple[int, ...]
) -> None:
    run = raced(lab, {"name": name, "n": 300, "seed": 3}, steps=200)
    test = run.setup.dataset.test
    assert test is not None
    out = reloaded(run, tmp_path).predict(test.x.reshape(len(test), *raw))
    shown = run.trainer.picture.measured(0)
    assert np.mean(out.argmax(axis=1) == test.y) == pytest.approx(shown["test_accuracy"])
    # float32 sums of logarithms
    assert -np.log(out[np.arange(len(out)), test.y]).mean() == pytest.approx(shown["test_loss"], rel=1e-4)
    lab.end(run.id)


def test_images_are_answered_by_name_of_their_set(lab: Sessions, tmp_path: Path) -> None:
    run = raced(lab, {"name": "digits", "n": 1797, "seed": 0}, steps=400)
    table = predictions(reloaded(run, tmp_path), "digits")
    truth = load("digits").test
    assert truth is not None
    assert np.mean(table["class"].cast(int).to_numpy() == truth.y) > 0.8
    lab.end(run.id)


def ask(lab: Sessions) -> TestClient:
    app = application(lab, hosts=[HOST], token="t", port=8000, warm=False)
    return TestClient(app, base_url=f"http://{HOST}", headers={"authorization": "Bearer t"})


def test_predict_takes_raw_rows_and_answers_in_their_units(lab: Sessions, tmp_path: Path) -> None:
    web = ask(lab)
    for csv, target in ((kinds(), "kind"), (prices(), "price")):
        upload = lab.upload("t.csv", csv, target)
        run = raced(lab, {"name": f"upload:{upload.id}"}, steps=60)
        model = reloaded(run, tmp_path)
        row = pl.read_csv(io.StringIO(csv)).drop(target).row(0, named=True)
        wanted = model.predict({name: [value] for name, value in row.items()})[0]
        path = f"{PREFIX}/runs/{run.id}/predict"
        made = web.post(path, json={"row": row}).json()
        np.testing.assert_allclose(made["outputs"], wanted, rtol=1e-6)
        x = upload.encoder.apply({name: [value] for name, value in row.items()})[0]
        np.testing.assert_allclose(web.post(path, json={"x": x.tolist()}).json()["outputs"], wanted, rtol=1e-6)
        for bad in ({"row": {}}, {"row": row, "x": x.tolist()}, {"row": dict.fromkeys(row, "none such")}):
            assert web.post(path, json=bad).status_code == 400
        lab.end(run.id)
    run = raced(lab, {"name": "moons", "n": 40}, steps=1)
    answer = web.post(f"{PREFIX}/runs/{run.id}/predict", json={"row": {"x": 1}})
    assert "no table of your own" in answer.json()["error"]
    lab.end(run.id)


def test_the_program_leaves_models_that_answer_as_the_file_does(
    lab: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv = prices(60)
    (tmp_path / "prices.csv").write_text(csv)
    monkeypatch.chdir(tmp_path)
    upload = lab.upload("prices.csv", csv, "price")
    run = raced(lab, {"name": f"upload:{upload.id}"}, steps=40)
    names: dict[str, Any] = {}
    exec(compile(export(run, "py", 0, "en").decode(), "run.py", "exec"), names)
    rows = pl.read_csv(io.StringIO(csv))
    ours, theirs = (model.predict(rows) for model in (names["models"]["1 adam"], reloaded(run, tmp_path)))
    # The same steps in programs of other shapes: float32 to a few units in the last place, times a spread of 1e5.
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    lab.end(run.id)


def test_all_rows_of_a_table_are_used_whatever_number_is_asked_for(lab: Sessions) -> None:
    upload = lab.upload("t.csv", kinds(4000), "kind")
    for n in ({}, {"n": 7}):
        run = raced(lab, {"name": f"upload:{upload.id}", **n}, steps=1)
        assert run.facts["n"] == {"train": 3000, "test": 1000}
        lab.end(run.id)


def test_a_table_beyond_the_limits_is_refused_with_them(lab: Sessions) -> None:
    with pytest.raises(RavineError, match=f"t.csv: {LIMITS.examples + 1} rows: at most {LIMITS.examples}"):
        lab.upload("t.csv", "a,y\n" + "1,2\n" * (LIMITS.examples + 1), "y")


@pytest.mark.parametrize(
    ("header", "target", "found"),
    [
        ("a, horse power", "horse power", "horse power"),
        ("a, horse power", " horse power", "horse power"),
        ("a,horse power ", "horse power", "horse power"),
        ('a,"horse, power"', "horse, power", "horse, power"),
        ('a, "y"', "y", "y"),
    ],
)
def test_a_column_is_found_by_its_name_but_for_spaces_around_it(header: str, target: str, found: str) -> None:
    made = read_upload("1", "t.csv", f"{header}\n1,2.5\n2,3.5\n3,4.5\n", target)
    assert (made.target, made.encoder.features) == (found, ("a",))


def test_of_two_columns_of_one_name_the_first_is_meant_and_the_other_named_anew() -> None:
    upload = read_upload("1", "t.csv", "a,y, y\n1,2.5,3.5\n2,3.5,4.5\n", "y")
    assert upload.encoder.features == ("a", "y_2") and upload.y.ravel().tolist() == [2.5, 3.5]
    with pytest.raises(RavineError, match="no column 'z'"):
        read_upload("1", "t.csv", "a,y\n1,2\n2,3\n", "z")


def test_a_table_of_semicolons_and_decimal_commas_is_understood_and_said() -> None:
    """As a spreadsheet in Polish or German writes it, its first line telling it the separator."""
    upload = read_upload("1", "t.csv", "sep=;\nmasa;cena netto\n1,5;2,25\n2,5;3,75\n", "cena netto")
    assert upload.table["masa"].to_list() == [1.5, 2.5] and upload.y.ravel().tolist() == [2.25, 3.75]
    assert "separator ';', decimal comma" in upload.note
    assert prepared(upload, test=0, seed=0).dataset.note == upload.note


def test_a_missing_number_makes_no_categories() -> None:
    rows = "".join(f"{power},{k}\n" for k, power in enumerate(["?", *range(100, 219)]))
    with pytest.raises(RavineError, match=r"'power'.*missing"):
        read_upload("1", "cars.csv", f"power,mpg\n{rows}", "mpg")


@pytest.mark.parametrize(("centre", "spread"), [(1e30, 3e29), (2e-24, 1e-24), (-5.0, 2.0)])
def test_targets_of_any_size_are_standardised(centre: float, spread: float) -> None:
    rng = np.random.default_rng(4)
    y = centre + spread * rng.normal(size=50)
    text = "a,y\n" + "\n".join(f"{k},{v!r}" for k, v in enumerate(map(float, y)))
    made = prepared(read_upload("1", "t.csv", text, "y"), test=0, seed=0)
    order = np.random.default_rng(0).permutation(50)
    # NumPy in float64; what is trained on is float32.
    np.testing.assert_allclose(made.dataset.train.y[:, 0], (y[order] - y.mean()) / y.std(), rtol=2e-6, atol=2e-6)
    assert made.target is not None
    np.testing.assert_allclose([made.target.shift[0], made.target.scale[0]], [y.mean(), y.std()], rtol=1e-6)


def test_facts_name_the_columns_and_how_the_target_is_shown(lab: Sessions) -> None:
    upload = lab.upload("prices.csv", "colour,size,price\nred,1000.25,5.5\nred,1000.75,7.5\nblue,1000.5,6.5\n", "price")
    run = lab.create_run(configuration({**SMALL, "data": {"name": f"upload:{upload.id}", "test": 0}}))
    assert run.facts["columns"] == [
        {"name": "colour", "categories": ["blue", "red"], "typical": "red"},
        {"name": "size", "categories": None, "typical": 1000.5},
    ]
    # mean 6.5, spread sqrt(2 / 3)
    scaled = {"shift": 6.5, "scale": pytest.approx(np.sqrt(2 / 3)), "variance": {"train": pytest.approx(1)}}
    assert run.facts["target"] == scaled
    plain = lab.create_run(configuration(SMALL))
    assert (plain.facts["columns"], plain.facts["target"]) == (None, None)
    for each in (run, plain):
        lab.end(each.id)


def test_what_lies_far_from_zero_keeps_its_distances(lab: Sessions, tmp_path: Path) -> None:
    """Julian dates ten minutes apart, of which float32 knows seven, and a number of 2,458,000 give or take 3."""
    rng = np.random.default_rng(5)
    dates, y = 2460310.5 + np.arange(200) / 144, 2458000 + 3 * rng.normal(size=200)
    csv = "date,y\n" + "\n".join(f"{d!r},{v!r}" for d, v in zip(map(float, dates), map(float, y), strict=True))
    upload = lab.upload("dates.csv", csv, "y")
    made = prepared(upload, test=0, seed=0)
    order = np.random.default_rng(0).permutation(200)
    scaled = [(values - values.mean()) / values.std() for values in (dates, y)]
    for values, wanted in zip((made.dataset.train.x, made.dataset.train.y), scaled, strict=True):
        # NumPy in float64: the dates have fourteen digits, of which their mean takes six; the rest is float32's.
        np.testing.assert_allclose(values[:, 0], wanted[order], atol=5e-7)
    run = raced(lab, {"name": f"upload:{upload.id}", "test": 0}, steps=100)
    answers = reloaded(run, tmp_path).predict(pl.DataFrame({"date": dates}))[:, 0]
    assert len(np.unique(answers)) > 190
    loss = np.mean((answers - y) ** 2) / y.var()
    assert loss == pytest.approx(run.trainer.picture.measured(0)["train_loss"], rel=1e-5)
    lab.end(run.id)
