"""Code that a chapter shows is code that ran while the report was made, and its output is what it printed."""

from __future__ import annotations

import contextlib
import io
import textwrap
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.view.blocks import Code

__all__ = ["Notebook"]


class Notebook:
    """Cells that share their names, as in a notebook; *given* are the names they find there already.

    >>> notebook = Notebook(digits=[5, 0, 4])
    >>> notebook.run("count = len(digits)").output
    ''
    >>> notebook.run("print(count)")
    Code(source='print(count)', language='python', output='3')
    >>> notebook.run("print(size)")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: the code shown does not run: NameError: name 'size' is not defined, in: print(size)
    """

    def __init__(self, **given: Any) -> None:
        self.names: dict[str, Any] = {"__name__": "lecture", **given}
        self.printing: Any = np.get_printoptions()

    def run(self, source: str) -> Code:
        """Execute *source* and return it as a block, with all that it printed."""
        shown = textwrap.dedent(source).strip()
        printed = io.StringIO()
        try:
            # How NumPy prints is set for the cells that follow, not for the rest of the process.
            with contextlib.redirect_stdout(printed), np.printoptions(**self.printing):
                exec(compile(shown, "<lecture>", "exec"), self.names)
                self.printing = np.get_printoptions()
        except Exception as error:
            kind = type(error).__name__
            raise RavineError(f"the code shown does not run: {kind}: {error}, in: {shown}") from error
        return Code(shown, output=printed.getvalue().rstrip())
