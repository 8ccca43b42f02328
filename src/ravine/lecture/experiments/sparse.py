"""Rare features, and rates that fall: two problems on which Adagrad and its heirs differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import cast, generator
from ravine.lecture.context import ExperimentResult
from ravine.optim import Rule, preset

__all__ = ["RATES", "effective_rates", "moved", "rare"]

RATES = tuple(float(f"{rate:.1g}") for rate in np.geomspace(1e-3, 1e3, 13))
"""The rates at which every rule is tried on both problems: two per power of ten."""

FREQUENT, RARE = 5, 100
"""How many features are in every second example, and how many in few."""


@partial(jax.jit, static_argnames="swept")
def _stream(rule: Rule, x: Any, y: Any, held_x: Any, held_y: Any, swept: tuple[bool, ...]) -> Any:
    """Logistic regression online, one example an update; x (seeds, n, features); the rule's rate (rates,)."""
    axes = jax.tree.unflatten(jax.tree.structure(rule), [0 if each else None for each in swept])

    def one(rule: Rule, x: Any, y: Any, held_x: Any, held_y: Any) -> Any:
        w = jnp.zeros(x.shape[-1], x.dtype)

        def update(carry: Any, example: Any) -> Any:
            w, state = carry
            row, label = example
            slope = jax.nn.sigmoid(row @ rule.point(w, state)) - label
            step, state = rule.update(slope * row, state, w)
            return (w + step, state), None

        (w, _), _ = jax.lax.scan(update, (w, rule.init(w)), (x, y))
        z = held_x @ w
        return jnp.mean(jax.nn.softplus(z) - held_y * z)

    seeds = jax.vmap(one, in_axes=(None, 0, 0, 0, 0))
    return jax.vmap(seeds, in_axes=(axes, None, None, None, None))(rule, x, y, held_x, held_y)


def _swept(name: str, rates: Sequence[float]) -> tuple[Rule, tuple[bool, ...]]:
    rule = cast(preset(name, "paper", learning_rate=np.array(rates)), np.float32)
    return rule, tuple(bool(np.ndim(leaf)) for leaf in jax.tree.leaves(rule))


def examples(seed: int, count: int, share: float, *, dense: bool = False) -> tuple[Any, Any, Any]:
    """Features that are 0 or 1, labels by a logistic model, and its weights.

    The first five features are in half of the examples, the others in a *share* of them; the rare ones weigh more, as
    rare words do, so that they decide as much in all. The *dense* control has as many features, all of them in half of
    the examples, with normal weights that make the sum of a label's evidence vary as much.

    >>> x, y, w = examples(0, 1000, 0.01)
    >>> x.shape, bool(x[:, :5].mean() > 0.4), bool(x[:, 5:].mean() < 0.02)
    ((1000, 105), True, True)
    >>> bool(abs(examples(0, 1000, 0.01, dense=True)[0].mean() - 0.5) < 0.01)
    True
    """
    draw = generator(seed, "sample", 11)
    w = np.concatenate([draw.normal(0, 1, FREQUENT), 3 * draw.choice([-1, 1], RARE)])
    chance = np.repeat([0.5, share], [FREQUENT, RARE])
    if dense:
        spread = (0.25 * FREQUENT + 9 * RARE * share * (1 - share)) / (0.25 * (FREQUENT + RARE))
        w, chance = draw.normal(0, math.sqrt(spread), FREQUENT + RARE), np.full(FREQUENT + RARE, 0.5)
    x = (draw.random((count, FREQUENT + RARE)) < chance).astype(np.float32)
    y = (draw.random(count) < 1 / (1 + np.exp(-x @ w))).astype(np.float32)
    return x, y, w


def rare(
    names: Sequence[str],
    seeds: Sequence[int],
    *,
    share: float = 0.01,
    dense: bool = False,
    count: int = 2000,
    held: int = 2000,
    tuning: int = 4,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Learn *count* examples with rare features, or those of the *dense* control, one by one, with each of *names*.

    The rate is the one of `RATES` with the smallest mean loss over *tuning* other draws of the problem. Arrays: "NAME
    loss" (seeds,) over *held* new examples; "rate" and "edge" (rules,). Each seed is a problem of its own.

    >>> made = rare(["sgd", "adagrad"], [0, 1], count=200, held=200, tuning=2)
    >>> made["adagrad loss"].shape
    (2,)
    """
    others = [1000 + seed for seed in range(tuning)]
    problems = [examples(seed, count + held, share, dense=dense) for seed in (*others, *seeds)]
    x, y = (np.stack([problem[part] for problem in problems]) for part in (0, 1))
    arrays: dict[str, np.ndarray] = {}
    rate, edge = np.zeros(len(names)), np.zeros(len(names), bool)
    for place, name in enumerate(names):
        rule, swept = _swept(name, RATES)
        loss = np.asarray(_stream(rule, x[:, :count], y[:, :count], x[:, count:], y[:, count:], swept))
        best = _best(loss[:, :tuning])
        arrays[f"{name} loss"] = loss[best, tuning:]
        rate[place], edge[place] = RATES[best], best in (0, len(RATES) - 1)
        progress((place + 1) / len(names))
    return ExperimentResult(arrays | {"rate": rate, "edge": edge}, {"count": count, "share": share, "held": held})


def _best(losses: np.ndarray) -> int:
    """The row with the smallest mean; a loss that is not finite counts as infinite."""
    return int(np.argmin(np.nan_to_num(losses, nan=np.inf, posinf=np.inf).mean(axis=1)))


@partial(jax.jit, static_argnames="swept")
def _follow(rule: Rule, targets: Any, noise: Any, swept: tuple[bool, ...]) -> Any:
    """Squared distance to a target under noisy gradients; noise (seeds, steps, size); returns (rates, seeds, steps)."""
    axes = jax.tree.unflatten(jax.tree.structure(rule), [0 if each else None for each in swept])

    def one(rule: Rule, noise: Any) -> Any:
        theta = jnp.zeros(noise.shape[-1], noise.dtype)

        def update(carry: Any, given: Any) -> Any:
            theta, state = carry
            target, epsilon = given
            step, state = rule.update(rule.point(theta, state) - target + epsilon, state, theta)
            return (theta + step, state), 0.5 * jnp.mean((theta - target) ** 2)

        return jax.lax.scan(update, (theta, rule.init(theta)), (targets, noise))[1]

    return jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(axes, None))(rule, noise)


def moved(
    names: Sequence[str],
    seeds: Sequence[int],
    *,
    steps: int = 2000,
    distance: float = 5.0,
    size: int = 10,
    tuning: int = 4,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Follow a minimum that moves once, halfway: from 0 it lies at *distance*, then twice as far, in each coordinate.

    Both halves are the same task, so a rule without memory does as well in the second as in the first. Gradients have
    noise of deviation 1. The rate is that of `RATES` with the smallest mean loss over all steps of *tuning* other
    draws. Arrays: "NAME curve" (seeds, n), block means of the loss at "steps" (n,); "NAME first" and "NAME second"
    (seeds,), the means over the halves; "rate" and "edge" (rules,).

    >>> made = moved(["adagrad", "rmsprop"], [0, 1], steps=200, tuning=2)
    >>> bool((made["adagrad second"] > made["adagrad first"]).all())
    True
    """
    half, blocks = steps // 2, 50
    targets = np.where(np.arange(steps) < half, distance, 2 * distance).astype(np.float32)
    every = [*(1000 + seed for seed in range(tuning)), *seeds]
    noise = np.stack([generator(seed, "sample", 12).normal(size=(steps, size)).astype(np.float32) for seed in every])
    arrays: dict[str, np.ndarray] = {"steps": (np.arange(blocks) + 0.5) * steps / blocks}
    rate, edge = np.zeros(len(names)), np.zeros(len(names), bool)
    for place, name in enumerate(names):
        rule, swept = _swept(name, RATES)
        loss = np.asarray(_follow(rule, targets, noise, swept))
        best = _best(loss[:, :tuning].mean(axis=-1))
        kept = loss[best, tuning:]
        arrays |= {
            f"{name} curve": kept.reshape(len(seeds), blocks, -1).mean(axis=-1),
            f"{name} first": kept[:, :half].mean(axis=1),
            f"{name} second": kept[:, half:].mean(axis=1),
        }
        rate[place], edge[place] = RATES[best], best in (0, len(RATES) - 1)
        progress((place + 1) / len(names))
    return ExperimentResult(arrays | {"rate": rate, "edge": edge}, {"count": steps})


def effective_rates(names: Sequence[str], *, steps: int = 10_000, seed: int = 0) -> ExperimentResult:
    """What each rule multiplies a gradient by, while gradients are standard normal noise: step / -g at every update.

    The rules must be without momentum. Arrays: "NAME" (points,) at "steps" (points,), relative to update 1000, each the
    geometric mean of 100 coordinates; "slope" (rules,), the slope of log rate against log step from there to the end.

    >>> made = effective_rates(["adagrad", "rmsprop"])
    >>> [round(float(slope), 1) + 0.0 for slope in made["slope"]]
    [-0.5, 0.0]
    """
    g = generator(seed, "sample", 13).normal(size=(steps, 100)).astype(np.float32)
    at = np.unique(np.geomspace(1, steps, 80).astype(int)) - 1
    arrays: dict[str, np.ndarray] = {"steps": at + 1}
    slope = np.zeros(len(names))
    for place, name in enumerate(names):
        rule = cast(preset(name, "paper"), np.float32)
        factor = np.log(np.asarray(_factors(rule, g), np.float64)).mean(axis=1)
        settled = at[at >= min(999, steps // 2)]
        arrays[name] = np.exp(factor[at] - factor[settled[0]])
        slope[place] = np.polyfit(np.log(settled + 1), factor[settled], 1)[0]
    return ExperimentResult(arrays | {"slope": slope})


@jax.jit
def _factors(rule: Rule, g: Any) -> Any:
    theta = jnp.zeros(g.shape[-1], g.dtype)

    def update(state: Any, g: Any) -> Any:
        step, state = rule.update(g, state, theta)
        return state, -step / g

    return jax.lax.scan(update, rule.init(theta), g)[1]
