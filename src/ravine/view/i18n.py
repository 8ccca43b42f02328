"""Words and numbers in the reader's language: gettext catalogues and the decimal comma."""

from __future__ import annotations

import gettext
import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from ravine.core import check_choice

__all__ = [
    "LANGUAGES",
    "formula",
    "language_name",
    "listed",
    "number",
    "plural_translator",
    "superscript",
    "translator",
]

LANGUAGES = ("en", "pl")
"""The languages in which Ravine speaks; the sources are English."""

NAMES = {"en": "English", "pl": "polski"}
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    check_choice("translator", "language", language, LANGUAGES)
    if language == "en":
        return gettext.NullTranslations()
    file = resources.files("ravine").joinpath("locale", language, "LC_MESSAGES", "ravine.mo")
    with file.open("rb") as catalogue:
        return gettext.GNUTranslations(catalogue)


def translator(language: str) -> Callable[[str], str]:
    """Return the function from an English message to its translation into *language* ("en" or "pl").

    A message that the catalogue lacks stays English. Messages with numbers: see `plural_translator`.

    >>> _ = translator("pl")
    >>> _("Contents")
    'Spis treści'
    >>> translator("de")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: translator: unknown language 'de': did you mean 'en'? Known: en, pl
    """
    return _catalogue(language).gettext


def plural_translator(language: str) -> Callable[[str, str, int], str]:
    """Return the function from (singular, plural, count) to the form that *count* takes in *language*.

    >>> n_ = plural_translator("pl")
    >>> [n_("{n} seed", "{n} seeds", n).format(n=n) for n in (1, 2, 5)]
    ['1 ziarno', '2 ziarna', '5 ziaren']
    """
    return _catalogue(language).ngettext


def language_name(language: str) -> str:
    """Return the name of *language* in itself.

    >>> language_name("pl")
    'polski'
    """
    check_choice("language_name", "language", language, LANGUAGES)
    return NAMES[language]


def number(value: Any, language: str = "en", digits: int | None = None) -> str:
    """Write *value* as people of *language* do: decimal sign, thousands, a true minus.

    *digits* after the decimal sign; None writes a whole number without any and others with six significant digits.
    Polish groups thousands from five figures on, by a space that does not break. Not a number: a dash.

    >>> number(669706), number(0.0749, digits=4)
    ('669,706', '0.0749')
    >>> number(669706, "pl"), number(1234, "pl"), number(-0.0749, "pl", 3)
    ('669\\xa0706', '1234', '−0,075')
    >>> number(float("nan")), number(float("-inf"))
    ('–', '−∞')
    """
    check_choice("number", "language", language, LANGUAGES)
    amount = float(value)
    if math.isnan(amount):
        return "–"
    sign = MINUS if amount < 0 else ""
    if math.isinf(amount):
        return f"{sign}∞"
    if digits is None:
        text = f"{abs(amount):.0f}" if amount.is_integer() else f"{abs(amount):.6g}"
    else:
        text = f"{abs(amount):.{digits}f}"
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return f"{sign}{_localised(mantissa, language)}·10{superscript(int(exponent))}"
    if not text.strip("0."):
        sign = ""
    return sign + _localised(text, language)


def _localised(text: str, language: str) -> str:
    whole, _, fraction = text.partition(".")
    least = 5 if language == "pl" else 4
    grouped = f"{int(whole):,}" if len(whole) >= least else whole
    if language == "pl":
        grouped = grouped.replace(",", NO_BREAK)
    return grouped + ("," if language == "pl" else ".") * bool(fraction) + fraction


def superscript(value: int) -> str:
    """Write *value* in raised figures.

    >>> superscript(-12)
    '⁻¹²'
    """
    return str(value).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def formula(latex: str, language: str) -> str:
    r"""Write the numbers of the formula *latex* with the decimal sign of *language*.

    >>> formula(r"\alpha = 0.01", "pl"), formula(r"\alpha = 0.01", "en")
    ('\\alpha = 0{,}01', '\\alpha = 0.01')
    """
    check_choice("formula", "language", language, LANGUAGES)
    return re.sub(r"(?<=\d)\.(?=\d)", "{,}", latex) if language == "pl" else latex


def listed(names: Sequence[str], language: str) -> str:
    """The *names* as a list in a sentence.

    >>> listed(["ReLU", "softplus", "LSTM"], "en"), listed(["ReLU", "softplus"], "pl")
    ('ReLU, softplus and LSTM', 'ReLU i softplus')
    """
    word = {"en": "and", "pl": "i"}[language]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names else "–"
