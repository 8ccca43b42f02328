"""Colours that can be told apart and read, by the formulas of WCAG 2.2 and of Machado, Oliveira & Fernandes (2009)."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pytest

from ravine.view import style
from ravine.view.report import PAGE_COLOURS
from ravine.view.ticks import log_ticks, plain_ticks

THEMES = ("light", "dark")
COLOURS = {colour.name: colour for colour in (*style.COLOURS, *PAGE_COLOURS)}
LINES = [name for name in COLOURS if name.startswith("line")]


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    lights = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the well-known limit of AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "panel"])
@pytest.mark.parametrize("name", ["ink", "muted", "line0", "line1", "line2", "line3", "line5"])
def test_words_reach_aa(name, ground, theme):
    """Text, links and the five colours of code, on the page and on the ground of code."""
    assert contrast(getattr(COLOURS[name], theme), getattr(COLOURS[ground], theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", LINES)
def test_lines_reach_the_contrast_of_graphics(name, theme):
    assert contrast(getattr(COLOURS[name], theme), getattr(COLOURS["paper"], theme)) >= 3


# Severity 1.0, linear RGB (Machado et al. 2009, table 1).
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    t = xyz / [0.9505, 1, 1.089]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", THEMES)
def test_the_first_three_lines_differ_to_every_eye(theme, blindness):
    """A difference of 2.3 in L*a*b* is just seen; ten is plain. Beyond three lines the dashes are the second cue."""
    matrix = np.array(BLINDNESS[blindness])
    seen = [lab(matrix @ linear(getattr(COLOURS[name], theme))) for name in LINES[:3]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 10


def test_no_two_lines_share_a_dash_and_no_two_colours_a_value():
    """A colour's light value stands for its name in the drawing: two of one value could not be told apart."""
    assert len({str(dash) for dash in style.DASHES}) == len(style.DASHES) == len(style.LINES)
    assert len({colour.light for colour in style.COLOURS}) == len(style.COLOURS)


def test_the_style_stays_inside():
    before = dict(mpl.rcParams)
    figure, _axes = style.canvas()
    with style.rc():
        assert mpl.rcParams["svg.hashsalt"] == "ravine"
    assert dict(mpl.rcParams) == before
    assert figure.axes[0].spines["top"].get_visible() is False


def test_the_readers_own_settings_do_not_enter():
    with mpl.rc_context({"axes.titlesize": 40, "axes.spines.top": True}):
        _figure, (axes,) = style.canvas()
    assert not axes.spines["top"].get_visible()
    assert axes.title.get_fontsize() == pytest.approx(9.5)


@pytest.mark.parametrize(
    ("low", "high", "ticks", "labels"),
    [
        (1e-12, 1e0, [1e-12, 1e-6, 1.0], ["10⁻¹²", "10⁻⁶", "10⁰"]),
        (0.04, 3.0, [0.05, 0.1, 0.2, 0.3, 1.0], ["0.05", "0.1", "0.2", "", "1"]),
        (1, 1000, [1, 10, 100, 1000], ["1", "10", "100", "1,000"]),
    ],
)
def test_logarithmic_ticks(low, high, ticks, labels):
    _figure, (axes,) = style.canvas()
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    log_ticks(axes.yaxis, "en")
    assert [axes.yaxis.get_major_formatter()(tick) for tick in ticks] == labels


def test_plain_ticks_have_the_decimals_they_need():
    _figure, (axes,) = style.canvas()
    plain_ticks(axes.xaxis, "pl")
    label = axes.xaxis.get_major_formatter().format_ticks
    assert label([0.0, 0.25, 0.5]) == ["0,00", "0,25", "0,50"]
    assert label([0, 20000, 40000]) == ["0", "20\xa0000", "40\xa0000"]
    assert label([-1.0, 0.0, 1.0]) == ["−1", "0", "1"]
