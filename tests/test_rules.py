"""Every rule of the registry against NumPy, on three problems, at a fixed and a falling rate, and how rules behave.

Tolerances. In float64 a trajectory of 20 steps may differ by 1e-13 of the path walked (some hundred roundings of
1e-16, a little amplified by the curvature), and by the rounding of theta itself, half an ulp a step. In float32 the
same argument gives about 3e-6 of theta.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import PROBLEMS, Problem
from ravine.optim import RULES, Rule
from rule_paths import (
    assert_same_path,
    oracle,
    ours,
    update,
)

# What the options of a rule can say, beside its defaults.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "sgd": [
        {"momentum": 0.8},
        {"momentum": 0.8, "rate_inside": False, "dampening": 0.3},
        {"momentum": 0.8, "dampening": 0.3, "nesterov": "reformulated"},
        {"momentum": 0.8, "rate_inside": False, "nesterov": "lookahead"},
    ],
    "momentum": [{"rate_inside": False}],
    "nesterov": [{"nesterov": "reformulated"}, {"nesterov": "reformulated", "rate_inside": False}],
    "adagrad": [{"eps": 0.0}, {"initial": 0.1, "eps": 1e-7, "eps_inside": True}, {"rate_decay": 0.1}],
    "adadelta": [{"rho": 0.9, "eps": 1e-7}],
    "rmsprop": [
        {"eps": 0.0},
        {"eps_inside": True, "momentum": 0.9},
        {"eps_inside": True, "momentum": 0.9, "nesterov": True, "bias_correction": True},
        {"momentum": 0.9, "rate_inside": False},
        {"momentum": 0.9, "rate_inside": False, "nesterov": True, "initial": 0.5},
        {"bias_correction": True},
    ],
    "adam": [
        {"eps": 0.0},
        {"eps_hat": True, "eps": 1e-7},
        {"eps_root": 1e-10},
        {"bias_correction": False},
        {"amsgrad": "raw"},
        {"amsgrad": "corrected", "eps_root": 1e-10},
        {"amsgrad": "raw", "eps_hat": True},
        {"weight_decay": 0.1},
        {"weight_decay": 0.1, "decoupled": False},
        {"b1": 0.0},
    ],
    "nadam": [{"psi": 1.0, "eps": 1e-7}, {"psi": np.inf}],
    "adamax": [{"eps": 1e-7}, {"eps": 1e-8, "eps_in_max": True}],
    "adamw": [{"weight_decay": 0.004, "eps_hat": True}],
    "rprop": [{"learning_rate": 0.01, "step_max": 0.05, "step_min": 0.004}],
    "lion": [{"weight_decay": 0.1}],
    "lamb": [{"weight_decay": 0.1}, {"eps": 0.0}],
    "adafactor": [{"relative": False, "scaled": False}, {"least": 128, "clip": 0.5, "decay": 0.5}],
    "ftrl": [{"beta": 0.0, "initial": 0.1, "l1": 0.02, "l2": 0.1, "shrinkage": 0.01}, {"power": 0.7}],
    "muon": [{"nesterov": False, "scale": "none", "weight_decay": 0.1}, {"scale": "rms", "eps_hat": True, "steps": 3}],
}
CASES = [(name, options) for name in RULES for options in ({}, *VARIANTS.get(name, []))]
CENTERED = [{"centered": True, "eps_inside": inside} for inside in (True, False)]

each_case = pytest.mark.parametrize(("name", "options"), CASES, ids=str)
each_name = pytest.mark.parametrize("name", list(RULES))
each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
each_rate = pytest.mark.parametrize("falls", [False, True], ids=["fixed", "falling"])


@each_rate
@each_problem
@each_case
def test_numpy_float64(name: str, options: dict[str, Any], problem: Problem, falls: bool, float64: None) -> None:
    made = RULES[name](**options)
    # Muon: each of five iterations makes small singular values, and their rounding, 3.4 times larger.
    share = {"muon": 1e-9}.get(name, 1e-13)
    assert_same_path(ours(made, problem, falls), oracle(name, made, problem, falls), share)


@each_problem
@each_case
def test_numpy_float32(name: str, options: dict[str, Any], problem: Problem) -> None:
    made = RULES[name](**options)
    got, want = ours(made, problem, True, np.float32), oracle(name, made, problem, True)
    assert np.abs(got - want).max() <= 3e-6 * max(1.0, np.abs(want).max())


@each_rate
@pytest.mark.parametrize("options", CENTERED, ids=str)
@pytest.mark.parametrize("momentum", [None, 0.9])
def test_centered_rmsprop(options: dict[str, Any], momentum: float | None, falls: bool, float64: None) -> None:
    # The variance is a difference: its relative error is the rounding times v / (v - m^2), which reaches 10^3 here.
    made = RULES["rmsprop"](momentum=momentum, **options)
    for problem in PROBLEMS:
        assert_same_path(ours(made, problem, falls), oracle("rmsprop", made, problem, falls), share=1e-11)


def test_centered_rmsprop_survives_a_constant_gradient() -> None:
    # v - m^2 rounds below zero after some thousand steps of one gradient; its root would be NaN.
    made = RULES["rmsprop"](centered=True, eps=1e-8)

    def step(carry: Any, _: None) -> tuple[Any, Any]:
        params, state = carry
        move, state = made.update(jnp.full(3, 0.3), state, params)
        return (params + move, state), jnp.isfinite(move).all()

    start = jnp.zeros(3)
    _, finite = jax.lax.scan(step, (start, made.init(start)), None, length=5000)
    assert bool(finite.all())


@each_case
def test_another_number_compiles_nothing(name: str, options: dict[str, Any]) -> None:
    made = RULES[name](**options)
    traces = []

    @jax.jit
    def run(rule: Rule, params: Any) -> Any:
        traces.append(1)
        state = rule.init(params)
        step, _ = rule.update(params, state, params)
        return step

    params = {"w": jnp.ones((2, 3)), "b": jnp.ones(4)}
    first = run(made, params)
    other = jax.tree.map(lambda leaf: leaf * 0.875, made)
    second = run(other, params)
    assert len(traces) == 1
    assert any(bool((first[key] != second[key]).any()) for key in params)


@each_case
def test_a_population_is_its_members(name: str, options: dict[str, Any]) -> None:
    made, params = RULES[name](**options), jnp.array([0.5, -2.0, 0.0])
    sweep = jax.tree.map(lambda leaf: jnp.asarray([leaf, leaf * 0.75, leaf * 0.5], jnp.float32), made)

    def run(rule: Rule) -> Any:
        state = rule.init(params)
        step, state = rule.update(params, state, params)
        again, _ = rule.update(params + step, state, params + step)
        return step + again

    together = jax.jit(jax.vmap(run))(sweep)
    for member in range(3):
        alone = jax.jit(run)(jax.tree.map(lambda leaf, member=member: leaf[member], sweep))
        np.testing.assert_allclose(together[member], alone, rtol=1e-6, atol=1e-9)


@each_case
def test_a_coordinate_without_gradient_rests(name: str, options: dict[str, Any]) -> None:
    if name == "ftrl":
        pytest.skip("it forgets where the weights began: a weight without gradient is the minimiser 0")
    made = RULES[name](**options)
    if getattr(made, "weight_decay", None) is not None:
        made = made.replace(weight_decay=0.0)
    params = jnp.array([1.0, 1.0])
    state = made.init(params)
    for _ in range(3):
        step, state = update(made, jnp.array([0.0, 2.0]), state, params)
        assert float(step[0]) == 0.0
        assert float(step[1]) < 0.0


@each_case
def test_a_gradient_that_is_not_a_number_shows(name: str, options: dict[str, Any]) -> None:
    made, params = RULES[name](**options), jnp.array([1.0, 1.0])
    step, _ = update(made, jnp.array([jnp.nan, 1.0]), made.init(params), params)
    if name == "rprop":  # the sign of NaN is NaN as well
        assert bool(jnp.isnan(step[0]))
    assert not bool(jnp.isfinite(step[0]))
    assert bool(jnp.isfinite(step[1])) != (made.couples and name != "muon")  # Muon takes a vector as Adam does


@each_case
def test_the_state_keeps_its_shape(name: str, options: dict[str, Any]) -> None:
    """A scan carries the state: structure, shapes and dtypes are the same before and after an update."""
    made = RULES[name](**options)
    for params in ({"w": jnp.ones((2, 3)), "b": (jnp.ones(()), None)}, {}, (jnp.ones((0, 3)),)):
        state = made.init(params)
        step, after = jax.eval_shape(made.update, params, state, params)
        describe = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(state)]
        assert describe == [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(after)]
        assert jax.tree.structure(state) == jax.tree.structure(after)
        assert jax.tree.structure(step) == jax.tree.structure(params)


@each_name
def test_starting_compiles_nothing(name: str) -> None:
    params = {"w": np.ones((2, 3), np.float32)}
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(RULES[name]().init(params)))


@each_name
def test_every_rule_says_what_it_is(name: str) -> None:
    kind = RULES[name]
    assert kind.title
    assert kind.paper
    assert r"\theta" in kind.equation
    fields = {field.name for field in dataclasses.fields(kind)}
    assert kind.ranges
    assert set(kind.ranges) <= fields
    for interval in kind.ranges.values():
        low, middle, high = (interval.at(share) for share in (0.0, 0.5, 1.0))
        assert low < middle < high
        assert (low, high) == pytest.approx((interval.low, interval.high))
        kind(**{key: span.at(0.3) for key, span in kind.ranges.items()})
    assert kind.full_batch_only == (name == "rprop")


@each_name
def test_every_rule_descends(name: str) -> None:
    # Rates that suit a bowl of curvature 1: the value falls by a half at least in 300 steps.
    assert RULES[name].couples == (name in {"lamb", "adafactor", "muon"})
    rate = {"adadelta": 10.0, "rprop": 0.1, "lion": 0.01}.get(name, 0.05)
    made, start = RULES[name](rate), jnp.array([1.0, -2.0, 0.5])

    def step(carry: Any, _: None) -> tuple[Any, None]:
        params, state = carry
        move, state = made.update(made.point(params, state), state, params)
        return (params + move, state), None

    (end, _), _ = jax.lax.scan(step, (start, made.init(start)), None, length=300)
    assert float(jnp.sum(end**2)) < 0.5 * float(jnp.sum(start**2))
