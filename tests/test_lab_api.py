"""The REST interface: every route, its refusals, and that its document tells the truth. Fuzzed by hypothesis."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from lab_sample import SMALL
from ravine.core import RavineError, forget_compiled
from ravine.lab import LIMITS, Sessions, configuration
from ravine.lab.api import routes
from ravine.lab.openapi import PREFIX, document
from ravine.lab.server import application
from ravine.train.engine.session import _chunk as compiled
from waiting import still, until

HOST = "127.0.0.1:8000"
TOKEN = "secret"


@pytest.fixture(scope="module")
def web(lab: Sessions) -> TestClient:
    app = application(lab, hosts=[HOST], token=TOKEN, port=8000, warm=False)
    headers = {"authorization": f"Bearer {TOKEN}"}
    return TestClient(app, base_url=f"http://{HOST}", headers=headers, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def run(web: TestClient) -> str:
    return str(web.post(f"{PREFIX}/runs", json={"configuration": SMALL}).json()["id"])


def control(web: TestClient, run: str, **asked: Any) -> dict[str, Any]:
    answer = web.post(f"{PREFIX}/runs/{run}/control", json=asked)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_document_lists_the_routes_and_no_others(lab: Sessions) -> None:
    listed = {(method.upper(), path) for path, each in document()["paths"].items() for method in each}
    served = {
        (method, route.path)
        for route in routes(lab)
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert listed == served
    names = [each["operationId"] for path in document()["paths"].values() for each in path.values()]
    assert len(set(names)) == len(names)
    sockets = [route.path for route in routes(lab) if isinstance(route, WebSocketRoute)]
    assert sockets == [f"{PREFIX}/runs/{{id}}/stream"]


def test_the_document_refers_to_schemas_that_are_there(web: TestClient) -> None:
    text = web.get(f"{PREFIX}/openapi.json").text
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert {"RunAsked", "Configuration", "ControlAsked", "LaneChoice"} <= wanted
    assert wanted <= set(document()["components"]["schemas"])


def test_every_path_parameter_is_described() -> None:
    for path, methods in document()["paths"].items():
        for each in methods.values():
            named = {p["name"] for p in each["parameters"] if p["in"] == "path"}
            assert {f"{{{name}}}" for name in named} == set(re.findall(r"{\w+}", path))


def test_the_catalogue(web: TestClient) -> None:
    made = web.get(f"{PREFIX}/catalogue").json()
    assert made["limits"]["lanes"] == LIMITS.lanes
    names = {each["name"] for each in made["datasets"]}
    assert {"circles", "xor", "camera", "digits", "mnist", "painted", "sine"} <= names
    assert len(next(each for each in made["datasets"] if each["name"] == "moons")["thumbnail"]) == 60
    assert all(set(each["title"]) == {"en", "pl"} for each in made["datasets"])
    assert [each["name"] for each in made["rules"]][:3] == ["sgd", "momentum", "nesterov"]
    assert web.post(f"{PREFIX}/runs", json={"configuration": made["defaults"]}).status_code == 201


def test_a_run_begins_paused_and_tells_its_facts(web: TestClient, run: str) -> None:
    control(web, run, action="pause")
    made = web.get(f"{PREFIX}/runs/{run}").json()
    assert (made["state"], made["error"]) == ("paused", None)
    facts = made["facts"]
    assert facts["shapes"] == [[2, 3], [3, 2]]
    assert [layer["params"] for layer in facts["layers"]] == [9, 8]
    assert len(facts["points"]["train"]) == facts["n"]["train"] == 30
    (x0, x1), _ = facts["domain"]
    assert all(x0 < point[0] < x1 for part in facts["points"].values() for point in part)


def test_steps_are_counted_exactly(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    assert control(web, run, action="step")["step"] == 1
    assert control(web, run, action="step", steps=33)["step"] == 34
    made = web.get(f"{PREFIX}/runs/{run}/series", params={"points": 1000}).json()
    assert made["step"] == list(range(34))
    assert len(made["lanes"]) == 2
    assert made["eval"]["step"][0] == 0


def test_play_and_pause(web: TestClient, run: str) -> None:
    before = control(web, run, action="play")
    assert before["state"] == "running"
    until(lambda: web.get(f"{PREFIX}/runs/{run}").json()["step"] > before["step"])
    after = control(web, run, action="pause")
    assert after["state"] == "paused"
    # A change of speed is made between two chunks: were there any, each would have its turn.
    assert still(lambda: web.patch(f"{PREFIX}/runs/{run}", json={"speed": 0}).json()["step"]) == after["step"]


def test_seek_shows_what_was_recorded_and_fork_goes_on_from_it(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    recorded = {}
    for step in (32, 64, 96):
        made = control(web, run, action="step", steps=32)
        assert made["step"] == step
        recorded[step] = (made["lanes"], web.get(f"{PREFIX}/runs/{run}/snapshot", params={"step": step}).json())
    for step in (64, 32, 96):
        sought = control(web, run, action="seek", step=step)
        assert (sought["shown"], sought["step"]) == (step, 96)
        assert sought["lanes"] == recorded[step][0]
        assert web.get(f"{PREFIX}/runs/{run}/snapshot", params={"step": step}).json() == recorded[step][1]
    control(web, run, action="seek", step=33)
    refused = web.patch(f"{PREFIX}/runs/{run}", json={"lane": 0, "rate": 0.2})
    assert refused.status_code == 400
    assert "fork there first" in refused.json()["error"]
    assert control(web, run, action="fork")["step"] == 32
    assert control(web, run, action="step", steps=32)["lanes"] == recorded[64][0]


def test_reset_reproduces(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    first = control(web, run, action="step", steps=50)["lanes"]
    control(web, run, action="reset")
    assert control(web, run, action="step", steps=50)["lanes"] == first


def test_rates_and_weights_change_live(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    weight = {"layer": 0, "array": "kernel", "index": [1, 2], "value": 0.75}
    made = web.patch(f"{PREFIX}/runs/{run}", json={"lane": 1, "rate": 0.5, "weight": weight, "speed": 77}).json()
    assert made["lanes"][1]["rate"] == 0.5
    assert made["speed"] == 77
    seen = web.get(f"{PREFIX}/runs/{run}/snapshot", params={"step": 0, "lane": 1}).json()
    assert seen["weights"][0]["kernel"][1][2] == 0.75
    stop = {"kind": "steps", "value": 20}
    web.patch(f"{PREFIX}/runs/{run}", json={"stop": stop})
    made = control(web, run, action="step", steps=100)
    assert (made["step"], made["state"]) == (20, "stopped")
    control(web, run, action="reset")
    web.patch(f"{PREFIX}/runs/{run}", json={"stop": {"kind": "none"}, "speed": 0})


def test_snapshots_hold_all_views(web: TestClient, run: str) -> None:
    made = web.get(f"{PREFIX}/runs/{run}/snapshot", params={"lane": 1}).json()
    part = made["views"]["map"]
    array = np.frombuffer(base64.b64decode(part["data"]), part["dtype"]).reshape(part["shape"])
    assert array.shape == (2, 2, 100, 100)
    assert {"network.W0", "confusion", "gradients", "histogram", "ratios"} <= set(made["views"])


def test_predictions_show_every_layer(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    made = web.post(f"{PREFIX}/runs/{run}/predict", json={"x": [0.5, -0.25], "lane": 0}).json()
    assert [layer["name"] for layer in made["layers"]] == ["hidden 1", "output"]
    weights = web.get(f"{PREFIX}/runs/{run}/snapshot", params={"step": 0}).json()["weights"]
    hidden = np.tanh(np.array([0.5, -0.25]) @ np.array(weights[0]["kernel"]) + np.array(weights[0]["bias"]))
    np.testing.assert_allclose(made["layers"][0]["values"], hidden, rtol=1e-5)
    assert sum(made["outputs"]) == pytest.approx(1, abs=1e-6)
    for bad in ({"x": [1]}, {"x": [1, 2], "image": [[1, 2]]}, {}, {"x": [1, 2], "lane": 7}, {"x": [1, "a"]}):
        assert web.post(f"{PREFIX}/runs/{run}/predict", json=bad).status_code == 400


def test_the_surface_names_its_plane(web: TestClient, run: str) -> None:
    control(web, run, action="reset")
    assert "one step only" in web.get(f"{PREFIX}/runs/{run}/surface").json()["error"]
    control(web, run, action="step", steps=64)
    made = web.get(f"{PREFIX}/runs/{run}/surface", params={"size": 5}).json()
    assert np.shape(made["loss"]) == (5, 5)
    assert made["lanes"] == {"1 sgd": 0, "2 adam": 1}
    assert len(made["paths"]["1 sgd"]) == len(made["steps"])
    assert 0 <= made["unexplained"] < 1


def test_landscapes(web: TestClient) -> None:
    made = web.get(f"{PREFIX}/landscape/ravine", params={"size": 5}).json()
    assert np.shape(made["z"]) == (5, 5)
    # (x^2 + 50 y^2) / 2 at the lower left corner of its domain
    assert made["z"][0][0] == pytest.approx((made["x"][0] ** 2 + 50 * made["y"][0] ** 2) / 2)
    asked = {"start": [1, 1], "rules": [{"rule": "sgd", "rate": 0.02}, {"rule": "sgd", "rate": 1e3}], "steps": 40}
    slow, lost = web.post(f"{PREFIX}/landscape/ravine", json=asked).json()["paths"]
    assert len(slow["points"]) == 41
    # x shrinks by 1 - 0.02 per step; y by 1 - 0.02 x 50 = 0
    assert slow["points"][40][0] == pytest.approx(0.98**40, rel=1e-5)
    assert slow["diverged_at"] is None
    assert lost["diverged_at"] > 0
    assert lost["points"][-1] == [None, None]
    assert "did you mean 'beale'" in web.get(f"{PREFIX}/landscape/beal").json()["error"]


def test_a_table_is_brought_and_trained_on(web: TestClient) -> None:
    rng = np.random.default_rng(1)
    rows = "\n".join(f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(40, 2)))
    answer = web.post(f"{PREFIX}/datasets", json={"name": "ab.csv", "csv": f"a,b,more\n{rows}\n", "target": "more"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["rows"], made["classes"], made["inputs"]) == (40, ["no", "yes"], 2)
    chosen = {**SMALL, "data": {"name": f"upload:{made['id']}", "n": 40}}
    begun = web.post(f"{PREFIX}/runs", json={"configuration": chosen})
    assert begun.status_code == 201
    assert begun.json()["facts"]["kind"] == "plane"
    assert made["id"] in {each["id"] for each in web.get(f"{PREFIX}/catalogue").json()["uploads"]}
    for bad in ({"name": "a/b.csv"}, {"target": "x"}, {"csv": "\x00"}):
        values = {"name": "ab.csv", "csv": f"a,b,more\n{rows}\n", "target": "more", **bad}
        assert web.post(f"{PREFIX}/datasets", json=values).status_code == 400


def test_uploads_are_few(lab: Sessions) -> None:
    first = lab.upload("t.csv", "a,y\n1,2\n2,3\n", "y")
    for _ in range(LIMITS.uploads):
        lab.upload("t.csv", "a,y\n1,2\n2,3\n", "y")
    assert len(lab.uploads) == LIMITS.uploads
    assert first.id not in lab.uploads


def test_runs_end_and_are_gone(web: TestClient) -> None:
    made = web.post(f"{PREFIX}/runs", json={"configuration": SMALL}).json()["id"]
    assert web.delete(f"{PREFIX}/runs/{made}").status_code == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/series"), ("GET", "/surface"), ("GET", "/export.py")):
        answer = web.request(method, f"{PREFIX}/runs/{made}{path}")
        assert answer.status_code == 404
        assert "begin one" in answer.json()["error"]


def test_the_oldest_idle_run_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = dataclasses.replace(LIMITS, runs=2, runs_playing=1)
    monkeypatch.setitem(Sessions.may_play.__globals__, "LIMITS", fewer)
    lab = Sessions()
    try:
        first, second = (lab.create_run(configuration(SMALL)) for _ in range(2))
        first.trainer.send("play").result()
        lab.create_run(configuration(SMALL))
        assert second.id not in lab.runs
        with pytest.raises(RavineError, match="1 runs are training already"):
            lab.may_play(next(run for run in lab.runs.values() if run is not first))
    finally:
        lab.close()
    assert not lab.runs


@pytest.mark.parametrize(
    ("method", "path", "asked", "words"),
    [
        ("POST", "runs", {"configuration": {"seed": "x"}}, "configuration: seed"),
        ("POST", "runs", {"config": {}}, "unknown key 'config'"),
        ("POST", "runs", [], "must be a JSON object"),
        ("POST", "runs/{run}/control", {"action": "jump"}, "action"),
        ("POST", "runs/{run}/control", {"action": "step", "steps": 10**9}, "less than or equal to 10000"),
        ("PATCH", "runs/{run}", {"lane": 5, "rate": 0.1}, "there is no lane 5"),
        ("PATCH", "runs/{run}", {"weight": {"layer": 0, "index": [9, 9], "value": 0}}, "no entry [9, 9]"),
        ("GET", "runs/{run}/series?points=0", None, "points must be from 1"),
        ("GET", "runs/{run}/series?points=many", None, "must be a whole number"),
        ("GET", "runs/{run}/snapshot?lane=2", None, "lane must be from 0 to 1"),
        ("GET", "runs/{run}/surface?size=10000", None, "size must be from 3 to"),
        ("GET", "runs/{run}/export.py?lang=de", None, "unknown lang 'de'"),
        ("GET", "landscape/ravine?size=100000", None, "size must be from 2 to"),
        ("POST", "landscape/ravine", {"start": [0, 0], "rules": []}, "rules"),
    ],
)
def test_bad_requests_get_their_sentence(
    web: TestClient, run: str, method: str, path: str, asked: object, words: str
) -> None:
    answer = web.request(method, f"{PREFIX}/{path.format(run=run)}", json=asked) if asked is not None else web.request(
        method, f"{PREFIX}/{path.format(run=run)}"
    )  # fmt: skip
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"configuration": {"seed": NaN}}', b"\xff\xfe"])
def test_what_is_no_json_is_refused(web: TestClient, body: bytes) -> None:
    answer = web.post(f"{PREFIX}/runs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml", "/..%2f..%2fsetup.py", "//etc/passwd"]
)
def test_no_path_leads_out_of_the_page(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code in {400, 403, 404}
    assert "root:" not in answer.text
    assert "[project]" not in answer.text


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["sgd", "step", "seek", "play", "kernel", "moons", "", "ż" * 40]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["lane", "rate", "weight", "layer", "index", "value", "action", "steps", "step",
                                       "configuration", "data", "name", "x", "image", "start", "rules", "stop"]),
                      inner, max_size=4),
    max_leaves=10,
)  # fmt: skip
WRITES = [("POST", "runs/{run}/control"), ("PATCH", "runs/{run}"), ("POST", "runs/{run}/predict"),
          ("POST", "landscape/saddle"), ("POST", "datasets")]  # fmt: skip


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WRITES), values)
def test_whatever_is_sent_never_breaks_the_server(
    web: TestClient, run: str, where: tuple[str, str], asked: object
) -> None:
    method, path = where
    text, kind = json.dumps(asked), {"content-type": "application/json"}
    answer = web.request(method, f"{PREFIX}/{path.format(run=run)}", content=text, headers=kind)
    assert answer.status_code in {200, 201, 400, 404, 413}
    if answer.status_code >= 400:
        assert answer.json()["error"]
    assert web.get(f"{PREFIX}/runs/{run}").json()["error"] is None


@pytest.mark.slow
def test_programs_of_many_structures_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX keeps what it has compiled for ever: a server on which networks are changed all day must not."""
    monkeypatch.setitem(Sessions._forget.__globals__, "LIMITS", dataclasses.replace(LIMITS, structures=2))
    lab = Sessions()
    jax.clear_caches()
    forget_compiled()
    try:
        kept = []
        for units in (1, 2, 2, 3, 4, 5):
            layers = {"layers": [{"units": units}]}
            run = lab.create_run(configuration({**SMALL, "network": layers, "lanes": [{"rule": "sgd"}]}))
            run.trainer.send("step").result()
            kept.append(sum(made._cache_size() for made in compiled._made.values()))
            lab.end(run.id)
        # One program for each: after two structures the third begins anew.
        assert kept == [1, 2, 2, 1, 2, 1]
    finally:
        lab.close()
