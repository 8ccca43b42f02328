"""What one page is sent: frames on credit, a cursor into the losses, the latest picture."""

from __future__ import annotations

import json
import reprlib
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ravine.core import RavineError, nearest, record
from ravine.lab.fits import fitted
from ravine.lab.limits import LIMITS
from ravine.lab.picture import VIEWS, Frame
from ravine.lab.requests import decoded
from ravine.lab.sentences import translated
from ravine.lab.trainer import ThreadTrainer
from ravine.lab.wire import encode

__all__ = ["Ack", "Subscribe", "Viewer", "header", "read_message"]


class Subscribe(BaseModel):
    """What a page wants to see: it may leave out what is to stay as it was.

    >>> Subscribe(views=["loss", "map"]).fps is None
    True
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, allow_inf_nan=False)

    do: str = "subscribe"
    views: list[str] | None = Field(default=None, max_length=16)
    lane: int | None = Field(default=None, ge=0, lt=LIMITS.lanes)
    fps: float | None = Field(default=None, ge=0.1, le=LIMITS.fps)
    begin: int | None = Field(default=None, ge=0, le=LIMITS.steps, alias="from")


class Ack(BaseModel):
    """A page has drawn frame *f*.

    >>> Ack(f=3).f
    3
    """

    model_config = ConfigDict(extra="forbid")

    do: str = "ack"
    f: int = Field(ge=0, lt=2**53)


def read_message(text: str) -> Subscribe | Ack:
    """The message of a page in *text*.

    >>> read_message('{"do": "ack", "f": 2}').f
    2
    >>> read_message('{"do": "run"}')
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: message: do must be 'subscribe' or 'ack', got 'run'
    """
    try:
        values = decoded(text)
    except RavineError as error:
        raise RavineError(f"message: {error}") from error
    if not isinstance(values, dict):
        raise RavineError(f"message: must be an object, got {str(values)[:40]!r}")
    if values.get("do") == "ack":
        return record("message", Ack, values)
    if values.get("do") == "subscribe":
        renamed = {"begin" if key == "from" else key: value for key, value in values.items()}
        made = record("message", Subscribe, renamed)
        for view in made.views or ():
            if view not in ("loss", *VIEWS):
                raise RavineError(f"message: unknown view {view!r}: {nearest(view, ['loss', *VIEWS])}")
        return made
    raise RavineError(f"message: do must be 'subscribe' or 'ack', got {reprlib.repr(values.get('do'))}")


class Viewer:
    """One page's place in the stream of a run. It knows no socket: `frame` gives the next bytes, or None.

    At most `LIMITS.credit` frames are under way; a picture that was overtaken is not sent; the losses go on from the
    cursor, so that none is lost.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> trainer = ThreadTrainer(prepared_setup(Configuration(data={"name": "moons", "n": 40}, lanes=[{}])))
    >>> viewer = Viewer(trainer)
    >>> viewer.read(Subscribe(views=["loss"]))
    >>> viewer.frame() is None, viewer.frame() is None
    (False, True)
    >>> trainer.close()
    """

    def __init__(self, trainer: ThreadTrainer, language: str = "en") -> None:
        self.trainer, self.language = trainer, language
        self.views: list[str] = []
        self.lane, self.fps = 0, 30.0
        self.sent = self.acked = 0
        self.cursor = self.place = 0
        self.cuts = self.measured_cuts = 0
        self.cut: int | None = None
        self.version = -1
        self.said = 0
        self.subscribed = False

    @property
    def key(self) -> object:
        """What the trainer knows the viewer by."""
        return id(self)

    def read(self, message: Subscribe | Ack) -> None:
        """Take in what the page said."""
        if isinstance(message, Ack):
            if message.f > self.sent:
                raise RavineError(f"message: frame {message.f} was never sent, the last is {self.sent}")
            self.acked = max(self.acked, message.f)
            return
        self.views = self.views if message.views is None else list(dict.fromkeys(message.views))
        if message.lane is not None:
            if message.lane >= len(self.trainer.setup.configuration.lanes):
                raise RavineError(f"message: there is no lane {message.lane}: ask for one of the configuration's")
            self.lane = message.lane
        self.fps = self.fps if message.fps is None else message.fps
        if message.begin is not None:
            self.cursor, self.place = message.begin, 0
            self.cuts, self.measured_cuts = len(self.trainer.losses.cuts), len(self.trainer.evaluations.cuts)
        self.version, self.subscribed = -1, True

    def watch(self, *, counted: bool) -> None:
        """Let the trainer know how far this page has read; one that is not *counted* is waited for no longer."""
        lags = counted and "loss" in self.views
        self.trainer.watchers[self.key] = self.cursor if lags else self.trainer.losses.end

    def leave(self) -> None:
        """The page is gone."""
        self.trainer.watchers.pop(self.key, None)

    def texts(self) -> list[str]:
        """Notes and errors that the page has not heard yet, as JSON, in its language."""
        new = [(number, kind, text) for number, kind, text in list(self.trainer.messages) if number > self.said]
        self.said = new[-1][0] if new else self.said
        return [json.dumps({kind: translated(text, self.language)}) for _, kind, text in new]

    def frame(self) -> bytes | None:
        """The next frame, where there is credit and something new."""
        trainer = self.trainer
        if not self.subscribed or self.sent - self.acked >= LIMITS.credit:
            return None
        version, picture = trainer.version, trainer.picture
        arrays: dict[str, np.ndarray] = {}
        more = False
        if "loss" in self.views:
            more = self._losses(arrays)
        if version == self.version and not more:
            return None
        # What has been sent of the losses may leave more waiting: the picture need not travel again.
        if version != self.version:
            for view in self.views:
                if view in picture.lens.compiled:
                    arrays |= picture.arrays(view, self.lane)
                elif view != "loss":
                    # It takes a second to compile: the others do not wait for it.
                    picture.lens.compile(view, picture, self.lane, trainer.touch)
        self.version = version
        self.sent += 1
        return encode(self._header(picture), arrays)

    def _losses(self, arrays: dict[str, np.ndarray]) -> bool:
        """Add what the page lacks of the losses; whether there was anything."""
        trainer = self.trainer
        steps, losses, cuts = trainer.losses.since(self.cursor, self.cuts, LIMITS.frame_losses)
        rows, place, measured_cuts = trainer.evaluations.since(self.place, self.measured_cuts, LIMITS.frame_losses)
        new = bool(len(steps)) or bool(len(rows)) or cuts != self.cuts
        arrays |= {"loss.step": steps, "loss.train": losses, "loss.eval": rows}
        forgotten = trainer.losses.cuts[self.cuts : cuts]
        # Told with the losses, not by the step at which the race stands: it is set a moment after they are cut.
        self.cut = min(forgotten, default=None)
        self.cursor = int(steps[-1]) + 1 if len(steps) else min([self.cursor, *forgotten])
        self.place, self.cuts, self.measured_cuts = place, cuts, measured_cuts
        return new

    def _header(self, picture: Frame) -> dict[str, Any]:
        own = {"v": 1, "f": self.sent, "lane": self.lane, "generation": self.cuts, "cut": self.cut}
        return own | header(self.trainer, picture)


def header(trainer: ThreadTrainer, picture: Frame) -> dict[str, Any]:
    """What a frame says of *picture* and of how the race stands, whoever reads it.

    No example: needs a race.
    """
    race, snapshot = trainer.race, picture.snapshot
    lanes = [
        {
            "on": lane.on,
            "diverged_at": snapshot.diverged[place],
            "rate": picture.rates[place],
            **picture.measured(place),
            **fitted(picture, place),
        }
        for place, lane in enumerate(list(race.lanes))
    ]
    return {
        "t": round(1000 * picture.seconds),
        "step": picture.step,
        "end": race.step,
        "sps": round(trainer.pacing.sps, 1),
        "state": trainer.state,
        "compiling": trainer.compiling,
        "epoch": picture.step / race.order.steps,
        "lanes": lanes,
        "views_step": picture.step,
        "snapshots": race.snapshots.range,
    }
