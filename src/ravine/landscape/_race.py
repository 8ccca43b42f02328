"""A race of update rules on a test function, each at the rate that serves it best there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import qmc

from ravine.core import RavineError, check_count, check_number, generator
from ravine.landscape._trajectory import Trajectory, trajectories
from ravine.landscape._walks import FAR, GOAL, walks
from ravine.landscape.functions import TestFunction, function
from ravine.optim import Range, Rule, Schedule, rule

__all__ = ["REACH", "SPEED", "Racer", "race", "random_starts", "tuned"]

REACH = 30.0
"""The declared ranges of rates are for networks, whose weights are below 1; here they end so many times higher."""
SPEED = 0.1
"""Where there is no minimum, the longest step allowed, as a share of the view: else the largest rate wins."""


@dataclass(frozen=True, eq=False)
class Racer:
    """One rule's race from n starts.

    *rate* is the learning rate, *tuned* whether it was searched for, *edge* whether the search ended at an end of its
    range. *paths* have a first axis of n. Per start, (n,): *distance* at the end from the nearest global minimum (NaN
    where there is none), *value* there, *steps* to within the wanted distance for good (infinite where it never came
    there), *overshoot*: how far it ran beyond the minimum it ended nearest to, along the line from its start, as a
    share of that line; *lost*: the step at which it diverged, -1.

    No example: made by `race`.
    """

    label: str
    rule: Rule
    rate: float
    tuned: bool
    edge: bool
    paths: Trajectory
    distance: Any
    value: Any
    steps: Any
    overshoot: Any
    lost: Any


def random_starts(test: str | TestFunction, count: int, seed: int = 0) -> Any:
    """*count* starts spread evenly over the domain (Halton 1960), determined by *seed*.

    >>> random_starts("rosenbrock", 5).shape
    (5, 2)
    """
    check_count("random_starts", "count", count)
    low, high = np.transpose(np.array(function(test).domain))
    return qmc.scale(qmc.Halton(2, rng=generator(seed, "sample", 1)).random(count), low, high)


def tuned(
    test: str | TestFunction,
    descent: str | Rule,
    starts: Any,
    *,
    steps: int = 500,
    tries: int = 64,
    within: float = 1e-3,
    seed: int = 0,
) -> tuple[float, bool]:
    """The learning rate that brings *descent* to a global minimum of *test* in the fewest steps, of *tries* rates.

    The rates are Sobol' points (1967) on a logarithmic scale over the rule's declared range, whose upper end is moved
    up by `REACH`: every rule gets as many, and the same points. Best is the smallest mean over *starts* of the steps to
    within *within*, where one that never comes there counts as twice *steps*; between equals, the smaller mean height
    at the end, one that diverged counting as the highest. Returns the rate and whether it is the smallest or the
    largest tried.

    >>> rate, edge = tuned("ravine", "sgd", [[-9.0, 2.0]])
    >>> 0.02 < rate < 0.04, edge
    (True, False)
    """
    test, descent = function(test), rule(descent)
    check_count("tuned", "tries", tries)
    span = descent.tunable().get("learning_rate")
    if span is None:
        raise RavineError(f"tuned: {descent.title} declares no range for its learning rate: give the rate yourself")
    where = np.asarray(starts, np.float64).reshape(-1, 2)
    points = qmc.Sobol(1, rng=generator(seed, "sample")).random_base2(int(np.ceil(np.log2(max(tries, 2)))))[:tries, 0]
    wide = Range(span.low, span.high * REACH, span.log)
    rates = np.array([float(f"{wide.at(share):.3g}") for share in points])
    swept = descent.replace(learning_rate=np.repeat(rates, len(where)))
    made = walks(test, swept, np.tile(where, (tries, 1)), np.array(test.minima).reshape(-1, 2), within, steps)
    lost, came = made.lost >= 0, made.arrived >= 0
    if not test.minima:
        width = test.domain[0][1] - test.domain[0][0]
        # Leaving for ever is what is wanted on a saddle; one that came to the goal first has arrived.
        came &= made.longest <= SPEED * width
    needed = np.where(came, made.arrived, 2 * steps).reshape(tries, -1).mean(axis=1)
    with np.errstate(all="ignore"):
        height = np.nan_to_num(np.asarray(test(made.end)), nan=np.inf, posinf=np.inf)
    height = np.where(lost, np.inf, height).reshape(tries, -1).mean(axis=1)
    best = int(np.lexsort((height, needed))[0])
    return float(rates[best]), bool(rates[best] in (rates.min(), rates.max()))


def race(
    test: str | TestFunction,
    rules: Sequence[str | Rule] = ("sgd", "momentum", "nesterov", "adam"),
    *,
    starts: Any = None,
    steps: int = 500,
    tries: int = 64,
    within: float = 1e-3,
    seed: int = 0,
) -> tuple[Racer, ...]:
    """Race *rules* on *test* from *starts* (n, 2), by default from the function's own.

    A rule given with its rate ("sgd:0.01", or a `Rule`) runs at it; one without ("sgd", "momentum:momentum=0.8") gets
    the rate that `tuned` finds for these starts: all have the same budget. To be within *within* of a global minimum is
    the goal, on a function without one the height -1.

    >>> slow, fast = race("ravine", ["sgd", "momentum"], steps=200)
    >>> bool(fast.steps[0] < slow.steps[0]), fast.tuned
    (True, True)
    """
    test = function(test)
    check_count("race", "steps", steps)
    check_number("race", "within", within, low=0.0, open_low=True)
    where = np.asarray(test.start if starts is None else starts, np.float64)
    where = where[None] if where.ndim == 1 else where
    if where.ndim != 2 or where.shape[1] != 2 or not np.isfinite(where).all():
        raise RavineError(f"race: starts must be finite points of shape (n, 2), got an array of shape {where.shape}")
    if not len(rules):
        raise RavineError("race: no rule is given: name at least one, e.g. ['sgd', 'adam']")
    made = [_run(test, each, where, steps, tries, within, seed) for each in rules]
    titles = [each.label for each in made]
    # One rule at two rates is two rivals: the rate then tells them apart.
    return tuple(
        replace(each, label=f"{each.label} {each.rate:g}") if titles.count(each.label) > 1 else each for each in made
    )


def _run(test: TestFunction, text: str | Rule, starts: Any, steps: int, tries: int, within: float, seed: int) -> Racer:
    made, searched, edge = rule(text), False, False
    if isinstance(text, str) and not _rate_given(text):
        rate, edge = tuned(test, made, starts, steps=steps, tries=tries, within=within, seed=seed)
        made, searched = made.replace(learning_rate=rate), True
    paths = trajectories(test, made, starts, steps)
    positions = np.asarray(paths.positions, np.float64)
    low, high = np.transpose(np.array(test.domain))
    with np.errstate(all="ignore"):
        away = np.abs(positions - (low + high) / 2).max(axis=-1)
        gone = ~(away <= FAR * np.linalg.norm(high - low))
    lost = np.where(gone.any(axis=1), gone.argmax(axis=1), -1)
    minima = np.array(test.minima).reshape(-1, 2)
    values = np.asarray(paths.values, np.float64)
    if len(minima):
        with np.errstate(all="ignore"):
            apart = np.linalg.norm(positions[:, :, None] - minima, axis=-1)
        nearest = np.nan_to_num(apart, nan=np.inf).min(axis=2)
        distance = np.where(lost < 0, nearest[:, -1], np.inf)
        there = nearest <= within
    else:
        distance = np.full(len(starts), np.nan)
        there = ~np.maximum.accumulate(gone, axis=1) & (np.nan_to_num(values, nan=np.inf) <= GOAL)
        # Down is down: a path that left for ever after it had passed the goal has arrived.
        there = np.maximum.accumulate(there, axis=1)
    eta = made.learning_rate
    return Racer(
        label=type(made).title,
        rule=made,
        rate=float("nan") if isinstance(eta, Schedule) else float(np.asarray(eta)),
        tuned=searched,
        edge=edge,
        paths=paths,
        distance=distance,
        value=np.where(lost < 0, values[:, -1], np.nan),
        steps=_since(there),
        overshoot=_overshoot(positions, minima, lost),
        lost=lost,
    )


def _rate_given(text: str) -> bool:
    """Whether a rule's text names its rate: first and alone, or by name."""
    options = [part.strip() for part in text.partition(":")[2].split(",") if part.strip()]
    return any("=" not in part or part.partition("=")[0].strip() == "learning_rate" for part in options)


def _since(there: Any) -> Any:
    """The step from which on each row of *there* (n, steps + 1) is true to the end, infinite where it ends false."""
    away = ~there
    last = there.shape[1] - np.argmax(away[:, ::-1], axis=1)
    return np.where(there[:, -1], np.where(away.any(axis=1), last, 0), np.inf).astype(np.float64)


def _overshoot(positions: Any, minima: Any, lost: Any) -> Any:
    """How far beyond the minimum that each path ends nearest to, as a share of the way there; NaN without a minimum."""
    past = np.full(len(positions), np.nan)
    for row, path in enumerate(positions):
        if not len(minima) or lost[row] >= 0:
            continue
        goal = minima[np.linalg.norm(minima - path[-1], axis=1).argmin()]
        way = goal - path[0]
        length = float(np.linalg.norm(way))
        past[row] = max(0.0, float(((path - goal) @ way).max()) / length**2) if length > 0 else 0.0
    return past
