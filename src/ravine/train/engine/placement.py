"""How numbers go to the device: in which precision, and onto how many of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ravine.core import RavineError

__all__ = ["is_beyond_labels", "precision", "shardings"]


@contextlib.contextmanager
def precision(dtype: Any) -> Iterator[None]:
    """Allow float64 inside, where *dtype* asks for it.

    >>> with precision("float64"):
    ...     jax.numpy.zeros(1).dtype
    dtype('float64')
    """
    if np.dtype(dtype) == np.float64:
        with jax.enable_x64(True):
            yield
    else:
        yield


def is_beyond_labels(a: np.ndarray) -> bool:
    """Whether *a* holds whole numbers too large for labels, which are int32.

    >>> is_beyond_labels(np.array([2**31])), is_beyond_labels(np.array([2**31 - 1]))
    (True, False)
    """
    wide = a.dtype.kind in "iu" and a.dtype.itemsize >= np.dtype(np.int32).itemsize and a.size > 0
    return wide and not (int(a.min()) >= -(2**31) and int(a.max()) < 2**31)


def shardings(devices: int) -> tuple[NamedSharding | None, NamedSharding | None]:
    """How arrays lie on several *devices*: the same everywhere; batches divided. None, None for one device.

    >>> shardings(1)
    (None, None)
    """
    if devices == 1:
        return None, None
    there = jax.devices()
    if devices > len(there):
        raise RavineError(f"devices={devices}: this host has {len(there)} ({there[0].device_kind}): ask for no more")
    mesh = Mesh(np.array(there[:devices]), ("batch",))
    spec: Any = PartitionSpec
    return NamedSharding(mesh, spec()), NamedSharding(mesh, spec(None, "batch"))
