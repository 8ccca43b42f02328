"""What several chapters say alike: whether the digits are MNIST, and what became of a claim, as a note."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ravine.data import Dataset
from ravine.lecture.claims import ClaimRecord, judge
from ravine.lecture.context import LectureContext
from ravine.lecture.texts import sections
from ravine.optim import RULES
from ravine.view import listed, number
from ravine.view.blocks import Block, Note

__all__ = [
    "VERDICT_WORDS",
    "between",
    "conclude",
    "conditional",
    "images",
    "judged",
    "rule_title",
    "stand_in",
    "whole_mnist",
]

VERDICT_WORDS = {
    "supported": "Supported",
    "refuted": "Not supported",
    "open": "No evidence either way",
    "untested": "Not tested here",
}
"""The words for a verdict, to be translated by the context."""


def whole_mnist(digits: Dataset) -> bool:
    """Whether *digits* is all of MNIST, so that published numbers may stand beside ours.

    >>> from ravine.data import load
    >>> whole_mnist(load("digits"))
    False
    """
    test = 0 if digits.test is None else len(digits.test)
    return digits.name == "mnist" and len(digits.train) == 60_000 and test == 10_000


def stand_in(context: LectureContext) -> tuple[Block, ...]:
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


def conclude(context: LectureContext, name: str, measured: Mapping[str, Any], figure: str) -> ClaimRecord:
    """The verdict on the claim *name* by its rule, kept for the summary of them all; *figure* shows it.

    No example: it needs a context; see `ravine.lecture.claims.judge`.
    """
    record = judge(name, measured, figure, context.anchor(name))
    context.verdicts.append(record)
    return record


def judged(
    context: LectureContext,
    record: ClaimRecord,
    section: str = "",
    *,
    key: str = "",
    title: str = "",
    text: str | None = None,
    **values: str,
) -> Note:
    """The note for what became of a claim: what the chapter says of it, then each part with its number and threshold.

    The chapter's words are *text*, or its section "SECTION-VERDICT" (by default that of the claim's slug) with *values*
    in their places. With *key* the note is on that part alone, under *title*.

    No example: it reads the texts of a chapter in the context's language.
    """
    language, claim = context.language, record.claim
    found = [each for each in record.findings if not key or each.criterion.key == key]
    verdict = found[0].verdict if key else record.verdict
    if text is None:
        text = context.text(claim.chapter, f"{section or claim.slug}-{verdict}", **values).markdown
    lines = []
    for each in found:
        beside = f" ({sections(language, 'claims')['aside']})" if each.criterion.aside and not key else ""
        lines.append(f"- **{context._(VERDICT_WORDS[each.verdict])}**{beside}: {record.said(each, language)}")
    heading = title or context._("Claim {number}: {statement}").format(
        number=claim.number, statement=claim.statement[language]
    )
    # in a report of claims alone the claim's section has the anchor
    anchor = "" if key or context.by_claim else record.anchor
    return Note(verdict, "\n\n".join([text, "\n".join(lines)]), heading, anchor, claim="" if key else claim.slug)


def conditional(context: LectureContext, rivals: list[str]) -> str:
    """The sentence that the comparison hangs on the rates tried, for *rivals* whose best rate is an end of them.

    No example: it reads the texts of a chapter in the context's language.
    """
    if not rivals:
        return ""
    return context.text("common", "edge", names=listed(rivals, context.language)).markdown


def rule_title(context: LectureContext, name: str) -> str:
    """What the update rule *name* is called in the context's language.

    No example: it needs a context.
    """
    return context._(RULES[name].title)


def between(low: float, high: float, language: str) -> str:
    """A range in words of signs.

    >>> between(0.0, math.inf, "en"), between(-0.2784645, math.inf, "pl")
    ('0 … ∞', '−0,278 … ∞')
    """
    ends = (number(end, language) if end == round(end, 3) else number(end, language, 3) for end in (low, high))
    return " … ".join(ends)
