"""The stream: credit, cursors, errors; the trainer behind it; and all of it over real sockets."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from lab_sample import SMALL, small, small_trainer
from ravine.core import RavineError
from ravine.lab import LIMITS, Engine, Server, Sessions, ThreadTrainer, decode, prepared_setup
from ravine.lab.api import GONE
from ravine.lab.client import Client
from ravine.lab.openapi import PREFIX
from ravine.lab.stream import Ack, Subscribe, Viewer, read_message
from waiting import PATIENCE, still, until


@pytest.fixture
def trainer() -> Iterator[ThreadTrainer]:
    made = small_trainer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(Sessions(idle=1.0), port=0, warm=False)
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, seconds=PATIENCE)


def begin(client: Client, **changes: Any) -> str:
    return str(client.call("POST", "runs", {"configuration": {**SMALL, **changes}})["id"])


def turn(trainer: ThreadTrainer) -> int:
    """The step, after the trainer had its turn: a command is carried out between two chunks."""
    trainer.send("stopping", stop=trainer.race.stop).result()
    return trainer.race.step


def seen(viewer: Viewer) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    frame = viewer.frame()
    return None if frame is None else decode(frame)


def test_two_frames_of_credit(trainer: ThreadTrainer) -> None:
    viewer = Viewer(trainer)
    assert viewer.frame() is None
    viewer.read(Subscribe(views=["loss"]))
    for f in (1, 2):
        trainer.send("step", steps=3).result()
        header, _ = seen(viewer)
        assert header["f"] == f
    trainer.send("step", steps=3).result()
    assert viewer.frame() is None
    viewer.read(Ack(f=1))
    header, arrays = seen(viewer)
    assert (header["f"], header["step"]) == (3, 9)
    assert arrays["loss.step"].tolist() == [6, 7, 8]
    with pytest.raises(RavineError, match="frame 9 was never sent"):
        viewer.read(Ack(f=9))


def test_nothing_new_no_frame(trainer: ThreadTrainer) -> None:
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    assert seen(viewer) is not None
    assert viewer.frame() is None
    viewer.read(Subscribe(lane=1))
    header, _ = seen(viewer)
    assert header["lane"] == 1
    with pytest.raises(RavineError, match="there is no lane 5"):
        viewer.read(Subscribe(lane=5))


def test_many_losses_come_in_several_frames(trainer: ThreadTrainer) -> None:
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    trainer.send("step", steps=6000).result()
    steps: list[int] = []
    while (frame := seen(viewer)) is not None:
        header, arrays = frame
        assert len(arrays["loss.step"]) <= LIMITS.frame_losses
        steps += arrays["loss.step"].tolist()
        viewer.read(Ack(f=header["f"]))
    assert steps == list(range(6000))


def test_a_page_that_comes_back_begins_where_it_was(trainer: ThreadTrainer) -> None:
    trainer.send("step", steps=50).result()
    viewer = Viewer(trainer)
    viewer.read(read_message('{"do": "subscribe", "views": ["loss"], "from": 40}'))  # type: ignore[arg-type]
    _, arrays = seen(viewer)
    assert arrays["loss.step"].tolist() == list(range(40, 50))
    assert arrays["loss.eval"][0, 0] == 0


def test_after_a_fork_the_losses_come_again(trainer: ThreadTrainer) -> None:
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    trainer.send("step", steps=40).result()
    header, _ = seen(viewer)
    viewer.read(Ack(f=header["f"]))
    trainer.send("seek", step=17).result()
    sought, arrays = seen(viewer)
    assert (sought["step"], sought["end"], len(arrays["loss.step"])) == (16, 40, 0)
    viewer.read(Ack(f=sought["f"]))
    trainer.send("fork").result()
    trainer.send("step", steps=4).result()
    forked, arrays = seen(viewer)
    assert forked["generation"] == header["generation"] + 1
    assert arrays["loss.step"].tolist() == [16, 17, 18, 19]
    assert forked["step"] == forked["end"] == 20
    viewer.read(Ack(f=forked["f"]))
    trainer.send("reset").result()
    again, arrays = seen(viewer)
    assert (again["generation"], again["step"], len(arrays["loss.step"])) == (2, 0, 0)


def test_what_is_forgotten_is_told_with_the_losses(trainer: ThreadTrainer) -> None:
    """A frame between the cut of the losses and the race's step: told by it, a page kept its past after a reset."""
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    trainer.send("step", steps=40).result()
    header, _ = seen(viewer)
    assert (header["generation"], header["cut"]) == (0, None)
    viewer.read(Ack(f=header["f"]))
    trainer.losses.cut(0)
    between, _ = seen(viewer)
    assert (between["end"], between["generation"], between["cut"]) == (40, 1, 0)


def test_play_after_seek_goes_back_to_the_latest(trainer: ThreadTrainer) -> None:
    trainer.send("step", steps=40).result()
    trainer.send("seek", step=16).result()
    assert trainer.picture.step == 16
    trainer.send("step", steps=1).result()
    assert trainer.picture.step == 41


@pytest.mark.parametrize("step", [40, 1000])
def test_the_latest_moment_is_the_present_and_may_be_changed(trainer: ThreadTrainer, step: int) -> None:
    trainer.send("step", steps=40).result()
    trainer.send("seek", step=16).result()
    with pytest.raises(RavineError, match="step 16 is past"):
        trainer.send("rate", lane=0, rate=0.5).result()
    trainer.send("seek", step=step).result()
    trainer.send("rate", lane=0, rate=0.5).result()
    assert trainer.picture.step == 40


def test_the_race_waits_for_a_slow_page(trainer: ThreadTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The losses kept are more than the lag allowed, so a page that reads slowly loses nothing."""
    monkeypatch.setitem(ThreadTrainer._chunk.__globals__, "LIMITS", dataclasses.replace(LIMITS, backlog=300))
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    viewer.watch(counted=True)
    trainer.send("play").result()
    until(lambda: trainer.race.step > 300)
    # the lag allowed, and the chunk that was under way
    assert still(lambda: turn(trainer)) <= 300 + 4096
    steps: list[int] = []

    def read() -> bool:
        frame = seen(viewer)
        viewer.watch(counted=True)
        if frame is not None:
            steps.extend(frame[1]["loss.step"].tolist())
            viewer.read(Ack(f=frame[0]["f"]))
        return len(steps) >= 1500

    until(read)
    assert steps == list(range(len(steps)))
    # One that gives no sign is waited for no longer.
    viewer.watch(counted=False)
    assert trainer.watchers[viewer.key] == trainer.losses.end
    viewer.leave()
    assert not trainer.watchers


def test_nobody_watches_nobody_trains() -> None:
    trainer = small_trainer(idle=0.1)
    trainer.send("play").result()
    until(lambda: not trainer.playing)
    assert trainer.state == "paused"
    assert [text for _, _, text in trainer.messages] == ["paused, for nobody was watching"]
    trainer.close()


def test_a_speed_is_kept() -> None:
    """By a clock that is set by hand: 50 steps per second, and the first at once."""
    now = [0.0]
    trainer = ThreadTrainer(prepared_setup(small(speed=50)), clock=lambda: now[0])
    trainer.send("play").result()
    # A race that stands still for a while does not make up for it: it must have begun to count.
    turn(trainer)
    for seconds in (0.25, 0.5, 1.0):
        now[0] = seconds
        until(lambda: trainer.race.step >= int(50 * seconds))  # noqa: B023
        assert still(lambda: turn(trainer)) <= int(50 * seconds) + 1
    trainer.close()


def test_an_exception_in_the_trainer_is_told(trainer: ThreadTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))

    def broken(count: int) -> int:
        raise ZeroDivisionError("a lane broke")

    monkeypatch.setattr(trainer.race, "advance", broken)
    trainer.send("play").result()
    until(lambda: trainer.error is not None)
    assert trainer.state == "failed"
    (text,) = viewer.texts()
    assert json.loads(text)["error"] == "training ended: ZeroDivisionError: a lane broke: begin a new run"
    assert viewer.texts() == []
    with pytest.raises(RavineError, match="a lane broke"):
        trainer.send("play").result(PATIENCE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 50_000, "not JSON"),
        ("[]", "must be an object"),
        ('{"do": "dance"}', "do must be"),
        ('{"do": "subscribe", "views": ["los"]}', "did you mean 'loss'"),
        ('{"do": "subscribe", "fps": 1000}', "less than or equal to 60"),
        ('{"do": "subscribe", "fps": NaN}', "NaN is no number of JSON"),
        ('{"do": "ack", "f": -1}', "greater than or equal to 0"),
        ('{"do": "ack", "f": 1, "g": 2}', "unknown key 'g'"),
    ],
)
def test_bad_messages_get_their_sentence(text: str, words: str) -> None:
    with pytest.raises(RavineError, match=words):
        read_message(text)


def test_a_view_that_fails_is_told_once_and_the_others_go_on(
    trainer: ThreadTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(picture: Any, lane: int) -> Any:
        raise ZeroDivisionError("no map")

    views = type(trainer.picture).arrays.__globals__["VIEWS"]
    monkeypatch.setitem(views, "map", (broken, False))
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["map", "confusion"]))
    said: list[str] = []
    names: set[str] = set()

    def read() -> bool:
        said.extend(viewer.texts())
        if (frame := seen(viewer)) is not None:
            names.update(frame[1])
            viewer.read(Ack(f=frame[0]["f"]))
        return bool(said and names)

    until(read)
    for _ in range(3):
        trainer.send("step").result()
        viewer.frame()
        viewer.read(Ack(f=viewer.sent))
    assert [json.loads(text)["error"] for text in said + viewer.texts()] == [
        "the view 'map' cannot be shown: ZeroDivisionError: no map"
    ]
    assert names == {"confusion"}


def test_a_stream_that_fails_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(viewer: Viewer) -> bytes:
        raise ZeroDivisionError("no frame")

    run = begin(client)
    monkeypatch.setattr(Viewer, "frame", broken)
    with client.connect(run) as socket:
        assert "ZeroDivisionError: no frame" in json.loads(socket.recv())["error"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd.code == 1011
    client.call("DELETE", f"runs/{run}")


def test_a_new_run_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, whole = threading.Event(), Engine.compile

    def slow(race: Engine, progress: Any) -> None:
        gate.wait(PATIENCE)
        whole(race, progress)

    monkeypatch.setattr(ThreadTrainer.__init__.__globals__["Engine"], "compile", slow)
    trainer = small_trainer()
    viewer = Viewer(trainer)
    viewer.read(Subscribe(views=["loss"]))
    header, _ = seen(viewer)
    assert (header["state"], header["compiling"]) == ("compiling", 2)
    playing = trainer.send("play")
    gate.set()
    playing.result(PATIENCE)
    assert (trainer.state, trainer.compiling) == ("running", 0)
    trainer.close()


def test_frames_over_a_socket(client: Client) -> None:
    run = begin(client)
    frames = client.frames(run, ["loss", "map", "network"])
    header, _ = next(frames)
    assert header["state"] in {"compiling", "paused"}
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    steps: list[int] = []
    shapes: dict[str, tuple[int, ...]] = {}
    rates: list[float] = []
    for count, (header, arrays) in enumerate(frames):
        rates.append(header["sps"])
        steps += arrays["loss.step"].tolist()
        shapes |= {name: array.shape for name, array in arrays.items()}
        if count > 15 and "map" in shapes:
            break
    frames.close()
    assert steps == list(range(len(steps)))
    assert shapes["map"] == (2, 2, 100, 100)
    assert shapes["network.unit0"] == (3, 20, 20)
    assert rates[-1] > 0
    client.call("DELETE", f"runs/{run}")


def test_a_slow_client_loses_nothing(client: Client) -> None:
    run = begin(client)
    frames = client.frames(run, ["loss"], fps=60)
    next(frames)
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    steps: list[int] = []
    for _, arrays in frames:
        steps += arrays["loss.step"].tolist()
        if len(steps) > 1000:
            break
        # It reads no more before the race is well ahead of it.
        until(lambda: client.call("GET", f"runs/{run}")["step"] > len(steps) + 50)  # noqa: B023
    frames.close()
    assert steps == list(range(len(steps)))
    client.call("DELETE", f"runs/{run}")


def test_eight_clients_at_once(client: Client) -> None:
    run = begin(client, speed=2000)
    found: list[list[int]] = [[] for _ in range(8)]
    # A race that nobody watches is paused: all are there before it begins.
    there = threading.Barrier(9, timeout=PATIENCE)

    def watch(place: int) -> None:
        for number, (header, arrays) in enumerate(client.frames(run, ["loss", "map"], lane=place % 2)):
            if number == 0:
                there.wait()
            found[place] += arrays["loss.step"].tolist()
            if header["state"] == "stopped" and len(found[place]) == header["end"]:
                return

    threads = [threading.Thread(target=watch, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    there.wait()
    client.call("PATCH", f"runs/{run}", {"stop": {"kind": "steps", "value": 1200}})
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    for thread in threads:
        thread.join(PATIENCE)
    assert found == [list(range(1200))] * 8
    client.call("DELETE", f"runs/{run}")


def test_the_idle_pause_over_a_socket(client: Client) -> None:
    run = begin(client)
    frames = client.frames(run, ["loss"])
    next(frames)
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    next(frames)
    frames.close()
    until(lambda: client.call("GET", f"runs/{run}")["state"] == "paused")
    client.call("DELETE", f"runs/{run}")


def test_a_page_that_breaks_the_rules_is_sent_away(client: Client) -> None:
    run = begin(client)
    with client.connect(run) as socket:
        socket.send('{"do": "dance"}')
        assert "do must be" in json.loads(socket.recv())["error"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd.code == 1008
    with client.connect(run) as socket:
        socket.send("x" * (LIMITS.message + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd.code == 1009
    with client.connect(run) as socket:
        socket.send(b"bytes")
        with pytest.raises(ConnectionClosed):
            socket.recv()
    # Whoever follows the rules is not disturbed.
    frames = client.frames(run)
    assert next(frames)[0]["state"] in {"compiling", "paused"}
    frames.close()
    client.call("DELETE", f"runs/{run}")


def test_a_deleted_run_says_good_bye(client: Client) -> None:
    run = begin(client)
    with client.connect(run) as socket:
        socket.send('{"do": "subscribe", "views": ["loss"]}')
        decode(socket.recv())
        client.call("DELETE", f"runs/{run}")
        # A frame that says that a lane was compiled may be under way.
        said = next(message for message in socket if isinstance(message, str))
        assert json.loads(said) == {"note": "the run has ended"}
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd.code == GONE
    # One that is not there is accepted first: what is refused a browser reports as an error of the page.
    with client.connect(run) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd.code == GONE


def test_foreign_sockets_are_not_accepted(server: Server, client: Client) -> None:
    run = begin(client)
    address = f"ws://{client.host}{PREFIX}/runs/{run}/stream"
    for headers, origin in ((client.headers, "https://evil.example"), (client.headers, None), ({}, server.origin)):
        with pytest.raises(InvalidStatus) as refused:
            connect(address, additional_headers=headers, origin=origin)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
    client.call("DELETE", f"runs/{run}")


def test_the_browser_enters_by_the_address_that_was_printed(server: Server) -> None:
    session = requests.Session()
    assert session.get(server.origin, timeout=PATIENCE).status_code == 403
    entered = session.get(server.url, timeout=PATIENCE, allow_redirects=False)
    assert entered.headers["location"] == "/?lang=en"
    assert session.get(f"{server.origin}{PREFIX}/openapi.json", timeout=PATIENCE).status_code == 200
    rebound = session.get(f"{server.origin}{PREFIX}/openapi.json", headers={"host": "evil.example"}, timeout=PATIENCE)
    assert rebound.status_code == 403


def test_small_is_what_it_says() -> None:
    assert small().speed == 0
