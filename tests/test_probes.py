"""Instruments against a computation done another way: float64 NumPy, a dense Hessian, gradients one by one."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from ravine.data import Dataset, Split, load
from ravine.functions import activation
from ravine.nn import BatchNormalization, Context, Dense, Dropout, Network
from ravine.optim import SGD, Adam, Momentum, Nesterov
from ravine.train import (
    CHEAP,
    PROBES,
    Checkpoint,
    Plan,
    Session,
    Snapshots,
    histogram_edges,
    objective,
    population,
    train,
)
from ravine.train.probes.curvature import top_eigenvalue
from test_resume import CutAt, same

ALL = tuple(PROBES)
FULL: dict[str, Any] = {"batch_size": "full", "shuffle": False, "dtype": "float64", "train_eval_examples": 0}


def blobs(n: int = 64) -> Dataset:
    return load("blobs", n=n, seed=3)


def network(*hidden: Any) -> Network:
    return Network((*(hidden or (Dense(5, "tanh"), Dense(4, "relu"))), Dense(3, "softmax")), (2,))


def seen(net: Network, rule: Any, data: Dataset, probes: tuple[str, ...], epochs: int = 1, **plan: Any) -> Any:
    return train(net, rule, data, Plan(epochs=epochs, probes=probes, **({"stride": 1} | FULL | plan)))


def weights_along(net: Network, rule: Any, data: Dataset, count: int) -> list[Any]:
    """The weights before the first steps."""
    kept = Snapshots(every=1, unit="steps")
    train(net, rule, data, Plan(epochs=count, **FULL), callbacks=[kept])
    return [weights.params for weights in kept.weights]


def loss_of(net: Network, data: Dataset) -> Any:
    aim = objective(net, "sparse_categorical_crossentropy")
    x, n = data.train.x.astype(np.float64), len(data.train)
    state = net.init(0, np.float64).state

    def loss(params: Any, rows: slice = slice(None)) -> Any:
        ones = np.ones(n)[rows]
        return aim.measure(net, params, state, x[rows], data.train.y[rows], ones, Context()).loss

    return loss


def hessians(net: Network, data: Dataset, along: list[Any]) -> list[np.ndarray]:
    """The dense Hessian of the whole loss at each of the weights."""
    unravel = ravel_pytree(along[0])[1]
    loss = loss_of(net, data)
    dense = jax.jit(jax.hessian(lambda v: loss(unravel(v))))
    return [np.asarray(dense(ravel_pytree(params)[0])) for params in along]


@pytest.mark.usefixtures("float64")
def test_curvature_is_that_of_the_dense_hessian() -> None:
    """Eight products from a random vector, then from the last one: the eigenvalue settles within a few samplings."""
    net, data, rule = network(), blobs(), Momentum(0.05, 0.8)
    got = seen(net, rule, data, ("sharpness", "sharpness_times_rate", "hessian_trace"), 20).history.probes
    values, traces = got["sharpness"].values[:, 0], got["hessian_trace"].values[:, 0]
    along = weights_along(net, rule, data, 20)[:20]
    tops = [np.linalg.eigvalsh(h)[-1] for h in hessians(net, data, along)]
    # A value that is not converged lies below the true one: the Rayleigh quotient is a lower bound.
    np.testing.assert_allclose(values[0], tops[0], rtol=0.02)
    np.testing.assert_allclose(values[4:], tops[4:], rtol=1e-3)
    np.testing.assert_allclose(got["sharpness_times_rate"].values[:, 0], 0.05 * values, rtol=1e-7)
    # Hutchinson's estimator over 20 x 8 sign vectors; its variance is 2 (|H|^2 - sum of squares of the diagonal).
    last = hessians(net, data, along)
    deviation = np.sqrt(sum(2 * ((h**2).sum() - (np.diag(h) ** 2).sum()) / 8 for h in last)) / 20
    assert abs(traces.mean() - np.mean([np.trace(h) for h in last])) < 3 * deviation
    assert np.std(traces) > 0


def test_top_eigenvalue_is_the_largest_not_the_largest_in_size() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        a = rng.normal(size=(12, 12))
        matrix = jnp.asarray(a + a.T - 6 * np.eye(12), jnp.float32)
        value, vector = top_eigenvalue(lambda v, m=matrix: m @ v, jnp.asarray(rng.normal(size=12), jnp.float32), 30)
        # float32, and 30 products in 12 dimensions: converged.
        np.testing.assert_allclose(value, np.linalg.eigvalsh(np.asarray(matrix, np.float64))[-1], rtol=1e-3)
        np.testing.assert_allclose(vector @ vector, 1, rtol=1e-5)
    value, _ = top_eigenvalue(lambda v: jnp.float32(2) * v, jnp.ones(3), 4)  # nothing is left after the first product
    np.testing.assert_allclose(value, 2, rtol=1e-6)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("n", [pytest.param(64, marks=pytest.mark.slow), 51])
def test_noise_scale_from_single_gradients(n: int) -> None:
    """The two halves' estimator, written out with gradients of the halves taken apart."""
    net, data = network(), blobs(n)
    got = seen(net, SGD(0.1), data, ("noise_scale", "signal_to_noise")).history.probes
    loss, params, m1 = loss_of(net, data), net.init(0, np.float64).params, n // 2
    g1, g2 = (ravel_pytree(jax.grad(loss)(params, rows))[0] for rows in (slice(m1), slice(m1, n)))
    trace = ((g1 - g2) ** 2).sum() / (1 / m1 + 1 / (n - m1))
    np.testing.assert_allclose(got["noise_scale"].values[0], [trace / (g1 @ g2), trace, g1 @ g2], rtol=1e-9)
    np.testing.assert_allclose(got["signal_to_noise"].values[0, 0] ** 2, max(g1 @ g2, 0) * n / trace, rtol=1e-9)


@pytest.mark.slow
def test_noise_scale_is_unbiased() -> None:
    """At frozen weights (rate 0) the means of the parts over many batches are the variance and the mean's square."""
    net, data = network(), blobs(400)
    plan = Plan(epochs=40, batch_size=20, probes=("noise_scale",), stride=1, train_eval_examples=0)
    parts = train(net, SGD(0.0), data, plan).history.probes["noise_scale"].values.astype(np.float64)
    params = net.init(0).params
    aim, one = objective(net, "sparse_categorical_crossentropy"), np.ones(1, np.float32)

    def single(x: Any, y: Any) -> Any:
        grad = jax.grad(lambda p: aim.measure(net, p, ({}, {}, {}), x[None], y[None], one, Context()).loss)(params)
        return ravel_pytree(grad)[0]

    each = np.asarray(jax.vmap(single)(data.train.x, data.train.y), np.float64)
    trace, squared = each.var(axis=0, ddof=1).sum(), (each.mean(axis=0) ** 2).sum()
    deviation = parts.std(axis=0)[1:] / np.sqrt(len(parts))
    # 4 standard errors; batches are drawn without replacement, which takes 20/400 of the noise away: 5 % on top.
    assert abs(parts[:, 1].mean() - trace) < 4 * deviation[0] + 0.05 * trace
    assert abs(parts[:, 2].mean() - squared) < 4 * deviation[1] + 0.05 * trace / 20


def test_noise_needs_two_examples() -> None:
    run = train(network(), SGD(0.1), blobs(), Plan(epochs=1, batch_size=1, probes=("noise_scale",), stride=1))
    assert np.isnan(run.history.probes["noise_scale"].values).all()


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("rule", [pytest.param(SGD(0.5), marks=pytest.mark.slow), Nesterov(0.1, 0.9)])
def test_step_gain_and_cosine_of_updates(rule: Any) -> None:
    net, data = network(), blobs()
    run = seen(net, rule, data, ("step_gain", "update_cosine", "effective_rate", "update_norm"), 4)
    loss, flat = loss_of(net, data), lambda p: np.asarray(ravel_pytree(p)[0])
    along = [flat(p) for p in weights_along(net, rule, data, 4)]
    unravel = ravel_pytree(net.init(0, np.float64).params)[1]
    value, grad = lambda v: float(loss(unravel(v))), lambda v: flat(jax.grad(loss)(unravel(v)))
    updates = np.diff(along, axis=0)
    for step, (before, after) in enumerate(itertools.pairwise(along)):
        gain = (value(after) - value(before)) / (grad(before) @ (after - before))
        np.testing.assert_allclose(run.history.probes["step_gain"].values[step, 0], gain, rtol=1e-6)
    cosine = run.history.probes["update_cosine"].values[:, 0]
    assert np.isnan(cosine[0])
    for step in (1, 2, 3):
        a, b = updates[step - 1], updates[step]
        np.testing.assert_allclose(cosine[step], a @ b / np.sqrt(a @ a * (b @ b)), rtol=1e-7)
    if type(rule) is SGD:
        np.testing.assert_allclose(run.history.probes["effective_rate"].values, 0.5, rtol=1e-9)


def test_effective_rate_is_the_median_over_parameters() -> None:
    """Adam's first step moves every parameter by the rate: |update| / |gradient| = rate / |gradient|."""
    net, data = network(), blobs()
    got = seen(net, Adam(0.01, eps=0.0), data, ("effective_rate",)).history.probes["effective_rate"].values[0]
    with jax.enable_x64(True):
        grads = jax.grad(loss_of(net, data))(net.init(0, np.float64).params)
    for index, each in enumerate(grads):
        g = np.abs(np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(each)]))
        np.testing.assert_allclose(got[index], np.median(0.01 / g[g > 0]), rtol=1e-6)


def test_update_cosine_sees_the_step_before_whatever_the_stride() -> None:
    net, data = network(), blobs()
    every, some = (
        seen(net, Momentum(0.1), data, ("update_cosine",), 13, stride=stride).history.probes["update_cosine"]
        for stride in (1, 4)
    )
    # Other programs: float64 rounding.
    np.testing.assert_allclose(some.values[1:], every.values[4::4], rtol=1e-9)


def test_histogram_is_that_of_numpy() -> None:
    net, data = network(), blobs()
    series = seen(net, SGD(0.1), data, ("activation_histogram",)).history.probes["activation_histogram"]
    assert series.columns[:2] == ("0_dense:00", "0_dense:01") and len(series.columns) == 40
    outputs, _ = net.activations(*net.init(0), data.train.x, Context())
    for layer, part in enumerate(np.split(series.values[0], 2)):
        name = ("tanh", "relu")[layer]
        edges = histogram_edges(name)
        a = np.clip(np.asarray(outputs[layer], np.float64), edges[0], np.nextafter(edges[-1], 0))
        # An activation on the border of two bins may be counted in either, after float32 rounding: one in 256.
        np.testing.assert_allclose(part, np.histogram(a, edges)[0] / a.size, atol=1.5 / a.size)
        np.testing.assert_allclose(part.sum(), 1, rtol=1e-9)
    for name in ("elu", "logistic", "softplus", "linear"):
        edges = histogram_edges(activation(name))
        assert np.isfinite(edges).all() and (np.diff(edges) > 0).all()


def test_units_that_were_never_active() -> None:
    """Against the activations of every sampled batch, from the weights of the same run stopped there."""
    net = Network((Dense(60, "relu"), Dense(3, "softmax")), (2,))
    data = blobs(6)
    series = seen(net, SGD(0.5), data, ("never_active",), 6).history.probes["never_active"]
    silent, expected = np.ones(60, bool), []
    for params in weights_along(net, SGD(0.5), data, 6)[:6]:
        silent &= (data.train.x @ params[0]["kernel"] + params[0]["bias"] <= 0).all(axis=0)
        expected.append(silent.mean())
    assert 0 < expected[-1] <= expected[0] < 1
    np.testing.assert_allclose(series.values[:, 0], expected, atol=1e-6)


def test_padding_is_left_out() -> None:
    """5 examples in a batch of 5, and the same in a batch of 8 padded by 3: what activations do is the same."""
    data = blobs(5)
    names = ("activation_mean", "activation_spread", "saturated", "dead", "sparsity", "activation_histogram", *CHEAP)
    net = network(Dense(6, "tanh"), Dense(6, "relu"))
    found = []
    for order in (np.arange(5)[None], np.array([[0, 1, 2, 3, 4, -1, -1, -1]])):
        session = Session(net, SGD(0.1), objective(net, "sparse_categorical_crossentropy"), dtype="float64")
        data_on_device = session.examples(data.train.x, data.train.y)
        probes = tuple(dict.fromkeys(n for n in names if n != "noise_scale"))  # other halves: other estimates
        found.append(session.run(data_on_device, order.astype(np.int32), probes=probes, stride=1).probes)
    for name, values in found[0].items():
        np.testing.assert_allclose(values, found[1][name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.slow
def test_every_probe_in_a_population_equals_the_run_alone() -> None:
    data, plan = blobs(150), Plan(epochs=2, batch_size=16, probes=ALL, stride=4)
    net = network(Dense(5, "tanh"), Dropout(0.2), Dense(4, "relu"))
    for run in population(net, [Momentum(0.02), Momentum(0.05)], data, plan, seeds=(4, 7)):
        alone = train(run.network, run.rule, data, plan, seed=run.seed)
        for name, series in run.history.probes.items():
            theirs = alone.history.probes[name]
            np.testing.assert_array_equal(series.steps, theirs.steps)
            # Vectorised products add in another order; quotients of small differences magnify float32 rounding.
            loose = name in ("noise_scale", "step_gain", "signal_to_noise", "hessian_trace", "sharpness_times_rate")
            tolerance = {"rtol": 5e-2, "atol": 5e-2} if loose else {"rtol": 5e-3, "atol": 1e-4}
            np.testing.assert_allclose(series.values, theirs.values, **tolerance, err_msg=name)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 11])
def test_a_run_with_every_probe_is_resumed_to_the_bit(step: int, tmp_path: Path) -> None:
    """What probes carry along is part of the state: cut before, at and after a sampled step (stride 4)."""
    data, plan = blobs(60), Plan(epochs=6, batch_size=16, probes=ALL, stride=4)
    net = network(Dense(5, "relu"), BatchNormalization(), Dropout(0.2))
    whole = train(net, Adam(0.02), data, plan, seed=1)
    path = tmp_path / "run.safetensors"
    train(net, Adam(0.02), data, plan, seed=1, callbacks=[CutAt(step), Checkpoint(path)])
    resumed = train(net, Adam(0.02), data, plan, seed=1, resume=path)
    for name, series in whole.history.probes.items():
        assert np.array_equal(series.values, resumed.history.probes[name].values, equal_nan=True), name
    for run in (whole, resumed):
        del run.history.probe_parts["update_cosine"]  # starts with NaN, which `same` would not call equal
    same(whole, resumed)


def test_probes_that_carry_nothing_leave_the_state_as_it_was() -> None:
    net, data = network(), blobs()
    assert train(net, SGD(0.1), data, Plan(epochs=0)).history.probes == {}
    aim = objective(net, "sparse_categorical_crossentropy")
    plain, watched = Session(net, SGD(0.1), aim), Session(net, SGD(0.1), aim, probes=("never_active",))
    assert plain.state.probes == {} and set(watched.state.probes) == {"never_active"}
    order = np.arange(64, dtype=np.int32)[None]
    plain.run(plain.examples(data.train.x, data.train.y), order, probes=("never_active", "gradient_norm"), stride=1)
    assert set(plain.state.probes) == {"never_active"}


def test_a_frame_holds_every_value() -> None:
    run = train(network(), SGD(0.1), blobs(), Plan(epochs=2, batch_size=16, probes=("dead", "step_gain"), stride=3))
    frame = run.history.probe_frame()
    assert frame.columns == ["probe", "column", "step", "value"]
    dead = run.history.probes["dead"]
    assert frame.height == dead.values.size + len(dead.steps)
    first = frame.filter((frame["probe"] == "dead") & (frame["column"] == "1_dense"))
    np.testing.assert_array_equal(first["value"].to_numpy(), dead.values[:, 1])
    np.testing.assert_array_equal(first["step"].to_numpy(), dead.steps)
    assert train(network(), SGD(0.1), blobs(), Plan(epochs=0)).history.probe_frame().height == 0


def test_regression_and_one_example_are_seen_too() -> None:
    line = Dataset("line", Split(np.ones((1, 2)), np.ones((1, 1))))
    net = Network((Dense(3, "softplus"), Dense(1)), (2,))
    run = train(net, SGD(0.01), line, Plan(epochs=3, probes=ALL, stride=1))
    assert set(run.history.probes) == set(ALL)
    assert np.isfinite(run.history.probes["sharpness"].values).all()
