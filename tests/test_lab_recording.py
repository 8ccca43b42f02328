"""A recording holds what the page shows of a run, within its bounds, and is read back to the bit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lab_sample import SMALL
from ravine.core import RavineError
from ravine.lab import Sessions, configuration, decode, encode
from ravine.lab.picture import VIEWS, Frame
from ravine.lab.recording import Recording, pack, record, unpack
from ravine.lab.sessions import LabRun


@pytest.fixture(scope="module")
def run(lab: Sessions) -> LabRun:
    lanes = [{"rule": "sgd", "rate": 0.1}, {"rule": "adam", "on": False}, {"rule": "adam", "rate": 0.05}]
    run = lab.create_run(configuration({**SMALL, "lanes": lanes}))
    run.trainer.send("step", steps=300).result()
    return run


@pytest.fixture(scope="module")
def recording(run: LabRun) -> Recording:
    return record(run)


def moments(recording: Recording) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    return [decode(frame) for frame in unpack(recording.frames)[1:]]


def test_it_begins_at_the_first_snapshot_and_ends_with_the_run(run: LabRun, recording: Recording) -> None:
    kept = run.trainer.race.snapshots.steps
    assert recording.steps == tuple(sorted({*kept, 300}))
    assert [header["step"] for header, _ in moments(recording)] == list(recording.steps)
    fewer = record(run, frames=5).steps
    assert (fewer[0], fewer[-1], len(fewer)) == (0, 300, 5)
    # Evenly spaced, to the nearest snapshot.
    assert np.ptp(np.diff(fewer)) <= 2 * run.trainer.race.snapshots.stride


def test_each_moment_has_every_view_of_every_lane_that_takes_part(run: LabRun, recording: Recording) -> None:
    for header, arrays in moments(recording)[::7]:
        snapshot = run.trainer.race.snapshots.at(header["step"])
        assert snapshot is not None
        picture = Frame(run.trainer.lens, snapshot)
        for view, (_, per_lane) in VIEWS.items():
            for lane in (0, 2) if per_lane else (0,):
                for name, wanted in picture.arrays(view, lane).items():
                    np.testing.assert_array_equal(arrays[f"{lane}/{name}" if per_lane else name], wanted)
        assert not any(name.startswith("1/") for name in arrays)
        assert header["lanes"][1]["on"] is False
        assert header["lanes"][0]["test_loss"] == pytest.approx(picture.measured(0)["test_loss"])


def test_the_losses_are_whole(run: LabRun, recording: Recording) -> None:
    header, arrays = decode(unpack(recording.frames)[0])
    np.testing.assert_array_equal(arrays["loss.step"], np.arange(300))
    np.testing.assert_array_equal(arrays["loss.train"], run.trainer.losses.raw(0)[1])
    np.testing.assert_array_equal(arrays["loss.eval"], run.trainer.evaluations.rows(0))
    assert header["end"] == 300


def test_long_losses_are_in_bins_as_fine_as_the_pages(lab: Sessions) -> None:
    run = lab.create_run(configuration(SMALL))
    run.trainer.send("step", steps=5000).result()
    _, arrays = decode(unpack(record(run, frames=2).frames)[0])
    assert "loss.train" not in arrays
    raw = run.trainer.losses.raw(0)[1].astype(np.float64)
    pairs = raw.reshape(2, 2500, 2)
    assert arrays["loss.width"].tolist() == [2]
    # The bins add up in float64 and travel in float32: one rounding.
    wanted = np.stack([pairs.min(-1), pairs.mean(-1), pairs.max(-1)])
    np.testing.assert_allclose(arrays["loss.bins"], wanted, rtol=2**-23)
    lab.end(run.id)


def test_the_size_is_bounded(run: LabRun, recording: Recording) -> None:
    whole = len(recording.frames)
    small = record(run, room=whole // 2)
    assert len(small.frames) <= whole // 2
    assert (small.steps[0], small.steps[-1]) == (0, 300)
    assert set(small.steps) < set(recording.steps)
    with pytest.raises(RavineError, match="two moments of this run take"):
        record(run, room=100)


def test_a_run_that_has_not_begun_is_one_moment(lab: Sessions) -> None:
    run = lab.create_run(configuration({**SMALL, "data": {"name": "sine", "n": 40}}))
    recording = record(run)
    assert recording.steps == (0,)
    assert "line" in moments(recording)[0][1]
    with pytest.raises(RavineError, match="frames must be 2 at least"):
        record(run, frames=1)


def test_nothing_in_it_ends_a_script(recording: Recording) -> None:
    hostile = Recording({"facts": {"classes": ["</script><script>alert(1)</script>", "<!--"]}}, (), pack([]))
    assert "<" not in hostile.json()
    assert json.loads(hostile.json())["facts"] == hostile.about["facts"]
    read = json.loads(recording.json())
    assert set(read) == {"catalogue", "configuration", "facts", "frames"}
    assert read["catalogue"]["lessons"] == []


def test_frames_of_unlike_lengths_are_packed() -> None:
    rng = np.random.default_rng(0)
    frames = [encode({"v": 1}, {"x": rng.integers(0, 256, n).astype(np.uint8)}) for n in (0, 8, 8, 4, 4, 8, 0)]
    assert unpack(pack(frames)) == frames


def test_an_abandoned_future_is_in_no_recording(lab: Sessions) -> None:
    """After a fork everything tells of the one way that leads on: as of a run that was never ahead."""
    forked, straight = (lab.create_run(configuration({**SMALL, "seed": 11})) for _ in range(2))
    forked.trainer.send("step", steps=100).result()
    forked.trainer.send("rate", lane=0, rate=0.5).result()
    forked.trainer.send("step", steps=60).result()
    ahead = forked.trainer.race.seconds
    forked.trainer.send("seek", step=48).result()
    forked.trainer.send("fork").result()
    assert forked.trainer.race.seconds < ahead
    assert forked.trainer.race.edits == []
    for run in (forked, straight):
        run.trainer.send("step", steps=80 - run.trainer.race.step).result()
    mine, wanted = (record(run) for run in (forked, straight))
    assert mine.steps == wanted.steps
    for (header, arrays), (_, others) in zip(moments(mine), moments(wanted), strict=True):
        assert header["t"] <= 1000 * forked.trainer.race.seconds + 1
        for name, array in others.items():
            np.testing.assert_array_equal(arrays[name], array)
    own, others = (decode(unpack(each.frames)[0])[1] for each in (mine, wanted))
    np.testing.assert_array_equal(own["loss.train"], others["loss.train"])
    # A picture is taken where the fork is made: one row more, of a step that is measured anyway.
    assert set(own["loss.eval"][:, 0]) == set(others["loss.eval"][:, 0])
    for run in (forked, straight):
        lab.end(run.id)
