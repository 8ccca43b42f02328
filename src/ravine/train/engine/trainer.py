"""One run under way: epochs, chunks, evaluations, callbacks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset, epoch_order
from ravine.nn import Network, Variables, count_params
from ravine.optim import Rule
from ravine.train.callbacks import Callback
from ravine.train.engine.chunking import ChunkSizer
from ravine.train.engine.interrupts import interrupts
from ravine.train.engine.prepare import build_objective, fingerprint, identity_parts, splits
from ravine.train.engine.session import Session
from ravine.train.engine.step import sums
from ravine.train.history import History, ProbeSeries
from ravine.train.plan import Plan
from ravine.train.probes import PROBES

__all__ = ["BLOCK_ROWS", "Loop", "adapts", "block_order", "observed", "rates", "sampled", "watched"]

BLOCK_ROWS = 4096
"""Steps that may run as one block where nobody looks at the epochs between."""


class Loop:
    """One run under way. Callbacks read it and may `stop` it.

    No example: made by `train`.
    """

    def __init__(
        self,
        network: Network,
        rule: Rule,
        dataset: Dataset,
        plan: Plan,
        seed: int,
        callbacks: Sequence[Callback],
        variables: Variables | None = None,
        rule_state: Any = None,
    ) -> None:
        aim = build_objective(network, rule, dataset, plan)
        parts = splits(network, dataset, plan, aim)
        self.plan, self.dataset, self.seed, self.callbacks = plan, dataset, seed, tuple(callbacks)
        self.origin = (network, rule)
        self.session = Session(
            network, rule, aim, seed=seed, dtype=plan.dtype, variables=variables, probes=plan.probes,
            devices=plan.devices,
        )  # fmt: skip
        if rule_state is not None:
            self.session.begin_rule(rule_state)
        whole = parts.pop("train")
        self.n = len(whole)
        self.data = self.session.examples(whole.x, whole.y, whole.weight)
        self.blocks = {name: self.session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        self.steps = plan.steps(self.n)
        self.history = History(directions=aim.directions)
        if plan.target is not None and plan.target.falling is None:
            self.history.rises(plan.target.quantity)  # refused here, not after the first epoch
        self.epoch = self.step = 0
        # Of a fork: by how many steps it is ahead of its own epochs, and the step at which its rule began anew.
        self.ahead = self.rule_from = 0
        self.seconds = 0.0
        self.latest_loss = float("nan")
        self.stopped: str | None = None
        self.interrupted = False
        self.diverged_at: int | None = None
        # The block of epochs under way: its first epoch, rows done, and what they left.
        self.block_epoch = 1
        self.row = 0
        self.losses = np.zeros(0)
        self.stats: tuple[Any, ...] = ()
        self.valid = np.zeros(0)
        self.pace = ChunkSizer(sum(count_params(network)), -(-self.n // self.steps))

    @property
    def total_steps(self) -> int:
        """The step at which the plan ends."""
        return self.plan.epochs * self.steps + self.ahead

    @cached_property
    def mark(self) -> str:
        """What tells this run from others; the data are read for it once, and only where a checkpoint asks."""
        return fingerprint(*self.origin, self.dataset, self.plan, self.seed)

    @cached_property
    def identity_parts(self) -> dict[str, str]:
        """The parts of `mark`, by which a fork finds out what has changed."""
        return identity_parts(*self.origin, self.dataset, self.plan, self.seed)

    def stop(self, reason: str) -> None:
        """End training after the present chunk or epoch; the first reason given stands."""
        self.stopped = self.stopped or reason

    def run(self) -> None:
        """Train to the end of the plan, or until stopped."""
        with interrupts(self._interrupt, polite=True):
            for callback in self.callbacks:
                callback.begin(self)  # from its first checkpoint on, a run can be taken up again
            if not self.history.rows:
                self._close_epoch(0, {})
            while self.block_epoch <= self.plan.epochs and not self.stopped:
                self._block()
        for callback in self.callbacks:
            callback.end(self)
        for callback in self.callbacks:
            callback.settle(self)
        self._read_test()

    def _read_test(self) -> None:
        """Read the test part once, where the plan wants it at the end alone: at the weights that the run returns."""
        if self.plan.test == "end" and "test" in self.blocks and not self.interrupted:
            self.history.rows[-1] |= self.session.measure(self.blocks["test"]).named("test")

    def _interrupt(self) -> None:
        self.interrupted = True
        self.stop("interrupted")

    def _block_epochs(self) -> int:
        """How many epochs run before Python must look at one."""
        left = self.plan.epochs - self.block_epoch + 1
        if any(callback.every_epoch for callback in self.callbacks) or self.plan.target or adapts(self.session.rule):
            return 1
        if self.blocks:
            return min(left, self.plan.evaluate_every - (self.block_epoch - 1) % self.plan.evaluate_every)
        return max(1, min(left, BLOCK_ROWS // self.steps))

    def _block(self) -> None:
        # A block taken up again ends where it was to end: its records lie ready.
        plan, epochs = self.plan, len(self.losses) // self.steps or self._block_epochs()
        rows = block_order(plan, self.n, self.seed, range(self.block_epoch, self.block_epoch + epochs))
        order, padded = self.session.place(rows), bool((rows[:, -1] < 0).any())
        if len(self.losses) != len(rows):
            self.row, self.losses, self.stats = 0, np.full(len(rows), np.nan), ()
        self.valid = (rows[: self.steps] >= 0).sum(axis=1)
        while self.row < len(rows) and not self.stopped:
            self._chunk(order, padded)
        self._close_block(epochs)

    def _close_block(self, epochs: int) -> None:
        """Close the epochs of the block under way that are complete: all of them, unless training was stopped."""
        first, losses, stats = self.block_epoch, self.losses, self.stats
        # A block taken up again may have closed some before.
        for offset in range(self.epoch + 1 - first, self.row // self.steps):
            if offset == epochs - 1:
                self.block_epoch, self.row, self.losses, self.stats = first + epochs, 0, np.zeros(0), ()
            of_epoch = losses[offset * self.steps : (offset + 1) * self.steps]
            values = {"loss": float(np.average(of_epoch, weights=self.valid))}
            metrics = self.session.metrics(tuple(each[offset] for each in sums(stats)))
            # In the epoch in which a run is lost no metric has a value: its weights must not be the best of anything.
            lost = not np.isfinite(of_epoch).all()
            self._close_epoch(first + offset, values | {n: v * np.nan if lost else v for n, v in metrics.items()})

    def _chunk(self, order: Any, padded: bool) -> None:
        count = self.pace.count(len(order) - self.row)
        began = time.perf_counter()
        records = self.session.run(
            self.data,
            order,
            self.row,
            count,
            steps=self.steps,
            padded=padded,
            probes=self.plan.probes,
            stride=self.plan.stride,
            phase=self.step - self.row,
            stats=self.stats or None,
        )
        losses = np.asarray(records.loss, np.float64)[self.row : self.row + count]
        seconds = time.perf_counter() - began
        self.seconds += seconds
        self.pace.took(count, seconds)
        done = count
        if not np.isfinite(losses).all():
            done = int(np.argmin(np.isfinite(losses))) + 1
            self.diverged_at = self.step + done - 1
            self.stop(f"diverged at step {self.diverged_at}")
        steps = np.arange(self.step, self.step + done)
        self.losses[self.row : self.row + done] = losses[:done]
        self.stats = records.stats
        self.history.add_steps(steps, losses[:done], rates(self.session.rule, steps - self.rule_from))
        for name, values in records.probes.items():
            columns = PROBES[name].columns(self.session.network, self.session.state.params)
            at, slots = sampled(steps, self.plan.stride, self.step - self.row)
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
                if name != "test" or self.plan.test != "end":
                    values = values | self.session.measure(blocks).named(name)
        step = epoch * self.steps + self.ahead
        self.history.add_epoch({"epoch": epoch, "step": step, "seconds": self.seconds} | values)
        if (seen := watched(values, "validation" in self.blocks)) is not None:
            self.session.rule = observed(self.session.rule, seen)
        target = self.plan.target
        if target is not None and epoch > 0:
            if target.quantity not in values:
                raise RavineError(f"target: no quantity {target.quantity!r} per epoch, there are {', '.join(values)}")
            if target.reached(values[target.quantity], self.history.directions):
                self.stop(f"target reached: {target.quantity} {values[target.quantity]:.4g}")
        for callback in self.callbacks:
            callback.epoch(self)


def adapts(rule: Rule) -> bool:
    """Whether the rule's schedule is told each epoch's loss.

    >>> from ravine.optim import SGD
    >>> adapts(SGD(0.1))
    False
    """
    return hasattr(rule.learning_rate, "observe")


def watched(values: Mapping[str, Any], validated: bool) -> Any:
    """What a schedule that adapts is told of an epoch's *values*: one quantity all along, or None where it is missing.

    It is the validation loss where there is a validation part, and else the training loss.

    >>> watched({"loss": 0.5}, validated=True), watched({"loss": 0.5}, validated=False)
    (None, 0.5)
    """
    return values.get("validation_loss" if validated else "loss")


def observed(rule: Rule, value: Any) -> Rule:
    """The rule after its schedule has seen *value*, where the schedule asks for it.

    No example: see `ravine.optim.ReduceOnPlateau`.
    """
    eta: Any = rule.learning_rate
    return rule.replace(learning_rate=eta.observe(value)) if adapts(rule) else rule


def block_order(plan: Plan, n: int, seed: int, epochs: range) -> np.ndarray:
    """The rows of several *epochs* over *n* examples, one after another: int32 [steps, batch].

    >>> block_order(Plan(batch_size=4, shuffle=False), 5, 0, range(1, 3)).shape
    (4, 4)
    """
    steps = plan.steps(n)
    return np.concatenate([epoch_order(n, plan.batch_size, seed, each, plan.shuffle)[:steps] for each in epochs])


def sampled(steps: np.ndarray, stride: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Those of *steps* at which probes are computed, and where they lie in the records of the block begun at *block*.

    >>> sampled(np.arange(4, 9), 4, 2)
    (array([4, 8]), array([1, 2]))
    """
    at = steps[steps % stride == 0]
    return at, at // stride - block // stride


def rates(rule: Rule, steps: np.ndarray) -> np.ndarray:
    """The learning rate of each step, counted from 0.

    No example: see `ravine.train.History.steps`.
    """
    if callable(rule.learning_rate):
        rate = np.asarray(rule.rate(steps.astype(np.int32) + 1), np.float64)
        return np.broadcast_to(rate, steps.shape).copy()
    return np.full(len(steps), float(np.asarray(rule.learning_rate)))
