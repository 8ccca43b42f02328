"""Ctrl-C that waits for the end of the chunk under way, so that all that is done is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["interrupts"]


@contextmanager
def interrupts(press: Callable[[], None], *, polite: bool = False) -> Iterator[None]:
    """Call *press* at the first Ctrl-C; a second one acts as it did before. Signals reach the main thread only.

    The request to end, SIGTERM, counts as Ctrl-C where the program has had it so, as the command line does. *polite*: a
    program that has a way of its own with Ctrl-C, or ignores it, keeps that.

    >>> pressed = []
    >>> with interrupts(lambda: pressed.append(True)):
    ...     signal.raise_signal(signal.SIGINT)
    >>> pressed
    [True]
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    heard = [sign for sign, handler in before.items() if handler is signal.default_int_handler]
    if not polite and signal.SIGINT not in heard:
        heard.append(signal.SIGINT)

    def restore() -> None:
        for sign in heard:
            signal.signal(sign, before[sign])

    def handle(number: int, frame: Any) -> None:
        restore()
        press()

    for sign in heard:
        signal.signal(sign, handle)
    try:
        yield
    finally:
        restore()
