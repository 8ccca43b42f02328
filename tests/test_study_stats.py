"""What runs allow one to say: against scipy, published tables, and simulated studies in which nobody is better."""

from __future__ import annotations

import itertools
import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from ravine.core import RavineError
from ravine.stats import (
    Interval,
    bca,
    bca_difference,
    cliff,
    cohen,
    compare,
    compare_summaries,
    hedges,
    holm,
    iqm,
    least_seeds,
    rank,
    rank_summaries,
    seeds_needed,
)
from ravine.stats.significance import least_p, paired_p, unpaired_p

NAN = math.nan
RNG = np.random.default_rng(0)


# Intervals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statistic", ["mean", "median", "iqm"])
def test_bca_covers_what_it_promises(statistic):
    """Normal values, n = 25: BCa covers somewhat less than 95 %; 3 standard errors of 200 studies are 0.046."""
    rng = np.random.default_rng(1)
    made = [bca(rng.normal(3.0, 1.0, 25), statistic, resamples=999) for _ in range(200)]
    assert np.mean([each.low <= 3.0 <= each.high for each in made]) >= 0.95 - 0.02 - 0.046


def test_bca_is_scipys_where_scipy_has_one():
    """Both draw 9,999 samples, by other generators: ends differ by the error of a quantile, some 0.01 sigma."""
    x = RNG.gamma(2.0, 1.0, 12)
    found = stats.bootstrap((x,), np.mean, method="BCa", n_resamples=9999, rng=np.random.default_rng(5))
    made = bca(x)
    assert made.mean == pytest.approx(x.mean(), rel=1e-15)
    assert made.low == pytest.approx(found.confidence_interval.low, abs=0.03 * x.std())
    assert made.high == pytest.approx(found.confidence_interval.high, abs=0.03 * x.std())
    assert bca(x) == made, "the same values, the same interval"


def test_bca_of_degenerate_samples():
    assert bca([0.5]).bounds is None
    assert bca([0.5] * 4) == Interval(0.5, 0.5, 0.5, 4)
    # scipy gives NaN here: without any one value the median stays 0.
    made = bca([0.0, 0.0, 0.0, 0.0, 1.0], "median")
    assert (made.mean, made.low) == (0.0, 0.0)
    assert made.high in (0.0, 1.0)
    assert bca_difference([1.0, 1.0], [0.5, 0.5, 0.5]) == Interval(0.5, 0.5, 0.5, 2)
    assert bca_difference([1.0], [0.5, 0.6]).bounds is None
    for bad in ([], [1.0, NAN]):
        with pytest.raises(RavineError, match="at least one value"):
            bca(bad)
    with pytest.raises(RavineError, match="did you mean 'mean'"):
        bca([1.0, 2.0], "maen")


def test_iqm_is_the_mean_of_the_middle_half():
    assert iqm([-1000, 1, 2, 3, 4, 5, 6, 1000]) == pytest.approx((2 + 3 + 4 + 5) / 4)


# Effects -------------------------------------------------------------------------------------------------------------


def test_effects_by_hand():
    x, y = np.array([3.0, 5.0, 4.0, 6.0]), np.array([2.0, 4.0, 4.0, 3.0])
    d = x - y
    assert cohen(d) == pytest.approx(d.mean() / math.sqrt(((d - d.mean()) ** 2).sum() / 3))
    pooled = math.sqrt((((x - 4.5) ** 2).sum() + ((y - 3.25) ** 2).sum()) / 6)
    # The usual factor 1 - 3 / (4 df - 1) is within 0.2 % of the exact one from df = 6 on (Hedges 1981, table 1).
    assert hedges(x, y) == pytest.approx((1 - 3 / 23) * 1.25 / pooled, rel=2e-3)
    wins = sum(int(a > b) - int(a < b) for a in x for b in y)
    assert cliff(x, y) == wins / 16


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.lists(st.integers(0, 5), min_size=1, max_size=8))
@settings(max_examples=50)
def test_cliff_is_the_count_over_all_pairs_and_antisymmetric(x, y):
    wins = sum((a > b) - (a < b) for a in x for b in y)
    assert cliff(x, y) == pytest.approx(wins / (len(x) * len(y)))
    assert cliff(y, x) == -cliff(x, y)
    pairs = [(a > b) + (a == b) / 2 for a in x for b in y]
    assert (1 + cliff(x, y)) / 2 == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize(("d", "paired", "n"), [(0.2, True, 199), (0.5, True, 34), (0.8, True, 15), (0.2, False, 394),
                                                (0.5, False, 64), (0.8, False, 26)])  # fmt: skip
def test_seeds_needed_are_those_of_published_tables(d, paired, n):
    """Cohen (1988, table 2.4.1) and G*Power: power 0.8, two-sided 0.05."""
    assert seeds_needed(d, paired=paired) == n
    assert seeds_needed(-d, paired=paired) == n


def test_seeds_needed_reach_their_power_in_simulation():
    """2,000 studies of as many seeds as asked for: power 0.8 within 3 standard errors, 0.027."""
    n = seeds_needed(0.9)
    d = np.random.default_rng(3).normal(0.9, 1.0, (2000, n))
    assert np.mean(stats.ttest_1samp(d, 0, axis=1).pvalue <= 0.05) == pytest.approx(0.8, abs=0.03 + 0.027)


def test_seeds_needed_at_the_ends():
    assert seeds_needed(0.0) is None
    assert seeds_needed(NAN) is None
    assert seeds_needed(math.inf) == 2
    tiny = seeds_needed(1e-5)
    assert tiny == pytest.approx(((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / 1e-5) ** 2, rel=1e-3)


# Tests ---------------------------------------------------------------------------------------------------------------


def test_paired_tests_against_scipy():
    d = RNG.normal(0.5, 1.0, 9)
    assert paired_p(d, "t") == pytest.approx(stats.ttest_1samp(d, 0).pvalue, rel=1e-12)
    assert paired_p(d, "wilcoxon") == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=1e-12)
    assert paired_p(d, "permutation") == pytest.approx(
        stats.permutation_test((d,), np.mean, permutation_type="samples").pvalue, rel=1e-12
    )
    signs = np.array(list(itertools.product([-1, 1], repeat=9)))
    naive = np.mean(np.abs((signs * d).mean(1)) >= abs(d.mean()) - 1e-12)
    assert paired_p(d, "permutation") == pytest.approx(naive, rel=1e-12)


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=8))
@settings(max_examples=40)
def test_ties_count_exactly(steps):
    """Multiples of 0.1 whose sums are equal on paper differ by rounding: the p-value must be that of whole numbers."""
    p, narrow = (paired_p(np.array(steps, kind) * kind(0.1), "permutation") for kind in (np.float64, np.float32))
    signs = np.array(list(itertools.product([-1, 1], repeat=len(steps))))
    exact = np.mean(np.abs(signs @ steps) >= abs(sum(steps))) if any(steps) else 1.0
    assert p == pytest.approx(exact, rel=1e-12)
    assert narrow == pytest.approx(exact, rel=1e-12)


def test_drawn_signs_come_near_to_all():
    """9,999 draws: 4 standard errors of a share of 0.2."""
    d = np.random.default_rng(8).normal(0.3, 1.0, 14)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=14)))
    naive = np.mean(np.abs(signs @ d) >= abs(d.sum()) - 1e-9)
    assert paired_p(d, "permutation") == pytest.approx(naive, abs=4 * 0.4 / 100)
    assert paired_p(d, "wilcoxon") == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=1e-12)


def test_unpaired_tests_against_scipy():
    x, y = RNG.normal(0.5, 1.0, 7), RNG.normal(0.0, 2.0, 6)
    assert unpaired_p(x, y, "t") == pytest.approx(stats.ttest_ind(x, y, equal_var=False).pvalue, rel=1e-12)
    assert unpaired_p(x, y, "wilcoxon") == pytest.approx(stats.mannwhitneyu(x, y, method="exact").pvalue, rel=1e-12)
    sides = [list(each) for each in itertools.combinations(range(13), 7)]
    both = np.concatenate([x, y])
    sums = np.array([both[side].sum() for side in sides])
    naive = 2 * min(np.mean(sums >= x.sum() - 1e-12), np.mean(sums <= x.sum() + 1e-12))
    assert unpaired_p(x, y, "permutation") == pytest.approx(min(1.0, naive), rel=1e-12)


@pytest.mark.parametrize("test", ["permutation", "wilcoxon", "t"])
def test_no_difference_and_no_repetition_prove_nothing(test):
    assert paired_p(np.array([3.0]), test) == 1.0
    assert paired_p(np.zeros(5), test) == 1.0
    assert unpaired_p(np.ones(3), np.ones(4), test) == 1.0
    assert unpaired_p(np.array([1.0]), np.array([2.0]), test) == 1.0


@pytest.mark.parametrize("n", range(2, 13))
def test_the_least_p_is_reached_and_never_passed(n):
    """Twelve differences of one sign: all of 2^n signs but two give less."""
    d = np.arange(1.0, n + 1)
    for test in ("permutation", "wilcoxon"):
        assert paired_p(d, test) == pytest.approx(least_p(test, n), rel=1e-12)
    assert (least_p("permutation", n) <= 0.05) == (n >= 6)


def test_holm_by_hand_and_against_its_definition():
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]).tolist() == []
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    for _ in range(50):
        p = RNG.random(6) ** 3
        rejected, order = set(), np.argsort(p)
        for place, index in enumerate(order):
            if p[index] > 0.05 / (6 - place):
                break
            rejected.add(index)
        assert {i for i, each in enumerate(holm(p)) if each <= 0.05} == rejected
    with pytest.raises(RavineError, match=r"\[0, 1\]"):
        holm([1.5])


# Comparisons ---------------------------------------------------------------------------------------------------------


def test_a_planted_difference_is_found_from_both_sides_and_for_losses():
    noise = RNG.normal(0, 0.01, 10)
    good, bad = 0.95 + noise, 0.93 + noise + RNG.normal(0, 0.002, 10)
    made = compare("adam", good, "sgd", bad)
    assert made.better == "a"
    assert made.p == pytest.approx(stats.ttest_rel(good, bad).pvalue, rel=1e-12)
    assert compare("adam", good, "sgd", bad, test="permutation").p == 2 / 2**10
    assert made.interval.low < 0.02 < made.interval.high
    turned = compare("sgd", bad, "adam", good)
    assert turned.better == "b"
    assert turned.flipped.difference == pytest.approx(made.difference)
    assert turned.flipped.better == "a"
    as_loss = compare("adam", 1 - good, "sgd", 1 - bad, higher=False)
    assert as_loss.difference == pytest.approx(made.difference)
    assert as_loss.better == "a"


def test_pairing_finds_what_seeds_hide():
    seeds = RNG.normal(0, 1, 10)
    x, y = seeds + 0.1 + RNG.normal(0, 0.02, 10), seeds
    assert compare("a", x, "b", y).better == "a"
    assert compare("a", x, "b", y, paired=False).better is None


def test_seeds_too_few_for_their_test_say_so():
    x, y = np.arange(5) + 10.0, np.arange(5) * 1.01
    made = compare("a", x, "b", y, test="permutation")
    assert (made.better, made.reachable, made.p, made.interval.bounds) == (None, False, 1 / 16, None)
    assert made.needed == 6
    assert compare("a", x, "b", y).better == "a", "a t test can tell"
    two = compare("a", x[:2], "b", y[:2])
    assert (two.better, two.reachable, two.p, two.interval.bounds) == (None, False, 1.0, None)


def test_lost_runs_count_as_worst():
    fine, lost = np.linspace(0.5, 0.6, 8), np.array([0.95] + [NAN] * 7)
    made = compare("steady", fine, "wild", lost)
    assert made.better == "a"
    assert (made.lost_a, made.lost_b, made.n, made.test) == (0, 7, 8, "wilcoxon")
    assert made.improvement == pytest.approx((8 * 7) / 64)
    assert made.difference == math.inf, "the median of all means of two, most of which hold a lost run"
    # One of 36 means of two is that of the seed both finished with itself, and negative: p = 2 * P(W >= 35) = 4 / 256.
    assert made.p == 4 / 2**8
    assert made.interval.bounds == (math.inf, math.inf)
    assert math.isnan(made.effect)
    # For a loss, infinity is lost as well, and lost on both sides is no difference.
    both = compare("a", [1.0, math.inf, NAN], "b", [1.0, NAN, math.inf], higher=False)
    assert (both.p, both.improvement, both.better) == (1.0, 0.5, None)
    none = compare("a", [NAN, NAN], "b", [1.0, 1.0])
    assert (none.interval.bounds, none.difference, none.needed, none.reachable) == (None, -math.inf, 6, False)


def test_bad_comparisons_are_refused():
    with pytest.raises(RavineError, match="one value per seed on both sides, got 2 of a and 3 of b"):
        compare("a", [1, 2], "b", [1, 2, 3])
    with pytest.raises(RavineError, match="there are no runs"):
        compare("a", [], "b", [])
    with pytest.raises(RavineError, match="known: permutation, t, wilcoxon"):
        compare("a", [1, 2], "b", [1, 2], test="zzz")


# Rankings ------------------------------------------------------------------------------------------------------------


def test_ranking_names_the_winner_and_the_best_group():
    rng = np.random.default_rng(4)
    seeds = rng.normal(0, 0.01, 12)

    def runs(mean):
        return mean + seeds + rng.normal(0, 0.002, 12)

    made = rank({"c": runs(0.90), "a": runs(0.95), "b": runs(0.93)})
    assert made.order == ("a", "b", "c")
    assert (made.winner, made.best, made.outcome, made.needed) == ("a", ("a",), "winner", None)
    assert made.between("c", "a").better == "b"
    same = runs(0.95)
    tied = rank({"c": runs(0.90), "a": same, "b": same[::-1]})
    assert tied.winner is None
    assert set(tied.best) == {"a", "b"}
    loss = rank({"a": 1 - runs(0.95), "c": 1 - runs(0.90)}, higher=False)
    assert loss.winner == "a"
    assert loss.means["a"].mean == pytest.approx(0.05, abs=0.01)
    with pytest.raises(RavineError, match="rivals are a, c"):
        loss.between("a", "z")
    with pytest.raises(RavineError, match="no rivals"):
        rank({})


@pytest.mark.parametrize("test", ["t", "wilcoxon", "permutation"])
@pytest.mark.parametrize("rivals", [2, 3, 5])
def test_the_fewest_seeds_are_the_fewest_and_the_same_for_any_number_of_rivals(rivals, test):
    def clear(n):
        return rank({f"{place}": 10.0 * place + np.arange(n) * (1 + place / 100) for place in range(rivals)}, test=test)

    least = least_seeds(test=test)
    assert (clear(least).winner, clear(least).reachable) == (str(rivals - 1), True)
    assert (clear(least - 1).winner, clear(least - 1).reachable, clear(least - 1).seeds) == (None, False, None) or (
        clear(least - 1).winner is None and clear(least - 1).needed == least
    )


def test_many_rivals_and_more_seeds_than_are_tried_exactly_can_still_be_decided():
    rng = np.random.default_rng(5)
    made = rank({str(place): 5.0 * (place == 0) + rng.normal(0, 0.1, 14) for place in range(17)})
    assert made.winner == "0"


def test_a_single_rival_has_nobody_to_beat():
    made = rank({"only": [1.0, 2.0]})
    assert (made.winner, made.best, made.comparisons) == (None, ("only",), ())


def test_lost_runs_move_a_rival_down():
    steady, wild = np.full(8, 0.6) + np.arange(8) / 100, np.full(8, 0.9)
    wild[:7] = NAN
    made = rank({"wild": wild, "steady": steady, "never": np.full(8, NAN)})
    assert made.order == ("steady", "wild", "never")
    assert made.lost == {"steady": 0, "wild": 7, "never": 8}
    assert made.means["never"].bounds is None


def _equal(rng, kind):
    shape = (4, 10)
    seeds = rng.normal(0, 0.5, 10)
    if kind == "normal":
        return seeds + rng.normal(0, 1, shape)
    if kind == "skewed":
        return rng.lognormal(0, 1.0, shape)
    return np.round(0.98 + 0.002 * rng.normal(0, 1, shape), 3)  # tied accuracies


def _false_claims(kind, studies):
    rng = np.random.default_rng(6)
    winners = claims = 0
    for _ in range(studies):
        made = rank(dict(zip("abcd", _equal(rng, kind), strict=True)))
        winners += made.winner is not None
        claims += any(each.separated for each in made.comparisons)
    # What 5 % of risk gives in all but one of a thousand such series of studies.
    most = stats.binom.ppf(0.999, studies, 0.05)
    assert winners <= most
    assert claims <= most


@pytest.mark.parametrize("kind", ["normal", "tied"])
def test_equal_rivals_seldom_get_a_false_winner(kind):
    _false_claims(kind, 60)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "skewed", "tied"])
def test_equal_rivals_seldom_get_a_false_winner_in_a_thousand_studies(kind):
    _false_claims(kind, 1000)


# Published means -----------------------------------------------------------------------------------------------------


def test_deepobs_has_no_winner():
    """Schneider et al. (2019): Welch's t by hand from means and deviations of ten seeds."""
    accuracy = {"Adam": (0.92342, 0.00294), "SGD": (0.92273, 0.00184), "Momentum": (0.92144, 0.00212)}
    made = rank_summaries({name: (*each, 10) for name, each in accuracy.items()})
    assert made.outcome == "no winner"
    assert made.best == ("Adam", "SGD", "Momentum")
    assert made.needed > 10
    for (a, b), t in {("Adam", "SGD"): 0.63, ("Adam", "Momentum"): 1.72, ("SGD", "Momentum"): 1.44}.items():
        each = made.between(a, b)
        error = math.sqrt((accuracy[a][1] ** 2 + accuracy[b][1] ** 2) / 10)
        # Two decimals are published, of deviations with three figures.
        assert each.difference / error == pytest.approx(t, abs=0.015)


def test_summaries_against_scipy():
    found = stats.ttest_ind_from_stats(0.9, 0.02, 8, 0.88, 0.03, 5, equal_var=False)
    made = compare_summaries("a", 0.9, 0.02, 8, "b", 0.88, 0.03, 5)
    assert made.p == pytest.approx(found.pvalue, rel=1e-10)
    x, y = RNG.normal(0, 1, 8), RNG.normal(0, 2, 6)
    interval = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.95)
    made = compare_summaries("a", x.mean(), x.std(ddof=1), 8, "b", y.mean(), y.std(ddof=1), 6)
    assert made.interval.bounds == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert made.effect == pytest.approx(hedges(x, y), rel=1e-12)
    turned = compare_summaries("a", x.mean(), x.std(ddof=1), 8, "b", y.mean(), y.std(ddof=1), 6, higher=False)
    assert turned.difference == -made.difference
    with pytest.raises(RavineError, match="n must be"):
        compare_summaries("a", 0.9, 0.02, 1, "b", 0.88, 0.03, 5)
    with pytest.raises(RavineError, match="no rivals"):
        rank_summaries({})
