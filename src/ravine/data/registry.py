"""Data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ravine.core import RavineError, Registry
from ravine.data.dataset import Dataset
from ravine.data.frames import from_file
from ravine.data.tables import is_file_name

__all__ = ["DATASETS", "load"]

DATASETS: Registry[Callable[..., Dataset]] = Registry("data set")
"""From name to loader; every loader takes *seed* and its own options."""


def load(name: str, **options: Any) -> Dataset:
    """Return the data set *name*, made or read by its loader with *options*; or of the file *name*, see `from_file`.

    A file needs the option *target*, the column to predict.

    >>> load("xor", n=100, seed=1).train
    Split(x=float32 (100, 2), y=int32 (100,))
    """
    if name not in DATASETS and is_file_name(name):
        if "target" not in options:
            raise RavineError(f"{name}: which column is to be predicted? Name it with target=")
        return from_file(name, **options)
    loader = DATASETS[name]
    try:
        return loader(**options)
    except TypeError as cause:
        if "unexpected keyword argument" not in str(cause):
            raise
        raise RavineError(f"data set {name!r}: {cause}: see help({loader.__name__}) for its options") from cause
