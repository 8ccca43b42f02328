"""The widget in real notebooks: JupyterLab and marimo, in a real browser. Skipped where one of them is not here."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anywidget", reason="anywidget is not here")
pytestmark = pytest.mark.slow

SECONDS = 60.0  # that a notebook's server and kernel may take to start on a busy machine
FEWEST = 5.0  # frames per second; 25 on a machine with nothing else to do
SOURCE = """from ravine.widget import Lab
lab = Lab(data={"name": "moons", "n": 60}, lanes=[{"rule": "adam", "rate": 0.05}])
lab"""
AFTER = "print('learned', lab.weights()[0][0].shape, lab.losses()[1].shape[1], lab.configuration.lanes[0].rule)"


class Notebook:
    """A notebook's server, a browser at it, and what the page said."""

    def __init__(self, browser: Any, command: list[str], port: int, path: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.page.set_default_timeout(1000 * SECONDS)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.until(lambda: self._answers(port))
        self.page.goto(f"http://127.0.0.1:{port}{path}")

    def _answers(self, port: int) -> bool:
        assert self.process.poll() is None, "the server ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.wrong
            time.sleep(0.05)

    def data(self, name: str) -> str:
        return str(self.page.locator(".ravine-lab").first.get_attribute(f"data-{name}"))

    def loss(self) -> float:
        """What the lane's card says of the loss: "98% · 0.051"."""
        return float(self.page.locator(".lane .state").first.inner_text().rpartition("·")[2])

    def end(self) -> None:
        self.page.close()
        self.process.terminate()
        self.process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def jupyter(browser: Any, folder: Path) -> Notebook:
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for k, source in enumerate((SOURCE, AFTER))
    ]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    made = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (folder / "lab.ipynb").write_text(json.dumps(made))
    port = free_port()
    command = ["jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=secret", f"--ServerApp.root_dir={folder}"]
    own = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_DATA_DIR": str(folder / "data")}
    made_here = Notebook(browser, command, port, "/lab/tree/lab.ipynb?token=secret&reset", own)
    made_here.page.wait_for_selector(".jp-CodeCell")
    # A cell that runs before JupyterLab has met its kernel is dropped, or its widget is not found.
    made_here.page.wait_for_selector(".jp-StatusBar-Widget >> text=/\\| Idle$/")
    time.sleep(4)
    return made_here


def marimo(browser: Any, folder: Path) -> Notebook:
    body = SOURCE.replace("\n", "\n    ")
    cell = f"@app.cell\ndef _():\n    {body}\n    return (lab,)\n"
    (folder / "lab.py").write_text(f"import marimo\n\napp = marimo.App()\n\n\n{cell}")
    port = free_port()
    command = ["marimo", "-q", "run", "--headless", "--no-token", "--port", str(port), str(folder / "lab.py")]
    return Notebook(browser, command, port, "/", {"HOME": str(folder)})


def run_cell(notebook: Notebook, place: int) -> None:
    """Run a cell until it has another number; a page that is not ready yet takes no notice, and is asked again."""
    cell = notebook.page.locator(".jp-CodeCell").nth(place)
    before = number = cell.locator(".jp-InputPrompt").inner_text()
    deadline = time.monotonic() + SECONDS
    while number == before:
        assert time.monotonic() < deadline, "the cell does not run"
        cell.locator(".jp-InputArea-editor").click()
        notebook.page.keyboard.press("Control+Enter")
        time.sleep(1)
        while (number := cell.locator(".jp-InputPrompt").inner_text()) == "[*]:":
            assert time.monotonic() < deadline, "the cell does not end"
            time.sleep(0.1)


@pytest.mark.parametrize("kind", ["jupyterlab", "marimo"])
def test_it_trains_in(kind: str, browser: Any, tmp_path: Path) -> None:
    if importlib.util.find_spec(kind) is None:
        pytest.skip(f"{kind} is not here")
    notebook = (jupyter if kind == "jupyterlab" else marimo)(browser, tmp_path)
    try:
        notebook.wrong.clear()
        if kind == "jupyterlab":
            run_cell(notebook, 0)
        page = notebook.page
        page.wait_for_selector(".ravine-lab[data-run]")
        notebook.until(lambda: notebook.data("state") == "paused")
        notebook.until(lambda: page.locator(".lane .state").first.inner_text() != "")
        first = notebook.loss()
        page.click("[data-key=play]")
        notebook.until(lambda: int(notebook.data("end")) > 100)
        frame, began = int(notebook.data("frame")), time.monotonic()
        time.sleep(5)
        frames = (int(notebook.data("frame")) - frame) / (time.monotonic() - began)
        print(f"{kind}: {frames:.1f} frames/s")
        assert frames > FEWEST
        page.click("[data-key=play]")
        notebook.until(lambda: notebook.data("state") == "paused")
        end = notebook.data("end")
        time.sleep(0.5)
        assert notebook.data("end") == end
        assert notebook.loss() < 0.7 * first
        if kind == "jupyterlab":
            run_cell(notebook, 1)
            page.wait_for_selector(f"text=learned (2, 4) {end} adam")
            # The cell is run again: a new lab takes the place of the old one.
            run_cell(notebook, 0)
            notebook.until(lambda: notebook.data("end") == "0" and notebook.data("state") == "paused")
        assert notebook.wrong == []
    finally:
        notebook.end()
