"""The widget's side in the kernel: messages as a front end sends them, answers and frames as it hears them."""

from __future__ import annotations

import builtins
import importlib
import json
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="anywidget is not here")

from lab_sample import SMALL
from ravine.core import RavineError
from ravine.lab import Sessions, configuration, decode
from ravine.lab.in_process import Channel
from ravine.train import load_model
from ravine.widget import Lab
from waiting import PATIENCE, still

Heard = queue.SimpleQueue[tuple[dict[str, Any], list[bytes]]]


class FrontEnd:
    """What a browser is to the kernel: it sends messages and hears others, some of which it waits for."""

    def __init__(self, send: Callable[[dict[str, Any]], None], heard: Heard) -> None:
        self.send, self.heard = send, heard
        self.kept: list[tuple[dict[str, Any], list[bytes]]] = []
        self.mark = 10**12

    def wait(self, **wanted: Any) -> tuple[dict[str, Any], bytes]:
        """The first message with these values, its buffer with it; the others stay."""
        for place, (content, buffers) in enumerate(self.kept):
            if wanted.items() <= content.items():
                del self.kept[place]
                return content, b"".join(buffers)
        deadline = time.monotonic() + PATIENCE
        while True:
            content, buffers = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            if wanted.items() <= content.items():
                return content, b"".join(buffers)
            self.kept.append((content, buffers))

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        self.mark += 1
        text = None if body is None else json.dumps(body)
        self.send({"kind": "request", "id": self.mark, "method": method, "path": path, "body": text})
        content, answer = self.wait(kind="answer", id=self.mark)
        return content["status"], answer

    def json(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.ask(method, path, body)
        assert status < 400, answer
        return json.loads(answer) if answer else None

    def begin(self) -> str:
        """A run of the configuration that the catalogue names, as the page begins one."""
        made = self.json("POST", "runs", {"configuration": self.json("GET", "catalogue")["defaults"]})
        return str(made["id"])

    def open(self, run: str) -> int:
        self.mark += 1
        self.send({"kind": "open", "id": self.mark, "path": f"runs/{run}/stream"})
        self.wait(kind="opened", id=self.mark)
        return self.mark

    def subscribe(self, mark: int, **values: Any) -> None:
        self.send({"kind": "send", "id": mark, "text": json.dumps({"do": "subscribe", **values})})

    def frame(self, mark: int, *, acknowledged: bool = True) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        header, arrays = decode(self.wait(kind="frame", id=mark)[1])
        if acknowledged:
            self.send({"kind": "send", "id": mark, "text": json.dumps({"do": "ack", "f": header["f"]})})
        return header, arrays


class Comm:
    """What carries a widget's messages, with a front end at the other end."""

    comm_id = "of-a-test"

    def __init__(self) -> None:
        self.front = FrontEnd(self._to_kernel, queue.SimpleQueue())
        self.closed = False
        self.callback: Callable[[Mapping[str, Any]], None] = lambda message: None

    def on_msg(self, callback: Callable[[Mapping[str, Any]], None]) -> None:
        self.callback = callback

    def send(self, data: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        assert data["method"] == "custom"
        self.front.heard.put((data["content"], buffers or []))

    def close(self) -> None:
        self.closed = True

    def _to_kernel(self, content: dict[str, Any]) -> None:
        self.callback({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def shown(lab: Lab) -> FrontEnd:
    comm = Comm()
    lab.comm = comm
    return comm.front


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    made = Lab(SMALL)
    yield made
    made.close()


@pytest.fixture(scope="module")
def front(lab: Lab) -> FrontEnd:
    return shown(lab)


@pytest.fixture(scope="module")
def run(front: FrontEnd) -> str:
    run = front.begin()
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 20})
    return run


def test_requests_are_answered_as_the_server_answers_them(lab: Lab, front: FrontEnd, run: str) -> None:
    standing = front.json("GET", f"runs/{run}")
    assert configuration(standing["configuration"]) == configuration(SMALL) == lab.configuration
    assert (standing["step"], standing["state"]) == (20, "paused")
    assert len(front.json("GET", f"runs/{run}/series?points=5")["step"]) == 5
    front.json("PATCH", f"runs/{run}", {"lane": 0, "rate": 0.2})
    assert front.json("GET", f"runs/{run}")["lanes"][0]["rate"] == 0.2
    status, program = front.ask("GET", f"runs/{run}/export.py")
    assert (status, program.startswith(b'"""')) == (200, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "runs/none", None, 404, "there is no run 'none'"),
        ("POST", "runs", {"configuration": {"lanes": [{"rule": "adem"}]}}, 400, "did you mean 'adam'"),
        ("POST", "runs", {"what": 1}, 400, "what"),
        ("GET", "nothing/here", None, 404, "there is no page '/api/v1/nothing/here'"),
        ("DELETE", "catalogue", None, 405, "DELETE is not understood at '/api/v1/catalogue'"),
    ],
)
def test_what_cannot_be_done_is_said(
    front: FrontEnd, method: str, path: str, body: Any, status: int, said: str
) -> None:
    found, answer = front.ask(method, path, body)
    assert (found, said in answer.decode()) == (status, True), answer


def test_frames_come_on_credit(lab: Lab, front: FrontEnd, run: str) -> None:
    mark = front.open(run)
    front.subscribe(mark, views=["loss"], fps=60)
    header, arrays = front.frame(mark, acknowledged=False)
    assert (header["f"], header["step"], len(arrays["loss.step"])) == (1, 20, 20)
    steps = arrays["loss.step"].tolist()
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 5})
    header, arrays = front.frame(mark, acknowledged=False)
    assert header["f"] == 2
    # The losses may come before the picture that follows them.
    steps += arrays["loss.step"].tolist()
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 5})
    # What is asked is answered in the same loop that sends frames, which has its turn each time.
    still(lambda: front.json("GET", f"runs/{run}")["step"])
    assert front.kept == []
    front.send({"kind": "send", "id": mark, "text": '{"do": "ack", "f": 2}'})
    while header["step"] < 30 or len(steps) < 30:
        header, arrays = front.frame(mark)
        steps += arrays["loss.step"].tolist()
    assert steps == list(range(30))
    front.send({"kind": "close", "id": mark})
    front.wait(kind="closed", id=mark)
    assert lab.run.trainer.watchers == {}


def test_a_stream_of_nothing_is_closed_and_a_rude_one_told(front: FrontEnd, run: str) -> None:
    front.send({"kind": "open", "id": 5, "path": "runs/none/stream"})
    front.wait(kind="closed", id=5)
    mark = front.open(run)
    front.send({"kind": "send", "id": mark, "text": "{}"})
    assert "do must be" in front.wait(kind="text", id=mark)[0]["text"]
    front.wait(kind="closed", id=mark)


def test_what_is_no_message_is_passed_over(front: FrontEnd) -> None:
    for content in ({}, {"kind": "request", "id": "1"}, {"kind": "send", "id": 10**9, "text": "{}"}, {"kind": "no"}):
        front.send(content)
    front.send({"kind": "alive"})
    front.wait(kind="alive")


def test_the_notebook_goes_on_with_what_was_learned(lab: Lab, front: FrontEnd, run: str, tmp_path: Any) -> None:
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 1})
    kernel, bias = lab.weights(1)[0]
    assert (kernel.shape, bias.shape) == ((2, 3), (3,))
    picture = lab.run.trainer.picture
    x = lab.run.setup.dataset.train.x
    np.testing.assert_allclose(lab.model(1).predict(x), picture.outputs(1, x), rtol=1e-6)
    steps, losses = lab.losses()
    assert losses.shape == (2, len(steps)) == (2, picture.step)
    saved = load_model(lab.save(tmp_path / "m.safetensors", lane=1))
    np.testing.assert_array_equal(saved.variables.params[0]["kernel"], kernel)
    assert 'data-ravine="record"' in lab.save(tmp_path / "r.html").read_text(encoding="utf-8")
    with pytest.raises(RavineError, match="unknown suffix 'htm': did you mean"):
        lab.save(tmp_path / "r.htm")
    with pytest.raises(RavineError, match="unknown lane 2"):
        lab.weights(2)


def test_the_page_of_the_documentation_runs(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).resolve().parent.parent / "docs" / "notebook.md").read_text()
    first, second = re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(first, names)
    front = shown(names["lab"])
    run = front.begin()
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 2})
    exec(second, names)
    assert (names["losses"].shape, names["kernel"].shape) == ((2, 2), (2, 4))
    assert names["again"].configuration == names["lab"].configuration
    assert (tmp_path / "race.html").stat().st_size > 100_000
    for name in ("lab", "again"):
        names[name].close()


def test_two_widgets_know_nothing_of_each_other(front: FrontEnd, run: str) -> None:
    other = Lab(configuration(SMALL), seed=9)
    second = shown(other)
    assert second.ask("GET", f"runs/{run}")[0] == 404
    theirs = second.begin()
    assert front.ask("GET", f"runs/{theirs}")[0] == 404
    assert other.configuration.seed == 9
    other.close()
    front.send({"kind": "alive"})
    front.wait(kind="alive")


def test_a_run_ends_with_the_page_and_stays_to_be_read() -> None:
    lab = Lab(SMALL)
    front = shown(lab)
    run = front.begin()
    front.json("POST", f"runs/{run}/control", {"action": "step", "steps": 3})
    mark = front.open(run)
    assert front.ask("DELETE", f"runs/{run}")[0] == 204
    assert "has ended" in front.wait(kind="text", id=mark)[0]["text"]
    front.wait(kind="closed", id=mark)
    assert len(lab.losses()[0]) == 3
    comm = lab.comm
    lab.close()
    assert comm.closed
    assert not any(each.name == "ravine-race" and each is lab.run.trainer._thread for each in threading.enumerate())
    lab.close()


def test_a_page_that_went_without_a_word_is_not_trained_for() -> None:
    sessions = Sessions(default=configuration(SMALL))
    heard: Heard = queue.SimpleQueue()
    channel = Channel(sessions, lambda content, buffers: heard.put((content, buffers)), silent=0.4)
    front = FrontEnd(channel.take, heard)
    mark = front.open(run := front.begin())
    front.subscribe(mark, views=["loss"])
    front.frame(mark, acknowledged=False)
    front.wait(kind="closed", id=mark)
    assert sessions.run(run).trainer.watchers == {}
    # It comes back, and opens its stream anew.
    front.send({"kind": "open", "id": mark, "path": f"runs/{run}/stream"})
    front.wait(kind="opened", id=mark)
    channel.close()
    assert channel.closed
    channel.take({"kind": "alive"})


def test_tables_of_ones_own() -> None:
    import pandas as pd
    import polars as pl

    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 2))
    names = np.where(x[:, 0] > 0, "yes", "no")
    frame = {"a": x[:, 0], "b": x[:, 1], "y": names}
    for table in (pl.DataFrame(frame), pd.DataFrame(frame), (x, names)):
        lab = Lab(table=table, lanes=[{"rule": "adam", "rate": 0.1}])
        front = shown(lab)
        run = front.begin()
        facts = front.json("GET", f"runs/{run}")["facts"]
        assert (facts["classes"], facts["inputs"], sum(facts["n"].values())) == (["no", "yes"], 2, 30)
        lab.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"configuration": 3}, "must be a Configuration or a dictionary, got int"),
        ({"lanes": [{"rule": "adem"}]}, "did you mean 'adam'"),
        ({"langage": "pl"}, "langage"),
        ({"language": "de"}, "unknown language 'de'"),
        ({"table": [1, 2]}, "must be a frame of polars or pandas or a pair of arrays, got list"),
        ({"table": (np.zeros(3), np.zeros(3))}, r"got \(3,\) and \(3,\)"),
        ({"table": (np.zeros((3, 2)), np.zeros(3)), "data": {"name": "moons"}}, "data and table are both given"),
    ],
)
def test_what_it_cannot_begin_with_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RavineError, match=said):
        Lab(**given)


def test_without_a_kernel_it_says_what_to_do() -> None:
    lab = Lab(SMALL, language="pl")
    shown(lab)
    data, _ = lab._repr_mimebundle_()
    assert data["text/html"] == "<p>Laboratorium Ravine wymaga działającego jądra: uruchom tę komórkę.</p>"
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == "of-a-test"
    assert lab.get_state("language") == {"language": "pl"}
    lab.close()


def test_without_anywidget_it_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import ravine.widget

    def refused(name: str, *more: Any, **named: Any) -> Any:
        if name == "anywidget":
            raise ImportError(name)
        return known(name, *more, **named)

    known = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refused)
    with pytest.raises(ImportError, match=r'pip install "ravine\[notebook\]"'):
        importlib.reload(ravine.widget)
    monkeypatch.undo()
    importlib.reload(ravine.widget)
