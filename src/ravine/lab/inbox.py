"""Orders to a trainer: each is answered, whatever becomes of the run."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ravine.core import RavineError

__all__ = ["Command", "EndedError", "Inbox"]


class EndedError(RavineError):
    """The run that was asked for something has ended.

    >>> raise EndedError("the run has ended: begin a new one")
    Traceback (most recent call last):
        ...
    ravine.lab.inbox.EndedError: the run has ended: begin a new one
    """


@dataclass(frozen=True, eq=False)
class Command:
    """An *action* with its *values*; *done* ends with it, or with its error.

    >>> Command("step", {"steps": 3}).done.done()
    False
    """

    action: str
    values: dict[str, Any]
    done: Future[None] = field(default_factory=Future)


class Inbox:
    """Orders in the sequence in which they came, for one thread that carries them out.

    `close` answers all that wait, and all that come later, with its error: nobody waits for a thread that has gone.

    >>> inbox = Inbox()
    >>> first, second = inbox.put("play"), inbox.put("pause")
    >>> inbox.take().action
    'play'
    >>> inbox.close(EndedError("the run has ended: begin a new one"))
    >>> type(second.exception()).__name__, type(inbox.put("step").exception()).__name__, inbox.take() is None
    ('EndedError', 'EndedError', True)
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._error: RavineError | None = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._error is not None

    def put(self, action: str, **values: Any) -> Future[None]:
        """Leave an order; the future ends when it was carried out, or is not going to be."""
        order = Command(action, values)
        # One lock for both: an order that is put while the inbox is closed would lie there for ever.
        with self._lock:
            if self._error is None:
                self._waiting.put(order)
            else:
                order.done.set_exception(self._error)
        return order.done

    def take(self, *, wait: bool = True) -> Command | None:
        """The next order that is still wanted; None where the inbox is closed, or empty and not to be waited for."""
        while not self.closed:
            try:
                order = self._waiting.get(block=wait)
            except queue.Empty:
                return None
            # Whoever gave it up, such as a request that was cancelled, must not have it carried out behind his back;
            # from here on it can no longer be given up, so that its answer has a place to go.
            if order is not None and order.done.set_running_or_notify_cancel():
                return order
        return None

    def close(self, error: RavineError) -> None:
        """Answer what waits, and what comes from now on, with *error*; the first one counts."""
        with self._lock:
            self._error = self._error or error
            while not self._waiting.empty():
                order = self._waiting.get_nowait()
                if order is not None and order.done.set_running_or_notify_cancel():
                    order.done.set_exception(self._error)
            # For whoever waits in `take`.
            self._waiting.put(None)
