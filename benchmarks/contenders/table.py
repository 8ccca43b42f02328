"""The contenders, in one table."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.workloads import Workload

__all__ = ["CONTENDERS", "LIMITS", "Contender", "Trainer"]


class Trainer(NamedTuple):
    """A workload made ready: *fit* trains once through and returns when the result is there."""

    fit: Callable[[], Any]
    networks: int
    """Networks that one *fit* trains: all members where the library trains them together, else 1."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way of training, and what it needs."""

    name: str
    title: str
    module: str
    requires: tuple[str, ...]
    options: tuple[tuple[str, Any], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    note: str = ""
    only: tuple[str, ...] = ()
    """The workloads on which it is measured; none named: on all, and it counts as a peer."""

    @property
    def missing(self) -> str | None:
        """What is not installed, if anything is."""
        absent = [name for name in self.requires if importlib.util.find_spec(name) is None]
        return f"{', '.join(absent)} not installed" if absent else None

    def prepare(self, work: Workload, x: np.ndarray, y: np.ndarray) -> Trainer:
        """Build the model; imports the library, so call it in a process of its own."""
        module = importlib.import_module(f"benchmarks.contenders.{self.module}")
        trainer: Trainer = module.prepare(work, x, y, **dict(self.options))
        return trainer


_ON_JAX = (("KERAS_BACKEND", "jax"),)

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ravine", "Ravine", "ravine", ("ravine",)),
        Contender("optax", "JAX + optax, plain scan", "optax", ("jax", "optax"), note="populations by plain vmap"),
        Contender("keras", "Keras on jax", "keras", ("keras",), environment=_ON_JAX, note="populations one by one"),
        Contender("torch", "torch, eager", "torch", ("torch",), note="populations one by one"),
        Contender("torch-compiled", "torch, compiled", "torch", ("torch",), options=(("compiled", True),)),
        Contender(
            "ravine-probes",
            "Ravine with probes",
            "ravine",
            ("ravine",),
            options=(("probed", True),),
            note="the default probes at the default stride",
            only=("S",),
        ),
        Contender("sklearn", "scikit-learn", "sklearn", ("sklearn",), note="Adam and no dropout: it has no RMSprop"),
    )
}
"""Ravine first, then its peers, and Ravine with its instruments on."""

LIMITS = {
    contender.name: contender
    for contender in (
        Contender("sgemm-numpy", "sgemm through NumPy", "sgemm", ("numpy",), options=(("library", "numpy"),)),
        Contender("sgemm-jax", "sgemm through XLA", "sgemm", ("jax",), options=(("library", "jax"),)),
        Contender("sgemm-torch", "sgemm through torch", "sgemm", ("torch",), options=(("library", "torch"),)),
    )
}
"""The matrix products of a workload and nothing else: the best of these is the limit."""
