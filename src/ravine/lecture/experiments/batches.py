"""Batch, stochastic and mini-batch descent: the same loss to be reached, and what it costs by several measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import generator
from ravine.data import Dataset
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.operations import operations
from ravine.nn import Context, Dense, Network
from ravine.optim import SGD
from ravine.train import Objective, Plan, Run, Target, objective, train

__all__ = ["Size", "batches", "gradient_spread", "held_out", "portion", "small_network", "update_operations"]

Size = int | Literal["full"]
"""The size of a batch: a number of examples, or "full"."""
EVALUATIONS = 10
"""How often the loss is looked at per pass over the examples, at most once per update."""


def small_network(inputs: int, outputs: int, width: int = 32) -> Network:
    """One hidden layer of ReLU, and a softmax.

    >>> small_network(784, 10).shapes
    ((32,), (10,))
    """
    return Network((Dense(width, "relu"), Dense(outputs, "softmax")), (inputs,))


def portion(digits: Dataset, examples: int, held: int) -> Dataset:
    """The first *examples* for training, the last *held* of the training part for validation, *held* of the test part.

    >>> from ravine.data import load
    >>> portion(load("digits"), 100, 50).validation
    Split(x=float32 (50, 64), y=int32 (50,))
    """
    flat = digits.flatten()
    train = flat.train.take(slice(0, min(examples, len(flat.train) - held)))
    validation = flat.train.take(slice(len(flat.train) - held, None))
    return Dataset(digits.name, train, validation, flat.parts["test"].take(slice(0, held)), digits.classes)


def held_out(digits: Dataset, wanted: int) -> int:
    """How many examples to hold out for validation: *wanted*, or a quarter of the training part where it is small.

    >>> from ravine.data import load
    >>> held_out(load("digits"), 100), held_out(load("digits"), 1000)
    (100, 359)
    """
    return min(wanted, len(digits.train) // 4)


def batches(
    digits: Dataset,
    seeds: Sequence[int],
    *,
    sizes: Sequence[Size] = (1, 16, 64, 128, 256, 1024, "full"),
    rates: Sequence[float] = (0.1, 0.03, 0.3, 0.01, 1.0, 0.003, 3.0),
    examples: int = 4000,
    held: int = 1000,
    target: float = 0.35,
    passes: int = 60,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train with every batch size to a validation loss of *target*, for so many *passes* over the examples at most.

    Each size is given every one of *rates* once, with a seed of its own, and keeps the one that reaches the target
    with the fewest updates, or comes nearest to it; updates of one size cost the same. A rate has no more updates for
    it than the best one so far needed. Then the size runs with all *seeds*. Arrays (sizes, seeds): "updates",
    "examples" and "operations" until the target, inf where it was not reached; "rises", the sum of all rises of the
    validation loss from one evaluation to the next on the way, in nats; "seconds", as the clock of this machine had it,
    and "cost", the seconds of one update. Per size (sizes,): "rate" and whether it is an "edge" of those tried, "per
    update", the operations of one, "tuned updates", those of the run by which the rate was chosen, and "most updates",
    the limit. "SIZE clock" (4, n): seconds, updates, examples and validation loss of the first seed.

    >>> from ravine.data import load
    >>> made = batches(load("digits"), [0], sizes=(10, "full"), rates=(0.1,), examples=200, held=100, passes=2)
    >>> made["updates"].shape, made["full clock"].shape[0]
    ((2, 1), 4)
    """
    data = portion(digits, examples, held)
    network = small_network(math.prod(data.input_shape), len(data.classes or ()))
    n = len(data.train)
    total, done = len(sizes) * (len(rates) + len(seeds)), 0

    def whole(size: Size) -> tuple[int, int]:
        """Updates between two evaluations, and how often they may be repeated."""
        batch = n if size == "full" else size
        per_epoch = max(1, n // (EVALUATIONS * batch))
        return per_epoch, max(1, passes * n // (per_epoch * batch))

    def run(size: Size, rate: float, seed: int, epochs: int) -> Run:
        nonlocal done
        per_epoch, limit = whole(size)
        plan = Plan(epochs=min(epochs, limit), batch_size=size, steps_per_epoch=per_epoch, train_eval_examples=0,
                    target=Target("validation_loss", target))  # fmt: skip
        made = train(network, SGD(rate), data, plan, seed=seed)
        done += 1
        progress(min(1.0, done / total))
        return made

    per_size = {name: np.zeros(len(sizes)) for name in ("rate", "edge", "per update", "tuned updates", "most updates")}
    for place, size in enumerate(sizes):
        run(size, rates[0], seeds[0], 1)  # What compiles here is not counted in the times.
        done -= 1
        per_epoch, limit = whole(size)
        best, most = (math.inf, math.inf), limit
        for rate in rates:
            tried = run(size, rate, max(seeds) + 1, most)
            loss = float(np.nan_to_num(tried.history["validation_loss"][-1], nan=np.inf))
            reached = loss <= target
            merit = (float(tried.history["step"][-1]) if reached else math.inf, loss)
            if merit < best or not per_size["rate"][place]:
                best, per_size["rate"][place] = merit, rate
            if reached:
                # Another rate is better only if it is there at least one evaluation earlier.
                most = max(1, int(tried.history["epoch"][-1]) - 1)
        per_size["edge"][place] = per_size["rate"][place] in (min(rates), max(rates))
        per_size["tuned updates"][place], per_size["most updates"][place] = best[0], per_epoch * limit
        per_size["per update"][place] = update_operations(network, n if size == "full" else size)
    names = ("seconds", "updates", "examples", "operations", "cost", "rises")
    arrays = {name: np.full((len(sizes), len(seeds)), np.inf) for name in names}
    for column, seed in enumerate(seeds):
        for row, size in enumerate(sizes):
            made = run(size, float(per_size["rate"][row]), seed, whole(size)[1])
            clock = _clock(made, n)
            arrays["cost"][row, column] = clock[0, -1] / clock[1, -1]
            arrays["rises"][row, column] = np.maximum(np.diff(clock[3]), 0).sum()
            if clock[3, -1] <= target:
                for name, value in zip(("seconds", "updates", "examples"), clock[:3, -1], strict=True):
                    arrays[name][row, column] = value
                arrays["operations"][row, column] = clock[1, -1] * per_size["per update"][row]
            if column == 0:
                arrays[f"{size} clock"] = clock
    return ExperimentResult(arrays | per_size, {"sizes": list(sizes), "rates": list(rates), "target": target,
                                       "n": n, "passes": passes})  # fmt: skip


def update_operations(network: Network, batch: int) -> int:
    """The operations of one update of SGD with a batch of so many examples: the way there and back, and the step.

    >>> update_operations(small_network(4, 3, width=5), 10) < 10 * update_operations(small_network(4, 3, width=5), 1)
    True
    """
    aim = objective(network, "sparse_categorical_crossentropy")
    variables = network.init(0)
    x, y = jnp.zeros((batch, *network.input_shape)), jnp.zeros(batch, jnp.int32)

    def step(params: Any) -> Any:
        def loss(params: Any) -> Any:
            return aim.measure(network, params, variables.state, x, y, jnp.ones(batch), Context(train=True)).loss

        return jax.tree.map(lambda leaf, g: leaf - 0.1 * g, params, jax.grad(loss)(params))

    return operations(step, variables.params)


def _clock(run: Run, n: int) -> np.ndarray:
    history, batch = run.history, run.plan.batch(n)
    rows = [history["seconds"], history["step"], history["step"] * batch, history["validation_loss"]]
    clock = np.stack([row.astype(np.float64) for row in rows])
    # What is not finite was not measured.
    return clock[:, np.isfinite(clock[3])]


@partial(jax.jit, static_argnames=("network", "aim"))
def _gradients(network: Network, aim: Objective, params: Any, state: Any, x: Any, y: Any, order: Any) -> Any:
    def loss(params: Any, rows: Any) -> Any:
        return aim.measure(
            network, params, state, x[rows], y[rows], jnp.ones(rows.shape, x.dtype), Context(train=True)
        ).loss

    def one(rows: Any) -> Any:
        return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(jax.grad(loss)(params, rows))])

    return jax.lax.map(one, order)


def gradient_spread(
    digits: Dataset,
    sizes: Sequence[int],
    *,
    draws: int = 64,
    examples: int = 4000,
    held: int = 1000,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """The variance of the gradient from one batch to another: the trace of its covariance over *draws* random batches.

    "deviation" (moments, sizes, draws) has each draw's squared distance from their mean, scaled so that its own mean is
    the "variance" (moments, sizes), at the initial weights and after one epoch with batches of 32; "norm" (moments,) is
    that of the gradient over all examples. Batches are drawn without repetition, as in training, so that independence
    would give S (1 / n - 1 / N) for batches of n out of N.

    >>> from ravine.data import load
    >>> made = gradient_spread(load("digits"), [1, 4], draws=50, examples=200, held=100)
    >>> bool((made["variance"][:, 0] > 2 * made["variance"][:, 1]).all())
    True
    """
    data = portion(digits, examples, held)
    network = small_network(math.prod(data.input_shape), len(data.classes or ()))
    aim = objective(network, "sparse_categorical_crossentropy")
    trained = train(network, SGD(0.1), data, Plan(epochs=1, batch_size=32, train_eval_examples=0), seed=seed).variables
    rows = len(data.train)
    variance, norm, deviation = np.zeros((2, len(sizes))), np.zeros(2), np.zeros((2, len(sizes), draws))
    for moment, variables in enumerate((network.init(seed), trained)):
        every = np.arange(rows)[None]
        norm[moment] = np.linalg.norm(
            np.asarray(_gradients(network, aim, *variables, data.train.x, data.train.y, every))
        )
        for column, size in enumerate(sizes):
            draw = generator(seed, "sample", 1000 + column)
            order = np.stack([draw.choice(rows, size, replace=False) for _ in range(draws)])
            g = np.asarray(_gradients(network, aim, *variables, data.train.x, data.train.y, order), np.float64)
            deviation[moment, column] = ((g - g.mean(axis=0)) ** 2).sum(axis=1) * draws / (draws - 1)
            variance[moment, column] = deviation[moment, column].mean()
            progress((moment * len(sizes) + column + 1) / (2 * len(sizes)))
    arrays = {"variance": variance, "norm": norm, "deviation": deviation}
    return ExperimentResult(arrays, {"sizes": list(sizes), "draws": draws, "examples": rows})
