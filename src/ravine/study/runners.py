"""Where packs are done. The runner that calls for packs is the only one that writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import polars as pl

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.study.execution import execute
from ravine.study.packs import Pack

__all__ = ["Done", "LocalRunner", "Runner", "Under", "runner"]

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


def runner(where: str) -> Runner:
    """The runner that *where* names: ``here``, ``ray`` (a cluster on this machine) or ``ray://address``.

    >>> runner("here")
    <ravine.study.runners.LocalRunner object at ...>
    >>> runner("moon")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown place 'moon': write here, ray or ray://address:port
    """
    if where == "here":
        return LocalRunner()
    if where == "ray" or where.startswith("ray://"):
        from ravine.study.ray import RayRunner

        return RayRunner(None if where == "ray" else where)
    raise RavineError(f"unknown place {where!r}: write here, ray or ray://address:port")
