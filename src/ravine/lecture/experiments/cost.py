"""What an activation and its derivative cost beside the matrix product that precedes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import generator
from ravine.functions import activation
from ravine.lecture.context import Outcome

__all__ = ["activation_cost"]


def activation_cost(
    names: Sequence[str], *, batch: int = 128, width: int = 512, rounds: int = 40, seed: int = 0
) -> Outcome:
    """Seconds of value and derivative together, and of the product of matrices that precedes them.

    "activation" (names, rounds) is measured on (batch, width) numbers, "product" (rounds,) is that of (batch, width)
    with (width, width).

    The rivals take turns in every round, so that whatever else the machine does meets all of them alike.

    >>> activation_cost(["relu", "tanh"], batch=4, width=8, rounds=3)["activation"].shape
    (2, 3)
    """
    draw = generator(seed, "sample")
    z, back = (jnp.asarray(draw.standard_normal((batch, width), np.float32)) for _ in range(2))
    w = jnp.asarray(draw.standard_normal((width, width), np.float32))
    rivals = [jax.jit(_forward_and_back(activation(name))).lower(z, back).compile() for name in names]
    product = jax.jit(jnp.matmul).lower(z, w).compile()
    seconds, products = np.zeros((len(names), rounds)), np.zeros(rounds)
    for turn in range(-2, rounds):  # The first two rounds warm the caches and are overwritten.
        products[turn] = _timed(product, z, w)
        for row, rival in enumerate(rivals):
            seconds[row, turn] = _timed(rival, z, back)
    return Outcome({"activation": seconds, "product": products}, {"batch": batch, "width": width})


def _forward_and_back(function: Callable[..., Any]) -> Callable[..., Any]:
    def both(z: Any, back: Any) -> Any:
        value, pull = jax.vjp(function, z)
        return value, pull(back)[0]

    return both


def _timed(function: Callable[..., Any], *arguments: Any, calls: int = 8) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        out = function(*arguments)
    jax.block_until_ready(out)  # type: ignore[no-untyped-call]
    return (time.perf_counter() - began) / calls
