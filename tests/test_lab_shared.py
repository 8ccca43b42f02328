"""What a lecturer hands on: links that open in anybody's lab, networks that suit the data, exports in Polish."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests
from typer.testing import CliRunner

from lab_sample import SMALL, small
from ravine.cli.app import app
from ravine.core import RavineError
from ravine.lab import Engine, Sessions, configuration, prepared_setup
from ravine.lab.catalogue import catalogue
from ravine.lab.client import Client
from ravine.lab.exports import export
from ravine.lab.links import configuration_of_link, link_of
from ravine.lab.openapi import PREFIX
from ravine.lab.sessions import LabRun
from ravine.lab.uploads import read_upload
from waiting import PATIENCE, until


def as_the_page_writes(values: dict[str, Any]) -> str:
    """As web/src/core/hash.ts has it: base64 of compact JSON, two signs replaced, no padding."""
    text = base64.b64encode(json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()).decode()
    return text.replace("+", "-").replace("/", "_").rstrip("=")


@pytest.mark.parametrize("n", range(40, 46))
def test_the_links_of_the_page_are_read(n: int) -> None:
    """Lengths that need no, one and two signs of padding are among them."""
    values = {**SMALL, "data": {"name": "moons", "n": n * 7}}
    for address in ("http://127.0.0.1:8765/#", "http://localhost:1/?lang=pl#", "#", ""):
        assert configuration_of_link(address + as_the_page_writes(values)) == configuration(values)
    whole = small(data={"name": "moons", "n": n})
    assert configuration_of_link(link_of(whole)) == whole


@pytest.mark.parametrize(
    "link", ["", "#", "http://127.0.0.1:8765/?token=abc", "#ąę", "#" + "A" * 10**6, "#e30x=", "#" + "Ww" * 3]
)
def test_other_links_are_refused(link: str) -> None:
    with pytest.raises(RavineError, match=r"no configuration can be read|must be an object"):
        configuration_of_link(link)


def test_what_is_wrong_in_a_link_is_named() -> None:
    with pytest.raises(RavineError, match="unknown rule 'adem': did you mean 'adam'"):
        configuration_of_link(as_the_page_writes({"lanes": [{"rule": "adem"}]}))


def test_a_table_does_not_travel_in_a_link() -> None:
    link = as_the_page_writes({"data": {"name": "upload:abc", "test": 0.5}, "seed": 9})
    with pytest.raises(RavineError, match="bring it again with --data and --target"):
        configuration_of_link(link)
    made = configuration_of_link(link, read_upload("xyz", "t.csv", "a,y\n1,2\n3,4\n", "y"))
    assert (made.data.name, made.data.test, made.seed) == ("upload:xyz", 0.5, 9)
    with pytest.raises(RavineError, match="'moons', and no table of your own"):
        configuration_of_link(as_the_page_writes(SMALL), read_upload("xyz", "t.csv", "a,y\n1,2\n3,4\n", "y"))


def test_the_command_takes_a_link() -> None:
    result = CliRunner().invoke(app, ["lab", "http://127.0.0.1:8765/#nonsense", "--no-browser"])
    assert "link: no configuration can be read from it" in str(result.exception)


class Command:
    """`ravine lab` as a process of its own."""

    def __init__(self, *options: str) -> None:
        # Its temporary compiled programs are this process's; its output is read as it comes.
        command = [sys.executable, "-u", "-m", "ravine", "lab", *options, "--port", "0", "--no-browser"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address is not None, said
        self.client = Client(address[0], seconds=PATIENCE)


@pytest.fixture
def command() -> Iterator[Command]:
    made = Command("#" + as_the_page_writes({**SMALL, "seed": 77}), "--lang", "pl")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.mark.slow
def test_sigterm_ends_the_lab_and_nobody_is_left_waiting(command: Command) -> None:
    """It begins with the link's configuration; ten thousand steps are under way when it is told to end."""
    client = command.client
    assert client.call("GET", "catalogue")["defaults"]["seed"] == 77
    wide = {**SMALL, "network": {"layers": [{"units": 512}] * 4}}
    run = client.call("POST", "runs", {"configuration": wide})["id"]
    address = f"http://{client.host}{PREFIX}/runs/{run}/control"

    def ask(body: dict[str, Any]) -> requests.Response:
        return requests.post(address, json=body, headers=client.headers, timeout=PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        steps: Future[requests.Response] = pool.submit(ask, {"action": "step", "steps": 10_000})
        until(lambda: client.call("GET", f"runs/{run}")["step"] > 0)
        waiting = pool.submit(ask, {"action": "pause"})
        command.process.send_signal(signal.SIGTERM)
        answers = [each.result(PATIENCE) for each in (steps, waiting)]
    assert [each.status_code for each in answers] == [404, 404]
    assert all("the run " in each.json()["error"] for each in answers)
    _, said = command.process.communicate(timeout=PATIENCE)
    assert (command.process.returncode, said) == (143, "")
    assert threading.active_count() < 50


@pytest.fixture(scope="module")
def run() -> Iterator[LabRun]:
    lab = Sessions()
    made = lab.create_run(small(data={"name": "moons", "n": 40, "test": 0.25}, batch={"kind": "stream", "size": 4}))
    made.trainer.send("rate", lane=0, rate=0.2).result()
    made.trainer.send("step", steps=64).result()
    yield made
    lab.close()


def words(kind: str, content: bytes) -> list[str]:
    """What a person reads in an export: comments, documentation, texts, labels."""
    text = content.decode()
    if kind == "ipynb":
        cells = json.loads(text)["cells"]
        code = "\n".join("".join(each["source"]) for each in cells if each["cell_type"] == "code")
        texts = ["".join(each["source"]) for each in cells if each["cell_type"] == "markdown"]
        return texts + words("py", code.encode())
    if kind == "py":
        found = [line.strip() for line in text.splitlines() if line.strip().startswith(("#", '"""'))]
        return found + re.findall(r"[xy]label='(.*?)'", text) + re.findall(r"\(f\"(.*?) \{each", text)
    bare = re.sub(r"<(script|style|code)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.findall(r">\s*([^<>]*[A-Za-z]{3}[^<>]*?)\s*<", bare)


@pytest.mark.parametrize("kind", ["py", "ipynb", "html"])
def test_polish_exports_are_polish_throughout(run: LabRun, kind: str) -> None:
    """No sentence of the English export stands in the Polish one, names and numbers excepted."""
    english, polish = (set(words(kind, export(run, kind, 0, language))) for language in ("en", "pl"))
    assert len(english) > 8
    # In figures the place where a way begins is called the same in both.
    kept = {each for each in (english & polish) - {"start"} if re.search(r"[a-z]{3} [a-z]{2}|[A-Za-z]{5}", each)}
    # Names: the page's own, those of rules, and the table of layers, which is Keras's.
    names = r"ravine|sgd|adam|Layer \(type\)|dense|params|_{9}|={9}|Ravine|min\b|matplotlib|Matplotlib"
    assert {each for each in kept if not re.search(names, each)} == set()


def test_what_runs_of_an_export_is_the_same_in_both_languages(run: LabRun) -> None:
    def code(language: str) -> list[str]:
        lines = export(run, "py", 0, language).decode().splitlines()
        return [line for line in lines if not line.strip().startswith(("#", '"""', "print("))]

    assert code("en") == code("pl")
    compile(export(run, "py", 0, "pl"), "run.py", "exec")


def test_each_data_set_has_a_network_that_may_be_begun_with() -> None:
    made = catalogue(configuration({}), [])
    for entry in made["datasets"]:
        layers = configuration({"network": {"layers": entry["network"]}}).network.layers
        assert [each.model_dump(mode="json") for each in layers] == entry["network"]
    assert {entry["name"] for entry in made["datasets"]} >= {"digits", "mnist", "painted"}


def reached(name: str, layers: Any, steps: int) -> float:
    """The accuracy on the test part after *steps* of Adam at the default configuration's rate."""
    asked = {"data": {"name": name}, "network": {"layers": layers}, "lanes": [{"rule": "adam", "rate": 0.01}]}
    race = Engine(prepared_setup(configuration(asked)))
    while race.step < steps:
        race.advance(steps)
    return float(race.measure()[0, 3])


def test_the_network_of_the_digits_suits_them() -> None:
    entry = next(each for each in catalogue(configuration({}), [])["datasets"] if each["name"] == "digits")
    plain = configuration({}).network.layers
    suited, leftover = reached("digits", entry["network"], 300), reached("digits", plain, 300)
    # Ten classes by four units of the default network: what the page went on with.
    assert suited > 0.9
    assert suited > leftover + 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "steps", "least"),
    [("circles", 1500, 0.9), ("moons", 1500, 0.9), ("xor", 1500, 0.9), ("camera", 4000, 0.9), ("blobs", 1000, 0.85)],
)
def test_the_networks_suit_their_data(name: str, steps: int, least: float) -> None:
    """Clouds of points overlap: nobody tells all of them apart."""
    entry = next(each for each in catalogue(configuration({}), [])["datasets"] if each["name"] == name)
    assert reached(name, entry["network"], steps) > least


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spirals", "checkerboard"])
def test_the_networks_of_winding_data_are_better_than_the_leftover(name: str) -> None:
    """With few noisy examples no network reaches the heights; four tanh units a layer lag by 0.05 or more."""
    entry = next(each for each in catalogue(configuration({}), [])["datasets"] if each["name"] == name)
    plain = configuration({}).network.layers
    assert reached(name, entry["network"], 4000) > reached(name, plain, 4000) + 0.05
