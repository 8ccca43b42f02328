"""What is measured beside the score, against counting, brute force over all draws and numerical integrals."""

from __future__ import annotations

import itertools
import math

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from ravine.core import RavineError
from ravine.stats import (
    best_of,
    divergence_rate,
    first_reach,
    generalisation_gap,
    median_best_of,
    outcome_distribution,
    performance_profile,
    plateau,
    profile_score,
    proportion,
    reached,
    sensitivity,
)

NAN, INF = math.nan, math.inf


def test_a_goal_counts_when_it_was_seen():
    x, loss = [1, 2, 3, 4], [1.0, NAN, 0.4, 0.6]
    assert first_reach(x, loss, 0.5, falling=True) == 3
    assert first_reach(x, loss, 1.0, falling=True) == 1
    assert math.isnan(first_reach(x, loss, 0.3, falling=True))
    assert first_reach(x, loss, 0.5, falling=False) == 1
    with pytest.raises(RavineError, match="of one length"):
        first_reach([1], [1, 2], 0, falling=True)


def test_the_table_of_goals_says_what_first_reach_says():
    rng = np.random.default_rng(0)
    curves = pl.DataFrame(
        {"member": np.repeat(["a", "b", "c"], 5), "step": np.tile(np.arange(5) * 10, 3), "accuracy": rng.random(15)}
    ).with_columns(pl.when(pl.col("member") == "c").then(pl.lit(NAN)).otherwise(pl.col("accuracy")).alias("accuracy"))
    table = reached(curves, "accuracy", 0.6, falling=False)
    assert table["member"].to_list() == ["a", "b", "c"]
    for member, step in table.rows():
        own = curves.filter(pl.col("member") == member)
        expected = first_reach(own["step"].to_numpy(), own["accuracy"].to_numpy(), 0.6, falling=False)
        assert (math.nan if step is None else step) == pytest.approx(expected, nan_ok=True)
    assert table["step"][2] is None, "NaN has reached nothing"
    with pytest.raises(RavineError, match="no 'loss'"):
        reached(curves, "loss", 0.5, falling=True)


def naive_profile(costs, tau):
    rivals, problems = len(costs), len(costs[0])
    made = []
    for rival in range(rivals):
        solved = 0
        for problem in range(problems):
            column = [costs[other][problem] for other in range(rivals) if math.isfinite(costs[other][problem])]
            own = costs[rival][problem]
            solved += math.isfinite(own) and own <= tau * min(column)
        made.append(solved / problems)
    return made


def test_profiles_by_counting():
    rng = np.random.default_rng(1)
    costs = rng.lognormal(0, 1, (4, 7))
    costs[rng.random((4, 7)) < 0.2] = NAN
    costs[:, 3] = [NAN, INF, NAN, NAN]
    costs[:, 4] = [0.0, 0.0, 1.0, NAN]
    taus = [1.0, 1.5, 2.0, 4.0, 100.0]
    made = performance_profile(costs, taus)
    assert made.shape == (4, 5)
    for place, tau in enumerate(taus):
        assert made[:, place].tolist() == pytest.approx(naive_profile(costs.tolist(), tau))
    assert (np.diff(made, axis=1) >= 0).all()


def test_the_score_is_the_integral_of_the_profile():
    """The middle of 30,000 equal steps: each jump of the profile is misplaced by half a step at most, 7 * 5e-5."""
    costs = np.random.default_rng(2).lognormal(0, 1, (3, 7))
    costs[0, 0] = NAN
    edges = np.linspace(1, 4, 30_001)
    middle = (edges[1:] + edges[:-1]) / 2
    assert profile_score(costs) == pytest.approx(performance_profile(costs, middle).mean(axis=1), abs=4e-4)
    assert profile_score([[2.0, 3.0]]).tolist() == [1.0]
    assert profile_score([[1.0], [5.0]]).tolist() == [1.0, 0.0]
    for bad, why in (([[-1.0]], "negative"), ([1.0], "rivals, problems")):
        with pytest.raises(RavineError, match=why):
            profile_score(bad)
    with pytest.raises(RavineError, match="high"):
        profile_score([[1.0]], low=2.0, high=2.0)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.2, 0.5, NAN]), min_size=1, max_size=5), st.integers(1, 4), st.booleans())
@settings(max_examples=60)
def test_best_of_is_the_mean_over_all_draws(values, k, higher):
    if all(math.isnan(value) for value in values):
        with pytest.raises(RavineError, match="no value is finite"):
            best_of(values, k)
        return
    pick, sign = (max, 1) if higher else (min, -1)
    # A lost run is worse than any other, so that the mean over draws of which one lost all its runs is infinite.
    filled = [-sign * INF if math.isnan(value) else value for value in values]
    ways = {True: list(itertools.product(filled, repeat=k)), False: list(itertools.combinations(filled, k))}
    for replacement, draws in ways.items():
        if not draws:
            continue
        best = sorted((pick(draw) for draw in draws), reverse=higher)
        made = best_of(values, k, higher=higher, replacement=replacement)[0]
        assert made == pytest.approx(np.mean(best), rel=1e-12)
        made = median_best_of(values, k, higher=higher, replacement=replacement)[0]
        # The value that half of the draws come to: the last of the better half.
        middle = best[math.ceil(len(best) / 2) - 1]
        assert made == pytest.approx(middle if math.isfinite(middle) else NAN, nan_ok=True)


def test_best_of_for_every_budget():
    made = best_of([3.0, 1.0, 2.0])
    assert made[0] == pytest.approx(2.0)
    assert (np.diff(made) > 0).all()
    assert best_of([1.0, NAN], [1], worst=0.0)[0] == pytest.approx(0.5)
    for k in ([0], [1.5], [3]):
        with pytest.raises(RavineError, match="k must be"):
            best_of([1.0, 2.0], k, replacement=False)


def test_lost_runs_and_their_interval():
    values = [0.9] * 17 + [NAN, INF, -INF]
    assert divergence_rate(values) == proportion(3, 20)
    made = outcome_distribution(values)
    assert (made.count, made.least, made.most, made.iqm) == (20, 0.9, 0.9, pytest.approx(0.9))
    assert made.lost.mean == 0.15
    # 3 of 20 are lost: the lowest 5 % are, the lowest quarter is not.
    assert (made.quantiles[0.05], made.quantiles[0.25]) == (-INF, 0.9)
    assert outcome_distribution(values, higher=False).quantiles[0.95] == INF
    none = outcome_distribution([NAN, NAN])
    assert (none.lost.mean, math.isnan(none.mean), math.isnan(none.quantiles[0.5])) == (1.0, True, True)
    with pytest.raises(RavineError, match="no values"):
        divergence_rate([])


def test_the_gap_is_positive_where_the_test_is_worse():
    train, test = np.array([0.99, 0.98, NAN, 1.0]), np.array([0.97, 0.97, 0.9, 0.95])
    assert generalisation_gap(train, test).mean == pytest.approx(0.08 / 3)
    assert generalisation_gap(1 - train, 1 - test, higher=False).mean == pytest.approx(0.08 / 3)
    assert generalisation_gap([NAN], [1.0]).bounds is None
    with pytest.raises(RavineError, match="one value per run"):
        generalisation_gap([1.0], [1.0, 2.0])


def test_the_room_for_the_rate():
    rates = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    scores = [0.94, 0.95, 0.90, 0.945, NAN]
    # 0.1 would be good enough, but 0.01 in between is not; 1 was lost.
    assert plateau(rates, scores, 0.01) == (1e-4, 1e-3)
    assert sensitivity(rates, scores, 0.01) == pytest.approx(1.0)
    assert sensitivity(rates, scores, 0.06) == pytest.approx(3.0)
    order = [3, 0, 4, 2, 1]
    assert plateau(np.array(rates)[order], np.array(scores)[order], 0.01) == (1e-4, 1e-3)
    assert sensitivity(rates, [1 - score for score in scores], 0.01, higher=False) == pytest.approx(1.0)
    # Two seeds per rate: their mean counts, and one loss spoils the rate.
    assert plateau([1, 1, 10, 10], [0.9, 0.8, 0.9, NAN], 0.5) == (1.0, 1.0)
    assert math.isnan(sensitivity([1, 10], [NAN, NAN], 0.1))
    with pytest.raises(RavineError, match="positive rate"):
        sensitivity([0.0, 1.0], [1.0, 1.0], 0.1)
