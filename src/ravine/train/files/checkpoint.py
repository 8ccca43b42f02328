"""A run cut anywhere and taken up again, to the bit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError, check_count
from ravine.train.engine.callback import Callback
from ravine.train.engine.chunking import Until
from ravine.train.engine.loop import Loop
from ravine.train.files.arrays import flattened, read_arrays, unflattened, write_arrays
from ravine.train.history import History, ProbeSeries

__all__ = ["Checkpoint", "numbered", "read_checkpoint", "reading", "restore_loop", "save_loop", "under"]

VERSION = 2
"""The form of a checkpoint: 2 keeps what rounding took from the sums of an epoch."""

FIELDS: dict[str, type | tuple[type, ...]] = {
    "version": int,
    "fingerprint": str,
    "epochs": list,
    "epoch": int,
    "step": int,
    "row": int,
    "block_epoch": int,
    "seconds": (int, float),
    "columns": dict,
}
"""What the description of a checkpoint must hold, of whatever version."""


class Checkpoint(Callback):
    """Keep a file from which training can be resumed, to the bit: every *seconds*, or every *epochs* where given.

    Besides, every *keep_every* steps a numbered file is kept (see `numbered`), from which `fork` can go back to that
    step. Chunks of steps end there, which changes no bit of the training.

    >>> Checkpoint("run.safetensors", seconds=60).path.name
    'run.safetensors'
    """

    every_epoch = False

    def __init__(
        self, path: str | Path, seconds: float = 30.0, epochs: int | None = None, keep_every: int | None = None
    ) -> None:
        if keep_every is not None:
            check_count("Checkpoint", "keep_every", keep_every)
        self.path, self.seconds, self.epochs, self.keep_every = Path(path), seconds, epochs, keep_every
        self.written = time.monotonic()

    def begin(self, loop: Loop) -> None:
        save_loop(loop, self.path)  # A folder that cannot be written is found out before the work, not after it.
        self.written = time.monotonic()
        if self.keep_every is not None:
            loop.pace = Until(loop.pace, lambda: loop.step, self.keep_every)
            self._keep(loop)

    def _keep(self, loop: Loop) -> None:
        if self.keep_every is not None and loop.step % self.keep_every == 0:
            save_loop(loop, numbered(self.path, loop.step))

    def chunk(self, loop: Loop) -> None:
        self._keep(loop)
        if self.epochs is None and time.monotonic() - self.written >= self.seconds:
            save_loop(loop, self.path)
            self.written = time.monotonic()

    def epoch(self, loop: Loop) -> None:
        if self.epochs is not None and loop.epoch % self.epochs == 0:
            save_loop(loop, self.path)

    def end(self, loop: Loop) -> None:
        save_loop(loop, self.path)


def numbered(path: str | Path, step: int) -> Path:
    """The file beside *path* that holds the run at *step*.

    >>> numbered("run.safetensors", 150).name
    'run-150.safetensors'
    """
    path = Path(path)
    return path.with_name(f"{path.stem}-{step}{path.suffix}")


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
        "version": VERSION,
        "fingerprint": loop.mark,
        "marks": loop.identity_parts,
        "rule": type(loop.session.rule).__name__,
        "steps": loop.steps,
        "ahead": loop.ahead,
        "rule_from": loop.rule_from,
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


def read_checkpoint(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and description of a checkpoint; another kind of file is refused.

    No example: see `ravine.train.train`.
    """
    arrays, meta = read_arrays(path)
    if meta.get("kind") != "checkpoint":
        raise RavineError(f"{path} is a {meta.get('kind', 'file')}, not a checkpoint: name a checkpoint to resume")
    version = meta.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RavineError(f"{path} was written by a later version of Ravine (form {version}): use that one to read it")
    wrong = [name for name, kind in FIELDS.items() if not isinstance(meta.get(name), kind)]
    wrong += [] if "epochs" in wrong or all(isinstance(row, dict) for row in meta["epochs"]) else ["epochs"]
    if wrong:
        raise RavineError(
            f"{path} is no checkpoint that Ravine has written, by its {', '.join(wrong)}: name another one"
        )
    return arrays, meta


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """What is read in the block is that of the checkpoint *path*: where its description is none, that is said.

    >>> with reading("x.safetensors"):
    ...     {}["epoch"]
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: x.safetensors is no checkpoint that Ravine has written ('epoch'): name another one
    """
    try:
        yield
    except RavineError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RavineError(f"{path} is no checkpoint that Ravine has written ({error}): name another one") from error


def restore_loop(loop: Loop, path: str | Path) -> None:
    """Take up the run where `save_loop` left it.

    No example: see `ravine.train.train`.
    """
    arrays, meta = read_checkpoint(path)
    if meta.get("fingerprint") != loop.mark:
        raise RavineError(
            f"{path} belongs to another run: network, rule, data, plan or seed differ: resume with the same ones"
        )
    with reading(path):
        _restore(loop, arrays, meta)


def _restore(loop: Loop, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    session = loop.session
    session.state = session.put(restored(session.state, arrays, "state"))
    restore_rule(loop, arrays)
    restore_history(loop, arrays, meta)
    restore_block(loop, arrays, meta)
    for index, callback in enumerate(loop.callbacks):
        kept = under(arrays, f"['callbacks'][{index}]")
        callback.restore({name[2:-2]: array for name, array in kept.items()})
    loop.diverged_at = meta["diverged_at"]
    if loop.diverged_at is not None:
        loop.stop(f"diverged at step {loop.diverged_at}")


def under(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Those of *arrays* whose place begins with *prefix*, by the rest of it.

    >>> under({"['a'][0]": np.array(1), "['b']": np.array(2)}, "['a']")
    {'[0]': array(1)}
    """
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def restored(like: Any, arrays: dict[str, np.ndarray], name: str) -> Any:
    """The tree that was saved under *name*, of the structure, shapes and dtypes of *like*.

    No example: see `restore_loop`.
    """
    plain = {name: tuple(like) if name == "state" else like}
    values = jax.tree.map(lambda new, old: np.asarray(new, old.dtype), unflattened(plain, arrays)[name], plain[name])
    return type(like)(*values) if name == "state" else values


def restore_rule(loop: Loop, arrays: dict[str, np.ndarray]) -> None:
    """The rule's numbers: a schedule that adapts has changed them.

    No example: see `restore_loop`.
    """
    session = loop.session
    rule = unflattened({"rule": [np.asarray(leaf) for leaf in jax.tree.leaves(session.rule)]}, arrays)["rule"]
    session.rule = jax.tree.unflatten(jax.tree.structure(session.rule), rule)


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the history as it is now spelled: ``frozen_loss`` was once the name of ``train_eval_loss``."""
    return {re.sub("^frozen_", "train_eval_", name): value for name, value in row.items()}


def restore_history(loop: Loop, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    """What was recorded, and how far the run has come.

    No example: see `restore_loop`.
    """
    loop.history = History(rows=[_renamed(row) for row in meta["epochs"]], directions=loop.history.directions)
    steps = under(arrays, "['steps']")
    if len(steps["['step']"]):
        loop.history.add_steps(*(steps[f"['{name}']"] for name in ("step", "loss", "rate")))
    probes = under(arrays, "['probes']")
    for name, columns in meta["columns"].items():
        at, values = (probes[f"['{name} {kind}']"] for kind in ("steps", "values"))
        loop.history.add_probe(name, ProbeSeries(at, values, tuple(columns)))
    loop.epoch, loop.step, loop.seconds = meta["epoch"], meta["step"], meta["seconds"]
    loop.ahead, loop.rule_from = meta.get("ahead", 0), meta.get("rule_from", 0)


def restore_block(loop: Loop, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    """The block of epochs under way: its rows done, and what they left; it ends with the plan at the latest.

    No example: see `restore_loop`.
    """
    loop.row, loop.block_epoch = meta["row"], meta["block_epoch"]
    left = max(0, loop.plan.epochs - loop.block_epoch + 1)
    stats = under(arrays, "['stats']")
    loop.losses = arrays["['losses']"][: left * loop.steps].copy()
    kept = tuple(stats[f"[{index}]"][:left] for index in range(len(stats)))
    if meta["version"] < 2:  # plain sums, without what rounding took from them
        kept = tuple(np.stack([each, np.zeros_like(each)], axis=1).astype(loop.session.dtype) for each in kept)
    loop.stats = kept
    if loop.row > len(loop.losses) or loop.epoch > loop.plan.epochs:
        raise RavineError(
            f"{loop.step} steps are done, the plan's {loop.plan.epochs} epochs are fewer: ask for more epochs"
        )
