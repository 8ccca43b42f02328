"""One network's weights handed to several rules, each of which goes on from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.files.arrays import unflattened
from ravine.train.files.checkpoint import read_checkpoint, under
from ravine.train.plan import Plan
from ravine.train.run import Run
from ravine.train.single import train

__all__ = ["transplant"]


def transplant(
    source: str | Path | Run,
    rules: Rule | Sequence[Rule],
    dataset: Dataset,
    plan: Plan | None = None,
    seeds: Iterable[int] = (0,),
    *,
    network: Network | None = None,
) -> list[Run]:
    """Hand the weights and layer state of *source* to every one of *rules*, and train on: all seeds of the first first.

    *source* is a run, or a checkpoint of one, for which *network* says what it is a checkpoint of. Every rival begins
    with the same weights and a fresh state of its rule, and per seed sees the same order of examples and the same
    dropout: what differs from then on is the rule's doing.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD, Adam
    >>> network, xor = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,)), load("xor", n=100, seed=1)
    >>> warm = train(network, SGD(0.5), xor, Plan(epochs=5))
    >>> runs = transplant(warm, [SGD(0.1), Adam(0.01)], xor, Plan(epochs=1), seeds=(0, 1))
    >>> len(runs), len({float(run.history["train_eval_loss"][0]) for run in runs})
    (4, 1)
    """
    if isinstance(source, Run):
        if network is not None:
            raise RavineError("transplant: a run knows its network: leave network out")
        network, variables = source.network, source.variables
    else:
        if network is None:
            raise RavineError(f"transplant: {source} holds numbers alone: say by network= what it is a checkpoint of")
        parts = under(read_checkpoint(source)[0], "['state']")
        like = network.init(0, np.float32)
        variables = Variables(*unflattened((like.params, like.state), parts))
    rivals = [rules] if isinstance(rules, Rule) else list(rules)
    if not rivals:
        raise RavineError("transplant: at least one rule is needed, got none")
    seeds = tuple(seeds)
    return [train(network, rule, dataset, plan, seed=seed, variables=variables) for rule in rivals for seed in seeds]
