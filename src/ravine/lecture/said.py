"""What several chapters say alike: whether the digits are MNIST, and a verdict as a note."""

from __future__ import annotations

import math

import numpy as np

from ravine.data import Dataset
from ravine.lecture.context import Context
from ravine.study.evidence import Verdict
from ravine.view import number
from ravine.view.blocks import Block, Note

__all__ = ["VERDICT_WORDS", "between", "images", "judged", "listed", "outer", "rounded", "stand_in", "whole_mnist"]

VERDICT_WORDS = {"supported": "Supported", "refuted": "Not supported", "open": "No evidence either way"}
"""The words for a verdict, to be translated by the context."""


def whole_mnist(digits: Dataset) -> bool:
    """Whether *digits* is all of MNIST, so that published numbers may stand beside ours.

    >>> from ravine.data import load
    >>> whole_mnist(load("digits"))
    False
    """
    test = 0 if digits.test is None else len(digits.test)
    return digits.name == "mnist" and len(digits.train) == 60_000 and test == 10_000


def stand_in(context: Context) -> tuple[Block, ...]:
    """A warning where other data, or a part of MNIST, stand in for it; nothing where all of MNIST is there.

    No example: it reads the texts of a chapter in the context's language.
    """
    digits = context.digits
    if whole_mnist(digits):
        return ()
    test = 0 if digits.test is None else len(digits.test)
    shape = " × ".join(str(size) for size in images(digits.train.x[:1]).shape[1:])
    called = {"digits": context._("the digits of scikit-learn"), "mnist": context._("a part of MNIST")}
    text = context.text(
        "common", "stand-in", name=called.get(digits.name, digits.name), shape=shape,
        train=number(len(digits.train), context.language), test=number(test, context.language),
    )  # fmt: skip
    return (Note("warning", text.markdown),)


def images(x: np.ndarray) -> np.ndarray:
    """Examples (n, pixels) or (n, height, width) as square pictures (n, height, width).

    >>> images(np.zeros((2, 784))).shape
    (2, 28, 28)
    """
    if x.ndim > 2:
        return x
    side = math.isqrt(x.shape[1])
    return x.reshape(len(x), side, -1)


def judged(context: Context, chapter: str, section: str, verdict: Verdict, title: str, **values: str) -> Note:
    """The note for *verdict*: the chapter's section "SECTION-VERDICT" with *values* in their places, under *title*.

    No example: it reads the texts of a chapter in the context's language.
    """
    return Note(verdict, context.text(chapter, f"{section}-{verdict}", **values).markdown, title)


def listed(names: list[str], language: str) -> str:
    """The *names* as a list in a sentence.

    >>> listed(["ReLU", "softplus", "LSTM"], "en"), listed(["ReLU", "softplus"], "pl")
    ('ReLU, softplus and LSTM', 'ReLU i softplus')
    """
    word = {"en": "and", "pl": "i"}[language]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names else "–"


def between(low: float, high: float, language: str) -> str:
    """A range in words of signs.

    >>> between(0.0, math.inf, "en"), between(-0.2784645, math.inf, "pl")
    ('0 … ∞', '−0,278 … ∞')
    """
    ends = (number(end, language) if end == round(end, 3) else number(end, language, 3) for end in (low, high))
    return " … ".join(ends)


def rounded(value: float, language: str, significant: int = 2) -> str:
    """A value of any size with a few significant figures.

    >>> rounded(2.98023e-7, "en"), rounded(0.23456, "pl")
    ('3·10⁻⁷', '0,23')
    """
    return number(float(f"{value:.{significant - 1}e}"), language)


def outer(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a claim that holds only if all its parts do.

    >>> outer(["supported", "open"]), outer(["supported", "refuted"]), outer(["supported", "supported"])
    ('open', 'refuted', 'supported')
    """
    if "refuted" in verdicts:
        return "refuted"
    return "open" if "open" in verdicts else "supported"
