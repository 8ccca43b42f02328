"""Figures as bytes: well-formed, the same each time, without a foreign colour or a name that another figure has."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from ravine.view.export import inline_svg, png, source, svg
from ravine.view.style import COLOURS, canvas
from view_sample import FIGURES


def words(text):
    return re.sub(r'"data:[^"]*"', '""', text)


@pytest.mark.parametrize("name", FIGURES)
def test_inside_a_page(name):
    figure = FIGURES[name]("en")
    element = inline_svg(figure, "figure-a", 'A <drawing> of "it"')
    tree = ElementTree.fromstring(element)
    assert tree.get("aria-label") == 'A <drawing> of "it"'
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("figure-a-") for one in ids)
    used = {a or b for a, b in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', element)}
    assert used == set(ids)
    # Every colour is a variable of the style: a literal one would stay dark on a dark page.
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)", re.sub(r"#figure-a-[\w-]+", "", words(element)))
    assert set(re.findall(r"var\(--(\w+)\)", element)) <= {colour.name for colour in COLOURS}
    assert "http" not in words(element)
    assert not {"style", "script", "metadata"} & {node.tag.rpartition("}")[2] for node in tree.iter()}


@pytest.mark.parametrize("name", ["learning-curves", "trajectory", "examples"])
def test_the_same_bytes_each_time(name):
    first, second = FIGURES[name]("en"), FIGURES[name]("en")
    assert svg(first) == svg(second)
    assert inline_svg(first, "a", "b") == inline_svg(second, "a", "b")
    assert png(first, dpi=50) == png(second, dpi=50)


def test_the_file_stands_alone():
    figure, (axes,) = canvas()
    axes.set_title("Żółw & ∇J")
    text = svg(figure)
    tree = ElementTree.fromstring(text)
    assert "".join(tree.itertext()).find("Żółw & ∇J") >= 0, "text must stay text"
    assert "var(--" not in text
    assert not re.search(r"<metadata|<!--|\d{4}-\d\d-\d\d", text)
    assert svg(source(figure)) == text


def test_png_is_white_where_nothing_is_drawn_and_has_the_dots_asked_for():
    figure, _axes = canvas(width=4, height=2)
    picture = Image.open(io.BytesIO(png(figure))).convert("RGB")
    assert picture.size == (800, 400)
    assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_rounding_moves_no_point_by_more_than_a_tenth_of_a_point():
    """0.05 pt is half of the last place kept on long paths; matplotlib's own simplification is switched off here."""
    figure, (axes,) = canvas()
    (line,) = axes.plot(np.arange(400), np.sin(np.arange(400) / 9), color=COLOURS[0].light)
    axes.set(xlim=(0, 399), ylim=(-1, 1))
    line.get_path().should_simplify = False
    path = max(re.findall(r' d="([^"]*)"', source(figure)), key=len)
    drawn = np.array(re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", path), float)
    exact = axes.transData.transform(line.get_xydata()) * 72 / figure.dpi
    exact[:, 1] = figure.get_figheight() * 72 - exact[:, 1]
    assert len(drawn) == 400
    assert np.abs(drawn - exact).max() <= 0.0501
