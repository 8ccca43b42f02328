"""Where packs are done. The runner that calls for packs is the only one that writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import polars as pl

from ravine.data import Dataset
from ravine.study.execution import execute
from ravine.study.packs import Pack

__all__ = ["Done", "LocalRunner", "Runner", "Under"]

Done = Callable[[Pack, pl.DataFrame], None]
"""Called with each pack and its results as they come."""

Under = Callable[[Pack, float], None]
"""Called with a pack and the share of it that is done."""


class Runner(Protocol):
    """What does packs, in whatever order and place.

    No example: see `LocalRunner`.
    """

    def run(self, packs: Sequence[Pack], datasets: Mapping[str, Dataset], done: Done, under: Under) -> None:
        """Do *packs* on *datasets* (by the packs' fingerprints), and call *done* with each as it is finished."""


class LocalRunner:
    """One pack after another, in this process.

    >>> LocalRunner().run((), {}, print, print)
    """

    def run(self, packs: Sequence[Pack], datasets: Mapping[str, Dataset], done: Done, under: Under) -> None:
        """Do *packs* in order."""
        for pack in packs:
            done(pack, execute(pack, datasets[pack.fingerprint], lambda share, pack=pack: under(pack, share)))  # type: ignore[misc]
