"""Formulas that other tests pass through without telling them from a near one: each has an input that does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from lab_sample import small_race
from ravine.data import Dataset, Split
from ravine.lab._configuration import LayerChoice
from ravine.lab.picture import Frame, FrameContext
from ravine.lab.views import histograms
from ravine.nn import Dense, Network
from ravine.optim import SGD
from ravine.train import EarlyStopping, Plan, train


def test_a_weighted_loss_is_divided_by_examples_not_by_weights() -> None:
    """sum w l / n, as Keras has it. With weights of mean 1 it is also sum w l / sum w: here the mean is 2.5."""
    x, y = np.ones((4, 1), np.float32), np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
    weights = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    net = Network((Dense(1, kernel_initializer="zeros"),), (1,))
    data = Dataset("weighted", Split(x, y, weights))
    run = train(net, SGD(0.0), data, Plan(epochs=1, batch_size=4, loss="mse"))
    np.testing.assert_allclose(run.history["loss"][-1], (weights @ y[:, 0] ** 2) / 4, rtol=1e-6)


@pytest.mark.parametrize(
    ("least", "kept", "stopped"), [(0.0, 4, None), (0.05, 4, None), (0.15, 3, None), (0.25, 1, 3), (0.5, 1, 3)]
)
def test_early_stopping_asks_for_the_least_gain(least: float, kept: int, stopped: int | None) -> None:
    """Scores of 1, 1.1, 1.2, 1.3, by hand: the gain is over the best so far, and must be greater than *least*."""
    values = {"score": 0.0}
    history = SimpleNamespace(rises=lambda quantity: True, last=values)
    session = SimpleNamespace(variables=None)
    stops: list[int] = []
    loop: Any = SimpleNamespace(history=history, session=session, epoch=0, interrupted=False)
    loop.stop = lambda why: stops.append(loop.epoch)
    stopping = EarlyStopping("score", patience=2, least=least)
    stopping.begin(loop)
    for epoch, score in enumerate((1.0, 1.1, 1.2, 1.3), 1):
        if not stops:
            loop.epoch, values["score"], session.variables = epoch, score, epoch
            stopping.epoch(loop)
    stopping.settle(loop)
    assert session.variables == kept and stops == ([] if stopped is None else [stopped])


def test_gradients_of_the_page_are_taken_where_nesterov_looks() -> None:
    """At theta + gamma (theta - theta before), not at theta: in float64, by the chain rule written out."""
    race = small_race(lanes=[{"rule": "nesterov", "rate": 0.3}])
    pairs = []
    for steps in (6, 1):
        race.advance(steps)
        picture = Frame(FrameContext(race.setup), race.snapshot())
        pairs.append([a.astype(np.float64) for pair in picture.weights(0) for a in pair])
    data = race.setup.dataset.train
    x, targets = data.x.astype(np.float64), np.eye(2)[data.y]

    def norms(values: list[np.ndarray]) -> list[float]:
        w0, b0, w1, b1 = values
        hidden = np.tanh(x @ w0 + b0)
        back = (softmax(hidden @ w1 + b1, axis=1) - targets) / len(x)
        below = back @ w1.T * (1 - hidden**2)
        return [float(np.sqrt(np.sum((above.T @ d) ** 2) + np.sum(d.sum(axis=0) ** 2)))
                for above, d in ((x, below), (hidden, back))]  # fmt: skip

    before, now = pairs
    made = picture.arrays("gradients", 0)["gradients"][0]
    # float32 gradients of losses of size 1, at a place that is a difference of float32 weights times 0.9
    np.testing.assert_allclose(made, norms([b + 0.9 * (b - a) for a, b in zip(before, now, strict=True)]), rtol=1e-3)
    assert not np.allclose(made, norms(now), rtol=1e-2), "the two places are told apart"


@pytest.mark.parametrize(
    ("activation", "inside", "outside"), [("tanh", 0.949, 0.951), ("logistic", 0.974, 0.976), ("relu6", 5.84, 5.86)]
)
def test_saturated_is_the_outer_twentieth_of_the_range(activation: str, inside: float, outside: float) -> None:
    """A twentieth, half of it at either end: beyond .95 of [-1, 1], .975 of [0, 1], 5.85 of [0, 6]."""
    layer = np.array([[inside, outside, 0.5, -0.5 if activation == "tanh" else 0.5]]).T
    made = histograms([layer], (LayerChoice(units=1, activation=activation),))
    assert made["saturated"].tolist() == [0.25]
