"""Whatever is pressed counts: while a run is made, while it compiles, while a panel is built anew under the pointer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import test_lab_browser
from test_lab_browser import SMALL, Lab, decoded

server = test_lab_browser.server
lab = test_lab_browser.lab

RUNS = re.compile(r"/api/v1/runs$")


class Gate:
    """Holds the requests for new runs back until it is opened."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.held: list[Any] = []
        self.shut = True
        lab.page.route(RUNS, self._meet)

    def _meet(self, route: Any) -> None:
        if self.shut:
            self.held.append(route)
        else:
            route.continue_()

    def waiting(self) -> None:
        self.lab.until(lambda: (self.lab.drawn(), self.held)[1])

    def open(self) -> None:
        self.shut = False
        for route in self.held:
            route.continue_()
        self.held = []


def wished(lab: Lab) -> dict[str, Any]:
    """The configuration in the address, which is that of the run that is there."""
    found: dict[str, Any] = json.loads(decoded(lab.page.evaluate("location.href")))
    return found


def test_four_presses_while_a_run_is_made_are_four_units(lab: Lab) -> None:
    lab.open(SMALL)
    gate = Gate(lab)
    lab.page.click("[data-key=units-more-0]")
    gate.waiting()
    for _ in range(3):
        lab.page.click("[data-key=units-more-0]")
    assert lab.page.input_value("[data-key=units-0]") == "7", "what is wished shows before there is a run of it"
    gate.open()
    lab.until(lambda: wished(lab)["network"]["layers"][0]["units"] == 7)
    assert lab.api("")["configuration"]["network"]["layers"][0]["units"] == 7


def test_changes_of_every_kind_are_kept_while_a_run_is_made(lab: Lab) -> None:
    lab.open(SMALL)
    gate = Gate(lab)
    lab.page.click("[data-key=set-xor]")
    gate.waiting()
    lab.page.click("[data-key=add-lane]")
    lab.page.click("[data-key=add-layer]")
    for key, text in (("rate-1", "0.125"), ("test", "0.5"), ("units-1", "9")):
        lab.page.fill(f"[data-key={key}]", text)
        lab.page.press(f"[data-key={key}]", "Enter")
    lab.page.select_option("[data-key=batch]", "full")
    lab.page.select_option("[data-key=speed]", "50")
    lab.page.click("[data-key=seed]")
    gate.open()
    lab.until(lambda: wished(lab)["seed"] == 1)
    made = lab.api("")["configuration"]
    assert made == wished(lab)
    assert (made["data"]["name"], made["data"]["test"]) == ("xor", 0.5)
    assert (made["batch"]["kind"], made["speed"]) == ("full", 50)
    assert [layer["units"] for layer in made["network"]["layers"]] == [3, 9]
    assert (len(made["lanes"]), made["lanes"][1]["rate"]) == (3, 0.125)


def test_eight_painted_points_are_eight(lab: Lab) -> None:
    lab.open(SMALL)
    lab.page.click("[data-key=set-painted]")
    lab.until(lambda: wished(lab)["data"]["name"] == "painted")
    lab.page.click("[data-key=brush-1]")
    begun = len(wished(lab)["data"]["points"])
    gate = Gate(lab)
    box = lab.page.locator("canvas.map").first.bounding_box()
    assert box is not None
    for k in range(8):
        lab.page.mouse.click(box["x"] + (0.1 + 0.1 * k) * box["width"], box["y"] + 0.1 * box["height"])
    gate.waiting()
    gate.open()
    lab.until(lambda: len(wished(lab)["data"]["points"]) == begun + 8)
    (x0, x1), _ = lab.api("")["facts"]["domain"]
    places = [x for x, _, _ in wished(lab)["data"]["points"][begun:]]
    assert places == sorted(places) and x0 < places[0] < places[-1] < x1


def test_a_run_that_was_to_play_plays_whatever_is_changed_meanwhile(lab: Lab) -> None:
    lab.open(SMALL)
    lab.page.click("[data-key=play]")
    lab.state("running")
    gate = Gate(lab)
    lab.page.click("[data-key=set-xor]")
    gate.waiting()
    lab.page.click("[data-key=add-lane]")
    gate.open()
    lab.until(lambda: len(wished(lab)["lanes"]) == 3)
    # A change at once, when the run is there but still compiles.
    lab.page.click("[data-key=add-layer]")
    lab.until(lambda: len(wished(lab)["network"]["layers"]) == 2)
    lab.until(lambda: lab.number("step") > 0)
    lab.page.click("[data-key=play]")
    lab.state("paused")
    # The other way round: Run pressed while there is no run yet.
    gate.shut = True
    lab.page.click("[data-key=seed]")
    gate.waiting()
    lab.page.click("[data-key=play]")
    lab.until(lambda: "Pause" in lab.page.inner_text("[data-key=play]"))
    gate.open()
    lab.until(lambda: wished(lab)["seed"] == 1 and lab.number("step") > 0)


def test_steps_asked_for_while_a_run_is_made_are_taken_by_it(lab: Lab) -> None:
    lab.open(SMALL)
    gate = Gate(lab)
    lab.page.click("[data-key=seed]")
    gate.waiting()
    for _ in range(3):
        lab.page.click("[data-key=step]")
    gate.open()
    lab.until(lambda: wished(lab)["seed"] == 1 and lab.number("end") == 3)
    assert lab.standing() == 3


def test_a_button_that_is_built_anew_between_press_and_release_is_pressed(lab: Lab) -> None:
    lab.open(SMALL)
    gate = Gate(lab)
    old = lab.data("run")
    lab.page.click("[data-key=seed]")
    gate.waiting()
    box = lab.page.locator("[data-key=seed]").bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    gate.open()
    lab.until(lambda: lab.data("run") != old)
    lab.page.mouse.up()
    lab.until(lambda: wished(lab)["seed"] == 2)
    assert lab.api("")["configuration"]["seed"] == 2


def test_another_lesson_brings_other_lanes_and_nothing_of_the_run_before_stays(lab: Lab) -> None:
    """The second run's stream is kept silent: all that is drawn then would be of the first."""
    sockets: list[Any] = []

    def between(socket: Any) -> None:
        sockets.append(socket)
        if len(sockets) == 1:
            socket.connect_to_server()

    lab.page.route_web_socket(re.compile(r"/stream(\?|$)"), between)
    lab.open({**SMALL, "lanes": [{"rule": rule} for rule in ("sgd", "adam", "momentum")]})
    lab.page.wait_for_selector(".tab .chart polyline")
    lab.page.click("[data-key=play]")
    lab.until(lambda: lab.number("step") > 0)
    lab.page.click("[data-key=side-lessons]")
    lab.page.click("[data-key=lesson-vanishing]")
    gate = Gate(lab)
    lab.page.click("[data-key=set-up]")
    gate.waiting()
    # Frames of three lanes come while the page wishes for two; a mistake would be in the console.
    seen = lab.number("frame")
    lab.until(lambda: lab.number("frame") > seen + 5)
    assert lab.page.locator(".lane").count() == 2
    gate.open()
    lab.until(lambda: (lab.drawn(), len(sockets) == 2)[1])
    lab.drawn()
    assert lab.page.locator(".tab .chart").count() == 0
    assert lab.page.locator(".lane .state").all_inner_texts() == ["", ""]


@pytest.mark.slow
def test_another_data_set_brings_the_network_that_suits_it_unless_the_reader_shaped_one(lab: Lab) -> None:
    """The catalogue is given networks here, whatever it says by itself."""
    suited = {"moons": [{"units": 5, "activation": "tanh"}], "camera": [{"units": 7, "activation": "relu"}] * 2}

    def told(route: Any) -> None:
        answer = route.fetch()
        catalogue = answer.json()
        for entry in catalogue["datasets"]:
            entry["network"] = suited.get(entry["name"], [{"units": 4, "activation": "tanh"}])
        route.fulfill(response=answer, json=catalogue)

    lab.page.route(re.compile("/catalogue$"), told)
    lab.page.goto(lab.base)
    lab.page.wait_for_selector(".ravine-lab[data-run]")

    def network() -> list[tuple[int, str]]:
        return [(layer["units"], layer["activation"]) for layer in wished(lab)["network"]["layers"]]

    lab.page.click("[data-key=set-camera]")
    lab.until(lambda: network() == [(7, "relu"), (7, "relu")])
    lab.page.click("[data-key=set-moons]")
    lab.until(lambda: network() == [(5, "tanh")])
    lab.page.click("[data-key=units-more-0]")
    lab.until(lambda: network() == [(6, "tanh")])
    lab.page.click("[data-key=set-camera]")
    lab.until(lambda: wished(lab)["data"]["name"] == "camera")
    assert network() == [(6, "tanh")], "what the reader shaped stays"
    # What an address holds was shaped by somebody, too, unless it is what came by itself.
    lab.page.reload()
    lab.page.wait_for_selector("[data-key=set-camera][aria-pressed=true]")
    lab.page.click("[data-key=set-moons]")
    lab.until(lambda: wished(lab)["data"]["name"] == "moons")
    assert network() == [(6, "tanh")]
    lab.page.click("[data-key=units-fewer-0]")
    lab.until(lambda: network() == [(5, "tanh")])
    lab.page.reload()
    lab.page.wait_for_selector("[data-key=set-moons][aria-pressed=true]")
    lab.page.click("[data-key=set-camera]")
    lab.until(lambda: network() == [(7, "relu"), (7, "relu")])


def test_a_polish_page_keeps_polish_files(lab: Lab) -> None:
    lab.open(SMALL, "?lang=pl")
    lab.page.click("[data-key=export]")
    with lab.page.expect_download() as waited:
        lab.page.click(".menu[open] .items button >> text=Zapis")
    assert waited.value.suggested_filename == "ravine-przebieg.json"
