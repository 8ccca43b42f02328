"""Whether a rival was tuned at the end of what was tried: then a better setting may lie beyond."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import polars as pl

__all__ = ["FEWEST", "Edge", "edges"]

FEWEST = 4
"""Values of an axis below which most choices lie at an end."""


@dataclass(frozen=True)
class Edge:
    """The setting chosen for *rival* on *problem* has of all values tried on *axis* the lowest, or the highest.

    >>> Edge("digits", "sgd", "learning_rate", 1.0, "highest").side
    'highest'
    """

    problem: str
    rival: str
    axis: str
    value: float
    side: Literal["lowest", "highest"]


def edges(members: pl.DataFrame) -> tuple[Edge, ...]:
    """Where chosen settings of *members* lie at an end of at least four values that were tried.

    The rule's own setting names no numbers, and is nowhere at an end.

    >>> rates = [0.001, 0.01, 0.1, 1.0]
    >>> told = {"phase": ["tune"] * 4 + ["final"], "problem": "xor", "rival": "sgd",
    ...         "setting": [f'{{"learning_rate": {rate}}}' for rate in (*rates, 1.0)]}
    >>> edges(pl.DataFrame(told))
    (Edge(problem='xor', rival='sgd', axis='learning_rate', value=1.0, side='highest'),)
    """
    if not {"phase", "problem", "rival", "setting"} <= set(members.columns):
        return ()
    keys = [name for name in ("problem", "rival", "split") if name in members.columns]
    told = members.filter(pl.col("setting").is_not_null()).select("phase", *keys, "setting").unique(maintain_order=True)
    found: dict[Edge, None] = {}
    for part in told.partition_by(keys, maintain_order=True):
        tried = [json.loads(text) for text in part.filter(pl.col("phase") == "tune")["setting"]]
        for text in part.filter(pl.col("phase") == "final")["setting"]:
            for axis, value in json.loads(text).items():
                values = {each[axis] for each in tried if axis in each}
                if len(values) < FEWEST or min(values) < value < max(values):
                    continue
                side: Literal["lowest", "highest"] = "lowest" if value <= min(values) else "highest"
                found[Edge(part["problem"][0], part["rival"][0], axis, value, side)] = None
    return tuple(found)
