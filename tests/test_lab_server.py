"""The server and its command: addresses, start and stop; an hour of racing with flat memory (slow)."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from lab_sample import SMALL, small
from ravine.cli.app import app
from ravine.core import RavineError
from ravine.lab import Server, Sessions
from ravine.lab.client import Client
from ravine.lab.server import host_names
from waiting import PATIENCE


def test_start_stop_and_start_again_on_the_same_port() -> None:
    first = Server(Sessions(), port=0, warm=False)
    first.start()
    port = first.port
    client = Client(first.url, seconds=PATIENCE)
    run = client.call("POST", "runs", {"configuration": SMALL})["id"]
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    trainer = first.lab.run(run).trainer
    first.close()
    assert not first.lab.runs
    assert not trainer._thread.is_alive()
    with pytest.raises(requests.ConnectionError):
        requests.get(first.origin, timeout=PATIENCE)
    second = Server(Sessions(), port=port, warm=False)
    second.start()
    assert second.token != first.token
    with pytest.raises(RavineError, match="403"):
        Client(f"{second.origin}/?token={first.token}").call("GET", "openapi.json")
    second.close()


def test_a_port_in_use_is_said() -> None:
    first = Server(Sessions(), port=0, warm=False)
    first.socket.listen()
    with pytest.raises(RavineError, match="choose another --port"):
        Server(Sessions(), port=first.port, warm=False)
    first.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org"])
def test_the_network_is_asked_for_by_name(host: str) -> None:
    with pytest.raises(RavineError, match="add --public"):
        Server(Sessions(), host=host, port=0)
    assert any(name.startswith("localhost:") for name in host_names(host, 80, public=True))


def test_loopback_has_its_names() -> None:
    assert host_names("localhost", 80, public=False) == ("localhost:80", "127.0.0.1:80")
    assert host_names("::1", 80, public=False) == ("[::1]:80", "localhost:80")


def test_what_is_compiled_ahead_is_not_compiled_again() -> None:
    from ravine.train import compiled_chunks

    lab = Sessions(default=small())
    lab.warm()
    before = compiled_chunks()
    run = lab.create_run(lab.default)
    run.trainer.send("step", steps=3).result()
    assert compiled_chunks() == before
    lab.close()


def test_the_command_asks_for_a_target(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,y\n1,2\n2,3\n")
    result = CliRunner().invoke(app, ["lab", "--data", str(table), "--no-browser"])
    assert isinstance(result.exception, RavineError)
    assert "--data and --target go together" in str(result.exception)
    result = CliRunner().invoke(app, ["lab", "--lang", "de", "--no-browser"])
    assert "unknown language 'de'" in str(result.exception)
    result = CliRunner().invoke(app, ["lab", "--host", "0.0.0.0", "--no-browser"])
    assert "add --public" in str(result.exception)


def resident() -> float:
    """This process's memory in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.slow
def test_memory_stays_flat() -> None:
    """A race at full speed with a page that watches, for RAVINE_SOAK_SECONDS (180; 3600 for an hour)."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc on this system")
    seconds = float(os.environ.get("RAVINE_SOAK_SECONDS", "180"))
    server = Server(Sessions(), port=0, warm=False)
    server.start()
    client = Client(server.url, seconds=PATIENCE)
    run = client.call("POST", "runs", {"configuration": SMALL})["id"]
    client.call("POST", f"runs/{run}/control", {"action": "play"})
    began, settled, expected = time.monotonic(), None, 0
    for header, arrays in client.frames(run, ["loss", "map", "network", "gradients", "histograms"]):
        steps = arrays["loss.step"]
        if len(steps):
            assert steps[0] == expected
            expected = int(steps[-1]) + 1
        passed = time.monotonic() - began
        if header["state"] == "stopped":
            client.call("POST", f"runs/{run}/control", {"action": "reset"})
            client.call("POST", f"runs/{run}/control", {"action": "play"})
            expected = 0
        # The ring of losses and the snapshots have filled up after the first third.
        if settled is None and passed > seconds / 3:
            gc.collect()
            settled = resident()
        if passed > seconds:
            break
    gc.collect()
    grown = resident() - settled
    print(f"{expected} steps in {seconds:g} s; {settled:.0f} MB, and {grown:+.1f} MB in the last two thirds")
    server.close()
    assert grown < 30
