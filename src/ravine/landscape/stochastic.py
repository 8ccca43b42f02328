"""A stochastic quadratic with the spectrum of a deep network: DeepOBS's quadratic_deep."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, cast, check_count, generator
from ravine.optim import Rule, rule

__all__ = ["QuadraticDeep", "QuadraticRun", "quadratic_deep", "train_quadratic_deep"]

SIZE, EXAMPLES, NOISE, SEED = 100, 1000, 0.6, 42


class QuadraticDeep(NamedTuple):
    """The problem: *hessian* (100, 100), examples *train* and *test* (1000, 100), *start* (100,); NumPy float64.

    >>> quadratic_deep().hessian.shape
    (100, 100)
    """

    hessian: Any
    train: Any
    test: Any
    start: Any

    def loss(self, theta: Any, examples: Any) -> Any:
        """The mean of (theta - x)^T Q (theta - x) / 2 over the *examples* x.

        >>> problem = quadratic_deep()
        >>> round(float(problem.loss(problem.start, problem.test[:896])), 4)
        353.4468
        """
        away = theta - examples
        return 0.5 * ((away @ self.hessian) * away).sum(-1).mean()


def rotation(rng: np.random.RandomState, size: int) -> Any:
    """A rotation of *size* dimensions, uniform, by the subgroup algorithm of Diaconis & Shahshahani (1987).

    A rotation of k - 1 dimensions is set beside 1, then reflected so that the first axis goes to a random direction.
    """
    angle = 2 * np.pi * rng.uniform()
    turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for k in range(3, size + 1):
        direction = rng.normal(size=k)
        mirror = -direction / np.linalg.norm(direction)
        mirror[0] += 1
        mirror /= np.linalg.norm(mirror)
        grown = np.eye(k)
        grown[1:, 1:] = turned
        turned = grown - 2 * np.outer(mirror, mirror @ grown)
    return -turned


@cache
def quadratic_deep() -> QuadraticDeep:
    """DeepOBS's quadratic_deep (Schneider, Balles & Hennig 2019): the numbers, from its seeds.

    Loss (theta - x)^T Q (theta - x) / 2 in 100 dimensions: of the eigenvalues of Q 90 are uniform in (0, 1) and 10 in
    (30, 60), as in deep networks (Chaudhari et al. 2017); x is normal with deviation 0.6. theta starts at 1. The
    generators are NumPy's old ones, for the published numbers hang on them: seed 42 for Q and for the training
    examples, 43 for the test.

    >>> bool((np.linalg.eigvalsh(quadratic_deep().hessian) > 30).sum() == 10)
    True
    """
    rng = np.random.RandomState(SEED)
    spectrum = np.concatenate([rng.uniform(0, 1, 90), rng.uniform(30, 60, 10)])
    turned = rotation(rng, SIZE)
    train, test = (
        np.random.RandomState(seed).normal(0, NOISE, (EXAMPLES, SIZE)).astype(np.float32).astype(np.float64)
        for seed in (SEED, SEED + 1)
    )
    return QuadraticDeep(turned.T @ (spectrum[:, None] * turned), train, test, np.ones(SIZE))


class QuadraticRun(NamedTuple):
    """Losses after 0, 1, ... epochs, of shape (seeds, epochs + 1).

    No example: see `train_quadratic_deep`.
    """

    train_loss: Any
    test_loss: Any


@partial(jax.jit, static_argnames="whole")
def run(problem: QuadraticDeep, descent: Rule, orders: Array, whole: int) -> QuadraticRun:
    """*orders* has the shape (seeds, epochs, steps, batch)."""

    def step(carry: tuple[Array, Any], batch: Array) -> tuple[tuple[Array, Any], None]:
        theta, state = carry
        examples = problem.train[batch]
        gradient = (descent.point(theta, state) - examples.mean(0)) @ problem.hessian
        move, state = descent.update(gradient, state, theta)
        return (theta + move, state), None

    def losses(theta: Array) -> QuadraticRun:
        return QuadraticRun(problem.loss(theta, problem.train[:whole]), problem.loss(theta, problem.test[:whole]))

    def epoch(carry: tuple[Array, Any], batches: Array) -> tuple[tuple[Array, Any], QuadraticRun]:
        carry, _ = jax.lax.scan(step, carry, batches)
        return carry, losses(carry[0])

    def one(order: Array) -> QuadraticRun:
        start = (problem.start, descent.init(problem.start))
        _, after = jax.lax.scan(epoch, start, order)
        first = losses(problem.start)
        return QuadraticRun(*(jnp.concatenate([a[None], b]) for a, b in zip(first, after, strict=True)))

    return QuadraticRun(*jax.vmap(one)(orders))


def train_quadratic_deep(
    descent: str | Rule,
    epochs: int = 100,
    batch_size: int = 128,
    seeds: int = 1,
    reshuffle: bool = True,
) -> QuadraticRun:
    """Train `quadratic_deep` with the rule *descent*, *seeds* runs at once that differ in the order of the examples.

    As in DeepOBS, examples that fill no batch are left out, of the test as well, whose first 896 count at batch size
    128. With *reshuffle* = False every epoch repeats the order of the first, as the published runs did. In float32.

    >>> done = train_quadratic_deep("sgd:0.01", epochs=2, seeds=3)
    >>> done.test_loss.shape, round(float(done.test_loss[0, 0]), 2)
    ((3, 3), 353.45)
    """
    check_count("train_quadratic_deep", "epochs", epochs)
    check_count("train_quadratic_deep", "batch_size", batch_size)
    check_count("train_quadratic_deep", "seeds", seeds)
    if batch_size > EXAMPLES:
        raise RavineError(f"train_quadratic_deep: batch_size must be at most {EXAMPLES}, got {batch_size}")
    steps = EXAMPLES // batch_size
    whole = steps * batch_size
    orders = [
        [generator(seed, "order", epoch if reshuffle else 0).permutation(EXAMPLES)[:whole] for epoch in range(epochs)]
        for seed in range(seeds)
    ]
    shaped = np.array(orders, np.int32).reshape(seeds, epochs, steps, batch_size)
    made = run(cast(quadratic_deep(), np.float32), cast(rule(descent), np.float32), shaped, whole)
    return QuadraticRun(*(np.asarray(part) for part in made))
