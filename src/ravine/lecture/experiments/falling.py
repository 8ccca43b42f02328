"""Adagrad's rate while a network learns: how fast it falls where gradients are those of a real task."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ravine.data import Dataset
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.batches import portion, small_network
from ravine.lecture.experiments.tuned import tuned
from ravine.optim import preset
from ravine.train import Plan

__all__ = ["rates_in_training"]

RATES = (0.01, 0.03, 0.1, 0.3)
STRIDE = 10


def rates_in_training(
    digits: Dataset,
    seeds: Sequence[int],
    *,
    updates: int = 400,
    batch: int = 50,
    width: int = 16,
    examples: int = 2000,
    held: int = 500,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """The effective rate of Adagrad while a network of one hidden layer learns the digits, at its tuned rate.

    "rate" (seeds, n) at "updates" (n,), counted from 1: the median of abs(step) / abs(gradient) over a layer's weights,
    the geometric mean over the layers, relative to the first that counts, after `STRIDE` updates; "slope" (seeds,), the
    slope of its logarithm against that of the updates. Facts: the "tuned" rate and whether it is an "edge" of `RATES`.

    >>> from ravine.data import load
    >>> made = rates_in_training(load("digits"), [0, 1], updates=60, examples=300, held=100)
    >>> bool((made["slope"] < 0).all()), made["rate"].shape[0]
    (True, 2)
    """
    data = portion(digits, examples, held)
    network = small_network(math.prod(data.input_shape), len(data.classes or ()), width)
    per_epoch = -(-len(data.train) // batch)
    epochs = max(1, updates // per_epoch)
    plan = Plan(epochs=epochs, batch_size=batch, train_eval_examples=0, evaluate_every=epochs,
                probes=("effective_rate",), stride=STRIDE)  # fmt: skip
    made = tuned(network, preset("adagrad", "paper"), RATES, data, plan, seeds, progress)
    steps, rates = made.probe("effective_rate")
    # The first sample is taken before anything has added up.
    at, logs = steps[1:] + 1.0, np.log(rates[:, 1:].astype(np.float64)).mean(axis=2)
    slope = np.array([np.polyfit(np.log(at), row, 1)[0] for row in logs])
    arrays = {"updates": at, "rate": np.exp(logs - logs[:, :1]), "slope": slope}
    return ExperimentResult(arrays, {"tuned": made.rates[made.best], "edge": made.edge, "count": epochs * per_epoch})
