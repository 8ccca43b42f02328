"""The battery every layer passes: shapes, derivatives, compilation, sweeps, and records that come back."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tomli_w

import ravine.nn
from layer_cases import CASES
from ravine.core import RavineError, cast
from ravine.nn import (
    LAYERS,
    Context,
    Layer,
    Network,
    Recurrent,
    count_params,
    from_dict,
    from_text,
    summary,
    to_dict,
    to_text,
)

NAMES = list(CASES)
QUICK: Any = {"xla_backend_optimization_level": 0}
"""Programs this small are compiled far longer than they run: the compiler need not try hard."""


def test_every_layer_is_in_the_battery() -> None:
    classes = {thing for thing in vars(ravine.nn).values() if isinstance(thing, type) and issubclass(thing, Layer)}
    public = classes - {Layer, Recurrent}
    assert public == {LAYERS[name] for name in LAYERS}
    assert public == {type(case.layer) for case in CASES.values()}


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_shapes_dtypes_and_state(name: str, train: bool) -> None:
    """The shape foretold is the shape made; the state keeps its structure; float32 stays float32."""
    case, rng = CASES[name], np.random.default_rng(0)
    x, (params, state) = case.inputs(rng, np.float32), case.variables(rng, np.float32)
    masks = [None, case.mask(rng)] if case.masked else [None]
    for mask in masks:
        context = Context(train=train, mask=mask)
        made, new = jax.eval_shape(lambda x, p, s, c=context: case.layer.apply(p, s, x, c), x, params, state)
        y, *rest = jax.tree.leaves(made)
        assert y.shape == (len(x), *case.layer.output_shape(case.shape))
        assert {leaf.dtype for leaf in (y, *rest)} == {np.dtype(np.float32)}
        described = jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), (state, new))
        assert described[0] == described[1]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.noisy and not case.layer.statistics])
def test_training_changes_nothing_where_nothing_is_random(name: str) -> None:
    case, rng = CASES[name], np.random.default_rng(0)
    x, (params, state) = case.inputs(rng, np.float32), case.variables(rng, np.float32)
    inside, _ = case.layer.apply(params, state, x, Context(train=True, seed=3))
    outside, _ = case.layer.apply(params, state, x, Context())
    jax.tree.map(np.testing.assert_array_equal, inside, outside)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", NAMES)
def test_gradients_by_finite_differences(name: str) -> None:
    """The slope along a random direction, in training, noise and masks included.

    A central difference of step h errs by h^2 f'''/6 + 1e-16 f/h: with h = 1e-5 and f of order 10 that is 1e-9 or less.
    """
    case, rng = CASES[name], np.random.default_rng(1)
    x, (params, state) = case.inputs(rng, np.float64), case.variables(rng, np.float64)
    context = Context(train=True, seed=4, step=2, mask=case.mask(rng) if case.masked else None)
    by_x = np.issubdtype(x.dtype, np.floating)

    @jax.jit
    def value(point: Any) -> Any:
        outputs, _ = case.layer.apply(point["params"], state, point.get("x", x), context)
        return sum(jnp.sum(jnp.sin(y) * np.cos(np.arange(y.size)).reshape(y.shape)) for y in jax.tree.leaves(outputs))

    point = {"params": params, "x": x} if by_x else {"params": params}
    direction = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape), point)
    gradient = jax.jit(jax.grad(value), compiler_options=QUICK)(point)
    slope = sum(jax.tree.leaves(jax.tree.map(lambda g, d: float(np.sum(g * d)), gradient, direction)))
    h = 1e-5
    ahead, behind = (jax.tree.map(lambda p, d, s=s: p + s * h * d, point, direction) for s in (1, -1))
    difference = float(value(ahead) - value(behind)) / (2 * h)
    assert slope == pytest.approx(difference, rel=1e-6, abs=1e-7)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
    # Every weight takes part (the state before the only step of a sequence is 0).
    idle = {"recurrent_kernel"} if case.shape[0] == 1 else set()
    assert all(np.abs(leaf).max() > 0 for weight, leaf in gradient["params"].items() if weight not in idle)


@pytest.mark.parametrize("name", NAMES)
def test_members_and_sweeps(name: str) -> None:
    """Two members with numbers and weights of their own, mapped together, equal each alone; one program serves all."""
    case, rng = CASES[name], np.random.default_rng(2)
    x = case.inputs(rng, np.float32)
    halved = jax.tree.map(lambda leaf: leaf / 2, case.layer)
    layers = [cast(layer, np.float32) for layer in (case.layer, halved)]
    variables = [case.variables(rng, np.float32) for _ in layers]
    traces = []

    def apply(layer: Layer, params: Any, state: Any) -> Any:
        traces.append(name)
        return layer.apply(params, state, x, Context(train=True, seed=1, step=7))

    alone = jax.jit(apply, compiler_options=QUICK)
    results = [alone(layer, *each) for layer, each in zip(layers, variables, strict=True)]
    assert len(traces) == 1
    if not jax.tree.leaves((layers, variables)):
        return  # nothing in which two members could differ
    joined = jax.tree.map(lambda *leaves: jnp.stack(leaves), *zip(layers, variables, strict=True))
    together = jax.jit(jax.vmap(lambda member: apply(member[0], *member[1])), compiler_options=QUICK)(joined)
    for member, result in enumerate(results):
        # Sums of at most 12 float32 terms, in another order.
        each = jax.tree.map(lambda leaf, member=member: leaf[member], together)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), each, result)
    if jax.tree.leaves(case.layer) and case.noisy:
        first, second = (jax.tree.leaves(result[0])[0] for result in results)
        assert not np.allclose(first, second)


@pytest.mark.parametrize("name", NAMES)
def test_records_come_back(name: str) -> None:
    """A network as JSON, as TOML and, where it has no parts a text cannot hold, as text."""
    case = CASES[name]
    if getattr(case.layer, "return_state", False):
        with pytest.raises(RavineError, match="return_state=True gives several arrays"):
            Network((case.layer,), case.shape)
        return
    network = Network((case.layer,), case.shape)
    record = to_dict(network)
    assert from_dict(json.loads(json.dumps(record))) == network
    assert from_dict(tomllib.loads(tomli_w.dumps(record))) == network
    if getattr(case.layer, "backward_layer", None) is not None:
        with pytest.raises(RavineError, match="use to_dict"):
            to_text(network)
    else:
        assert from_text(to_text(network)) == network


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_the_arrays(name: str) -> None:
    case = CASES[name]
    if getattr(case.layer, "return_state", False):
        return
    network = Network((case.layer,), case.shape)
    variables = network.init(0)
    counted = tuple(sum(leaf.size for leaf in jax.tree.leaves(part)) for part in variables)
    assert count_params(network) == counted
    assert f"Total params: {sum(counted):,}" in summary(network)


@pytest.mark.parametrize("name", NAMES)
def test_same_generator_same_weights(name: str) -> None:
    case = CASES[name]
    one, two, other = (case.layer.init(np.random.default_rng(seed), case.shape, np.float64) for seed in (0, 0, 1))
    jax.tree.map(np.testing.assert_array_equal, one, two)
    leaves = jax.tree.leaves(one)
    assert all(leaf.dtype == np.float64 for leaf in leaves)
    drawn = [not np.array_equal(a, b) for a, b in zip(leaves, jax.tree.leaves(other), strict=True)]
    kernels = [weight for weight in case.layer.weights if "kernel" in weight or weight == "embeddings"]
    assert sum(drawn) == len(kernels)
