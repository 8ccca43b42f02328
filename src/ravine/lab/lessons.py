"""Guided lessons: a text beside the page, a configuration, a question, and the answer that the page then shows.

The texts lie in ``texts/en.toml`` and ``texts/pl.toml``; what they claim of the runs is tested.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ravine.lab._configuration import configuration

__all__ = ["LANGUAGES", "lessons"]

LANGUAGES = ("en", "pl")
"""The languages of the lessons."""

PARTS = ("title", "text", "question", "answer")

PANELS = ("network", "answers", "curves")
"""The parts of the page that are always there; any other that answers a lesson is a tab of the instruments."""

# The camera's weights as the lecture sets them by hand: columns added and subtracted, then joined; signs split, joined.
COLUMNS = [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, -1, 0], [0, 1, 0, -1]]
KINDS = [[1, -1, 0, 0], [1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, -1]]
SIGNS = np.kron(np.eye(4, dtype=int), [[1, -1]]).tolist()
JOINED = np.kron(np.eye(4, dtype=int), [[1], [1]]).tolist()


def _layers(count: int, units: int, activation: str, **more: Any) -> list[dict[str, Any]]:
    return [{"units": units, "activation": activation, **more} for _ in range(count)]


def _deep(activation: str, **more: Any) -> dict[str, Any]:
    return {
        "data": {"name": "circles"},
        "network": {"layers": _layers(6, 8, activation, **more)},
        "lanes": [{"rule": "sgd", "rate": 0.1}, {"rule": "rmsprop", "rate": 0.01}],
    }


def _wild(activation: str) -> dict[str, Any]:
    return {
        "data": {"name": "circles"},
        "network": {"layers": _layers(2, 16, activation, initializer="he_uniform")},
        "lanes": [{"rule": "sgd", "rate": 3.0}],
    }


def _small_data(dropout: float) -> dict[str, Any]:
    return {
        "data": {"name": "moons", "n": 80, "noise": 0.35, "test": 0.5},
        "network": {"layers": _layers(2, 64, "relu", initializer="he_uniform", dropout=dropout)},
        "lanes": [{"rule": "adam", "rate": 0.01}],
    }


def _batches(kind: str, size: int) -> dict[str, Any]:
    return {
        "data": {"name": "moons", "noise": 0.2},
        "batch": {"kind": kind, "size": size},
        "network": {"layers": _layers(1, 8, "tanh")},
        "lanes": [{"rule": "sgd", "rate": 0.3}],
    }


def _camera(**more: Any) -> dict[str, Any]:
    layers = [*_layers(2, 4, "tanh"), *_layers(1, 8, "relu")]
    lanes = [{"rule": "rmsprop", "rate": 0.001}, {"rule": "adam", "rate": 0.01}]
    data = {"name": "camera", "n": 1000, "noise": 0.0}
    return {"data": data, "network": {"layers": layers, **more}, "lanes": lanes}


def _by_hand() -> list[dict[str, Any]]:
    return [{"kernel": kernel, "bias": [0] * len(kernel[0])} for kernel in (COLUMNS, KINDS, SIGNS, JOINED)]


def _balls(*rivals: tuple[str, float]) -> dict[str, Any]:
    """A race in the ravine; the first of *rivals*, each a rule and its rate, is what the lesson is about."""
    return {
        "function": "quadratic",
        "start": [-9.0, 2.0],
        "rules": [{"rule": rule, "rate": rate, "options": {}} for rule, rate in rivals],
        "steps": 1000,
    }


@dataclass(frozen=True)
class LessonRun:
    """A lesson on a network: what is set up and where its answer is seen.

    *panels* are the parts of the page that answer, tabs among them by their names; the first tab is opened. The answer
    shows after so many *steps*, at which the run stops; one that *plays* begins by itself, one that asks about the
    beginning does not. *curves* says how losses are drawn, *compares* names lessons whose curves stay in sight.

    No example: the lessons below are made of it.
    """

    slug: str
    panels: tuple[str, ...]
    steps: int
    configured: dict[str, Any]
    plays: bool = True
    curves: str = "evaluated"
    compares: tuple[str, ...] = ()


RUNS: tuple[LessonRun, ...] = (
    LessonRun("vanishing", ("gradients", "curves"), 1000, _deep("logistic"), plays=False),
    LessonRun("tanh", ("curves", "gradients"), 1000, _deep("tanh")),
    LessonRun("relu", ("gradients", "answers"), 1000, _deep("relu", initializer="he_uniform"), plays=False),
    LessonRun("dying", ("histograms", "answers"), 500, _wild("relu")),
    LessonRun("leaky", ("histograms", "answers"), 500, _wild("leaky_relu")),
    LessonRun("overfitting", ("curves", "answers"), 2000, _small_data(0.0)),
    LessonRun("dropout", ("curves", "answers"), 2000, _small_data(0.5), compares=("overfitting",)),
    LessonRun("camera-by-hand", ("draw", "network"), 0, _camera(weights=_by_hand()), plays=False),
    LessonRun("camera-learnt", ("network", "answers"), 1000, _camera()),
    LessonRun("batch", ("curves", "answers"), 1000, _batches("full", 1), curves="batches"),
    LessonRun("single", ("curves", "answers"), 1000, _batches("single", 1), curves="batches"),
    LessonRun(
        "mini", ("curves", "answers"), 1000, _batches("mini", 32), curves="batches", compares=("batch", "single")
    ),
    LessonRun("online", ("curves", "answers"), 1000, _batches("stream", 8), curves="batches", compares=("mini",)),
)

BALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ravine-sgd", _balls(("sgd", 0.03), ("sgd", 0.04))),
    ("ravine-momentum", _balls(("momentum", 0.01), ("sgd", 0.03))),
    ("ravine-nesterov", _balls(("nesterov", 0.01), ("momentum", 0.01))),
    ("ravine-adagrad", _balls(("adagrad", 1.0), ("adagrad", 0.3), ("sgd", 0.03))),
    ("ravine-adadelta", _balls(("adadelta", 1.0), ("adagrad", 1.0))),
    ("ravine-rmsprop", _balls(("rmsprop", 0.1), ("adagrad", 1.0))),
    ("ravine-adam", _balls(("adam", 0.3), ("momentum", 0.01), ("rmsprop", 0.1))),
    ("ravine-nadam", _balls(("nadam", 0.3), ("adam", 0.3))),
    ("ravine-amsgrad", _balls(("amsgrad", 0.3), ("adam", 0.3))),
    ("ravine-rprop", _balls(("rprop", 0.1), ("adam", 0.3), ("momentum", 0.01))),
)

SCENES = ("rivals", "plane", "relief")
"""The parts of the page that answer where balls race."""


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: str) -> dict[str, dict[str, str]]:
    file = resources.files("ravine.lab").joinpath("texts", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def lessons() -> list[dict[str, Any]]:
    """The lessons in the order of the lecture.

    Each has ``slug``, ``title``, ``text``, ``question``, ``answer`` (in each language), ``configuration``, the ``view``
    to look at, the ``panels`` of the page that answer, how ``curves`` are drawn, the ``steps`` after which the answer
    shows, whether it ``plays`` by itself, the lessons whose curves it ``compares`` with, and ``landscape``, what to
    race on a test function (then the view is "landscape"), or None.

    >>> first = lessons()[0]
    >>> first["slug"], first["title"]["pl"], first["view"], first["panels"]
    ('vanishing', 'Zanikający gradient', 'gradients', ['gradients', 'curves'])
    """
    return [*(_run(run) for run in RUNS), *(_race(slug, balls) for slug, balls in BALLS)]


def _said(slug: str) -> dict[str, Any]:
    return {"slug": slug, **{part: {each: _texts(each)[slug][part] for each in LANGUAGES} for part in PARTS}}


def _run(run: LessonRun) -> dict[str, Any]:
    stop = {"kind": "steps", "value": float(run.steps)} if run.steps else {}
    return {
        **_said(run.slug),
        "configuration": configuration({**run.configured, "stop": stop}).model_dump(mode="json"),
        "view": next((panel for panel in run.panels if panel not in PANELS), "loss"),
        "panels": [*run.panels],
        "curves": run.curves,
        "steps": run.steps,
        "plays": run.plays,
        "compares": [*run.compares],
        "landscape": None,
    }


def _race(slug: str, balls: dict[str, Any]) -> dict[str, Any]:
    return {
        **_said(slug),
        "configuration": configuration({}).model_dump(mode="json"),
        "view": "landscape",
        "panels": [*SCENES],
        "curves": "evaluated",
        "steps": balls["steps"],
        "plays": True,
        "compares": [],
        "landscape": balls,
    }
