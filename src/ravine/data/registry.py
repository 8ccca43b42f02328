"""Data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ravine.core import RavineError, Registry
from ravine.data.dataset import Dataset

__all__ = ["DATASETS", "load"]

DATASETS: Registry[Callable[..., Dataset]] = Registry("data set")
"""From name to loader; every loader takes *seed* and its own options."""


def load(name: str, **options: Any) -> Dataset:
    """Return the data set *name*, made or read by its loader with *options*.

    >>> load("xor", n=100, seed=1).train
    Split(x=float32 (100, 2), y=int32 (100,))
    """
    loader = DATASETS[name]
    try:
        return loader(**options)
    except TypeError as cause:
        if "unexpected keyword argument" not in str(cause):
            raise
        raise RavineError(f"data set {name!r}: {cause}: see help({loader.__name__}) for its options") from cause
