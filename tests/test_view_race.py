"""Basins, slices and races as pictures: nothing overlaps, moving files hold what was drawn, the page asks nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

import test_view_figures as battery
from ravine.core import RavineError
from ravine.view import figures, png
from ravine.view.animation import Frames, apng, frames, gif, moments, mp4
from ravine.view.i18n import LANGUAGES
from ravine.view.player import player
from ravine.view.race import write_race
from ravine.view.style import COLOURS

GRID = np.linspace(-1, 1, 21)
BOWL = figures.Surface(GRID, GRID, GRID[:, None] ** 2 + 4 * GRID**2 + 0.01, minima=[(0.0, 0.0)])
STEPS = np.arange(61)
ROUTES = [
    figures.Route("SGD", np.stack([0.9 * 0.9**STEPS, -0.8 * 0.95**STEPS], axis=1)),
    figures.Route("Adam", np.stack([0.9 * 0.8**STEPS, -0.8 * 0.85**STEPS], axis=1)),
    figures.Route("Momentum", np.where(STEPS[:, None] < 20, [0.9, -0.8] * (-1.1) ** STEPS[:, None], np.nan)),
]


def basin_map(minima: int) -> figures.BasinMap:
    rng = np.random.default_rng(0)
    outcome = rng.integers(-2, minima, (12, 12))
    places = rng.uniform(-1, 1, (minima, 2))
    grid = np.linspace(-1, 1, 12)
    return figures.BasinMap(grid, grid, outcome, np.where(outcome == -1, -1, rng.integers(0, 400, (12, 12))), places)


def curve(name: str, height: float) -> figures.Curve:
    t = np.linspace(0, 1, 15)
    return figures.Curve(name, t, 0.1 + height * t * (1 - t))


DRAWN = {
    "basins": lambda language: figures.basin_map(basin_map(4), title="Himmelblau", language=language),
    "many basins": lambda language: figures.basin_map(basin_map(30), language=language),
    "plane": lambda language: figures.loss_plane(BOWL, ROUTES[:2], explained=(0.612, 0.3), language=language),
    "slice": lambda language: figures.loss_plane(BOWL, here=(0.0, 0.0), language=language),
    "lines": lambda language: figures.loss_lines([curve("a", 1), curve("b", 3)], language=language),
    "barrier": lambda language: figures.barrier_curves([curve("a", 4), curve("b", 0.1)], language=language),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_overlaps(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(battery.FIGURES, name, DRAWN[name])
    battery.test_nothing_is_cut_off_and_nothing_overlaps(name, language)


def words(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


def test_a_basin_has_one_colour_and_the_key_says_the_shares() -> None:
    outcome = np.array([[0, 0, 1, 1], [0, 0, -1, -2]])
    record = figures.BasinMap(
        [0.0, 1.0, 2.0, 3.0], [0.0, 1.0], outcome, np.full((2, 4), 7), [(0.5, 0.5), (2.5, 0.0)], known=1
    )
    figure = figures.basin_map(record, language="pl")
    (picture,) = figure.axes[0].images
    pixels = np.asarray(picture.get_array())
    assert len({tuple(pixels[place][:3]) for place in zip(*np.nonzero(outcome == 0), strict=True)}) == 1
    assert tuple(pixels[0, 0][:3]) != tuple(pixels[0, 2][:3])
    assert pixels[1, 2, 3] == 0  # undecided: the page shows through
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [label for label in labels if "(0,5; 0,5)" in label and "50%" in label]
    assert len(labels) == 4


def test_near_basins_are_told_apart_where_colours_run_out() -> None:
    places = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2)
    order = np.argsort(np.linalg.norm(places - [2, 2], axis=1), kind="stable")
    grid = np.arange(6.0)
    outcome = np.empty((6, 6), int)
    outcome[places[order][:, 1], places[order][:, 0]] = np.arange(36)
    record = figures.BasinMap(grid, grid, outcome, np.ones((6, 6)), places[order].astype(float))
    pixels = np.asarray(figures.basin_map(record).axes[0].images[0].get_array())[..., :3]
    for axis in (0, 1):
        assert (np.abs(np.diff(pixels, axis=axis)).sum(axis=-1) > 0.05).all()
    apart = np.abs(pixels - pixels[2, 2]).sum(axis=-1) < 1e-9
    assert apart.sum() == 1  # the global minimum's colour is its own


def test_contours_that_are_named_lie_at_round_heights() -> None:
    named = [float(word) for word in words(DRAWN["slice"]("en")) if re.fullmatch(r"[\d.]+", word)]
    heights = {h for h in named if h in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)}
    assert {0.1, 0.2, 0.5, 1.0, 2.0} <= heights
    assert "0,5" in words(DRAWN["slice"]("pl"))
    # Where the span is small, even steps.
    flat = figures.Surface(GRID, GRID, 3 + 0.1 * BOWL.z)
    assert {"3.1", "3.2"} <= set(words(figures.loss_plane(flat)))


def test_moments_end_where_nothing_moves() -> None:
    steps = moments(BOWL, ROUTES[:2], count=40)
    assert steps[0] == 0
    assert (np.diff(steps) > 0).all()
    last = steps[-1]
    for route in ROUTES[:2]:
        rest = np.abs(route.points[last:] - route.points[-1]).max()
        assert rest <= 0.002 * 2 * 1.1
    assert np.abs(ROUTES[0].points[last - 2] - ROUTES[0].points[-1]).max() > 0.002 * 2


@pytest.fixture(scope="module")
def made() -> Frames:
    return frames(BOWL, ROUTES, count=12, dpi=50, seconds=1.0, hold=0.5, language="pl")


def test_moving_files_hold_what_was_drawn(made: Frames) -> None:
    assert len({image.size for image in made.images}) == 1
    assert all(side % 2 == 0 for side in made.images[0].size)
    for content, loss in ((apng(made), 0), (gif(made), 24)):
        file = Image.open(io.BytesIO(content))
        assert file.n_frames == len(made.images)
        for index, image in enumerate(made.images):
            file.seek(index)
            shown = np.asarray(file.convert("RGB")).astype(int)
            # An APNG is exact. The palette of a GIF has the style's colours in steps towards white, about 12 apart.
            assert np.abs(shown - np.asarray(image).astype(int)).mean() <= loss / 8
            assert file.info["duration"] == pytest.approx(made.times[index], abs=10)
        assert len(content) < 300_000
    again = frames(BOWL, ROUTES, count=12, dpi=50, seconds=1.0, hold=0.5, language="pl")
    assert gif(again) == gif(made)
    assert apng(again) == apng(made)


def test_paths_grow_and_keep_their_colours(made: Frames) -> None:
    blue = np.array([int(COLOURS[5].light[i : i + 2], 16) for i in (1, 3, 5)])

    def covered(image: Image.Image) -> int:
        return int((np.abs(np.asarray(image.convert("RGB")).astype(int) - blue).max(axis=-1) < 30).sum())

    counts = [covered(image) for image in made.images]
    assert counts[-1] > counts[0]
    file = Image.open(io.BytesIO(gif(made)))
    file.seek(file.n_frames - 1)
    assert covered(file) > 0.7 * counts[-1]


def test_mp4_is_left_to_ffmpeg(made: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name stands in: it writes down what it was told and how many bytes it was given."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RavineError, match="ffmpeg, which is not on PATH: install it, or take GIF or APNG"):
        mp4(made)
    fake = tmp_path / "ffmpeg"

    def program(text: str) -> None:
        fake.write_text(f"#!/bin/sh\nexport PATH=/usr/bin:/bin\n{text}\n")
        os.chmod(fake, stat.S_IRWXU)

    program('for last in "$@"; do :; done; echo "$@" $(wc -c) > "$last"')
    *told, count = mp4(made, rate=10).decode().split()
    wide, high = made.images[0].size
    assert f"{wide}x{high}" in told and "libx264" in told
    assert int(count) == 3 * wide * high * round(sum(made.times) / 100)
    program("echo no such codec >&2; exit 1")
    with pytest.raises(RavineError, match="ffmpeg could not make the MP4: no such codec: take GIF or APNG"):
        mp4(made)


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and data.strip():
            self.scripts.append(data)


def test_the_page_plays_alone() -> None:
    values = [np.square(route.points).sum(axis=1) for route in ROUTES]
    text = player(BOWL, ROUTES, values=values, rates=[0.1, 0.02, 9.0], title="A <race>", language="pl")
    assert text == player(BOWL, ROUTES, values=values, rates=[0.1, 0.02, 9.0], title="A <race>", language="pl")
    page = Page(text)
    assert not [attrs for tag, attrs in page.tags if {"src", "href", "srcset"} & set(attrs) and tag != "use"]
    assert not re.findall(r"https?://(?!www\.w3\.org/(2000/svg|1999/xlink))", text)
    assert "@import" not in text and "url(http" not in text
    data, script = page.scripts
    (policy,) = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in str(policy)
    assert "default-src 'none'" in str(policy)
    assert "<h1>A &lt;race&gt;</h1>" in text and '<html lang="pl">' in text
    race = json.loads(data)
    assert [rule["label"] for rule in race["rules"]] == ["SGD", "Adam", "Momentum"]
    assert race["rules"][0]["rate"] == "0,1"
    # Points lie where the axes have them: x from -1 to 1 over the width of the view, y downwards.
    view = race["view"]
    for rule, route, heights in zip(race["rules"], ROUTES, values, strict=True):
        drawn = np.array(rule["points"])
        kept = np.clip(route.points[: len(drawn)], -6, 6)
        wanted = [
            view["x"] + (kept[:, 0] + 1) / 2 * view["width"],
            view["y"] + (1 - kept[:, 1]) / 2 * view["height"],
        ]
        np.testing.assert_allclose(drawn, np.transpose(wanted), atol=0.06)  # rounded to tenths
        np.testing.assert_allclose(rule["values"][:10], heights[:10], rtol=1e-3)
    assert len(race["rules"][2]["points"]) == 20 and race["rules"][2]["values"][20] is None
    assert race["last"] == moments(BOWL, ROUTES)[-1]
    used = set(re.findall(r"var\(--(\w+)\)", text)) - {"figure"}
    assert used <= {colour.name for colour in COLOURS}


def test_what_is_shown_cannot_end_the_script() -> None:
    hostile = figures.Route("</script><script>alert(1)</script>", [[0.9, 0.9], [0.1, 0.1]])
    page = Page(player(BOWL, [hostile], title="</title><script>"))
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert json.loads(page.scripts[0])["rules"][0]["label"] == hostile.label


def test_the_folder_of_a_race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    told: list[str] = []
    files = write_race(BOWL, ROUTES[:1], tmp_path / "out", title="Bowl", told=told.append)
    kinds = {"race.png": b"\x89PNG", "race.svg": b"<?xml", "race.pdf": b"%PDF", "race.gif": b"GIF89a",
             "race-moving.png": b"\x89PNG", "race.html": b"<!DOCTYPE html>"}  # fmt: skip
    assert [file.name for file in files] == list(kinds) == told
    for file in files:
        assert file.read_bytes().startswith(kinds[file.name])
        assert file.stat().st_size < 3_000_000


BAD = {
    "outcome and steps must be": lambda: figures.BasinMap([0, 1], [0, 1], [[0, 0]], [[0, 0]], [(0.0, 0.0)]),
    "names the minimum 3, but there are 1": lambda: figures.BasinMap(
        [0, 1], [0, 1], [[0, 0], [3, 0]], np.zeros((2, 2)), [(0.0, 0.0)]
    ),
    "barrier_curves: curves are empty": lambda: figures.barrier_curves([]),
    "loss_lines: curves are empty": lambda: figures.loss_lines([]),
    "values must be one per route, 3, got 1": lambda: player(BOWL, ROUTES, values=[[1.0]]),
    "count must be an integer of at least 2": lambda: moments(BOWL, ROUTES, count=1),
    "routes are empty": lambda: frames(BOWL, []),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_values_get_their_sentence(message: str) -> None:
    with pytest.raises(RavineError, match=message):
        BAD[message]()


def test_png_of_basins_is_the_same_each_time() -> None:
    assert png(DRAWN["basins"]("en"), dpi=40) == png(DRAWN["basins"]("en"), dpi=40)
