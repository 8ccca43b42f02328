"""The trainer: epochs, chunks, evaluations, callbacks, history, of one network or of a population."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.nn import Network, Variables, count_params
from ravine.optim import Rule
from ravine.train.engine._advance import Chunk, advance, epoch_values, of_one
from ravine.train.engine._interrupts import interrupts
from ravine.train.engine._objective import Objective
from ravine.train.engine.callback import Callback
from ravine.train.engine.chunking import ChunkSizer
from ravine.train.engine.executor import Executor, Order, adapts, watched
from ravine.train.engine.many import Many, own_blocks
from ravine.train.engine.one import OneByOne
from ravine.train.engine.prepare import Prepared, build_objective, fingerprint, identity_parts, splits
from ravine.train.engine.rows import Row, row_order, row_steps, row_weights
from ravine.train.engine.series import rates, sampled
from ravine.train.engine.session import Session
from ravine.train.history import History, ProbeSeries
from ravine.train.plan import Plan
from ravine.train.probes import PROBES
from ravine.train.run import Run

__all__ = ["BLOCK_ROWS", "Trainer"]

BLOCK_ROWS = 4096
"""Steps that may run as one block where nobody looks at the epochs between."""


class Trainer:
    """Networks under way: settings (columns: *networks* and *rules*, paired) x *rows* (seeds, folds).

    One network alone is a population of one. Chunk lengths, orders, epochs, schedules that adapt, divergence, history,
    probes, target and time are kept here, once; an `Executor` takes the steps, of all *together* or of a network alone.
    Callbacks see a trainer as a `Loop`.

    No example: see `ravine.train.train`.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        rules: Sequence[Rule],
        dataset: Dataset,
        plan: Plan,
        rows: Sequence[Row],
        callbacks: Sequence[Callback] = (),
        *,
        together: bool = False,
        variables: Variables | None = None,
        rule_state: Any = None,
    ) -> None:
        network, rule = networks[0], rules[0]
        aim = build_objective(network, rule, dataset, plan)
        self.networks, self.rules, self.rows = tuple(networks), tuple(rules), tuple(rows)
        self.plan, self.dataset, self.callbacks = plan, dataset, tuple(callbacks)
        self.shape = len(rows), len(networks)
        self.places = list(np.ndindex(self.shape))
        self.diverged = np.full(self.shape, -1)
        if not together and self.shape != (1, 1):
            raise RavineError(f"{self.diverged.size} networks train together, or each by a trainer of its own")
        if together:
            self.session = Session(network, rule, aim, seed=self.seed, dtype=plan.dtype)
        else:
            self.session = Session(
                network, rule, aim, seed=self.seed, dtype=plan.dtype, variables=variables, probes=plan.probes,
                devices=plan.devices,
            )  # fmt: skip
        if rule_state is not None:
            self.session.begin_rule(rule_state)
        whole, self.blocks = self._parts(aim)
        self.at_end = self.blocks.pop("test") if plan.test == "end" and "test" in self.blocks else None
        self.n = len(whole)
        self.executor = self._executor(whole, together)
        self.steps, *others = {row_steps(row, plan, self.n) for row in rows}
        if others:
            raise RavineError(
                f"rows with epochs of {self.steps} and {others[0]} steps cannot train together: give steps_per_epoch"
            )
        self.histories = [[History(directions=aim.directions) for _ in rows] for _ in networks]
        if plan.target is not None and plan.target.falling is None:
            self.history.rises(plan.target.quantity)  # refused here, not after the first epoch
        self.epoch = self.step = 0
        # Of a fork: by how many steps it is ahead of its own epochs, and the step at which its rule began anew.
        self.ahead = self.rule_from = 0
        self.seconds = 0.0
        self.latest_loss = float("nan")
        self.stopped: str | None = None
        self.interrupted = False
        self.values: dict[str, np.ndarray] = {}
        self.best_epochs: np.ndarray | None = None
        # The block of epochs under way: its first epoch, rows done, and what they left.
        self.block_epoch = 1
        self.row = 0
        self._losses = np.zeros((*self.shape, 0))
        self._stats: Any = None
        self.valid = np.zeros((len(rows), 0))
        self.pace = ChunkSizer(sum(count_params(network)), self.executor.running * -(-self.n // self.steps))

    def _executor(self, whole: Prepared, together: bool) -> Executor:
        """What takes the steps: here another kind of executor would be chosen."""
        session, plan, weights = self.session, self.plan, row_weights(self.rows, whole.weight, self.n)
        if together:
            examples, seeds = session.examples(whole.x, whole.y, whole.weight), [row.seed for row in self.rows]
            return Many(session, examples, self.networks, self.rules, seeds, weights, plan.probes, plan.stride)
        examples = session.examples(whole.x, whole.y, whole.weight if weights is None else weights[0])
        return OneByOne((session,), examples, plan.probes, plan.stride)

    def _parts(self, aim: Objective) -> tuple[Prepared, dict[str, Any]]:
        """The whole training part, and what is measured, by name: the same for all rows, or each row's own."""
        network, plan, session = self.networks[0], self.plan, self.session
        parts = splits(network, self.dataset, plan, aim)
        whole = parts.pop("train")
        if all(row.plain for row in self.rows):
            return whole, {name: session.blocks(part.x, part.y, part.weight) for name, part in parts.items()}
        each = [splits(network, row.dataset(self.dataset), plan, aim) for row in self.rows]
        if len({frozenset(own) for own in each}) > 1:
            raise RavineError("population: some rows have a validation part and others have none: give one to all")
        held = {
            name: [(own[name].x, own[name].y, own[name].weight) for own in each] for name in each[0] if name != "train"
        }
        if self.shape == (1, 1):
            return whole, {name: session.blocks(*own[0]) for name, own in held.items()}
        return whole, {name: own_blocks(session, own) for name, own in held.items()}

    # A network alone

    @classmethod
    def alone(
        cls, network: Network, rule: Rule, dataset: Dataset, plan: Plan, seed: int, callbacks: Sequence[Callback] = (),
        variables: Variables | None = None, rule_state: Any = None,
    ) -> Trainer:  # fmt: skip
        """A population of one."""
        return cls(
            (network,), (rule,), dataset, plan, (Row(seed),), callbacks, variables=variables, rule_state=rule_state
        )

    @property
    def seed(self) -> int:
        """The seed of the first row."""
        return self.rows[0].seed

    @property
    def history(self) -> History:
        """The history of the network alone."""
        return self.histories[0][0]

    @history.setter
    def history(self, history: History) -> None:
        self.histories[0][0] = history

    @property
    def diverged_at(self) -> int | None:
        """The step at which the network alone was lost, or None."""
        at = int(self.diverged[0, 0])
        return None if at < 0 else at

    @diverged_at.setter
    def diverged_at(self, step: int | None) -> None:
        self.diverged[0, 0] = -1 if step is None else step

    @property
    def losses(self) -> np.ndarray:
        """The losses of the block under way, of the network alone."""
        losses: np.ndarray = self._losses[0, 0]
        return losses

    @losses.setter
    def losses(self, losses: np.ndarray) -> None:
        self._losses = losses[None, None]

    @property
    def stats(self) -> tuple[Any, ...]:
        """The metrics' statistics of the block under way, of the network alone."""
        return () if self._stats is None else tuple(self._stats[0])

    @stats.setter
    def stats(self, stats: tuple[Any, ...]) -> None:
        self._stats = (stats,) if stats else None

    @property
    def total_steps(self) -> int:
        """The step at which the plan ends."""
        return self.plan.epochs * self.steps + self.ahead

    @cached_property
    def mark(self) -> str:
        """What tells this run from others; the data are read for it once, and only where a checkpoint asks."""
        return fingerprint(self.networks[0], self.rules[0], self.dataset, self.plan, self.seed)

    @cached_property
    def identity_parts(self) -> dict[str, str]:
        """The parts of `mark`, by which a fork finds out what has changed."""
        return identity_parts(self.networks[0], self.rules[0], self.dataset, self.plan, self.seed)

    # Training

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
        if self.at_end is not None and not self.interrupted:
            self.executor.gather()
            values = self.executor.measure("test", self.at_end)
            for row, column in self.places:
                self.histories[column][row].rows[-1] |= of_one(values, row, column)

    def _interrupt(self) -> None:
        self.interrupted = True
        self.stop("interrupted")

    @property
    def _adapts(self) -> bool:
        return adapts(self.rules[0])

    def _block_epochs(self) -> int:
        """How many epochs run before Python must look at one."""
        left = self.plan.epochs - self.block_epoch + 1
        if any(callback.every_epoch for callback in self.callbacks) or self.plan.target or self._adapts:
            return 1
        if self.blocks:
            return min(left, self.plan.evaluate_every - (self.block_epoch - 1) % self.plan.evaluate_every)
        return max(1, min(left, BLOCK_ROWS // self.steps))

    def _block(self) -> None:
        # A block taken up again ends where it was to end: its records lie ready.
        epochs = self._losses.shape[-1] // self.steps or self._block_epochs()
        span = range(self.block_epoch, self.block_epoch + epochs)
        rows = row_order(self.rows, self.plan, self.n, span)
        order, length = self.executor.place(rows, self.steps), rows.shape[1]
        if self._losses.shape[-1] != length:
            self.row, self._losses, self._stats = 0, np.full((*self.shape, length), np.nan), None
        self.valid = (rows[:, : self.steps] >= 0).sum(axis=-1)
        while self.row < length and not self.stopped:
            self._chunk(order, length)
        self._close_block(epochs)
        self.executor.drop(self.diverged >= 0, self.total_steps - self.step)

    def _close_block(self, epochs: int) -> None:
        """Close the epochs of the block under way that are complete: all of them, unless training was stopped."""
        # A block taken up again may have closed some before.
        first, losses, done = self.block_epoch, self._losses, self.row // self.steps
        offsets = range(self.epoch + 1 - first, done)
        metrics = self.executor.metrics(self._stats, offsets) if offsets else iter(())
        for offset, values in zip(offsets, metrics, strict=True):
            if offset == epochs - 1:
                self.block_epoch, self.row, self._stats = first + epochs, 0, None
                self._losses = np.zeros((*self.shape, 0))
            of_epoch = losses[..., offset * self.steps : (offset + 1) * self.steps]
            weights = self.valid[:, None].repeat(self.shape[1], axis=1)
            lost = np.logical_not(np.isfinite(of_epoch).all(axis=-1))
            mean = np.average(of_epoch, axis=-1, weights=weights)
            self._close_epoch(first + offset, epoch_values(mean, values, lost))

    def _chunk(self, order: Order, length: int) -> None:
        count = self.pace.count(length - self.row)
        made = advance(self.executor, order, self.row, count, stats=self._stats, phase=self.step - self.row)
        # A member's time is its share of the time of all that train together.
        self.seconds += made.seconds / self.executor.running
        self.pace.took(count, made.seconds)
        before = self.diverged < 0
        done, lost = count, made.lost < count
        if lost.any():
            self.diverged = np.where(before & lost, self.step + made.lost, self.diverged)
        if (self.diverged >= 0).all():
            at = int(self.diverged.max())
            done = at + 1 - self.step
            self.stop(f"diverged at step {at}")
        self._losses[..., self.row : self.row + done] = made.loss[..., :done]
        self._stats = made.stats
        self._write_steps(made, np.arange(self.step, self.step + done), before)
        self.row += done
        self.step += done
        self.latest_loss = float(made.loss[0, 0, done - 1])
        if self.plan.seconds is not None and self.seconds >= self.plan.seconds:
            self.stop(f"the time of {self.plan.seconds:g} s is up")
        for callback in self.callbacks:
            callback.chunk(self)

    def _write_steps(self, made: Chunk, steps: np.ndarray, before: np.ndarray) -> None:
        """Write down a chunk's *steps* of those that trained *before* it, up to the one at which each was lost."""
        session, stride = self.session, self.plan.stride
        names = {name: PROBES[name].columns(session.network, session.state.params) for name in made.probes}
        for row, column in self.places:
            if not before[row, column]:
                continue
            here = steps[: made.lost[row, column] + 1]
            history, rule = self.histories[column][row], self.executor.rule(row, column)
            history.add_steps(here, made.loss[row, column, : len(here)], rates(rule, here - self.rule_from))
            if names:
                at, slots = sampled(here, stride, self.step - self.row)
                for name, columns in names.items():
                    history.add_probe(name, ProbeSeries(at, made.probes[name][row, column][slots], columns))

    def _close_epoch(self, epoch: int, values: dict[str, np.ndarray]) -> None:
        plan, self.epoch = self.plan, epoch
        if epoch % plan.evaluate_every == 0 or epoch == plan.epochs:
            for name, blocks in self.blocks.items():
                values = values | self.executor.measure(name, blocks)
        self.values = values
        step = epoch * self.steps + self.ahead
        head = {"epoch": epoch, "step": step, "seconds": self.seconds}
        for row, column in self.places:
            # An epoch that a member did not finish leaves no row.
            if not 0 <= self.diverged[row, column] < step - 1:
                self.histories[column][row].add_epoch(head | of_one(values, row, column))
        if self._adapts and (seen := watched(values, "validation" in self.blocks)) is not None:
            self.executor.observe(seen)
        if plan.target is not None and epoch > 0:
            self._look_at_target(of_one(values, 0, 0))
        for callback in self.callbacks:
            callback.epoch(self)

    def _look_at_target(self, values: dict[str, Any]) -> None:
        target = self.plan.target
        assert target is not None
        if target.quantity not in values:
            raise RavineError(f"target: no quantity {target.quantity!r} per epoch, there are {', '.join(values)}")
        if target.reached(values[target.quantity], self.history.directions):
            self.stop(f"target reached: {target.quantity} {values[target.quantity]:.4g}")

    def runs(self) -> list[Run]:
        """What was trained so far, all rows of the first column first."""
        whole = tuple(self.executor.variables)

        def own(row: int, column: int) -> Variables:
            # Copied, or each run would keep the memory of all.
            return Variables(*jax.tree.map(lambda leaf: np.array(leaf[row, column]), whole))

        return [self._run(row, column, own(row, column)) for column, row in np.ndindex(self.shape[::-1])]

    def _run(self, row: int, column: int, variables: Variables) -> Run:
        at = int(self.diverged[row, column])
        alone, best = self.diverged.size == 1, -1 if self.best_epochs is None else int(self.best_epochs[row, column])
        stopped = self.stopped if alone or at < 0 else f"diverged at step {at}"
        return Run(
            self.networks[column],
            self.rules[column],
            self.plan,
            self.rows[row].seed,
            variables,
            self.histories[column][row],
            None if at < 0 else at,
            self.seconds,
            stopped,
            None if best < 0 else best,
        )
