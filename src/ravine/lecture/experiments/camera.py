"""The 4-pixel camera: the network whose weights were set by hand, and the same network learning them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ravine.core import generator
from ravine.data import KINDS, PATTERNS, camera_images, load
from ravine.lecture.context import ExperimentResult
from ravine.nn import Dense, Network, Variables
from ravine.optim import preset
from ravine.train import Plan, population, train

__all__ = ["NETWORK", "hand_set", "learned", "noise_accuracy", "prediction"]

NETWORK = Network((Dense(4, "tanh"), Dense(4, "tanh"), Dense(8, "relu"), Dense(4, "softmax")), (4,))
"""The lecture's network: 20 + 20 + 40 + 36 = 116 parameters."""


def hand_set() -> Variables:
    """The lecture's weights, every one of them -1, 0 or 1, and all biases 0.

    The first layer adds and subtracts the pixels of each column, the second combines the two columns; each of its
    four neurons answers to one kind of image, by its sign to the polarity. The third splits the signs, the fourth
    joins them.

    >>> [layer["kernel"].shape for layer in hand_set().params]
    [(4, 4), (4, 4), (4, 8), (8, 4)]
    """
    columns = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, -1, 0], [0, 1, 0, -1]], np.float32)
    kinds = np.array([[1, -1, 0, 0], [1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, -1]], np.float32)
    signs = np.kron(np.eye(4, dtype=np.float32), np.array([[1, -1]], np.float32))
    joined = np.kron(np.eye(4, dtype=np.float32), np.array([[1], [1]], np.float32))
    kernels = (columns, kinds, signs, joined)
    params = tuple({"kernel": kernel, "bias": np.zeros(kernel.shape[1], np.float32)} for kernel in kernels)
    return Variables(params, tuple({} for _ in kernels))


def prediction() -> np.ndarray:
    """The hand-set network's answer to a horizontal image, in closed form, float64 (4,).

    The logit of the right kind is a = tanh(2 tanh 2) and the others are 0, so that p = 1 / (1 + 3 exp(-a)).

    >>> prediction().round(8)
    array([0.17831733, 0.17831733, 0.17831733, 0.465048  ])
    """
    right = 1 / (1 + 3 * np.exp(-np.tanh(2 * np.tanh(2))))
    return np.array([(1 - right) / 3] * 3 + [right])


def learned(
    seeds: Sequence[int],
    *,
    epochs: int = 8,
    longer: int = 16,
    examples: int = 4000,
    tested: int = 1000,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train the network from every one of *seeds* as the lecture does, and on to *longer* epochs.

    Columns per epoch, (seeds, longer + 1), epoch 0 before training: "loss", "accuracy" as running means, "test_loss",
    "test_accuracy". "kernel i" and "bias i" are the weights that the first seed has after *epochs*.

    >>> made = learned([0, 1], epochs=2, longer=3, examples=64, tested=16)
    >>> made["test_loss"].shape, made["kernel 2"].shape
    ((2, 4), (4, 8))
    """
    data, rule = load("camera", n=examples, n_test=tested, seed=seeds[0]), preset("rmsprop", "lecture")
    plan = Plan(epochs=longer, batch_size=32, train_eval_examples=0, test=True)
    runs = population(NETWORK, rule, data, plan, seeds=seeds, progress=progress)
    names = ("loss", "accuracy", "test_loss", "test_accuracy")
    arrays = {name: np.stack([run.history[name] for run in runs]) for name in names}
    first = train(NETWORK, rule, data, replace(plan, epochs=epochs), seed=seeds[0])
    for index, params in enumerate(first.variables.params):
        arrays |= {f"{kind} {index}": params[kind] for kind in ("kernel", "bias")}
    return ExperimentResult(arrays, {"epochs": epochs, "longer": longer, "examples": examples, "tested": tested})


def noise_accuracy(
    weights: Sequence[Variables], noises: Sequence[float], *, images: int = 4000, seed: int = 0
) -> ExperimentResult:
    """The share of noisy images that networks with *weights* name rightly, (networks, noises), and the best possible.

    Pixels carry normal noise of each standard deviation. "best" (noises,) is the accuracy of the Bayes classifier:
    for a kind with pattern p in either polarity the likelihood of x grows with cosh(p.x / sigma^2), so the greatest
    abs(p.x) wins.

    >>> made = noise_accuracy([hand_set()], [0.0, 1.0], images=400)
    >>> made["accuracy"][0, 0], bool(made["best"][1] >= made["accuracy"][0, 1] > 0.25)
    (np.float64(1.0), True)
    """
    accuracy, best = np.zeros((len(weights), len(noises))), np.zeros(len(noises))
    patterns = np.stack([PATTERNS[kind].ravel() for kind in KINDS])
    for column, noise in enumerate(noises):
        draw = generator(seed, "data", 100 + column)
        labels = draw.integers(len(KINDS), size=images)
        x = camera_images([KINDS[label] for label in labels], noise, draw).reshape(images, 4)
        best[column] = np.mean(np.abs(x @ patterns.T).argmax(axis=1) == labels)
        for row, variables in enumerate(weights):
            accuracy[row, column] = np.mean(NETWORK.predict(variables, x).argmax(axis=1) == labels)
    return ExperimentResult({"accuracy": accuracy, "best": best, "noise": np.asarray(noises, np.float64)})
