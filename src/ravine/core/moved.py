"""Names that the documentation of the last version showed elsewhere: they work for one version more."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from typing import Any

__all__ = ["find_moved"]


def find_moved(package: str, name: str, places: Mapping[str, str]) -> Any:
    """What *name* of *package* is now, by *places* (the package each name moved to), with a `DeprecationWarning`.

    A package's ``__getattr__`` calls it; a name that never was there is an `AttributeError`, as usual.

    >>> with warnings.catch_warnings(record=True, action="always") as told:
    ...     found = find_moved("ravine.study", "rank", {"rank": "ravine.stats"})
    >>> found.__module__, str(told[0].message)
    ('ravine.stats.ranking', 'ravine.study.rank is now ravine.stats.rank: the old name goes with the next version')
    """
    if name not in places:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    place = places[name]
    text = f"{package}.{name} is now {place}.{name}: the old name goes with the next version"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
    return getattr(importlib.import_module(place), name)
