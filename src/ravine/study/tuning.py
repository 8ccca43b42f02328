"""How the settings of a rival are drawn and chosen: the same budget for everyone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import qmc

from ravine.core import RavineError, generator
from ravine.optim import Range
from ravine.study._rivals import Rival
from ravine.study.axes import has_axis
from ravine.study.packs import Setting, setting_text
from ravine.study.spec import Study

__all__ = ["Ask", "axes_of", "budgets", "draws", "extra_draws", "tuning"]

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
        if has_axis(name, rival.network, rival.rule, study.protocol):
            log = declared[name].log if name in declared else low > 0 and high / low >= 10
            declared[name] = Range(low, high, log and low > 0)
    return declared


def draws(study: Study, rival: Rival, extra: int = 0) -> list[Setting]:
    """*tune* and *extra* settings, evenly spread (Sobol 1967, Halton 1960) over the axes; all get the same points.

    >>> from ravine.nn import network
    >>> study = Study(networks=("4-3:softmax",), rules=("sgd",), tune=4)
    >>> rates = [each["learning_rate"] for each in draws(study, Rival("", "", network("4-3:softmax"), "sgd", 32))]
    >>> len(rates), 1e-4 <= min(rates) < max(rates) <= 1.0
    (4, True)
    """
    axes = axes_of(study, rival)
    if not study.tune or not axes:
        return []
    rng, count = generator(study.seed, "sample"), study.tune + extra
    # Drawn for as many axes as anyone may have, so that rivals with few share the points of those with many.
    points: np.ndarray
    if study.sampler == "random":
        points = rng.random((count, MOST_AXES))
    elif study.sampler == "halton":
        points = qmc.Halton(MOST_AXES, rng=rng).random(count)
    else:
        # Sobol' points are balanced in powers of two: the first of the next power are taken.
        points = qmc.Sobol(MOST_AXES, rng=rng).random_base2(math.ceil(math.log2(max(count, 2))))[:count]
    ranges = list(axes.items())
    return [{name: each.at(float(row[place])) for place, (name, each) in enumerate(ranges)} for row in points]


def _grid(study: Study, rival: Rival) -> list[Setting]:
    """All combinations of the swept numbers that *rival* has."""
    about = rival.network, rival.rule, study.protocol
    axes = {name: values for name, values in study.numbers.items() if has_axis(name, *about)}
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []


def extra_draws(study: Study, competing: Sequence[Rival]) -> list[int]:
    """How many settings more than *tune* each of the rivals *competing* on a problem draws, so that all try as many.

    A sweep of numbers that only some have gives these more settings; the others draw as many more. Where nothing is
    drawn (*tune* 0, or a rival all of whose numbers are swept) budgets stay as they are: `budgets` tells them.

    >>> from ravine.nn import network
    >>> both = [Rival(name, "", network("4-3:softmax"), name, 32) for name in ("sgd", "adam")]
    >>> study = Study(networks=("4-3:softmax",), rules=("sgd", "adam"), tune=2, sweep={"b1": (0.8, 0.9, 0.99)})
    >>> extra_draws(study, both)
    [3, 0]
    """
    grids = [len(_grid(study, rival)) for rival in competing]
    drawn = [bool(study.tune and study.protocol > 1 and axes_of(study, rival)) for rival in competing]
    most = max(grids, default=0)
    return [most - grid if draws_too else 0 for grid, draws_too in zip(grids, drawn, strict=True)]


def budgets(study: Study, competing: Sequence[Rival]) -> Mapping[str, int]:
    """How many settings each of the rivals *competing* on a problem tries, by label: all of them, its own included.

    >>> from ravine.nn import network
    >>> both = [Rival(name, "", network("4-3:softmax"), name, 32) for name in ("sgd", "adam")]
    >>> study = Study(networks=("4-3:softmax",), rules=("sgd", "adam"), sweep={"b1": (0.8, 0.9, 0.99)})
    >>> budgets(study, both)
    {'sgd': 1, 'adam': 4}
    """
    made = {}
    for rival, extra in zip(competing, extra_draws(study, competing), strict=True):
        tried = [*_first(study), *_grid(study, rival)]
        count = len({setting_text(each) for each in tried})
        made[rival.label] = max(1, count + (study.tune + extra if axes_of(study, rival) and study.tune else 0))
    return made


def _first(study: Study) -> list[Setting]:
    return [{}] if study.defaults else []


def _crossed(drawn: list[Setting], grid: list[Setting]) -> list[Setting]:
    """Each drawn setting at the grid's points in turn, so that both are covered without multiplying the budget."""
    return [{**grid[place % len(grid)], **each} for place, each in enumerate(drawn)] if grid else drawn


def tuning(study: Study, rival: Rival, epochs: int, extra: int = 0) -> Generator[Ask, Sequence[float], Setting]:
    """Yields what is to be judged, is sent the scores (greater is better, -inf for lost), returns the best setting.

    *extra*: see `extra_draws`.

    No example: driven by `ravine.study.run_study`.
    """
    grid = _grid(study, rival)
    first = _first(study)
    if not study.tunes:
        return {}
    if study.sampler in LEARNED:
        return (yield from _learned(study, rival, first + grid, epochs, extra))
    alive = first + grid + _crossed(draws(study, rival, extra), grid)
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
    study: Study, rival: Rival, first: list[Setting], epochs: int, extra: int
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
    rest = study.tune + extra if axes else 0
    size = max(1, math.ceil(rest / LEARNED_ROUNDS))
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
