"""The page in a real browser, against a real server. Skipped where playwright or Chromium is not here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not here")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: apt-get install chromium")

SECONDS = 60_000  # milliseconds that anything may take on a busy machine


class Page:
    """A page of the lab, what it said and whom it asked."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.said, self.asked = page, [], []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.set_default_timeout(SECONDS)
        page.goto(url)
        self.state("paused")

    def state(self, name: str) -> None:
        self.page.wait_for_selector(f"body[data-state={name}]")

    def number(self, name: str) -> int:
        return int(self.page.get_attribute("body", f"data-{name}") or 0)

    def until(self, name: str, least: int) -> int:
        deadline = time.monotonic() + SECONDS / 1000
        while (value := self.number(name)) < least and time.monotonic() < deadline:
            time.sleep(0.05)
        assert value >= least
        return value


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-c", "from ravine.cli import main; main()", "lab", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    found = re.search(r"http://\S+", server.stdout.readline())
    assert found is not None
    yield found[0]
    server.terminate()
    server.communicate(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def lab(url: str, browser: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    made = Page(context.new_page(), url)
    yield made
    context.close()
    assert made.said == [], "the console is silent"
    assert {address.split("/")[2] for address in made.asked if "://" in address} == {url.split("/")[2]}


def losses(lab: Page) -> list[float]:
    texts = [each.inner_text() for each in lab.page.query_selector_all(".lane .state")]
    return [float(text.split(" ")[0]) for text in texts]


def test_it_trains_and_pauses_and_steps_and_begins_again(lab: Page) -> None:
    lab.page.click("button.main")
    lab.until("frame", 11)
    begun = losses(lab)
    lab.until("step", 300)
    lab.page.click("button.main")
    lab.state("paused")
    time.sleep(0.3)
    step = lab.number("step")
    # Plain SGD has hardly begun by then; the fastest lane has.
    assert min(losses(lab)) < 0.7 * min(begun)
    time.sleep(0.5)
    assert lab.number("step") == step, "paused means still"
    lab.page.click("text='+1'")
    lab.until("step", step + 1)
    time.sleep(0.3)
    assert lab.number("step") == step + 1
    ended = losses(lab)
    lab.page.click("text='Reset'")
    lab.page.wait_for_selector("body[data-step='0']")
    for steps in [100] * (step // 100) + [10] * (step % 100 // 10) + [1] * (step % 10 + 1):
        before = lab.number("step")
        lab.page.click(f"text='+{steps}'")
        lab.until("step", before + steps)
    time.sleep(0.3)
    assert losses(lab) == ended, "the same seed, the same losses"


def test_a_map_is_painted_and_the_link_holds_the_configuration(lab: Page) -> None:
    lab.page.click("button.set >> nth=1")
    lab.page.wait_for_selector("button.set[aria-pressed=true] >> text=moons")
    lab.state("paused")
    lab.page.click("text='+100'")
    lab.until("step", 100)
    time.sleep(0.5)
    pixels = lab.page.evaluate(
        "() => { const c = document.querySelector('canvas.map');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " return new Set(Array.from({length: 1000}, (_, i) => d[40 * i])).size; }"
    )
    assert pixels > 5
    address = lab.page.url
    lab.page.reload()
    lab.state("paused")
    lab.page.wait_for_selector("button.set[aria-pressed=true] >> text=moons")
    assert lab.page.url == address


def test_keys_alone_lead_through_the_page(lab: Page) -> None:
    lab.page.keyboard.press("Space")
    lab.until("step", 50)
    lab.page.keyboard.press("Space")
    lab.state("paused")
    time.sleep(0.3)
    step = lab.number("step")
    lab.page.keyboard.press(".")
    lab.until("step", step + 1)
    lab.page.keyboard.press("2")
    lab.page.wait_for_selector(".lane:nth-child(2)[aria-current=true]")
    lab.page.keyboard.press("r")
    lab.page.wait_for_selector("body[data-step='0']")


@pytest.mark.parametrize("width", [1280, 768])
def test_polish_fits(lab: Page, width: int) -> None:
    lab.page.set_viewport_size({"width": width, "height": 900})
    lab.page.select_option("select[aria-label=Language]", "pl")
    lab.page.wait_for_selector("text=Uruchom")
    assert lab.page.get_attribute("html", "lang") == "pl"
    wide = lab.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width


def test_every_tab_shows_something(lab: Page) -> None:
    lab.page.click("text='+100'")
    lab.until("step", 100)
    tabs = lab.page.query_selector_all("[role=tab]")
    for place in range(len(tabs)):
        lab.page.click(f"[role=tab] >> nth={place}")
        lab.page.wait_for_selector(".tab > *")
    assert lab.page.query_selector(".lesson h3") is not None
