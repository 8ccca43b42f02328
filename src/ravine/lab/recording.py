"""A run as a recording: what the page shows of it at moments along the way, to be played where nobody trains."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError, check_count
from ravine.lab.catalogue import catalogue
from ravine.lab.limits import LIMITS
from ravine.lab.picture import VIEWS, Frame
from ravine.lab.stream import header
from ravine.lab.wire import ALIGNMENT, encode, plain
from ravine.view import LANGUAGES

if TYPE_CHECKING:
    from ravine.lab.sessions import LabRun

__all__ = ["FRAMES", "ROOM", "Recording", "pack", "record", "unpack"]

FRAMES = 120
"""Moments that a recording holds at most: six seconds at the twenty that a page shows per second."""

ROOM = 4_000_000
"""Characters that the frames of a recording may take; the page around them takes about 250,000 more."""

EVALUATIONS = 2_000
FEWEST = 2


@dataclass(frozen=True)
class Recording:
    """A recorded run. *steps* are its moments, *frames* what `pack` made of one frame of losses and one per moment.

    *about* holds the catalogue, the configuration and the facts, as the interface of the lab gives them.

    No example: made by `record`.
    """

    about: dict[str, Any]
    steps: tuple[int, ...]
    frames: str

    def json(self) -> str:
        """The recording as the page reads it. Nothing in it ends a script or begins a comment of HTML."""
        text = json.dumps(plain({**self.about, "frames": self.frames}), separators=(",", ":"), allow_nan=False)
        return text.replace("<", "\\u003c")


def record(run: LabRun, *, frames: int = FRAMES, room: int = ROOM) -> Recording:
    """Record *run* as it stands: at most *frames* of its snapshots, evenly spaced, with every view of every lane.

    The losses are whole, each step where there are at most 4,096 and in bins of least, mean and greatest beyond. Where
    the frames take more than *room* characters, every other goes until they do not, the first and last excepted.

    >>> from ravine.lab import Configuration, Sessions
    >>> lab = Sessions()
    >>> run = lab.create_run(Configuration(data={"name": "moons", "n": 40}, lanes=[{}]))
    >>> run.trainer.send("step", steps=40).result()
    >>> made = record(run, frames=3)
    >>> made.steps, len(unpack(made.frames))
    ((0, 32, 40), 4)
    >>> lab.close()
    """
    check_count("record", "frames", frames)
    if frames < FEWEST:
        raise RavineError(f"record: frames must be {FEWEST} at least, the first and the last moment, got {frames}")
    latest = run.trainer.latest
    losses, last = _losses(run, latest), _frame(run, latest)
    # Moments of large networks are large before they are packed: there may be fewer of them.
    most = max(FEWEST, min(frames, LIMITS.recording_bytes // len(last)))
    past = [(picture.step, _frame(run, picture)) for picture in _pictures(run, latest, most)]
    steps, made = [*(step for step, _ in past), latest.step], [*(frame for _, frame in past), last]
    while True:
        packed = pack([losses, *made])
        if len(packed) <= room or len(made) <= FEWEST:
            break
        steps, made = ([*each[:-1:2], each[-1]] for each in (steps, made))
    if len(packed) > room:
        raise RavineError(
            f"record: two moments of this run take {len(packed)} characters, at most {room}: take fewer lanes or units"
        )
    whole = catalogue(run.setup.configuration, [])
    # What only serves to set another run up stays away.
    none: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    unset = {kind: [{**each, "mathml": none} for each in whole[kind]] for kind in ("activations", "rules", "schedules")}
    bare = [{**each, "thumbnail": []} for each in whole["datasets"]]
    slim = {**whole, **unset, "lessons": [], "functions": [], "datasets": bare}
    about = {"catalogue": slim, "configuration": run.configuration, "facts": run.facts}
    return Recording(about, tuple(steps), packed)


def _pictures(run: LabRun, latest: Frame, most: int) -> Iterator[Frame]:
    """Pictures of snapshots before the *latest*, evenly spaced: at most *most* with it."""
    trainer = run.trainer
    race = trainer.race
    kept = [step for step in race.snapshots.steps if step < latest.step]
    places = np.linspace(0, len(kept), min(most, len(kept) + 1)).round().astype(int)[:-1]
    for step in (kept[place] for place in places):
        snapshot = race.snapshots.at(step)
        if snapshot is not None:
            # Only the whole time is known; a race takes its steps at an even pace.
            yield Frame(trainer.lens, snapshot, end=latest.step, seconds=latest.seconds * step / latest.step)


def _frame(run: LabRun, picture: Frame) -> bytes:
    """A frame with every view; arrays of one lane bear its number: "0/network.W0"."""
    arrays: dict[str, np.ndarray] = {}
    lanes = [lane for lane, state in enumerate(picture.snapshot.states) if state is not None]
    for view, (_, per_lane) in VIEWS.items():
        for lane in lanes if per_lane else lanes[:1]:
            mark = f"{lane}/" if per_lane else ""
            arrays |= {mark + name: array for name, array in picture.arrays(view, lane).items()}
    return encode({"v": 1} | header(run.trainer, picture), arrays)


def _losses(run: LabRun, latest: Frame) -> bytes:
    """A frame with the losses of the whole run."""
    trainer = run.trainer
    losses, rows = trainer.losses, trainer.evaluations.rows(0, len(trainer.evaluations))
    # The last one counts most.
    arrays = {"loss.eval": rows[::-1][:: max(1, -(-len(rows) // EVALUATIONS))][::-1]}
    if losses.width == 1:
        arrays["loss.step"], arrays["loss.train"] = losses.raw(0)
    else:
        arrays["loss.width"] = np.array([losses.width])
        arrays["loss.bins"] = losses.binned(0, losses.end, losses.bins)[1]
    return encode({"v": 1} | header(trainer, latest), arrays)


def pack(frames: Sequence[bytes]) -> str:
    """The *frames* as one text: each as its difference from the one before, deflated, in base64.

    For each frame: u32 length, the header, and the arrays' bytes, less (modulo 256) those of the frame before where
    there are as many. Neighbouring moments differ little, so that little is left.

    >>> frames = [encode({"v": 1, "f": f}, {"map": np.full((2, 8), 5 + f, np.uint8)}) for f in range(9)]
    >>> unpack(pack(frames)) == frames, len(pack(frames)) < sum(map(len, frames)) / 4
    (True, True)
    """
    parts: list[bytes] = []
    before = np.zeros(0, np.uint8)
    for frame in frames:
        head, body = _split(frame)
        change = body - before if len(body) == len(before) else body
        parts += [len(frame).to_bytes(ALIGNMENT, "little"), head, change.tobytes()]
        before = body
    return base64.b64encode(zlib.compress(b"".join(parts))).decode()


def unpack(text: str) -> list[bytes]:
    """The frames of what `pack` made.

    >>> unpack(pack([]))
    []
    """
    whole = zlib.decompress(base64.b64decode(text))
    frames, place = [], 0
    before = np.zeros(0, np.uint8)
    while place < len(whole):
        end = place + ALIGNMENT + int.from_bytes(whole[place : place + ALIGNMENT], "little")
        head, change = _split(whole[place + ALIGNMENT : end])
        before = change + before if len(change) == len(before) else change
        frames.append(head + before.tobytes())
        place = end
    return frames


def _split(frame: bytes) -> tuple[bytes, np.ndarray]:
    """Header and arrays of a frame."""
    cut = ALIGNMENT + int.from_bytes(frame[:ALIGNMENT], "little")
    return frame[:cut], np.frombuffer(frame, np.uint8, offset=cut)
