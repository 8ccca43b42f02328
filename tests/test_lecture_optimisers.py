"""The chapters on optimisers and layers: experiments against arithmetic by hand, texts against each other."""

from __future__ import annotations

import inspect
import re
from itertools import combinations

import numpy as np
import pytest

from ravine.keras import layers as keras_layers
from ravine.lecture.chapters import layers, optimisers, optimisers_digits
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.experiments.games import QUADRATIC, kinship
from ravine.lecture.experiments.paths import GRID, overshoot, paths, reached
from ravine.lecture.experiments.sparse import effective_rates
from ravine.lecture.texts import sections
from ravine.optim import RULES
from ravine.view.blocks import Code, Figure


@pytest.mark.parametrize("chapter", ["optimisers", "layers"])
def test_both_languages_have_the_same_sections_and_values(chapter):
    english, polish = (sections(language, chapter) for language in ("en", "pl"))
    assert list(english) == list(polish)
    for name in english:
        values = [set(re.findall(r"(?<![\\_^}\w]){([a-z-]+)}", texts[name])) for texts in (english, polish)]
        assert values[0] == values[1], name


def test_every_rule_of_the_lecture_is_shown_in_its_order():
    order = [name for name in RULES if name in optimisers.RULES_SHOWN and name != "rprop"]
    assert [*order, "rprop"] == list(optimisers.RULES_SHOWN)
    assert set(optimisers.RULES_SHOWN) | set(optimisers.LATER) == set(RULES)


def test_descent_in_the_ravine_takes_the_steps_that_arithmetic_gives():
    """On (x^2 + 50 y^2) / 2 SGD multiplies x by 1 - eta and y by 1 - 50 eta: the height is known without any rule."""
    made = paths(["sgd"], {"ravine": 200})
    best = []
    for eta in GRID:
        t = np.arange(201.0)
        with np.errstate(over="ignore", invalid="ignore"):
            height = 0.5 * (81 * (1 - eta) ** (2 * t) + 50 * 4 * (1 - 50 * eta) ** (2 * t))
        best.append(float(reached(height, 1e-3 * height[0])))
    assert made["ravine steps"][0] == min(best)
    assert made["ravine rate"][0] == GRID[int(np.argmin(best))]


def test_a_rate_counts_on_the_saddle_only_if_its_steps_are_short():
    made = paths(["sgd", "adam"], {"saddle": 60})
    for name, steps in zip(("sgd", "adam"), made["saddle steps"], strict=True):
        length = np.linalg.norm(np.diff(made[f"saddle {name}"], axis=0), axis=1)
        # A tenth of the view, which is 4 wide; float32 adds its rounding.
        assert length[: int(steps)].max() <= 0.4 + 1e-6


def test_momentum_runs_past_as_the_recurrence_does():
    """x and v by the two lines of the equation, in float64; the rule walks in float32, whence 1e-5."""
    rates = [0.01, 0.1, 0.5]
    made = overshoot(rates)
    for eta, heavy, ahead in zip(rates, made["momentum past"], made["nesterov past"], strict=True):
        for past, gamma_ahead in ((heavy, 0.0), (ahead, 0.9)):
            x, v, least = 1.0, 0.0, 0.0
            for _ in range(400):
                v = 0.9 * v + eta * (x - gamma_ahead * v)
                x -= v
                least = min(least, x)
            assert past == pytest.approx(-least, abs=1e-5)


def test_rules_are_told_apart_only_beyond_chance():
    draw = np.random.default_rng(0)
    alike = ExperimentResult({f"{name} test_accuracy": draw.normal(0.9, 0.01, 4) for name in "abcdef"})
    assert optimisers_digits.apart(alike, list("abcdef")) == []
    alike.arrays["f test_accuracy"] = np.array([0.5, 0.501, 0.5, 0.499])
    assert set(optimisers_digits.apart(alike, list("abcdef"))) <= {(name, "f") for name in "abcde"}
    assert len(optimisers_digits.apart(alike, list("abcdef"))) > 0
    assert len(list(combinations("abcdef", 2))) == 15


def test_adam_is_both_its_parents_and_nadam_follows_nesterov():
    """Equal in exact arithmetic; a thousand recursions on steps below 1 leave some tens of roundings of 2e-16."""
    made = kinship()
    assert (made["gap"] < 1e-14).all()
    assert (made["largest"] > 0.01).all()


def test_adagrads_rate_falls_as_the_root_of_time_and_its_heirs_hold_theirs():
    """The sum of t squares is t on average, with a relative deviation of sqrt(2 / t) in each of 100 coordinates."""
    adagrad, adadelta, rmsprop = effective_rates(["adagrad", "adadelta", "rmsprop"], steps=4000)["slope"]
    assert adagrad == pytest.approx(-0.5, abs=0.02)
    assert abs(adadelta) < 0.05
    assert abs(rmsprop) < 0.05


def test_the_published_quadratic_runs_are_those_of_the_table():
    from ravine.lecture.published import PUBLISHED

    assert {f"quadratic_deep.{name}" for name in QUADRATIC} | {"quadratic_deep.initial"} == {
        key for key in PUBLISHED if key.startswith("quadratic_deep.")
    }


@pytest.mark.parametrize("layer", layers.OPTIONS)
def test_the_options_named_are_options_of_the_layer(layer):
    accepted = set(inspect.signature(getattr(keras_layers, layer)).parameters)
    assert set(layers.OPTIONS[layer]) <= accepted


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_chapter_on_layers_runs(language, tmp_path):
    from ravine.data import load

    blocks = layers.PART.build(LectureContext("quick", 0, language, load("digits", flatten=True), tmp_path))
    cells = {block.source.splitlines()[0]: block.output for block in blocks if isinstance(block, Code)}
    assert len(cells) == len(layers.CELLS)
    assert all(cells.values())
    assert "Total params: 82" in cells["from ravine import keras"]
    assert not [block for block in blocks if isinstance(block, Figure)]
