"""What is said of a data set is said where it is made: the lab, the command line and studies read it there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ravine.cli.data import app
from ravine.core import RavineError
from ravine.data import DATASETS, Dataset, Split, load, record_of, register_dataset
from ravine.lab._configuration import DataChoice
from ravine.lab.catalogue import _datasets, title_of
from ravine.lab.datasets import dataset_of, is_here, recipe, sources


@pytest.fixture
def own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DATASETS, "_things", dict(DATASETS._things))
    monkeypatch.setattr(DATASETS, "_aliases", dict(DATASETS._aliases))


def ring(n: int = 100, *, noise: float = 0.1, n_test: int = 20, seed: int = 0) -> Dataset:
    """Return points on a ring, and beside it."""

    def part(size: int, add: int) -> Split:
        rng = np.random.default_rng(seed + add)
        label = np.arange(size) % 2
        angle, radius = rng.uniform(0, 7, size), 1 + label + noise * rng.normal(size=size)
        return Split(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), label)

    return Dataset("ring", part(n, 0), test=part(n_test, 1) if n_test else None, classes=("on", "off"))


@pytest.mark.usefixtures("own_names")
def test_a_data_set_is_one_file() -> None:
    register_dataset("ring", title="A ring", kind="plane", hidden=((3, "relu", "he_uniform"),))(ring)
    assert len(load("ring", n=7).train) == 7
    assert list(sources())[-1] == "ring"
    entry = next(each for each in _datasets() if each["name"] == "ring")
    assert (entry["title"], entry["settings"], entry["network"][0]["units"]) == (
        {"en": "A ring", "pl": "A ring"}, ["noise"], 3,
    )  # fmt: skip
    assert title_of("ring", "en") == "A ring"
    choice = DataChoice(name="ring", n=50, test=0.2)
    made = dataset_of(choice).dataset
    assert (len(made.train), len(made.test or ())) == (40, 10)
    space: dict[str, Any] = {"load": load}
    exec(recipe(choice), space)
    assert space["data"].fingerprint == made.fingerprint
    assert is_here("ring")
    assert "A ring" in CliRunner().invoke(app, ["list"]).output


@pytest.mark.parametrize("name", list(DATASETS))
def test_every_data_set_is_what_its_record_says(name: str) -> None:
    record = record_of(name)
    if record.download:
        pytest.skip("it may have to be fetched first")
    sizes: dict[str, Any] = {} if name == "digits" else {"n": 30, "n_test": 5}
    made = load(name, **sizes, **dict(record.fixed))
    assert made.task == record.task
    assert record.title
    if record.kind in ("plane", "line"):
        assert made.input_shape == (record.inputs,)
    if record.classes is not None:
        assert len(made.classes or ()) == record.classes


@pytest.mark.usefixtures("own_names")
@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"title": " "}, "data set 'ring': title is empty: give it in register_dataset"),
        ({"kind": "plain"}, "data set 'ring': unknown kind 'plain': did you mean 'plane'"),
        ({"clases": 3}, "data set 'ring': 'clases' is no field of a record: did you mean 'classes'"),
        ({"task": "ranking"}, "data set 'ring': unknown task 'ranking'"),
        ({"settings": ("noise", "arms")}, "data set 'ring': its loader has no option 'arms'"),
    ],
)
def test_what_is_forgotten_is_named(said: dict[str, Any], message: str) -> None:
    with pytest.raises(RavineError, match=message):
        register_dataset("ring", **({"title": "A ring", "kind": "plane"} | said))(ring)
    assert "ring" not in DATASETS


@pytest.mark.usefixtures("own_names")
def test_a_loader_without_a_record_says_where_one_is_made() -> None:
    DATASETS.add("bare", ring)
    with pytest.raises(RavineError, match="'bare' has no title and kind: enter it with register_dataset"):
        record_of("bare")
