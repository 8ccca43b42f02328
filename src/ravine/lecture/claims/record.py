"""What became of a claim: each part by its interval, and the claim by its parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ravine.core import RavineError
from ravine.lecture.claims.criterion import Claim, Criterion, ended
from ravine.lecture.claims.table import claim
from ravine.lecture.texts import sections
from ravine.stats import Comparison, Interval, paired, verdict
from ravine.view import LANGUAGES, number

__all__ = [
    "RISK",
    "ClaimRecord",
    "ClaimResult",
    "Estimate",
    "Ruling",
    "exactly",
    "factor",
    "judge",
    "outer",
    "quotient",
]

Ruling = Literal["supported", "refuted", "open", "untested"]
"""What became of a claim, or of a part of it: a verdict from the evidence, or that there was no test of it here."""

Estimate = Callable[[float], Interval]
"""Evidence that has not been weighed yet: given a level of confidence, the interval of that level."""

RISK = 0.05
"""The risk that chance gives even one part of a claim a verdict, where the truth lies on all their thresholds."""


@dataclass(frozen=True)
class ClaimResult:
    """One part of a claim: its *criterion*, the *interval* of confidence *level*, the *verdict* that follows.

    >>> ClaimResult(Criterion("gain"), Interval(0.2, 0.1, 0.3, 12), "supported").n
    12
    """

    criterion: Criterion
    interval: Interval
    verdict: Ruling
    level: float = 1 - RISK

    @property
    def n(self) -> int:
        """How many values the interval is of."""
        return self.interval.count


@dataclass(frozen=True)
class ClaimRecord:
    """The verdict on a *claim*: what each part came to, the *figure* that shows it, the *anchor* of its chapter.

    >>> made = judge("sparse", {"zeros": Interval(0.2, 0.15, 0.24, 12)}, "vanishing-silence")
    >>> made.verdict, made.n, made.unit
    ('refuted', 12, 'share')
    >>> made.sentence["en"].partition(": ")[2]
    '20.0 [15.0, 24.0]%, n = 12; needed: more than 25%.'
    """

    claim: Claim
    findings: tuple[ClaimResult, ...]
    figure: str
    anchor: str

    @property
    def own(self) -> tuple[ClaimResult, ...]:
        """The findings on which the verdict hangs."""
        return tuple(each for each in self.findings if not each.criterion.aside)

    @property
    def verdict(self) -> Ruling:
        """All parts supported: supported; any refuted: refuted; else open, or untested where only a test is missing."""
        return outer([each.verdict for each in self.own])

    @property
    def deciding(self) -> ClaimResult:
        """The first part whose verdict is that of the claim."""
        return next(each for each in self.own if each.verdict == self.verdict)

    @property
    def interval(self) -> Interval:
        """That of the deciding part."""
        return self.deciding.interval

    @property
    def unit(self) -> str:
        """That of the deciding part."""
        return self.deciding.criterion.unit

    @property
    def n(self) -> int:
        """How many values the deciding interval is of."""
        return self.deciding.n

    @property
    def sentence(self) -> dict[str, str]:
        """The deciding part in words and numbers, by language."""
        return {language: self.said(self.deciding, language) for language in LANGUAGES}

    def said(self, finding: ClaimResult, language: str) -> str:
        """One *finding* in words and numbers."""
        texts, each = sections(language, "claims"), finding.criterion
        quantity = self.claim.quantity(each.key, language)
        if each.how == "untested":
            return texts["found-untested"].format(quantity=quantity)
        said = texts["found-exact" if each.how == "exact" else "found"].format(
            quantity=quantity, value=self.measured(finding, language), n=finding.n, bound=each.bound(language)
        )
        return ended(said)

    def measured(self, finding: ClaimResult, language: str) -> str:
        """The value of a *finding* with its interval, and the interval's level where it is not the usual one."""
        value = finding.criterion.words(finding.interval, language)
        if finding.level == 1 - RISK:
            return value
        level = number(100 * finding.level, language, 1)
        return f"{value} ({sections(language, 'claims')['level'].format(level=level)})"


def judge(
    name: str | int, measured: Mapping[str, Interval | Comparison | Estimate], figure: str, anchor: str = ""
) -> ClaimRecord:
    """The verdict on the claim *name* from what was *measured* for each of its parts, by the rule declared for it.

    A part decided by an interval is measured by an `Estimate`; an interval of 95% will do where it decides alone or has
    no say. Parts that decide together share the risk `RISK` by Holm's (1979) method: with m parts undecided each is
    looked at with its interval of level 1 - RISK / m; those that lie clear of their thresholds are decided, and the
    others are looked at again. So the risk that even one of them is called supported or refuted by chance is `RISK`
    at most, whatever the other parts are. Parts that are not tested here are not measured.

    >>> clear = lambda level: paired([3.1, 3.0, 2.9], [1, 1, 1], level)
    >>> judge("cure", {"adadelta": clear, "rmsprop": clear}, "optimisers-moved").verdict
    'supported'
    >>> judge("cure", {"adadelta": exactly(1.0)}, "optimisers-moved")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: claim 'cure' is decided by adadelta, rmsprop, got adadelta: measure each part once
    """
    judged = claim(name)
    wanted = [part.key for part in judged.parts if part.how != "untested"]
    if set(measured) != set(wanted):
        keys, got = (", ".join(names) for names in (wanted, measured))
        raise RavineError(f"claim {judged.slug!r} is decided by {keys}, got {got}: measure each part once")
    family = {part.key: _estimate(part, measured[part.key], len(judged.family)) for part in judged.family}
    found = _together(judged, family)
    for part in judged.parts:
        if part.how == "untested":
            found[part.key] = ClaimResult(part, Interval(math.nan, math.nan, math.nan, 0), "untested")
        elif part.key not in found:
            found[part.key] = _alone(part, measured[part.key])
    return ClaimRecord(judged, tuple(found[part.key] for part in judged.parts), figure, anchor or judged.chapter)


def _together(judged: Claim, family: dict[str, Estimate]) -> dict[str, ClaimResult]:
    """Holm's steps: every part that is decided widens the share of the risk that is left for the others."""
    found: dict[str, ClaimResult] = {}
    while left := [key for key in family if key not in found]:
        level = 1 - RISK / len(left)
        step = {key: _weighed(judged.part(key), family[key](level), level) for key in left}
        decided = {key: each for key, each in step.items() if each.verdict != "open"}
        found |= decided or step
    return found


def _estimate(part: Criterion, measured: Interval | Comparison | Estimate, together: int) -> Estimate:
    if isinstance(measured, Interval) and together == 1:
        return lambda level: measured
    if isinstance(measured, Interval | Comparison):
        kind = type(measured).__name__
        raise RavineError(
            f"part {part.key!r} is decided by {part.how} at the level that {together} parts together ask for, "
            f"got a {kind}: give a function from the level to the interval"
        )
    return measured


def _alone(part: Criterion, measured: Interval | Comparison | Estimate) -> ClaimResult:
    if isinstance(measured, Comparison) is not (part.how == "ranking"):
        raise RavineError(f"part {part.key!r} is decided by {part.how}, got a {type(measured).__name__}")
    if isinstance(measured, Comparison):
        said: dict[str | None, Ruling] = {"a": "supported", "b": "refuted", None: "open"}
        return ClaimResult(part, measured.interval, said[measured.better])
    return _weighed(part, measured if isinstance(measured, Interval) else measured(1 - RISK), 1 - RISK)


def _weighed(part: Criterion, measured: Interval, level: float) -> ClaimResult:
    if part.how == "exact":
        # Where no chance is at play nothing is open: what does not pass the threshold fails.
        passed = measured.mean < part.least if part.below else measured.mean > part.least
        return ClaimResult(part, measured, "supported" if passed else "refuted", level)
    if part.below:
        turned = Interval(-measured.mean, -measured.high, -measured.low, measured.count)
        return ClaimResult(part, measured, verdict(turned, -part.least), level)
    return ClaimResult(part, measured, verdict(measured, part.least), level)


def exactly(value: float, count: int = 1) -> Interval:
    """A value in which chance has no part, computed from *count* points: an interval without width.

    >>> exactly(0.5, 3).bounds
    (0.5, 0.5)
    """
    return Interval(float(value), float(value), float(value), count)


def factor(logs: Interval) -> Interval:
    """The interval of a ratio from that of its natural logarithm.

    >>> factor(Interval(0.0, -np.log(2.0), np.log(2.0), 5))
    Interval(mean=1.0, low=0.5, high=2.0, count=5)
    """
    mean, low, high = (float(f"{np.exp(end):.15g}") for end in (logs.mean, logs.low, logs.high))
    return Interval(mean, low, high, logs.count)


def quotient(ours: np.ndarray, theirs: np.ndarray) -> Estimate:
    """The geometric mean of the ratios *ours* / *theirs* (n,), pair by pair, at any level.

    >>> made = quotient(np.array([2.0, 4.0]), np.array([1.0, 2.0]))(0.95)
    >>> round(made.mean, 6), round(made.low, 6)
    (2.0, 2.0)
    """
    logs = np.log(ours), np.log(theirs)
    return lambda level: factor(paired(*logs, level))


def outer(verdicts: Sequence[Ruling]) -> Ruling:
    """The verdict on a claim that holds only if all its parts do.

    >>> outer(["supported", "open"]), outer(["supported", "refuted"]), outer(["supported", "supported"])
    ('open', 'refuted', 'supported')
    >>> outer(["supported", "untested"]), outer(["open", "untested"]), outer(["refuted", "untested"])
    ('untested', 'open', 'refuted')
    """
    order: tuple[Ruling, ...] = ("refuted", "open", "untested", "supported")
    return min(verdicts, key=order.index)
