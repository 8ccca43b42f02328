"""Training one network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ravine.data import Dataset
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.engine.best import KeepBest
from ravine.train.engine.callback import Callback
from ravine.train.engine.trainer import Trainer
from ravine.train.files.checkpoint import restore_loop
from ravine.train.plan import Plan
from ravine.train.run import Run

__all__ = ["train"]


def train(
    network: Network,
    rule: Rule,
    dataset: Dataset,
    plan: Plan | None = None,
    *,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
    variables: Variables | None = None,
    rule_state: Any = None,
    resume: str | Path | None = None,
    keep: str | None = None,
) -> Run:
    """Train one network.

    *seed* determines initial weights, the order of examples and dropout: same seed, same machine, same bits.
    *variables* replace the initial weights, *rule_state* the state in which the rule begins. *resume* names a
    `Checkpoint` file of the same run, which then ends as if it had never been interrupted. Ctrl-C ends training at the
    next chunk and keeps all that is done; a second one ends at once. *keep* names a quantity, a column of the history's
    epochs: the weights are those of the epoch in which it was best, where the test part is read at the end as well.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import Adam
    >>> network = Network((Dense(8, "tanh"), Dense(2, "softmax")), (2,))
    >>> run = train(network, Adam(0.05), load("xor", n=200, seed=1), Plan(epochs=20, batch_size=20))
    >>> bool(run.history["loss"][-1] < 0.1), run.stopped
    (True, None)
    """
    told = callbacks if keep is None else (*callbacks, KeepBest(keep))
    loop = Trainer.alone(network, rule, dataset, plan or Plan(), seed, told, variables, rule_state)
    if resume is not None:
        restore_loop(loop, resume)
    loop.run()
    return loop.runs()[0]
