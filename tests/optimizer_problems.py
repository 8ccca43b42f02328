"""The three problems on which every update rule is held against its oracles. NumPy, float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEPS = 20
SIZE = 10


@dataclass(frozen=True)
class Problem:
    """A start of SIZE numbers, and the gradient at theta for update t = 1, 2, ..., STEPS."""

    name: str
    start: np.ndarray
    gradient: Callable[[np.ndarray, int], np.ndarray]


def quadratic() -> Problem:
    """Condition 1000, turned out of the axes, so that coordinates feel each other."""
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))
    hessian = turn @ np.diag(np.geomspace(1e-2, 1e1, SIZE)) @ turn.T
    return Problem("quadratic", rng.normal(size=SIZE), lambda theta, t: hessian @ theta)


def rosenbrock_sine() -> Problem:
    """Sum of (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 / 100 + sin(3 x_i) / 10: a curved valley with ripples."""

    def gradient(x: np.ndarray, t: int) -> np.ndarray:
        g = 0.3 * np.cos(3 * x) - 0.02 * (1 - x)
        bend = x[1:] - x[:-1] ** 2
        g[1:] += 2 * bend
        g[:-1] -= 4 * x[:-1] * bend
        return g

    return Problem("rosenbrock_sine", np.random.default_rng(2).uniform(-1.2, 1.2, SIZE), gradient)


def probe() -> Problem:
    """Fixed gradients of 1e-11 to 1e3, with zeros and changes of sign: where eps stands shows here and nowhere else.

    It starts at 0, for beside a start of 1 a displacement of 1e-14 is lost to rounding.
    """
    rng = np.random.default_rng(3)
    sizes = np.geomspace(1e-11, 1e3, SIZE)
    table = sizes * rng.uniform(0.5, 1.5, (STEPS, SIZE)) * rng.choice([-1.0, 1.0], (STEPS, SIZE), p=[0.3, 0.7])
    table[rng.random((STEPS, SIZE)) < 0.15] = 0.0
    table[:5, 3] = 0.0  # a coordinate that sleeps first
    table[:, 6] = rng.permutation(np.geomspace(1e-11, 1e3, STEPS))  # one that sees every size
    table[:, 7] = 0.0  # and one that never moves
    return Problem("probe", np.zeros(SIZE), lambda theta, t: table[t - 1])


PROBLEMS = [quadratic(), rosenbrock_sine(), probe()]


def falling(rate: float) -> np.ndarray:
    """A learning rate that falls by 15 % a step, one number per update: rules differ in where they put the rate."""
    return rate * 0.85 ** np.arange(STEPS)
