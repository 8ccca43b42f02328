"""What is told of a file of Keras beside the model: who wrote it, and that weights are no numbers."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError

__all__ = ["NEWEST", "check_keras", "warn_not_finite"]

NEWEST = 3
"""The first number of the newest version of Keras whose files are known."""


def check_keras(version: Any, where: Path) -> None:
    """Refuse a file that a later Keras than 3 has written: the same words may mean other things there.

    >>> check_keras("4.0.1", Path("m.keras"))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: m.keras: written by Keras 4.0.1, files of Keras up to 3 are read: save it with ...
    """
    found = re.match(r"\d{1,9}", version) if isinstance(version, str) else None
    if found and int(found[0]) > NEWEST:
        raise RavineError(
            f"{where}: written by Keras {version[:20]}, files of Keras up to {NEWEST} are read: save it with "
            f"Keras {NEWEST}, or update Ravine"
        )


def warn_not_finite(model: Any, where: Path) -> None:
    """Warn where a weight that was read is infinite or no number; it is kept, for a run that diverged may be looked at.

    No example: called when a file was read.
    """
    for layer in model.layers:
        for name, array in layer.arrays().items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                warnings.warn(
                    f"{where}: {name} of layer {layer.name!r} holds {int((~np.isfinite(array)).sum())} values that are "
                    "infinite or NaN: predictions will be, too",
                    stacklevel=4,
                )
                return
