"""Evidence that agrees with itself: tests, intervals, plans, and what is said of lost runs and of equality."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from scipy import stats
from typer.testing import CliRunner

from ravine.cli.app import app
from ravine.core import RavineError
from ravine.stats import compare, detectable, effect_range, holm, outlook, rank, seeds_for, seeds_needed
from ravine.stats.intervals import wilson
from ravine.stats.shifts import paired_flips, paired_ranks, paired_t, unpaired_ranks, unpaired_sides, unpaired_t
from ravine.stats.significance import holm_divisors, paired_shift, unpaired_shift
from ravine.study import FewSeeds, Findings, Store, findings, read_study, run_study
from ravine.view import standings, study_report, study_verdict
from ravine.view.study.figures import across
from ravine.view.study.tables import pairs_table, standings_table
from study_sample import findings as imagined

NAN, INF = math.nan, math.inf
TESTS = ["t", "wilcoxon", "permutation"]
VALUES = st.lists(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.1, 0.3, 1.0, 1.0, 2.0, 5.0]), min_size=3, max_size=9)


# A test and its interval ----------------------------------------------------------------------------------------------


@given(VALUES, st.sampled_from(TESTS), st.sampled_from([0.5, 0.8, 0.95, 0.99]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_an_interval_leaves_out_what_its_test_rejects(values, test, level, lose):
    """With ties, zeros and lost runs, at every shift: what lies inside is not rejected, what lies outside is."""
    d = np.array(values)
    if lose:
        d[0], test = (INF if d[1] > 0 else -INF), "wilcoxon"
    made = paired_shift(d, test)
    low, high = made.ends(level)
    assert (made.p <= 1 - level + 1e-9) == (low > 0 or high < 0)
    for end, inside in ((low, 1), (high, -1)):
        if math.isfinite(end) and low < high:
            # A hundredth of the step between values: no candidate lies in between.
            assert paired_shift(d - (end - 0.001 * inside), test).p <= 1 - level + 1e-9
            assert paired_shift(d - (end + 0.001 * inside), test).p > 1 - level - 1e-3


@given(VALUES, VALUES, st.sampled_from(TESTS), st.sampled_from([0.5, 0.8, 0.95]))
@settings(max_examples=100, deadline=None)
def test_an_interval_leaves_out_what_its_test_rejects_unpaired(ours, theirs, test, level):
    made = unpaired_shift(np.array(ours), np.array(theirs), test)
    low, high = made.ends(level)
    assert (made.p <= 1 - level + 1e-9) == (low > 0 or high < 0)


def test_intervals_against_scipy():
    rng = np.random.default_rng(3)
    d, x, y = rng.normal(0.5, 1, 8), rng.normal(0.5, 1, 6), rng.normal(0, 2, 7)
    found = stats.ttest_1samp(d, 0).confidence_interval(0.9)
    assert paired_t(d).ends(0.9) == pytest.approx((found.low, found.high), rel=1e-12)
    assert paired_t(d).p == pytest.approx(stats.ttest_1samp(d, 0).pvalue, rel=1e-12)
    found = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.9)
    assert unpaired_t(x, y).ends(0.9) == pytest.approx((found.low, found.high), rel=1e-12)
    # Tests of ranks and signs have no interval in scipy: on either side of an end scipy's own p lies on either side.
    cases = [
        (paired_ranks(d), lambda shift: stats.wilcoxon(d - shift, method="exact").pvalue),
        (paired_flips(d), lambda shift: stats.permutation_test(
            (d - shift,), np.mean, permutation_type="samples", vectorized=True).pvalue),
        (unpaired_ranks(x, y), lambda shift: stats.mannwhitneyu(x - shift, y, method="exact").pvalue),
        (unpaired_sides(x, y), lambda shift: stats.permutation_test(
            (x - shift, y), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True).pvalue),
    ]  # fmt: skip
    for made, p in cases:
        low, high = made.ends(0.9)
        assert made.p == pytest.approx(p(0.0), rel=1e-9)
        for end, inside in ((low, 1e-6), (high, -1e-6)):
            assert p(end - inside) <= 0.1 + 1e-9 < p(end + inside)


def test_ranks_by_hand():
    """Three wins by a finite difference and three against a lost run, of six: 2 * 2^-6; of five, 2 * 2^-5 > 0.05."""
    x, y = [0.9, 0.91, 0.92, 0.9, 0.9, 0.9], [0.8, 0.8, 0.8, NAN, NAN, NAN]
    made = compare("a", x, "b", y)
    assert (made.test, made.p, made.better, made.difference) == ("wilcoxon", 2 / 64, "a", INF)
    assert made.interval.bounds == (pytest.approx(0.1), INF)
    five = compare("a", x[1:], "b", y[1:])
    assert (five.p, five.better, five.reachable, five.interval.bounds) == (2 / 32, None, False, None)


def test_large_samples_use_the_normal_distribution_which_is_near():
    """Counts of 101 seeds against the exact distribution of 100: neighbours whose tails agree to 0.005."""
    rng = np.random.default_rng(0)
    d = rng.normal(0.2, 1.0, 140)
    assert paired_ranks(d).p == pytest.approx(stats.wilcoxon(d, method="approx", correction=True).pvalue, abs=1e-3)
    x, y = rng.normal(0.2, 1, 120), rng.normal(0, 1, 110)
    assert unpaired_ranks(x, y).p == pytest.approx(stats.mannwhitneyu(x, y, method="asymptotic").pvalue, abs=1e-3)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_holms_divisors_decide_as_holm(p):
    parts = holm_divisors(p, 0.05)
    assert [each * part <= 0.05 + 1e-12 for each, part in zip(p, parts, strict=True)] == [
        bool(each <= 0.05 + 1e-12) for each in holm(p)
    ]


# Coverage, false winners, power ---------------------------------------------------------------------------------------


def drawn(rng: Any, kind: str, shape: tuple[int, ...]) -> Any:
    plain = rng.normal(size=shape)
    match kind:
        case "lognormal":
            return rng.lognormal(0.0, 1.0, shape)
        case "t3":
            return rng.standard_t(3, shape)
        case "ties":
            return np.round(plain)
        case "crashes":
            return np.where(rng.random(shape) < 0.15, NAN, plain)
        case "garbage":
            return np.where(rng.random(shape) < 0.15, plain - 20.0, plain)
    return plain


def covers(kind: str, n: int, studies: int) -> float:
    rng, count = np.random.default_rng(n), 0
    for _ in range(studies):
        x, y = drawn(rng, kind, (2, n))
        low, high = compare("a", x + 0.7, "b", y).interval.bounds or (-INF, INF)
        count += low - 1e-9 <= 0.7 <= high + 1e-9
    return count / studies


@pytest.mark.parametrize("kind", ["normal", "crashes"])
def test_intervals_of_few_seeds_cover(kind):
    """BCa covers 0.83 of normal differences at n = 5; 300 studies of 95 % give fewer than 0.905 once in a thousand."""
    assert covers(kind, 5, 300) >= stats.binom.ppf(0.001, 300, 0.95) / 300


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "lognormal", "t3", "ties", "garbage", "crashes"])
def test_intervals_cover_what_they_promise(kind):
    """At 3, 5, 10 and 30 seeds. Differences rounded to about their own spread cover 0.94 at worst (docs/studies.md)."""
    promised = 0.94 if kind == "ties" else 0.95
    for n in (3, 5, 10, 30):
        assert covers(kind, n, 2000) >= stats.binom.ppf(0.001, 2000, promised) / 2000, n


def named_winners(kind: str, studies: int, n: int, lead: Any) -> list[str | None]:
    rng = np.random.default_rng(11)
    lead = np.asarray(lead)[:, None]
    return [
        rank(dict(zip("abcdefgh", drawn(rng, kind, (len(lead), n)) + lead, strict=False))).winner
        for _ in range(studies)
    ]  # fmt: skip


def test_a_leader_clear_of_each_wins_without_a_correction():
    """Holm's correction over all six pairs leaves a power of 0.28 here with signs; each pair at 5 % has 0.89."""
    made = named_winners("normal", 150, 8, np.array([1.5, 0, 0, 0]) * math.sqrt(2))
    # 3.1 standard errors of 150 studies below the 0.88 of 4,000.
    assert made.count("a") / 150 >= 0.80
    assert set(made) <= {"a", None}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "lognormal", "t3", "ties", "garbage", "crashes"])
@pytest.mark.parametrize("lead", [(0, 0), (0, 0, -30, -30), (0, 0, 0, 0)])
def test_false_winners_are_rare(kind, lead):
    """The worst case is two equal rivals ahead of all others. Rounding to the spread itself costs 0.061 (measured)."""
    risk = 0.062 if kind == "ties" else 0.05
    for n in (3, 8):
        false = sum(name is not None for name in named_winners(kind, 600, n, lead))
        assert false <= stats.binom.ppf(0.999, 600, risk), n


# Plans ----------------------------------------------------------------------------------------------------------------


def test_what_seeds_can_find_is_the_inverse_of_the_seeds_it_takes():
    for n in (3, 5, 10, 40):
        least = detectable(n)
        assert seeds_needed(least * 1.001) == n
        assert seeds_needed(least * 0.999) == n + 1
    t = stats.ttest_1samp(np.random.default_rng(1).normal(detectable(8), 1, (4000, 8)), 0, axis=1)
    # Power 0.8, within 3 standard errors of 4,000 studies.
    assert np.mean(t.pvalue <= 0.05) == pytest.approx(0.8, abs=0.019)


def test_the_range_of_an_effect_is_that_of_the_noncentral_t():
    for effect, n in ((0.5, 10), (2.0, 4), (0.0, 6), (-1.0, 8)):
        low, high = effect_range(effect, n, 0.9)
        t = effect * math.sqrt(n)
        assert stats.nct.cdf(t, n - 1, low * math.sqrt(n)) == pytest.approx(0.95, abs=1e-6)
        assert stats.nct.cdf(t, n - 1, high * math.sqrt(n)) == pytest.approx(0.05, abs=1e-6)
    with pytest.raises(RavineError, match="must be finite"):
        effect_range(INF, 5)


def test_pilots_of_ten_seeds_hold_the_truth_in_their_range():
    """34 seeds are needed at d = 0.5; single guesses go from 9 to over 10,000, 80 % of the ranges hold 34."""
    rng, held, guesses = np.random.default_rng(5), 0, []
    for _ in range(400):
        made = seeds_for(rng.normal(0.5, 1, 10), np.zeros(10), "t")
        guesses.append(made.likely or 10_001)
        held += (made.low or 10_001) <= 34 <= (made.high or INF)
    assert min(guesses) < 15
    assert max(guesses) > 1000
    # 3 standard errors of 400 pilots: 0.06.
    assert held / 400 == pytest.approx(0.8, abs=0.06)


def test_seeds_needed_count_lost_runs():
    """The runs that both finished differ by nothing; but one rival loses half of its runs, and that will show."""
    x, y = np.full(8, 0.9), np.array([0.9, 0.9, 0.9, 0.9, NAN, NAN, NAN, NAN])
    made = compare("steady", x, "wild", y)
    assert (made.better, made.test) == (None, "wilcoxon")
    assert made.needed is not None
    # 22 of 28 means of two seeds lie above 0, 6 at 0.
    spread = 2 * math.sqrt(22 / 28 * 6 / 28)
    expected = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8) * spread) ** 2 / (3 * (22 / 28 - 0.5) ** 2)
    assert made.needed == math.ceil(expected)
    # So many seeds do find it, though with half of the differences at 0 the normal approximation is a rough one.
    rng = np.random.default_rng(2)
    lose = [np.where(rng.random(made.needed) < 0.5, NAN, 0.9) for _ in range(300)]
    found = np.mean([compare("a", np.full(made.needed, 0.9), "b", each).better == "a" for each in lose])
    assert 0.6 <= found <= 0.95


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_wilsons_interval_is_scipys(share):
    found = stats.binomtest(round(share * 20), 20).proportion_ci(0.8, method="wilson")
    assert wilson(share, 20, 0.8) == pytest.approx((found.low, found.high), abs=1e-12)


# Equality -------------------------------------------------------------------------------------------------------------


@given(VALUES, st.sampled_from([0.5, 1.0, 2.0, 4.0]))
@settings(max_examples=80, deadline=None)
def test_equal_is_what_two_one_sided_tests_find(values, margin):
    d = np.array(values)
    if np.ptp(d) == 0:
        return
    both = [
        stats.ttest_1samp(d, -margin, alternative="greater").pvalue,
        stats.ttest_1samp(d, margin, alternative="less").pvalue,
    ]
    if abs(max(both) - 0.05) > 1e-9:
        assert compare("a", d, "b", np.zeros(len(d)), margin=margin).equal == (max(both) < 0.05)
    assert not compare("a", d, "b", np.zeros(len(d))).equal, "without a margin nothing is shown to be equal"


def told(scores: Any, **options: Any) -> Findings:
    rows = [
        {"phase": "final", "problem": "p", "rival": name, "seed": seed, "measure": None if math.isnan(value) else value}
        for name, values in scores.items()
        for seed, value in enumerate(values)
    ]
    ranked = rank(scores, **options)
    return Findings(
        "t", "", "test_accuracy", True, 0.95, (("p", ranked),), pl.DataFrame(rows), pl.DataFrame(), None, ""
    )


def test_equality_is_said_where_it_was_shown_and_nowhere_else():
    noise = np.array([0.0, 0.001, -0.001, 0.0, 0.001, -0.001])
    scores = {"a": 0.9 + noise, "b": 0.9 + noise[::-1]}
    without, within = study_verdict(told(scores)), study_verdict(told(scores, margin=0.01))
    assert "qual" not in without
    assert "cannot tell whether they differ at all" in without
    assert "Shown to be equal to a within 0.01: b." in within
    assert "Wykazano równość z a z dokładnością do 0,01: b." in study_verdict(told(scores, margin=0.01), "pl")
    assert "equal" not in study_verdict(told(scores, margin=0.0005))
    with pytest.raises(RavineError, match="margin"):
        rank(scores, margin=-1.0)
    with pytest.raises(RavineError, match="margin"):
        read_study({"networks": ["4-3:softmax"], "rules": ["sgd"]}, margin=0.0)


# What the report says -------------------------------------------------------------------------------------------------


def test_no_table_contradicts_itself():
    """Rivals near and far, some with lost runs: 'yes' stands beside an interval clear of 0, and only there."""
    rng, seen = np.random.default_rng(9), set()
    for _ in range(40):
        n = int(rng.integers(2, 11))
        scores = {name: rng.normal(rng.normal(0, 0.7), 1, n) for name in "abcd"}
        if rng.random() < 0.5:
            scores["d"][rng.random(n) < 0.3] = NAN
        made = told(scores)
        ranking = made.rankings[0][1]
        table = standings_table(made, "p", ranking, "en", "evidence")
        column = table.columns.index("Separated")
        for row, other in zip(table.rows[1:], ranking.order[1:], strict=True):
            each = ranking.between(ranking.leader, other)
            clear = each.interval.bounds is not None and (each.interval.low > 0 or each.interval.high < 0)
            assert (row[column] == "yes") == clear == (each.p <= 0.05)
            seen.add((row[column], each.test))
        pairs = pairs_table(ranking, "en", 9)
        for row in pairs.rows:
            each = ranking.between(row[0], row[1])
            clear = each.joint.bounds is not None and (each.joint.low > 0 or each.joint.high < 0)
            assert (row[-1] == "yes") == clear == (each.p_holm <= 0.05)
        if ranking.winner is not None:
            assert all(row[column] == "yes" for row in table.rows[1:])
            assert not any(ranking.winner in row[:2] for row in pairs.rows), "of the winner all has been said"
            assert ranking.best == (ranking.winner,)
    assert seen >= set(itertools.product(["yes", "cannot tell"], ["t", "wilcoxon"]))


def test_runs_that_never_arrive_count_in_the_median():
    """Goals at 10, 20, 40 and 60 steps and one never: 40 of five, where the four that arrived have 30."""
    whole = imagined(lost=False)
    steps = {0: 10, 1: 20, 2: 40, 3: 60, 4: None}
    rows = [
        {"phase": "final", "problem": "digits", "rival": name, "seed": seed, "member": f"{name}{seed}", "epoch": epoch,
         "step": 10 * epoch, "seconds": 0.1 * epoch,
         "validation_accuracy": 0.95 if at is not None and 10 * epoch >= at and name == "adam" else 0.1}
        for name in ("adam", "sgd") for seed, at in steps.items() for epoch in range(1, 7)
    ]  # fmt: skip
    scores = {"adam": np.arange(5) / 100 + 0.9, "sgd": np.arange(5) / 100 + 0.1}
    made = replace(whole, curves=pl.DataFrame(rows), rankings=(("digits", rank(scores)),))
    table = {row["rival"]: row for row in standings(made).iter_rows(named=True)}
    assert (table["adam"]["steps_to_goal"], table["adam"]["reached"]) == (40, 4)
    assert (table["sgd"]["steps_to_goal"], table["sgd"]["reached"]) == (INF, 0)
    training = standings_table(made, "digits", made.rankings[0][1], "en", "training")
    cells = [row[training.columns.index("Steps to the goal")] for row in training.rows]
    assert cells == ["40 (not reached by 1 of 5)", "not reached by 5 of 5"]


def test_a_profile_counts_lost_runs():
    """Nine of ten runs lost, the tenth perfect: that is no solution of the problem, on either of two."""
    steady, wild = np.full(10, 0.9), np.array([1.0] + [NAN] * 9)
    rows = [
        {"phase": "final", "problem": problem, "rival": name, "seed": seed,
         "measure": None if math.isnan(value) else value}
        for problem in ("one", "two") for name, values in (("steady", steady), ("wild", wild))
        for seed, value in enumerate(values.tolist())
    ]  # fmt: skip
    ranked = rank({"steady": steady, "wild": wild})
    made = Findings("t", "", "test_accuracy", True, 0.95, (("one", ranked), ("two", ranked)), pl.DataFrame(rows),
                    pl.DataFrame(), None, "")  # fmt: skip
    key = [text.get_text() for text in across(made, "en")[0].figure.legends[0].get_texts()]
    assert key == ["steady: 1.00", "wild: 0.00"]


def test_rivals_that_are_the_same_keep_their_rows(tmp_path: Path):
    base = {"networks": ("*-4:tanh-*",), "rules": ("adam", "adam:0.001"), "data": ("camera",), "epochs": 2,
            "options": {"n": 120, "n_test": 40}, "batch_sizes": (20,), "seeds": 3, "tune": 2, "goal": 0.0}  # fmt: skip
    study, status = read_study(base), []

    def told(each):
        status.append((each.packs_done, each.packs))

    results = run_study(study, store=Store(tmp_path), progress=told)
    values = results.values("camera")
    assert list(values) == ["adam", "adam:0.001"]
    assert values["adam"].tolist() == values["adam:0.001"].tolist()
    assert results.members["member"].n_unique() == results.members.height
    assert status[-1][0] == status[-1][1], "a pack that two rivals share is one pack"
    made = findings(study, results)
    assert [row["reached"] for row in standings(made).iter_rows(named=True)] == [3, 3]
    assert "Their results are the same, seed by seed." in study_verdict(made)
    assert study_report(made)


# Before anything is trained -------------------------------------------------------------------------------------------


def test_too_few_seeds_are_named_before_training(tmp_path: Path):
    study = read_study({"networks": ["*-4:tanh-*"], "rules": ["sgd", "adam"], "data": ["camera"]}, seeds=2, epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", FewSeeds)
        with pytest.raises(FewSeeds, match=r"seeds=2 can never name a winner at level 0\.95.*give at least 3"):
            run_study(study, store=Store(tmp_path))
    assert not list(tmp_path.iterdir()), "nothing was entered, nothing trained"
    assert outlook(2).hopeless
    assert not outlook(3).hopeless


@pytest.mark.parametrize(("seeds", "said"), [
    ("2", "2 seeds can never name a winner, whatever they show: give at least 3, better 10."),
    ("5", "5 seeds find with a chance of 80% a difference of 1.7 times its standard deviation over seeds. If runs"),
])  # fmt: skip
def test_the_command_line_says_what_seeds_can_show(seeds: str, said: str, tmp_path: Path):
    words = ["study", "camera", "--network", "*-4:tanh-*", "--rules", "sgd,adam", "--plan", "--seeds", seeds]
    done = CliRunner().invoke(app, [*words, "--option", "n=60", "--runs", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert said in done.output.replace("\n", " ")
    alone = CliRunner().invoke(app, [*words, "--rules", "adam"])
    assert "chance" not in alone.output, "a single rival has nobody to beat"
