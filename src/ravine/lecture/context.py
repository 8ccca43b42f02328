"""What a chapter is given: the size of its experiments, a seed, a language, a store of finished work, a progress
bar.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ravine import __version__
from ravine.core import RavineError, nearest
from ravine.data import Dataset
from ravine.lecture.claims import ClaimRecord, claim
from ravine.lecture.texts import sections
from ravine.train import read_arrays, write_arrays
from ravine.view import translator
from ravine.view.blocks import Text

__all__ = ["ExperimentResult", "LectureContext", "Number"]

FORM = 2
"""Of what experiments leave; another one is not read."""

Progress = Callable[[float], None]
"""Told the share of an experiment that is done, from 0 to 1."""


@dataclass(frozen=True)
class Number:
    """One measured value of the lecture, a row of the numbers beside the report.

    *series* tells rivals apart (a rule, an activation), *x* is the place on an axis (depth, epoch, batch size),
    *published* the value in print, where there is one.

    >>> Number("mlp", "test_accuracy", 0.9801, series="dropout", seed=0, published=0.9795).x is None
    True
    """

    chapter: str
    quantity: str
    value: float
    series: str = ""
    x: float | None = None
    seed: int | None = None
    published: float | None = None


@dataclass(frozen=True, eq=False)
class ExperimentResult:
    """What an experiment leaves: arrays by name, and small facts that JSON takes. It can be stored and drawn, not
    trained on.

    >>> ExperimentResult({"loss": np.array([1.0, 0.5])}, {"rule": "sgd"})["loss"][-1]
    np.float64(0.5)
    """

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.arrays:
            return self.arrays[name]
        if name in self.facts:
            return self.facts[name]
        raise RavineError(f"the experiment left no {name!r}: {nearest(name, [*self.arrays, *self.facts])}")


def unwatched(name: str) -> Progress:
    """The progress of the experiment *name*, told to nobody.

    No example: the default.
    """
    return lambda share: None


@dataclass(eq=False)
class LectureContext:
    """The circumstances of one run of the lecture.

    *profile* "quick" keeps every experiment small enough that the whole takes minutes; "full" has the published sizes
    and epochs. Finished experiments are stored under *store* by the hash of what determines them, so a second run reads
    them; a file that is damaged, or of another experiment, is done again. *digits* is MNIST, or what stands in for it.
    *watch* gives, for the name of an experiment, the function that is told its progress. *numbers* and *verdicts*
    claims gather what the chapters find. *by_claim*: the report has a section for each claim, in place of the chapters.

    No example: made by `ravine.lecture.lecture`.
    """

    profile: Literal["quick", "full"]
    seed: int
    language: str
    digits: Dataset
    store: Path
    watch: Callable[[str], Progress] = field(default_factory=lambda: unwatched)
    numbers: list[Number] = field(default_factory=list)
    verdicts: list[ClaimRecord] = field(default_factory=list)
    by_claim: bool = False

    def __post_init__(self) -> None:
        self._ = translator(self.language)

    def size(self, quick: Any, full: Any) -> Any:
        """The one of the two values that fits the profile."""
        return quick if self.profile == "quick" else full

    def seeds(self, quick: int, full: int) -> list[int]:
        """As many seeds as fit the profile, beginning with the lecture's own."""
        return [self.seed + index for index in range(self.size(quick, full))]

    def anchor(self, name: str) -> str:
        """Where the report speaks of the claim *name*: its note, or its section where the report has one for each."""
        return f"claim-{claim(name).slug}"

    def compute(
        self, name: str, spec: dict[str, Any], experiment: Callable[[Progress], ExperimentResult]
    ) -> ExperimentResult:
        """The outcome of *experiment*, from the store where it was finished before.

        *spec* names all that determines it: sizes, seeds, rules, whether the digits enter. The experiment is called
        with a function that takes the share of it that is done.
        """
        described = {
            "name": name,
            "spec": spec,
            "profile": self.profile,
            "digits": [self.digits.name, self.digits.fingerprint],
            "version": __version__,
            "form": FORM,
        }
        key = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
        path = self.store / f"{name}-{key[:16]}.safetensors"
        found = _stored(path, key)
        if found is not None:
            return found
        outcome = experiment(self.watch(name))
        write_arrays(path, outcome.arrays, {"key": key, "facts": outcome.facts})
        return outcome

    def text(self, chapter: str, section: str, **values: str) -> Text:
        """A section of a chapter's text in the reader's language; ``{name}`` stands for a value."""
        texts = sections(self.language, chapter)
        if section not in texts:
            raise RavineError(f"the text of {chapter!r} has no section {section!r}: {nearest(section, texts)}")
        text = texts[section]
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return Text(text)

    def record(self, *numbers: Number) -> None:
        """Keep values for the files of numbers beside the report."""
        self.numbers.extend(numbers)


def _stored(path: Path, key: str) -> ExperimentResult | None:
    """The outcome in the file at *path*; None where there is none, or not as it was written, or that of another *key*.

    What an earlier version left, which says no key, is done again as well.
    """
    if not path.is_file():
        return None
    try:
        arrays, told = read_arrays(path)
    except RavineError:
        return None
    if told.get("key") != key or not isinstance(told.get("facts"), dict):
        return None
    return ExperimentResult(arrays, told["facts"])
