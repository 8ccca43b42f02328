"""Guided lessons: a text beside the page, a configuration, a question, and the answer that the page then shows.

The texts lie in ``texts/en.toml`` and ``texts/pl.toml``; what they claim of the runs is tested.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from ravine.lab.configuration import Configuration, configuration

__all__ = ["LANGUAGES", "lessons"]

LANGUAGES = ("en", "pl")
"""The languages of the lessons."""

PARTS = ("title", "text", "question", "answer")

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


def _ball(rule: str, *rates: float) -> dict[str, Any]:
    return {
        "function": "quadratic",
        "start": [-9.0, 2.0],
        "rules": [{"rule": rule, "rate": rate, "options": {}} for rate in rates],
        "steps": 1000,
    }


RUNS: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    ("vanishing", "gradients", 1000, _deep("logistic")),
    ("tanh", "gradients", 1000, _deep("tanh")),
    ("relu", "gradients", 1000, _deep("relu", initializer="he_uniform")),
    ("dying", "histograms", 500, _wild("relu")),
    ("leaky", "histograms", 500, _wild("leaky_relu")),
    ("overfitting", "loss", 2000, _small_data(0.0)),
    ("dropout", "loss", 2000, _small_data(0.5)),
    ("camera-by-hand", "network", 0, _camera(weights=_by_hand())),
    ("camera-learnt", "network", 1000, _camera()),
    ("batch", "loss", 1000, _batches("full", 1)),
    ("single", "loss", 1000, _batches("single", 1)),
    ("mini", "loss", 1000, _batches("mini", 32)),
    ("online", "loss", 1000, _batches("stream", 8)),
)

BALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ravine-sgd", _ball("sgd", 0.03, 0.04)),
    ("ravine-momentum", _ball("momentum", 0.01)),
    ("ravine-nesterov", _ball("nesterov", 0.01)),
    ("ravine-adagrad", _ball("adagrad", 1.0, 0.3)),
    ("ravine-adadelta", _ball("adadelta", 1.0)),
    ("ravine-rmsprop", _ball("rmsprop", 0.1)),
    ("ravine-adam", _ball("adam", 0.3)),
    ("ravine-nadam", _ball("nadam", 0.3)),
    ("ravine-amsgrad", _ball("amsgrad", 0.3)),
    ("ravine-rprop", _ball("rprop", 0.1)),
)


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: str) -> dict[str, dict[str, str]]:
    file = resources.files("ravine.lab").joinpath("texts", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def lessons() -> list[dict[str, Any]]:
    """The lessons in the order of the lecture.

    Each has ``slug``, ``title``, ``text``, ``question``, ``answer`` (in each language), ``configuration``, the ``view``
    to look at, the ``steps`` after which the answer shows, and ``landscape``, what to race on a test function (then the
    view is "landscape"), or None.

    >>> first = lessons()[0]
    >>> first["slug"], first["title"]["pl"], first["view"]
    ('vanishing', 'Zanikający gradient', 'gradients')
    """
    plain: list[tuple[str, str, int, dict[str, Any] | None, dict[str, Any]]] = [
        *((slug, view, steps, None, configured) for slug, view, steps, configured in RUNS),
        *((slug, "landscape", ball["steps"], ball, {}) for slug, ball in BALLS),
    ]
    return [
        {
            "slug": slug,
            **{part: {language: _texts(language)[slug][part] for language in LANGUAGES} for part in PARTS},
            "configuration": _whole(configured).model_dump(mode="json"),
            "view": view,
            "steps": steps,
            "landscape": landscape,
        }
        for slug, view, steps, landscape, configured in plain
    ]


def _whole(configured: dict[str, Any]) -> Configuration:
    return configuration(configured)
