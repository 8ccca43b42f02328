"""The lessons: both languages say the same things, and what the answers claim happens."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ravine.lab import Engine, configuration, prepared_setup
from ravine.lab.lessons import LANGUAGES, PARTS, lessons
from ravine.lab.picture import VIEWS, Arrays, Frame, FrameContext
from ravine.lab.queries import PathsAsked, paths

BY_SLUG = {lesson["slug"]: lesson for lesson in lessons()}


def raced(slug: str, steps: int | None = None) -> tuple[Engine, Frame, Frame]:
    """The lesson's race after its steps, and pictures of its start and its end."""
    lesson = BY_SLUG[slug]
    race = Engine(prepared_setup(configuration(lesson["configuration"])))
    lens = FrameContext(race.setup)
    start = Frame(lens, race.snapshot())
    wanted = lesson["steps"] if steps is None else steps
    while race.step < wanted and race.advance(wanted - race.step):
        pass
    race.measure()
    return race, start, Frame(lens, race.snapshot())


def rolled(slug: str) -> list[np.ndarray]:
    """The ways of the lesson's balls, (steps + 1, 2) each; the one that it is about comes first."""
    asked = BY_SLUG[slug]["landscape"]
    made = paths(asked["function"], PathsAsked(**{k: v for k, v in asked.items() if k != "function"}))
    return [np.array(path["points"], np.float64) for path in made["paths"]]


def arrived(way: np.ndarray, within: float = 0.05) -> int:
    """The step from which on the ball stays so close to the minimum, 0."""
    far = np.flatnonzero(np.linalg.norm(way, axis=1) > within)
    return int(far[-1]) + 1


def turns(values: np.ndarray) -> int:
    return int((np.diff(np.sign(values)) != 0).sum())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tabs_that_the_texts_name_are_those_of_the_page(language: str) -> None:
    words = (Path(__file__).parent.parent / "web" / "src" / "words" / f"{language}.ts").read_text("utf-8")
    named = {
        name
        for lesson in lessons()
        for part in PARTS
        for name in re.findall(r"(?:under|under the|zakładk[aięą]|w) \*([^*]+)\*", lesson[part][language])
    }
    assert named
    tabs = {match[1] for match in re.finditer(r'(?:gradients|histograms|ratios|confusion|residuals): "([^"]+)"', words)}
    assert named <= tabs


def test_both_languages_have_all_texts() -> None:
    folder = resources.files("ravine.lab").joinpath("texts")
    texts = {each: tomllib.loads(folder.joinpath(f"{each}.toml").read_text("utf-8")) for each in LANGUAGES}
    assert list(texts["en"]) == list(texts["pl"]) == list(BY_SLUG)
    for slug in BY_SLUG:
        for part in PARTS:
            english, polish = (texts[language][slug][part] for language in LANGUAGES)
            assert english.strip() and polish.strip()
            assert part == "title" or english != polish
            # The same fractions stand in both; Polish writes a comma, and none among thousands.
            found = re.findall(r"\d+\.\d+", english), re.findall(r"\d+,\d+", polish)
            assert sorted(found[0]) == sorted(each.replace(",", ".") for each in found[1]), slug


def test_every_lesson_names_a_view_and_a_whole_configuration() -> None:
    for slug, lesson in BY_SLUG.items():
        assert lesson["view"] in {"loss", "draw", "landscape", *VIEWS}, slug
        assert (lesson["view"] == "landscape") == (lesson["landscape"] is not None)
        assert configuration(lesson["configuration"]).model_dump(mode="json") == lesson["configuration"]


def test_the_balls_in_the_ravine_do_what_is_said() -> None:
    slow, stuck = rolled("ravine-sgd")
    assert turns(slow[:50, 1]) == 49
    np.testing.assert_allclose(np.abs(stuck[:, 1]), 2, rtol=1e-4)
    (momentum, plain), (nesterov, rival) = rolled("ravine-momentum"), rolled("ravine-nesterov")
    # The rivals in a lesson are those of which its text speaks.
    np.testing.assert_array_equal(plain, slow)
    np.testing.assert_array_equal(rival, momentum)
    assert 0.4 < arrived(momentum) / arrived(slow) < 0.6
    assert momentum[:, 0].max() > nesterov[:, 0].max() > 0.5
    assert np.abs(nesterov[10:60, 1]).mean() < np.abs(momentum[10:60, 1]).mean()
    quick, late, plain = rolled("ravine-adagrad")
    np.testing.assert_array_equal(plain, slow)
    assert turns(quick[:, 1]) == turns(late[:, 1]) == 0
    assert arrived(quick) < 200
    assert arrived(late) > 1000
    adadelta, rival = rolled("ravine-adadelta")
    np.testing.assert_array_equal(rival, quick)
    assert np.linalg.norm(np.diff(adadelta, axis=0), axis=1)[:5].max() < 0.01
    assert np.linalg.norm(adadelta[-1]) > 3
    rmsprop, rival = rolled("ravine-rmsprop")
    # One of the two comes to rest.
    assert np.linalg.norm(rival[-1]) < 1e-6
    np.testing.assert_array_equal(rival, quick)
    # Each coordinate goes on trembling by about half the rate, 0.1.
    np.testing.assert_allclose(np.abs(rmsprop[-100:]).mean(axis=0), 0.05, atol=0.02)
    (adam, *parents), (nadam, first), (amsgrad, second) = map(rolled, ("ravine-adam", "ravine-nadam", "ravine-amsgrad"))
    for each, same in zip(parents, (momentum, rmsprop), strict=True):
        np.testing.assert_array_equal(each, same)
    np.testing.assert_array_equal(first, adam)
    np.testing.assert_array_equal(second, adam)
    assert 0 < adam[:, 0].max() < momentum[:, 0].max()
    assert np.linalg.norm(adam[-1]) < 1e-6
    assert nadam[:, 0].max() < adam[:, 0].max()
    assert arrived(nadam) < arrived(adam)
    assert amsgrad[:, 0].max() > 3
    rprop, *others = rolled("ravine-rprop")
    for each, same in zip(others, (adam, momentum), strict=True):
        np.testing.assert_array_equal(each, same)
    assert arrived(rprop) < min(arrived(each) for each in (slow, momentum, nesterov, quick, adam, nadam, amsgrad))


def test_the_camera_set_by_hand_is_right_and_unsure() -> None:
    race, start, _ = raced("camera-by-hand")
    judged = race.setup.dataset.test
    out = start.outputs(0, judged.x)
    # p = 1 / (1 + 3 exp(-tanh(2 tanh 2))) in closed form; float32
    right = 1 / (1 + 3 * np.exp(-np.tanh(2 * np.tanh(2))))
    np.testing.assert_allclose(out[np.arange(len(out)), judged.y], right, rtol=1e-5)
    assert round(right, 3) == 0.465
    assert round((1 - right) / 3, 3) == 0.178
    assert set(np.unique(np.concatenate([kernel.ravel() for kernel, _ in start.weights(0)]))) == {-1, 0, 1}


@pytest.mark.slow
def test_the_gradient_vanishes_and_its_remedies_work() -> None:
    race, start, _ = raced("vanishing")
    gradients = start.arrays("gradients", 0)["gradients"][0]
    assert gradients[-1] > 10_000 * gradients[0]
    assert race.latest_measured[0, 0] == pytest.approx(np.log(2), abs=5e-3)
    assert race.latest_measured[1, 0] < 0.02
    race, start, _ = raced("tanh")
    gradients = start.arrays("gradients", 0)["gradients"][0]
    assert gradients.max() < 3 * gradients.min()
    assert race.latest_measured[0, 0] < 0.01


@pytest.mark.slow
def test_units_die_and_leaky_ones_do_not() -> None:
    race, start, _ = raced("relu")
    gradients = start.arrays("gradients", 0)["gradients"][0]
    assert 0.5 < gradients[0] / gradients[-1] < 2
    assert race.latest_measured[0, 2] > 0.99
    race, _, end = raced("dying")
    made: Arrays = end.arrays("histograms", 0)
    # At such a rate the way is chaotic and differs from compiler to compiler; that units die does not.
    assert made["dead"].max() > 0.5
    assert race.latest_measured[0, 2] < 0.9
    race, _, end = raced("leaky")
    assert end.arrays("histograms", 0)["dead"].max() == 0
    assert race.latest_measured[0, 2] > 0.95


@pytest.mark.slow
def test_overfitting_and_dropout() -> None:
    tests: dict[str, Any] = {}
    for slug in ("overfitting", "dropout"):
        race, _, _ = raced(slug)
        rows = race.evaluations.rows(0, 10**6)
        tests[slug] = rows[:, 2]
        assert rows[-1, 1] < 0.05
        assert rows[np.argmin(rows[:, 2]), 0] < 300
        assert rows[-1, 2] > 3 * rows[:, 2].min()
    half = len(tests["dropout"]) // 2
    assert (tests["dropout"][half:] < tests["overfitting"][half:]).all()


@pytest.mark.slow
def test_kinds_of_batches() -> None:
    losses, last = {}, {}
    for slug in ("batch", "single", "mini", "online"):
        race, _, _ = raced(slug)
        losses[slug], last[slug] = race.losses.raw(0)[1][0], race.latest_measured[0, 0]
    assert (np.diff(losses["batch"]) > 0).mean() < 0.01
    assert last["single"] > 2 * last["mini"]
    assert last["mini"] == pytest.approx(last["batch"], rel=0.1)
    assert np.std(losses["mini"][-200:]) < 0.5 * np.std(losses["single"][-200:])
    race, _, end = raced("camera-learnt")
    assert race.latest_measured[:, 3].tolist() == [1, 1]
    assert len(np.unique(end.weights(0)[0][0].round(2))) > 3
