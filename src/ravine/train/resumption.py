"""A run cut anywhere and taken up again, to the bit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.train.callbacks import Callback
from ravine.train.checkpoint import flattened, read_arrays, unflattened, write_arrays
from ravine.train.history import History, ProbeSeries

if TYPE_CHECKING:
    from ravine.train.loop import Loop

__all__ = ["Checkpoint", "restore_loop", "save_loop"]


class Checkpoint(Callback):
    """Keep a file from which training can be resumed, to the bit: every *seconds*, or every *epochs* where given.

    >>> Checkpoint("run.safetensors", seconds=60).path.name
    'run.safetensors'
    """

    every_epoch = False

    def __init__(self, path: str | Path, seconds: float = 30.0, epochs: int | None = None) -> None:
        self.path, self.seconds, self.epochs = Path(path), seconds, epochs
        self.written = time.monotonic()

    def begin(self, loop: Loop) -> None:
        save_loop(loop, self.path)  # A folder that cannot be written is found out before the work, not after it.
        self.written = time.monotonic()

    def chunk(self, loop: Loop) -> None:
        if self.epochs is None and time.monotonic() - self.written >= self.seconds:
            save_loop(loop, self.path)
            self.written = time.monotonic()

    def epoch(self, loop: Loop) -> None:
        if self.epochs is not None and loop.epoch % self.epochs == 0:
            save_loop(loop, self.path)

    def end(self, loop: Loop) -> None:
        save_loop(loop, self.path)


def save_loop(loop: Loop, path: str | Path) -> None:
    """Write a checkpoint: everything that the rest of the run depends on, and the history so far.

    No example: see `Checkpoint`.
    """
    probes = {
        f"{name} {kind}": getattr(series, kind)
        for name, series in loop.history.probes.items()
        for kind in ("steps", "values")
    }
    arrays: dict[str, Any] = {
        "state": tuple(loop.session.state),
        "rule": [np.asarray(leaf) for leaf in jax.tree.leaves(loop.session.rule)],
        "steps": loop.history.steps,
        "probes": probes,
        "losses": loop.losses,
        "stats": loop.stats,
        "callbacks": [callback.save() for callback in loop.callbacks],
    }
    rows = [{k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in row.items()} for row in loop.history.rows]
    meta = {
        "kind": "checkpoint",
        "version": 1,
        "fingerprint": loop.mark,
        "epochs": rows,
        "epoch": loop.epoch,
        "step": loop.step,
        "row": loop.row,
        "block_epoch": loop.block_epoch,
        "seconds": loop.seconds,
        "diverged_at": loop.diverged_at,
        "columns": {n: s.columns for n, s in loop.history.probes.items()},
    }
    write_arrays(path, flattened(arrays), meta)


def restore_loop(loop: Loop, path: str | Path) -> None:
    """Take up the run where `save_loop` left it.

    No example: see `ravine.train.train`.
    """
    arrays, meta = read_arrays(path)
    if meta.get("kind") != "checkpoint":
        raise RavineError(f"{path} is a {meta.get('kind', 'file')}, not a checkpoint: name a checkpoint to resume")
    if meta["fingerprint"] != loop.mark:
        raise RavineError(
            f"{path} belongs to another run: network, rule, data, plan or seed differ: resume with the same ones"
        )
    session = loop.session
    state = unflattened({"state": tuple(session.state)}, arrays)["state"]
    session.state = jax.device_put(type(session.state)(*state))
    rule = unflattened({"rule": [np.asarray(leaf) for leaf in jax.tree.leaves(session.rule)]}, arrays)["rule"]
    session.rule = jax.tree.unflatten(jax.tree.structure(session.rule), rule)

    def under(prefix: str) -> dict[str, np.ndarray]:
        return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}

    loop.history = History(rows=meta["epochs"])
    steps = under("['steps']")
    if len(steps["['step']"]):
        loop.history.add_steps(*(steps[f"['{name}']"] for name in ("step", "loss", "rate")))
    probes = under("['probes']")
    for name, columns in meta["columns"].items():
        at, values = (probes[f"['{name} {kind}']"] for kind in ("steps", "values"))
        loop.history.add_probe(name, ProbeSeries(at, values, tuple(columns)))
    loop.losses = arrays["['losses']"]
    stats = under("['stats']")
    loop.stats = tuple(stats[f"[{index}]"] for index in range(len(stats)))
    for index, callback in enumerate(loop.callbacks):
        kept = under(f"['callbacks'][{index}]")
        callback.restore({name[2:-2]: array for name, array in kept.items()})
    loop.epoch, loop.step, loop.row, loop.block_epoch = (meta[name] for name in ("epoch", "step", "row", "block_epoch"))
    loop.seconds, loop.diverged_at = meta["seconds"], meta["diverged_at"]
    if loop.diverged_at is not None:
        loop.stop(f"diverged at step {loop.diverged_at}")
