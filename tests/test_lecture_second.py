"""The chapters on the camera and on descent: the lecture's weights, independent arithmetic, verdicts, pages."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from ravine.data import PATTERNS, load
from ravine.lecture.chapters import camera as camera_chapter
from ravine.lecture.chapters import descent, descent_online
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.experiments import batches, camera, escape, online
from ravine.lecture.published import published
from ravine.lecture.texts import sections
from ravine.nn import count_params
from ravine.stats.intervals import proportion
from ravine.train import objective
from ravine.view import blocks, html
from ravine.view.blocks import Chapter, Report

LANGUAGES = ("en", "pl")
HORIZONTAL = np.array([[1.0, 1.0, -1.0, -1.0]], np.float32)


def context(folder: Path, language: str = "en") -> LectureContext:
    return LectureContext("quick", 0, language, load("digits"), folder)


def places(text: str) -> set[str]:
    """The values a text asks for; braces of LaTeX follow a backslash, an index or a letter."""
    return set(re.findall(r"(?<![\\_^}\w]){([a-z-]+)}", text))


def page(part: object, made: tuple[blocks.Block, ...], language: str) -> str:
    return html(Report("Title", "", language, (Chapter(part.slug, "1", part.titles[language], made),)))  # type: ignore[attr-defined]


def unfilled(made: tuple[blocks.Block, ...]) -> list[str]:
    texts = [block.markdown for block in made if isinstance(block, blocks.Text)]
    texts += [block.text for block in made if isinstance(block, blocks.Note)]
    texts += [word for block in made if isinstance(block, blocks.Figure) for word in (block.caption, block.alt)]
    texts += [block.caption for block in made if isinstance(block, blocks.Table | blocks.Published)]
    return sorted(name for text in texts for name in places(text))


def notes(made: list[blocks.Block]) -> list[str]:
    return [block.kind for block in made if isinstance(block, blocks.Note)]


@pytest.mark.parametrize("chapter", ["camera", "descent"])
def test_both_languages_have_the_same_sections_and_values(chapter: str) -> None:
    english, polish = (sections(language, chapter) for language in LANGUAGES)
    assert list(english) == list(polish)
    for name in english:
        assert places(english[name]) == places(polish[name]), name


@pytest.mark.parametrize("claim", ["slow", "steadier", "typical", "escape", "networks", "online"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_its_words(claim: str, language: str) -> None:
    wanted = {"supported", "refuted", "open"}
    assert {f"{claim}-{kind}" for kind in wanted} <= set(sections(language, "descent"))


# The camera


def test_weights_set_by_hand_give_the_published_answer() -> None:
    """float32 rounds numbers near 1/2 to 3e-8 each; 1e-7 leaves room for the few roundings on the way."""
    answer = camera.NETWORK.predict(camera.hand_set(), HORIZONTAL)[0]
    right = 1 / (1 + 3 * math.exp(-math.tanh(2 * math.tanh(2))))
    np.testing.assert_allclose(answer, [(1 - right) / 3] * 3 + [right], rtol=0, atol=1e-7)
    assert answer[3] == pytest.approx(published("camera.hand.horizontal"), abs=1e-7)
    assert answer[0] == pytest.approx(published("camera.hand.other"), abs=1e-7)


def test_weights_set_by_hand_solve_the_task_at_the_published_loss() -> None:
    test = load("camera", seed=3).parts["test"]
    probabilities = camera.NETWORK.predict(camera.hand_set(), test.x)
    assert (probabilities.argmax(axis=1) == test.y).all()
    losses = -np.log(probabilities[np.arange(len(test)), test.y].astype(np.float64))
    # The same for every picture, whatever its kind and polarity.
    np.testing.assert_allclose(losses, published("camera.hand.test_loss"), rtol=0, atol=2e-7)
    aim = objective(camera.NETWORK, "sparse_categorical_crossentropy")
    assert aim.fused
    assert losses.mean() == pytest.approx(math.log(1 + 3 * math.exp(-math.tanh(2 * math.tanh(2)))), abs=1e-7)


def test_weights_set_by_hand_are_the_lectures() -> None:
    first, second, third, fourth = (layer["kernel"] for layer in camera.hand_set().params)
    assert first.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, -1, 0], [0, 1, 0, -1]]
    assert second.tolist() == [[1, -1, 0, 0], [1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, -1]]
    assert all(third[row, 2 * row : 2 * row + 2].tolist() == [1, -1] for row in range(4))
    assert np.abs(third).sum() == 8
    assert all(fourth[2 * row : 2 * row + 2, row].tolist() == [1, 1] for row in range(4))
    assert np.abs(fourth).sum() == 8
    assert not any(layer["bias"].any() for layer in camera.hand_set().params)
    assert sum(count_params(camera.NETWORK)) == published("camera.parameters") == 116


def test_the_network_learns_the_camera() -> None:
    """Over many seeds 12 epochs took every network to accuracy 1 or within one pair of kinds of it."""
    made = camera.learned([0, 1, 2], epochs=8, longer=12)
    assert (made["test_loss"][:, 8] < made["test_loss"][:, 0] / 2).all()
    assert (made["test_accuracy"][:, -1] > 0.85).all()
    variables = camera_chapter._first(made)
    test = load("camera", n_test=1000, seed=0).parts["test"]
    accuracy = np.mean(camera.NETWORK.predict(variables, test.x).argmax(axis=1) == test.y)
    assert accuracy == pytest.approx(made["test_accuracy"][0, 8], abs=1e-6)


def test_no_network_beats_the_best_possible_under_noise() -> None:
    made = camera.noise_accuracy([camera.hand_set()], [0.0, 0.7, 50.0], images=4000)
    # Three binomial standard deviations of the difference, below 1.1 % at 4000 images.
    assert (made["accuracy"] <= made["best"] + 0.011).all()
    assert made["best"][0] == 1
    assert made["best"][2] == pytest.approx(0.25, abs=0.03)


def test_bayes_classifier_by_likelihood() -> None:
    """The rule of the largest absolute product names the kind of greatest likelihood, summed over both polarities."""
    draw, sigma = np.random.default_rng(0), 0.8
    x = draw.normal(size=(200, 4))
    patterns = np.stack([pattern.ravel() for pattern in PATTERNS.values()])
    likelihood = sum(np.exp(-((x[:, None] - sign * patterns) ** 2).sum(axis=2) / (2 * sigma**2)) for sign in (1, -1))
    assert (np.abs(x @ patterns.T).argmax(axis=1) == likelihood.argmax(axis=1)).all()


def test_proportion_is_wilsons() -> None:
    z, n, k = 1.959963984540054, 24, 21
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    made = proportion(k, n)
    assert (made.mean, made.count) == (p, n)
    assert (made.low, made.high) == pytest.approx((middle - half, middle + half), rel=1e-12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_on_the_camera_builds(language: str, tmp_path: Path) -> None:
    lecture = context(tmp_path, language)
    made = camera_chapter.PART.build(lecture)
    assert unfilled(made) == []
    assert page(camera_chapter.PART, made, language).count("<figure") >= 6
    printed = "".join(block.output for block in made if isinstance(block, blocks.Code))
    assert re.search(r"0\.1783173\d 0\.1783173\d 0\.1783173\d 0\.4650\d*", printed)
    rows = [row for block in made if isinstance(block, blocks.Published) for row in block.rows]
    assert {row.published for row in rows} >= {0.17831734, 0.46504799, 0.7656146, 1.0, 116, 0.0731911802292}
    assert any(each.quantity == "test_loss" and each.published == 0.0732 for each in lecture.numbers)


# Descent


def test_batches_reach_the_target_and_count_alike() -> None:
    made = batches.batches(
        load("digits"),
        [0, 1],
        sizes=(10, 50, "full"),
        rates=(0.1, 0.3),
        examples=300,
        held=200,
        target=1.0,
        passes=60,
    )
    assert np.isfinite(made["seconds"]).all()
    assert (made["examples"] == made["updates"] * [[10], [50], [300]]).all()
    assert (made["operations"] == made["updates"] * made["per update"][:, None]).all()
    assert (made["tuned updates"] <= made["most updates"]).all()
    assert (made["rises"] >= 0).all()
    for size in (10, 50, "full"):
        seconds, _, _, loss = made[f"{size} clock"]
        assert (np.diff(seconds) > 0).all()
        assert loss[-1] <= 1.0 < loss[-2]
    assert set(made["rate"]) <= {0.1, 0.3}


def test_a_target_out_of_reach_is_not_reached() -> None:
    made = batches.batches(
        load("digits"), [0], sizes=(50, "full"), rates=(1e-6,), examples=100, held=100, target=0.01, passes=3
    )
    assert np.isinf(made["seconds"]).all()
    assert np.isinf(made["operations"]).all()
    # The end is set by the work, not by a clock: three passes over a hundred examples.
    assert [made[f"{size} clock"][2, -1] for size in (50, "full")] == [300, 300]
    assert np.isfinite(made["cost"]).all()


def test_variance_of_batches_is_that_of_their_examples() -> None:
    """Against the exact S (1 / n - 1 / N) from every example's gradient, by hand for this network."""
    digits = load("digits")
    data = batches.portion(digits, 300, 100)
    network = batches.small_network(64, 10)
    hidden, last = network.init(0).params
    x, y = data.train.x.astype(np.float64), np.eye(10)[data.train.y]
    a = np.maximum(x @ hidden["kernel"] + hidden["bias"], 0)
    z = a @ last["kernel"] + last["bias"]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    delta = p - y
    back = delta @ last["kernel"].T * (a > 0)
    kernels = [(x[:, :, None] * back[:, None]).reshape(300, -1), (a[:, :, None] * delta[:, None]).reshape(300, -1)]
    per_example = np.concatenate([*kernels, back, delta], axis=1)
    spread = per_example.var(axis=0, ddof=1).sum()
    made = batches.gradient_spread(digits, [1, 10, 100], draws=400, examples=300, held=100)
    assert made["norm"][0] == pytest.approx(np.linalg.norm(per_example.mean(axis=0)), rel=1e-5)
    # 400 draws: the estimate of a trace of many directions is within 15 % at far more than three deviations.
    np.testing.assert_allclose(made["variance"][0], spread * (1 / np.array([1, 10, 100]) - 1 / 300), rtol=0.15)


def test_walkers_stay_where_there_is_no_noise() -> None:
    made = escape.valleys(1, sizes=(1, 64), walkers=60, updates=300)
    good, _, poor = escape.stationary()
    np.testing.assert_allclose(made["paths"][0, -1], poor, atol=1e-6)
    np.testing.assert_allclose(made["paths"][1, -1], good, atol=1e-6)
    assert made["visited"][:, -1].tolist() == [0, 0]
    assert made["visited"][0, 0] > 0.9
    h = 1e-5
    theta = np.linspace(-1.5, 1.5, 7)
    rise = (escape.double_well(theta + h) - escape.double_well(theta - h)) / (2 * h)
    np.testing.assert_allclose(escape.slope(theta), rise, atol=1e-9)


def test_networks_share_their_starts() -> None:
    made = escape.xor_networks(range(4), sizes=(10,), examples=20, updates=2)
    again = escape.xor_networks(range(4), sizes=(10,), examples=20, updates=2)
    assert (made["loss"] == again["loss"]).all()
    # After two updates at most the rows differ by noise only: by less than the starts do.
    assert np.abs(made["loss"][0] - made["loss"][1]).max() < np.ptp(made["loss"][1])


def test_online_learners_start_alike_and_count_what_they_use() -> None:
    made = online.online(load("digits"), [0, 1], ticks=4, arrive=50, passes=2, held=200)
    assert made["fresh used"].tolist() == [50, 100, 150, 200]
    assert made["replay used"].tolist() == [100, 200, 300, 400]
    assert made["retrained used"].tolist() == [100, 300, 600, 1000]
    # At the first arrival going on and beginning anew are the same work.
    assert (made["replay accuracy"][:, 0] == made["retrained accuracy"][:, 0]).all()
    assert made["retrained accuracy"][:, -1].min() > made["fresh accuracy"][:, 0].max()


@pytest.mark.parametrize(("last", "said"), [(0.8, "supported"), (0.1, "refuted")])
def test_the_verdict_on_online_learning(last: float, said: str, tmp_path: Path) -> None:
    rise = np.array([[0.4, last], [0.41, last], [0.42, last + 0.01]])
    arrays = {f"{name} accuracy": rise for name in online.LEARNERS}
    arrays |= {f"{name} used": np.array([1.0, 2.0]) for name in online.LEARNERS}
    assert descent_online._verdict(context(tmp_path), ExperimentResult(arrays)).kind == said  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_on_descent_builds(language: str, tmp_path: Path) -> None:
    lecture = context(tmp_path, language)
    made = descent.PART.build(lecture)
    assert unfilled(made) == []
    assert page(descent.PART, made, language).startswith("<!DOCTYPE html>")
    wanted = {"seconds_to_target", "gradient_variance", "online_test_accuracy"}
    assert {each.quantity for each in lecture.numbers} >= wanted
