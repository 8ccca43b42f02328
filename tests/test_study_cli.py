"""`ravine study` and `ravine runs` as people call them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from ravine.cli.app import app
from ravine.cli.options import values_of
from ravine.core import RavineError
from ravine.study import Store, findings, load_results, to_mlflow, to_tensorboard

SMALL = ["camera", "--network", "*-4:tanh-*", "--rules", "sgd,adam", "--batch", "20", "--epochs", "2", "--tune", "2",
         "--seeds", "6", "--option", "n=200", "--option", "n_test=60", "--quiet"]  # fmt: skip


def call(*words: str) -> str:
    """Standard output; an error of ours is raised as it would be shown."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=True)
    if isinstance(done.exception, RavineError):
        raise done.exception
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    return done.output


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    call("study", *SMALL, "--name", "small", "--runs", str(folder))
    return folder


def test_a_study_leaves_a_report_tables_and_a_sentence(runs: Path) -> None:
    said = call("study", *SMALL, "--name", "small", "--runs", str(runs))
    home = runs / "studies" / "small"
    assert re.search("No winner|wins", said)
    page = (home / "report.html").read_text()
    assert "<svg" in page
    assert not re.search(r'(src|href)="https?://[^"]*\.(js|css|png|svg)"', page)
    assert {file.suffix for file in home.iterdir()} >= {".html", ".csv", ".tex", ".parquet", ".toml"}


def test_a_polish_report_is_polish(runs: Path) -> None:
    call("runs", "show", "small", "--lang", "pl", "--runs", str(runs))
    page = (runs / "studies" / "small" / "report.html").read_text()
    assert '<html lang="pl">' in page


def test_studies_are_listed_compared_and_deleted(runs: Path, tmp_path: Path) -> None:
    other = [word if word != "sgd,adam" else "momentum" for word in SMALL]
    call("study", *other, "--name", "third", "--runs", str(runs))
    listed = call("runs", "list", "--runs", str(runs))
    assert "small" in listed
    assert "third" in listed
    call("runs", "compare", "small", "third", "--out", str(tmp_path / "both.html"), "--runs", str(runs))
    assert "third: momentum" in (tmp_path / "both.html").read_text()
    fewer = [word if word != "n_test=60" else "n_test=50" for word in other]
    call("study", *fewer, "--name", "fewer", "--runs", str(runs))
    with pytest.raises(RavineError, match="cannot stand side by side, they differ in data"):
        call("runs", "compare", "small", "fewer", "--out", str(tmp_path / "x.html"), "--runs", str(runs))
    for name in ("third", "fewer"):
        call("runs", "delete", name, "--runs", str(runs))
    assert Store(runs).studies() == ("small",)
    call("runs", "show", "small", "--runs", str(runs))


@pytest.mark.parametrize(("kind", "suffix"), [("csv", ".csv"), ("parquet", ".parquet"), ("latex", ".tex")])
def test_tables_are_exported(runs: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    call("runs", "export", "small", "--to", kind, "--out", str(tmp_path), "--runs", str(runs))
    assert {file.suffix for file in tmp_path.iterdir() if file.is_file()} == {suffix}


# What MLflow and its database warn about among themselves is not ours to mend.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("package", "write"), [("tensorboardX", to_tensorboard), ("mlflow", to_mlflow)])
def test_runs_are_exported(runs: Path, tmp_path: Path, package: str, write: Any) -> None:
    pytest.importorskip(package)
    found = findings(*load_results("small", Store(runs)))
    assert write(found, tmp_path) == found.members.height
    assert any(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["study", "digits"], "which network"),
        (["study", "digits", "--network", "*-4:rely-*"], "unknown activation 'rely'"),
        (["study", "digist", "--network", "*-4:relu-*"], "did you mean 'digits'"),
        (["study", "digits", "--network", "*-4:relu-*", "--rules", "adma"], "did you mean 'adam'"),
        (["study", "digits", "--network", "*-4:relu-*", "--sweep", "rate"], "write name=value"),
        (["study", "digits", "--network", "*-4:relu-*", "--sweep", "learning_rate=a..b"], "write low..high:count"),
        (["study", "digits", "--network", "*-4:relu-*", "--range", "learning_rate=1"], "write low..high"),
        (["study", "absent.toml"], "cannot read absent.toml"),
        (["study", "digits", "--network", "*-4:relu-*", "--on", "moon"], "unknown place 'moon'"),
        (["runs", "show", "absent"], "there is no study 'absent'"),
        (["runs", "compare", "absent"], "give at least two studies"),
    ],
)
def test_bad_input_gets_its_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(RavineError) as caught:
        call(*words, "--runs", str(tmp_path))
    assert sentence in str(caught.value)


def test_a_plan_is_shown_without_training(tmp_path: Path) -> None:
    said = call("study", *SMALL, "--plan", "--runs", str(tmp_path))
    assert "2 rivals, 2 settings drawn for each" in said
    assert not list(tmp_path.iterdir())


def test_an_unfinished_study_says_how_to_go_on(runs: Path, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.enter(Store(runs).study("small"))
    with pytest.raises(RavineError, match="not finished, at least 2 packs are missing: go on with"):
        call("runs", "show", "small", "--runs", str(tmp_path))


def test_values_as_people_write_them() -> None:
    assert values_of("0,0.2,relu") == (0, 0.2, "relu")
    assert values_of("1e-3..1:4") == (0.001, 0.01, 0.1, 1.0)
    assert values_of("0..1:3") == (0.0, 0.5, 1.0)


def test_the_store_is_found_by_the_environment(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAVINE_RUNS", str(runs))
    assert "small" in call("runs", "list")
    assert pl.read_parquet(next((runs / "packs").glob("*.parquet"))).height
