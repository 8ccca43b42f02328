"""Every preset against the framework it is named after: Keras, optax and torch, on three problems, at two rates.

The tolerances are those of `test_rules`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import PROBLEMS, STEPS, Problem, falling
from ravine.optim import RULES, Muon, WeightDecay, preset, presets
from rule_paths import (
    Table,
    assert_same_path,
    join,
    keras_optimizer,
    keras_path,
    optax_path,
    optax_transformation,
    ours,
    rates,
    split,
    torch_optimizer,
    torch_path,
    update,
)

each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
each_rate = pytest.mark.parametrize("falls", [False, True], ids=["fixed", "falling"])


@each_rate
@each_problem
@pytest.mark.parametrize("name", list(presets("keras")))
def test_keras(name: str, problem: Problem, falls: bool, float64: None) -> None:
    made = preset(name, "keras")
    lrs = rates(made, falls)
    # Keras's norm and mean round to float32, which the iteration of Muon amplifies a little.
    share = {"muon": 2e-6, "adafactor": 1e-6}.get(name, 1e-13)
    assert_same_path(ours(made, problem, falls), keras_path(keras_optimizer(name, lrs[0]), problem, lrs), share)


@each_rate
@each_problem
@pytest.mark.parametrize("centered", [False, True])
def test_keras_rmsprop_with_momentum(centered: bool, problem: Problem, falls: bool, float64: None) -> None:
    from keras import optimizers as k

    made = preset("rmsprop", "keras", momentum=0.9, centered=centered)
    theirs = k.RMSprop(momentum=0.9, centered=centered)
    # Centered: see test_centered_rmsprop.
    share = 1e-11 if centered else 1e-13
    assert_same_path(ours(made, problem, falls), keras_path(theirs, problem, rates(made, falls)), share)


@each_rate
@each_problem
@pytest.mark.parametrize("name", list(presets("optax")))
def test_optax(name: str, problem: Problem, falls: bool, float64: None, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("optax")
    if name == "rprop":
        reason = "optax 0.2.8 emits the update of the step before: its Rprop is one step late"
        request.applymarker(pytest.mark.xfail(reason=reason))
    made = preset(name, "optax")
    theirs = optax_path(optax_transformation(name), problem, rates(made, falls))
    share = {"adafactor": 1e-6}.get(name, 1e-13)  # its share of the past, 1 - t^-0.8, is float32
    assert_same_path(ours(made, problem, falls), theirs, share)


@each_rate
@each_problem
@pytest.mark.parametrize(
    "options",
    [
        {"eps_in_sqrt": False, "momentum": 0.9},
        {"momentum": 0.9, "nesterov": True, "bias_correction": True},
        {"initial_scale": 0.3},
    ],
    ids=str,
)
def test_optax_rmsprop(options: dict[str, Any], problem: Problem, falls: bool, float64: None) -> None:
    optax = pytest.importorskip("optax")
    names = {"eps_in_sqrt": "eps_inside", "initial_scale": "initial"}
    made = preset("rmsprop", "optax", **{names.get(key, key): value for key, value in options.items()})
    theirs = optax_path(lambda lr: optax.rmsprop(lr, **options), problem, rates(made, falls))
    assert_same_path(ours(made, problem, falls), theirs)


@each_problem
def test_optax_amsgrad_of_the_paper(problem: Problem, float64: None) -> None:
    optax = pytest.importorskip("optax")
    bare = {"bias_correction_mu": False, "bias_correction_nu": False}
    theirs = optax_path(lambda lr: optax.amsgrad(lr, **bare), problem, falling(0.001))
    assert_same_path(ours(RULES["amsgrad"](0.001), problem, True), theirs)


@each_rate
@each_problem
@pytest.mark.parametrize("name", list(presets("torch")))
def test_torch(name: str, problem: Problem, falls: bool, float64: None) -> None:
    pytest.importorskip("torch")
    made = preset(name, "torch")
    assert_same_path(ours(made, problem, falls), torch_path(torch_optimizer(name), problem, rates(made, falls)))


@each_rate
@each_problem
def test_torch_dampening(problem: Problem, falls: bool, float64: None) -> None:
    pytest.importorskip("torch")
    import torch.optim as o

    made = preset("momentum", "torch", dampening=0.3)
    theirs = torch_path(lambda p: o.SGD(p, momentum=0.9, dampening=0.3), problem, rates(made, falls))
    assert_same_path(ours(made, problem, falls), theirs)


@each_rate
@each_problem
def test_lookahead_is_the_reformulation_seen_from_the_point(problem: Problem, falls: bool, float64: None) -> None:
    """phi_t = theta_t - gamma v_t of the lecture's form walks the path of Keras's theta.

    To rounding: 1.3e-15 of theta was measured.
    """
    made = RULES["nesterov"](0.01)
    table = falling(0.01) if falls else np.full(STEPS, 0.01)
    made = made.replace(learning_rate=Table(table))
    params: Any = split(problem.start)
    state, phi = made.init(params), [problem.start]
    for t in range(1, STEPS + 1):
        step, state = update(made, split(problem.gradient(phi[-1], t)), state, params)
        params = jax.tree.map(jnp.add, params, step)
        phi.append(join(made.point(params, state)))
    from keras import optimizers as k

    theirs = keras_path(k.SGD(0.01, momentum=0.9, nesterov=True), problem, table)
    assert_same_path(np.array(phi), theirs, share=1e-14)


@each_rate
@each_problem
def test_optax_adafactor_of_factored_matrices(problem: Problem, falls: bool, float64: None) -> None:
    optax = pytest.importorskip("optax")
    made = preset("adafactor", "optax", least=1)
    theirs = optax_path(lambda lr: optax.adafactor(lr, min_dim_size_to_factor=1), problem, rates(made, falls))
    assert_same_path(ours(made, problem, falls), theirs, 1e-6)


@each_rate
@each_problem
def test_lamb_with_decay_inside_and_beside_the_ratio(problem: Problem, falls: bool, float64: None) -> None:
    """optax's weights decay inside the trust ratio, as in the paper; Keras's beside the step."""
    optax = pytest.importorskip("optax")
    from keras import optimizers as k

    made = preset("lamb", "optax", weight_decay=0.1)
    theirs = optax_path(lambda lr: optax.lamb(lr, weight_decay=0.1), problem, rates(made, falls))
    assert_same_path(ours(made, problem, falls), theirs)
    if not falls:
        beside = preset("lamb", "keras")
        there = keras_path(k.Lamb(0.001, weight_decay=0.1), problem, rates(beside, False))
        # Theirs shrinks the weights first, and takes the ratio of what is left: eta lambda = 1e-4 of a step.
        assert_same_path(ours(WeightDecay(beside, 0.1, "decoupled"), problem, False), there, share=2e-4)


@each_rate
def test_muon_of_optax_is_ours_on_matrices_without_nesterov(falls: bool, float64: None) -> None:
    """optax divides the momentum by 1 - momentum^t, which the iteration's norm takes back, save for its eps of 1e-8."""
    contrib = pytest.importorskip("optax.contrib")
    made, table = Muon(nesterov=False), falling(0.02) if falls else np.full(STEPS, 0.02)
    turned = made.replace(learning_rate=Table(table))
    params = np.random.default_rng(0).normal(size=(4, 6))
    grads = np.random.default_rng(1).normal(size=(STEPS, 4, 6))
    with jax.numpy_dtype_promotion("standard"):
        theirs = contrib.muon(lambda count: jnp.asarray(table)[count], nesterov=False)
        at, state = jnp.asarray(params), None
        state = theirs.init(at)
        mine, own = {"w": jnp.asarray(params)}, turned.init({"w": jnp.asarray(params)})
        for g in grads:
            step, state = theirs.update(jnp.asarray(g), state, at)
            at = at + step
            move, own = update(turned, {"w": jnp.asarray(g)}, own, mine)
            mine = {"w": mine["w"] + move["w"]}
    np.testing.assert_allclose(mine["w"], at, atol=1e-6 * STEPS * 0.02)


def test_muon_leaves_embeddings_and_vectors_to_adam() -> None:
    params = {"embeddings": jnp.ones((3, 2)), "kernel": jnp.ones((3, 2)), "bias": jnp.ones(2)}
    grads = {name: jnp.arange(1.0, 1 + each.size).reshape(each.shape) for name, each in params.items()}
    made, adam = Muon(0.1), RULES["adam"](0.1)
    step, state = made.update(grads, made.init(params), params)
    alone, _ = adam.update(grads, adam.init(params), params)
    for name in ("embeddings", "bias"):
        np.testing.assert_allclose(step[name], alone[name], rtol=1e-6)
    assert not np.allclose(step["kernel"], alone["kernel"])
    assert [np.shape(state.v[name]) for name in ("kernel", "embeddings")] == [(), (3, 2)]
