"""What became of a claim: each part by its interval, and the claim by its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ravine.core import RavineError
from ravine.lecture.claims.criterion import Claim, Criterion, ended
from ravine.lecture.claims.table import claim
from ravine.lecture.wording import sections
from ravine.study import Comparison
from ravine.study.evidence import Interval, Verdict, verdict
from ravine.view import LANGUAGES

__all__ = ["ClaimRecord", "Finding", "exactly", "factor", "judge", "outer"]


@dataclass(frozen=True)
class Finding:
    """One part of a claim: its *criterion*, the *interval* measured, the *verdict* that follows.

    >>> Finding(Criterion("gain"), Interval(0.2, 0.1, 0.3, 12), "supported").n
    12
    """

    criterion: Criterion
    interval: Interval
    verdict: Verdict

    @property
    def n(self) -> int:
        """How many values the interval is of."""
        return self.interval.count


@dataclass(frozen=True)
class ClaimRecord:
    """The verdict on a *claim*: what each part came to, the *figure* that shows it, the *anchor* of its chapter.

    >>> made = judge("rare", {"gain": Interval(0.2, 0.1, 0.3, 12)}, "optimisers-rare")
    >>> made.verdict, made.n, made.unit
    ('supported', 12, 'nats')
    >>> made.sentence["en"]
    "SGD's loss on new examples minus Adagrad's, problem by problem: 0.200 [0.100, 0.300], n = 12; needed: more than 0."
    """

    claim: Claim
    findings: tuple[Finding, ...]
    figure: str
    anchor: str

    @property
    def own(self) -> tuple[Finding, ...]:
        """The findings on which the verdict hangs."""
        return tuple(each for each in self.findings if not each.criterion.aside)

    @property
    def verdict(self) -> Verdict:
        """All parts supported: supported; any refuted: refuted; else open."""
        return outer([each.verdict for each in self.own])

    @property
    def deciding(self) -> Finding:
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

    def said(self, finding: Finding, language: str) -> str:
        """One *finding* in words and numbers."""
        texts, each = sections(language, "claims"), finding.criterion
        name = {"exact": "found-exact", "interval": "found", "ranking": "found"}[each.how]
        said = texts[name].format(
            quantity=self.claim.quantity(each.key, language),
            value=each.words(finding.interval, language),
            n=finding.n,
            bound=each.bound(language),
        )
        return ended(said)


def judge(name: str | int, measured: Mapping[str, Interval | Comparison], figure: str, anchor: str = "") -> ClaimRecord:
    """The verdict on the claim *name* from what was *measured* for each of its parts, by the rule declared for it.

    >>> judge("rare", {"gain": Interval(-0.2, -0.3, -0.1, 12)}, "optimisers-rare").verdict
    'refuted'
    >>> judge("rare", {"gains": Interval(-0.2, -0.3, -0.1, 12)}, "optimisers-rare")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: claim 'rare' is decided by gain, got gains: measure each part once
    """
    judged = claim(name)
    wanted = [part.key for part in judged.parts]
    if set(measured) != set(wanted):
        keys, got = (", ".join(names) for names in (wanted, measured))
        raise RavineError(f"claim {judged.slug!r} is decided by {keys}, got {got}: measure each part once")
    findings = tuple(_finding(part, measured[part.key]) for part in judged.parts)
    return ClaimRecord(judged, findings, figure, anchor or judged.chapter)


def _finding(part: Criterion, measured: Interval | Comparison) -> Finding:
    if isinstance(measured, Comparison) is not (part.how == "ranking"):
        raise RavineError(f"part {part.key!r} is decided by {part.how}, got a {type(measured).__name__}")
    if isinstance(measured, Comparison):
        said: dict[str | None, Verdict] = {"a": "supported", "b": "refuted", None: "open"}
        return Finding(part, measured.interval, said[measured.better])
    if part.below:
        turned = Interval(-measured.mean, -measured.high, -measured.low, measured.count)
        return Finding(part, measured, verdict(turned, -part.least))
    return Finding(part, measured, verdict(measured, part.least))


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


def outer(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a claim that holds only if all its parts do.

    >>> outer(["supported", "open"]), outer(["supported", "refuted"]), outer(["supported", "supported"])
    ('open', 'refuted', 'supported')
    """
    if "refuted" in verdicts:
        return "refuted"
    return "open" if "open" in verdicts else "supported"
