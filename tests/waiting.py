"""Waiting for what is to come, however slow the machine is; and making sure that what stands still does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 600.0
"""Seconds after which what has not come is taken never to come. Nothing that works takes so long, on any machine."""
LOOKS = 20


def until(condition: Callable[[], Any], told: Callable[[], Any] = lambda: "it never came") -> Any:
    """What *condition* gives once it is true; *told* is what is said where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.01)
    return found


def still(look: Callable[[], Any]) -> Any:
    """What *look* gives, which must be the same again and again.

    Each look has to pass through whoever would change it, so that a change has its turn between two looks: no clock.
    """
    first = look()
    assert [look() for _ in range(LOOKS)] == [first] * LOOKS
    return first
