"""Requests that nobody sends by mistake: absurd numbers, deep or broken JSON. Each gets its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from lab_sample import SMALL, small
from ravine.core import RavineError
from ravine.lab import LIMITS, Server, Sessions
from ravine.lab.client import Client
from ravine.lab.openapi import PREFIX
from ravine.lab.requests import decoded
from ravine.lab.stream import read_message
from waiting import PATIENCE


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(Sessions(default=small()), port=0, warm=False)
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def run(server: Server) -> str:
    return str(Client(server.url, seconds=PATIENCE).call("POST", "runs", {"configuration": SMALL})["id"])


def asked(server: Server, method: str, path: str, body: str | None = None) -> requests.Response:
    headers = {**Client(server.url).headers, "content-type": "application/json"}
    content = None if body is None else body.encode()
    return requests.request(method, f"{server.origin}{PREFIX}/{path}", data=content, headers=headers, timeout=PATIENCE)


HUGE = "9" * 400
WRITES = ("runs", "runs/{run}", "runs/{run}/control", "runs/{run}/predict", "datasets", "landscape/ravine")
BODIES = {
    "deep": '{"configuration": ' + '{"a":' * 900 + "1" + "}" * 900 + "}",
    "very deep": "[" * 100_000,
    "half a character": '{"name": "\\ud800", "csv": "a,y\\n1,2", "target": "y"}',
    "half a key": '{"\\udfff": 1}',
    "half a rule": '{"configuration": {"lanes": [{"rule": "\\uD83D"}]}}',
    "not a number": '{"rate": NaN}',
    "infinite": '{"rate": 1e999}',
    "no list": '{"x": 1, "lane": 1e999}',
    "a huge number": f'{{"rate": {HUGE}, "steps": {HUGE}, "step": {HUGE}}}',
    "a number of many digits": f'{{"steps": {"9" * 5000}}}',
    "a long value": json.dumps({"action": "x" * 100_000}),
    "a list": "[1]",
    "nothing": "",
    "no text": "\u0000",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", WRITES)
def test_absurd_bodies_get_a_sentence(server: Server, run: str, path: str, body: str) -> None:
    method = "PATCH" if path == "runs/{run}" else "POST"
    answer = asked(server, method, path.format(run=run), body)
    assert answer.status_code == 400
    assert 10 < len(answer.json()["error"]) < 2_000


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "units": {"network": {"layers": [{"units": 10**9}]}},
    "units of many digits": {"network": {"layers": [{"units": 10**300}]}},
    "layers": {"network": {"layers": [{"units": 1}] * 10_000}},
    "all units": {"network": {"layers": [{"units": LIMITS.units}] * LIMITS.layers}, "data": {"name": "digits"}},
    "examples": {"data": {"name": "moons", "n": 10**12}},
    "lanes": {"lanes": [{}] * 5_000},
    "batch": {"batch": {"kind": "mini", "size": 10**12}},
    "seed": {"seed": 2**63},
    "span": {"lanes": [{"schedule": "cosine", "span": 1e300}]},
    "rate": {"lanes": [{"rate": 1e300}]},
    "option": {"lanes": [{"rule": "adam", "options": {"b1": 1e300}}]},
    "speed": {"speed": 1e300},
    "stop": {"stop": {"kind": "steps", "value": 1e300}},
    "points": {"data": {"name": "painted", "points": [[1e300, 0, 0], [0, 0, 1]]}},
    "classes": {"data": {"name": "painted", "points": [[0, 0, 10**12], [0, 0, 1]]}},
    "weights": {"network": {"weights": [{"kernel": [[1.0] * 5_000] * 2, "bias": [0.0] * 5_000}]}},
}


@pytest.mark.parametrize("changes", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_absurd_configurations_are_refused_before_anything_is_made(
    server: Server, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: Any, **__: Any) -> Any:
        raise AssertionError("weights were made")

    monkeypatch.setattr("ravine.nn.Network.init", made)
    answer = asked(server, "POST", "runs", json.dumps({"configuration": {**SMALL, **changes}}))
    if changes is CONFIGURATIONS["all units"]:
        # 64 inputs, seven matrices of 512 x 512 and a last one are within the limit of parameters: they may be made.
        assert "weights were made" in answer.json()["error"]
        return
    assert answer.status_code == 400
    assert "weights were made" not in answer.json()["error"]


@pytest.mark.parametrize(
    "query",
    [
        f"series?from={2**63}", f"series?from={HUGE}", "series?from=-1", f"series?points={10**12}", "series?to=1e9",
        f"snapshot?step={2**64}", "snapshot?lane=8", "surface?size=100000", "snapshot?step=%ED%A0%80",
        f"series?from={'9' * 5000}", "export.html?lang=xx", "export.html?lane=99",
    ],
)  # fmt: skip
def test_absurd_queries_get_a_sentence(server: Server, run: str, query: str) -> None:
    answer = asked(server, "GET", f"runs/{run}/{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"do": "subscribe", "from": {2**63}}}', f'{{"do": "subscribe", "from": {HUGE}}}',
        '{"do": "subscribe", "from": -1}', f'{{"do": "ack", "f": {HUGE}}}', '{"do": "subscribe", "fps": 1e999}',
        '{"do": "subscribe", "views": ["\\ud800"]}', '{"do": "\\udc00"}', '{"a":' * 500 + "1" + "}" * 500,
        '{"do": ' + "[" * 60 + "]" * 60 + "}", '{"do": "subscribe", "lane": 1e300}',
    ],
)  # fmt: skip
def test_absurd_messages_get_a_sentence(server: Server, run: str, text: str) -> None:
    with pytest.raises(RavineError):
        read_message(text)
    with Client(server.url, seconds=PATIENCE).connect(run) as socket:
        socket.send(text)
        assert json.loads(socket.recv())["error"].startswith("message: ")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


def test_the_furthest_step_is_not_absurd(server: Server, run: str) -> None:
    with Client(server.url, seconds=PATIENCE).connect(run) as socket:
        socket.send(json.dumps({"do": "subscribe", "views": ["loss"], "from": LIMITS.steps}))
        assert isinstance(socket.recv(), bytes)


def test_whole_characters_outside_the_plane_are_text() -> None:
    assert decoded('{"name": "\\ud83d\\ude00"}') == {"name": "\U0001f600"}
    assert decoded("[" * 64 + "]" * 64)
    with pytest.raises(RavineError, match="more than 64 levels deep"):
        decoded("[" * 66 + "]" * 66)
