"""JAX and optax as most people write them: the whole epoch in one `lax.scan`; a population by plain `vmap`."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.contenders.table import Trainer
from benchmarks.workloads import Workload

__all__ = ["prepare"]


def _initial(work: Workload, rng: np.random.Generator) -> Any:
    def layer(wide: int, narrow: int) -> tuple[np.ndarray, np.ndarray]:
        limit = np.sqrt(6 / (wide + narrow))
        return rng.uniform(-limit, limit, (wide, narrow)).astype(np.float32), np.zeros(narrow, np.float32)

    return [layer(wide, narrow) for wide, narrow in pairwise(work.widths)]


def _logits(work: Workload, params: Any, x: jax.Array, key: jax.Array) -> jax.Array:
    for weights, bias in params[:-1]:
        x = getattr(jax.nn, work.activation)(x @ weights + bias)
        if work.dropout:
            key, own = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(own, 1 - work.dropout, x.shape), x / (1 - work.dropout), 0)
    return x @ params[-1][0] + params[-1][1]


def prepare(work: Workload, x: np.ndarray, y: np.ndarray) -> Trainer:
    """Compile one epoch; a fit runs all epochs and waits."""
    rule = optax.inject_hyperparams(partial(optax.rmsprop, decay=0.9, eps=1e-7))(learning_rate=1e-3)

    def epoch(params: Any, state: Any, order: jax.Array, key: jax.Array, x: jax.Array, y: jax.Array) -> Any:
        def loss(params: Any, rows: jax.Array, key: jax.Array) -> jax.Array:
            logits = _logits(work, params, x[rows], key)
            return optax.softmax_cross_entropy_with_integer_labels(logits, y[rows]).mean()

        def step(carry: Any, rows: jax.Array) -> Any:
            params, state, key = carry
            key, own = jax.random.split(key)
            value, grads = jax.value_and_grad(loss)(params, rows, own)
            updates, state = rule.update(grads, state, params)
            return (optax.apply_updates(params, updates), state, key), value

        (params, state, _), losses = jax.lax.scan(step, (params, state, key), order)
        return params, state, losses.mean()

    rng = np.random.default_rng(0)
    if work.members > 1:
        start = [_initial(work, rng) for _ in range(work.members)]
        params = jax.tree.map(lambda *leaves: np.stack(leaves), *start)
        state = jax.vmap(rule.init)(params)
        state.hyperparams["learning_rate"] = jnp.logspace(-4, -2, work.members, dtype=jnp.float32)
        run = jax.jit(jax.vmap(epoch, in_axes=(0, 0, None, None, None, None)), donate_argnums=(0, 1))
    else:
        params = _initial(work, rng)
        state = rule.init(params)
        run = jax.jit(epoch, donate_argnums=(0, 1))
    held = [jax.device_put(params), state]
    inputs, labels = jax.device_put(x), jax.device_put(y)
    count = -(-len(x) // work.batch)

    def fit() -> None:
        for number in range(work.epochs):
            order = np.resize(rng.permutation(len(x)), (count, work.batch)).astype(np.int32)
            *held[:], loss = run(*held, order, jax.random.key(number), inputs, labels)
        jax.block_until_ready((held, loss))

    return Trainer(fit, work.members)
