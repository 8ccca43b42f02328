"""What an activation and its derivative cost beside the matrix product that precedes them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import generator
from ravine.functions import activation
from ravine.lecture.context import ExperimentResult

__all__ = ["activation_cost"]


def activation_cost(
    names: Sequence[str], *, batch: int = 128, width: int = 512, rounds: int = 40, seed: int = 0
) -> ExperimentResult:
    """Seconds of value and derivative, and of the product of matrices that precedes them.

    "back" (names, rounds) is the way back alone, on (batch, width) numbers: the gradient times the derivative, from
    what the way there left; "activation" (names, rounds) is the way there and back; "product" (rounds,) is that of
    (batch, width) with (width, width).

    The rivals take turns in every round, so that whatever else the machine does meets all of them alike.

    >>> activation_cost(["relu", "tanh"], batch=4, width=8, rounds=3)["activation"].shape
    (2, 3)
    """
    draw = generator(seed, "sample")
    z, back = (jnp.asarray(draw.standard_normal((batch, width), np.float32)) for _ in range(2))
    w = jnp.asarray(draw.standard_normal((width, width), np.float32))
    rivals = [jax.jit(_forward_and_back(activation(name))).lower(z, back).compile() for name in names]
    kept = [jax.jit(partial(jax.vjp, activation(name)))(z)[1] for name in names]
    returns = [jax.jit(_pulled).lower(each, back).compile() for each in kept]
    product = jax.jit(jnp.matmul).lower(z, w).compile()
    seconds, backs, products = np.zeros((len(names), rounds)), np.zeros((len(names), rounds)), np.zeros(rounds)
    for turn in range(-2, rounds):  # The first two rounds warm the caches and are overwritten.
        products[turn] = _timed(product, z, w)
        for row, (rival, way, left) in enumerate(zip(rivals, returns, kept, strict=True)):
            seconds[row, turn] = _timed(rival, z, back)
            backs[row, turn] = _timed(way, left, back)
    return ExperimentResult(
        {"activation": seconds, "back": backs, "product": products}, {"batch": batch, "width": width}
    )


def _forward_and_back(function: Callable[..., Any]) -> Callable[..., Any]:
    def both(z: Any, back: Any) -> Any:
        value, pull = jax.vjp(function, z)
        return value, pull(back)[0]

    return both


def _pulled(pull: Any, back: Any) -> Any:
    return pull(back)[0]


def _timed(function: Callable[..., Any], *arguments: Any, calls: int = 8, tries: int = 3) -> float:
    """The least of a few times: what else the machine does can only add."""
    least = math.inf
    for _ in range(tries):
        began = time.perf_counter()
        for _ in range(calls):
            out = function(*arguments)
        jax.block_until_ready(out)  # type: ignore[no-untyped-call]
        least = min(least, (time.perf_counter() - began) / calls)
    return least
