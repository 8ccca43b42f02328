"""The lecture's report as a reader meets it in a browser: how long it is, what is folded, that nothing is cut off.

The chapters are the real ones; what they would train is made by hand. A slow test measures the whole quick report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ravine.data import load
from ravine.lecture.build import lecture
from ravine.lecture.chapter_specs import CHAPTERS
from ravine.lecture.chapters import layers
from ravine.lecture.chapters.deep_claim import SMALL_EPOCHS
from ravine.lecture.chapters.optimisers import RULES_SHOWN
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.front import counted
from ravine.lecture.outline import STRONG, first_sentence, outlined
from ravine.optim import RULES
from ravine.view import blocks, html
from ravine.view.maths import mathml_pieces
from ravine.view.style import canvas
from test_lecture_first import fake_mnist, outcome

SCREEN = 1500
SLUGS = ("mnist", "mlp", "deep")


def compute(self: LectureContext, name: str, spec: dict[str, object], experiment: Any) -> ExperimentResult:
    """What the chapters on networks would train, by hand; what takes no training is done."""
    if name == "mlp":
        return outcome(("dropout", "plain"), 5, 3, 0.98)
    if name == "deep-small":
        alike = outcome(("plain", "tanh", "deeper"), SMALL_EPOCHS, 4, 0.93).arrays
        return ExperimentResult({**alike, **outcome(("deep",), 2 * SMALL_EPOCHS, 4, 0.95).arrays})
    if name.startswith("deep"):
        return outcome(("deep",), 5, 1, 0.97)
    made: ExperimentResult = experiment(lambda share: None)
    return made


@pytest.fixture(scope="module", params=["en", pytest.param("pl", marks=pytest.mark.slow)])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LectureContext, "compute", compute)
        folder = tmp_path_factory.mktemp("report")
        return lecture(folder, only=SLUGS, language=request.param, data=fake_mnist)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(browser: Any, path: Path, width: int, hash_: str = "", **options: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": width, "height": SCREEN}, reduced_motion="reduce", **options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri() + hash_)
    yield page
    assert complaints == []
    page.close()


@pytest.fixture
def wide(browser: Any, report: Path) -> Iterator[Any]:
    yield from opened(browser, report, 1300)


@pytest.fixture
def narrow(browser: Any, report: Path, theme: str) -> Iterator[Any]:
    yield from opened(browser, report, 390, color_scheme=theme)


CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((node) => {
    if (node.closest(".scroll, svg, math, .skip") || !node.getClientRects().length) return false;
    const box = node.getBoundingClientRect();
    return box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5;
}).map((node) => node.outerHTML.slice(0, 120))"""
"""What reaches beyond the page and lies in no box of its own that scrolls."""


def screens(page: Any) -> float:
    return float(page.evaluate("document.documentElement.scrollHeight")) / SCREEN


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_three_chapters_of_nine_are_short(wide: Any) -> None:
    """With all open they took 6.4 screens, and now 4.3 with the results before them; the slow test counts the whole."""
    assert screens(wide) < 5
    wide.click("button.unfold")
    assert screens(wide) > 6


def test_nothing_is_cut_off_on_a_telephone(narrow: Any) -> None:
    for unfold in (False, True):
        if unfold:
            narrow.click("button.unfold")
            assert narrow.locator("main details:not([open])").count() == 0
        assert overflow(narrow) == 0
        assert narrow.evaluate(CUT_OFF) == []


def test_formulas_wrap_on_a_telephone(browser: Any, tmp_path: Path) -> None:
    """The update rules of the lecture and the widest of its other formulas: none has to be pushed sideways."""
    written = (*(RULES[name].equation for name in RULES_SHOWN), layers.LSTM)
    chapter = blocks.Chapter("all", "1", "All", tuple(map(blocks.Formula, written)))
    path = tmp_path / "formulas.html"
    path.write_text(html(blocks.Report("t", "", "en", (chapter,))))
    sizes = "[...document.querySelectorAll('.formula')].map((f) => [f.scrollWidth - f.clientWidth, f.clientHeight])"
    heights = {}
    for width in (1300, 390):
        for page in opened(browser, path, width):
            found = page.evaluate(sizes)
            assert len(found) == len(written)
            assert [index for index, (beyond, _) in enumerate(found) if beyond > 0] == []
            heights[width] = sum(height for _, height in found)
    assert heights[390] > 1.2 * heights[1300]


def test_what_would_be_cut_off_is_seen(narrow: Any) -> None:
    narrow.evaluate("document.querySelector('main p').style.width = '500px'")
    assert narrow.evaluate(CUT_OFF) != []
    assert overflow(narrow) > 0


def test_the_first_screen_says_how_it_went(wide: Any) -> None:
    assert wide.locator("section").first.get_attribute("id") == "results"
    # all but the last rows of the table, which in Polish are longer
    top = wide.evaluate("document.querySelector('#results figure.table').getBoundingClientRect().top")
    assert top < 0.8 * SCREEN
    for inside in (".tally", "#figure-headline", ".scale", "details#claims"):
        assert wide.locator(f"#results {inside}").first.is_visible(), inside
    assert not wide.locator("#claims table").first.is_visible()
    found = json.loads(Path(wide.evaluate("location.pathname")).with_name("claims.json").read_text())
    marks = wide.locator(".marks a")
    assert [mark.strip().lstrip("✓✗?") for mark in marks.all_text_contents()] == [str(each["number"]) for each in found]


def test_every_mark_leads_to_its_claim_and_opens_it(wide: Any) -> None:
    for index in range(wide.locator(".marks a").count()):
        mark = wide.locator(".marks a").nth(index)
        target = str(mark.get_attribute("href"))
        assert wide.locator(f"{target}[open]").count() == 0
        mark.click()
        wide.wait_for_selector(f"{target}[open]")
        top = wide.evaluate(f"document.querySelector('{target}').getBoundingClientRect().top")
        assert 0 <= top < SCREEN


def test_a_link_from_outside_opens_what_it_names(browser: Any, report: Path) -> None:
    for name in ("claims", "figure-mlp-gap", "claim-overfitting"):
        for page in opened(browser, report, 1300, f"#{name}"):
            box = page.locator(f"#{name}").bounding_box()
            assert box["height"] > 100
            # the last claim may stand below where the page can scroll to
            assert -1 <= box["y"] < SCREEN


def test_the_contents_lead_to_every_chapter(wide: Any) -> None:
    links = wide.locator("nav a")
    slugs = [str(each.get_attribute("href"))[1:] for each in links.all()]
    assert slugs == ["results", *SLUGS]
    for index, slug in enumerate(slugs):
        links.nth(index).click()
        wide.wait_for_function(f"location.hash === '#{slug}'")
        assert -1 <= wide.evaluate(f"document.querySelector('#{slug} h2').getBoundingClientRect().top") < SCREEN


def test_one_figure_a_chapter_is_open(wide: Any) -> None:
    shown = wide.evaluate(
        "[...document.querySelectorAll('section')].map((s) =>"
        " [s.id, [...s.querySelectorAll('figure.drawing')].filter((f) => f.checkVisibility()).map((f) => f.id)])"
    )
    wanted = [[slug, [f"figure-{STRONG[slug]}"] if slug in STRONG else []] for slug in SLUGS]
    assert shown == [["results", ["figure-headline"]], *wanted]


def test_all_is_open_on_paper(wide: Any) -> None:
    """The event that precedes printing opens the folds, and the one after it closes those again."""
    wide.click("#mlp details >> nth=0")
    before = wide.locator("main details[open]").count()
    assert before == 1
    wide.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert wide.locator("main details:not([open])").count() == 0
    wide.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert wide.locator("main details[open]").count() == before


def test_the_pdf_holds_what_the_page_folds(wide: Any) -> None:
    """Chapters begin new pages; what is unfolded takes far more of them than the folded page would."""
    pages = wide.pdf(format="A4").count(b"/Type /Page\n")
    assert pages > 10


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_folds_need_no_script(browser: Any, report: Path, script: bool) -> None:
    for page in opened(browser, report, 1300, java_script_enabled=script):
        assert page.locator("button.unfold").is_visible() is script
        fold = page.locator("#claims")
        fold.locator("summary").click()
        assert fold.locator("table").first.is_visible()


@pytest.mark.slow
def test_the_whole_quick_report_has_thirty_screens(browser: Any, tmp_path: Path) -> None:
    """On scikit-learn's digits; some minutes."""
    path = lecture(tmp_path, data=lambda: load("digits", flatten=True))
    for width in (1300, 390):
        for page in opened(browser, path, width):
            assert page.evaluate(CUT_OFF) == []
            assert overflow(page) == 0
            if width == 1300:
                assert screens(page) <= 30
                shown = page.locator("section > figure.drawing").evaluate_all("all => all.map((each) => each.id)")
                assert shown == [
                    "figure-headline",
                    *(f"figure-{STRONG[part.slug]}" for part in CHAPTERS if part.slug in STRONG),
                ]


# --- what is folded, and the words for it


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["1 claim supported, 0 not, 2 open", "5 claims supported, 1 not, 0 open"]),
        ("pl", ["1 teza potwierdzona, 0 niepotwierdzonych, 2 nierozstrzygnięte",
                "5 tez potwierdzonych, 1 niepotwierdzona, 0 nierozstrzygniętych"]),
    ],
)  # fmt: skip
def test_claims_are_counted_in_the_readers_language(language: str, sentences: list[str]) -> None:
    from ravine.lecture.claims import judge
    from ravine.stats.intervals import Interval

    ends = {"supported": (0.1, 0.3), "refuted": (-0.3, -0.1), "open": (-0.1, 0.3)}

    def judged(low: float, high: float) -> Any:
        return judge("rare", dict.fromkeys(("gain", "interaction"), lambda level: Interval(0.1, low, high, 12)), "f")

    made = {kind: judged(*each) for kind, each in ends.items()}
    for sentence, counts in zip(sentences, ((1, 0, 2), (5, 1, 0)), strict=True):
        records = [made[kind] for kind, count in zip(ends, counts, strict=True) for _ in range(count)]
        assert counted(records, language).sentence == f"**{sentence}**"


def test_what_folds_and_what_stays() -> None:
    drawing = canvas()[0]
    strong, weak = (blocks.Figure(name, drawing, f"The {name} one. More.", "x") for name in ("strong", "weak"))
    made = outlined(
        (
            blocks.Text("Why"), blocks.Formula("x"), strong, weak, blocks.Table(("a", "b"), ()),
            blocks.Code("1 + 1", output="2"), blocks.Summary("layers"), blocks.Published(()),
            blocks.Note("warning", "Careful"), blocks.Note("open", "Who knows", "Claim 1"),
        ),
        "strong", "en",
    )  # fmt: skip
    assert [each.title for each in made if isinstance(each, blocks.Fold)] == [
        "The weak one", "a, b", "and what it prints", "The layers and their parameters",
    ]  # fmt: skip
    assert [type(each).__name__ for each in made if not isinstance(each, blocks.Fold)] == [
        "Text", "Formula", "Figure", "Published", "Note", "Note",
    ]  # fmt: skip
    assert [each.folded for each in made if isinstance(each, blocks.Note)] == [False, True]


@pytest.mark.parametrize(
    ("caption", "line"),
    [
        ("Loss over time. Lower is better.", "Loss over time"),
        ("Widths $h$ (e.g. 64) of layers; more below.", "Widths $h$ (e.g. 64) of layers"),
        ("At the rate 0.01 of [Adam](#adam).", "At the rate 0.01 of Adam"),
        ("$f(x). g$ stays", "$f(x). g$ stays"),
        ("", ""),
    ],
)
def test_the_first_sentence_of_a_caption(caption: str, line: str) -> None:
    assert first_sentence(caption) == line


def test_figures_in_folds_are_numbered_and_kept() -> None:
    drawing = canvas()[0]
    inner = blocks.Figure("inner", drawing, "Inner", "x")
    outer = blocks.Figure("outer", drawing, "Outer", "x")
    report = blocks.Report("t", "", "en", (blocks.Chapter("a", "1", "A", (blocks.Fold("F", (inner,)), outer)),))
    assert [figure.id for figure in report.figures] == ["inner", "outer"]
    page = html(report)
    assert page.index('id="figure-inner"') < page.index("Figure 2")


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"v = a + b, \quad u = -c", ["v", "=a", "+b,", "u", "=−c"]),
        (r"\theta := \theta - \eta x", ["θ", ":=θ", "−ηx"]),
        (r"f(x, y) = (1 - x)^2 + (x = y)", ["f(x,y)", "=(1−x)2", "+(x=y)"]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", ["a=bc=d"]),
    ],
)
def test_lines_of_a_formula_break_where_print_breaks_them(latex: str, words: list[str]) -> None:
    from xml.etree import ElementTree

    assert ["".join(ElementTree.fromstring(piece).itertext()) for piece in mathml_pieces(latex)] == words
