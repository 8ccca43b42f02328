"""Verification of published numbers: each is compared by the tolerance that is printed, and a wrong one is found."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from ravine.cli.app import app
from ravine.core import RavineError
from ravine.data import Dataset, DataUnavailableError
from ravine.lecture import published, reproduce
from ravine.lecture.texts import sections
from ravine.lecture.verification import GROUPS, LEVEL, Check, verify, within_prediction

LANGUAGES = ("en", "pl")
CHEAP = ("camera", "fashion")


def nowhere() -> Dataset:
    raise DataUnavailableError("no MNIST here")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Published numbers that may be overwritten for one test."""
    wrong: dict[str, float] = {}
    table = dict(published.PUBLISHED)

    class Wrong(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> object:
            each = super().__getitem__(key)
            return dataclasses.replace(each, value=wrong[key]) if key in wrong else each

    monkeypatch.setattr(published, "PUBLISHED", Wrong(table))
    return wrong


def test_a_prediction_interval_holds_the_next_run_as_often_as_it_says() -> None:
    """Of 4000 further runs 1 % fall outside a 99 % interval: 40, with a deviation of 6.3; 20 to 60 is three of them."""
    draw, outside = np.random.default_rng(0), 0
    for _ in range(4000):
        x = draw.normal(87.0, 0.1, 6)
        made = within_prediction("quadratic", "sgd", "quadratic_deep.sgd", x[:5])
        half = stats.t.ppf(0.5 + LEVEL / 2, 4) * x[:5].std(ddof=1) * math.sqrt(1.2)
        assert made.tolerance == pytest.approx(half, rel=1e-12)
        outside += abs(x[5] - x[:5].mean()) > made.tolerance
    assert 20 < outside < 60


@pytest.mark.parametrize(
    ("measured", "status"), [(1.05, "pass"), (1.15, "fail"), (math.nan, "fail"), (None, "not run")]
)
def test_status_follows_the_tolerance(measured: float | None, status: str) -> None:
    assert Check("camera", "loss", 1.0, measured, 0.1).status == status


def test_a_run_that_diverged_or_a_single_one_cannot_pass() -> None:
    assert within_prediction("quadratic", "sgd", "quadratic_deep.sgd", [87.2, math.nan, 87.3]).status == "fail"
    with pytest.raises(RavineError, match="one run says nothing of the spread"):
        within_prediction("quadratic", "sgd", "quadratic_deep.sgd", [87.2])


def test_losses_that_differ_by_factors_are_judged_by_their_logarithms() -> None:
    runs = 0.0732 * np.exp([-2.0, -1.0, 0.0, 1.0, 2.0])
    near = within_prediction("camera", "learned-loss", "camera.learned.test_loss", runs, log=True)
    assert near.measured == pytest.approx(0.0732)
    assert near.status == "pass"
    assert (
        within_prediction("camera", "learned-loss", "camera.learned.test_loss", 3000 * runs, log=True).status == "fail"
    )
    assert (
        within_prediction("camera", "learned-loss", "camera.learned.test_loss", runs / 3000, log=True).status == "fail"
    )


def test_what_is_published_agrees() -> None:
    checks = verify(only=[*CHEAP, "ratios"])
    assert {check.status for check in checks} == {"pass"}
    assert [check.group for check in checks] == ["camera"] * 7 + ["ratios"] * 5 + ["fashion"]


@pytest.mark.parametrize(
    ("key", "value", "group"),
    [
        ("camera.hand.horizontal", 0.4650482, "camera"),  # two units of the seventh decimal away
        ("camera.parameters", 117, "camera"),
        ("ratio.logistic_glorot", 0.25, "ratios"),
        ("fmnist.adam", 0.9300, "fashion"),  # then Adam wins
    ],
)
def test_a_planted_wrong_number_fails(key: str, value: float, group: str, planted: dict[str, float],
                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(reproduce, "PUBLISHED", published.PUBLISHED)
    planted[key] = value
    failed = [check for check in verify(only=[group]) if check.status == "fail"]
    assert len(failed) == 1


def test_without_mnist_the_networks_are_not_run_but_counted() -> None:
    checks = verify(only=["networks"], digits=nowhere)
    assert [check.status for check in checks] == ["pass"] * 3 + ["not run"] * 7
    assert {check.why for check in checks[3:]} == {"mnist"}


def test_the_deep_network_waits_for_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def trained(digits: object, names: tuple[str, ...], told: object) -> dict[str, dict[str, np.ndarray]]:
        asked.append(tuple(names))
        near = {name: published.published(f"{name}.test_loss") + 0.004 * np.arange(-2, 3) for name in names}
        return {name: {"test_loss": near[name], "test_accuracy": np.full(5, 0.5)} for name in names}

    monkeypatch.setattr(reproduce, "trained", trained)
    monkeypatch.setattr(reproduce, "example", lambda digits: np.array([0.983, 0.984, 0.985]))
    quick, full = (verify(full=full, only=["networks"], digits=lambda: None) for full in (False, True))  # type: ignore[arg-type, return-value]
    assert asked == [("dropout", "plain"), ("dropout", "plain", "deep")]
    assert {check.key: check.status for check in quick}["deep-test-loss"] == "not run"
    status = {check.key: check.status for check in full}
    assert status["keras"] == "pass"
    # Five equal accuracies foretell nothing but themselves.
    assert (status["deep-test-loss"], status["deep-test-accuracy"]) == ("pass", "fail")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_its_words(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: np.array([1.0, 2.0]) for name in ("sgd", "momentum", "momentum_slow", "adam", "adam_slow")}
    monkeypatch.setattr(reproduce, "quadratics", lambda orders, told: {"initial": np.array([353.4468]), **few})
    numbers = {"limit": 2 / 3, "regret": 0.667, "theorem": -1.0, "adam": 1.0, "amsgrad": -0.997}
    monkeypatch.setattr(reproduce, "amsgrad", lambda told: numbers)
    rows = [check.row(language) for check in verify(digits=nowhere)]
    assert all(all(cell for cell in row) for row in rows)
    assert not re.search(r"[{}]", "".join(cell for row in rows for cell in row))
    assert {f"group-{name}" for name in GROUPS} <= set(sections(language, "verify"))
    assert len(sections(language, "verify")["columns"].split("|")) == 5


def test_both_languages_have_the_same_texts() -> None:
    english, polish = (sections(language, "verify") for language in LANGUAGES)
    assert list(english) == list(polish)
    for name, text in english.items():
        assert re.findall(r"{(\w+)}", text) == re.findall(r"{(\w+)}", polish[name]), name


@pytest.fixture(autouse=True)
def _unprepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the tests' process stays as it is."""
    monkeypatch.setattr("ravine.cli.verify.prepare", lambda **options: None)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", *arguments])
    return result.exit_code, result.output


def test_the_command_prints_both_numbers_and_ends_with_0() -> None:
    code, text = run("--only", "camera", "--lang", "pl")
    assert code == 0
    assert "0,46504799" in text
    assert "zgodne: 7, niezgodne: 0, nie sprawdzono: 0" in text


def test_the_command_ends_with_1_where_a_number_disagrees(planted: dict[str, float]) -> None:
    planted["camera.hand.test_loss"] = 0.7656
    code, text = run("--only", "camera")
    assert code == 1
    assert "6 agree, 1 do not, 0 not run" in text
    assert "FAIL" in text


def test_unknown_groups_are_named() -> None:
    with pytest.raises(RavineError, match="unknown group 'camra': did you mean 'camera'"):
        verify(only=["camra"])


@pytest.mark.slow
def test_every_group_that_needs_no_data_agrees() -> None:
    """About a minute: the games of a million rounds and the orders of quadratic_deep."""
    checks = verify(digits=nowhere)
    assert {check.status for check in checks if check.group != "networks"} == {"pass"}
