"""Minima against roots found one dimension at a time; basins and arrivals against closed forms and whole paths."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import numpy as np
import pytest
from scipy.optimize import brentq

from ravine.core import RavineError
from ravine.landscape import (
    DIVERGED,
    FUNCTIONS,
    UNDECIDED,
    TestFunction,
    basins,
    function,
    minima,
    quadratic,
    trajectories,
    walks,
)
from ravine.optim import SGD, Momentum

each = pytest.mark.parametrize("name", list(FUNCTIONS))


@each
def test_every_minimum_is_one(name: str, float64: None) -> None:
    test, found = function(name), minima(name)
    assert found.known == len(test.minima)
    if len(found.points):
        # Newton's last step leaves rounding: 1e-16 of curvatures of about 1000.
        assert np.abs(jax.vmap(test.gradient)(found.points)).max() < 1e-9
        around = found.points[:, None] + 1e-3 * np.random.default_rng(6).normal(size=(50, 2))
        assert (np.asarray(test(around)) > found.values[:, None]).all()
        np.testing.assert_allclose(test(found.points), found.values, atol=1e-12)
    assert (np.diff(found.values) > -1e-6).all()
    for point in test.minima:
        assert np.linalg.norm(found.points[: found.known] - point, axis=1).min() == 0


def products(slope: Any, brackets: list[tuple[float, float]]) -> np.ndarray:
    """The minima of a sum over x and y of one function: pairs of its minima, each from a bracket."""
    roots = [brentq(slope, low, high, xtol=1e-14) for low, high in brackets]
    return np.array(sorted(itertools.product(roots, roots)))


SEPARATE = {
    "rastrigin": (lambda x: 2 * x + 20 * np.pi * np.sin(2 * np.pi * x), [(k - 0.2, k + 0.2) for k in range(-5, 6)]),
    "styblinski_tang": (lambda x: 2 * x**3 - 16 * x + 2.5, [(-4.0, -2.0), (2.0, 4.0)]),
}


@pytest.mark.parametrize("name", SEPARATE)
def test_none_is_missing_and_none_invented(name: str) -> None:
    wanted = products(*SEPARATE[name])
    found = np.array(sorted(minima(name).points.round(12).tolist()))
    np.testing.assert_allclose(found, sorted(wanted.round(12).tolist()), atol=1e-10)


def stretch(path: np.ndarray, targets: np.ndarray, within: float) -> tuple[int, int]:
    """The target at which *path* ends, and the step from which on it stayed there; from the whole path, in NumPy."""
    apart = np.linalg.norm(path[:, None] - targets, axis=-1)
    at = np.where(apart.min(axis=1) <= within, apart.argmin(axis=1), -1)
    if at[-1] < 0:
        return -1, -1
    return int(at[-1]), int(len(at) - np.argmin([*(at[::-1] == at[-1]), False]))


def test_walks_say_what_whole_paths_say(float64: None) -> None:
    starts = np.random.default_rng(2).uniform(-5, 5, (40, 2))
    targets = np.array(function("himmelblau").minima)
    made = walks("himmelblau", Momentum(0.005), starts, targets, 0.1, steps=80)
    paths = trajectories("himmelblau", Momentum(0.005), starts, steps=80).positions
    for row, path in enumerate(paths):
        if made.lost[row] < 0:
            assert (made.target[row], made.arrived[row]) == stretch(path, targets, 0.1), row
            np.testing.assert_array_equal(made.end[row], path[-1])
    assert len(set(made.target)) >= 4


def test_walks_by_the_closed_form(float64: None) -> None:
    """On (x^2 + 4 y^2) / 2 SGD multiplies x by 1 - eta and y by 1 - 4 eta."""
    starts, eta, within = np.array([[2.0, 0.0], [0.0, 2.0], [1e-3, 0.0]]), 0.1, 1e-2
    made = walks(quadratic(4.0), SGD(eta), starts, [[0.0, 0.0]], within, steps=100)
    wanted = [np.ceil(np.log(within / 2.0) / np.log(share)) for share in (1 - eta, 1 - 4 * eta)]
    assert made.arrived.tolist() == [*wanted, 0]
    assert made.longest[:2] == pytest.approx([2.0 * eta, 2.0 * 4 * eta])
    # Not longer than the steps allow; and a target of one's own.
    early = walks(quadratic(4.0), SGD(eta), starts, np.zeros((3, 1, 2)), within, steps=20)
    assert early.target.tolist() == [-1, 0, 0]


def test_divergence_is_kept_as_data(float64: None) -> None:
    made = walks(quadratic(4.0), SGD(np.array([0.1, 0.9])), [[1.0, 1.0]] * 2, [[0.0, 0.0]], 0.1, steps=300)
    assert made.target.tolist() == [0, -1]
    # y is multiplied by -2.6 until it is farther than 100 diagonals of the view.
    far = 100 * np.hypot(20, 6)
    assert made.lost.tolist() == [-1, np.ceil(np.log(far) / np.log(2.6))]
    assert np.isfinite(made.end).all()
    path = trajectories(quadratic(4.0), SGD(0.9), [[1.0, 1.0]], steps=3000)
    assert path.diverged_at[0] == np.argmin(np.isfinite(path.values[0]))
    assert trajectories(quadratic(4.0), SGD(0.1), [[1.0, 1.0]], steps=30).diverged_at.tolist() == [-1]


def test_basins_of_a_bowl_by_the_closed_form() -> None:
    made = basins(quadratic(4.0), SGD(0.1), grid=11, steps=50)
    assert made.within == pytest.approx(0.06)
    x, y = np.meshgrid(made.x, made.y)
    steps = np.arange(51)[:, None, None]
    inside = np.hypot(x * 0.9**steps, y * 0.6**steps) <= made.within
    needed = np.where(inside[-1], inside.argmax(axis=0), -1)
    np.testing.assert_array_equal(made.steps, needed)
    np.testing.assert_array_equal(made.outcome, np.where(needed >= 0, 0, UNDECIDED))
    assert made.best == (made.outcome == 0).mean()
    wild = basins(quadratic(4.0), SGD(0.9), grid=11, steps=50)  # the same program
    # y is multiplied by -2.6 and x by 0.1: the row of y = 0 arrives, all others are lost.
    assert (wild.share(DIVERGED), wild.best) == (pytest.approx(10 / 11), pytest.approx(1 / 11))


def test_basins_of_rastrigin_are_its_cells() -> None:
    """A small step of plain descent cannot leave the cell, so that the start's nearest minimum is the end."""
    made = basins("rastrigin", "sgd:0.001", grid=30, steps=500)
    starts = np.stack(np.meshgrid(made.x, made.y), axis=-1)
    nearest = np.linalg.norm(starts[:, :, None] - made.minima.points, axis=-1).argmin(axis=-1)
    # Cells are cut where the slope is zero, not half way: a start near that edge may belong to the other.
    edge = np.abs(starts - np.floor(starts) - 0.5).min(axis=-1) < 0.05
    assert (made.outcome == nearest)[~edge].all()
    # Of 30 starts along each axis, those at -0.18 and 0.18 lie in the cell of the global minimum.
    assert made.best == pytest.approx(4 / 900)


def test_several_rules_from_many_starts() -> None:
    starts = np.random.default_rng(3).uniform(-4, 4, (100, 2))
    rules = ["sgd:0.01", "sgd:0.02", "momentum:0.005"]
    together = trajectories("himmelblau", rules, starts, steps=20)
    assert together.positions.shape == (3, 100, 21, 2)
    for row, rule in enumerate(rules):
        np.testing.assert_array_equal(
            together.positions[row], trajectories("himmelblau", rule, starts, steps=20).positions
        )


def test_one_program_per_kind_of_rule() -> None:
    calls: list[int] = []

    def counted(x: Any, y: Any) -> Any:
        calls.append(1)
        return x * x + y * y

    made = TestFunction(counted, name="counted", start=(1.0, 1.0), minima=((0.0, 0.0),))
    trajectories(made, ["sgd:0.01"], np.ones((5, 2)), steps=5)
    once = len(calls)
    trajectories(made, ["sgd:0.02", "sgd:0.03", "sgd:0.04"], np.ones((5, 2)), steps=5)
    assert len(calls) == once > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: basins("saddle", "sgd"), "saddle has no minimum to end in: choose another function"),
        (lambda: basins("beale", "sgd", grid=1), "grid must be an integer of at least 2, got 1"),
        (lambda: walks("beale", "sgd", [1.0, 2.0], [[0, 0]], 0.1), r"starts must be points of shape \(n, 2\)"),
        (lambda: walks("beale", "sgd", np.ones((3, 2)), np.ones((2, 1, 2)), 0.1), "targets must be points of shape"),
        (lambda: walks("beale", "sgd", np.ones((3, 2)), [[0, 0]], 0.0), r"within must be a number in \(0, inf\)"),
        (lambda: trajectories("beale", [], np.ones((3, 2))), "no rule is given"),
    ],
)
def test_bad_values_get_their_sentence(call: Any, message: str) -> None:
    with pytest.raises(RavineError, match=message):
        call()


def test_the_search_leaves_the_precision_as_it_was() -> None:
    minima("beale")
    assert jax.numpy.zeros(1).dtype == np.float32
