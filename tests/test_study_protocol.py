"""The protocol of a study: seeds that no two studies share, budgets that are equal or said not to be."""

from __future__ import annotations

import json
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from typer.testing import CliRunner

from ravine.cli.app import app
from ravine.core import RavineError
from ravine.stats import friedman, improvement_interval, pooled_iqm
from ravine.study import (
    Findings,
    LocalRunner,
    Store,
    Study,
    UnequalBudgets,
    budgets,
    edges,
    findings,
    load_results,
    merge_studies,
    problems,
    rank_splits,
    read_study,
    rivals,
    run_study,
)
from ravine.study.run_seeds import final_seeds, tune_seeds
from ravine.study.splits import split_means
from ravine.study.streams import MOST_SEED, ROOM
from ravine.view import edge_words, standings, study_report, study_verdict
from ravine.view.blocks import Table, Text
from ravine.view.study.tables import default_rows, standings_table

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
    """The study as it was entered before there was a second protocol, and before files carried digests."""
    store.enter(study)
    file = store.home(study.name) / "study.toml"
    new = ("protocol", "# ravine-sha256")
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith(new)))


def test_a_stored_study_goes_on_by_the_protocol_it_began_with(tmp_path: Path) -> None:
    """Its run seeds count from the study's seed on, those of tuning from 100,000 on, as they did when it began."""
    store, study = Store(tmp_path), read_study(SMALL, seed=4, tune=1)
    former(store, study)
    results = run_study(study, store=store)
    by_phase = {phase: set(results.members.filter(pl.col("phase") == phase)["seed"]) for phase in ("tune", "final")}
    assert by_phase == {"tune": {100_004}, "final": {4, 5, 6}}
    stored, again = load_results("study", store)
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
    assert set(findings(study, results).protocol.tried.values()) == {6}
    (problem,) = problems(study)
    assert budgets(study, rivals(study, problem)) == {"sgd": 6, "adam": 6}


def test_unequal_budgets_are_said_before_training_and_in_the_protocol(tmp_path: Path) -> None:
    study = read_study(SMALL, sweep={"b1": (0.8, 0.95)})
    with pytest.warns(UnequalBudgets, match=r"unequal numbers of settings \(sgd 1, adam 3\)"):
        results = run_study(study, store=Store(tmp_path))
    assert findings(study, results).protocol.tried == {"sgd": 1, "adam": 3}
    words = ["study", "camera", "--network", "*-3:tanh-*", "--rules", "sgd,adam", "--sweep", "b1=0.8,0.95", "--plan"]
    said = CliRunner().invoke(app, [*words, "--option", "n=60", "--runs", str(tmp_path / "none")]).output
    assert "Rivals try unequal numbers of settings: sgd 1, adam 3." in said.replace("\n", " ")


def test_the_protocol_counts_what_was_tried(tmp_path: Path) -> None:
    """Six settings drawn and the rule's own are seven."""
    study = read_study(SMALL, rules=("sgd",), tune=6)
    results = run_study(study, store=Store(tmp_path))
    assert set(findings(study, results).protocol.tried.values()) == {7}


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


# More seeds -----------------------------------------------------------------------------------------------------------


def files(store: Store) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in store.folder.glob("packs/*.parquet")}


def test_more_seeds_train_only_the_new_ones(tmp_path: Path) -> None:
    store, asked = Store(tmp_path / "grown"), []

    class Counting(LocalRunner):
        def run(self, packs: Any, *others: Any) -> None:
            asked.extend(packs)
            super().run(packs, *others)

    first = run_study(read_study(SMALL, tune=1), store=store)
    before = files(store)
    more = read_study(SMALL, tune=1, seeds=5)
    results = run_study(more, store=store, runner=Counting())
    after = files(store)
    assert {name: after[name] for name in before} == before
    (new,) = {pack.seeds for pack in asked}
    assert len(new) == 2
    assert not set(new) & set(first.members["seed"])
    # Bit for bit what a study has that asked for five from the start: a member does not depend on those beside it.
    whole = run_study(more, store=Store(tmp_path / "whole"))
    columns = ["problem", "rival", "phase", "seed", "measure", "score"]
    assert results.members.select(columns).sort(columns).equals(whole.members.select(columns).sort(columns))
    grown = findings(more, results).protocol
    assert (grown.seeds, grown.grown_from) == (5, 3)
    assert store.study("study").grown == (3,)
    again = run_study(more, store=store, runner=LocalRunner())
    assert again.members.equals(results.members, null_equal=True)
    assert files(store) == after


WORDS = ["study", "camera", "--network", "*-3:tanh-*", "--rules", "sgd,adam", "--batch", "20", "--epochs", "1",
         "--option", "n=120", "--option", "n_test=40", "--quiet"]  # fmt: skip


def call(*words: str) -> str:
    done = CliRunner().invoke(app, [*WORDS, *words] if words[0].startswith("-") else list(words))
    if isinstance(done.exception, RavineError):
        raise done.exception
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    return done.output


@pytest.mark.slow
def test_the_same_command_with_more_seeds_goes_on_in_the_same_folder(tmp_path: Path) -> None:
    for seeds in ("3", "4", "4"):
        call("--seeds", seeds, "--runs", str(tmp_path))
    store = Store(tmp_path)
    (name,) = store.studies()
    assert (store.study(name).seeds, store.study(name).grown) == (4, (3,))


def test_studies_are_compared_over_the_seeds_that_both_have(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run_study(read_study(SMALL, name="three", rules=("sgd",)), store=store)
    four = run_study(read_study(SMALL, name="four", rules=("adam",), seeds=4), store=store)
    made = merge_studies(("three", "four"), store)
    ((_, ranking),) = made.rankings
    assert ranking.runs == {"three: sgd": 3, "four: adam": 3}
    kept = made.members.filter(pl.col("rival") == "four: adam").sort("seed")
    assert set(kept["seed"]) == set(final_seeds(read_study(SMALL))[0])
    assert set(kept["measure"]) <= set(four.members["measure"])
    with pytest.raises(RavineError, match="they differ in epochs"):
        run_study(read_study(SMALL, name="long", epochs=2), store=store)
        merge_studies(("three", "long"), store)


# Splits ---------------------------------------------------------------------------------------------------------------


def test_a_study_on_several_splits_is_decided_over_them(tmp_path: Path) -> None:
    study = read_study(SMALL, splits=3, seeds=2, tune=1)
    results = run_study(study, store=Store(tmp_path))
    parts = problems(study)
    assert len({each.dataset.fingerprint for each in parts}) == 3
    final = results.members.filter(pl.col("phase") == "final")
    assert final.height == 2 * 3 * 2
    assert final.filter(pl.col("rival") == "sgd")["seed"].n_unique() == 6
    own = final.filter(pl.col("rival") == "sgd")
    by_hand = [np.mean(own.filter(pl.col("split") == split)["measure"].to_list()) for split in range(3)]
    np.testing.assert_allclose(results.values("camera")["sgd"], by_hand, rtol=1e-12)
    made = findings(study, results)
    ((_, ranking),) = made.rankings
    assert (ranking.unit, ranking.runs) == ("split", {"sgd": 3, "adam": 3})
    assert made.protocol.splits == 3
    assert "This holds over 3 splits of the data" in study_verdict(made)
    assert "3 podziałach" in study_verdict(made, "pl")
    assert study_report(made)
    assert study_report(made, "pl")
    training = standings_table(replace(made, goal=("validation_accuracy", 0.0)), "camera", ranking, "en", "training")
    assert "not reached" not in str(training.rows), "all six runs of each arrived, on three splits"


def test_what_tuning_brought_is_told_where_only_some_splits_were_tuned() -> None:
    """On the split where the rule's own setting was chosen there is no other run by default, and nothing was gained."""
    rows = [
        {"phase": phase, "rival": "sgd", "problem": "xor", "split": split, "seed": 10 * split + seed, "measure": value}
        for phase, split, value in (
            ("final", 0, 0.9), ("final", 1, 0.8), ("final", 2, 0.7), ("default", 0, 0.6), ("default", 2, 0.6),
        )
        for seed in (0, 1)
    ]  # fmt: skip
    ranking = rank_splits({"sgd": [0.9, 0.8, 0.7], "adam": [0.5, 0.5, 0.6]}, 0.0)
    told = Findings(
        "t",
        "",
        "test_accuracy",
        True,
        0.95,
        (("xor", ranking),),
        pl.DataFrame(rows),
        pl.DataFrame(),
        None,
        "",
        splits=3,
    )
    ((name, plain, tuned, gain, _),) = default_rows(told, "xor", ranking, "en")
    # Means over the splits: (.6 + .8 + .6) / 3, (.9 + .8 + .7) / 3, and their difference.
    assert (name, plain[:5], tuned[:3], gain[:4]) == ("sgd", "0.67 ", "0.8", "0.13")


def test_the_interval_over_splits_is_that_of_nadeau_and_bengio() -> None:
    """By hand: s^2 (1 / k + n_test / n_train), Student's quantile with k - 1 degrees of freedom."""
    a, b = np.array([0.91, 0.90, 0.93, 0.89, 0.92]), np.array([0.88, 0.89, 0.88, 0.87, 0.90])
    for ratio in (0.0, 0.25):
        d = a - b
        error = d.std(ddof=1) * np.sqrt(1 / 5 + ratio)
        half = stats.t.ppf(0.975, 4) * error
        each = rank_splits({"a": a, "b": b}, ratio).between("a", "b")
        np.testing.assert_allclose([each.interval.low, each.interval.high], [d.mean() - half, d.mean() + half])
        np.testing.assert_allclose(each.p, 2 * stats.t.sf(abs(d.mean()) / error, 4))


@pytest.mark.parametrize(("ratio", "cuts"), [(0.25, 20), (1.0, 10)])
def test_ranks_over_splits_that_share_examples_decide_no_more_often_than_stated(ratio: float, cuts: int) -> None:
    """Simulated: no difference but one lost run, results of two cuts correlated as Nadeau and Bengio take them to be.

    Plain ranks find a winner in 34 % and 30 % of such studies.
    """
    rng, rho, false, many = np.random.default_rng(0), ratio / (1 + ratio), 0, 300
    for _ in range(many):
        a = 0.9 + 0.01 * (rng.normal() * np.sqrt(rho) + rng.normal(size=cuts) * np.sqrt(1 - rho))
        b = np.full(cuts, 0.9)
        (a if rng.random() < 0.5 else b)[rng.integers(cuts)] = np.nan
        each = rank_splits({"a": a, "b": b}, ratio).between("a", "b")
        assert (each.interval.low > 0 or each.interval.high < 0) == (each.p <= 0.05)
        false += each.p <= 0.05
    # Stated 5 %; three standard errors of 300 draws above it.
    assert false / many <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / many)


def test_a_rival_lost_on_every_split_is_told_apart() -> None:
    fine, lost = list(np.linspace(0.8, 0.9, 12)), [np.nan] * 12
    made = rank_splits({"a": fine, "b": lost}, 0.25)
    # By hand: z of 2^-12 is 3.489; over sqrt(1 + 11 * 6 / pi * arcsin(.1)) it is 1.977, and its p .048.
    np.testing.assert_allclose(made.between("a", "b").p, 0.048, atol=5e-4)
    assert made.winner == "a"


def test_a_split_that_lost_a_run_is_lost() -> None:
    runs = pl.DataFrame({"split": [1, 0, 1, 0], "measure": [None, 0.5, 0.9, 0.7]})
    np.testing.assert_allclose(split_means(runs), [0.6, np.nan])


def test_data_whose_test_part_is_fixed_have_one_split() -> None:
    with pytest.raises(RavineError, match="its test part is fixed"):
        problems(read_study(SMALL, options={"seed": 1}, splits=2))
    with pytest.raises(RavineError, match="knows nothing of splits"):
        read_study(SMALL, splits=3, test="wilcoxon")


def test_one_split_says_so(tmp_path: Path) -> None:
    study = read_study(SMALL)
    made = findings(study, run_study(study, store=Store(tmp_path)))
    assert study_verdict(made).endswith("This holds on this split of the data, with these settings.")
    assert study_verdict(made, "pl").endswith("Dotyczy to tego podziału danych i tych ustawień.")


# Goals, the test that decides -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_problem_may_have_a_goal_of_its_own(tmp_path: Path) -> None:
    study = read_study(SMALL, data=("xor", "moons"), options={"n": 60}, goal={"xor": 0.0, "moons": 1.5}, seeds=3)
    made = findings(study, run_study(study, store=Store(tmp_path)))
    reached = dict(standings(made).group_by("problem").agg(pl.col("reached").sum()).iter_rows())
    assert reached == {"xor": 6, "moons": 0}
    with pytest.raises(RavineError, match="unknown data set of a goal 'mons': did you mean 'moons'"):
        read_study(SMALL, data=("xor", "moons"), goal={"mons": 0.5})


@pytest.mark.slow
def test_goal_and_test_are_given_on_the_command_line(tmp_path: Path) -> None:
    call("--seeds", "6", "--goal", "camera=0.1", "--test", "permutation", "--runs", str(tmp_path), "--name", "one")
    study, results = load_results("one", Store(tmp_path))
    assert (study.goal, study.test) == ({"camera": 0.1}, "permutation")
    ((_, ranking),) = findings(study, results).rankings
    assert {each.test for each in ranking.comparisons} == {"permutation"}
    with pytest.raises(RavineError, match="write a number, or name=number"):
        call("--goal", "camera=high", "--runs", str(tmp_path))
    with pytest.raises(RavineError, match="test: input should be 't'"):
        call("--test", "z", "--runs", str(tmp_path))


# What the report says of runs and settings ----------------------------------------------------------------------------


def test_a_best_setting_at_the_end_of_its_range_is_warned_of(tmp_path: Path) -> None:
    """Three epochs of four steps: the highest of these rates is the best by far, for all others hardly move."""
    rates = "learning_rate=1e-6,1e-5,1e-4,1"
    said = call("--seeds", "3", "--rules", "sgd", "--sweep", rates, "--runs", str(tmp_path), "--name", "edge")
    assert "Chosen at the end of what was tried: sgd: learning_rate 1 (highest)" in said.replace("\n", " ")
    made = findings(*load_results("edge", Store(tmp_path)))
    assert [(each.axis, each.side) for each in edges(made.members)] == [("learning_rate", "highest")]
    assert "sgd: learning_rate 1 (najwyższa wartość)" in " ".join(edge_words(made, "pl"))
    inside = made.members.with_columns(pl.col("setting").replace('{"learning_rate": 1.0}', '{"learning_rate": 1e-5}'))
    assert not [each for each in edges(inside) if each.side == "highest" and each.value == 1.0]


@pytest.mark.slow
def test_the_csv_holds_the_runs_with_their_settings_as_columns(tmp_path: Path) -> None:
    call("--seeds", "3", "--tune", "2", "--runs", str(tmp_path), "--name", "one")
    call("runs", "export", "one", "--to", "csv", "--out", str(tmp_path / "csv"), "--runs", str(tmp_path))
    read = pl.read_csv(tmp_path / "csv" / "runs.csv")
    members = load_results("one", Store(tmp_path))[1].members
    assert read.height == members.height
    settings = [json.loads(text) for text in members["setting"]]
    assert read["set_learning_rate"].to_list() == [each.get("learning_rate") for each in settings]
    assert read["set_b1"].null_count() > 0, "sgd has none"


def test_the_report_tells_how_runs_are_spread(tmp_path: Path) -> None:
    """Against numpy and scipy on the numbers of the members."""
    study = read_study(SMALL, seeds=6)
    made = findings(study, run_study(study, store=Store(tmp_path)))
    row = standings(made).filter(pl.col("rival") == "sgd").row(0, named=True)
    own = made.members.filter((pl.col("rival") == "sgd") & (pl.col("phase") == "final"))
    values, train = own["measure"].to_numpy(), own["accuracy"].to_numpy()
    np.testing.assert_allclose(row["iqm"], stats.trim_mean(values, 0.25))
    np.testing.assert_allclose([row["median"], row["q05"], row["q95"]], np.quantile(values, [0.5, 0.05, 0.95]))
    np.testing.assert_allclose(row["gap"], (train - values).mean(), atol=1e-12)
    wilson = stats.binomtest(0, 6).proportion_ci(0.95, "wilson")
    np.testing.assert_allclose([row["diverged_low"], row["diverged_high"]], [wilson.low, wilson.high], atol=1e-12)
    tables = [block for chapter in study_report(made).chapters for block in chapter.blocks if isinstance(block, Table)]
    assert any("Middle half" in table.columns for table in tables)
    assert study_report(made, "pl")


def test_the_interval_of_the_probability_of_improvement_covers_it() -> None:
    """800 pairs of normal samples of ten each, d apart: the truth is Phi(d / sqrt 2), three standard errors .023."""
    rng = np.random.default_rng(3)
    for apart in (0.0, 1.0, 2.0):
        truth, hits = stats.norm.cdf(apart / np.sqrt(2)), 0
        for _ in range(800):
            a, b = rng.normal(apart, 1, 10), rng.normal(0, 1, 10)
            made = improvement_interval(float((a[:, None] > b).mean()), 10)
            hits += made.low <= truth <= made.high
        assert hits / 800 > 0.927
    for seen, n in ((0.3, 4), (1.0, 5), (0.0, 3)):
        one, turned = improvement_interval(seen, n), improvement_interval(1 - seen, n)
        np.testing.assert_allclose([one.low, one.high], [1 - turned.high, 1 - turned.low], atol=1e-8)


# Several data sets ----------------------------------------------------------------------------------------------------


def test_ranks_over_data_sets_are_those_of_friedman_and_nemenyi() -> None:
    """Ranks by hand; the critical values at .05 of Demsar (2006, table 5a): 2.343, 2.569, 2.728 for 3, 4, 5 rivals."""
    made = friedman({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.7, np.nan], "c": [0.5, 0.9, 0.6], "d": [0.1, 0.2, 0.3]})
    # Columns: 1.5 1.5 3 4, then 2 3 1 4, then 1 4 2 3, where b lost its runs.
    by_hand = {"a": 4.5 / 3, "c": 6 / 3, "b": 8.5 / 3, "d": 11 / 3}
    assert list(made.ranks) == list(by_hand)
    np.testing.assert_allclose(list(made.ranks.values()), list(by_hand.values()))
    placed = np.array([[1.5, 2, 1], [1.5, 3, 4], [3, 1, 2], [4, 4, 3]])
    np.testing.assert_allclose(made.p, stats.friedmanchisquare(*placed).pvalue)
    for k, q in ((3, 2.343), (4, 2.569), (5, 2.728)):
        scores = {str(place): [1.0 - place, 0.5 - place] * 7 for place in range(k)}
        told = friedman(scores)
        assert told.critical == pytest.approx(q * np.sqrt(k * (k + 1) / (6 * 14)), abs=0.001)
        assert told.differ
        assert all(told.ranks[group[-1]] - told.ranks[group[0]] < told.critical for group in told.groups)
    assert friedman({name: [0.5, 0.7] for name in "abc"}).p == 1.0


def test_the_pooled_interquartile_mean_is_that_of_scipy() -> None:
    """Against scipy's bootstrap, in which each data set is a sample of its own: the same mean, ends to resampling."""
    rng = np.random.default_rng(1)
    runs = [rng.normal(0.9, 0.02, 12), rng.normal(0.7, 0.05, 12), rng.normal(0.8, 0.03, 12)]

    def statistic(*parts: Any, axis: int = -1) -> Any:
        return stats.trim_mean(np.concatenate(parts, axis=-1), 0.25, axis=-1)

    theirs = stats.bootstrap(runs, statistic, n_resamples=9999, method="percentile", rng=rng).confidence_interval
    ours = pooled_iqm(runs)
    assert ours.mean == pytest.approx(stats.trim_mean(np.concatenate(runs), 0.25))
    # An end is a quantile of 9999 draws: its own standard error is about 2 % of the width.
    np.testing.assert_allclose([ours.low, ours.high], theirs, atol=0.08 * (ours.high - ours.low))
    assert pooled_iqm([[0.9, 0.9, 0.9, np.nan, 0.9]]).mean == pytest.approx(0.9)


def test_a_study_of_several_data_sets_has_a_verdict_over_them(tmp_path: Path) -> None:
    study = read_study(SMALL, data=("xor", "moons"), options={"n": 60}, rules=("sgd", "adam", "momentum"))
    made = findings(study, run_study(study, store=Store(tmp_path)))
    for language, said in (("en", "Over 2 data sets the ranks of the rivals"), ("pl", "Rang rywali")):
        (chapter,) = [each for each in study_report(made, language).chapters if each.slug == "problems"]
        kinds = {getattr(block, "id", type(block).__name__) for block in chapter.blocks}
        assert {"ranks", "Table", "Text"} <= kinds
        (text,) = [block for block in chapter.blocks if isinstance(block, Text)]
        assert said in text.markdown
