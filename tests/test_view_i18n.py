"""Words and numbers: the catalogue against Babel's compiler and extractor, numbers against Babel's CLDR data."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import ravine
from ravine.view.i18n import LANGUAGES, number, plural_translator, translator

ROOT = Path(ravine.__file__).parent
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/ravine.po"))


def read(path):
    pofile = pytest.importorskip("babel.messages.pofile")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=path.parts[-3])


def used_messages():
    extract = pytest.importorskip("babel.messages.extract")
    keywords = {**extract.DEFAULT_KEYWORDS, "n_": (1, 2)}
    found = extract.extract_from_dir(ROOT, keywords=keywords, comment_tags=())
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _comments, _context in found}


def test_a_catalogue_stands_for_every_language_but_the_source():
    assert [path.parts[-3] for path in CATALOGUES] == sorted(set(LANGUAGES) - {"en"})


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_that_of_its_source(path):
    """The bytes would name the version of Babel: what counts is the messages and the rule of plurals."""
    mofile = pytest.importorskip("babel.messages.mofile")
    with path.with_suffix(".mo").open("rb") as file:
        compiled = mofile.read_mo(file)
    source = read(path)

    def content(catalogue):
        def plain(text):
            return text if isinstance(text, str) else tuple(text)

        return {plain(message.id): plain(message.string) for message in catalogue if message.id}

    assert content(compiled) == content(source), "run: pybabel compile -D ravine -d src/ravine/locale"
    assert compiled.plural_expr == source.plural_expr


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_message_in_the_code_is_translated(path):
    catalogue = read(path)
    used = used_messages()
    assert "Contents" in used, "the extractor finds nothing"
    missing = {message for message in used if message not in catalogue or not catalogue[message].string}
    assert not missing


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_no_translation_is_fuzzy_empty_or_loses_a_place(path):
    for message in read(path):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        source = message.id if isinstance(message.id, str) else message.id[1]
        for form in [message.string] if isinstance(message.string, str) else message.string:
            assert form, message.id
            assert sorted(re.findall(r"\{\w*\}", form)) == sorted(re.findall(r"\{\w*\}", source)), message.id


def test_unknown_messages_stay_english_and_plurals_follow_the_language():
    assert translator("pl")("no such message") == "no such message"
    assert plural_translator("en")("{n} seed", "{n} seeds", 1) == "{n} seed"
    # 12-14 take the third form although they end in 2-4: the case that a naive rule misses.
    assert plural_translator("pl")("{n} seed", "{n} seeds", 13) == "{n} ziaren"
    assert plural_translator("pl")("{n} seed", "{n} seeds", 23) == "{n} ziarna"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digits", [0, 1, 4])
@pytest.mark.parametrize("value", [0, 0.0749, 7, 999, 1234, 12345, 669706, 11972510, 1234.5678, -0.5, -54321.1])
def test_numbers_are_those_of_cldr(language, digits, value):
    numbers = pytest.importorskip("babel.numbers")
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    expected = numbers.format_decimal(round(value, digits), format=pattern, locale=language)
    if language == "pl" and 1000 <= abs(round(value, digits)) < 10000:
        expected = expected.replace("\xa0", "")  # CLDR's minimumGroupingDigits is 2 in Polish; Babel leaves it out
    if not expected.strip("-0.,"):
        expected = expected.lstrip("-")
    assert number(value, language, digits) == expected.replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "–"), (math.inf, "∞"), (1e-9, "1·10⁻⁰⁹"), (1.5e20, "150,000,000,000,000,000,000"), (0.1 + 0.2, "0.3")],
)
def test_numbers_at_the_edges(value, text):
    assert number(value) == text.replace("⁻⁰⁹", "⁻⁹")
