"""The page in a real browser, against a real server. Skipped where playwright or Chromium is not here."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.lab import fragment, started
from waiting import PATIENCE, still, until

AXE = Path(__file__).resolve().parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
STRIDE = 16  # Steps between two stored moments of a network this small
SMALL = {
    "data": {"name": "moons", "n": 60},
    "network": {"layers": [{"units": 3}]},
    "lanes": [{"rule": "sgd", "rate": 0.1}, {"rule": "adam", "rate": 0.05}],
    "speed": 0,
}


class Lab:
    """A page of the lab, what it said and whom it asked."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.said: list[str] = []
        self.asked: list[str] = []
        self.expected: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.set_default_timeout(1000 * PATIENCE)
        page.context.set_default_timeout(1000 * PATIENCE)

    def open(self, configuration: dict[str, Any] | None = None, more: str = "") -> None:
        """Go to the page; one with a configuration in its address stands still, one without begins by itself."""
        self.page.goto(self.base + more + ("" if configuration is None else fragment(configuration)))
        self.page.wait_for_selector(".ravine-lab[data-run]")

    def data(self, name: str) -> str:
        return str(self.page.get_attribute(".ravine-lab", f"data-{name}"))

    def number(self, name: str) -> int:
        return int(self.data(name))

    def alarm(self) -> str:
        return " ".join(self.page.locator(".alarm").all_inner_texts())

    def until(self, condition: Callable[[], bool]) -> None:
        until(condition, lambda: (self.data("state"), self.data("step"), self.alarm(), self.said))

    def state(self, name: str) -> None:
        self.page.wait_for_selector(f".ravine-lab[data-state={name}]")

    def step(self, steps: int) -> None:
        """Take so many steps by the page's own buttons."""
        for size in (100, 10, 1):
            for _ in range(steps // size):
                before = self.number("end")
                self.page.select_option("[data-key=steps-at-once]", str(size))
                self.page.click("[data-key=step]")
                self.until(lambda: self.number("step") == before + size)  # noqa: B023
            steps %= size

    def drawn(self) -> None:
        """Wait until the page has been drawn twice: what was asked for before is on the screen."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def standing(self) -> int:
        """The step at which the page and the server stand still."""
        self.until(lambda: self.number("step") == self.number("end") == self.api("")["step"])
        return int(still(lambda: (self.drawn(), self.number("step"), self.api("")["step"])[1]))

    def losses(self) -> list[str]:
        return [str(each.inner_text()) for each in self.page.query_selector_all(".lane .state")]

    def past(self, path: str) -> Any:
        """What the server answers to a request that is not the page's."""
        return self.page.context.request.get(self.base + path, timeout=1000 * PATIENCE)

    def api(self, path: str) -> Any:
        """What the server says of this page's run, asked past the page.

        Another run may have taken its place since the page was looked at: then that one is asked, and the page, whose
        console is watched, has asked for nothing that is gone.
        """

        def answer() -> Any:
            run = self.data("run")
            found = self.past(f"api/v1/runs/{run}{path}")
            assert found.ok or found.status == 404, found.text()
            return found if found.ok and self.data("run") == run else None

        return until(answer, lambda: self.said).json()

    def colours(self, selector: str) -> int:
        """How many colours the picture has."""
        return int(
            self.page.evaluate(
                "selector => { const shown = document.querySelector(selector);"
                " const c = document.createElement('canvas'); c.width = shown.width; c.height = shown.height;"
                " const context = c.getContext('2d', {willReadFrequently: true}); context.drawImage(shown, 0, 0);"
                " const d = new Uint32Array(context.getImageData(0, 0, c.width, c.height).data.buffer);"
                " return new Set(d).size; }",
                selector,
            )
        )


class Server:
    """`ravine lab` as a person starts it."""

    def __init__(self, port: int = 0) -> None:
        self.process, self.url = started(port)
        self.base = self.url.partition("?")[0]
        self.port = int(self.base.rstrip("/").rpartition(":")[2])

    def end(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.end()


@pytest.fixture
def lab(browser: Any, server: Server) -> Iterator[Lab]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", bypass_csp=False)
    # The address that the command prints gives the browser its leave.
    context.request.get(server.url, timeout=1000 * PATIENCE)
    made = Lab(context.new_page(), server.base)
    yield made
    context.close()
    unexpected = [text for text in made.said if not any(each in text for each in made.expected)]
    assert unexpected == [], "the console is silent"
    hosts = {address.split("/")[2] for address in made.asked if address.startswith("http")}
    assert hosts == {server.base.split("/")[2]}, "nobody else is asked for anything"


def test_it_opens_and_trains_by_itself(lab: Lab) -> None:
    lab.open()
    lab.until(lambda: lab.number("frame") > 10 and lab.number("step") > 0)
    lab.until(lambda: all("·" in text for text in lab.losses()))
    # Two classes are guessed with a loss of ln 2 = 0.69: the fastest lane comes to half of that.
    lab.until(lambda: min(float(text.split("·")[1]) for text in lab.losses()) < 0.35)
    lab.until(lambda: lab.colours("canvas.map") > 20)  # the map sharpens as the network gets surer
    assert lab.colours(".plot canvas") > 5
    lab.page.click("[data-key=play]")
    lab.state("paused")
    assert lab.standing() > 0, "paused means still"


def test_steps_are_exact_and_a_reset_or_a_way_back_shows_the_same(lab: Lab) -> None:
    lab.open(SMALL)
    lab.state("paused")
    lab.step(1)
    assert (lab.number("step"), lab.api("")["step"]) == (1, 1)

    def standing(step: int) -> tuple[list[str], Any]:
        """What the lanes say of the step that the page shows, and a lane's weights then."""
        return lab.losses(), lab.api(f"/snapshot?step={step}&lane=1")["weights"]

    seen = {}
    for _ in range(3):
        lab.step(STRIDE - lab.number("step") % STRIDE)
        lab.until(lambda: agreed(lab))
        seen[lab.number("step")] = standing(lab.number("step"))
    assert len({str(each) for each in seen.values()}) == 3
    back = sorted(seen)[1]
    lab.page.evaluate("value => { const r = document.querySelector('[data-key=scrub]'); r.value = value;"
                      " r.dispatchEvent(new Event('input')); }", str(back))  # fmt: skip
    lab.until(lambda: lab.number("step") == back)
    assert lab.number("end") == max(seen)
    lab.until(lambda: standing(back) == seen[back])
    lab.page.click("[data-key=fork]")
    lab.until(lambda: lab.number("end") == back and lab.number("losses") == back)
    lab.step(STRIDE)
    assert lab.api(f"/snapshot?step={back + STRIDE}&lane=1")["weights"] == seen[back + STRIDE][1], "the same way again"
    lab.page.click("[data-key=reset]")
    lab.until(lambda: lab.number("end") == 0)
    lab.step(back)
    assert standing(back)[1] == seen[back][1], "the same bits"
    lab.until(lambda: standing(back) == seen[back])


def agreed(lab: Lab) -> bool:
    """Whether the lanes' losses on the page are those of the server, which are shown with three digits."""
    told = [lane["test_loss"] for lane in lab.api("")["lanes"]]
    shown = [float(text.rpartition("·")[2]) for text in lab.losses()]
    return bool(shown == pytest.approx(told, rel=6e-3))


def test_the_address_holds_all_of_it(lab: Lab) -> None:
    lab.open(SMALL)
    lab.page.click("[data-key=set-xor]")
    lab.page.wait_for_selector("[data-key=set-xor][aria-pressed=true]")
    lab.page.fill("[data-key=rate-1]", "0,25")
    lab.page.press("[data-key=rate-1]", "Enter")
    lab.until(lambda: lab.api("")["lanes"][1]["rate"] == 0.25)
    lab.until(lambda: '"rate":0.25' in decoded(lab.page.evaluate("location.href")))
    before = json.loads(decoded(lab.page.evaluate("location.href")))
    lab.page.reload()
    lab.page.wait_for_selector("[data-key=set-xor][aria-pressed=true]")
    assert lab.api("")["configuration"] == before
    assert lab.page.input_value("[data-key=rate-1]") == "0.25"
    lab.page.fill("[data-key=rate-1]", "much")
    lab.page.press("[data-key=rate-1]", "Enter")
    assert lab.page.get_attribute("[data-key=rate-1]", "aria-invalid") == "true"
    assert lab.api("")["configuration"] == before, "what is no number changes nothing"


@pytest.mark.parametrize(
    "ending", ["#%%%", fragment({**SMALL, "lanes": [{"rule": "sdg"}]}), fragment({"seed": "three"})]
)
def test_an_address_that_means_nothing_says_so_and_opens_the_default_set(lab: Lab, ending: str) -> None:
    lab.expected.append("400")
    lab.page.goto(lab.base + ending)
    lab.page.wait_for_selector(".ravine-lab[data-run]")
    lab.page.wait_for_selector("[data-key=set-circles][aria-pressed=true]")
    said = lab.page.inner_text(".alarm") + lab.page.inner_text(".toast")
    assert any(each in said for each in ("link", "sgd", "three"))


def decoded(url: str) -> str:
    text = url.partition("#")[2]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def test_keys_alone_lead_through_the_page(lab: Lab) -> None:
    lab.open(SMALL)
    lab.state("paused")
    press = lab.page.keyboard.press
    press("Space")
    lab.until(lambda: lab.number("step") > 20)
    press("Space")
    lab.state("paused")
    step = lab.standing()
    press(".")
    lab.until(lambda: lab.number("end") == step + 1)
    press("2")
    lab.page.wait_for_selector(".lane:nth-child(2)[aria-current=true]")
    press("[")
    lab.until(lambda: lab.number("step") < step)
    press("]")
    press("?")
    assert "Space" in lab.page.inner_text("dialog")
    press("Escape")
    lab.page.wait_for_selector("dialog", state="detached")
    press("r")
    lab.until(lambda: lab.number("end") == 0)
    # By Tab to a neuron, by arrows to another, into its numbers, and back.
    for _ in range(80):
        press("Tab")
        if lab.page.evaluate("document.activeElement.classList.contains('unit')"):
            break
    assert lab.page.evaluate("document.activeElement.dataset.unit") == "1.0"
    press("ArrowDown")
    press("ArrowRight")
    press("ArrowLeft")
    assert lab.page.evaluate("document.activeElement.dataset.unit") == "1.1"
    assert "bias" in lab.page.evaluate("document.activeElement.getAttribute('aria-label')")
    press("Enter")
    lab.page.wait_for_selector(".inspector[data-kept=true] input")
    field = lab.page.locator(".inspector .list input").first
    field.fill("-1,5")
    field.press("Enter")
    lab.until(lambda: lab.api("/snapshot?lane=1")["weights"][0]["kernel"][0][1] == -1.5)
    press("Escape")
    lab.page.wait_for_selector(".inspector[data-kept=true]", state="hidden")
    press("1")
    lab.page.wait_for_selector(".lane:nth-child(1)[aria-current=true]")


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 768])
def test_polish_fits(lab: Lab, width: int) -> None:
    lab.page.set_viewport_size({"width": width, "height": 900})
    lab.open(SMALL)
    lab.page.select_option("[data-key=language]", "pl")
    lab.page.wait_for_selector("text=Nowe ziarno")
    assert lab.page.get_attribute("html", "lang") == "pl"
    for tab in [*range(lab.page.locator("[role=tab]").count()), "place-landscape", "side-lessons"]:
        lab.page.click(f"[role=tab] >> nth={tab}" if isinstance(tab, int) else f"[data-key={tab}]")
        lab.drawn()
        assert lab.page.evaluate("document.documentElement.scrollWidth") <= width, tab
        cut = lab.page.evaluate(
            "() => [...document.querySelectorAll('.ravine-lab button, .ravine-lab summary, .ravine-lab h2')]"
            ".filter(e => e.offsetParent && e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert cut == [], tab


def test_a_picture_is_drawn_and_every_layer_answers(lab: Lab) -> None:
    lab.open({**SMALL, "data": {"name": "camera", "n": 60}, "network": {"layers": [{"units": 4}]}})
    lab.step(100)
    lab.page.click("[data-key=tab-draw]")
    lab.page.wait_for_selector(".outputs .cell")
    shares = ".outputs .standing .state"
    first = lab.page.locator(shares).all_inner_texts()
    lab.page.locator(".pad").evaluate("pad => pad.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = lab.page.locator(".pad").bounding_box()
    assert box is not None
    lab.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    lab.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    lab.until(lambda: lab.page.locator(shares).all_inner_texts() != first)
    drawn = lab.page.evaluate("() => { const c = document.querySelector('.pad'); return [...c.getContext('2d')"
                              ".getImageData(0, 0, 2, 2).data].filter((_, i) => i % 4 === 0); }")  # fmt: skip
    assert drawn == [255, 0, 255, 0], "the left column is white"
    assert lab.page.locator(".outputs .cell").count() == 4
    numbers = [float(text.rstrip("%")) for text in lab.page.locator(shares).all_inner_texts()]
    assert len(numbers) == 4
    # Each is rounded to a tenth of a per cent.
    assert sum(numbers) == pytest.approx(100, abs=0.2)


def test_what_diverges_is_shown_for_what_it_is(lab: Lab) -> None:
    wild = {"rule": "sgd", "rate": 10000.0}
    data = {"name": "plane", "n": 60}
    lab.open({**SMALL, "data": data, "lanes": [wild, {"rule": "adam", "rate": 0.01}]})
    lab.step(100)
    lab.until(lambda: "diverged at step" in lab.losses()[0])
    assert "diverged" not in lab.losses()[1]
    lab.page.click("[data-key=tab-residuals]")
    lab.page.wait_for_selector(".tab [data-live]")


def test_balls_race_from_where_the_start_is_put(lab: Lab) -> None:
    lab.page.emulate_media(reduced_motion="reduce")
    lab.open(SMALL)
    lab.page.click("[data-key=place-landscape]")
    lab.until(lambda: all(text.startswith("f =") for text in lab.page.locator(".rivals .state").all_inner_texts()))
    assert lab.colours(".landscape .plane") > 100 and lab.colours(".landscape .relief") > 100
    before = lab.page.locator(".rivals .state").all_inner_texts()
    box = lab.page.locator(".landscape .plane").bounding_box()
    assert box is not None
    lab.page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    lab.until(lambda: lab.page.locator(".rivals .state").all_inner_texts() != before)


def test_points_are_painted_and_taken_away(lab: Lab) -> None:
    lab.open(SMALL)
    lab.page.click("[data-key=set-painted]")
    lab.page.wait_for_selector("[data-key=brush-1]")

    def points() -> list[list[float]]:
        """As the address holds them, asked of the page: Playwright hears of a new one only with its next call."""
        found: list[list[float]] | None = json.loads(decoded(lab.page.evaluate("location.href")))["data"]["points"]
        return found or []

    lab.until(lambda: len(points()) > 0)
    lab.page.wait_for_selector(".stack.brushing")
    begun = len(points())
    lab.page.click("[data-key=brush-1]")
    box = lab.page.locator("canvas.map").first.bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"], steps=8)
    lab.page.mouse.up()
    lab.until(lambda: len(points()) > begun + 3)
    stroke = points()[begun:]
    assert {label for _, _, label in stroke} == {1}
    # The stroke ran from left to right at one height, in the plane's own units.
    lab.until(lambda: lab.api("")["configuration"]["data"]["points"] == points())
    (x0, x1), (y0, y1) = lab.api("")["facts"]["domain"]
    assert [x for x, _, _ in stroke] == sorted(x for x, _, _ in stroke)
    assert max(abs(y - stroke[0][1]) for _, y, _ in stroke) < 0.01 * (y1 - y0)
    assert x0 < stroke[0][0] < stroke[-1][0] < x1
    painted = begun + len(stroke)
    lab.page.click("[data-key=brush-erase]")
    lab.page.wait_for_selector("[data-key=brush-erase][aria-pressed=true]")
    box = lab.page.locator("canvas.map").first.bounding_box()
    assert box is not None
    lab.page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    lab.until(lambda: 2 <= len(points()) < painted)


def test_a_table_of_ones_own_is_learnt(lab: Lab, tmp_path: Path) -> None:
    table = tmp_path / "kinds.csv"
    rows = [f"{k / 10},{-k / 10},{'high' if k > 20 else 'low'}" for k in range(40)]
    table.write_text("\n".join(["left,right,kind", *rows]) + "\n")
    lab.open(SMALL)
    lab.page.click("summary >> text=Own table")
    lab.page.set_input_files("input[type=file]", str(table))
    lab.page.click(".side details[data-key=upload] button:not(.uploaded)")
    lab.page.wait_for_selector(".uploaded[aria-pressed=true] >> text=kinds.csv")
    # The page shows what is wished; the run of it comes after.
    lab.until(lambda: lab.api("")["configuration"]["data"]["name"].startswith("upload:"))
    facts = lab.api("")["facts"]
    assert (facts["inputs"], sorted(facts["classes"])) == (2, ["high", "low"])
    lab.step(100)
    assert float(lab.losses()[1].split("%")[0]) > 60
    lab.expected.append("400")
    table.write_text("left,kind\n1,a\n2,b\n")
    lab.page.set_input_files("input[type=file]", str(table))
    lab.page.fill("input[list=ravine-columns]", "sort")
    lab.page.click(".side details[data-key=upload] button:not(.uploaded)")
    lab.page.wait_for_selector(".alarm >> text=sort")


def test_what_is_exported_is_the_run(lab: Lab, tmp_path: Path) -> None:
    lab.open(SMALL)
    lab.step(10)
    loss = lab.api("")["lanes"][1]["train_loss"]
    begins = {"html": b"<!doctype html>", "ipynb": b"{", "py": b'"""', "json": b"{"}
    for place, (kind, mark) in enumerate(begins.items()):
        lab.page.click("[data-key=export]")
        with lab.page.expect_download() as waited:
            lab.page.click(f".menu[open] .items button >> nth={place}")
        file = tmp_path / f"run.{kind}"
        waited.value.save_as(file)
        assert waited.value.suggested_filename == f"ravine-run.{kind}"
        assert file.read_bytes()[: len(mark)].lower() == mark
    assert json.loads((tmp_path / "run.json").read_text())["configuration"] == lab.api("")["configuration"]
    assert f"{loss:.3g}"[:4] in (tmp_path / "run.html").read_text("utf-8")


def test_a_lesson_sets_the_page_up_and_answers(lab: Lab) -> None:
    lab.open(SMALL)
    lab.page.click("[data-key=side-lessons]")
    lab.page.click(".lessons li >> nth=3 >> button")
    assert lab.page.is_hidden(".answer")
    lab.page.click("[data-key=set-up]")
    lab.until(lambda: lab.api("")["configuration"]["network"]["layers"][0]["activation"] == "relu")
    lab.until(lambda: lab.number("step") > 20)
    lab.page.click("[data-key=reveal]")
    assert lab.page.inner_text(".answer").strip()
    lab.page.click("text=All lessons")
    lab.page.click(".lessons li >> nth=14 >> button")
    lab.page.click("[data-key=set-up]")
    lab.page.wait_for_selector(".landscape .plane")
    lab.until(lambda: all(text.startswith("f =") for text in lab.page.locator(".rivals .state").all_inner_texts()))


def test_a_broken_connection_comes_back_and_loses_nothing(lab: Lab) -> None:
    sockets: list[Any] = []

    def between(socket: Any) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    lab.page.route_web_socket(re.compile(r"/stream(\?|$)"), between)
    lab.open(SMALL)
    lab.step(10)
    sockets[0].send('{"error": "the trainer broke: so it says"}')
    lab.page.wait_for_selector(".alarm >> text=the trainer broke: so it says")
    sockets[0].close(code=1001)
    lab.page.wait_for_selector(".alarm >> text=The connection is lost")
    lab.page.wait_for_selector(".alarm", state="hidden")
    assert len(sockets) == 2
    lab.step(10)
    assert lab.number("losses") == lab.number("end") == 20


def test_every_tab_shows_something_and_has_its_table(lab: Lab) -> None:
    lab.open(SMALL)
    lab.step(100)
    names = lab.page.locator("[role=tab]").all_inner_texts()
    assert len(names) == 6
    for place in range(len(names)):
        lab.page.click(f"[role=tab] >> nth={place}")
        lab.page.wait_for_selector(".tab [data-live], .tab button, .tab .outputs .standing")
    lab.page.click("[data-key=tab-surface]")
    lab.page.click("[data-key=compute]")
    lab.page.wait_for_selector(".surface >> text=variance")
    assert lab.colours(".surface .plane") > 50
    lab.page.click(".curves button >> text=Table")
    assert lab.page.locator(".curves .twin table").count() == 2
    lab.page.select_option("[data-key=shown]", "batches")
    lab.page.click(".curves button >> text=Table")
    assert lab.colours(".plot canvas") > 3


@pytest.mark.slow
def test_a_server_that_is_killed_and_started_anew_is_told_of(browser: Any) -> None:
    server = Server()
    context = browser.new_context()
    context.request.get(server.url, timeout=1000 * PATIENCE)
    lab = Lab(context.new_page(), server.base)
    lab.open(SMALL)
    lab.step(1)
    server.process.kill()
    server.process.communicate()
    lab.page.wait_for_selector(".alarm >> text=The connection is lost")
    again = Server(server.port)
    # Its token is another one: the page says so, and does not go on trying.
    lab.page.wait_for_selector(".alarm >> text=open the address that it printed")
    context.request.get(again.url, timeout=1000 * PATIENCE)
    lab.page.reload()
    lab.page.wait_for_selector(".ravine-lab[data-state=paused]")
    context.close()
    again.end()


# Counts the frames that came and were not acknowledged yet, and the most there ever were.
COUNTED = """
window.waiting = 0; window.most = 0; window.came = 0;
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({data}) => {
      if (typeof data === "string") return;
      came += 1; waiting += 1; most = Math.max(most, waiting);
    });
  }
  send(text) { if (JSON.parse(text).do === "ack") waiting -= 1; super.send(text); }
};
"""


def test_a_slow_page_stays_near_the_present(lab: Lab) -> None:
    """A processor eight times slower: no more than the two frames of credit ever wait, and nothing is lost."""
    lab.page.add_init_script(COUNTED)
    lab.open(SMALL)
    lab.page.context.new_cdp_session(lab.page).send("Emulation.setCPUThrottlingRate", {"rate": 8})
    lab.page.click("[data-key=play]")
    lab.until(lambda: lab.page.evaluate("came") > 30)
    lab.page.click("[data-key=play]")
    lab.state("paused")
    lab.until(lambda: lab.number("losses") == lab.number("end"))
    assert 1 <= lab.page.evaluate("most") <= 2


def test_a_hidden_page_is_sent_no_more_than_it_draws(lab: Lab) -> None:
    lab.page.add_init_script(COUNTED)
    lab.open(SMALL)
    lab.page.click("[data-key=play]")
    lab.until(lambda: lab.number("step") > 100)
    # What a browser does to a tab in the background: its animation frames wait, so nothing is drawn or acknowledged.
    lab.page.evaluate("() => { window.kept = window.requestAnimationFrame; window.held = [];"
                      " window.requestAnimationFrame = call => held.push(call); }")  # fmt: skip
    path = f"api/v1/runs/{lab.data('run')}"
    begun, losses = lab.page.evaluate("came"), lab.number("losses")

    def trained() -> int:
        return int(lab.past(path).json()["step"])

    there = trained()
    # So many steps are some frames' worth, and less than what a page may be behind before the race waits for it.
    until(lambda: trained() > there + 5_000)
    assert lab.page.evaluate("came") <= begun + 2
    lab.page.evaluate("() => { window.requestAnimationFrame = window.kept; held.forEach(call => kept(call)); }")
    lab.page.click("[data-key=play]")
    lab.state("paused")
    lab.until(lambda: lab.number("losses") == lab.number("end"))
    assert lab.number("losses") > losses


@pytest.mark.slow
@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here: npm ci in web/")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, server: Server, theme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme, bypass_csp=True)
    context.request.get(server.url, timeout=1000 * PATIENCE)
    lab = Lab(context.new_page(), server.base)
    lab.open(SMALL)
    lab.step(10)
    for place in ("side-lessons", "tab-histograms", "tab-confusion", "tab-probe", "place-landscape"):
        lab.page.click(f"[data-key={place}]")
        lab.drawn()
        lab.page.add_script_tag(path=AXE)
        found = lab.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
                                  "v => [v.id, v.nodes.map(n => n.html).slice(0, 3)]))")  # fmt: skip
        assert found == [], place
    context.close()


def test_a_run_that_is_replaced_is_no_error_of_the_page(lab: Lab) -> None:
    """What is asked of it is held back until the server knows it no longer, and its socket is asked for once more."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    lab.page.route(re.compile("/predict$"), hold)
    lab.open(SMALL)
    old = lab.data("run")
    lab.page.click("[data-key=tab-probe]")
    lab.until(lambda: held)
    lab.page.click("[data-key=set-xor]")
    lab.until(lambda: lab.data("run") != old)
    lab.until(lambda: lab.past(f"api/v1/runs/{old}").status == 404)
    lab.page.unroute(re.compile("/predict$"))
    for route in held:
        # The page waits for it no longer: then there is nothing to go on with.
        with contextlib.suppress(Exception):
            route.continue_()
    code = "path => new Promise(done => { new WebSocket(path).onclose = event => done(event.code); })"
    assert lab.page.evaluate(code, f"ws://{lab.base.split('/')[2]}/api/v1/runs/{old}/stream") == 4404
    lab.page.wait_for_selector(".outputs .standing")
    still(lambda: (lab.drawn(), lab.api("")["id"])[1])
    assert lab.alarm() == ""


def test_a_table_is_used_whole_and_asked_by_its_columns(lab: Lab, tmp_path: Path) -> None:
    table = tmp_path / "prices.csv"
    rows = [f"{k % 97},{('red', 'blue')[k % 2]},{200_000 + 1_000 * (k % 97) + 5_000 * (k % 2)}.5" for k in range(800)]
    table.write_text("\n".join(["size, colour of it, price", *rows]) + "\n")
    lab.open(SMALL)
    lab.page.click("summary >> text=Own table")
    assert "20,000 rows" in lab.page.inner_text(".side details[data-key=upload]")
    lab.page.set_input_files("input[type=file]", str(table))
    lab.page.click(".side details[data-key=upload] button:not(.uploaded)")
    lab.page.wait_for_selector(".uploaded[aria-pressed=true] >> text=prices.csv")
    lab.until(lambda: lab.api("")["configuration"]["data"]["name"].startswith("upload:"))
    assert lab.api("")["facts"]["n"] == {"train": 560, "test": 240}
    said = lab.page.inner_text("[data-key=parts]")
    assert "Training: 560, test: 240" in said
    shift = re.search(r"less ([\d,]+)", said)
    # The mean of all is about 200,000 + 48,000 + 2,500, that of 560 of them within four standard errors of 1,200.
    assert shift is not None and float(shift[1].replace(",", "")) == pytest.approx(250_500, abs=5_000)
    lab.step(100)
    lab.page.click("[data-key=tab-probe]")
    assert [text.strip() for text in lab.page.locator(".drawing .fields .field > span").all_inner_texts()] == [
        "size", "colour of it"
    ]  # fmt: skip
    lab.page.fill("[data-key=probe-0]", "90")
    lab.page.press("[data-key=probe-0]", "Enter")
    lab.page.select_option("[data-key=probe-1]", "blue")
    asked = {"row": {"size": 90, "colour of it": "blue"}, "lane": 0}
    address = f"{lab.base}api/v1/runs/{lab.data('run')}/predict"
    wanted = lab.page.context.request.post(address, data=asked, timeout=1000 * PATIENCE).json()["outputs"][0]
    assert 150_000 < wanted < 350_000
    # Shown with six digits.
    lab.until(lambda: float(lab.page.inner_text(".outputs .large").replace(",", "")) == pytest.approx(wanted, rel=1e-5))
