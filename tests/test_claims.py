"""The claims of the lecture: declared in both languages, decided by their rule, summed up in one table."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ravine.core import RavineError
from ravine.data import load
from ravine.lecture import (
    CLAIMS,
    Claim,
    Criterion,
    ExperimentResult,
    LectureContext,
    claim,
    claim_sections,
    judge,
    lecture,
)
from ravine.lecture.chapter_specs import CHAPTERS
from ravine.lecture.chapters import (
    optimisers_kinship,
    optimisers_paths,
    vanishing_rectifier,
)
from ravine.lecture.claims import ClaimRecord, Estimate, exactly, factor
from ravine.lecture.claims.summary import SCHEMA, as_frame, as_json, summary
from ravine.lecture.docket import TRIALS
from ravine.lecture.texts import sections
from ravine.stats import Comparison, compare
from ravine.stats.intervals import Interval, paired
from ravine.view import interval_words, number

LANGUAGES = ("en", "pl")
PARTS_OF_CLAIMS = [(each, part) for each in CLAIMS for part in each.parts]
NAMED = [f"{each.slug}-{part.key}" for each, part in PARTS_OF_CLAIMS]
EFFECT, NOISE = {"supported": 1.0, "refuted": -1.0, "open": 0.0}, 0.3


def planted(part: Criterion, kind: str) -> Interval | Comparison | Estimate:
    """What a measurement of twelve seeds gives that lies by three noises on one side of the threshold, or on none."""
    draw = np.random.default_rng(7)
    noise = draw.normal(0, NOISE, 12)
    noise -= noise.mean()
    effect = EFFECT[kind] * (-1 if part.below else 1)
    if part.how == "ranking":
        return compare("child", 0.9 + 0.01 * (effect + noise), "parent", np.full(12, 0.9))
    values = part.least + max(abs(part.least), 1.0) * (effect + noise)
    return exactly(float(values.mean())) if part.how == "exact" else partial(paired, values, np.zeros(12))


def record(each: Claim, kind: str = "supported", **others: str) -> ClaimRecord:
    measured = {part.key: planted(part, others.get(part.key, kind)) for part in each.parts if part.how != "untested"}
    return judge(each.slug, measured, "figure-x")


def whole(each: Claim, kind: str) -> str:
    """What a claim comes to whose tested parts are all of one *kind*, which a part that is not tested holds back."""
    return "untested" if kind == "supported" and any(part.how == "untested" for part in each.own) else kind


# What is declared -----------------------------------------------------------------------------------------------------


def test_there_are_the_21_claims_of_the_lecture_in_their_order() -> None:
    assert [each.number for each in CLAIMS] == list(range(1, 22))
    assert len({each.slug for each in CLAIMS}) == 21
    assert {each.chapter for each in CLAIMS} <= {part.slug for part in CHAPTERS}
    assert set(TRIALS) == {each.slug for each in CLAIMS}
    assert all(each.own for each in CLAIMS)


def test_both_languages_say_the_same_things_differently() -> None:
    english, polish = (sections(language, "claims") for language in LANGUAGES)
    assert list(english) == list(polish)
    for name, text in english.items():
        assert re.findall(r"{(\w+)}", text) == re.findall(r"{(\w+)}", polish[name]), name
        assert text != polish[name], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", CLAIMS, ids=lambda each: each.slug)
def test_every_criterion_names_each_threshold(each: Claim, language: str) -> None:
    text = each.criterion[language]
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(lines) == len(each.parts)
    for part, line in zip(each.parts, lines, strict=True):
        if part.how == "untested":
            assert {"en": "not tested here", "pl": "tutaj nie sprawdzono"}[language] in line
            continue
        shown = number(part.scale * part.least, language)
        assert re.search(rf"(than|powyżej|poniżej) {re.escape(shown)}", line), line
        assert each.quantity(part.key, language) in line
    assert not re.search(r"{\w+}", text)
    assert each.statement[language]
    assert not each.statement[language].endswith(".")


def test_no_text_is_left_over() -> None:
    wanted = {each.slug for each in CLAIMS} | set(NAMED)
    common = "above below sign-points needed needed-aside how-interval how-exact how-ranking rule rule-all found"
    common += " found-exact measured measured-exact aside declared opening summary-caption asides-caption more"
    common += " how-interval-together found-untested level"
    assert set(sections("en", "claims")) == wanted | set(common.split())


def test_the_threshold_in_the_text_is_the_one_that_decides() -> None:
    """The claim on batches: 0.8 is in its text, and the verdict turns there."""
    assert "more than 0.8" in claim("typical").criterion["en"]
    aside = {key: Interval(1.0, 0.9, 1.1, 4) for key in ("operations", "updates")}
    for low, kind in ((0.801, "supported"), (0.799, "open")):
        assert judge("typical", {"outside": Interval(1.0, low, 1.2, 4), **aside}, "f").verdict == kind
    for high, kind in ((0.799, "refuted"), (0.801, "open")):
        assert judge("typical", {"outside": Interval(0.7, 0.6, high, 4), **aside}, "f").verdict == kind


# How it is decided ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("each", "part"), PARTS_OF_CLAIMS, ids=NAMED)
def test_planted_outcomes_get_their_verdicts(each: Claim, part: Criterion) -> None:
    for kind in EFFECT:
        if part.how == "untested" or (part.how == "exact" and kind == "open"):
            continue  # A number without chance lies on one side or the other.
        made = record(each, **{part.key: kind})
        found = next(finding for finding in made.findings if finding.criterion == part)
        assert found.verdict == kind
        assert made.verdict == whole(each, "supported" if part.aside else kind)
        if not part.aside:
            assert made.deciding.verdict == whole(each, kind)
            assert kind == "supported" or made.deciding == found


def test_a_refuted_part_outweighs_an_open_one_and_asides_have_no_say() -> None:
    made = record(claim("remedies"), data="open", dropout="refuted", longer="refuted")
    assert made.verdict == "refuted"
    assert made.deciding.criterion.key == "dropout"
    assert record(claim("remedies"), data="open", longer="refuted").verdict == "open"
    assert record(claim("adam"), **{"over-rmsprop": "open", "over-momentum": "refuted"}).verdict == "supported"


def test_one_seed_decides_nothing() -> None:
    assert judge("sparse", {"zeros": Interval(5.0, math.nan, math.nan, 1)}, "f").verdict == "open"


def test_a_part_is_measured_as_it_was_declared() -> None:
    with pytest.raises(RavineError, match="is decided by zeros, got ones: measure each part once"):
        judge("sparse", {"ones": exactly(1.0)}, "f")
    with pytest.raises(RavineError, match=r"'zeros' is decided by interval .* got a Comparison"):
        judge("sparse", {"zeros": compare("a", [1.0, 2.0], "b", [0.0, 0.0])}, "f")
    with pytest.raises(RavineError, match="unknown claim 'raer': did you mean 'rare'"):
        claim("raer")


def test_a_ratio_keeps_its_interval() -> None:
    logs = paired(np.log([2.0, 4.0, 8.0]), np.zeros(3))
    made = factor(logs)
    # exp is monotonous; 15 figures are kept.
    assert (made.mean, made.low) == pytest.approx((4.0, math.exp(logs.low)), rel=1e-13)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_the_number_its_interval_and_the_threshold(language: str) -> None:
    gain = Interval(0.2, 0.1, 0.3, 12)
    made = judge("rare", {name: (lambda level: gain) for name in ("gain", "interaction")}, "optimisers-rare")
    assert interval_words(gain, language, 3) in made.sentence[language]
    assert "n = 12" in made.sentence[language]
    assert number(97.5, language, 1) in made.sentence[language]
    assert "{" not in made.sentence[language]
    zeros = judge("sparse", {"zeros": Interval(0.5, 0.4, 0.6, 4)}, "f")
    assert {"en": "not tested here", "pl": "tutaj nie sprawdzono"}[language] in zeros.sentence[language]
    share = zeros.said(zeros.findings[0], language)
    assert {
        "en": "50.0 [40.0, 60.0]%, n = 4; needed: more than 25%",
        "pl": "50,0 [40,0; 60,0]%, n = 4",
    }[language] in share


# From experiments to records ------------------------------------------------------------------------------------------


def context(folder: Path, language: str = "en") -> LectureContext:
    return LectureContext("quick", 0, language, load("digits", flatten=True), folder)


@pytest.mark.parametrize(("share", "died", "said"), [(0.6, 12, "untested"), (0.6, 0, "untested"), (0.1, 1, "refuted")])
def test_zeros_and_dead_neurons(share: float, died: int, said: str, tmp_path: Path) -> None:
    jitter = np.array([0.0, 0.01, -0.01, 0.005])
    dead = np.zeros((3, 4))
    dead.flat[:died] = 0.02
    made = ExperimentResult(
        {"relu zero": share + np.tile(jitter, (3, 1)), "relu dead": dead, "relu diverged": np.zeros((3, 4), bool)},
        {"relu": {"rates": [0.1, 0.2, 0.3], "rate": 0.2}},
    )
    here = context(tmp_path)
    (note,) = vanishing_rectifier.sparse(here, made)
    assert note.kind == said  # type: ignore[union-attr]
    ratios = {f"{name} {scale:g}": factor + jitter for name, factor in (("relu", 2.0), ("tanh", 1.3))
              for scale in vanishing_rectifier.SCALES}  # fmt: skip
    note = vanishing_rectifier._exploded(here, ratios, made, 10)  # type: ignore[assignment]
    # A neuron that died in each of twelve networks warns; one in twelve, or none, does not settle it.
    assert note.kind == ("supported" if died == 12 else "open")  # type: ignore[union-attr]


@pytest.mark.parametrize(("lead", "said"), [(0.02, "supported"), (-0.02, "refuted"), (0.0, "open")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_adams_practice_is_ranked_and_its_identity_judged(
    lead: float, said: str, language: str, tmp_path: Path
) -> None:
    draw, here = np.random.default_rng(1), context(tmp_path, language)
    noise = {name: draw.normal(0, 0.004, 10) for name in ("adam", "rmsprop", "momentum")}
    noise = {name: values - values.mean() for name, values in noise.items()}
    trained = ExperimentResult(
        {f"{name} test_accuracy": 0.9 + each + (lead if name == "adam" else 0.0) for name, each in noise.items()}
    )
    gaps = {"corrected": 1e-16, "rmsprop": 0.0, "momentum": 1e-16}
    talents = ExperimentResult(
        {"adam loss": 0.4 + noise["adam"], "momentum loss": 0.5 + noise["momentum"],
         "adam steps": 20 + noise["adam"], "rmsprop steps": 30 + noise["rmsprop"]}, {"edges": []},
    )  # fmt: skip
    note = optimisers_kinship.judged_child(here, "adam", gaps, trained, talents)
    (made,) = here.verdicts
    assert note.kind == made.verdict == "supported"  # type: ignore[union-attr]
    assert [each.verdict for each in made.findings[-2:]] == [said, said]
    assert (("**no winner**" in note.text) or ("**nie ma zwycięzcy**" in note.text)) == (said != "supported")  # type: ignore[union-attr]
    # That Adam is made of both is arithmetic: where it failed the part would say so, and the claim not hang on it.
    gaps["momentum"] = 1e-3
    assert optimisers_kinship.judged_child(here, "adam", gaps, trained, talents).kind == "supported"  # type: ignore[union-attr]
    assert {each.criterion.key: each.verdict for each in here.verdicts[-1].findings}["momentum"] == "refuted"


def test_overshoot_is_judged_over_all_rates(tmp_path: Path) -> None:
    for less, said in ((0.3, "supported"), (-0.3, "refuted")):
        here, rates = context(tmp_path), optimisers_paths.CURVATURES
        past, way = np.full(len(rates), 0.5), np.zeros(101)
        made = ExperimentResult({"momentum past": past, "nesterov past": past - less, "momentum x": way,
                                 "nesterov x": way}, {"shown": 0.05})  # fmt: skip
        here.compute = lambda *_, made=made: made  # type: ignore[method-assign]
        assert optimisers_paths.brakes(here)[-1].kind == said  # type: ignore[union-attr]


# The table and the files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_has_every_claim_and_its_place(language: str) -> None:
    kinds = ("supported", "refuted", "open")
    records = [record(each, kinds[each.number % 2]) for each in reversed(CLAIMS)]
    _, table, beside = summary(records, language)
    assert [row[0] for row in table.rows] == [str(n) for n in range(1, 22)]  # type: ignore[union-attr]
    for row, each in zip(table.rows, CLAIMS, strict=True):  # type: ignore[union-attr]
        assert row[1] == f"[{each.statement[language]}](#{each.chapter})"
        made = next(made for made in records if made.claim == each)
        words = {
            "supported": ("Supported", "Potwierdzone"),
            "refuted": ("Not supported", "Niepotwierdzone"),
            "untested": ("Not tested here", "Nie sprawdzono"),
        }
        assert made.verdict == whole(each, kinds[each.number % 2])
        assert row[2] == f"**{words[made.verdict][LANGUAGES.index(language)]}**"
        assert each.quantity(made.deciding.criterion.key, language) in row[3]
        if made.verdict == "untested":
            assert row[4] == "–"
            continue
        assert made.deciding.criterion.bound(language) in row[3]
        plain = row[4].replace("\N{NO-BREAK SPACE}", " ")
        assert plain == made.measured(made.deciding, language).replace("\N{NO-BREAK SPACE}", " ")
        assert plain.startswith(
            made.deciding.criterion.words(made.interval, language).replace("\N{NO-BREAK SPACE}", " ")
        )
    asides = sum(part.aside for _, part in PARTS_OF_CLAIMS)
    assert len(beside.rows) == asides == 37  # type: ignore[union-attr]


def test_the_files_hold_every_part() -> None:
    records = [record(each) for each in CLAIMS]
    frame = as_frame(records)
    assert dict(frame.schema) == SCHEMA
    assert len(frame) == len(PARTS_OF_CLAIMS)
    assert frame["slug"].n_unique() == 21
    clean = json.loads(json.dumps(as_json(records), allow_nan=False))
    assert [each["number"] for each in clean] == list(range(1, 22))
    assert all(each["criterion"][language] and each["sentence"][language] for each in clean for language in LANGUAGES)


def test_a_value_that_json_cannot_hold_is_none() -> None:
    (made,) = as_json([judge("sparse", {"zeros": Interval(5.0, math.nan, math.nan, 1)}, "f")])
    assert made["interval"] == [None, None]
    assert [part["value"] for part in made["parts"]] == [5.0, None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_claims_alone(language: str, tmp_path: Path) -> None:
    page = lecture(
        tmp_path, claims=True, only=["softplus", "7", "brakes"], language=language,
        data=lambda: load("digits", flatten=True),
    ).read_text()  # fmt: skip
    for slug in ("claims", "claim-softplus", "claim-tanh", "claim-brakes"):
        assert f'id="{slug}"' in page
    assert page.index('id="claims"') < page.index('id="claim-softplus"') < page.index('id="claim-brakes"')
    assert 'href="#claim-tanh"' in page
    assert page.count("<figure") >= 3
    found = json.loads((tmp_path / "claims.json").read_text())
    assert [(each["number"], each["verdict"]) for each in found] == [(n, "supported") for n in (6, 7, 15)]
    assert all((tmp_path / "figures" / f"{each['figure']}.svg").exists() for each in found)
    assert pl.read_parquet(tmp_path / "claims.parquet")["claim"].unique().to_list() == [6, 7, 15]


def test_the_ordinary_report_opens_with_the_claims_of_its_chapters(tmp_path: Path) -> None:
    page = lecture(tmp_path, only=["activations"], data=lambda: load("digits", flatten=True)).read_text()
    assert page.index('id="claims"') < page.index('id="activations"')
    found = json.loads((tmp_path / "claims.json").read_text())
    assert [each["number"] for each in found] == [3, 6, 7]
    # what names a claim leads to its note
    assert [each["anchor"] for each in found] == ["claim-cost", "claim-softplus", "claim-tanh"]
    assert all(f'id="{each["anchor"]}"' in page and f'href="#{each["anchor"]}"' in page for each in found)


def test_claims_are_chosen_by_name_or_number() -> None:
    assert [number for number, _ in claim_sections([])] == list(range(1, 22))
    assert [part.slug for _, part in claim_sections(["21", "rare"])] == ["claim-rare", "claim-games"]
    with pytest.raises(RavineError, match="unknown claim '22'"):
        claim_sections(["22"])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_is_tried(language: str, tmp_path: Path) -> None:
    """On scikit-learn's digits; about two minutes."""
    page = lecture(tmp_path, claims=True, language=language, data=lambda: load("digits", flatten=True)).read_text()
    found = json.loads((tmp_path / "claims.json").read_text())
    assert [each["number"] for each in found] == list(range(1, 22))
    assert all(f'id="figure-{each["figure"]}"' in page for each in found)
    assert not re.search(r"(?<![\\_^}\w]){[a-z-]+}", re.sub(r"<(script|style|svg|math).*?</\1>", "", page, flags=re.S))
