"""Races: the rate found against all rates tried one by one; distances and overshoot against the paths themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from ravine.core import RavineError, generator
from ravine.landscape import REACH, function, quadratic, race, random_starts, trajectory, tuned
from ravine.optim import SGD, Momentum


def test_the_rate_found_is_the_best_of_those_tried() -> None:
    """SGD on (x^2 + 50 y^2) / 2: each rate's steps by the closed form, the Sobol' points anew from the seed."""
    points = qmc.Sobol(1, rng=generator(3, "sample")).random_base2(5)[:, 0]
    rates = 1e-4 * (REACH / 1e-4) ** points
    steps = np.arange(301)[:, None]
    with np.errstate(over="ignore"):
        apart = np.hypot(-9.0 * (1 - rates) ** steps, 2.0 * (1 - 50 * rates) ** steps)
    last = np.where(apart[-1] <= 1e-2, 301 - np.argmax((apart > 1e-2)[::-1], axis=0), 601)
    found, edge = tuned("ravine", "sgd", [[-9.0, 2.0]], steps=300, tries=32, within=1e-2, seed=3)
    assert found == pytest.approx(rates[last.argmin()], rel=5e-3)  # rates are kept to three digits
    assert last.min() < 300
    assert not edge


def test_an_end_of_the_range_is_told() -> None:
    """Where nothing is reached in two steps and the largest rate comes lowest, the search says that it hit its end."""
    rate, edge = tuned("plateau", "adadelta", [[-1.0, 0.5]], steps=1, tries=8)
    assert edge
    assert rate > 1.0


def test_a_race_says_what_its_paths_say() -> None:
    starts = np.array([[-9.0, 2.0], [4.0, -1.0], [0.0, 0.0]])
    (racer,) = race("ravine", ["momentum:0.02,momentum=0.8"], starts=starts, steps=150, within=0.05)
    assert (racer.rate, racer.tuned, racer.edge) == (0.02, False, False)
    assert racer.label == "Momentum"
    for row, start in enumerate(starts):
        path = trajectory("ravine", Momentum(0.02, momentum=0.8), start, steps=150).positions.astype(np.float64)
        apart = np.linalg.norm(path, axis=1)
        assert racer.distance[row] == pytest.approx(apart[-1], rel=1e-4)
        outside = np.flatnonzero(apart > 0.05)
        assert racer.steps[row] == (outside[-1] + 1 if len(outside) else 0)
        if start.any():
            beyond = (path @ -start).max() / (start @ start)
            assert racer.overshoot[row] == pytest.approx(max(beyond, 0.0), rel=1e-4)
    assert racer.lost.tolist() == [-1, -1, -1]
    assert racer.overshoot[2] == 0.0


def test_one_that_diverges_is_a_result() -> None:
    tame, wild = race(quadratic(50.0), ["sgd:0.01", SGD(0.1)], steps=60)
    assert (tame.label, wild.label) == ("SGD 0.01", "SGD 0.1")
    assert wild.lost[0] > 0
    assert np.isinf(wild.distance[0]) and np.isinf(wild.steps[0]) and np.isnan(wild.value[0])
    assert tame.lost[0] == -1


def test_down_the_saddle_for_ever_is_arrival() -> None:
    (racer,) = race("saddle", ["sgd:0.1"], steps=200)
    start = np.array(function("saddle").start)
    heights = (start[0] * 0.8 ** np.arange(200)) ** 2 - (start[1] * 1.2 ** np.arange(200)) ** 2
    assert racer.steps[0] == np.argmax(heights <= -1)
    assert racer.lost[0] > racer.steps[0]
    assert np.isnan(racer.distance[0])
    (found,) = race("saddle", ["sgd"], steps=200, tries=32)
    assert found.tuned and found.steps[0] < 200
    moves = np.linalg.norm(np.diff(found.paths.positions[0][: int(found.steps[0]) + 1], axis=0), axis=1)
    assert moves.max() <= 0.1 * 4.0 * (1 + 1e-6)


def test_starts_are_spread_and_repeatable() -> None:
    test = function("rosenbrock")
    starts = random_starts(test, 64, seed=5)
    np.testing.assert_array_equal(starts, random_starts("rosenbrock", 64, seed=5))
    low, high = np.transpose(np.array(test.domain))
    assert ((starts >= low) & (starts <= high)).all()
    # Halton's points: every quarter of the view has its sixteen, give or take two.
    quarters = ((starts - low) / (high - low) >= 0.5) @ [1, 2]
    assert np.bincount(quarters, minlength=4) == pytest.approx([16] * 4, abs=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: race("ravine", []), "race: no rule is given: name at least one"),
        (lambda: race("ravine", ["sgd:0.1"], starts=[1.0, 2.0, 3.0]), r"starts must be finite points of .* \(n, 2\)"),
        (lambda: race("ravine", ["sgd:0.1"], starts=[[np.nan, 1.0]]), "starts must be finite points"),
        (lambda: race("ravine", ["sgd:0.1"], steps=0), "steps must be a positive integer, got 0"),
        (lambda: race("ravine", ["sdg"]), "unknown rule 'sdg': did you mean 'sgd'"),
        (lambda: tuned("ravine", "sgd", [[1.0, 1.0]], tries=0), "tries must be a positive integer, got 0"),
    ],
)
def test_bad_values_get_their_sentence(call: Any, message: str) -> None:
    with pytest.raises(RavineError, match=message):
        call()
