"""What no machine can train is refused before anything is made of it."""

from __future__ import annotations

import os

import jax
import numpy as np

from ravine.core import RavineError
from ravine.nn import Network, count_params
from ravine.train.plan import Plan

__all__ = ["MOST_STEPS", "check_size"]

MOST_STEPS = 2**31 - 1
"""Steps are counted in 32 bits."""

COPIES = 3
"""Weights, their gradient and their update: the least that training takes."""

SMALL = 10_000_000
"""Parameters for which nobody needs to be asked how much memory there is."""


def check_size(network: Network, plan: Plan, examples: int) -> None:
    """Refuse a plan with more steps than can be counted, and a network that this machine cannot hold while it learns.

    >>> from ravine.nn import from_text
    >>> check_size(from_text("2-4:relu-1"), Plan(epochs=10**9), 10_000)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: 1000000000 epochs are 79000000000 steps, 2147483647 can be counted: ask for fewer
    >>> check_size(from_text("2-1000000000:relu-1000000000:relu-1"), Plan(), 10)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: the network has 1000000005000000001 parameters, training takes at least
    11175870951 GiB for them, this machine has ... GiB: choose fewer units
    """
    steps = plan.epochs * plan.steps(examples)
    if steps > MOST_STEPS and plan.seconds is None:
        raise RavineError(f"{plan.epochs} epochs are {steps} steps, {MOST_STEPS} can be counted: ask for fewer")
    count = sum(count_params(network))
    if count <= SMALL:
        return
    need, room = COPIES * count * np.dtype(plan.dtype).itemsize, _memory()
    if room is not None and need > room:
        raise RavineError(
            f"the network has {count} parameters, training takes at least {need / 2**30:.0f} GiB for them, this "
            f"machine has {room / 2**30:.0f} GiB: choose fewer units"
        )


def _memory() -> int | None:
    """All the memory of the device that trains, None where it does not tell."""
    stats = jax.devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return int(stats["bytes_limit"])
    try:
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return None
