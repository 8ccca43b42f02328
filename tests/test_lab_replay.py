"""The report of a race, opened from a file in a real browser: it replays, asks nobody, and keeps to its policy.

Skipped where playwright or Chromium is not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab_sample import SMALL
from ravine.lab import Sessions, configuration
from ravine.lab.exports import export
from ravine.lab.recording import ROOM, record
from ravine.lab.replay import replay
from ravine.lab.sessions import LabRun
from ravine.view import html
from ravine.view.blocks import Chapter, Report
from waiting import PATIENCE, still, until


@pytest.fixture(scope="module")
def run() -> Iterator[LabRun]:
    lab = Sessions()
    run = lab.create_run(configuration(SMALL))
    run.trainer.send("step", steps=640).result()
    yield run
    lab.close()


def test_the_report_holds_its_recording_within_bounds(run: LabRun) -> None:
    text = export(run, "html", 0, "en").decode()
    assert len(text) < 3_000_000 < ROOM
    assert text.count('<script type="module">') == 1
    # What ends a script ends only scripts: the page's, the lab's, and the data.
    assert len(re.findall(r"</script", text, re.IGNORECASE)) == len(re.findall("<script", text, re.IGNORECASE)) == 3
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", text)


def test_two_recordings_share_one_module(run: LabRun) -> None:
    recording = record(run, frames=2)
    parts = tuple(replay(recording, name=name) for name in ("first", "second"))
    text = html(Report("Two", "", "en", (Chapter("a", "1", "A", parts),)))
    assert text.count('<script type="module">') == 1
    assert text.count('data-ravine="record"') >= 2
    policy = re.search(r"script-src ([^;]*);", unescape(text))
    assert policy is not None and policy[1].count("sha256-") == 2


class Opened:
    """A report in a browser, what it said and whom it asked."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.said.append(request.url))
        page.set_default_timeout(1000 * PATIENCE)

    def go(self, file: Path) -> None:
        self.page.goto(file.as_uri())
        self.page.wait_for_selector(".ravine-lab[data-frame]")
        assert self.said == [file.as_uri()], "the file itself, and nothing else"

    def number(self, name: str) -> int:
        return int(self.page.get_attribute(".ravine-lab", f"data-{name}"))

    def until(self, condition: Callable[[], bool]) -> None:
        until(condition, lambda: self.said)

    def map(self) -> str:
        """The picture of the first lane's answers."""
        return str(self.page.locator(".answers canvas").first.evaluate("canvas => canvas.toDataURL()"))


@pytest.fixture(scope="module", params=[pytest.param("en", marks=pytest.mark.slow), "pl"])
def file(request: pytest.FixtureRequest, run: LabRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report") / "report.html"
    made.write_bytes(export(run, "html", 0, request.param))
    return made


@pytest.fixture
def opened(file: Path, browser: Any) -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    made = Opened(page)
    made.go(file)
    yield made
    assert made.said == [file.as_uri()]
    page.close()


def test_it_plays_pauses_and_is_scrubbed(opened: Opened, run: LabRun) -> None:
    page = opened.page
    assert (opened.number("step"), opened.number("end"), opened.number("losses")) == (640, 640, 640)
    last = opened.map()
    page.click("[data-key=reset]")
    opened.until(lambda: opened.number("step") == 0)
    first = opened.map()
    assert first != last, "the map of untrained networks"
    page.click("[data-key=play]")
    page.wait_for_selector(".ravine-lab[data-state=running]")
    # Nothing learns here, whatever the state is called.
    opened.until(lambda: re.search("playing|odtwarzanie", page.inner_text(".status")) is not None)
    # Paused on its way, in one turn of the page's own loop; one that has played to its end meanwhile is played again.
    opened.until(
        lambda: page.locator(".ravine-lab").evaluate(
            "lab => { const {state, step} = lab.dataset; const way = state === 'running' && step > 100 && step < 640;"
            " if (way || state === 'paused') lab.querySelector('[data-key=play]').click(); return way; }"
        )
    )
    page.wait_for_selector(".ravine-lab[data-state=paused]")
    turn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    assert still(lambda: (page.evaluate(turn), opened.number("step"))[1]) < 640
    page.locator("[data-key=scrub]").fill("320")
    opened.until(lambda: opened.number("step") == 320)
    snapshot = run.trainer.race.snapshots.at(320)
    assert snapshot is not None
    shown = page.locator(".lane .state").first.inner_text().replace(",", ".")
    found = [float(each) for each in re.findall(r"[\d.]+", shown)]
    _, loss, _, accuracy = snapshot.measured[0]
    # Shown with one decimal of a percent and three significant digits.
    np.testing.assert_allclose(found, [100 * accuracy, loss], rtol=0.006)
    page.locator("[data-key=scrub]").fill("0")
    opened.until(lambda: opened.number("step") == 0)
    assert opened.map() == first
    page.click("[data-key=play]")
    opened.until(lambda: opened.number("step") == 640)
    page.wait_for_selector(".ravine-lab[data-state=paused]")


def test_each_lane_can_be_looked_at_and_nothing_changed(opened: Opened) -> None:
    page = opened.page
    network = page.locator(".ravine-lab .network .stage svg, .ravine-lab .network .stage canvas").first
    before = network.screenshot()
    page.locator(".lane .pick").nth(1).click()
    page.wait_for_selector(".lane:nth-of-type(2)[aria-current=true]")
    opened.until(lambda: network.screenshot() != before)
    for tab in ("ratios", "histograms", "confusion"):
        page.click(f"[data-key=tab-{tab}]")
        page.wait_for_selector("#ravine-tab [data-live]")
    assert page.locator(".side:visible, [data-key=fork]:visible, [data-key=export]:visible").count() == 0
    assert page.locator(".lane select:enabled").count() == 0


def test_it_follows_the_reports_theme(opened: Opened) -> None:
    page = opened.page
    ground = "e => getComputedStyle(e).backgroundColor"
    lab = page.locator(".ravine-lab")
    light = lab.evaluate(ground)
    page.click("button.theme")
    opened.until(lambda: lab.get_attribute("data-theme") == "dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert lab.evaluate(ground) != light
