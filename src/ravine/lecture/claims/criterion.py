"""What will be measured for a claim and what decides: said before there are data, in both languages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ravine.core import RavineError, nearest
from ravine.lecture.texts import sections
from ravine.stats import Interval
from ravine.view import LANGUAGES, interval_words, number

__all__ = ["Claim", "Criterion", "ended", "rounded"]


@dataclass(frozen=True)
class Criterion:
    """One thing that a claim asserts: a quantity, which must exceed *least*, or stay *below* it.

    *how* says what decides: the "interval" of a mean, the value itself where it is computed "exact" and no chance is at
    play, or the "ranking" of `ravine.study.rank`, which may name no winner; what the lecture asserts and nothing here
    measures is "untested". *unit* is the quantity's in the files; people read it times *scale* with *sign* after it and
    so many *digits* (None: two significant figures). What stands *aside* is judged beside the claim and has no say in
    its verdict.

    >>> Criterion("share", 0.25, scale=100, digits=0, sign="%").bound("en")
    'more than 25%'
    >>> Criterion("gap", 1e-12, below=True, how="exact", digits=None).bound("pl")
    'poniżej 1·10⁻¹²'
    """

    key: str
    least: float = 0.0
    unit: str = ""
    below: bool = False
    how: Literal["interval", "exact", "ranking", "untested"] = "interval"
    scale: float = 1.0
    digits: int | None = 3
    sign: Literal["", "%", "points"] = ""
    aside: bool = False

    def bound(self, language: str) -> str:
        """The threshold in words."""
        words = sections(language, "claims")["below" if self.below else "above"]
        return words.format(least=number(self.scale * self.least, language) + self._sign(language))

    def words(self, interval: Interval, language: str) -> str:
        """What was measured, as people write it."""
        if self.digits is not None and self.how != "exact":
            return interval_words(interval, language, self.digits, self.scale) + self._sign(language)
        value = self.scale * interval.mean
        shown = rounded(value, language) if self.digits is None else number(value, language, self.digits)
        return shown + self._sign(language)

    def _sign(self, language: str) -> str:
        if not self.sign:
            return ""
        # The sign of per cent stands close to the number in both languages.
        return "%" if self.sign == "%" else f"\N{NO-BREAK SPACE}{sections(language, 'claims')['sign-points']}"


@dataclass(frozen=True)
class Claim:
    """A sentence of the lecture: its *number* and *slug*, the *chapter* that tries it, what will decide, *parts*.

    Its words are in the texts "claims": the statement under the slug, each quantity under SLUG-KEY.

    >>> claim = Claim(16, "rare", "optimisers", (Criterion("gain"),))
    >>> claim.statement["en"]
    'Adagrad suits sparse data'
    """

    number: int
    slug: str
    chapter: str
    parts: tuple[Criterion, ...]

    @property
    def statement(self) -> dict[str, str]:
        """The sentence itself, by language."""
        return {language: sections(language, "claims")[self.slug] for language in LANGUAGES}

    @property
    def criterion(self) -> dict[str, str]:
        """What will be measured and what decides, by language; the thresholds are those that the code compares with."""
        return {language: self._criterion(language) for language in LANGUAGES}

    @property
    def own(self) -> tuple[Criterion, ...]:
        """The parts on which the verdict hangs."""
        return tuple(part for part in self.parts if not part.aside)

    def part(self, key: str) -> Criterion:
        """The part named *key*."""
        found = {part.key: part for part in self.parts}
        if key not in found:
            raise RavineError(f"claim {self.slug!r} has no part {key!r}: {nearest(key, found)}")
        return found[key]

    def quantity(self, key: str, language: str) -> str:
        """What is measured for the part *key*, in words."""
        texts, name = sections(language, "claims"), f"{self.slug}-{key}"
        if name not in texts:
            raise RavineError(f"the text of 'claims' has no section {name!r}: {nearest(name, texts)}")
        return texts[name]

    @property
    def family(self) -> tuple[Criterion, ...]:
        """The parts that chance could decide wrongly, and that share one risk of it."""
        return tuple(part for part in self.own if part.how == "interval")

    def _criterion(self, language: str) -> str:
        texts = sections(language, "claims")
        lines = []
        for part in self.parts:
            quantity = self.quantity(part.key, language)
            if part.how == "untested":
                lines.append(f"- {texts['found-untested'].format(quantity=quantity)}")
                continue
            needed = texts["needed-aside" if part.aside else "needed"].format(
                quantity=quantity, bound=part.bound(language)
            )
            together = "-together" if part in self.family and len(self.family) > 1 else ""
            how = texts[f"how-{part.how}{together}"].format(count=len(self.family))
            lines.append(f"- {ended(needed)} {how}")
        rule = texts["rule" if len(self.own) == 1 else "rule-all"]
        return "\n".join([*lines, "", rule])


def ended(sentence: str) -> str:
    """The *sentence* with one full stop at its end, where an abbreviation has brought another.

    >>> ended("wymagane: powyżej 0 p.p..")
    'wymagane: powyżej 0 p.p.'
    """
    return sentence.rstrip(".") + "."


def rounded(value: float, language: str, significant: int = 2) -> str:
    """A value of any size with a few significant figures.

    >>> rounded(2.98023e-7, "en"), rounded(0.23456, "pl")
    ('3·10⁻⁷', '0,23')
    """
    return number(float(f"{value:.{significant - 1}e}"), language) if math.isfinite(value) else number(value, language)
