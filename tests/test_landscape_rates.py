"""The rates that the test functions are shown with: nothing diverges, and everything comes down."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.landscape import FUNCTIONS, RATES, STEPS, TRIED, function, trajectory
from ravine.optim import RULES, rule

CLASSICS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
MANY = {"rastrigin": 18.5, "ackley": 9.1, "styblinski_tang": -50.0}
"""Functions of many minima, and the height of one near the start: found by scipy from there, rounded up."""


def test_every_function_has_a_rate_for_every_rule() -> None:
    assert RATES.keys() == set(FUNCTIONS)
    assert all(each.keys() == set(RULES) for each in RATES.values())
    assert STEPS.keys() < set(FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        *(pytest.param(name, CLASSICS, id=name) for name in ("rosenbrock", "plateau")),
        *(pytest.param(name, TRIED, id=f"{name}-all", marks=pytest.mark.slow) for name in FUNCTIONS),
    ],
)
def test_a_rate_suits_its_function(name: str, rules: tuple[str, ...]) -> None:
    test = function(name)
    low, high = np.transpose(np.array(test.domain))
    for each in rules:
        made = trajectory(name, rule(f"{each}:{RATES[name][each]}"), steps=STEPS.get(name, 300))
        values = np.asarray(made.values, np.float64)
        told = (name, each, values[0], values[-1])
        assert made.diverged_at == -1, told
        if not test.minima:
            # Down a saddle it goes for ever, and out of sight.
            assert values[-1] < -20, told
            continue
        assert ((made.positions >= low) & (made.positions <= high)).all(), told
        if name in MANY:
            # Rules whose steps do not shrink tremble around the minimum.
            assert values[-1] <= MANY[name], told
        else:
            # To a tenth of the height, and on; Adagrad, which slows down, comes to an eighth in Rosenbrock's valley.
            assert values[-1] <= 0.13 * values[0], told
