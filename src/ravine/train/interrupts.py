"""Ctrl-C ends training and keeps what is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ravine.train.loop import Loop

__all__ = ["interrupts"]


@contextmanager
def interrupts(loop: Loop) -> Iterator[None]:
    """Turn the first Ctrl-C into a stop at the next chunk, unless the program has its own way with Ctrl-C.

    No example: waits for a signal.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(number: int, frame: Any) -> None:
        if loop.interrupted:
            raise KeyboardInterrupt
        loop.interrupted = True
        loop.stop("interrupted")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
