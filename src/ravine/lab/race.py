"""The engine: rivals that start from the same weights and see the same batches, a chunk of steps at a time.

It knows no thread, no socket and no screen. All training goes through `ravine.train.engine.advance`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError, check_choice
from ravine.lab._configuration import StopChoice, rule_of
from ravine.lab.batches import ExampleOrder
from ravine.lab.evaluation import SQUARED, Meter
from ravine.lab.limits import LIMITS
from ravine.lab.rules import with_rate
from ravine.lab.series import MEASURED, Evaluations, Losses
from ravine.lab.setup import Setup
from ravine.lab.snapshots import Snapshot, SnapshotStore
from ravine.nn import Variables, count_params
from ravine.train import Session
from ravine.train.engine import OneByOne, Order, advance

__all__ = ["Edit", "Engine"]


@dataclass(frozen=True)
class Edit:
    """A change by hand before step *step*: of a lane's rate, or of one weight (*layer* counts Dense layers).

    >>> Edit(10, 0, "rate", 0.1).array
    ''
    """

    step: int
    lane: int
    kind: str
    value: float
    layer: int = 0
    array: str = ""
    index: tuple[int, ...] = ()


class Lane:
    """One rival: its session (None where it is off), and the step at which it diverged."""

    def __init__(self, setup: Setup, place: int) -> None:
        choice = setup.configuration.lanes[place]
        self.on = choice.on
        self.rate = choice.rate
        self.rule = rule_of(choice)
        self.diverged_at: int | None = None
        self.session: Session | None = None
        if choice.on:
            seed = setup.configuration.seed
            self.session = Session(setup.network, self.rule, setup.objective, seed=seed, variables=setup.start)

    @property
    def live(self) -> Session | None:
        """The session, where it still trains."""
        return None if self.diverged_at is not None else self.session

    def set_rate(self, rate: float) -> None:
        self.rate, self.rule = rate, with_rate(self.rule, rate)
        if self.session is not None:
            self.session.rule = self.rule


class Engine:
    """Up to eight rivals. `advance` trains them; everything else looks, or goes back.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> race = Engine(prepared_setup(Configuration(data={"name": "moons", "n": 40}, lanes=[{"rule": "sgd"}])))
    >>> race.advance(10), race.step, race.losses.raw(0)[1].shape
    (10, 10, (1, 10))
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        data = setup.dataset.train
        self.order = ExampleOrder(setup.configuration.batch, len(data), setup.configuration.seed)
        self._block: tuple[int, Any] = (-1, None)
        self.stop = setup.configuration.stop
        self.stopped = ""
        count = len(setup.configuration.lanes)
        self.losses, self.evaluations = Losses(count), Evaluations(count)
        self._begin()
        # The data lie on the device once, whoever reads them.
        session = next(lane.session for lane in self.lanes if lane.session is not None)
        targets = setup.objective.loss.check(data.y, setup.network.output_shape)
        self.examples = session.examples(data.x, targets)
        self.meter = Meter(setup, session)
        self.record()

    def compile(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Compile what training needs, by training no step: several lanes at a time, for the compiler uses one core.

        *progress* gets the number of lanes that are done.
        """
        order = self._order(0)
        each = [OneByOne([lane.session], self.examples) for lane in self.lanes if lane.session is not None]
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(advance, executor, order, 0, 0) for executor in each]
            for done, run in enumerate(as_completed(runs), 1):
                run.result()
                progress(done)

    def _order(self, block: int) -> Order:
        """The rows of *block* on the device; what counts per epoch is not read, so a block is one."""
        return Order(jax.device_put(self.order.block(block)), self.order.rows, self.order.padded)

    def _begin(self) -> None:
        setup = self.setup
        count = len(setup.configuration.lanes)
        self.lanes = [Lane(setup, place) for place in range(count)]
        self.step = 0
        self.seconds = 0.0
        self.snapshots = SnapshotStore(self._stride())
        self.edits: list[Edit] = []
        self.latest_measured = np.full((count, len(MEASURED)), np.nan)
        self.latest_squared = np.full((count, len(SQUARED)), np.nan)

    def _stride(self) -> int:
        """Steps between records: a power of two, so that evaluating costs about a fifth of training at most."""
        examples = sum(min(len(split), LIMITS.measured_examples) for split in self.setup.dataset.parts.values())
        # A step costs three products per example of its batch, an evaluation one; a call costs about 30 tiny steps.
        wanted = max(16.0, 5 * examples / (3 * self.setup.batch))
        return int(2 ** np.ceil(np.log2(wanted)))

    @property
    def parameters(self) -> int:
        """Parameters of one lane's network."""
        return sum(count_params(self.setup.network))

    @property
    def generation(self) -> int:
        """How often something was forgotten, by `fork` or `reset`."""
        return len(self.losses.cuts)

    @property
    def over(self) -> bool:
        """Whether nobody is left to train."""
        return all(lane.live is None for lane in self.lanes)

    def advance(self, count: int) -> int:
        """Train at most *count* steps, to the next record or the end of the block; how many it were."""
        block, row = divmod(self.step, self.order.rows)
        if self._block[0] != block:
            self._block = (block, self._order(block))
        order = self._block[1]
        stride = self.snapshots.stride
        count = min(count, self.order.rows - row, stride - self.step % stride, LIMITS.steps - self.step)
        if self.stop.kind == "steps":
            count = min(count, max(0, int(self.stop.value) - self.step))
        if count < 1 or self.over:
            # Who is at the end already is told so again.
            self._judge()
            return 0
        made = advance(OneByOne([lane.live for lane in self.lanes], self.examples), order, row, count)
        self.seconds += made.seconds
        for place, lane in enumerate(self.lanes):
            if lane.live is not None and made.lost[0, place] < count:
                lane.diverged_at = self.step + int(made.lost[0, place])
        self.losses.add(made.loss[0].astype(np.float32))
        self.step += count
        if self.snapshots.due(self.step):
            self.record()
        self._judge()
        return count

    def _judge(self) -> None:
        """Find out whether the race is to stop, and say why."""
        if self.stop.kind == "steps" and self.step >= self.stop.value:
            self.stopped = f"{self.step} steps are done"
        elif self.step >= LIMITS.steps:
            self.stopped = f"a run has {LIMITS.steps} steps at most"

    def record(self) -> None:
        """Measure all lanes, and keep a snapshot where one is due."""
        self.measure()
        if self.snapshots.due(self.step):
            self.snapshots.add(self.snapshot())
        for place, values in enumerate(self.latest_measured):
            finite = {name: float(v) for name, v in zip(MEASURED, values, strict=True) if np.isfinite(v)}
            if self.stop.reached(finite):
                name = self.setup.configuration.lanes[place].rule
                value = finite[self.stop.kind]
                self.stopped = f"lane {place + 1} ({name}) reached {self.stop.kind} {value:.4g} at step {self.step}"
                return

    def measure(self) -> np.ndarray:
        """Losses and accuracies of all lanes at the present weights, (lanes, 4); NaN where there is none."""
        measured = self.meter.measure([lane.session for lane in self.lanes])
        made, self.latest_squared = np.split(measured, [len(MEASURED)], axis=1)
        self.latest_measured = made
        self.evaluations.add(self.step, made)
        return made

    def snapshot(self) -> Snapshot:
        """All lanes as they are, copied to the host."""
        states = [None if lane.session is None else jax.tree.map(np.array, lane.session.state) for lane in self.lanes]
        diverged = tuple(lane.diverged_at for lane in self.lanes)
        rates = tuple(lane.rate for lane in self.lanes)
        told = self.latest_squared, self.seconds
        return Snapshot(self.step, tuple(states), self.latest_measured, diverged, rates, *told)

    def set_rate(self, place: int, rate: float) -> None:
        """Give the lane at *place* another learning rate from the next step on."""
        self._may_edit()
        self._lane(place).set_rate(rate)
        self._edited(Edit(self.step, place, "rate", rate))

    def set_weight(self, place: int, layer: int, array: str, index: tuple[int, ...], value: float) -> None:
        """Put *value* in place of one number of a lane's Dense layer *layer*."""
        self._may_edit()
        lane, dense = self._lane(place), self.setup.dense
        check_choice("weight", "array", array, ("kernel", "bias"))
        if not 0 <= layer < len(dense):
            raise RavineError(f"weight: there is no layer {layer}: they run from 0 to {len(dense) - 1}")
        if lane.session is None:
            raise RavineError(f"weight: lane {place} is off: turn it on first")
        variables = lane.session.variables
        target = variables.params[dense[layer]][array]
        fits = len(index) == target.ndim and all(0 <= i < n for i, n in zip(index, target.shape, strict=True))
        if not fits:
            raise RavineError(f"weight: no entry {list(index)} in the {array} of shape {target.shape} of layer {layer}")
        target[index] = value
        lane.session.variables = Variables(*variables)
        self._edited(Edit(self.step, place, "weight", value, layer, array, tuple(index)))
        self.measure()

    def _may_edit(self) -> None:
        if len(self.edits) >= LIMITS.edits:
            # All are kept, for the program that runs the race again.
            raise RavineError(f"a run is changed by hand {LIMITS.edits} times at most: reset it, or begin a new one")

    def _edited(self, edit: Edit) -> None:
        self.edits.append(edit)
        if self.snapshots.at(self.step) is not None:
            self.snapshots.add(self.snapshot())

    def set_stop(self, stop: StopChoice) -> None:
        """Another stop rule from now on."""
        self.stop, self.stopped = stop, ""

    def _lane(self, place: int) -> Lane:
        if not 0 <= place < len(self.lanes):
            raise RavineError(f"there is no lane {place}: they run from 0 to {len(self.lanes) - 1}")
        return self.lanes[place]

    def fork(self, snapshot: Snapshot) -> None:
        """Go on from *snapshot*: what came after it is forgotten."""
        for place, (lane, state) in enumerate(zip(self.lanes, snapshot.states, strict=True)):
            lane.diverged_at = snapshot.diverged[place]
            lane.set_rate(snapshot.rates[place])
            if lane.session is not None:
                # Copied, for what lies on the device is overwritten by the next chunk.
                lane.session.state = jax.device_put(jax.tree.map(np.array, state))
        # The time, too: what the abandoned future took is no part of the way that leads on from here.
        self.step, self.stopped, self.seconds = snapshot.step, "", snapshot.seconds
        self.latest_measured, self.latest_squared = snapshot.measured, snapshot.squared
        self.losses.cut(self.step)
        self.evaluations.cut(self.step)
        self.snapshots.cut(self.step)
        self.edits = [edit for edit in self.edits if edit.step <= self.step]

    def reset(self) -> None:
        """Begin anew as configured: the same seed gives the same bits. Edits are forgotten."""
        self.stopped = ""
        self.losses.cut(0)
        self.evaluations.cut(-1)
        self._begin()
        self.record()
