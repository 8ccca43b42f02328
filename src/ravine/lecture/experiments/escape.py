"""Out of poor minima, and out of good ones: the noise of small batches on a cost with two valleys, and in networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import generator
from ravine.data import load
from ravine.functions import loss
from ravine.lecture.context import ExperimentResult
from ravine.nn import Context, Dense, Network, Variables
from ravine.optim import SGD
from ravine.train import Plan, population

__all__ = ["TILT", "double_well", "valleys", "xor_networks"]

TILT = 0.15
"""How much deeper the good well is than the poor one."""


def double_well(theta: np.ndarray) -> np.ndarray:
    """J(theta) = (theta^2 - 1)^2 / 4 + 0.15 theta: a good valley on the left, a poor one on the right.

    >>> bool(double_well(np.array(-1.07)) < double_well(np.array(0.92)))
    True
    """
    return np.asarray((theta**2 - 1) ** 2 / 4 + TILT * theta)


def slope(theta: np.ndarray) -> np.ndarray:
    return np.asarray(theta * (theta**2 - 1) + TILT)


def stationary() -> np.ndarray:
    """The good minimum, the ridge and the poor minimum: the roots of the derivative, in ascending order.

    >>> stationary().round(3)
    array([-1.068,  0.154,  0.914])
    """
    return np.sort(np.roots([1.0, 0.0, -1.0, TILT]).real)


def valleys(
    seed: int,
    *,
    sizes: Sequence[int] = (1, 2, 4, 8, 16, 64),
    walkers: int = 400,
    updates: int = 1000,
    rate: float = 0.1,
    spread: float = 2.0,
    examples: int = 1000,
    kept: int = 8,
) -> ExperimentResult:
    """Walk down the double well J(theta) = mean_i [J(theta) + x_i theta], the numbers x_i of the examples of mean 0.

    One example's gradient is J' + x_i, so that a batch of n adds noise of variance *spread*^2 / n to the slope; the
    full batch, the last row of each result, adds none. From either minimum *walkers* start for every batch size:
    "ended" and "visited" (2, sizes + 1) are the shares that ended in, or ever came down to, the other valley (0: from
    the poor one, 1: from the good one); "paths" (2, sizes + 1, kept, updates + 1) are those of a few.

    >>> made = valleys(0, sizes=(1, 64), walkers=50, updates=200)
    >>> bool(made["visited"][0, 0] > made["visited"][0, 2]), made["visited"][:, 2]
    (True, array([0., 0.]))
    """
    good, ridge, poor = stationary()
    draw = generator(seed, "data", 200)
    x = draw.normal(0, spread, examples)
    x -= x.mean()
    shape = (2, len(sizes) + 1)
    ended, visited = np.zeros(shape), np.zeros(shape)
    paths = np.zeros((*shape, kept, updates + 1), np.float32)
    for column, size in enumerate((*sizes, examples)):
        theta = np.repeat([[poor], [good]], walkers, axis=1)
        paths[:, column, :, 0] = theta[:, :kept]
        seen = np.zeros(theta.shape, bool)
        for update in range(updates):
            noise = 0.0 if size == examples else x[draw.integers(examples, size=(*theta.shape, size))].mean(axis=2)
            theta = theta - rate * (slope(theta) + noise)
            # Half way down from the ridge to the minimum counts as in the valley.
            seen[0] |= theta[0] < (ridge + good) / 2
            seen[1] |= theta[1] > (ridge + poor) / 2
            paths[:, column, :, update + 1] = theta[:, :kept]
        ended[:, column] = np.stack([theta[0] < ridge, theta[1] > ridge]).mean(axis=1)
        visited[:, column] = seen.mean(axis=1)
    facts = {"sizes": [*sizes, "full"], "walkers": walkers, "updates": updates, "rate": rate, "spread": spread}
    return ExperimentResult({"ended": ended, "visited": visited, "paths": paths}, facts)


def xor_networks(
    seeds: Sequence[int],
    *,
    sizes: Sequence[int] = (1,),
    examples: int = 40,
    rate: float = 0.3,
    updates: int = 800,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train 2-2-2 networks on exclusive or from many starts: single examples, small batches, the full batch.

    A network this small has poor minima for exclusive or. All sizes share starts, rate and number of updates, so that
    they differ in the noise alone. "loss" and "accuracy" (sizes + 1, seeds) over the training examples at the end;
    the last row is the full batch. From where that has come to, every network goes on for as many updates once more,
    with each size: "later" (sizes + 1, seeds) is the accuracy then.

    >>> made = xor_networks([0, 1], sizes=(10,), examples=40, updates=20)
    >>> made["accuracy"].shape, made["later"].shape
    ((2, 2), (2, 2))
    """
    network = Network((Dense(2, "tanh"), Dense(2, "softmax")), (2,))
    data = load("xor", n=examples, noise=0.1, seed=0)
    rows, every = [], (*sizes, examples)
    for place, size in enumerate(every):
        epochs = updates * size // examples
        plan = Plan(
            epochs=epochs,
            batch_size="full" if size == examples else size,
            train_eval_examples=examples,
            evaluate_every=epochs,
        )
        share = lambda done, place=place: progress((place + done) / (2 * len(every)))  # noqa: E731
        rows.append(population(network, SGD(rate), data, plan, seeds=seeds, progress=share))
    arrays = {
        name: np.array([[run.history[f"train_eval_{name}"][-1] for run in runs] for runs in rows])
        for name in ("loss", "accuracy")
    }
    come_to = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(run.variables for run in rows[-1]))
    later = []
    for place, size in enumerate(every):
        orders = np.stack([_order(seed, examples, size, updates) for seed in seeds])
        later.append(np.asarray(_gone_on(network, come_to, data.train.x, data.train.y, orders, rate)))
        progress((len(every) + place + 1) / (2 * len(every)))
    arrays["later"] = np.stack(later)
    return ExperimentResult(arrays, {"sizes": [*sizes, "full"], "rate": rate, "updates": updates, "examples": examples})


def _order(seed: int, examples: int, size: int, updates: int) -> np.ndarray:
    """The examples of each batch, (updates, size): one shuffled pass after another, as in training."""
    draw, passes = generator(seed, "sample", 15), -(-updates * size // examples)
    order = np.concatenate([draw.permutation(examples) for _ in range(passes)])
    return order[: updates * size].reshape(updates, size)


@partial(jax.jit, static_argnames="network")
def _gone_on(network: Network, variables: Variables, x: Any, y: Any, orders: Any, rate: float) -> Any:
    """The accuracies (networks,) after plain descent from *variables* along *orders* (networks, updates, batch)."""
    criterion, logits = loss("sparse_categorical_crossentropy"), network.without_final_activation()

    def one(params: Any, state: Any, order: Any) -> Any:
        def cost(params: Any, rows: Any) -> Any:
            out, _ = logits.apply(params, state, x[rows], Context())
            return jnp.mean(criterion.from_logits(y[rows], out))

        def update(params: Any, rows: Any) -> Any:
            slope = jax.grad(cost)(params, rows)
            return jax.tree.map(lambda leaf, g: leaf - rate * g, params, slope), None

        params, _ = jax.lax.scan(update, params, order)
        out, _ = logits.apply(params, state, x, Context())
        return jnp.mean(jnp.argmax(out, axis=-1) == y)

    return jax.vmap(one)(variables.params, variables.state, orders)
