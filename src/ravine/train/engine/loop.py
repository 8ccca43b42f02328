"""A run under way, as callbacks and checkpoints see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ravine.train.engine.chunking import ChunkSizer
from ravine.train.engine.executor import Executor
from ravine.train.engine.session import Session
from ravine.train.history import History
from ravine.train.plan import Plan

__all__ = ["Loop"]


class Loop(Protocol):
    """One run under way. Callbacks read it, may put other weights into its ``session``, and may `stop` it.

    ``epoch`` and ``step`` are how many are done, ``steps`` those of an epoch. Of the block of epochs under way ``row``
    rows are done, ``block_epoch`` is its first epoch, ``losses`` and ``stats`` are what they left. Of a fork, ``ahead``
    is by how many steps it is ahead of its own epochs, and ``rule_from`` the step at which its rule began anew.

    Of a population ``history`` and ``session`` are those of its first member; ``values`` [rows, columns] are the latest
    epoch's of all, and ``best_epochs`` tells to which each of them has gone back.

    No example: given to callbacks by `train`.
    """

    epoch: int
    step: int
    steps: int
    seconds: float
    latest_loss: float
    stopped: str | None
    interrupted: bool
    pace: ChunkSizer
    block_epoch: int
    row: int
    ahead: int
    rule_from: int
    history: History
    diverged_at: int | None
    losses: np.ndarray
    stats: tuple[Any, ...]
    values: dict[str, np.ndarray]
    best_epochs: np.ndarray | None

    @property
    def plan(self) -> Plan:
        """What training was asked to do."""

    @property
    def seed(self) -> int:
        """What determines initial weights, the order of examples and dropout."""

    @property
    def session(self) -> Session:
        """The network, its state and its rule."""

    @property
    def executor(self) -> Executor:
        """What takes the steps."""

    @property
    def callbacks(self) -> Sequence[Any]:
        """All that are told."""

    @property
    def total_steps(self) -> int:
        """The step at which the plan ends."""

    @property
    def mark(self) -> str:
        """What tells this run from others."""

    @property
    def identity_parts(self) -> dict[str, str]:
        """The parts of `mark`."""

    def stop(self, reason: str) -> None:
        """End training after the present chunk or epoch; the first reason given stands."""
