"""Ctrl-C and the request to end (SIGTERM): while a command starts they end it at once, then they end its work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["catch_signals", "quick"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def quick() -> Iterator[None]:
    """Within, Ctrl-C ends the process without a word: half an import has nothing to keep, and only a traceback to say.

    >>> with quick():
    ...     signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    True
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.getsignal(sign) for sign in SIGNALS}
    if before[signal.SIGINT] is signal.default_int_handler:  # neither ignored nor a program's own
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def catch_signals() -> None:
    """From here on both raise KeyboardInterrupt, so that what is done can be kept; one that is ignored stays so.

    >>> with quick():
    ...     catch_signals()
    ...     signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    True
    """
    if threading.current_thread() is threading.main_thread():
        for sign in SIGNALS:
            if signal.getsignal(sign) == signal.SIG_DFL:
                signal.signal(sign, signal.default_int_handler)
