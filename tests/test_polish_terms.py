"""The Polish texts: one term for one thing, no word that a native reader stumbles over, Polish signs.

Every text is held beside the English one that it translates: the catalogue's messages, the lecture's and the lessons'
texts, the words of the page. Which word is the right one is a matter of usage and not of code: the tables below say it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import ravine
from ravine.functions import describe
from ravine.lecture.chapter_specs import CHAPTERS
from ravine.lecture.claims import Criterion
from ravine.lecture.texts import sections
from ravine.optim import RULES
from ravine.stats import outlook
from ravine.view.i18n import LANGUAGES, translator
from ravine.view.maths import mathml
from ravine.view.study.labels import percent
from ravine.view.study.outlook import outlook_words

ROOT = Path(ravine.__file__).parent
WORDS = ROOT.parent.parent / "web" / "src" / "words"

WRONG = {
    r"\btrafnoś": "dokładność (accuracy)",
    r"współczynnik\w* uczenia|temp\w+ uczenia|stop\w+ uczenia|\bkrok η": "szybkość uczenia (learning rate)",
    r"\bwygas|\bobumar|\bobumier": "martwy neuron, neuron umiera (dead)",
    r"(martw|nasycon)\w+ jednost|jednost\w+ warstwy": "neuron, neurony (units)",
    r"\bpaczk|\bw wsad|\bbatch (?!gradient)": "wsad, we wsadach, cały zbiór naraz (batch)",
    r"nieszczeln": "przeciekająca ReLU",
    r"(przeciekające|gładkie|wygładzone|zwykłe) ReLU|ReLU (przepuszczało|było)": "ReLU jest rodzaju żeńskiego",
    r"\brzeźb": "widok 3D (relief)",
    r"\bkamer|czteropiksel": "4-pikselowy aparat (4-pixel camera)",
    r"spad\w+ (wzdłuż )?gradientu|gradientu prostego|metod\w+ (gradientow|wsadow)|wsadow\w+ metod":
        "spadek gradientowy, wsadowy spadek gradientowy, spadek wsadowy (gradient descent)",
    r"nesterov": "Nesterow, Nesterowa",
    r"(strat|dokładnoś)\w* (ucząc|uczenia|testow|walidacyjn|na danych)":
        "strata, dokładność na zbiorze uczącym, testowym, walidacyjnym",
    r"\b(na|w|do) częś\w+ (testow|ucząc|walidacyjn)": "zbiór testowy, uczący, walidacyjny",
    r"strac\w+ (przebieg|prób)|(przebieg|prób)\w* strac": "przebieg rozbieżny (lost run)",
    r"prób\w* (\(|rozbieżn|pojedyncz|opublikowan|rozstrzygając)|(opublikowan|pojedyncz|rozbieżn|rozstrzygając)\w* prób":
        "przebieg (run)",
    r"przebiega za|przebieg(ani|nięci)\w+ za|\bprzestrzel|przebiegnięci": "przeskakuje minimum, przeskok (overshoot)",
    r"alternatyw\w+ rozłączn": "alternatywa wykluczająca (XOR)",
    r"zbyt dobrze": "przeuczenie (overfitting)",
    r"mniej daleko": "nie tak daleko",
    r"o połowę mniejsz": "dwa razy mniejszy",
    r"tak małych danych": "przy tak małym zbiorze danych",
    r"zwykły spadek (pozostaje|czegoś)": "zwykły SGD",
    r"dalsza rodzina": "pozostałe",
    r"\bnaturaln": "domyślna (loss)",
    r"\b(stoi|stoją)\b": "jest, widać, podano (what stands in a place)",
    r"\bna to uruchomienie": "czas obliczeń",
    r"słupki warstw": "punkty na wykresie",
    r"o liczbie wejść \{": "Dane mają ... wejść, więc mapy nie ma",
    r"\bcokolwiek poka": "niezależnie od wyników",
    r"\bsekwencj": "ciąg (sequence)",
    r"\bpas(em|y|ami|a)?\b": "pasmo (band)",
}
"""What must not occur, whatever the case, and what is written in its place."""

TERMS = {
    r"\baccura(cy|cies|te)\b": r"dokładn",
    r"\blearning rates?\b": r"szybkoś",
    r"\b(mini-)?batch(es)?\b": r"wsad|cał\w+ zbi[oó]r|wszystki\w+ przykład",
    r"\bdead\b": r"\bmartw",
    r"\bepochs?\b": r"\bepo[kc]",
    r"\bbias(es)?\b": r"\bwyraz\w* woln",
    r"\bloss(es)?\b": r"\bstrat|\bstracie",
    r"\boverfit": r"przeucz",
    r"\bmomentum\b": r"\bpęd",
    r"\bNesterov": r"Nesterow",
    r"\bseeds?\b": r"\bziar",
    r"\bneurons?\b": r"\bneuron",
    r"\bactivations?\b": r"aktywacj|wyjś",
    r"\bgradient descent\b": r"spad\w+ gradientow|SGD|spad\w+ wsadow",
    r"\bvalidation (loss|accuracy|data|part)": r"zbi\w+ walidacyjn",
    r"\btest (loss|accuracy|data|part|set)\b": r"\btestow",
    r"\btraining (loss|accuracy|data|part|set)\b": r"zbi\w+ ucząc",
    r"\bnois[ey]": r"szum",
    r"\brivals?\b": r"rywal",
    r"\blayers?\b": r"warst",
    r"\bweights?\b": r"\bwa[gż]",
    r"\bcameras?\b": r"\baparat",
    r"\bintervals?\b": r"przedzia",
    r"\bvanish": r"zanik",
    r"\bexplod": r"eksplod",
    r"\bovershoot": r"przesk|wybieg",
    r"\boptimisers?\b": r"optymaliz",
    r"\b(update )?rules?\b": r"regu[lł]|zasad",
    r"\bexclusive or\b": r"XOR",
    r"\bdecades?\b": r"rzęd\w+ wielkości",
    r"\bbands?\b": r"\bpas(m|em)",
}
"""An English term, and what has to be in the translation of every text in which it is."""

ENGLISH = r"\b(the|and|of|with|is|are|from|to the|loss|batch|learning|rate|layer|weights?|training|accuracy)\b"
"""Words that are left over from English; what is not Polish prose is taken out before."""

SIGNS = {
    r"\d\.\d": "a comma before decimals",
    r"[\d}\]] %": "no space before the sign of per cent (so has the CLDR)",
    r'"|“|(?<!„)\b\w+”(?<!„)(?=$)': "„quotes”",
    r" - |--(?!\w)": "a dash (–)",
    r"\.\.\.": "…",
    r" [,;:.!?…)]|\( |  ": "no space here",
    r"\b[Ww] (wsad|wz[bg]|wszystk)|\b[Zz] (zs|ze )": "we, ze",
}
"""Signs as Polish does not write them."""


def entries(text: str) -> dict[str, str]:
    """The words of the page: those of a line ``key: "text",`` of the table that ends at the first ``}``."""
    table = text.split("\n}", 1)[0]
    return {key: words.replace('\\"', '"') for key, words in re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', table)}


def catalogue() -> Iterator[tuple[str, str, str]]:
    pofile = pytest.importorskip("babel.messages.pofile")
    with (ROOT / "locale" / "pl" / "LC_MESSAGES" / "ravine.po").open("rb") as file:
        for message in pofile.read_po(file, locale="pl"):
            if isinstance(message.id, str):
                if message.id:
                    yield message.id, message.id, message.string
            else:
                yield from ((message.id[0], message.id[1], form) for form in message.string)


def lecture() -> Iterator[tuple[str, str, str]]:
    for file in sorted((ROOT / "lecture" / "texts" / "pl").glob("*.md")):
        english = sections("en", file.stem)
        for key, polish in sections("pl", file.stem).items():
            yield f"{file.stem}#{key}", english[key], polish
    for part in CHAPTERS:
        yield f"title of {part.slug}", part.titles["en"], part.titles["pl"]


def lessons() -> Iterator[tuple[str, str, str]]:
    english, polish = (
        tomllib.loads((ROOT / "lab" / "texts" / f"{each}.toml").read_text("utf-8")) for each in ("en", "pl")
    )
    for slug, parts in polish.items():
        for part, text in parts.items():
            yield f"{slug}.{part}", english[slug][part], text


def page() -> Iterator[tuple[str, str, str]]:
    english, polish = (entries((WORDS / f"{each}.ts").read_text("utf-8")) for each in ("en", "pl"))
    yield from ((key, english[key], text) for key, text in polish.items())


SOURCES = {"catalogue": catalogue, "lecture": lecture, "lessons": lessons, "page": page}


@cache
def texts(source: str) -> tuple[tuple[str, str, str], ...]:
    """Where, English, Polish, of every text of *source*."""
    if source == "page" and not WORDS.exists():
        pytest.skip("the sources of the page are not beside the package")
    return tuple(SOURCES[source]())


def prose(text: str) -> str:
    """*text* without code, formulas, links and places for values."""
    text = re.sub(r"\(\*[^)]*\*[^)]*\)", "", text)  # a term in its own language
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|\[[A-Z][^\]]*\]", "·", text, flags=re.DOTALL)
    return re.sub(r"\{[\w-]*\}", "{}", text)


def wrong(polish: str) -> list[str]:
    """What *polish* holds of `WRONG`, with the right term."""
    found = ((re.search(pattern, prose(polish), re.IGNORECASE), right) for pattern, right in WRONG.items())
    return [f"{hit[0]!r}: {right}" for hit, right in found if hit]


@pytest.mark.parametrize("source", SOURCES)
def test_no_word_of_which_there_is_a_better_one(source: str) -> None:
    found = {where: wrong(polish) for where, _english, polish in texts(source)}
    assert not {where: words for where, words in found.items() if words}


@pytest.mark.parametrize("source", SOURCES)
def test_a_term_is_translated_by_its_term(source: str) -> None:
    missing = [
        f"{where}: {term} is not {right}: {polish}"
        for where, english, polish in texts(source)
        for term, right in TERMS.items()
        if re.search(term, prose(english), re.IGNORECASE) and not re.search(right, prose(polish), re.IGNORECASE)
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("source", SOURCES)
def test_polish_signs_and_no_english_left_over(source: str) -> None:
    found = [
        f"{where}: {hit[0]!r} ({right}): {polish}"
        for where, _english, polish in texts(source)
        for pattern, right in {**SIGNS, ENGLISH: "English"}.items()
        if (hit := re.search(pattern, prose(polish)))
    ]
    assert not found, "\n".join(found)


def test_what_is_drawn_and_listed_has_polish_names_too() -> None:
    """These names reach tables and legends by a table of the code, where no extractor of messages sees them."""
    _ = translator("pl")
    assert [_(RULES[name].title) for name in ("momentum", "nesterov")] == ["Pęd", "Pęd Nesterowa"]
    assert _(describe("leaky_relu").title) == "przeciekająca ReLU"
    # The function of that name; the program's is no word of a language.
    assert (_("The ravine"), _("Ravine")) == ("Wąwóz", "Ravine")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sign_of_per_cent_is_close_to_its_number_as_the_cldr_has_it(language: str) -> None:
    numbers = pytest.importorskip("babel.numbers")
    assert percent(0.25, language) == numbers.format_percent(0.25, locale=language)
    assert Criterion("share", 0.25, scale=100, sign="%").bound(language).endswith(percent(0.25, language))


def test_a_number_of_splits_takes_the_form_of_its_number() -> None:
    said = [outlook_words(outlook(count), "pl", splits=True) for count in (1, 2)]
    assert [each.split(",")[0] for each in said] == ["1 podział nie wystarczy", "2 podziały nie wystarczą"]


def test_a_decimal_comma_is_part_of_its_number_in_a_formula_too() -> None:
    """A browser sets a space after the operator "," and none within a number."""
    numbers = [hit[0] for _where, _english, polish in texts("lecture") for hit in re.finditer(r"\d\{,\}\d+", polish)]
    assert len(numbers) >= 8
    for each in dict.fromkeys(numbers):
        assert f"<mn>{each.replace('{,}', ',')}</mn>" in mathml(each)
    assert mathml("(0, 5)").count("<mn>") == 2, "a comma between two numbers stays one"
