"""The gradient through time: how much of it reaches the first steps of a sequence, in SimpleRNN and in LSTM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.data import adding
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.tuned import tuned
from ravine.nn import LSTM, Context, Dense, Network, SimpleRNN
from ravine.optim import RMSprop
from ravine.train import Plan

__all__ = ["CELLS", "gradient_through_time", "memory"]

CELLS = {"simple_rnn": SimpleRNN, "lstm": LSTM}
"""The two architectures by name."""


@partial(jax.jit, static_argnames="network")
def _input_gradient(params: Any, state: Any, x: Array, y: Array, network: Network) -> Array:
    def cost(x: Array) -> Array:
        out, _ = network.apply(params, state, x, Context())
        return jnp.sum((out - y) ** 2)

    gradient: Array = jax.grad(cost)(x)
    return gradient


def gradient_through_time(network: Network, variables: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The root mean square over examples of the gradient of its squared error by the input of each step, (time,).

    >>> network = Network((SimpleRNN(3), Dense(1)), (5, 2))
    >>> x, y = np.ones((4, 5, 2), np.float32), np.ones((4, 1), np.float32)
    >>> gradient_through_time(network, network.init(0), x, y).shape
    (5,)
    """
    g = np.asarray(_input_gradient(*variables, x, y, network), np.float64)
    return np.asarray(np.sqrt((g**2).sum(axis=2).mean(axis=0)))


def memory(
    seeds: Sequence[int],
    *,
    length: int = 40,
    units: int = 16,
    examples: int = 2000,
    batch: int = 50,
    updates: int = 600,
    starts: int = 10,
    rates: Sequence[float] = (0.003, 0.01, 0.03),
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train both cells by RMSprop on the adding problem at each of *rates* with all *seeds*.

    Per cell: `gradient_through_time`, "CELL start" (starts, time) before training, for *starts* sets of initial weights
    from the first seed on, and "CELL end" (seeds, time) after it; "CELL test_loss" (seeds,), "CELL curve" (seeds, n) of
    the test loss at "CELL updates" (n,), all at the rate that was best in validation.

    >>> made = memory([0], length=4, units=3, examples=40, batch=20, updates=4, starts=2, rates=(0.01,))
    >>> made["lstm start"].shape, made["lstm curve"].shape[0]
    ((2, 4), 1)
    """
    data = adding(examples, length=length, n_test=500, n_validation=500, seed=seeds[0])
    test = data.parts["test"]
    per_epoch = -(-examples // batch)
    epochs = max(1, updates // per_epoch)
    plan = Plan(epochs=epochs, batch_size=batch, train_eval_examples=0, test=True, evaluate_every=max(1, epochs // 15))
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"length": length, "units": units, "updates": epochs * per_epoch}
    for index, (name, cell) in enumerate(CELLS.items()):
        network = Network((cell(units), Dense(1)), data.input_shape)

        def share(done: float, index: int = index) -> None:
            progress((index + done) / len(CELLS))

        made = tuned(network, RMSprop(), rates, data, plan, seeds, share)
        at, curve = made.curves("test_loss")
        begun = [
            gradient_through_time(network, network.init(seeds[0] + index), test.x, test.y) for index in range(starts)
        ]
        ends = [gradient_through_time(network, run.variables, test.x, test.y) for run in made.chosen]
        arrays |= {
            f"{name} start": np.stack(begun),
            f"{name} end": np.stack(ends),
            f"{name} test_loss": made.final("test_loss"),
            f"{name} updates": at,
            f"{name} curve": curve,
        }
        facts[name] = {"rate": made.rates[made.best], "rates": list(made.rates), "edge": made.edge}
    return ExperimentResult(arrays, facts)
