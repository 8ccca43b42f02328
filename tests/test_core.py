"""The floor: errors that name a remedy, the registry, pytrees, and the counter hash as a source of randomness."""

from __future__ import annotations

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ravine.core import (
    Number,
    RavineError,
    Registry,
    bits,
    cast,
    check_choice,
    check_count,
    check_number,
    generator,
    mix,
    nearest,
    normal,
    pytree,
    static,
    uniform,
)

MANY = 2**20


class TestErrors:
    def test_is_a_value_error(self):
        assert issubclass(RavineError, ValueError)

    @pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, np.float32(3)])
    def test_what_is_no_count_is_refused_with_its_value(self, value):
        with pytest.raises(RavineError) as caught:
            check_count("Dense", "units", value)
        assert str(caught.value) == f"Dense: units must be a positive integer, got {value!r}"

    @pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(2)])
    def test_counts_pass(self, value):
        check_count("Dense", "units", value)

    def test_least_is_part_of_the_sentence(self):
        check_count("Dense", "units", 0, least=0)
        for least, words in ((0, "a non-negative integer"), (3, "an integer of at least 3")):
            with pytest.raises(RavineError, match=words):
                check_count("Dense", "units", -1, least=least)

    @pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), "1", None, True, 1j])
    def test_what_is_no_number_of_the_interval_is_refused(self, value):
        with pytest.raises(RavineError) as caught:
            check_number("Dropout", "rate", value, low=0.0, high=1.0)
        assert str(caught.value) == f"Dropout: rate must be a number in [0, 1], got {value!r}"

    def test_ends_of_the_interval(self):
        for value in (0, 0.0, 1, np.float32(1)):
            check_number("Dropout", "rate", value, low=0.0, high=1.0)
        for value in (0.0, 1.0):
            with pytest.raises(RavineError, match=r"in \(0, 1\), got"):
                check_number("Dropout", "rate", value, low=0.0, high=1.0, open_low=True, open_high=True)

    def test_sweeps_and_tracers_pass(self):
        check_number("SGD", "rate", np.array([-1.0, 2.0]), low=0.0)
        check_number("SGD", "rate", jnp.array(-1.0), low=0.0)
        jax.jit(lambda rate: check_number("SGD", "rate", rate, low=0.0))(-1.0)

    def test_choices(self):
        check_choice("Clip", "by", "norm", ("value", "norm"))
        with pytest.raises(RavineError, match="Clip: unknown by 'nrom': did you mean 'norm'"):
            check_choice("Clip", "by", "nrom", ("value", "norm"))

    @given(st.text(), st.lists(st.text(min_size=1), min_size=1))
    def test_nearest_lists_what_is_known(self, name, known):
        assert ", ".join(sorted(known)) in nearest(name, known)


class TestRegistry:
    def test_names_aliases_and_order(self):
        table = Registry[int]("colour")
        table.add("light-red", 1, "Pink")

        @table.register("blue")
        def blue():
            return 2

        assert table["light red"] == table["Light_Red"] == table[" pink "] == 1
        assert table["blue"] is blue
        assert list(table) == ["light_red", "blue"]
        assert len(table) == 2
        assert "PINK" in table
        assert "red" not in table
        assert 3 not in table
        assert table.name_of(blue) == "blue"
        assert table.name_of(print) is None

    @pytest.mark.parametrize("name", ["red", "rose", "RED"])
    def test_a_name_is_given_once(self, name):
        table = Registry[int]("colour")
        table.add("red", 1, "rose")
        with pytest.raises(RavineError, match="registered already"):
            table.add(name, 2)

    @pytest.mark.parametrize("wanted", ["rd", 3, None])
    def test_the_unknown_names_the_known(self, wanted):
        table = Registry[int]("colour")
        table.add("red", 1)
        with pytest.raises(RavineError, match=f"unknown colour {wanted!r}: .*red"):
            table[wanted]


@pytree
class Inner:
    weight: Number
    axis: int = static(default=0)


@pytree
class Outer:
    inner: Inner
    rate: Number = 0.1
    name: str = static(default="outer", kw_only=True)

    def __post_init__(self):
        check_number("Outer", "rate", self.rate, low=0.0)


class TestPytree:
    def test_numbers_are_leaves_and_the_rest_is_structure(self):
        tree = Outer(Inner(2.0, axis=1), 0.5, name="x")
        assert jax.tree.leaves(tree) == [2.0, 0.5]
        assert jax.tree.map(lambda leaf: leaf, tree) == tree
        assert jax.tree.structure(tree) != jax.tree.structure(Outer(Inner(2.0, axis=2), 0.5, name="x"))
        assert jax.tree.structure(tree) == jax.tree.structure(Outer(Inner(7.0, axis=1), 0.7, name="x"))
        paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0]]
        assert paths == [".inner.weight", ".rate"]

    def test_people_are_checked_and_rebuilding_is_not(self):
        with pytest.raises(RavineError, match="Outer: rate"):
            Outer(Inner(1.0), -1.0)
        assert jax.tree.map(lambda leaf: -leaf, Outer(Inner(1.0))).rate == -0.1
        assert jax.tree.map(lambda leaf: None, Outer(Inner(1.0))).rate is None

    def test_frozen(self):
        with pytest.raises(AttributeError):
            Outer(Inner(1.0)).rate = 3

    def test_another_number_does_not_compile_again_and_another_flag_does(self):
        traces = []

        @jax.jit
        def run(tree):
            traces.append(tree)
            return tree.inner.weight * tree.rate + tree.inner.axis

        for weight, axis in ((1.0, 0), (2.0, 0), (2.0, 1)):
            assert run(cast(Outer(Inner(weight, axis=axis)), np.float32)) == pytest.approx(weight * 0.1 + axis)
        assert len(traces) == 2

    @pytest.mark.parametrize("value", [1, 1.0, np.float64(1), np.int8(1), np.array(1.0), jnp.array(1)])
    def test_cast_makes_every_number_alike(self, value):
        leaf = cast(Inner(value), np.float32).weight
        assert (leaf.dtype, leaf.shape, float(leaf)) == (np.float32, (), 1.0)


def words(seed=0, step=0, stream=0, count=MANY):
    return np.asarray(bits(seed, step, stream, (count,)))


class TestCounterHash:
    """Seeds are fixed, so nothing flickers. Bounds are 5 sigma of a truly random sequence, or p above 1e-4."""

    @given(st.integers(0, 2**32 - 1))
    def test_numpy_and_jax_agree_to_the_bit(self, word):
        array = np.array([word, word ^ 1], np.uint32)
        np.testing.assert_array_equal(mix(array), mix(jnp.asarray(array)))
        np.testing.assert_array_equal(mix(array), jax.jit(mix)(array))

    def test_mix_is_one_to_one(self):
        # Each step (xor-shift, odd multiplier) can be undone; collisions among 2^20 neighbours would show a slip.
        assert len(np.unique(mix(np.arange(MANY, dtype=np.uint32)))) == MANY

    def test_mix_avalanche(self):
        # Flipping any input bit flips every output bit in half of the cases: 32 x 32 shares of 2^15 trials each.
        inputs = np.random.default_rng(0).integers(0, 2**32, 2**15, dtype=np.uint32)
        for bit in range(32):
            flipped = mix(inputs) ^ mix(inputs ^ np.uint32(1 << bit))
            shares = [((flipped >> np.uint32(out)) & 1).mean() for out in range(32)]
            assert abs(np.array(shares) - 0.5).max() < 0.02  # lowbias32's own bias included; 7 sigma

    def test_same_arguments_same_words_inside_jit_and_out(self):
        inside = jax.jit(lambda seed, step: bits(seed, step, 3, (4, 5)))(7, 11)
        np.testing.assert_array_equal(inside, bits(7, 11, 3, (4, 5)))
        np.testing.assert_array_equal(inside.ravel(), words(7, 11, 3, 20))

    def test_every_argument_matters(self):
        base = words(1, 2, 3, 64)
        for other in (words(2, 2, 3, 64), words(1, 3, 3, 64), words(1, 2, 4, 64), words(2, 1, 3, 64)):
            assert (base != other).mean() > 0.9

    @pytest.mark.parametrize(("seed", "step"), [(0, 0), (1, 0), (0, 1), (12345, 678)])
    def test_uniform_has_its_mean_and_variance_and_fills_its_bins(self, seed, step):
        values = np.asarray(uniform(seed, step, 0, (MANY,)), np.float64)
        assert values.min() >= 0
        assert values.max() < 1
        assert abs(values.mean() - 0.5) < 5 * np.sqrt(1 / 12 / MANY)
        assert abs(values.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / MANY)
        counts = np.bincount((values * 1024).astype(int), minlength=1024)
        assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4

    @pytest.mark.parametrize("lag", [1, 2, 3, 7, 64, 128, 512, 784])
    def test_no_correlation_with_the_elements_further_on(self, lag):
        values = np.asarray(uniform(3, 5, 0, (MANY,)), np.float64) - 0.5
        correlation = (values[:-lag] * values[lag:]).mean() * 12
        assert abs(correlation) < 5 / np.sqrt(MANY)

    @pytest.mark.parametrize("gap", [1, 2, 3, 16, 469])
    @pytest.mark.parametrize("axis", ["seed", "step", "stream"])
    def test_no_correlation_between_steps_streams_and_seeds(self, gap, axis):
        for start in (0, 1, 1000):
            first, second = ({"seed": 4, "step": 9, "stream": 2, axis: at} for at in (start, start + gap))
            pair = [np.asarray(uniform(shape=(2**17,), **at), np.float64) - 0.5 for at in (first, second)]
            assert abs((pair[0] * pair[1]).mean() * 12) < 5 / np.sqrt(2**17)

    def test_no_correlation_of_one_element_over_the_steps(self):
        # A dropout mask that lingers would spoil training: the lag correlation of each of 64 elements over 4096 steps.
        steps = jnp.arange(4096, dtype=jnp.int32)
        values = np.asarray(jax.vmap(lambda step: uniform(0, step, 1, (64,)))(steps), np.float64) - 0.5
        assert abs(values.mean()) < 5 * np.sqrt(1 / 12 / values.size)
        for lag in (1, 2, 469):
            correlation = (values[:-lag] * values[lag:]).mean(axis=0) * 12
            assert abs(correlation).max() < 5 / np.sqrt(4096 - lag)
            assert abs(correlation.mean()) < 5 / np.sqrt(values.size)

    def test_pairs_fill_the_square(self):
        # Neighbours fall into 64 x 64 cells alike: a lattice, as of a linear congruence, would not.
        values = np.asarray(uniform(8, 0, 0, (MANY,)), np.float64).reshape(-1, 2)
        cells = np.ravel_multi_index((values * 64).astype(int).T, (64, 64))
        assert 1e-4 < stats.chisquare(np.bincount(cells, minlength=4096)).pvalue < 1 - 1e-4

    def test_normal_is_normal(self):
        values = np.asarray(normal(2, 3, 0, (MANY,)), np.float64)
        assert np.isfinite(values).all()
        assert abs(values.mean()) < 5 / np.sqrt(MANY)
        assert abs(values.var() - 1) < 5 * np.sqrt(2 / MANY)
        assert stats.kstest(values[: 2**17], stats.norm.cdf).pvalue > 1e-4
        assert abs((values[:-1] * values[1:]).mean()) < 5 / np.sqrt(MANY)

    @pytest.mark.parametrize("x64", [False, True])
    def test_dtypes_do_not_depend_on_the_precision_in_force(self, x64):
        with jax.enable_x64(x64):
            assert bits(0, 0, 0, (2,)).dtype == np.uint32
            assert uniform(0, 0, 0, (2,)).dtype == normal(0, 0, 0, (2,)).dtype == np.float32
            np.testing.assert_array_equal(bits(5, 6, 7, (8,)), words(5, 6, 7, 8))

    def test_large_and_negative_streams_wrap(self):
        np.testing.assert_array_equal(words(stream=-1, count=8), words(stream=2**32 - 1, count=8))


class TestGenerator:
    def test_reproducible_and_told_apart_by_seed_purpose_and_index(self):
        base = generator(1, "order", 2).random(4)
        np.testing.assert_array_equal(generator(1, "order", 2).random(4), base)
        for other in (generator(2, "order", 2), generator(1, "init", 2), generator(1, "order", 3)):
            assert not np.array_equal(other.random(4), base)

    @pytest.mark.parametrize("seed", [-1, 0.5, "1"])
    def test_a_bad_seed_gets_its_sentence(self, seed):
        with pytest.raises(RavineError, match="generator: seed must be a non-negative integer, got"):
            generator(seed, "init")

    def test_an_unknown_purpose_is_refused(self):
        with pytest.raises(RavineError, match="generator: unknown purpose 'cook'"):
            generator(0, "cook")


def test_what_the_documentation_showed_elsewhere_works_and_warns() -> None:
    for old, name, new in (
        ("ravine.study", "rank", "ravine.stats"),
        ("ravine.study", "bca", "ravine.stats"),
        ("ravine.study.clusters", "RayRunner", "ravine.study.ray"),
    ):
        with pytest.warns(DeprecationWarning, match=f"{old}.{name} is now {new}.{name}"):
            found = getattr(importlib.import_module(old), name)
        assert found is getattr(importlib.import_module(new), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = importlib.import_module("ravine.study").nothing
