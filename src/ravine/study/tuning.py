"""How the settings of a rival are drawn and chosen: the same budget for everyone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import qmc

from ravine.core import RavineError, generator
from ravine.optim import Range
from ravine.study.axes import has_axis
from ravine.study.packs import Setting
from ravine.study.rivals import Rival
from ravine.study.spec import Study

__all__ = ["Ask", "axes_of", "draws", "tuning"]

LEARNED = ("tpe", "cmaes")
LEARNED_ROUNDS = 5
"""In how many whole packs a sampler that learns gets its draws."""


MOST_AXES = 32


@dataclass(frozen=True)
class Ask:
    """Settings that a rival wants judged, after *epochs* of training.

    >>> Ask(({"learning_rate": 0.1},), 5).epochs
    5
    """

    settings: tuple[Setting, ...]
    epochs: int


def axes_of(study: Study, rival: Rival) -> dict[str, Range]:
    """What is drawn for *rival*, and from which range: the rule's own, or the study's where it names one.

    >>> from ravine.nn import network
    >>> study = Study(networks=("4-3:softmax",), rules=("sgd",), ranges={"learning_rate": (0.1, 1.0)})
    >>> axes_of(study, Rival("sgd", "camera", network("4-3:softmax"), "sgd", 32))
    {'learning_rate': Range(low=0.1, high=1.0, log=True)}
    """
    declared = {name: each for name, each in rival.rule.tunable().items() if name not in study.numbers}
    for name, (low, high) in study.ranges.items():
        if has_axis(name, rival.network, rival.rule):
            log = declared[name].log if name in declared else low > 0 and high / low >= 10
            declared[name] = Range(low, high, log and low > 0)
    return declared


def draws(study: Study, rival: Rival) -> list[Setting]:
    """*tune* settings, evenly spread (Sobol 1967, Halton 1960) over the axes; all rivals get the same points.

    >>> from ravine.nn import network
    >>> study = Study(networks=("4-3:softmax",), rules=("sgd",), tune=4)
    >>> rates = [each["learning_rate"] for each in draws(study, Rival("", "", network("4-3:softmax"), "sgd", 32))]
    >>> len(rates), 1e-4 <= min(rates) < max(rates) <= 1.0
    (4, True)
    """
    axes = axes_of(study, rival)
    if not study.tune or not axes:
        return []
    rng = generator(study.seed, "sample")
    # Drawn for as many axes as anyone may have, so that rivals with few share the points of those with many.
    points: np.ndarray
    if study.sampler == "random":
        points = rng.random((study.tune, MOST_AXES))
    elif study.sampler == "halton":
        points = qmc.Halton(MOST_AXES, rng=rng).random(study.tune)
    else:
        # Sobol' points are balanced in powers of two: the first of the next power are taken.
        points = qmc.Sobol(MOST_AXES, rng=rng).random_base2(math.ceil(math.log2(max(study.tune, 2))))[: study.tune]
    ranges = list(axes.items())
    return [{name: each.at(float(row[place])) for place, (name, each) in enumerate(ranges)} for row in points]


def _grid(study: Study, rival: Rival) -> list[Setting]:
    """All combinations of the swept numbers that *rival* has."""
    axes = {name: values for name, values in study.numbers.items() if has_axis(name, rival.network, rival.rule)}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []


def _crossed(drawn: list[Setting], grid: list[Setting]) -> list[Setting]:
    """Each drawn setting at the grid's points in turn, so that both are covered without multiplying the budget."""
    return [{**grid[place % len(grid)], **each} for place, each in enumerate(drawn)] if grid else drawn


def tuning(study: Study, rival: Rival, epochs: int) -> Generator[Ask, Sequence[float], Setting]:
    """Yields what is to be judged, is sent the scores (greater is better, -inf for lost), returns the best setting.

    No example: driven by `ravine.study.run_study`.
    """
    grid = _grid(study, rival)
    first: list[Setting] = [{}] if study.defaults else []
    if not study.tunes:
        return {}
    if study.sampler in LEARNED:
        return (yield from _learned(study, rival, first + grid, epochs))
    alive = first + grid + _crossed(draws(study, rival), grid)
    alive = alive or [{}]
    rungs = _rungs(len(alive), epochs, study.halving)
    for index, length in enumerate(rungs):
        scores = yield Ask(tuple(alive), length)
        order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
        kept = 1 if index == len(rungs) - 1 else max(1, math.ceil(len(alive) / study.halving))
        alive = [alive[place] for place in sorted(order[:kept])]
    return alive[0]


def _rungs(count: int, epochs: int, factor: int) -> list[int]:
    """The lengths of training of successive halving (Jamieson & Talwalkar 2016): each *factor* times the one before."""
    if factor == 1:
        return [epochs]
    rungs = [epochs]
    while rungs[0] > 1 and count > factor ** len(rungs):
        rungs.insert(0, max(1, math.ceil(rungs[0] / factor)))
    return rungs


def _learned(
    study: Study, rival: Rival, first: list[Setting], epochs: int
) -> Generator[Ask, Sequence[float], Setting]:
    """Draws by optuna, in whole packs: each knows the scores of those before it."""
    try:
        import optuna
    except ImportError as error:
        raise RavineError(f"sampler {study.sampler!r} needs the package optuna: pip install optuna") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    axes = axes_of(study, rival)
    seed = int(generator(study.seed, "sample").integers(2**31))
    samplers: dict[str, Any] = {"tpe": optuna.samplers.TPESampler, "cmaes": optuna.samplers.CmaEsSampler}
    search = optuna.create_study(direction="maximize", sampler=samplers[study.sampler](seed=seed))
    evenly = optuna.distributions.FloatDistribution
    ranges: dict[str, Any] = {name: evenly(each.low, each.high, log=each.log) for name, each in axes.items()}
    judged: list[tuple[float, Setting]] = []
    if first:
        scores = yield Ask(tuple(first), epochs)
        judged += list(zip(scores, first, strict=True))
    rest = study.tune if axes else 0
    size = max(1, math.ceil(study.tune / LEARNED_ROUNDS))
    while rest > 0:
        trials = [search.ask(ranges) for _ in range(min(size, rest))]
        asked: list[Setting] = [{name: float(trial.params[name]) for name in axes} for trial in trials]
        scores = yield Ask(tuple(asked), epochs)
        for trial, score in zip(trials, scores, strict=True):
            lost = not math.isfinite(score)
            search.tell(trial, None if lost else score, optuna.trial.TrialState.FAIL if lost else None)
        judged += list(zip(scores, asked, strict=True))
        rest -= len(trials)
    best = max(range(len(judged)), key=lambda place: (judged[place][0], -place))
    return judged[best][1]

