"""Weight decay, clipping, accumulation and optax inside a rule, against Keras, torch, optax and by definition."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import PROBLEMS, STEPS, Problem, falling
from ravine.core import RavineError, cast
from ravine.optim import (
    RULES,
    SGD,
    Accumulate,
    Adam,
    AdamW,
    Clip,
    ConstantSchedule,
    InverseSqrt,
    Momentum,
    Nesterov,
    Optax,
    Rule,
    WeightDecay,
    preset,
)
from rule_oracles import ORACLES
from rule_paths import (
    assert_same_path,
    join,
    keras_path,
    optax_path,
    ours,
    rates,
    split,
    torch_path,
    update,
)

each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
each_rate = pytest.mark.parametrize("falls", [False, True], ids=["fixed", "falling"])
each_name = pytest.mark.parametrize("name", list(RULES))
WRAPPERS = {
    "l2": lambda rule: WeightDecay(rule, 0.1),
    "decoupled": lambda rule: WeightDecay(rule, 0.1, "decoupled"),
    "value": lambda rule: Clip(rule, 0.1, by="value"),
    "norm": lambda rule: Clip(rule, 0.1, by="norm"),
    "global_norm": lambda rule: Clip(rule, 0.1),
    "accumulate": lambda rule: Accumulate(rule, 2),
    "nested": lambda rule: Clip(WeightDecay(Accumulate(rule, 2), 0.1, "decoupled"), 0.1),
}
# A wrapper knows nothing of the rule inside: one without a state, one that looks ahead, one with moments stand for all.
each_kind = pytest.mark.parametrize("name", ["sgd", "nesterov", "adam"])
each_wrapper = pytest.mark.parametrize("wrap", list(WRAPPERS))


@each_rate
@each_problem
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_decoupled_decay_is_that_of_keras(name: str, problem: Problem, falls: bool, float64: None) -> None:
    from keras import optimizers as k

    inner = preset(name, "keras", learning_rate=0.01)
    made = WeightDecay(inner, 0.1, "decoupled")
    theirs = keras_path(getattr(k, name)(0.01, weight_decay=0.1), problem, rates(inner, falls))
    assert_same_path(ours(made, problem, falls), theirs)


@each_rate
@each_problem
@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta"])
def test_l2_decay_is_that_of_torch(name: str, problem: Problem, falls: bool, float64: None) -> None:
    torch = pytest.importorskip("torch")
    inner = preset(name, "torch", learning_rate=0.01)
    theirs = torch_path(
        lambda p: getattr(torch.optim, name)(p, lr=0.01, weight_decay=0.1), problem, rates(inner, falls)
    )
    assert_same_path(ours(WeightDecay(inner, 0.1), problem, falls), theirs)


@each_problem
def test_decay_around_adam_is_adamw(problem: Problem, float64: None) -> None:
    around = ours(WeightDecay(Adam(0.01), 0.1, "decoupled"), problem, True)
    assert_same_path(around, ours(AdamW(0.01, weight_decay=0.1), problem, True))


def test_l2_decay_is_taken_where_the_gradient_is() -> None:
    # With a lookahead the decayed objective is differentiated at the point looked at.
    rule, params = WeightDecay(Nesterov(0.1), 0.5), jnp.array(1.0)
    step, state = rule.update(jnp.array(1.0), rule.init(params), params)
    params = params + step
    point = rule.point(params, state)
    same, _ = Nesterov(0.1).update(jnp.array(1.0) + 0.5 * point, state, params)
    step, _ = rule.update(jnp.array(1.0), state, params)
    assert float(step) == pytest.approx(float(same))


@each_problem
@pytest.mark.parametrize("by", ["value", "norm", "global_norm"])
def test_clipping_is_that_of_keras(by: str, problem: Problem, float64: None) -> None:
    from keras import optimizers as k

    option = {"value": "clipvalue", "norm": "clipnorm", "global_norm": "global_clipnorm"}[by]
    theirs = keras_path(k.SGD(0.01, **{option: 0.05}), problem, np.full(STEPS, 0.01))
    # K3 computes norms in float32 on this backend: 2e-7.
    share = 1e-13 if by == "value" else 2e-6
    assert_same_path(ours(Clip(SGD(0.01), 0.05, by=by), problem, False), theirs, share)


@each_problem
def test_clipping_by_global_norm_is_that_of_optax(problem: Problem, float64: None) -> None:
    optax = pytest.importorskip("optax")
    theirs = optax_path(lambda lr: optax.chain(optax.clip_by_global_norm(0.05), optax.sgd(lr)), problem, falling(0.01))
    assert_same_path(ours(Clip(SGD(0.01), 0.05), problem, True), theirs)


def test_a_gradient_of_zero_is_not_divided_by_its_norm() -> None:
    for by in ("value", "norm", "global_norm"):
        rule, params = Clip(SGD(1.0), 1.0, by=by), jnp.zeros(2)
        step, _ = rule.update(jnp.zeros(2), rule.init(params), params)
        assert not step.any()


@each_problem
def test_accumulation_is_the_rule_on_means(problem: Problem, float64: None) -> None:
    made, theta, seen = Adam(0.01), problem.start, []
    step, path = ORACLES["adam"](vars(made), theta.size), [problem.start]
    for t in range(1, STEPS + 1):
        seen.append(problem.gradient(theta, t))
        if len(seen) == 3:
            theta, seen = step(theta, np.mean(seen, axis=0), 0.01, t // 3), []
        path.append(theta)
    assert_same_path(ours(Accumulate(made, 3), problem, False), np.array(path))


@each_name
def test_accumulating_equal_gradients_is_the_rule(name: str) -> None:
    inner, params = RULES[name](0.1), split(PROBLEMS[0].start, np.float32)
    outer, grads = Accumulate(inner, 2), split(PROBLEMS[0].gradient(PROBLEMS[0].start, 1), np.float32)
    state, inner_state = outer.init(params), inner.init(params)
    for t in range(1, 7):
        step, state = update(outer, grads, state, params)
        if t % 2:
            assert not join(step).any()
            continue
        want, inner_state = update(inner, grads, inner_state, params)
        # The mean of two equal numbers is that number, to the bit; fused otherwise, a last bit may differ.
        np.testing.assert_allclose(join(step), join(want), rtol=1e-6)


def test_the_rate_of_an_accumulating_rule_follows_the_updates() -> None:
    rule = Accumulate(SGD(InverseSqrt(1.0)), 3)
    rates_seen = [float(rule.rate(jnp.int32(t))) for t in range(1, 8)]
    assert rates_seen == pytest.approx([1, 1, 1, 0.5**0.5, 0.5**0.5, 0.5**0.5, 3**-0.5])


@each_problem
@pytest.mark.parametrize("name", ["adam", "adabelief", "yogi", "lamb"])
def test_any_optax_transformation(name: str, problem: Problem, float64: None, lenient: None) -> None:
    optax = pytest.importorskip("optax")
    make = getattr(optax, name)
    theirs = optax_path(make, problem, np.full(STEPS, 0.01))
    assert_same_path(ours(Optax(make(0.01)), problem, False), theirs)


def test_the_rate_of_an_optax_transformation_is_traced(float64: None) -> None:
    optax = pytest.importorskip("optax")
    for problem in PROBLEMS:
        theirs = optax_path(optax.adam, problem, falling(0.01))
        adapted = Optax(optax.chain(optax.scale_by_adam(), optax.scale(-1.0)), 0.01)
        with jax.numpy_dtype_promotion("standard"):
            assert_same_path(ours(adapted, problem, True), theirs)


@each_wrapper
@each_kind
def test_another_number_compiles_nothing(name: str, wrap: str) -> None:
    traces = []

    @jax.jit
    def run(rule: Rule, params: Any) -> Any:
        traces.append(1)
        step, state = rule.update(params, rule.init(params), params)
        step, _ = rule.update(params, state, rule.point(params, state))
        return step

    made = cast(WRAPPERS[wrap](RULES[name]()), np.float32)
    params = {"w": jnp.ones((2, 3)), "b": jnp.ones(4)}
    first = run(made, params)
    second = run(jax.tree.map(lambda leaf: leaf * np.float32(0.875), made), params)
    assert len(traces) == 1
    assert any(bool((first[key] != second[key]).any()) for key in params)


@each_wrapper
@each_kind
def test_a_scan_carries_the_state(name: str, wrap: str) -> None:
    made, params = WRAPPERS[wrap](RULES[name]()), {"w": jnp.ones((2, 3)), "b": jnp.ones(4)}
    state = made.init(params)
    _, after = jax.eval_shape(made.update, params, state, params)
    assert jax.tree.structure(state) == jax.tree.structure(after)
    shapes = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(state)]
    assert shapes == [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(after)]


def test_other_numbers_reach_the_rule_inside() -> None:
    rule = Clip(WeightDecay(Momentum(0.1), 0.01), 1.0)
    other = rule.replace(learning_rate=ConstantSchedule(0.5), decay=0.02, limit=2.0, momentum=0.5)
    assert other == Clip(WeightDecay(Momentum(ConstantSchedule(0.5), momentum=0.5), 0.02), 2.0)
    assert set(rule.tunable()) == {"learning_rate", "momentum", "decay", "limit"}
    assert float(other.rate(jnp.int32(1))) == 0.5
    assert rule.learning_rate == 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightDecay(SGD(), 0.1, "l3"), "WeightDecay: unknown kind 'l3'"),
        (lambda: WeightDecay(SGD(), -0.1), r"WeightDecay: decay must be a number in \[0, inf\), got -0.1"),
        (lambda: WeightDecay("adam", 0.1), r"WeightDecay: rule must be a ravine\.optim\.Rule, got 'adam'"),
        (lambda: Clip(SGD(), 0.0), r"Clip: limit must be a number in \(0, inf\), got 0.0"),
        (lambda: Clip(SGD(), by="size"), "Clip: unknown by 'size'"),
        (lambda: Accumulate(SGD(), 0), r"Accumulate: every must be a number in \[1, inf\), got 0"),
        (lambda: Optax("adam"), r"Optax: transformation must be an optax\.GradientTransformation, got 'adam'"),
    ],
)
def test_bad_values_get_their_sentence(make: Any, message: str) -> None:
    with pytest.raises(RavineError, match=message):
        make()
