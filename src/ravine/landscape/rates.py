"""Learning rates that suit the test functions."""

from __future__ import annotations

import numpy as np

from ravine.optim import RULES

__all__ = ["RATES", "STEPS", "TRIED"]

STEPS = {"rosenbrock": 1000, "saddle": 100}
"""In how many steps the rates of a function do their work, where it is not 300."""

_RULES = (
    "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "amsgrad", "adamax", "adamw",
    "rprop", "lion",
)  # fmt: skip

# Of ten rates a decade, tried from the function's own start and from eight places near it: one whose way stays within
# the view, or leaves it where that is the goal, and comes down in few steps, none of them a leap across the picture.
_TRIED = {
    "quadratic": (0.03, 0.01, 0.01, 0.5, 60.0, 0.05, 0.2, 0.2, 0.08, 0.4, 0.4, 0.2, 0.03),
    "rosenbrock": (0.0015, 0.0015, 0.001, 0.5, 1.0, 0.01, 0.15, 0.03, 0.12, 0.15, 0.12, 0.1, 0.006),
    "beale": (0.02, 0.0025, 0.0025, 0.8, 8.0, 0.04, 0.3, 0.2, 0.06, 0.5, 0.3, 0.15, 0.015),
    "himmelblau": (0.012, 0.004, 0.008, 0.8, 20.0, 0.04, 0.5, 0.12, 0.1, 0.5, 0.5, 0.5, 0.04),
    "rastrigin": (0.003, 0.0005, 0.001, 0.8, 6.0, 0.03, 0.05, 0.06, 0.01, 0.8, 0.03, 0.06, 0.04),
    "saddle": (0.1, 0.03, 0.03, 0.2, 10.0, 0.05, 0.1, 0.1, 0.03, 0.1, 0.1, 0.1, 0.05),
    "plateau": (1.5, 0.5, 0.8, 0.6, 8.0, 0.02, 0.3, 0.12, 0.15, 0.3, 0.3, 0.2, 0.03),
    "cliff": (0.1, 0.025, 0.03, 0.6, 40.0, 0.08, 0.08, 0.25, 0.015, 0.3, 0.08, 0.2, 0.1),
    "ackley": (0.02, 0.03, 0.025, 0.8, 100.0, 0.25, 0.4, 0.5, 0.1, 0.4, 0.4, 0.4, 0.25),
    "styblinski_tang": (0.04, 0.01, 0.02, 1.2, 80.0, 0.2, 0.08, 0.3, 0.2, 1.0, 1.2, 0.25, 0.1),
}

TRIED = _RULES
"""The rules whose rates were tried on each function; any other has its own default, which may not suit a picture."""

_OTHERS = {name: float(np.asarray(RULES[name]().learning_rate)) for name in RULES if name not in _RULES}

RATES: dict[str, dict[str, float]] = {
    name: dict(zip(_RULES, row, strict=True)) | _OTHERS for name, row in _TRIED.items()
}
"""A learning rate of each rule for each test function: of those in `TRIED` none diverges,
and each comes down to a minimum or near it.

From the function's own start, in `STEPS` steps. Where there are many minima it is one nearby, as for anything that goes
downhill. They are to look at; to compare rules fairly, tune each with `tuned`.

>>> RATES["rosenbrock"]["sgd"], RATES["quadratic"]["sgd"]
(0.0015, 0.03)
"""
