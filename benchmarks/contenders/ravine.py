"""Ravine: `train` for one network, `population` for many; nothing is evaluated or, unless asked for,
probed, as with the peers.

JAX starts as the command line starts it, with the same compiler flags and, for a population, a device per core.
"""

from __future__ import annotations

import numpy as np

from benchmarks.contenders.table import Trainer
from benchmarks.machine import cores
from benchmarks.workloads import Workload
from ravine.cli import start
from ravine.data import Dataset, Split
from ravine.nn import Dense, Dropout, Network
from ravine.optim import RMSprop
from ravine.train import CHEAP, Plan, population, train

__all__ = ["prepare"]


def _network(work: Workload) -> Network:
    layers: list[Dense | Dropout] = []
    for width in work.widths[1:-1]:
        layers.append(Dense(width, work.activation))
        if work.dropout:
            layers.append(Dropout(work.dropout))
    return Network((*layers, Dense(work.widths[-1], "softmax")), (work.widths[0],))


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, *, probed: bool = False) -> Trainer:
    """Describe the network; a fit trains it from its beginning, through the library's public functions.

    *probed*: with the probes of the default set, at the default stride.
    """
    start.prepare(devices=cores() if work.members > 1 else None)
    network = _network(work)
    classes = tuple(str(label) for label in range(work.widths[-1]))
    dataset = Dataset(work.name, Split(x, y), None, None, classes)
    probes = CHEAP if probed else ()
    plan = Plan(metrics=(), epochs=work.epochs, batch_size=work.batch, train_eval_examples=0, probes=probes)

    def rule(rate: float) -> RMSprop:
        return RMSprop(rate, rho=0.9, eps=1e-7)

    if work.members == 1:
        return Trainer(lambda: train(network, rule(1e-3), dataset, plan), 1)
    rules = [rule(float(rate)) for rate in np.logspace(-4, -2, work.members)]
    return Trainer(lambda: population(network, rules, dataset, plan), work.members)
