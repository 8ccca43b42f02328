"""The live page in a real browser: frames per second, how late a picture is, how soon the first one is there."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["CASES", "REALISTIC", "absent", "chromium", "fragment", "measure", "started"]

SECONDS = 12.0
STARTS = 3
PATIENCE = 60.0
_LAYERS = [{"units": 6}, {"units": 6}]
_FOUR = [{"rule": rule, "rate": 0.01} for rule in ("sgd", "momentum", "rmsprop", "adam")]
_EIGHT = [*_FOUR, *({"rule": rule, "rate": 0.01} for rule in ("nesterov", "adagrad", "nadam", "amsgrad"))]
REALISTIC = "four lanes, 60 edges, at full speed"
"""The case that the goal is for."""
CASES: dict[str, dict[str, Any]] = {
    "the default set": {},
    REALISTIC: {
        "data": {"name": "circles", "n": 500},
        "network": {"layers": _LAYERS},
        "lanes": _FOUR,
        "speed": 0,
    },
    "eight lanes, 60 edges, at full speed": {
        "data": {"name": "spirals", "n": 500, "classes": 2},
        "network": {"layers": _LAYERS},
        "lanes": _EIGHT,
        "speed": 0,
    },
}
"""What the page shows while it is measured; nothing is what it opens with. A hundred by hundred map for each lane."""

# Stamps each binary message as it comes, and again as the page acknowledges it, which it does when it has drawn.
STAMPS = """
window.stamps = {came: new Map(), late: [], drawn: []};
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({data}) => {
      if (typeof data === "string") return;
      const length = new DataView(data).getUint32(0, true);
      const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
      stamps.came.set(header.f, performance.now());
    });
  }
  send(text) {
    const {do: kind, f} = JSON.parse(text);
    if (kind === "ack" && stamps.came.has(f)) {
      const now = performance.now();
      stamps.late.push(now - stamps.came.get(f));
      stamps.drawn.push(now);
      stamps.came.delete(f);
    }
    super.send(text);
  }
};
"""
# Times since the address was opened.
FIRST = """
window.first = {};
const look = () => {
  const {frame, step} = document.querySelector(".ravine-lab")?.dataset ?? {};
  if (frame) first.picture ??= performance.now();
  if (Number(step) > 0) first.training = performance.now();
  else setTimeout(look, 10);
};
look();
"""


def absent() -> str:
    """Why nothing can be measured here, or nothing."""
    try:
        import playwright.sync_api  # noqa: F401 - only where it is installed
    except ImportError:
        return "playwright is not installed"
    return "" if chromium() else "Chromium is not installed"


def chromium() -> str | None:
    """Where the browser is, if it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def started(port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """`ravine lab` as a person starts it, and the address that it printed."""
    run = [sys.executable, "-c", "from ravine.cli import main; main()"]
    process = subprocess.Popen([*run, "lab", "--no-browser", "--port", str(port)], stdout=subprocess.PIPE, text=True)
    found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
    if found is None:
        process.kill()
        raise RuntimeError("the lab printed no address")
    return process, found[0]


@contextmanager
def _server() -> Iterator[str]:
    """The address of a lab just started, which ends with the block."""
    process, url = started()
    try:
        yield url
    finally:
        process.terminate()
        process.wait()


def _until(page: Any, condition: str) -> None:
    # Asked again and again from here: the page's own policy forbids what Playwright would wait with.
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the page did not come to {condition} within {PATIENCE:g} s")
        time.sleep(0.02)


def fragment(configuration: dict[str, Any]) -> str:
    """The part of an address that holds the *configuration*."""
    return "#" + base64.urlsafe_b64encode(json.dumps(configuration).encode()).decode().rstrip("=")


def _tenths(values: list[float]) -> list[float]:
    """Median and 95th percentile."""
    return [round(statistics.quantiles(values, n=100)[place - 1], 1) for place in (50, 95)]


def _running(page: Any, seconds: float) -> dict[str, Any]:
    _until(page, "Number(document.querySelector('.ravine-lab')?.dataset.step) > 100")
    page.evaluate("stamps.late.length = stamps.drawn.length = 0")
    time.sleep(seconds)
    found = page.evaluate("({late: stamps.late, drawn: stamps.drawn})")
    drawn = found["drawn"]
    gaps = [after - before for before, after in itertools.pairwise(drawn)]
    return {
        "fps": round((len(drawn) - 1) / (drawn[-1] - drawn[0]) * 1000, 1),
        "late": _tenths(found["late"]),
        "gap": _tenths(gaps),
        "steps": int(page.evaluate("Number(document.querySelector('.ravine-lab').dataset.end)")),
    }


def measure(say: Callable[[str], None], *, seconds: float = SECONDS, starts: int = STARTS) -> dict[str, Any]:
    """All cases, each *seconds* long, and *starts* openings of the page of servers just started."""
    from playwright.sync_api import sync_playwright

    made: dict[str, Any] = {"seconds": seconds, "cases": {}, "first": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        made["browser"] = f"Chromium {browser.version}, without a screen"

        def page(url: str) -> Any:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.request.get(url)
            return context.new_page()

        for start in range(starts):
            with _server() as url:
                opened = page(url)
                opened.add_init_script(FIRST)
                opened.goto(url.partition("?")[0])
                _until(opened, "window.first.training !== undefined")
                made["first"].append(opened.evaluate("first"))
                opened.context.close()
            say(f"lab: start {start + 1}: {made['first'][-1]}")
        with _server() as url:
            for name, configuration in CASES.items():
                opened = page(url)
                opened.add_init_script(STAMPS)
                opened.goto(url.partition("?")[0] + (fragment(configuration) if configuration else ""))
                if configuration:
                    _until(opened, "document.querySelector('.ravine-lab')?.dataset.frame > 0")
                    opened.click("[data-key=play]")
                made["cases"][name] = _running(opened, seconds)
                opened.context.close()
                say(f"lab: {name}: {made['cases'][name]}")
        browser.close()
    return made
