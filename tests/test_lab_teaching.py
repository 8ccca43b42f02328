"""Every lesson is taught by the page: what it asks about stands on the screen, whole, with something in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import test_lab_browser
from ravine.lab.lessons import LANGUAGES, PANELS, SCENES, lessons
from test_lab_browser import SMALL, STRIDE, Lab, Server, decoded
from waiting import PATIENCE

server = test_lab_browser.server

SIZES = ((1366, 768), (1920, 1080))
LESSONS = {lesson["slug"]: lesson for lesson in lessons()}
FEW = ("vanishing", "camera-by-hand", "online", "ravine-adam")
PLACES = {"rivals": ".rivals", "plane": ".landscape .plane", "relief": ".landscape .relief"}

# Where an element stands between what is fixed above and below, and what is on top in its middle.
SEEN = """selector => {
  const element = document.querySelector(selector);
  const box = element.getBoundingClientRect();
  const above = document.querySelector('.top').getBoundingClientRect().bottom;
  const line = document.querySelector('.timeline');
  const below = line.hidden ? innerHeight : line.getBoundingClientRect().top;
  const middle = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return {scrolled: scrollY, above: box.top - above, below: below - box.bottom, left: box.left,
          right: innerWidth - box.right, width: box.width, height: box.height,
          reached: element === middle || element.contains(middle) || middle.contains(element)};
}"""
FILLED = {
    "network": "[...document.querySelectorAll('.net .edge')].some(e => parseFloat(e.style.strokeWidth) > 1)",
    "gradients": "[...document.querySelectorAll('.tab polyline')].every(e => e.points.length > 1)"
    " && document.querySelectorAll('.tab polyline').length > 0",
    "histograms": "[...document.querySelectorAll('.tab .multiples figure')].every(f => [...f.querySelectorAll('rect')]"
    ".some(r => r.height.baseVal.value > 1)) && document.querySelectorAll('.tab .multiples figure').length > 0",
    "draw": "[...document.querySelectorAll('.outputs .standing .state')].some(e => /[1-9]/.test(e.textContent))",
    "rivals": "[...document.querySelectorAll('.rivals .state')].every(e => e.textContent.startsWith('f ='))",
}


@pytest.fixture
def desk(browser: Any, server: Server) -> Iterator[Any]:
    """Opens the page at a size, in a language; nothing may be said in its console."""
    opened: list[Lab] = []

    def open_(size: tuple[int, int], language: str) -> Lab:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        context.request.get(server.url, timeout=1000 * PATIENCE)
        made = Lab(context.new_page(), server.base)
        opened.append(made)
        # At full speed; a lesson leaves the speed as it is.
        made.open(SMALL, f"?lang={language}")
        return made

    yield open_
    for made in opened:
        made.page.context.close()
        unexpected = [text for text in made.said if not any(each in text for each in made.expected)]
        assert unexpected == [], "the console is silent"


def inside(lab: Lab, selector: str, name: str) -> None:
    """The element is wholly between top bar and time line, and nothing covers it."""
    seen = lab.page.evaluate(SEEN, selector)
    told = (name, selector, seen)
    assert seen["scrolled"] == 0, told
    # Edges fall between pixels.
    assert min(seen[side] for side in ("above", "below", "left", "right")) > -1, told
    assert min(seen["width"], seen["height"]) > 20, told
    assert seen["reached"], told


def filled(lab: Lab, panel: str) -> bool:
    if panel == "curves":
        return lab.colours(".plot canvas") > 8
    if panel == "answers":
        if lab.page.locator("canvas.map").count():
            return lab.colours("canvas.map") > 8
        return bool(lab.page.locator(".answers .standing .state").first.inner_text())
    if panel in ("plane", "relief"):
        return lab.colours(PLACES[panel]) > 100
    return bool(lab.page.evaluate(FILLED[panel]))


def place(panel: str) -> str:
    return PLACES.get(panel) or (f".panel.{panel}" if panel in PANELS else ".panel.instruments")


def content(panel: str) -> str:
    """What of a panel has to be in sight: where a tab answers, all of its picture."""
    tabs = {"gradients": ".tab .chart", "histograms": ".tab .multiples", "draw": ".tab .outputs"}
    return tabs.get(panel, place(panel))


def own(lab: Lab, lesson: dict[str, Any]) -> bool:
    """Whether the run that stands is the lesson's own; its speed is the reader's."""
    there = json.loads(decoded(lab.page.evaluate("location.href")))
    return bool({**there, "speed": 0} == {**lesson["configuration"], "speed": 0})


def taught(lab: Lab, slug: str) -> None:
    """Open the lesson, do what it says, and look for what it asks about."""
    lesson = LESSONS[slug]
    lab.page.click("[data-key=side-lessons]")
    if lab.page.locator("[data-key=lesson-list]").count():
        lab.page.click("[data-key=lesson-list]")
    lab.page.click(f"[data-key=lesson-{slug}]")
    # Wherever the reader was: what answers stands at the top.
    lab.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    lab.page.click("[data-key=set-up]")
    panels = lesson["panels"]
    if lesson["landscape"]:
        rivals = len(lesson["landscape"]["rules"])
        assert rivals > 1, "one ball alone can be compared with nothing"
        lab.until(lambda: lab.page.locator(".rivals .state").count() == rivals and filled(lab, "rivals"))
    else:
        if not lesson["plays"]:
            lab.until(lambda: own(lab, lesson) and lab.data("state") == "paused" and filled(lab, panels[0]))
            assert lab.number("end") == 0, "what is asked about the beginning is answered at the beginning"
            inside(lab, content(panels[0]), f"{slug}: {panels[0]}")
            if lesson["steps"]:
                lab.page.click("[data-key=play]")
        if lesson["steps"]:
            lab.until(lambda: own(lab, lesson) and lab.data("state") == "stopped")
            # The state may be told a frame before the last picture is.
            lab.until(lambda: lab.number("step") == lesson["steps"])
        assert lab.page.locator(".key.past > span").count() == len(lesson["compares"])
    for panel in panels:
        lab.until(lambda: filled(lab, panel))  # noqa: B023
        inside(lab, place(panel), f"{slug}: {panel}")
        inside(lab, content(panel), f"{slug}: {panel}")
    question = ".lessons h3 + p"
    inside(lab, question, f"{slug}: the question")
    lab.page.click("[data-key=reveal]")
    lab.drawn()
    inside(lab, ".answer", f"{slug}: the answer")


def test_the_panels_of_the_lessons_are_known() -> None:
    for slug, lesson in LESSONS.items():
        assert lesson["panels"], slug
        assert set(lesson["panels"]) <= {*PANELS, *SCENES, "gradients", "histograms", "draw"}
        assert set(lesson["compares"]) <= set(LESSONS)
        # The runs that are compared with come to an end by themselves.
        assert all(LESSONS[other]["steps"] and LESSONS[other]["plays"] for other in lesson["compares"])
        stop = lesson["configuration"]["stop"]
        assert lesson["landscape"] or (stop["kind"], stop["value"]) == ("steps", lesson["steps"]) or not lesson["steps"]


@pytest.mark.parametrize(("size", "language"), [(SIZES[0], "pl")])
def test_some_lessons_show_what_they_ask_about(desk: Any, size: tuple[int, int], language: str) -> None:
    lab = desk(size, language)
    for slug in FEW:
        taught(lab, slug)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_lesson_shows_what_it_asks_about(desk: Any, size: tuple[int, int], language: str) -> None:
    lab = desk(size, language)
    for slug in LESSONS:
        taught(lab, slug)


def test_a_fork_keeps_the_future_it_gave_up_in_sight_and_the_time_line_marks_the_curves(desk: Any) -> None:
    lab = desk(SIZES[0], "en")
    lab.step(4 * STRIDE)
    seek = ("value => { const r = document.querySelector('[data-key=scrub]'); r.value = value;"
            " r.dispatchEvent(new Event('input')); }")  # fmt: skip
    lab.page.evaluate(seek, str(2 * STRIDE))
    lab.until(lambda: lab.number("step") == 2 * STRIDE)
    # One line on each plot, in the middle of the steps so far.
    lab.page.wait_for_selector(f".plot .moment[data-step='{2 * STRIDE}']")
    lab.until(lambda: lab.page.locator(".plot .moment:visible").count() == 2)
    for k in range(2):
        line = lab.page.locator(".plot .moment").nth(k).bounding_box()
        plot = lab.page.locator(".plot .u-over").nth(k).bounding_box()
        assert line is not None and plot is not None
        # The axis runs from 0 to the last step; the line is two pixels wide.
        assert line["x"] - plot["x"] == pytest.approx(plot["width"] / 2, abs=3)
    lab.page.click("[data-key=fork]")
    lab.until(lambda: lab.number("end") == 2 * STRIDE)
    lab.page.wait_for_selector(f".key.past >> text=given up at step {2 * STRIDE}")
    assert lab.page.locator(".plot .moment:visible").count() == 0
    lab.page.click(".curves button >> text=Table")
    tables = lab.page.locator(".curves .twin table")
    given = [int(text) for text in tables.nth(2).locator("tbody th").all_inner_texts()]
    assert (min(given), max(given)) == (2 * STRIDE, 4 * STRIDE)
    lab.page.click("[data-key=reset]")
    lab.until(lambda: lab.number("end") == 0)
    lab.until(lambda: lab.page.locator(".key.past").is_hidden())


def test_a_table_tells_its_columns_its_rows_and_its_errors_where_one_looks(desk: Any, tmp_path: Path) -> None:
    """As a Polish spreadsheet writes it: semicolons, decimal commas, Windows' letters."""
    lab = desk(SIZES[0], "pl")
    table = tmp_path / "ceny.csv"
    x = np.arange(20) / 2
    y = 1000 + 250 * x + 30 * np.sin(7 * x)
    colours = ["żółty" if k % 2 else "biały" for k in range(len(x))]
    rows = [f"{a:.2f};{c};{b:.3f}".replace(".", ",") for a, c, b in zip(x, colours, y, strict=True)]
    table.write_bytes("\n".join(["długość;kolor;cena", *rows, ""]).encode("cp1250"))
    lab.page.click("summary >> text=Własna tabela")
    lab.page.fill("[data-key=test]", "0")
    lab.page.press("[data-key=test]", "Enter")
    lab.page.set_input_files("input[type=file]", str(table))
    lab.until(lambda: lab.page.input_value("[data-key=target]") == "cena")
    lab.page.fill("[data-key=target]", "koszt")
    lab.expected.append("400")
    lab.page.click("[data-key=use-table]")
    lab.page.wait_for_selector(".side .alarm >> text=koszt")
    box = lab.page.locator(".side .alarm").bounding_box()
    line = lab.page.locator(".timeline").bounding_box()
    assert box is not None and line is not None
    assert box["y"] > 0 and box["y"] + box["height"] <= line["y"] + 1
    lab.page.fill("[data-key=target]", "cena")
    lab.page.click("[data-key=use-table]")
    lab.page.wait_for_selector(".uploaded[aria-pressed=true] >> text=ceny.csv")
    lab.until(lambda: "długość, kolor" in lab.page.inner_text("[data-key=parts]"))
    assert "cena" in lab.page.inner_text("[data-key=parts]") and "20" in lab.page.inner_text("[data-key=parts]")
    lab.page.select_option("[data-key=steps-at-once]", "100")
    lab.page.click("[data-key=step]")
    lab.until(lambda: lab.number("step") == 100)
    lab.standing()
    address = f"{lab.base}api/v1/runs/{lab.data('run')}/predict"

    def asked(lane: int, k: int) -> float:
        row = {"długość": round(float(x[k]), 2), "kolor": colours[k]}
        answer = lab.page.context.request.post(address, data={"row": row, "lane": lane}, timeout=1000 * PATIENCE)
        return float(answer.json()["outputs"][0])

    shown = lab.page.locator(".answers .standing .state").all_inner_texts()
    assert len(shown) == 2
    for lane, text in enumerate(shown):
        errors = np.array([asked(lane, k) for k in range(len(y))]) - y.round(3)
        found = re.search(r"RMSE (\S+) · R² (\S+)", text.replace("\xa0", ""))
        assert found is not None, text
        rmse, explained = (float(each.replace(",", ".").replace("−", "-")) for each in found.groups())
        # Shown with four and three digits.
        assert rmse == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-3)
        assert explained == pytest.approx(1 - np.mean(errors**2) / np.var(y), rel=6e-3, abs=2e-3)


def test_a_race_that_was_changed_is_set_up_as_it_was(desk: Any) -> None:
    lab = desk(SIZES[0], "en")
    lesson = LESSONS["ravine-momentum"]
    lab.page.click("[data-key=side-lessons]")
    lab.page.click("[data-key=lesson-ravine-momentum]")

    def standing() -> list[str]:
        return [str(text) for text in lab.page.locator(".rivals .state").all_inner_texts()]

    lab.page.click("[data-key=set-up]")
    lab.until(lambda: filled(lab, "rivals"))
    first = standing()
    lab.page.fill("[data-key=ball-rate-0]", "0.001")
    lab.page.press("[data-key=ball-rate-0]", "Enter")
    lab.page.click("[data-key=add-ball]")
    lab.until(lambda: len(standing()) == 3 and filled(lab, "rivals") and standing()[:1] != first[:1])
    lab.page.click("[data-key=set-up]")
    lab.until(lambda: standing() == first)
    assert float(lab.page.input_value("[data-key=ball-rate-0]")) == lesson["landscape"]["rules"][0]["rate"]


def test_a_picture_that_is_not_there_yet_is_being_prepared(desk: Any) -> None:
    """Whatever is looked at is computed, before the first step too: nothing has to be run for it."""
    lab = desk(SIZES[0], "en")
    look = ("() => { document.querySelector('[data-key=tab-histograms]').click();"
            " return document.querySelector('.tab').textContent; }")  # fmt: skip
    assert lab.page.evaluate(look) == "Being prepared…"
    lab.until(lambda: filled(lab, "histograms"))
    assert lab.number("end") == 0
