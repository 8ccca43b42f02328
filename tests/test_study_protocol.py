"""The protocol of a study: seeds that no two studies share, budgets that are equal or said not to be."""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from ravine.cli.main import app
from ravine.core import RavineError
from ravine.study import (
    Store,
    Study,
    UnequalBudgets,
    budgets,
    collected,
    findings,
    problems,
    read_study,
    rivals,
    run_study,
)
from ravine.study.streams import MOST_SEED, ROOM, final_seeds, tune_seeds

SMALL: dict[str, Any] = {
    "networks": ("*-3:tanh-*",), "rules": ("sgd", "adam"), "data": ("camera",), "options": {"n": 120, "n_test": 40},
    "epochs": 1, "batch_sizes": (20,), "seeds": 3,
}  # fmt: skip


# Seeds ----------------------------------------------------------------------------------------------------------------


def test_studies_of_different_seeds_share_no_run() -> None:
    """Final and tuning seeds of a hundred neighbouring studies, and of the last ones possible: all are different."""
    seen: list[int] = []
    for seed in (*range(100), *range(MOST_SEED - 3, MOST_SEED + 1)):
        study = read_study(SMALL, seed=seed, seeds=40, tune_seeds=5)
        seen += [each for block in final_seeds(study) for each in block] + list(tune_seeds(study))
    assert len(set(seen)) == len(seen) == 104 * 45
    assert 0 <= min(seen) <= max(seen) < 2**32


def test_a_study_of_another_seed_trains_other_runs(tmp_path: Path) -> None:
    runs = [
        set(run_study(read_study(SMALL, seed=seed, tune=1), store=Store(tmp_path / str(seed))).members["seed"])
        for seed in (0, 1)
    ]
    assert not runs[0] & runs[1]


@pytest.mark.parametrize("data", ["digits", "xor", "camera"])
def test_the_seed_moves_the_test_part(data: str) -> None:
    """Of digits other examples, of what is drawn other draws; the same seed gives the same."""
    zero, again, one = (
        problems(read_study(SMALL, data=(data,), options={}, seed=seed))[0].dataset for seed in (0, 0, 1)
    )
    assert zero.test is not None
    assert again.test is not None
    assert one.test is not None
    assert zero.fingerprint == again.fingerprint
    assert zero.test.x.shape == one.test.x.shape
    assert not np.array_equal(zero.test.x, one.test.x)


def test_a_seed_given_for_the_data_stays() -> None:
    zero, one = (problems(read_study(SMALL, options={"seed": 7}, seed=seed))[0].dataset for seed in (0, 1))
    assert zero.test is not None
    assert one.test is not None
    assert np.array_equal(zero.test.x, one.test.x)


@pytest.mark.parametrize(("values", "said"), [
    ({"seed": MOST_SEED + 1}, f"seed must be at most {MOST_SEED}, got {MOST_SEED + 1}"),
    ({"seeds": ROOM + 1}, f"seeds x splits must be at most {ROOM}"),
    ({"grown": (3,)}, "grown must rise and stay below seeds=3"),
])  # fmt: skip
def test_seeds_beyond_the_room_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(RavineError, match=said):
        read_study(SMALL, **values)


def former(store: Store, study: Study) -> None:
    """The study as it was entered before there was a second protocol."""
    store.enter(study)
    file = store.home(study.name) / "study.toml"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith("protocol")))


def test_a_stored_study_goes_on_by_the_protocol_it_began_with(tmp_path: Path) -> None:
    """Its run seeds count from the study's seed on, those of tuning from 100,000 on, as they did when it began."""
    store, study = Store(tmp_path), read_study(SMALL, seed=4, tune=1)
    former(store, study)
    results = run_study(study, store=store)
    by_phase = {phase: set(results.members.filter(pl.col("phase") == phase)["seed"]) for phase in ("tune", "final")}
    assert by_phase == {"tune": {100_004}, "final": {4, 5, 6}}
    stored, again = collected("study", store)
    assert stored.protocol == 1
    assert again.members.equals(results.members, null_equal=True)
    told = findings(study, results)
    assert told.fingerprint == findings(stored, again).fingerprint, "the report is on the data that it was trained on"
    assert stored.mark == study.mark == read_study(SMALL, seed=4, tune=1, name="other").mark
    assert tomllib.loads((store.home("study") / "study.toml").read_text())["protocol"] == 1


# Budgets --------------------------------------------------------------------------------------------------------------


def test_rivals_try_as_many_settings_where_a_sweep_gives_some_more(tmp_path: Path) -> None:
    study = read_study(SMALL, tune=2, sweep={"b1": (0.8, 0.9, 0.95)})
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnequalBudgets)
        results = run_study(study, store=Store(tmp_path))
    tuned = results.members.filter(pl.col("phase") == "tune")
    assert dict(tuned.group_by("rival").agg(pl.col("setting").n_unique()).iter_rows()) == {"sgd": 6, "adam": 6}
    assert dict(findings(study, results).protocol)["tuning"] == "6 (sobol), 1 seeds"
    (problem,) = problems(study)
    assert budgets(study, rivals(study, problem)) == {"sgd": 6, "adam": 6}


def test_unequal_budgets_are_said_before_training_and_in_the_protocol(tmp_path: Path) -> None:
    study = read_study(SMALL, sweep={"b1": (0.8, 0.95)})
    with pytest.warns(UnequalBudgets, match=r"unequal numbers of settings \(sgd 1, adam 3\)"):
        results = run_study(study, store=Store(tmp_path))
    assert dict(findings(study, results).protocol)["tuning"] == "sgd 1, adam 3, 1 seeds"
    words = ["study", "camera", "--network", "*-3:tanh-*", "--rules", "sgd,adam", "--sweep", "b1=0.8,0.95", "--plan"]
    said = CliRunner().invoke(app, [*words, "--option", "n=60", "--runs", str(tmp_path / "none")]).output
    assert "Rivals try unequal numbers of settings: sgd 1, adam 3." in said.replace("\n", " ")


def test_the_protocol_counts_what_was_tried(tmp_path: Path) -> None:
    """Six settings drawn and the rule's own are seven."""
    study = read_study(SMALL, rules=("sgd",), tune=6)
    results = run_study(study, store=Store(tmp_path))
    assert dict(findings(study, results).protocol)["tuning"] == "7 (sobol), 1 seeds"


@pytest.mark.parametrize(("rules", "axis", "remedy"), [
    (("sgd",), "momentum", "name the rule that has it, momentum"),
    (("adam",), "weight_decay", "name the rule that has it, adamw"),
    (("rmsprop",), "momentum", "switch it on in .*, e.g. rmsprop:momentum=0.1"),
])  # fmt: skip
@pytest.mark.parametrize("where", ["sweep", "ranges"])
def test_a_number_that_is_off_cannot_be_swept(rules: tuple[str, ...], axis: str, remedy: str, where: str) -> None:
    """A number for it makes another rule: gradient descent with momentum would run under the name of sgd."""
    with pytest.raises(RavineError, match=f"{axis} is off in .*: {remedy}"):
        read_study(SMALL, rules=rules, **{where: {axis: (0.01, 0.9)}})


def test_a_rule_keeps_its_kind_beside_one_that_is_swept() -> None:
    study = read_study(SMALL, rules=("sgd", "momentum"), sweep={"momentum": (0.5, 0.9)}, tune=2)
    (problem,) = problems(study)
    sgd, momentum = rivals(study, problem)
    assert budgets(study, (sgd, momentum)) == {"sgd": 5, "momentum": 5}
