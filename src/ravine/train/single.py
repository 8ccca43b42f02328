"""Training one network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ravine.data import Dataset
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.callbacks import Callback
from ravine.train.engine.trainer import Loop
from ravine.train.files.checkpoint import restore_loop
from ravine.train.plan import Plan
from ravine.train.run import Run

__all__ = ["to_run", "train"]


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
) -> Run:
    """Train one network.

    *seed* determines initial weights, the order of examples and dropout: same seed, same machine, same bits.
    *variables* replace the initial weights, *rule_state* the state in which the rule begins. *resume* names a
    `Checkpoint` file of the same run, which then ends as if it had never been interrupted. Ctrl-C ends training at the
    next chunk and keeps all that is done; a second one ends at once.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import Adam
    >>> network = Network((Dense(8, "tanh"), Dense(2, "softmax")), (2,))
    >>> run = train(network, Adam(0.05), load("xor", n=200, seed=1), Plan(epochs=20, batch_size=20))
    >>> bool(run.history["loss"][-1] < 0.1), run.stopped
    (True, None)
    """
    loop = Loop(network, rule, dataset, plan or Plan(), seed, callbacks, variables, rule_state)
    if resume is not None:
        restore_loop(loop, resume)
    loop.run()
    return to_run(loop)


def to_run(loop: Loop) -> Run:
    """The run that *loop* has trained so far.

    No example: see `train`.
    """
    network, rule = loop.origin
    return Run(
        network,
        rule,
        loop.plan,
        loop.seed,
        loop.session.variables,
        loop.history,
        loop.diverged_at,
        loop.seconds,
        loop.stopped,
    )
