"""Planes against NumPy's singular values, paths between minima against the curve written out in NumPy."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import Dataset, Split, load
from ravine.landscape import barrier, components, measure, mode_connectivity, trajectory_plane
from ravine.nn import Variables, network
from ravine.optim import SGD, Adam
from ravine.train import Plan, Snapshots, train


def flat(tree: Any) -> np.ndarray:
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


def test_components_are_those_of_the_singular_values() -> None:
    rng = np.random.default_rng(1)
    trees = [{"a": rng.normal(size=(5, 3)).astype(np.float32), "b": rng.normal(size=4) * 2} for _ in range(9)]
    rows = np.stack([flat(tree) for tree in trees])
    u, s, v = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    made = components(trees, count=3)
    # Squares of singular values are found, so that half of float64's digits are left.
    np.testing.assert_allclose(made.explained, (s**2 / (s**2).sum())[:3], rtol=1e-10)
    np.testing.assert_allclose(np.abs(made.places), np.abs(u * s)[:, :3], rtol=1e-7, atol=1e-9)
    for axis, direction in enumerate(made.directions):
        assert abs(flat(direction) @ v[axis]) == pytest.approx(1.0, abs=1e-9)
        assert np.linalg.norm(flat(direction)) == pytest.approx(1.0, abs=1e-9)
        np.testing.assert_allclose((rows - rows.mean(axis=0)) @ flat(direction), made.places[:, axis], atol=1e-8)
    shown = made.places @ np.stack([flat(each) for each in made.directions])
    np.testing.assert_allclose(made.off, np.linalg.norm(rows - rows.mean(axis=0) - shown, axis=1), atol=1e-6)
    np.testing.assert_allclose(flat(made.middle), rows.mean(axis=0), rtol=1e-12)
    assert (made.places[-1] >= 0).all()


Kept = tuple[Any, Dataset, dict[str, list[Variables]]]


@pytest.fixture(scope="module")
def runs() -> Kept:
    net, data, kept = network("2-6:tanh-2:softmax"), load("moons", n=120), {}
    for rule in (SGD(0.5), Adam(0.02)):
        snapshots = Snapshots()
        train(net, rule, data, Plan(epochs=5, batch_size=40), callbacks=[snapshots])
        kept[rule.title] = snapshots.weights
    return net, data, kept


def test_the_plane_of_two_rivals(runs: Kept) -> None:
    net, data, kept = runs
    plane = trajectory_plane(net, kept, data, grid=4, margin=0.2)
    rows = np.stack([flat(each.params) for weights in kept.values() for each in weights])
    s = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    assert plane.unexplained == pytest.approx((s[2:] ** 2).sum() / (s**2).sum(), rel=1e-6)
    assert {name: path.shape for name, path in plane.paths.items()} == {"SGD": (6, 2), "Adam": (6, 2)}
    np.testing.assert_allclose(plane.paths["SGD"][0], plane.paths["Adam"][0], atol=1e-6)  # one start
    for name, weights in kept.items():
        np.testing.assert_allclose(plane.losses[name], measure(net, data).at(weights).loss, rtol=1e-6)
        for axis, edges in enumerate((plane.x, plane.y)):
            assert edges[0] < plane.paths[name][:, axis].min() <= plane.paths[name][:, axis].max() < edges[-1]
    # A corner of the grid, put together in NumPy.
    made = plane.components
    corner = jax.tree.map(
        lambda m, a, b: (m + plane.x[0] * a + plane.y[-1] * b).astype(np.float32), made.middle, *made.directions
    )
    state = kept["SGD"][0].state
    assert plane.loss[-1, 0] == pytest.approx(measure(net, data).at([Variables(corner, state)]).loss[0], rel=1e-5)


def test_weights_on_the_plane_have_the_losses_of_the_plane(runs: Kept) -> None:
    """Three sets of weights lie on one plane: nothing is left out."""
    net, data, kept = runs
    three = kept["SGD"][::2]
    plane = trajectory_plane(net, {"three": three}, data, grid=2)
    assert plane.unexplained == pytest.approx(0.0, abs=1e-12)
    assert plane.off["three"] == pytest.approx(0.0, abs=1e-6)
    made = plane.components
    origin = Variables(made.middle, three[0].state)
    heights = measure(net, data).heights(origin, made.directions, plane.paths["three"])
    np.testing.assert_allclose(heights.loss, plane.losses["three"], rtol=1e-5)


def test_barrier() -> None:
    t = np.linspace(0, 1, 5)
    assert barrier(t, 1 + 2 * t) == pytest.approx(0.0, abs=1e-15)
    assert barrier(t, [0.0, 1.0, 5.0, 1.0, 2.0]) == 4.0
    assert barrier(t, [1.0, 0.5, 0.2, 0.5, 1.0]) == 0.0  # a valley between the ends is no barrier


def test_the_bend_is_trained_by_its_own_gradient() -> None:
    """One step of SGD on a linear network, written out: dL/dc = 2 t (1 - t) dL/dtheta at the curve's point."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 2)).astype(np.float32)
    data = Dataset("line", Split(x, (x @ [[1.0], [2.0]]).astype(np.float32)))
    net, plan = network("2-1"), Plan(loss="mse", metrics=(), batch_size="full", dtype="float64")
    a, b = net.init(0), net.init(1)
    made = mode_connectivity(net, a, b, data, epochs=1, descent="sgd:0.1", points=7, plan=plan, seed=4)
    first, last = flat(a.params), flat(b.params)
    bend = (first + last) / 2
    # The t of the only step follows from what the step did; with it, everything else must fit.
    moved = flat(made.bend) - bend
    inputs, y = np.column_stack([np.ones(30), x.astype(np.float64)]), data.train.y.astype(np.float64)[:, 0]

    def loss_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
        away = inputs @ theta - y  # leaves come as bias, kernel
        return float(np.square(away).mean()), 2 * inputs.T @ away / len(y)

    def step(t: float) -> np.ndarray:
        theta = (1 - t) ** 2 * first + 2 * t * (1 - t) * bend + t**2 * last
        return -0.1 * 2 * t * (1 - t) * loss_and_gradient(theta)[1]

    grid = np.linspace(0, 1, 100_001)
    t = grid[np.argmin([np.abs(step(each) - moved).max() for each in grid])]
    np.testing.assert_allclose(step(t), moved, atol=1e-5)
    for place, (line, curve) in enumerate(zip(made.line.loss, made.curve.loss, strict=True)):
        s = made.t[place]
        assert line == pytest.approx(loss_and_gradient((1 - s) * first + s * last)[0], rel=1e-9)
        theta = (1 - s) ** 2 * first + 2 * s * (1 - s) * flat(made.bend) + s**2 * last
        assert curve == pytest.approx(loss_and_gradient(theta)[0], rel=1e-9)
    assert made.distance == pytest.approx(np.linalg.norm(last - first), rel=1e-9)
    assert made.line_barrier == pytest.approx(0.0, abs=1e-12)  # the loss is convex


def test_a_curve_goes_round_the_barrier_between_a_network_and_its_mirror() -> None:
    """Hidden units in another order compute the same: two minima of one height, and a barrier on the line between."""
    net, data = network("2-8:tanh-2:softmax"), load("moons", n=200)
    plan = Plan(batch_size=50, epochs=30)
    a = train(net, Adam(0.05), data, plan).variables
    order = np.roll(np.arange(8), 3)
    hidden, out = a.params
    turned = ({n: p[..., order] for n, p in hidden.items()}, {**out, "kernel": out["kernel"][order]})
    b = Variables(turned, a.state)
    made = mode_connectivity(net, a, b, data, epochs=40, descent="adam:0.03", plan=plan, points=15)
    assert made.line.loss[0] == pytest.approx(made.line.loss[-1], rel=1e-4)
    assert made.line_barrier > 0.1
    assert made.curve_barrier < 0.3 * made.line_barrier
    assert len(made.training) == 40 * 4
    assert made.training[-20:].mean() < made.training[:20].mean()
    again = mode_connectivity(net, a, b, data, epochs=40, descent="adam:0.03", plan=plan, points=15)
    np.testing.assert_array_equal(made.curve.loss, again.curve.loss)


NORMED = "2-4:relu-batchnorm-2:softmax"
BAD = {
    "keeps moving statistics": lambda n, d, w: mode_connectivity(
        network(NORMED), network(NORMED).init(0), network(NORMED).init(1), d
    ),
    "must both be of this network": lambda n, d, w: mode_connectivity(n, w, network("2-5:tanh-3:tanh-2").init(0), d),
    "2 directions need more than 2 sets of weights, got 2": lambda n, d, w: trajectory_plane(n, {"a": [w, w]}, d),
    "spread along fewer than 2 directions": lambda n, d, w: trajectory_plane(n, {"a": [w] * 4}, d),
    "belong to different networks": lambda n, d, w: components([{"a": np.ones(2)}, {"b": np.ones(2)}], count=1),
    "points must be an integer of at least 3": lambda n, d, w: mode_connectivity(n, w, w, d, points=2),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_values_get_their_sentence(message: str) -> None:
    net, data = network("2-3:tanh-2:softmax"), load("xor", n=20)
    with pytest.raises(RavineError, match=message):
        BAD[message](net, data, net.init(0))
