"""Figures and report of a study: what they show is what was found, in both languages, whatever is missing."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from scipy import stats

from ravine.core import RavineError
from ravine.stats import performance_profile, rank
from ravine.study import Findings
from ravine.view import blocks, figures, html, standings, study_report, study_table_latex, study_tables, study_verdict
from ravine.view.export import inline_svg, pdf, source, svg
from ravine.view.i18n import LANGUAGES
from ravine.view.report import write
from ravine.view.study.figures import across, runs_of
from ravine.view.study.labels import quantity_name, safe
from ravine.view.study.tables import standings_table
from ravine.view.study.verdict import sentence
from ravine.view.style import COLOURS, LINES, PAPER
from study_sample import FIGURES, findings

NAN = math.nan


# Figures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_inside_a_page(name, language):
    element = inline_svg(FIGURES[name](language), "figure-a", "A drawing")
    tree = ElementTree.fromstring(element)
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("figure-a-") for one in ids)
    # Every colour is a variable of the style: a literal one would stay dark on a dark page.
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)", re.sub(r"#figure-a-[\w-]+", "", element))
    assert set(re.findall(r"var\(--(\w+)\)", element)) <= {colour.name for colour in COLOURS}


def test_a_run_tells_its_name_whatever_is_in_it():
    name = 'a <b> & "c", ż'
    figure = figures.spread([figures.SeedValues("x", [1.0, NAN, 0.5], names=[name, "lost", "third"])], quantity="q")
    for text in (source(figure), svg(figure), inline_svg(figure, "n", "l")):
        titles = [node.text for node in ElementTree.fromstring(text.encode()).iter() if node.tag.endswith("title")]
        assert titles == ["third", name], "in the order of the values, without the lost run"
    assert "title:" not in svg(figure)


def test_names_must_fit():
    with pytest.raises(RavineError, match="names must be one for each of 2 rows"):
        figures.Runs("a", [1], [[1], [2]], names=["one"])
    with pytest.raises(RavineError, match="names must be 2"):
        figures.SeedValues("a", [1, 2], names=["one"])
    with pytest.raises(RavineError, match="positive rate"):
        figures.Sweep("a", [0.0, 1.0], [1.0, 1.0])
    with pytest.raises(RavineError, match="over y and x"):
        figures.Grid(("a", "b"), [1], [1, 2], [[1.0, 2.0]])
    with pytest.raises(RavineError, match="one for each score"):
        figures.Trials("a", ("x",), [[1.0], [2.0]], [1.0])
    with pytest.raises(RavineError, match="its interval"):
        figures.Difference("a", 1.0, 2.0, 3.0, True)
    with pytest.raises(RavineError, match="one for each rival"):
        figures.profiles([figures.Curve("a", [1], [1])], scores=[1, 2])


def test_pdf_is_the_same_each_time_and_written_where_asked(tmp_path):
    assert pdf(FIGURES["profiles"]("en")) == pdf(FIGURES["profiles"]("en"))
    figure = blocks.Figure("one", FIGURES["profiles"]("en"), "A", "B")
    report = blocks.Report("T", "", "en", (blocks.Chapter("a", "1", "A", (figure,)),))
    assert [path.name for path in write(report, tmp_path / "a.html")] == ["a.html", "one.svg", "one.png"]
    assert (write(report, tmp_path / "a.html", print_too=True)[-1]).read_bytes()[:5] == b"%PDF-"


def _lines(axes, colour):
    return [each for each in axes.lines if each.get_color() == colour]


def test_mean_curves_show_students_interval():
    y = np.random.default_rng(0).normal(1.0, 0.1, (6, 4))
    figure = figures.mean_curves([figures.Panel("L", [figures.Runs("a", range(4), y)])], level=0.9)
    (axes,) = figure.axes
    thick = _lines(axes, LINES[0])[-1]
    assert np.allclose(thick.get_ydata(), y.mean(0))
    found = stats.ttest_1samp(y, 0, axis=0).confidence_interval(0.9)
    corners = axes.collections[0].get_paths()[0].vertices
    for x in range(4):
        heights = corners[corners[:, 0] == x, 1]
        assert heights.min() == pytest.approx(found.low[x], rel=1e-9)
        assert heights.max() == pytest.approx(found.high[x], rel=1e-9)


def test_quantile_curves_show_quantiles_and_leave_lost_runs_out():
    y = np.random.default_rng(0).normal(1.0, 0.1, (9, 4))
    y[3, 2:] = NAN
    figure = figures.quantile_curves([figures.Panel("L", [figures.Runs("a", range(4), y)])], columns=1)
    (axes,) = figure.axes
    calm = np.delete(y, 3, axis=0)
    assert np.allclose(_lines(axes, LINES[0])[-1].get_ydata(), np.median(calm, axis=0))
    heights = axes.collections[1].get_paths()[0].vertices
    assert heights[heights[:, 0] == 2, 1].max() == pytest.approx(np.quantile(calm[:, 2], 0.75))
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told[0] == "a (1 of 9 diverged)"
    assert told[-1] == "diverged here"


@pytest.mark.parametrize("higher", [True, False])
def test_heat_map_frames_the_best_and_hatches_what_was_lost(higher):
    z = np.array([[0.5, 0.9, NAN], [0.1, 0.7, 0.2]])
    figure = figures.heat_map(figures.Grid(("x", "y"), ["a", "b", "c"], [1, 2], z), quantity="q", higher=higher)
    patches = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    (frame,) = [patch for patch in patches if patch.get_linewidth() > 1]
    assert frame.get_xy() == ((0.5, -0.5) if higher else (-0.5, 0.5))
    assert [patch.get_xy() for patch in patches if patch.get_hatch()] == [(1.5, -0.5)]
    filled = [patch for patch in patches if not patch.get_hatch() and patch is not frame]
    deepest = max(filled, key=lambda patch: patch.get_alpha())
    assert deepest.get_xy() == frame.get_xy()


def test_heat_map_of_nothing_but_losses_is_still_drawn():
    figure = figures.heat_map(figures.Grid(("x", "y"), [1], [1, 2], [[NAN], [NAN]]), quantity="q")
    assert not figure.axes[0].texts


def test_sensitivity_marks_losses_and_the_chosen_rate():
    sweep = figures.Sweep("a", [1.0, 0.1, 0.01], [NAN, 0.9, 0.8], chosen=0.1, room=(0.05, 0.5))
    figure = figures.sensitivity_curve([sweep], quantity="q")
    (axes,) = figure.axes
    crosses = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "X"]
    rings = [line.get_xydata()[0].tolist() for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert crosses == [1.0]
    assert rings == [[0.1, 0.9]]
    assert figure.legends[0].get_texts()[0].get_text() == "a (room: 1.0 decades)"


@pytest.mark.parametrize("higher", [True, False])
def test_sensitivity_goes_along_the_best_at_each_rate(higher):
    """Of two settings at one rate a tuner would take the better; only where all were lost is there none."""
    x, y = [0.1, 0.1, 1.0, 1.0, 10.0], np.array([0.5, 0.9, NAN, 0.7, NAN])
    sweep = figures.Sweep("a", x, y if higher else -y, chosen=0.1)
    rates, best = sweep.along(higher)
    assert rates.tolist() == [0.1, 1.0, 10.0]
    assert np.abs(best[:2]).tolist() == [0.9, 0.7]
    assert math.isnan(best[2])
    (axes,) = figures.sensitivity_curve([sweep], quantity="q", higher=higher).axes
    (ring,) = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert abs(ring.get_ydata()[0]) == 0.9


def test_seeds_of_one_setting_count_as_one_and_a_lost_seed_loses_it():
    told = findings(lost=False)
    rows = told.members.filter((pl.col("phase") == "tune") & (pl.col("rival") == "sgd")).head(6).with_columns(
        pl.Series("setting", [f'{{"learning_rate": {rate}}}' for rate in (0.1, 0.1, 1.0, 1.0, 2.0, 2.0)]),
        pl.Series("score", [0.8, 0.6, 0.9, None, 0.4, 0.2]),
    )  # fmt: skip
    told = replace(told, members=pl.concat([told.members.filter(pl.col("phase") == "final"), rows]))
    made = {each.id: each.figure for each in study_report(told).figures}
    (line,) = made["budgets-all"].axes[0].lines
    # Of 0.7, 0.3 and a lost setting, which is worse than both: half of single draws come to 0.3, of pairs to 0.7.
    assert line.get_ydata()[:2] == pytest.approx([0.3, 0.7])
    crosses = [each.get_xdata()[0] for each in made["rates-all"].axes[0].lines if each.get_marker() == "X"]
    assert crosses == [1.0]


def test_forest_opens_the_dots_that_are_not_decided():
    rows = [figures.Difference("b", 0.1, -0.1, 0.3, False), figures.Difference("c", 0.3, 0.2, 0.4, True)]
    figure = figures.difference_forest(rows, leader="a", quantity="q", verdict="No winner")
    (axes,) = figure.axes
    faces = [to_hex(line.get_markerfacecolor()) for line in axes.lines if line.get_marker() == "o"]
    assert faces == [PAPER, LINES[0]]
    assert axes.get_title("left") == "No winner"
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]


def test_parallel_lines_end_at_their_scores():
    trials = figures.Trials("a", ("rate", "m"), [[1e-3, 0.5], [1e-1, 0.9], [1e-2, 0.7]], [0.2, 0.6, NAN])
    figure = figures.parallel_coordinates([trials], quantity="q")
    lines = [line.get_ydata() for line in figure.axes[0].lines if len(line.get_ydata()) == 3]
    # The lost one first, then from worse to better; a rate of 0.01 lies in the middle of two decades.
    assert [np.round(line, 6).tolist() for line in lines[1:]] == [[0, 0, 0], [1, 1, 1]]
    assert lines[0][:2].tolist() == pytest.approx([0.5, 0.5])
    assert math.isnan(lines[0][2])


# Verdicts ------------------------------------------------------------------------------------------------------------


def found(scores, *, higher=True, quantity="test_accuracy", **options):
    ranked = rank(scores, higher=higher)
    rows = [
        {"phase": "final", "problem": "p", "rival": name, "seed": seed, "measure": None if math.isnan(value) else value}
        for name, values in scores.items()
        for seed, value in enumerate(values)
    ]
    given = {"members": pl.DataFrame(rows), "curves": pl.DataFrame(), "protocol": None, "fingerprint": "f"} | options
    return Findings("t", "", quantity, higher, 0.95, (("p", ranked),), **given)


STEPS = np.array([0.0, 0.01, 0.02, 0.01, 0.0, 0.02])
WORDS = [
    ({"b": 0.9 + STEPS, "a": 0.95 + STEPS[::-1]}, "a wins: accuracy on test data 0.9600", "Wygrywa a: dokładność"),
    ({"a": 0.9 + STEPS, "b": 0.9001 + STEPS[::-1]}, "No winner: b leads (accuracy", "Brak zwycięzcy: prowadzi b"),
    ({"a": 0.9 + STEPS, "b": 0.9 + STEPS}, "Their results are the same, seed by seed.", "takie same przy każdym"),
    ({"a": 0.9 + STEPS, "b": 0.9 + STEPS[[1, 0, 2, 3, 4, 5]]}, "cannot tell whether they differ at all", "w ogóle się"),
    ({"a": [0.9], "b": [0.8]}, "A single seed tells nothing of chance", "Jedno ziarno nie mówi"),
    ({"a": [0.9, 0.91]}, "Only a ran, so that there is nobody to beat", "Startował tylko a"),
    ({"a": [NAN, NAN], "b": [NAN, NAN]}, "Every run of every rival diverged", "wszystkich rywali się rozbiegły"),
    ({"a": [0.9, 0.92], "b": [0.5, 0.51]}, "So few seeds cannot name a winner, whatever they show: give 3", "Tak mało"),
    ({"a": [0.9] * 4 + [0.8], "b": [NAN] * 5}, "cannot decide by ranks: give 6 or more.", "rozstrzygają rangi"),
    ({"a": [0.9] * 7 + [NAN], "b": [0.5, NAN] + [0.5] * 6}, "Diverged runs of a: 1 of 8.", "rozbieżne (a): 1 z 8."),
]


@pytest.mark.parametrize(("scores", "english", "polish"), WORDS, ids=[words[1][:20] for words in WORDS])
def test_the_verdict_in_words(scores, english, polish):
    told = found(scores)
    assert english in study_verdict(told)
    assert polish in study_verdict(told, "pl")
    for language in LANGUAGES:
        assert "{" not in study_verdict(told, language)
        assert html(study_report(told, language))


def test_the_verdict_on_a_loss_and_on_several_problems():
    told = found({"a": 0.1 + STEPS, "b": 0.5 + STEPS}, higher=False, quantity="test_loss")
    mean = "0.1100 [0.1006, 0.1194]"
    assert study_verdict(told) == f"a wins: loss on test data {mean}, better than every other rival (p < 0.0001)."
    ranked = told.rankings[0][1]
    both = replace(told, rankings=(("one", ranked), ("two", ranked)))
    assert [line.split(":")[0] for line in study_verdict(both).splitlines()] == ["one", "two"]


def test_needed_seeds_stand_in_the_sentence_in_good_polish():
    told = found({"a": 0.9 + STEPS, "b": 0.905 + STEPS[::-1]})
    needed = told.rankings[0][1].needed
    assert needed > 6
    seeds = told.rankings[0][1].seeds
    assert seeds.low < needed
    assert seeds.high is None
    assert f"About {needed} seeds per rival would separate them if the difference is what" in study_verdict(told)
    assert f"a rough guess: at least {seeds.low}, and perhaps any number (80% range)." in study_verdict(told)
    assert f"Do ich odróżnienia trzeba by około {needed} ziaren na rywala, o ile" in study_verdict(told, "pl")
    assert f"co najmniej {seeds.low}, a może dowolnie wiele (przedział 80%)." in study_verdict(told, "pl")


def test_labels_with_signs_of_markdown_stay_as_they_are():
    label = "*-32:relu-*, sgd_1"
    told = found({label: 0.9 + STEPS, "b": 0.95 + STEPS})
    page = html(study_report(told))
    assert f"<code>{label}</code>" in page
    assert safe("momentum, batch 32") == "momentum, batch 32"
    assert "`" not in study_verdict(told)
    assert sentence(told.rankings[0][1], "test_accuracy", "en", safe).count("`") == 0, "the leader is b, which won"


# Tables --------------------------------------------------------------------------------------------------------------


def test_standings_are_the_rankings_numbers():
    told = findings()
    table = standings(told)
    ranking = told.rankings[0][1]
    assert table["rival"].to_list() == list(ranking.order)
    for row in table.iter_rows(named=True):
        assert row["mean"] == ranking.means[row["rival"]].mean
        if row["rival"] != ranking.leader:
            each = ranking.between(ranking.leader, row["rival"])
            assert (row["difference"], row["p_holm"], row["needed"]) == (each.difference, each.p_holm, each.needed)
            assert row["separated"] == (each.better == "a")
    assert table.filter(pl.col("rival") == "sgd")["diverged"].item() == 1


def test_steps_to_the_goal_are_medians_over_all_runs():
    told = findings()
    final = told.curves.filter(pl.col("phase") == "final")
    table = {row["rival"]: row for row in standings(told).iter_rows(named=True)}
    for name in ("adam", "sgd"):
        steps = []
        for member in final.filter(pl.col("rival") == name)["member"].unique():
            own = final.filter(pl.col("member") == member).sort("epoch")
            hit = [row["step"] for row in own.iter_rows(named=True) if row["validation_accuracy"] >= 0.9]
            steps += hit[:1]
        assert table[name]["reached"] == len(steps)
        late = [math.inf] * (table[name]["runs"] - len(steps))
        assert table[name]["steps_to_goal"] == np.median([*steps, *late])


def test_the_goal_may_be_of_what_was_not_measured():
    told = replace(findings(), goal=("validation_f1", 0.9))
    assert "steps_to_goal" not in standings(told).columns
    assert study_report(told)


def test_files_for_others(tmp_path):
    whole = findings()
    told = replace(whole, members=whole.members.filter(pl.col("phase") == "final"), curves=whole.curves.head(0))
    paths = study_tables(told, tmp_path)
    assert {path.name for path in paths} == {
        "table.csv", "table.parquet", "table.tex", "members.parquet", "curves.parquet", "runs.csv",
    }  # fmt: skip
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean"]) for row in rows] == standings(told)["mean"].to_list()
    assert pl.read_parquet(tmp_path / "members.parquet").equals(told.members)
    assert pl.read_parquet(io.BytesIO((tmp_path / "table.parquet").read_bytes())).equals(standings(told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_latex_has_as_many_cells_in_each_row_and_nothing_unescaped(language):
    told = found({"a_b & c": 0.9 + STEPS, "*-8:relu-*": 1e-7 * STEPS, "100%": 0.95 + STEPS[::-1]})
    text = study_table_latex(told, language)
    head = re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 4
    assert all(len(re.findall(r"(?<!\\)&", row)) + 1 == len(head[1]) for row in rows)
    body = "\n".join(rows)
    assert not re.search(r"(?<!\\)[%#_]", body)
    assert body.count("$") % 2 == 0
    assert not re.search(r"[−–·⁻⁰¹²³⁴⁵⁶⁷⁸⁹∞\xa0]", body), "signs that LaTeX's standard fonts lack"
    assert r"\texttt{*-8:relu-*}" in body
    assert r"a\_b \& c" in body


def test_the_two_tables_of_a_page_hold_what_the_one_for_print_holds():
    told = findings()
    problem, ranking = told.rankings[0]
    whole, *parts = (standings_table(told, problem, ranking, "en", part) for part in ("all", "evidence", "training"))
    assert whole.columns == (*parts[0].columns, *parts[1].columns[1:])
    for row, one, other in zip(whole.rows, parts[0].rows, parts[1].rows, strict=True):
        assert row == (*one, *other[1:])


# The report ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_report(language):
    told = findings(seeds=8)
    report = study_report(told, language)
    assert [chapter.slug for chapter in report.chapters] == ["verdict", "runs", "tuning", "protocol"]
    drawn = ("differences", "scores", "curves", "time", "rates", "budgets", "settings")
    assert [figure.id for figure in report.figures] == [f"{name}-all" for name in drawn]
    page = html(report)
    assert quantity_name("test_accuracy", language) in page
    assert told.fingerprint in page
    assert page.index(study_verdict(told, language)[:30]) < page.index("<table"), "the verdict comes first"
    titles = re.findall(r"<title>([^<]*)</title>", page)
    seed = {"en": "adam, seed 0: ", "pl": "adam, ziarno 0: "}[language]
    assert any(title.startswith(seed) for title in titles)


def test_profiles_are_over_steps_to_the_goal_where_there_is_one():
    told = findings(problems=("one", "two"), lost=False)
    drawing = across(told, "en")[0].figure
    assert drawing.axes[0].get_title("left") == "Steps to the goal"
    assert [chapter.slug for chapter in study_report(told).chapters][:2] == ["verdict", "problems"]
    table = standings(told)
    names = table["rival"].unique(maintain_order=True).to_list()
    costs = [[
        row["steps_to_goal"]
        for problem in ("one", "two")
        for row in table.filter((pl.col("rival") == name) & (pl.col("problem") == problem)).iter_rows(named=True)
    ] for name in names]  # fmt: skip
    expected = performance_profile(np.array(costs, float), [1.0])[:, 0]
    first = [line.get_ydata()[0] for line in drawing.axes[0].lines]
    # Lines are lifted by up to 0.009 so that none hides another.
    assert first == pytest.approx(expected.tolist(), abs=0.0095)
    drawing = across(replace(told, goal=None), "en")[0].figure
    assert drawing.axes[0].get_title("left") == "1 − accuracy on test data"


def test_what_was_not_measured_is_not_drawn():
    told = findings()
    few = told.curves.drop("validation_loss", "validation_accuracy", "seconds", "accuracy")
    slim = replace(told, curves=few, goal=None)
    assert {"curves-all", "scores-all"} <= {figure.id for figure in study_report(slim).figures}
    assert "time-all" not in {figure.id for figure in study_report(slim).figures}
    bare = replace(told, curves=pl.DataFrame(), members=told.members.drop("setting", "score"), goal=None)
    assert {figure.id for figure in study_report(bare).figures} == {"differences-all", "scores-all"}


def test_many_rivals_are_all_in_the_table_and_the_first_nine_in_the_drawings():
    rng = np.random.default_rng(0)
    told = found({f"r{index}": index / 10 + rng.normal(0, 0.01, 6) for index in range(12)})
    report = study_report(told)
    scores = next(figure for figure in report.figures if figure.id == "scores-all").figure
    assert len(scores.axes[0].get_yticks()) == 9
    tables = [block for chapter in report.chapters for block in chapter.blocks if isinstance(block, blocks.Table)]
    assert len(tables[0].rows) == 12


def test_a_swept_grid_becomes_a_heat_map():
    told = findings(lost=False)
    grid = [(rate, momentum) for rate in (0.01, 0.1, 1.0) for momentum in (0.0, 0.9)]
    rows = told.members.filter((pl.col("phase") == "tune") & (pl.col("rival") == "adam")).head(6).with_columns(
        pl.Series("setting", [f'{{"momentum": {m}, "learning_rate": {rate}}}' for rate, m in grid]),
        pl.Series("score", [0.1, 0.2, 0.3, 0.9, None, 0.5]),
    )  # fmt: skip
    told = replace(told, members=pl.concat([told.members.filter(pl.col("phase") == "final"), rows]))
    fields = [figure for figure in study_report(told).figures if figure.id.startswith("field")]
    assert len(fields) == 1
    shown = [text.get_text() for text in fields[0].figure.axes[0].texts]
    # Rows are momenta, columns rates; the lost pair (1.0, 0.0) has no number.
    assert [float(text) for text in shown] == [0.1, 0.3, 0.2, 0.9, 0.5]


def test_curves_hold_the_last_value_of_who_stopped_and_end_where_who_diverged():
    rows = [
        {"member": member, "rival": "a", "seed": seed, "epoch": epoch, "loss": loss, "diverged_at": at}
        for member, seed, losses, at in (("x", 0, [3, 2, 1], None), ("y", 1, [3, 2.5], None), ("z", 2, [3, 9], 7))
        for epoch, loss in enumerate(map(float, losses))
    ]
    made = runs_of(pl.DataFrame(rows), "a", "loss", "epoch", 0, "en")
    assert made.y.tolist()[:2] == [[3, 2, 1], [3, 2.5, 2.5]]
    assert made.diverged.tolist() == [False, False, True]
    assert made.names == ["a, seed 0: 1.0000", "a, seed 1: 2.5000", "a, seed 2: diverged"]
    assert runs_of(pl.DataFrame(rows), "nobody", "loss", "epoch", 0, "en") is None
