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

from waiting import PATIENCE, still, until

pytest.importorskip("anywidget", reason="anywidget is not here")
pytestmark = pytest.mark.slow

AGAIN = 10.0  # seconds after which a page that took no notice is asked again
FRAMES = 50  # that must come while it trains, however long they take
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
        self.page.set_default_timeout(1000 * PATIENCE)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.until(lambda: self._answers(port))
        self.page.goto(f"http://127.0.0.1:{port}{path}")

    def _answers(self, port: int) -> bool:
        assert self.process.poll() is None, "the server ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def until(self, condition: Callable[[], bool]) -> None:
        until(condition, lambda: self.wrong)

    def data(self, name: str) -> str:
        return str(self.page.locator(".ravine-lab").first.get_attribute(f"data-{name}"))

    def loss(self) -> float:
        """What the lane's card says of the loss: "98% · 0.051"."""
        return float(self.page.locator(".lane .state").first.inner_text().rpartition("·")[2])

    def end(self) -> None:
        self.page.close()
        self.process.terminate()
        self.process.wait(PATIENCE)


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
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()

    def ran() -> bool:
        cell.locator(".jp-InputArea-editor").click()
        notebook.page.keyboard.press("Control+Enter")
        # One that runs shows a star; where nothing is shown for so long, the page took no notice.
        again = time.monotonic() + AGAIN
        while prompt.inner_text() == before and time.monotonic() < again:
            time.sleep(0.1)
        notebook.until(lambda: prompt.inner_text() != "[*]:")
        return bool(prompt.inner_text() != before)

    notebook.until(ran)


@pytest.mark.parametrize("kind", ["jupyterlab", "marimo"])
def test_it_trains_in(kind: str, browser: Any, tmp_path: Path) -> None:
    if importlib.util.find_spec(kind) is None:
        pytest.skip(f"{kind} is not here")
    notebook = (jupyter if kind == "jupyterlab" else marimo)(browser, tmp_path)
    try:
        notebook.wrong.clear()
        page = notebook.page
        if kind == "jupyterlab":
            # A widget that came before JupyterLab was ready for it is not found, and its cell run again.
            lost = page.locator("text=/[Ee]rror (displaying|creating) widget|model not found/")
            run_cell(notebook, 0)

            def shown() -> bool:
                if lost.count():
                    run_cell(notebook, 0)
                return bool(page.locator(".ravine-lab[data-run]").count())

            notebook.until(shown)
        page.wait_for_selector(".ravine-lab[data-run]")
        notebook.until(lambda: notebook.data("state") == "paused")
        notebook.until(lambda: page.locator(".lane .state").first.inner_text() != "")
        first = notebook.loss()
        page.click("[data-key=play]")
        notebook.until(lambda: int(notebook.data("end")) > 100)
        frame = int(notebook.data("frame"))
        notebook.until(lambda: int(notebook.data("frame")) > frame + FRAMES)
        page.click("[data-key=play]")
        notebook.until(lambda: notebook.data("state") == "paused")
        turn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        end = still(lambda: (page.evaluate(turn), notebook.data("end"))[1])
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
