"""What the commands say: printed as it is, whatever is in it and wherever it goes."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

from rich.console import Console

__all__ = ["QuietStream", "plain", "streams"]


def plain(*, stderr: bool = False, wrap: bool = True) -> Console:
    """A console that prints texts as they are: square brackets and colons of a path mean nothing to it.

    >>> plain().print("[red]runs[/red]:warning:")
    [red]runs[/red]:warning:
    """
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=not wrap)


class QuietStream(io.FileIO):
    """Standard output or error that never ends a command: what cannot be written is dropped, *failure* remembers why.

    So the work is done, and its files are written, though nobody listens any more.

    No example: writes to a descriptor of the process.
    """

    def __init__(self, handle: int) -> None:
        super().__init__(handle, "wb", closefd=False)
        self.failure: OSError | None = None

    def write(self, content: Any) -> int:
        """Write *content*, and say that all of it was written."""
        left = memoryview(content).cast("B")
        size = len(left)
        while left and self.failure is None:
            try:
                left = left[super().write(left) or 0 :]
            except OSError as error:
                self.failure = error
        return size


def streams() -> QuietStream | None:
    """Put `QuietStream`s in place of the standard streams of this process; returns that of the output.

    None where they are not the process's own, as in a notebook. Where one is closed, the null device takes its number,
    so that no file that is opened later does. What the encoding has no sign for is written as an escape.

    No example: changes the process.
    """
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return None
    closed = []
    for handle in (0, 1, 2):
        try:
            os.fstat(handle)
        except OSError as error:
            closed.append((handle, error))
            os.open(os.devnull, os.O_RDWR)  # takes the smallest free number
    made = []
    for handle, name in ((1, "stdout"), (2, "stderr")):
        stream, before = QuietStream(handle), getattr(sys, name)
        stream.failure = dict(closed).get(handle)
        encoding = getattr(before, "encoding", None) or "utf-8"
        buffer = io.BufferedWriter(stream)
        lines = handle == 2 or stream.isatty()
        text: TextIO = io.TextIOWrapper(buffer, encoding, errors="backslashreplace", line_buffering=lines)
        setattr(sys, name, text)
        made.append(stream)
    return made[0]
