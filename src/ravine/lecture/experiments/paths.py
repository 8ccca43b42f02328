"""Paths of the rules on test functions, each at the rate of one common grid that served it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import cast
from ravine.landscape import TestFunction, function, trajectories
from ravine.lecture.context import ExperimentResult
from ravine.optim import Rule, preset

__all__ = ["GRID", "SPEED", "overshoot", "paths"]

GRID = tuple(float(f"{rate:.2g}") for rate in np.geomspace(1e-4, 1e2, 25))
"""The rates that every rule is tried at on every test function: four per power of ten."""

SPEED = 0.1
"""The longest step allowed where there is no minimum, as a share of the view's width: else the largest rate wins."""

SHARE = 1e-3
"""The height over the minimum to come down to, as a share of that of the start."""


def reached(values: np.ndarray, goal: float) -> np.ndarray:
    """The step from which on *values* (..., steps + 1) stay at or below *goal*; infinite where they end above it.

    >>> reached(np.array([[3.0, 0.5, 2.0, 0.5, 0.4], [3.0, 2.0, 1.0, 0.5, np.nan]]), 1.0)
    array([ 3., inf])
    """
    # A value that is not finite is above every goal.
    above = ~(np.nan_to_num(values, nan=np.inf, posinf=np.inf, neginf=-np.inf) <= goal)
    last = values.shape[-1] - 1 - np.argmax(above[..., ::-1], axis=-1)
    made = np.where(above.any(axis=-1), last + 1.0, 0.0)
    return np.where(above[..., -1], np.inf, made)


@partial(jax.jit, static_argnames=("tests", "steps", "swept"))
def _walk(rule: Rule, starts: Any, tests: tuple[TestFunction, ...], steps: int, swept: tuple[bool, ...]) -> Any:
    """The positions (tests, rates, steps + 1, 2): all functions in one program, which is compiled once for a rule."""
    axes = jax.tree.unflatten(jax.tree.structure(rule), [0 if each else None for each in swept])

    def one(rule: Rule, start: Any, place: Any) -> Any:
        def step(carry: Any, _: None) -> Any:
            position, state = carry
            where = rule.point(position, state)
            # Gradients are chosen, not functions: where an unchosen one overflows, the chosen one stays clean.
            slope = jnp.stack([test.gradient(where) for test in tests])[place]
            move, state = rule.update(slope, state, position)
            return (position + move, state), position + move

        return jax.lax.scan(step, (start, rule.init(start)), None, length=steps)[1]

    every = jax.vmap(jax.vmap(one, in_axes=(axes, None, None)), in_axes=(None, 0, 0))
    walked = every(rule, starts, jnp.arange(len(tests)))
    first = jnp.broadcast_to(starts[:, None, None], (*walked.shape[:2], 1, 2))
    return jnp.concatenate([first, walked], axis=2)


def paths(
    names: Sequence[str], landscapes: dict[str, int], *, progress: Callable[[float], None] = lambda share: None
) -> ExperimentResult:
    """Walk each of *landscapes*, with so many steps, with every rule at every rate of `GRID`; keep the best.

    Best is the rate that needs the fewest steps to come down to a thousandth of the start's height over the minimum
    and stay there; of rates that do not, the one that ends lowest. Only rates count whose path stays in the
    function's domain until then. Where there is no minimum (the saddle), the goal is the height -1, and no step up to
    it may be longer than `SPEED` of the view.

    Arrays: "LANDSCAPE NAME" (steps + 1, 2) the path at the best rate; "LANDSCAPE rate" and "LANDSCAPE steps" (rules,),
    infinite where the goal was not reached; "LANDSCAPE edge" (rules,), whether the best rate is an end of the grid.

    >>> made = paths(["sgd", "momentum"], {"ravine": 200})
    >>> bool(made["ravine steps"][1] < made["ravine steps"][0])
    True
    """
    tests = tuple(function(name) for name in landscapes)
    starts = np.array([test.start for test in tests], np.float32)
    arrays: dict[str, np.ndarray] = {}
    for name in landscapes:
        arrays |= {
            f"{name} rate": np.zeros(len(names)),
            f"{name} steps": np.zeros(len(names)),
            f"{name} edge": np.zeros(len(names), bool),
        }
    for place, name in enumerate(names):
        rule = cast(preset(name, "paper", learning_rate=np.array(GRID)), np.float32)
        swept = tuple(bool(np.ndim(leaf)) for leaf in jax.tree.leaves(rule))
        every = np.asarray(_walk(rule, starts, tests, max(landscapes.values()), swept))
        for (landscape, steps), test, positions in zip(landscapes.items(), tests, every, strict=True):
            best, needed = _best(test, positions[:, : steps + 1])
            arrays[f"{landscape} {name}"] = positions[best, : steps + 1]
            arrays[f"{landscape} rate"][place] = GRID[best]
            arrays[f"{landscape} steps"][place] = needed
            arrays[f"{landscape} edge"][place] = best in (0, len(GRID) - 1)
        progress((place + 1) / len(names))
    return ExperimentResult(arrays, {"limits": dict(landscapes)})


def _best(test: TestFunction, positions: np.ndarray) -> tuple[int, float]:
    """The row of *positions* (rates, steps + 1, 2) that serves best, and how many steps it needs."""
    values = np.asarray(test(positions))
    goal = test.value + SHARE * (values[0, 0] - test.value) if test.minima else -1.0
    needed = reached(values, goal)
    low, high = np.transpose(test.domain)
    fits = ((positions[:, 1:] >= low) & (positions[:, 1:] <= high)).all(axis=-1)
    if not test.minima:
        reach = SPEED * (high[0] - low[0])
        with np.errstate(all="ignore"):
            fits &= np.linalg.norm(np.diff(positions, axis=1), axis=-1) <= reach
    until = np.where(np.isfinite(needed), needed, fits.shape[1]).astype(int)
    allowed = np.array([bool(row[:end].all()) for row, end in zip(fits, until, strict=True)])
    end = np.nan_to_num(values[:, -1], nan=np.inf, posinf=np.inf)
    # Smallest by (allowed, steps, height at the end).
    best = int(np.lexsort((end, needed, ~allowed))[0])
    return best, float(needed[best])


OVERSHOOTING = ("momentum", "nesterov", "adam", "nadam")


def overshoot(rates: Sequence[float], *, steps: int = 400, shown: float = 0.05) -> ExperimentResult:
    """How far momentum and Nesterov's momentum, Adam and Nadam, all 0.9, run past the minimum of x^2 / 2 from x = 1.

    For every one of *rates* (curvature is 1, so that the rate stands for their product, save for Adam and Nadam): "NAME
    past" (rates,), the farthest x beyond 0; "NAME x" (steps + 1,) the way at the rate *shown*.

    >>> made = overshoot([0.05])
    >>> bool(0 < made["nesterov past"][0] < made["momentum past"][0])
    True
    """
    every = np.array([*rates, shown])
    arrays: dict[str, Any] = {}
    for name in OVERSHOOTING:
        rule = preset(name, "lecture", learning_rate=every)
        x = trajectories("ravine", rule, np.tile([1.0, 0.0], (len(every), 1)), steps).positions[..., 0]
        past = np.maximum(0.0, -np.nan_to_num(x, nan=-np.inf).min(axis=1))
        arrays |= {f"{name} past": past[:-1], f"{name} x": x[-1]}
    return ExperimentResult(arrays, {"shown": shown, "rates": list(rates)})
