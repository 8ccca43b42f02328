"""Every request is answered: each kind of order, however the run ends that it was given to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from lab_sample import SMALL, small, small_trainer
from ravine.lab import Server, Sessions, ThreadTrainer
from ravine.lab._configuration import StopChoice
from ravine.lab.client import Client
from ravine.lab.inbox import EndedError, Inbox
from ravine.lab.limits import LIMITS
from ravine.lab.openapi import PREFIX
from ravine.lab.trainer import DOINGS
from waiting import PATIENCE, until

ORDERS: dict[str, dict[str, Any]] = {
    "play": {},
    "pause": {},
    "step": {"steps": 2},
    "seek": {"step": 0},
    "fork": {"step": 0},
    "reset": {},
    "rate": {"lane": 0, "rate": 0.5},
    "weight": {"lane": 0, "layer": 0, "array": "bias", "index": (0,), "value": 1.0},
    "pacing": {"speed": 10.0},
    "stopping": {"stop": StopChoice()},
}


class Gate:
    """Holds a trainer back in the middle of an order, until it is opened; it then fails where that is asked for."""

    def __init__(self, trainer: ThreadTrainer, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        whole = trainer.race.advance

        def advance(count: int) -> int:
            self.reached.set()
            assert self.opened.wait(PATIENCE)
            if error is not None:
                raise error
            return whole(count)

        monkeypatch.setattr(trainer.race, "advance", advance)
        self.held = trainer.send("step")
        assert self.reached.wait(PATIENCE)


def test_all_kinds_of_orders_are_tried() -> None:
    assert set(ORDERS) == set(DOINGS)


def _ended(way: str, trainer: ThreadTrainer) -> Callable[[], None]:
    """What ends the race of *trainer* in that *way*; the last step of the chunk under way is awaited aside."""
    lab = Sessions(default=small())
    lab.runs["held"] = run = type("Held", (), {})()
    run.trainer, run.id, run.used, run.ended, run.size = trainer, "held", 0.0, False, 0
    run.close = lambda *, wait=True: trainer.close(wait=wait)
    if way == "deleted":
        return lambda: lab.end("held")
    if way == "the lab closes":
        return lab.close
    for number in range(LIMITS.runs - 1):
        other = type("Other", (), {"used": 1.0, "size": 0})()
        other.trainer = type("Still", (), {"watchers": {}, "playing": False})()
        lab.runs[str(number)] = other
    return lab._make_room


@pytest.mark.parametrize("way", ["deleted", "replaced", "the lab closes"])
def test_orders_that_wait_are_answered_when_the_run_ends(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = small_trainer()
    gate = Gate(trainer, monkeypatch)
    before = {name: trainer.send(name, **values) for name, values in ORDERS.items()}
    ending = threading.Thread(target=_ended(way, trainer))
    ending.start()
    # At once: nobody has to wait for the chunk under way.
    for waiting in before.values():
        assert isinstance(waiting.exception(PATIENCE), EndedError)
    after = {name: trainer.send(name, **values) for name, values in ORDERS.items()}
    assert all(isinstance(late.exception(PATIENCE), EndedError) for late in after.values())
    gate.opened.set()
    gate.held.result(PATIENCE)
    ending.join(PATIENCE)
    assert not trainer._thread.is_alive()


@pytest.mark.parametrize("error", [ZeroDivisionError("a lane broke"), MemoryError("no room")], ids=["fault", "memory"])
def test_orders_that_wait_are_answered_when_training_fails(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = small_trainer()
    gate = Gate(trainer, monkeypatch, error)
    before = [trainer.send(name, **values) for name, values in ORDERS.items()]
    gate.opened.set()
    assert gate.held.exception(PATIENCE) is error
    # Orders keep coming until the thread has gone, whatever it does meanwhile.
    late: list[Future[None]] = []
    until(lambda: late.append(trainer.send("pause")) or not trainer._thread.is_alive())
    late.append(trainer.send("pause"))
    for each in [*before, *late]:
        assert str(error) in str(each.exception(PATIENCE))
    trainer.close()


def test_many_steps_end_with_their_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand steps are not taken to their end where nobody is to see it."""
    trainer = small_trainer()
    taken, whole = threading.Event(), trainer.race.advance

    def one(count: int) -> int:
        done = whole(1)
        if trainer.race.step == 3:
            taken.set()
            until(lambda: trainer._inbox.closed)
        return done

    monkeypatch.setattr(trainer.race, "advance", one)
    asked = trainer.send("step", steps=LIMITS.steps_at_once)
    assert taken.wait(PATIENCE)
    trainer.close()
    assert "ended at step 3, 9997 steps short" in str(asked.exception(PATIENCE))


def test_who_gives_up_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is cancelled while its order waits: the order is passed over, and the race goes on."""
    trainer = small_trainer()
    gate = Gate(trainer, monkeypatch)
    given_up, kept = trainer.send("rate", lane=0, rate=0.5), trainer.send("rate", lane=1, rate=0.25)
    assert given_up.cancel()
    # What is being carried out can be given up no longer.
    assert not gate.held.cancel()
    gate.opened.set()
    kept.result(PATIENCE)
    assert [lane.rate for lane in trainer.race.lanes] == [0.1, 0.25]
    assert trainer.error is None
    trainer.close()


def test_no_order_is_lost_between_many_who_give_them() -> None:
    """Eight threads put orders while the inbox is closed: each future ends, none is forgotten."""
    inbox, started = Inbox(), threading.Barrier(9, timeout=PATIENCE)

    def many() -> list[Future[None]]:
        started.wait()
        return [inbox.put("pause") for _ in range(500)]

    with ThreadPoolExecutor(9) as pool:
        asked = [pool.submit(many) for _ in range(8)]
        pool.submit(lambda: (started.wait(), inbox.close(EndedError("over"))))
        puts = [future for each in asked for future in each.result(PATIENCE)]
    assert len(puts) == 4000
    assert {type(future.exception(PATIENCE)) for future in puts} == {EndedError}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(Sessions(), port=0, warm=False)
    made.start()
    yield made
    made.close()


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "PATCH rate": ("PATCH", "", {"rate": 0.5}),
    "PATCH weight": ("PATCH", "", {"weight": {"layer": 0, "array": "bias", "index": [0], "value": 1.0}}),
    "PATCH speed": ("PATCH", "", {"speed": 5.0}),
    "PATCH stop": ("PATCH", "", {"stop": {"kind": "steps", "value": 5.0}}),
    **{each: ("POST", "/control", {"action": each}) for each in ("play", "pause", "step", "seek", "fork", "reset")},
}


@pytest.mark.parametrize("way", ["deleted", "the server closes", "training fails"])
def test_requests_are_answered_however_the_run_ends(way: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(server.url, seconds=PATIENCE)
    mark = client.call("POST", "runs", {"configuration": SMALL})["id"]
    trainer = server.lab.run(mark).trainer
    gate = Gate(trainer, monkeypatch, ZeroDivisionError("a lane broke") if way == "training fails" else None)

    def ask(method: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
        address = f"{server.origin}{PREFIX}/runs/{mark}{path}"
        answer = requests.request(method, address, json=body, headers=client.headers, timeout=PATIENCE)
        return answer.status_code, answer.json().get("error", "")

    with ThreadPoolExecutor(len(CHANGES) + 1) as pool:
        asked = {name: pool.submit(ask, *change) for name, change in CHANGES.items()}
        until(lambda: trainer._inbox._waiting.qsize() == len(CHANGES))
        if way == "deleted":
            ending = pool.submit(client.call, "DELETE", f"runs/{mark}")
        elif way == "the server closes":
            ending = pool.submit(server.close)
        else:
            ending = pool.submit(gate.opened.set)
        found = {name: each.result(PATIENCE) for name, each in asked.items()}
        gate.opened.set()
        ending.result(PATIENCE)
    words = "a lane broke" if way == "training fails" else "the run has ended"
    assert {status for status, _ in found.values()} == {404}
    assert all(words in error for _, error in found.values()), found


def test_a_lab_that_closes_begins_no_run() -> None:
    lab = Sessions(default=small())
    lab.close()
    with pytest.raises(EndedError, match="the lab is closing"):
        lab.create_run(lab.default)
    assert not lab.runs
