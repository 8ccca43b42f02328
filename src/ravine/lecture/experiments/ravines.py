"""Ravines of several condition numbers: the steps of each rule to the goal, its numbers tuned on other starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import cast, generator
from ravine.lecture.context import ExperimentResult
from ravine.optim import Rule, preset

__all__ = ["GRIDS", "SLOPES", "ravines"]

SHARE = 1e-3
"""The height over the minimum to come down to, as a share of that of the start."""
REACH = 5.0
"""How far from the minimum the farthest starts lie, along the ravine."""
STRAIGHT = tuple(float(f"{rate:.2f}") for rate in np.arange(0.05, 4.0, 0.05))
SLOPES: Mapping[str, tuple[float, ...]] = {
    "momentum": (0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
}
"""The numbers besides the rate that are tuned."""
GRIDS = dict.fromkeys(("sgd", "momentum", "nesterov"), STRAIGHT)
"""The rates tried, times the largest curvature: from the slowest worth trying to beyond the last at which momentum
converges. Rules that scale the gradient by its own size are tried at `SCALED`."""
SCALED = tuple(float(f"{rate:.2g}") for rate in np.geomspace(1e-3, 10.0, 49))


@partial(jax.jit, static_argnames=("steps", "swept"))
def _descend(rule: Rule, hessian: Any, starts: Any, steps: int, swept: tuple[bool, ...]) -> tuple[Any, Any]:
    """Steps until the height stays below the goal, and the share of them that turn back, both (settings, starts).

    The limit counts where the goal was not reached.
    """
    axes = jax.tree.unflatten(jax.tree.structure(rule), [0 if each else None for each in swept])
    steep = jnp.linalg.eigh(hessian)[1][:, -1]

    def one(rule: Rule, start: Any) -> Any:
        goal = SHARE * (start @ hessian @ start)

        def step(carry: Any, t: Any) -> Any:
            position, state, across, turns, until, turned = carry
            move, state = rule.update(hessian @ rule.point(position, state), state, position)
            position, way = position + move, move @ steep
            turns = turns + (way * across < 0).astype(turns.dtype)
            above = ~(position @ hessian @ position <= goal)
            # The goal is reached for good one step after the last time that the path was above it.
            until, turned = jnp.where(above, t + 2, until), jnp.where(above, turns, turned)
            return (position, state, way, turns, until, turned), None

        zero = jnp.zeros((), jnp.int32)
        carry = (start, rule.init(start), jnp.zeros((), start.dtype), zero, zero, zero)
        (*_, until, turned), _ = jax.lax.scan(step, carry, jnp.arange(steps))
        until = jnp.clip(until, 1, steps)
        return until, turned.astype(start.dtype) / until.astype(start.dtype)

    made: tuple[Any, Any] = jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(axes, None))(rule, starts)
    return made


def _settings(name: str, steepest: float) -> dict[str, np.ndarray]:
    """Every setting tried, its numbers by name, (settings,)."""
    rates = np.array(GRIDS[name]) / steepest if name in GRIDS else np.array(SCALED)
    if name not in SLOPES:
        return {"learning_rate": rates}
    rate, other = np.meshgrid(rates, SLOPES[name], indexing="ij")
    return {"learning_rate": rate.ravel(), "momentum": other.ravel()}


def ravines(
    names: Sequence[str],
    conditions: Sequence[float],
    *,
    angle: float = 0.0,
    starts: int = 32,
    tuning: int = 16,
    steps: int = 2000,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Descend ravines of each of *conditions* from random starts, with each of *names*.

    They are quadratic bowls so many times as steep across as along, the starts lie on one contour. The bowl is turned
    by *angle*, in degrees, so that its axes need not be those of the parameters. Every rule is given its whole grid,
    momentum's share included, on *tuning* starts, keeps the setting with the fewest steps on average, and is judged on
    *starts* others. Arrays: "CONDITION NAME steps" and "CONDITION NAME turns" (starts,), the steps to a thousandth of
    the start's height, *steps* where it is not reached, and the share of them that turn back across; fact "CONDITION
    NAME": the setting kept, and whether its rate, or its momentum, is an "edge" of those tried.

    >>> made = ravines(["sgd", "momentum"], [50], starts=4, tuning=4, steps=300)
    >>> bool(made["50 sgd steps"].mean() > made["50 momentum steps"].mean())
    True
    """
    angles = generator(seed, "sample", 7).uniform(0, 2 * np.pi, tuning + starts)
    turn = math.radians(angle)
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"conditions": list(conditions), "limit": steps}
    for place, name in enumerate(names):
        for column, condition in enumerate(conditions):
            hessian = (axes @ np.diag([1.0, condition]) @ axes.T).astype(np.float32)
            # On one contour height is shared by both directions: else a narrow ravine has its height across alone.
            where = REACH * np.stack([np.cos(angles), np.sin(angles) / math.sqrt(condition)], axis=1)
            where = (where @ axes.T).astype(np.float32)
            settings = _settings(name, condition)
            rule = cast(preset(name, "paper", **settings), np.float32)
            swept = tuple(bool(np.ndim(leaf)) for leaf in jax.tree.leaves(rule))
            until, turned = (np.asarray(each) for each in _descend(rule, hessian, where, steps, swept))
            # By geometric means, as they are judged.
            best = int(np.argmin(np.log(until[:, :tuning]).mean(axis=1)))
            arrays[f"{condition:g} {name} steps"] = until[best, tuning:].astype(np.float64)
            arrays[f"{condition:g} {name} turns"] = turned[best, tuning:].astype(np.float64)
            kept = {key: float(values[best]) for key, values in settings.items()}
            edge = any(kept[key] in (values.min(), values.max()) for key, values in settings.items())
            facts[f"{condition:g} {name}"] = {**kept, "edge": edge}
            progress((place * len(conditions) + column + 1) / (len(names) * len(conditions)))
    return ExperimentResult(arrays, facts)
