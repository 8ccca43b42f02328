"""Runners by name: where a study's packs are done."""

from __future__ import annotations

from ravine.core import RavineError
from ravine.study.ray import RayRunner
from ravine.study.runners import LocalRunner, Runner

__all__ = ["runner"]


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
        return RayRunner(None if where == "ray" else where)
    raise RavineError(f"unknown place {where!r}: write here, ray or ray://address:port")
