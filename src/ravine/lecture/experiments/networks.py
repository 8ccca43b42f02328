"""The lecture's own networks on MNIST: several networks, several seeds, every epoch measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from ravine.data import Dataset
from ravine.lecture.context import ExperimentResult
from ravine.nn import Network
from ravine.optim import Rule
from ravine.train import Plan, Run, population

__all__ = ["COLUMNS", "learning_curves"]

COLUMNS = ("loss", "accuracy", "train_eval_loss", "train_eval_accuracy", "test_loss", "test_accuracy")
"""What is kept of an epoch: Keras's running means, the training part at frozen weights, the test part."""


def learning_curves(
    networks: Mapping[str, Network],
    rule: Rule,
    dataset: Dataset,
    plan: Plan,
    seeds: Sequence[int],
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train each of *networks* with every seed, one after another: networks of this size fill a processor alone.

    Arrays: "NAME QUANTITY" (seeds, epochs + 1) for each of `COLUMNS` that the plan measures, NaN where a run had
    diverged, and "NAME seconds" (seeds,). Networks with equal layers share initial weights and the order of examples
    per seed.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> tiny = Network((Dense(2, "softmax"),), (2,))
    >>> made = learning_curves({"tiny": tiny}, SGD(0.1), load("xor", n=40), Plan(epochs=2, test=True), [0, 1, 2])
    >>> made["tiny test_accuracy"].shape
    (3, 3)
    """
    arrays: dict[str, np.ndarray] = {}
    for done, (name, network) in enumerate(networks.items()):
        told = partial(_part, progress, done, len(networks))
        runs = population(network, rule, dataset, plan, seeds=seeds, together=False, progress=told)
        arrays |= {f"{name} {quantity}": rows for quantity, rows in _columns(runs, plan.epochs).items()}
        arrays[f"{name} seconds"] = np.array([run.seconds for run in runs])
    return ExperimentResult(arrays, {"epochs": plan.epochs, "seeds": [int(seed) for seed in seeds]})


def _part(progress: Callable[[float], None], done: int, count: int, share: float) -> None:
    progress((done + share) / count)


def _columns(runs: Sequence[Run], epochs: int) -> dict[str, np.ndarray]:
    made = {}
    for quantity in COLUMNS:
        if quantity not in runs[0].history.epochs:
            continue
        rows = np.full((len(runs), epochs + 1), np.nan)
        for row, run in zip(rows, runs, strict=True):
            values = run.history[quantity]
            row[: len(values)] = values
        made[quantity] = rows
    return made
