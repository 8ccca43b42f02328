"""The trainer: a race in a thread of its own, told what to do by commands and seen through pictures.

See `ravine.lab.trainer_base` for the interface, behind which a process could stand as well.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ravine.core import RavineError, check_choice, check_count
from ravine.lab._configuration import StopChoice
from ravine.lab.inbox import EndedError, Inbox
from ravine.lab.limits import LIMITS
from ravine.lab.pacing import FRAME, Pacing
from ravine.lab.picture import Frame, FrameContext
from ravine.lab.race import Engine
from ravine.lab.series import Evaluations, Losses
from ravine.lab.setup import Setup
from ravine.lab.trainer_base import Trainer

__all__ = ["ThreadTrainer"]

SLOW = 5.0
"""Taking pictures may cost one part in so many of the time."""


class ThreadTrainer(Trainer):
    """A race in a thread.

    *watchers* are the cursors of those who read its losses, by name: where one lags too far behind, the race waits.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> trainer = ThreadTrainer(prepared_setup(Configuration(data={"name": "moons", "n": 40}, lanes=[{}])))
    >>> trainer.send("step", steps=7).result()
    >>> trainer.picture.step, trainer.state
    (7, 'paused')
    >>> trainer.close()
    """

    def __init__(self, setup: Setup, *, clock: Callable[[], float] = time.monotonic, idle: float = LIMITS.idle) -> None:
        self.setup = setup
        self.pacing = Pacing(setup.configuration.speed)
        self.error: str | None = None
        self.messages: deque[tuple[int, str, str]] = deque(maxlen=64)
        self.watchers: dict[object, int] = {}
        self.race = Engine(setup)
        self.lens = FrameContext(setup)
        self._clock, self._idle = clock, idle
        self._watched = clock()
        self._playing = False
        self._shown: Frame | None = None
        self._pictured, self._cost = -1e9, 0.0
        self._inbox = Inbox()
        self._version = 0
        self.compiling = sum(lane.on for lane in self.race.lanes)
        self._take()
        self._thread = threading.Thread(target=self._work, name="ravine-race", daemon=True)
        self._thread.start()

    @property
    def losses(self) -> Losses:
        """The batch losses so far."""
        return self.race.losses

    @property
    def evaluations(self) -> Evaluations:
        """The measurements at frozen weights so far."""
        return self.race.evaluations

    @property
    def picture(self) -> Frame:
        """The race as it is shown: the latest picture, or the snapshot that was sought."""
        return self._shown or self._picture

    @property
    def latest(self) -> Frame:
        """The race as it was last pictured, whatever is shown; other threads must not read its weights elsewhere."""
        return self._picture

    @property
    def version(self) -> int:
        """A number that rises with every picture and every change of state."""
        return self._version

    @property
    def playing(self) -> bool:
        """Whether it trains."""
        return self._playing

    @property
    def state(self) -> str:
        """ "compiling", "running", "paused", "stopped", "diverged" or "failed"."""
        if self.error is not None:
            return "failed"
        if self.compiling:
            return "compiling"
        if self._playing:
            return "running"
        if self.race.over:
            return "diverged"
        return "stopped" if self.race.stopped else "paused"

    def send(self, action: str, **values: Any) -> Future[None]:
        """Have *action* done between two chunks; the answer is `EndedError` where the run ends first."""
        return self._inbox.put(action, **values)

    def close(self, *, wait: bool = True) -> None:
        """End the thread, after the chunk under way; orders that wait are answered at once."""
        self._inbox.close(EndedError("the run has ended: begin a new one"))
        if wait:
            self._thread.join(60)

    def touch(self, error: str = "") -> None:
        """Let everybody look again: there is more to see of the same picture, or an *error* to tell."""
        if error:
            self.say("error", error)
        self._version += 1

    def say(self, kind: str, text: str) -> None:
        """Tell everybody who watches: *kind* is "note" or "error"."""
        number = self.messages[-1][0] + 1 if self.messages else 1
        self.messages.append((number, kind, text))

    def _work(self) -> None:
        try:
            self.race.compile(self._compiled)
            while self._obey():
                if self._playing:
                    self._chunk()
        except Exception as error:
            self._fail(error)
        finally:
            # Whatever ended the thread: nobody carries out what is asked for from now on.
            self._inbox.close(EndedError(self.error or "the run has ended: begin a new one"))

    def _compiled(self, done: int) -> None:
        self.compiling = sum(lane.on for lane in self.race.lanes) - done
        self._version += 1

    def _fail(self, error: Exception) -> None:
        self._playing = False
        self.error = f"training ended: {type(error).__name__}: {error}: begin a new run"
        self.say("error", self.error)
        self._version += 1

    def _obey(self) -> bool:
        """Carry out what was asked for; wait where there is nothing else to do. False: it is over."""
        while not self._inbox.closed:
            order = self._inbox.take(wait=not self._playing)
            if order is None:
                break
            try:
                self._do(order.action, **order.values)
            except RavineError as error:
                order.done.set_exception(error)
            except BaseException as error:
                order.done.set_exception(error)
                raise
            else:
                order.done.set_result(None)
        return not self._inbox.closed

    def _do(self, action: str, **values: Any) -> None:
        check_choice("control", "action", action, DOINGS)
        getattr(self, f"_{action}")(**values)
        if action != "seek":
            self._show()

    def _play(self) -> None:
        if self.race.over:
            raise RavineError("every lane has diverged: reset, go back, or lower the rates")
        self._shown, self.race.stopped = None, ""
        self._watched = self._clock()
        self.pacing.begin()
        self._playing = True

    def _pause(self) -> None:
        self._playing = False
        self.pacing.rest()

    def _step(self, steps: int = 1) -> None:
        check_count("step", "steps", steps)
        self._pause()
        self._shown, self.race.stopped = None, ""
        left = min(steps, LIMITS.steps_at_once)
        while left > 0 and not self.race.stopped:
            if self._inbox.closed:
                # Ten thousand steps of a large network take minutes, and whoever ended the run waits for this thread.
                raise EndedError(f"the run ended at step {self.race.step}, {left} steps short: begin a new one")
            began, wanted = time.perf_counter(), min(left, self.pacing.count)
            done = self.race.advance(wanted)
            if not done:
                break
            self.pacing.took(wanted, done, time.perf_counter() - began, self._clock(), self.race.step)
            left -= done
        self.pacing.rest()
        self._told()

    def _seek(self, step: int = 0) -> None:
        self._pause()
        snapshot = self.race.snapshots.nearest(step)
        if max(step, snapshot.step) >= self.race.step:
            # The latest moment is the present, which may be changed, and no past.
            self._shown = None
            self._show()
            return
        self._shown = Frame(self.lens, snapshot, end=self.race.step, seconds=self.race.seconds)
        self._version += 1

    def _fork(self, step: int | None = None) -> None:
        self._pause()
        wanted = step if step is not None else self.picture.step
        if step is None and self._shown is None:
            return
        self._shown = None
        self.race.fork(self.race.snapshots.nearest(wanted))

    def _reset(self) -> None:
        self._pause()
        self._shown = None
        self.race.reset()

    def _latest_only(self) -> None:
        if self._shown is not None:
            raise RavineError(f"step {self._shown.step} is past: fork there first, or play on")

    def _rate(self, lane: int, rate: float) -> None:
        self._latest_only()
        self.race.set_rate(lane, rate)

    def _weight(self, lane: int, layer: int, array: str, index: tuple[int, ...], value: float) -> None:
        self._latest_only()
        self.race.set_weight(lane, layer, array, index, value)

    def _pacing(self, speed: float) -> None:
        self.pacing.speed = speed
        self.pacing.begin()

    def _stopping(self, stop: StopChoice) -> None:
        self.race.set_stop(stop)

    def _chunk(self) -> None:
        now = self._clock()
        if self.watchers:
            self._watched = now
        elif now - self._watched > self._idle:
            self._pause()
            self.say("note", "paused, for nobody was watching")
            self._show()
            return
        # Copied in one go, for other threads change it.
        slowest = min(list(self.watchers.values()), default=self.race.step)
        count = self.pacing.allowed(now, self.race.step)
        if count < 1 or self.race.step - slowest > LIMITS.backlog:
            time.sleep(0.002)
            return
        began = time.perf_counter()
        done = self.race.advance(count)
        self.pacing.took(count, done, time.perf_counter() - began, self._clock(), self.race.step)
        if self.race.stopped or self.race.over:
            self._told()
            self._pause()
            self._show()
        elif self._clock() - self._pictured >= max(FRAME, SLOW * self._cost):
            self._take()

    def _told(self) -> None:
        if self.race.over:
            self.say("note", f"every lane has diverged by step {self.race.step}")
        elif self.race.stopped:
            self.say("note", f"stopped: {self.race.stopped}")

    def _show(self) -> None:
        """Measure and picture the race as it is now; while it trains, the next picture does."""
        if self._playing:
            self._version += 1
        else:
            self.race.measure()
            self._take()

    def _take(self) -> None:
        began = self._clock()
        self._picture = Frame(self.lens, self.race.snapshot(), seconds=self.race.seconds)
        self._pictured = self._clock()
        self._cost = self._pictured - began
        self._version += 1  # only now, or the picture before would be taken for this one


DOINGS = ("play", "pause", "step", "seek", "fork", "reset", "rate", "weight", "pacing", "stopping")
