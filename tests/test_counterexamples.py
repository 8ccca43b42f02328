"""The games on which Adam fails and AMSGrad does not, against the paper's statements and a plain loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ravine.core import RavineError
from ravine.landscape import LONG_GAME, OnlineGame, amsgrad_counterexample, theorem_1
from ravine.optim import SGD, InverseSqrt


def plain(game: OnlineGame, amsgrad: bool, steps: int) -> tuple[np.ndarray, float]:
    """The paper's Algorithms 1 and 2 in Python: places x_2, ..., and the mean regret."""
    x, m, v, top, regret, places = 1.0, 0.0, 0.0, 0.0, 0.0, []
    for t in range(1, steps + 1):
        g = game.large if t % game.period == 1 else game.small
        regret += g * (x + 1)
        m = game.b1 * m + (1 - game.b1) * g
        v = game.b2 * v + (1 - game.b2) * g * g
        top = max(top, v)
        x = x - game.rate / t**0.5 * m / (top if amsgrad else v) ** 0.5
        x = min(max(x, -1.0), 1.0)
        places.append(x)
    return np.array(places), regret / steps


@pytest.mark.parametrize("game", [theorem_1(2.5), theorem_1(10.0), LONG_GAME], ids=["C=2.5", "C=10", "long"])
@pytest.mark.parametrize("amsgrad", [False, True], ids=["adam", "amsgrad"])
def test_the_game_is_the_papers(game: OnlineGame, amsgrad: bool) -> None:
    played = amsgrad_counterexample(game.amsgrad() if amsgrad else game.adam(), game, steps=3000, points=3000)
    places, regret = plain(game, amsgrad, 3000)
    # float64, 3000 steps of some 1e-2, clipped: 1e-11 is 1e4 roundings.
    np.testing.assert_allclose(played.x, places, atol=1e-11)
    assert played.regret[-1] == pytest.approx(regret, rel=1e-9)


@pytest.mark.parametrize("c", [2.5, 3.0, 10.0])
def test_theorem_1(c: float) -> None:
    """Adam's mean regret tends to 2 (C - 2) / 3, that of staying at +1; AMSGrad's vanishes."""
    game = theorem_1(c)
    adam = amsgrad_counterexample(game.adam(), game, steps=100_000)
    assert game.limit() == pytest.approx(2 * (c - 2) / 3)
    # The regret nears its limit as 1 / t; x oscillates below 1 by some alpha_t = 3e-4.
    assert adam.regret[-1] == pytest.approx(game.limit(), rel=2e-3)
    assert adam.x[-1] > 0.99
    amsgrad = amsgrad_counterexample(game.amsgrad(), game, steps=100_000)
    assert amsgrad.x[-1] == pytest.approx(-1.0, abs=2e-3)
    assert amsgrad.regret[-1] < 0.1 * game.limit()


def test_a_million_rounds_with_ordinary_numbers() -> None:
    """Published: after 1e6 rounds Adam stands at +1.0, AMSGrad at -.997."""
    adam = amsgrad_counterexample(LONG_GAME.adam(), LONG_GAME, steps=1_000_000)
    amsgrad = amsgrad_counterexample(LONG_GAME.amsgrad(), LONG_GAME, steps=1_000_000)
    assert adam.step[-1] == amsgrad.step[-1] == 1_000_000
    assert adam.x[-1] == pytest.approx(1.0, abs=5e-4)
    assert amsgrad.x[-1] == pytest.approx(-0.997, abs=5e-4)
    assert amsgrad.regret[-1] < LONG_GAME.limit() < adam.regret[-1]


def test_with_a_constant_rate_amsgrad_fails_too() -> None:
    """At a rate of 0.5 / sqrt(t) AMSGrad settles at the best place; at 0.5 it runs from wall to wall for ever."""
    rounds = {"steps": 200_000, "points": 200_000}
    constant = LONG_GAME.amsgrad().replace(learning_rate=0.5)
    late = amsgrad_counterexample(constant, LONG_GAME, **rounds).x[-10_000:]
    assert (late.min(), late.max()) == (-1.0, 1.0)
    falling = amsgrad_counterexample(LONG_GAME.amsgrad(), LONG_GAME, **rounds).x[-10_000:]
    assert falling.max() < -0.99


def test_gradient_descent_needs_no_cure() -> None:
    played = amsgrad_counterexample(SGD(InverseSqrt(0.1)), theorem_1(3.0), steps=30_000)
    assert played.x[-1] == pytest.approx(-1.0, abs=5e-3)


def test_points_are_evenly_spaced_and_cover_the_steps() -> None:
    played = amsgrad_counterexample(steps=1001, points=10)
    assert list(played.step[:2]) == [101, 202]
    assert played.step[-1] >= 1001
    assert played.x.shape == played.regret.shape == (10,)
    assert played.x.dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theorem_1(2.0), r"theorem_1: c must be a number in \(2, inf\), got 2.0"),
        (lambda: amsgrad_counterexample(steps=0), "steps must be a positive integer, got 0"),
        (lambda: amsgrad_counterexample(start=2.0), r"start must be a number in \[-1, 1\], got 2.0"),
        (lambda: amsgrad_counterexample("adma"), "unknown rule 'adma'"),
    ],
)
def test_bad_values_get_their_sentence(call: Any, message: str) -> None:
    with pytest.raises(RavineError, match=message):
        call()
