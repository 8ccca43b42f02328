"""How much memory a run may take at most, counted before it is made."""

from __future__ import annotations

import math
from typing import Any

import jax

from ravine.core import cast
from ravine.lab._configuration import rule_of
from ravine.lab.limits import LIMITS
from ravine.lab.setup import Setup

__all__ = ["run_bytes", "state_bytes"]

MB = 2**20
FIXED = 16 * MB
"""Bytes of losses, measurements and views of eight rivals, however long the race."""
KEPT = 4
"""Snapshots of the largest networks: three are kept whatever they weigh, while a fourth is taken."""
PICTURES = 2
"""States on the host beside the snapshots: the latest picture, and the one that replaces it."""
ACTIVATIONS = 4
"""Arrays of a layer's outputs that a step holds: before and after the activation, and the gradients of both."""


def _nbytes(tree: Any) -> int:
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def state_bytes(setup: Setup) -> int:
    """Bytes of all lanes' weights and of what their rules remember, in float32.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> state_bytes(prepared_setup(Configuration(lanes=[{"rule": "sgd"}]))) // 4  # 42 weights, the number of the step
    43
    """
    found = 0
    params = jax.eval_shape(lambda: setup.start.params)
    for lane in setup.configuration.lanes:
        if lane.on:
            rule = cast(rule_of(lane), "float32")
            found += _nbytes((params, jax.eval_shape(rule.init, params))) + _nbytes(setup.start.state)
    return found


def run_bytes(setup: Setup) -> int:
    """The most bytes that a run of *setup* takes, what JAX compiles for it and what an export takes left aside.

    Weights and rules' memories lie on the device, and are copied for the gradients of a step; on the host there are
    snapshots and pictures. The examples lie on both sides.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> run_bytes(prepared_setup(Configuration())) // 2**20
    80
    """
    size, batch = state_bytes(setup), setup.batch
    lanes = sum(lane.on for lane in setup.configuration.lanes)
    outputs = sum(math.prod(shape) for shape in setup.network.shapes)
    stepping = ACTIVATIONS * lanes * batch * outputs * 4
    kept = max(LIMITS.snapshot_bytes + size, KEPT * size)
    data = sum(2 * (part.x.nbytes + part.y.nbytes) for part in setup.dataset.parts.values())
    return FIXED + 2 * size + stepping + kept + PICTURES * size + data
