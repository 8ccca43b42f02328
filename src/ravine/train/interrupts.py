"""Ctrl-C that waits for the end of the chunk under way, so that all that is done is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["interrupts"]


@contextmanager
def interrupts(press: Callable[[], None]) -> Iterator[None]:
    """Call *press* at the first Ctrl-C; a second one acts as it did before. Signals reach the main thread only.

    >>> pressed = []
    >>> with interrupts(lambda: pressed.append(True)):
    ...     signal.raise_signal(signal.SIGINT)
    >>> pressed
    [True]
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        press()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
