"""Every rule of the lecture on the digits, each tuned on one grid of rates with one budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ravine.data import Dataset, Split
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.batches import portion
from ravine.lecture.experiments.tuned import tuned
from ravine.nn import Dense, Network
from ravine.optim import preset
from ravine.train import Plan, Run, population

__all__ = ["RATES", "afresh", "rivals"]

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""The rates at which every rule is tried."""

EVALUATIONS = 5
"""How often along the way the validation loss is measured."""


def rivals(
    digits: Dataset,
    names: Sequence[str],
    seeds: Sequence[int],
    *,
    rates: Sequence[float] = RATES,
    width: int = 32,
    batch: int = 50,
    updates: int = 320,
    examples: int = 4000,
    held: int = 1000,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train a network of one hidden ReLU layer with each rule of *names* at each of *rates* with all *seeds*.

    A rule's rate is the one with the smallest mean loss in validation; the test part is measured at that rate.
    Arrays: "NAME curve" (seeds, n) of the validation loss at "updates" (n,), "NAME test_accuracy" and "NAME
    test_loss" (seeds,); "rate" (rules,) and "edge" (rules,), whether it is the first or last of the grid; "grid"
    (rules, rates), the mean loss in validation, infinite where a run diverged.

    >>> from ravine.data import load
    >>> sizes = {"width": 8, "updates": 40, "examples": 500, "held": 200}
    >>> made = rivals(load("digits"), ["sgd", "adam"], [0, 1], rates=(0.01, 0.1), **sizes)
    >>> made["grid"].shape, made["adam test_accuracy"].shape
    ((2, 2), (2,))
    """
    data, network, plan = _task(digits, width, batch, updates, examples, held)
    arrays: dict[str, np.ndarray] = {}
    rate, edge = np.zeros(len(names)), np.zeros(len(names), bool)
    grid = np.zeros((len(names), len(rates)))
    for place, name in enumerate(names):
        made = tuned(
            network,
            preset(name, "paper"),
            rates,
            data,
            plan,
            seeds,
            lambda share, place=place: progress((place + share) / len(names)),  # type: ignore[misc]
        )
        at, curve = made.curves("validation_loss")
        arrays |= {"updates": at, f"{name} curve": curve}
        tested = [_tested(run, data.parts["test"]) for run in made.chosen]
        arrays |= {
            f"{name} test_loss": np.array([pair[0] for pair in tested]),
            f"{name} test_accuracy": np.array([pair[1] for pair in tested]),
        }
        rate[place], edge[place] = made.rates[made.best], made.edge
        for column, runs in enumerate(made.runs):
            ends = [run.history["validation_loss"][-1] if run.diverged_at is None else np.inf for run in runs]
            grid[place, column] = np.mean(ends)
    facts = {
        "examples": len(data.train),
        "held": held,
        "width": width,
        "batch": batch,
        "inputs": network.input_shape[0],
        "count": (plan.steps_per_epoch or 0) * plan.epochs,
        "rates": list(rates),
    }
    return ExperimentResult(arrays | {"rate": rate, "edge": edge, "grid": grid}, facts)


def _task(
    digits: Dataset, width: int, batch: int, updates: int, examples: int, held: int
) -> tuple[Dataset, Network, Plan]:
    data = portion(digits, examples, held)
    network = Network((Dense(width, "relu"), Dense(len(data.classes or ()), "softmax")), (math.prod(data.input_shape),))
    per_epoch = max(1, min(updates // EVALUATIONS, -(-len(data.train) // batch)))
    plan = Plan(
        epochs=updates // per_epoch,
        batch_size=batch,
        steps_per_epoch=per_epoch,
        train_eval_examples=0,
        evaluate_every=max(1, updates // per_epoch // EVALUATIONS),
    )
    return data, network, plan


def afresh(
    digits: Dataset,
    rates: Mapping[str, float],
    seeds: Sequence[int],
    *,
    width: int = 32,
    batch: int = 50,
    updates: int = 320,
    examples: int = 4000,
    held: int = 1000,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train the network of `rivals` with each rule of *rates* at its rate and with all *seeds*, shared by all.

    "NAME test_accuracy" (seeds,), NaN where a run diverged.

    >>> from ravine.data import load
    >>> sizes = {"width": 8, "updates": 40, "examples": 500, "held": 200}
    >>> afresh(load("digits"), {"sgd": 0.1}, [7, 8, 9], **sizes)["sgd test_accuracy"].shape
    (3,)
    """
    data, network, plan = _task(digits, width, batch, updates, examples, held)
    arrays = {}
    for place, (name, rate) in enumerate(rates.items()):
        runs = population(network, preset(name, "paper", learning_rate=rate), data, plan, seeds=seeds)
        arrays[f"{name} test_accuracy"] = np.array([_tested(run, data.parts["test"])[1] for run in runs])
        progress((place + 1) / len(rates))
    return ExperimentResult(arrays, {"rates": dict(rates), "count": (plan.steps_per_epoch or 0) * plan.epochs})


def _tested(run: Run, test: Split) -> tuple[float, float]:
    """Loss and accuracy on the test part; NaN where the run diverged."""
    if run.diverged_at is not None:
        return math.nan, math.nan
    p = np.asarray(run.predict(test.x), np.float64)
    right = p[np.arange(len(p)), test.y]
    return float(-np.log(np.maximum(right, 1e-30)).mean()), float((p.argmax(axis=1) == test.y).mean())
