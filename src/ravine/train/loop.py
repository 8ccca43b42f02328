"""Training as people see it: epochs, evaluations, callbacks, interruption, resumption."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset, epoch_order
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.callbacks import Callback
from ravine.train.checkpoint import flattened, read_arrays, unflattened, write_arrays
from ravine.train.history import History, ProbeSeries
from ravine.train.plan import Plan
from ravine.train.prepare import fingerprint, prepared, splits
from ravine.train.probes import PROBES
from ravine.train.run import Run
from ravine.train.session import Session

__all__ = ["Checkpoint", "Loop", "train"]

CHUNK_SECONDS = 0.25
BLOCK_ROWS = 4096


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
        loop.save(self.path)  # A folder that cannot be written is found out before the work, not after it.
        self.written = time.monotonic()

    def chunk(self, loop: Loop) -> None:
        if self.epochs is None and time.monotonic() - self.written >= self.seconds:
            loop.save(self.path)
            self.written = time.monotonic()

    def epoch(self, loop: Loop) -> None:
        if self.epochs is not None and loop.epoch % self.epochs == 0:
            loop.save(self.path)

    def end(self, loop: Loop) -> None:
        loop.save(self.path)


class Loop:
    """One run under way. Callbacks read it and may `stop` it.

    No example: made by `train`.
    """

    def __init__(
        self, network: Network, rule: Rule, dataset: Dataset, plan: Plan, seed: int, callbacks: Sequence[Callback],
        variables: Variables | None = None,
    ) -> None:
        aim = prepared(network, rule, dataset, plan)
        parts = splits(network, dataset, plan, aim)
        self.plan, self.dataset, self.seed, self.callbacks = plan, dataset, seed, tuple(callbacks)
        self.mark = fingerprint(network, rule, dataset, plan, seed)
        self.session = Session(network, rule, aim, seed=seed, dtype=plan.dtype, variables=variables)
        whole = parts.pop("train")
        self.n = len(whole)
        self.data = self.session.examples(whole.x, whole.y, whole.weight)
        self.blocks = {name: self.session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        self.steps = plan.steps(self.n)
        self.total_steps = plan.epochs * self.steps
        self.history = History()
        self.epoch = self.step = 0
        self.seconds = 0.0
        self.latest_loss = float("nan")
        self.stopped: str | None = None
        self.interrupted = False
        self.diverged_at: int | None = None
        # The block of epochs under way: its first epoch, rows done, and what they left.
        self.block_epoch = 1
        self.row = 0
        self.losses = np.zeros(0)
        self.stats: tuple[np.ndarray, ...] = ()
        self.length = 8.0

    def stop(self, reason: str) -> None:
        """End training after the present chunk or epoch; the first reason given stands."""
        self.stopped = self.stopped or reason

    def run(self) -> None:
        """Train to the end of the plan, or until stopped."""
        for callback in self.callbacks:
            callback.begin(self)
        with _interrupts(self):
            if not self.history.rows:
                self._close_epoch(0, {})
            while self.block_epoch <= self.plan.epochs and not self.stopped:
                self._block()
        for callback in self.callbacks:
            callback.end(self)
        for callback in self.callbacks:
            callback.settle(self)

    def _block_epochs(self) -> int:
        """How many epochs run before Python must look at one."""
        left = self.plan.epochs - self.block_epoch + 1
        if any(callback.every_epoch for callback in self.callbacks) or self.plan.target or _adapts(self.session.rule):
            return 1
        if self.blocks:
            return min(left, self.plan.evaluate_every - (self.block_epoch - 1) % self.plan.evaluate_every)
        return max(1, min(left, BLOCK_ROWS // self.steps))

    def _block(self) -> None:
        plan, epochs = self.plan, self._block_epochs()
        parts = [
            epoch_order(self.n, plan.batch_size, self.seed, epoch, plan.shuffle)[: self.steps]
            for epoch in range(self.block_epoch, self.block_epoch + epochs)
        ]
        rows = np.concatenate(parts)
        order, padded = jax.device_put(rows), bool((rows[:, -1] < 0).any())
        if len(self.losses) != len(rows):
            self.row, self.losses, self.stats = 0, np.full(len(rows), np.nan), ()
        while self.row < len(rows) and not self.stopped:
            self._chunk(order, padded)
        if self.row < len(rows):
            return
        first, valid = self.block_epoch, (rows >= 0).sum(axis=1)
        self.block_epoch, self.row, losses, stats = first + epochs, 0, self.losses, self.stats
        self.losses, self.stats = np.zeros(0), ()
        for offset in range(epochs):
            here = slice(offset * self.steps, (offset + 1) * self.steps)
            mean = float(np.average(losses[here], weights=valid[here]))
            values = {"loss": mean} | self.session.metrics(tuple(each[offset] for each in stats))
            self._close_epoch(first + offset, values)

    def _chunk(self, order: Any, padded: bool) -> None:
        left = len(order) - self.row
        count = left if left < 1.5 * self.length else int(self.length)
        began = time.perf_counter()
        records = self.session.run(
            self.data, order, self.row, count, steps=self.steps, padded=padded, probes=self.plan.probes,
            stride=self.plan.stride, phase=self.step - self.row,
        )
        losses = np.asarray(records.loss, np.float64)[self.row : self.row + count]
        seconds = time.perf_counter() - began
        self.seconds += seconds
        self.length = float(np.clip(count * CHUNK_SECONDS / max(seconds, 1e-6), 1, 4 * self.length))
        done = count
        if not np.isfinite(losses).all():
            done = int(np.argmin(np.isfinite(losses))) + 1
            self.diverged_at = self.step + done - 1
            self.stop(f"diverged at step {self.diverged_at}")
        steps = np.arange(self.step, self.step + done)
        self.losses[self.row : self.row + done] = losses[:done]
        new = tuple(np.asarray(each, np.float64) for each in records.stats)
        self.stats = tuple(a + b for a, b in zip(self.stats, new, strict=True)) if self.stats else new
        self.history.add_steps(steps, losses[:done], rates(self.session.rule, steps))
        for name, values in records.probes.items():
            columns = PROBES[name].columns(self.session.network, self.session.state.params)
            at = steps[steps % self.plan.stride == 0]
            slots = at // self.plan.stride - (self.step - self.row) // self.plan.stride
            self.history.add_probe(name, ProbeSeries(at, np.asarray(values)[slots], columns))
        self.row += done
        self.step += done
        self.latest_loss = float(losses[done - 1])
        if self.plan.seconds is not None and self.seconds >= self.plan.seconds:
            self.stop(f"the time of {self.plan.seconds:g} s is up")
        for callback in self.callbacks:
            callback.chunk(self)

    def _close_epoch(self, epoch: int, values: dict[str, Any]) -> None:
        self.epoch = epoch
        if epoch % self.plan.evaluate_every == 0 or epoch == self.plan.epochs:
            for name, blocks in self.blocks.items():
                values = values | self.session.measure(blocks).named(name)
        step = epoch * self.steps
        self.history.add_epoch({"epoch": epoch, "step": step, "seconds": self.seconds} | values)
        self.session.rule = _observed(self.session.rule, values)
        target = self.plan.target
        if target is not None and epoch > 0:
            if target.quantity not in values:
                raise RavineError(f"target: no quantity {target.quantity!r} per epoch, there are {', '.join(values)}")
            if target.reached(values[target.quantity]):
                self.stop(f"target reached: {target.quantity} {values[target.quantity]:.4g}")
        for callback in self.callbacks:
            callback.epoch(self)

    def save(self, path: str | Path) -> None:
        """Write a checkpoint: everything that the rest of the run depends on, and the history so far."""
        probes = {
            f"{name} {kind}": getattr(series, kind)
            for name, series in self.history.probes.items()
            for kind in ("steps", "values")
        }
        arrays: dict[str, Any] = {
            "state": tuple(self.session.state),
            "rule": [np.asarray(leaf) for leaf in jax.tree.leaves(self.session.rule)],
            "steps": self.history.steps,
            "probes": probes,
            "losses": self.losses,
            "stats": self.stats,
            "callbacks": [callback.save() for callback in self.callbacks],
        }
        rows = [{k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in row.items()} for row in self.history.rows]
        meta = {
            "kind": "checkpoint", "version": 1, "fingerprint": self.mark, "epochs": rows, "epoch": self.epoch,
            "step": self.step, "row": self.row, "block_epoch": self.block_epoch, "seconds": self.seconds,
            "diverged_at": self.diverged_at, "columns": {n: s.columns for n, s in self.history.probes.items()},
        }
        write_arrays(path, flattened(arrays), meta)

    def restore(self, path: str | Path) -> None:
        """Take up the run where `save` left it."""
        arrays, meta = read_arrays(path)
        if meta.get("kind") != "checkpoint":
            raise RavineError(f"{path} is a {meta.get('kind', 'file')}, not a checkpoint: name a checkpoint to resume")
        if meta["fingerprint"] != self.mark:
            raise RavineError(
                f"{path} belongs to another run: network, rule, data, plan or seed differ: resume with the same ones"
            )
        session = self.session
        state = unflattened({"state": tuple(session.state)}, arrays)["state"]
        session.state = jax.device_put(type(session.state)(*state))
        rule = unflattened({"rule": [np.asarray(leaf) for leaf in jax.tree.leaves(session.rule)]}, arrays)["rule"]
        session.rule = jax.tree.unflatten(jax.tree.structure(session.rule), rule)

        def under(prefix: str) -> dict[str, np.ndarray]:
            return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}

        self.history = History(rows=meta["epochs"])
        steps = under("['steps']")
        if len(steps["['step']"]):
            self.history.add_steps(*(steps[f"['{name}']"] for name in ("step", "loss", "rate")))
        probes = under("['probes']")
        for name, columns in meta["columns"].items():
            at, values = (probes[f"['{name} {kind}']"] for kind in ("steps", "values"))
            self.history.add_probe(name, ProbeSeries(at, values, tuple(columns)))
        self.losses = arrays["['losses']"]
        stats = under("['stats']")
        self.stats = tuple(stats[f"[{index}]"] for index in range(len(stats)))
        for index, callback in enumerate(self.callbacks):
            kept = under(f"['callbacks'][{index}]")
            callback.restore({name[2:-2]: array for name, array in kept.items()})
        self.epoch, self.step, self.row, self.block_epoch = (
            meta[name] for name in ("epoch", "step", "row", "block_epoch")
        )
        self.seconds, self.diverged_at = meta["seconds"], meta["diverged_at"]
        if self.diverged_at is not None:
            self.stop(f"diverged at step {self.diverged_at}")


def train(
    network: Network,
    rule: Rule,
    dataset: Dataset,
    plan: Plan | None = None,
    *,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
    variables: Variables | None = None,
    resume: str | Path | None = None,
) -> Run:
    """Train one network.

    *seed* determines initial weights, the order of examples and dropout: same seed, same machine, same bits. *variables*
    replace the initial weights. *resume* names a `Checkpoint` file of the same run, which then ends as if it had never been
    interrupted. Ctrl-C ends training at the next chunk and keeps all that is done; a second one ends at once.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import Adam
    >>> network = Network((Dense(8, "tanh"), Dense(2, "softmax")), (2,))
    >>> run = train(network, Adam(0.05), load("xor", n=200, seed=1), Plan(epochs=20, batch_size=20))
    >>> bool(run.history["loss"][-1] < 0.1), run.stopped
    (True, None)
    """
    loop = Loop(network, rule, dataset, plan or Plan(), seed, callbacks, variables)
    if resume is not None:
        loop.restore(resume)
    loop.run()
    return Run(
        network, rule, loop.plan, seed, loop.session.variables, loop.history, loop.diverged_at, loop.seconds, loop.stopped
    )


@contextmanager
def _interrupts(loop: Loop) -> Iterator[None]:
    """Turn the first Ctrl-C into a stop at the next chunk, unless the program has its own way with Ctrl-C."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(number: int, frame: Any) -> None:
        if loop.interrupted:
            raise KeyboardInterrupt
        loop.interrupted = True
        loop.stop("interrupted")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _adapts(rule: Rule) -> bool:
    return hasattr(rule.learning_rate, "observe")


def _observed(rule: Rule, values: dict[str, Any]) -> Rule:
    """The rule after its schedule has seen the epoch's loss, where the schedule asks for it."""
    eta = rule.learning_rate
    value = values.get("validation_loss", values.get("loss"))
    if not hasattr(eta, "observe") or value is None:
        return rule
    return rule.replace(learning_rate=eta.observe(value))


def rates(rule: Rule, steps: np.ndarray) -> np.ndarray:
    """The learning rate of each step, counted from 0."""
    if callable(rule.learning_rate):
        rate = np.asarray(rule.rate(steps.astype(np.int32) + 1), np.float64)
        return np.broadcast_to(rate, steps.shape).copy()
    return np.full(len(steps), float(np.asarray(rule.learning_rate)))
