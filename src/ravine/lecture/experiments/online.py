"""Learning while examples arrive, beside a learner that begins anew whenever something has arrived."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ravine.data import Dataset, epoch_order, replay
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.batches import portion, small_network
from ravine.optim import SGD
from ravine.train import Session, objective

__all__ = ["LEARNERS", "online"]

LEARNERS = ("fresh", "replay", "retrained")
"""The learners compared."""
BATCH = 10


def online(
    digits: Dataset,
    seeds: Sequence[int],
    *,
    ticks: int = 20,
    arrive: int = 100,
    passes: int = 3,
    rate: float = 0.1,
    held: int = 1000,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Let *ticks* times *arrive* examples come in, and after each arrival measure the accuracy on the test part.

    "fresh" makes one update for every ten new examples, each of which it sees once; "replay" makes *passes* times as
    many, on examples drawn from all that have come; "retrained" forgets and trains anew for *passes* epochs over all
    that have come. All start from the same weights and take batches of 10. "NAME accuracy" (seeds, ticks), "NAME
    used" (ticks,), the examples processed so far, with repetition.

    >>> from ravine.data import load
    >>> made = online(load("digits"), [0], ticks=3, arrive=50, held=100)
    >>> made["fresh accuracy"].shape, made["retrained used"]
    ((1, 3), array([150., 450., 900.]))
    """
    data = portion(digits, ticks * arrive, held)
    network = small_network(math.prod(data.input_shape), len(data.classes or ()))
    aim = objective(network, "sparse_categorical_crossentropy", ("accuracy",))
    most = passes * -(-ticks * arrive // BATCH)
    arrays: dict[str, np.ndarray] = {f"{name} accuracy": np.zeros((len(seeds), ticks)) for name in LEARNERS}
    arrays |= {f"{name} used": np.zeros(ticks) for name in LEARNERS}

    def padded(order: np.ndarray) -> np.ndarray:
        """All orders have one shape, so that one compiled program serves every tick of every learner."""
        return np.concatenate([order, np.full((most - len(order), BATCH), -1, np.int32)])

    for row, seed in enumerate(seeds):
        sessions = {name: Session(network, SGD(rate), aim, seed=seed) for name in LEARNERS}
        test = sessions["fresh"].blocks(data.parts["test"].x, data.parts["test"].y)
        for window in replay(data.train, arrive, window=ticks * arrive, seed=seed):
            examples = sessions["fresh"].examples(window.x, window.y)
            sessions["retrained"] = Session(network, SGD(rate), aim, seed=seed)
            whole = [epoch_order(window.valid, BATCH, seed, passes * window.tick + index) for index in range(passes)]
            fresh = window.order(BATCH, only_fresh=True)
            orders = {
                "fresh": fresh,
                "replay": np.concatenate(whole)[: passes * len(fresh)],
                "retrained": np.concatenate(whole),
            }
            for name, order in orders.items():
                sessions[name].run(examples, padded(order), 0, len(order), padded=True)
                arrays[f"{name} accuracy"][row, window.tick] = sessions[name].measure(test).metrics["accuracy"]
                before = arrays[f"{name} used"][window.tick - 1] if window.tick else 0
                arrays[f"{name} used"][window.tick] = before + (order >= 0).sum()
            progress((row * ticks + window.tick + 1) / (len(seeds) * ticks))
    return ExperimentResult(arrays, {"ticks": ticks, "arrive": arrive, "passes": passes, "rate": rate})
