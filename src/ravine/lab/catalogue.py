"""What there is to choose from: data sets, activations, rules, losses, lessons, functions, limits."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from ravine.functions import ACTIVATIONS, INITIALIZERS, describe
from ravine.lab._configuration import Configuration, DataChoice, LayerChoice
from ravine.lab.datasets import dataset_of, hidden_layers, is_here, sources
from ravine.lab.lessons import lessons
from ravine.lab.limits import LIMITS
from ravine.lab.rules import SCHEDULE_NAMES, option_names
from ravine.lab.setup import LOSSES_BY_TASK
from ravine.lab.titles import (
    FUNCTIONS_CALLED,
    INITIALIZERS_CALLED,
    LOSSES_CALLED,
    OPTIONS_CALLED,
    SCHEDULES_CALLED,
    said,
)
from ravine.lab.wire import plain
from ravine.landscape import FUNCTIONS, RATES, STEPS
from ravine.optim import RULES, SCHEDULES, bounds_of
from ravine.view import LANGUAGES, formula, mathml_pieces, translator

__all__ = ["catalogue", "class_title", "title_of"]

THUMBNAIL = 60
PAINTED = (LayerChoice(units=8), LayerChoice(units=8))
"""What suits points painted by hand."""
SQUARE = ("identity",)
"""Initialisers that suit square matrices alone."""


def _set(latex: str) -> dict[str, list[str]]:
    """A formula for the page: MathML, in pieces, with the decimal sign of each language."""
    return {language: mathml_pieces(formula(latex, language)) for language in LANGUAGES}


def title_of(name: str, language: str) -> str:
    """What the data set *name* is called in *language*; a table of one's own has no other name.

    >>> title_of("moons", "pl"), title_of("upload:x", "pl")
    ('Dwa półksiężyce', 'upload:x')
    """
    titles = _titles()
    return titles[name][language] if name in titles else name


def class_title(name: str, language: str) -> str:
    """What a class of a built-in data set is called in *language*; a number at its end stays.

    >>> class_title("arm 2", "pl"), class_title("7", "pl")
    ('ramię 2', '7')
    """
    _ = translator(language)
    known = {
        "outer": _("outer"),
        "inner": _("inner"),
        "upper": _("upper"),
        "lower": _("lower"),
        "same": _("same"),
        "different": _("different"),
        "arm": _("arm"),
        "blob": _("blob"),
        "black": _("black"),
        "white": _("white"),
        "solid": _("solid"),
        "vertical": _("vertical"),
        "diagonal": _("diagonal"),
        "horizontal": _("horizontal"),
    }
    word, blank, number = name.partition(" ")
    return known.get(word, word) + blank + number


def _titles() -> dict[str, dict[str, str]]:
    return {name: said(source.title) for name, source in sources().items()} | {"painted": said("Painted by hand")}


def _rules() -> list[dict[str, Any]]:
    found = []
    for name in RULES:
        kind: Any = RULES[name]
        defaults = {field.name: field.default for field in dataclasses.fields(kind)}
        options = []
        for option in option_names(name):
            low, high = bounds_of(kind, option)
            span = kind.ranges.get(option)
            options.append(
                {
                    "name": option,
                    # A rule of one's own may have numbers for which there is no word.
                    "title": OPTIONS_CALLED.get(option) or dict.fromkeys(LANGUAGES, option.replace("_", " ")),
                    "default": defaults[option],
                    "low": low if span is None else span.low,
                    "high": high if span is None else span.high,
                    "log": bool(span.log) if span is not None else option.startswith("eps"),
                }
            )
        rate = kind.ranges["learning_rate"]
        found.append(
            {
                "name": name,
                "title": said(kind.title),
                "equation": kind.equation,
                "mathml": _set(kind.equation),
                "paper": kind.paper,
                "full_batch_only": kind.full_batch_only,
                "options": options,
                "rate": {"default": defaults["learning_rate"], "low": rate.low, "high": rate.high},
            }
        )
    return found


def _datasets() -> list[dict[str, Any]]:
    titles = _titles()
    found: list[dict[str, Any]] = []
    for name, source in sources().items():
        entry = {
            "name": name,
            "title": titles[name],
            "inputs": source.inputs,
            "classes": source.classes,
            "task": source.task,
            "kind": source.kind,
            "settings": [*source.settings],
            "available": is_here(name),
            "network": _layers(hidden_layers(source)),
            "thumbnail": [],
        }
        if source.inputs <= 2:
            choice = DataChoice(name=name, n=THUMBNAIL, noise=0.02, test=0, classes=source.classes or 3)
            made = dataset_of(choice).dataset
            x, y = made.train.x, made.train.y.reshape(len(made.train), -1)[:, :1]
            entry["thumbnail"] = [[*map(float, a), *map(float, b)] for a, b in zip(x, y, strict=True)]
        found.append(entry)
    found.append(
        {"name": "painted", "title": titles["painted"], "inputs": 2, "classes": None, "task": "classification",
         "kind": "plane", "settings": [], "available": True, "network": _layers(PAINTED), "thumbnail": []}
    )  # fmt: skip
    return found


def _layers(layers: tuple[LayerChoice, ...]) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in layers]


@lru_cache(maxsize=1)
def _fixed() -> dict[str, Any]:
    activations = [describe(name) for name in ACTIVATIONS]
    made: dict[str, Any] = plain(
        {
            "version": version("ravine"),
            "limits": dataclasses.asdict(LIMITS),
            "datasets": _datasets(),
            "activations": [
                {
                    "name": each.name,
                    "title": said(each.title),
                    "formula": each.formula,
                    "mathml": _set(each.formula),
                    "low": each.low,
                    "high": each.high,
                }
                for each in activations
                if each.elementwise
            ],
            "rules": _rules(),
            "schedules": [
                {
                    "name": name,
                    "title": SCHEDULES_CALLED[name],
                    "equation": SCHEDULES[name].equation,
                    "mathml": _set(rf"\eta_s = {SCHEDULES[name].equation}"),
                }
                for name in SCHEDULE_NAMES
            ],
            "initializers": [
                {"name": name, "title": INITIALIZERS_CALLED[name]} for name in INITIALIZERS if name not in SQUARE
            ],
            "losses": [
                {
                    "name": name,
                    "title": LOSSES_CALLED[name],
                    "tasks": [task for task, known in LOSSES_BY_TASK.items() if name in known],
                }
                for name in dict.fromkeys(name for known in LOSSES_BY_TASK.values() for name in known)
            ],
            "lessons": lessons(),
            "functions": [
                {
                    "name": name,
                    "title": FUNCTIONS_CALLED[name],
                    "formula": FUNCTIONS[name].formula,
                    "mathml": _set(f"f(x, y) = {FUNCTIONS[name].formula}"),
                    "domain": FUNCTIONS[name].domain,
                    "minima": FUNCTIONS[name].minima,
                    "start": FUNCTIONS[name].start,
                    "rates": RATES[name],
                    "steps": STEPS.get(name, 300),
                }
                for name in FUNCTIONS
            ],
        }
    )
    return made


def catalogue(default: Configuration, uploads: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything a page needs to offer choices, with the *default* configuration and the *uploads* that are there.

    >>> made = catalogue(Configuration(), [])
    >>> made["limits"]["lanes"], made["rules"][1]["options"][0]["name"]
    (8, 'momentum')
    """
    return {**_fixed(), "defaults": default.model_dump(mode="json"), "uploads": uploads}
