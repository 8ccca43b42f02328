"""The runs and uploads of one server: who may have how many, and what is compiled ahead."""

from __future__ import annotations

import gc
import secrets
import threading
import time
from collections.abc import Hashable, Mapping
from typing import Any

import jax

from ravine.core import RavineError, forget_compiled
from ravine.lab._configuration import Configuration, rule_of
from ravine.lab.fits import fitted
from ravine.lab.inbox import EndedError
from ravine.lab.limits import LIMITS
from ravine.lab.memory import MB, run_bytes
from ravine.lab.picture import VIEWS
from ravine.lab.run_info import facts_of
from ravine.lab.setup import Setup, prepared_setup
from ravine.lab.trainer import ThreadTrainer
from ravine.lab.uploads import Upload, read_upload
from ravine.lab.wire import plain

__all__ = ["LabRun", "NotFoundError", "Sessions"]


class NotFoundError(RavineError):
    """There is no such thing on this server.

    >>> raise NotFoundError("there is no run 'x': begin one")
    Traceback (most recent call last):
        ...
    ravine.lab.sessions.NotFoundError: there is no run 'x': begin one
    """


class LabRun:
    """A run of the server: its trainer, and what is told of it.

    No example: made by `Sessions.create_run`.
    """

    def __init__(self, mark: str, setup: Setup, uploads: Mapping[str, Upload], idle: float) -> None:
        self.id = mark
        self.setup = setup
        self.uploads = dict(uploads)
        self.trainer = ThreadTrainer(setup, idle=idle)
        self.facts = facts_of(setup, self.trainer.lens)
        self.size = run_bytes(setup)
        self.used = time.monotonic()
        self.ended = False
        self.surfaces: dict[tuple[int, int, int], dict[str, Any]] = {}

    def close(self, *, wait: bool = True) -> None:
        """End the run; whoever waits for an answer of it gets one. With *wait*, once its thread has ended."""
        self.ended = True
        self.trainer.close(wait=wait)

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration, whole, as JSON has it."""
        return self.setup.configuration.model_dump(mode="json")

    def details(self) -> dict[str, Any]:
        """What `GET runs/{id}` answers."""
        return self.status() | {"configuration": self.configuration, "facts": self.facts}

    def status(self) -> dict[str, Any]:
        """How the run stands: all of `described` that changes."""
        trainer, picture = self.trainer, self.trainer.picture
        race = trainer.race
        lanes = [
            {
                "on": state is not None,
                "diverged_at": at,
                "rate": rate,
                **picture.measured(place),
                **fitted(picture, place),
            }
            for place, (state, at, rate) in enumerate(
                zip(picture.snapshot.states, picture.snapshot.diverged, picture.rates, strict=True)
            )
        ]
        made: dict[str, Any] = plain(
            {
                "id": self.id,
                "state": trainer.state,
                "step": race.step,
                "shown": picture.step,
                "snapshots": race.snapshots.steps,
                "seconds": race.seconds,
                "speed": trainer.pacing.speed,
                "stop": race.stop.model_dump(),
                "error": trainer.error,
                "lanes": lanes,
            }
        )
        return made


class Sessions:
    """All runs and uploads. Methods may be called from any thread; those that compile take a second.

    >>> lab = Sessions()
    >>> run = lab.create_run(Configuration(data={"name": "moons", "n": 40}, lanes=[{}]))
    >>> lab.run(run.id) is run
    True
    >>> lab.close()
    >>> lab.run(run.id)
    Traceback (most recent call last):
        ...
    ravine.lab.sessions.NotFoundError: there is no run ...
    """

    def __init__(self, *, idle: float = LIMITS.idle, default: Configuration | None = None) -> None:
        self.default = default or Configuration()
        self.idle = idle
        self.runs: dict[str, LabRun] = {}
        self.uploads: dict[str, Upload] = {}
        self.sockets = 0
        self.closed = False
        self._structures: set[Hashable] = set()
        # One at a time: two that begin the same configuration would both compile it.
        self._making = threading.Lock()
        self._reading = threading.Lock()
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Compile what the default configuration needs, while the page loads."""
        with self._making:
            trainer = ThreadTrainer(prepared_setup(self.default, self.uploads), idle=self.idle)
            trainer.send("step", steps=1).result()
        # That suffices to begin with; a page asks for the views a little later.
        try:
            for view in VIEWS:
                trainer.picture.arrays(view, 0)
        finally:
            trainer.close()

    def create_run(self, configuration: Configuration) -> LabRun:
        """A new run, paused."""
        with self._making:
            setup = prepared_setup(configuration, self.uploads)
            self._make_room(run_bytes(setup))
            self._forget(setup)
            run = LabRun(secrets.token_urlsafe(9), setup, self.uploads, self.idle)
            with self._lock:
                if not self.closed:
                    self.runs[run.id] = run
                    return run
            run.close()
            raise EndedError("the lab is closing: start it again with `ravine lab`")

    def _forget(self, setup: Setup) -> None:
        """Throw the compiled programs away where they are of too many structures: some 30 MB each, and JAX keeps all.

        A run under way compiles again what it needs, which takes it about a second per lane.
        """
        rules = [rule_of(lane) for lane in setup.configuration.lanes if lane.on]
        structure = (jax.tree.structure((setup.network, rules)), len(setup.dataset.train), setup.batch)
        if structure not in self._structures and len(self._structures) >= LIMITS.structures:
            forget_compiled()
            jax.clear_caches()  # type: ignore[no-untyped-call]  # JAX has no types here
            self._structures.clear()
        self._structures.add(structure)

    def _make_room(self, size: int = 0) -> None:
        """End the runs that have been left alone for longest, where there are too many for one more of *size* bytes."""
        if size > LIMITS.memory:
            raise RavineError(
                f"this run may take {size // MB} MB, and all runs {LIMITS.memory // MB} MB at most: take fewer lanes, "
                f"layers or units, or smaller batches"
            )
        while True:
            runs = list(self.runs.values())
            left = LIMITS.memory - sum(run.size for run in runs)
            if len(runs) < LIMITS.runs and size <= left:
                return
            idle = [run for run in runs if not run.trainer.watchers and not run.trainer.playing]
            if not idle and len(runs) >= LIMITS.runs:
                raise RavineError(f"{LIMITS.runs} runs are under way: end one first")
            if not idle:
                raise RavineError(
                    f"this run may take {size // MB} MB, and those under way leave {left // MB} MB: end one, or take "
                    f"fewer lanes or units"
                )
            self.end(min(idle, key=lambda run: run.used).id)
            # Its arrays are heavy, and the objects that hold them in cycles too few to be looked through by themselves.
            gc.collect()

    def run(self, mark: str) -> LabRun:
        """The run of that id."""
        run = self.runs.get(mark)
        if run is None:
            raise NotFoundError(f"there is no run {mark!r}: begin one with POST runs")
        run.used = time.monotonic()
        return run

    def may_play(self, run: LabRun) -> None:
        """Refuse to let one more run train than is allowed."""
        others = sum(other.trainer.playing for other in list(self.runs.values()) if other is not run)
        if others >= LIMITS.runs_playing:
            raise RavineError(f"{others} runs are training already, at most {LIMITS.runs_playing}: pause one")

    def end(self, mark: str) -> None:
        """End the run of that id."""
        run = self.run(mark)
        with self._lock:
            self.runs.pop(mark, None)
        run.close()

    def upload(self, name: str, csv: str, target: str) -> Upload:
        """Take in a table. The oldest goes where there are too many; runs keep theirs."""
        if len(csv.encode()) > LIMITS.upload:
            raise RavineError(f"{name}: longer than {LIMITS.upload} bytes: take fewer rows")
        # One at a time: what a table takes while it is read is a good deal more than what is kept.
        with self._reading:
            upload = read_upload(secrets.token_urlsafe(6), name, csv, target)
        with self._lock:
            while len(self.uploads) >= LIMITS.uploads:
                self.uploads.pop(next(iter(self.uploads)))
            self.uploads[upload.id] = upload
        return upload

    def close(self) -> None:
        """End all runs, and begin no more."""
        with self._lock:
            self.closed = True
            runs, self.runs = list(self.runs.values()), {}
        # All are told before the first is waited for.
        for run in runs:
            run.close(wait=False)
        for run in runs:
            run.close()
