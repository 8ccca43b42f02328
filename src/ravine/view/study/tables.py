"""The tables of a study's report: standings, how they were come by, what tuning brought."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Literal

from ravine.view.blocks import Table
from ravine.view.i18n import NO_BREAK, number, translator
from ravine.view.study.naming import capital, decimals, percent, probability, quantity_name, safe, setting_words
from ravine.view.study.standings import Row, rows_of
from ravine.view.study.verdict import mean_digits
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.study.findings import Findings
    from ravine.study.ranking import Ranking

__all__ = ["default_rows", "standings_table"]


def standings_table(
    findings: Findings,
    problem: str,
    ranking: Ranking,
    language: str,
    part: Literal["all", "evidence", "training"] = "all",
) -> Table:
    """The standings on one problem as people read them; columns that say nothing are left out.

    "evidence" is what the verdict rests on, "training" how it was come by: two tables that fit a page side by side.

    No example: see `ravine.view.study_report`.
    """
    _ = translator(language)
    rows = rows_of(findings, problem, ranking)
    several, level = len(rows) > 1, percent(ranking.level, language)
    columns = {
        "evidence": [
            (_("Mean [{level}]").format(level=level), True),
            (_("Leader ahead by [{level}]").format(level=level), several),
            (_("p (Holm)"), several),
            (_("Effect"), several),
            (_("P(leader better)"), several),
            (_("Diverged"), any(row["diverged"] for row in rows)),
        ],
        "training": [
            (_("Setting"), any(row["setting"] is not None for row in rows)),
            (_("Steps to the goal"), any("steps_to_goal" in row for row in rows)),
            (_("Seconds to the goal"), any("seconds_to_goal" in row for row in rows)),
        ],
    }
    parts = ("evidence", "training") if part == "all" else (part,)
    head = [_("Rival"), *(name for each in parts for name, keep in columns[each] if keep)]
    told = {"evidence": _evidence(rows, ranking, language), "training": _training(rows, language)}
    body = []
    for place, row in enumerate(rows):
        name = f"**{safe(row['rival'])}**" if row["rival"] in ranking.best else safe(row["rival"])
        cells = [told[each][place] for each in parts]
        kept = [[keep for _name, keep in columns[each]] for each in parts]
        body.append((name, *itertools.compress(itertools.chain(*cells), itertools.chain(*kept))))
    alignment = "".join("l" if name in (_("Rival"), _("Setting")) else "r" for name in head)
    caption = "" if part == "training" else _caption(findings, ranking, language)
    return Table(tuple(head), tuple(body), caption, alignment)


def _evidence(rows: list[Row], ranking: Ranking, language: str) -> list[tuple[str, ...]]:
    digits = mean_digits(ranking)
    spans = [row["difference_high"] - row["difference_low"] for row in rows if row["difference_low"] is not None]
    fine = decimals(min((span for span in spans if span > 0), default=0.0) / 2)
    made: list[tuple[str, ...]] = []
    for row in rows:
        against = None if row["rival"] == ranking.leader else ranking.between(ranking.leader, row["rival"])
        ahead = against is not None and not math.isnan(against.difference)
        p = math.nan if against is None else row["p" if row["p_holm"] is None else "p_holm"]
        made.append((
            interval_words(ranking.means[row["rival"]], language, digits),
            interval_words(against.interval, language, fine) if against is not None and ahead else "–",
            probability(p, language), _amount(row["effect"], language, 1), _amount(row["improvement"], language, 2),
            f"{row['diverged']}/{row['runs']}",
        ))  # fmt: skip
    return made


def _training(rows: list[Row], language: str) -> list[tuple[str, ...]]:
    made: list[tuple[str, ...]] = []
    for row in rows:
        some = f"{row['reached']}/{row['runs']}" if row.get("reached", row["runs"]) < row["runs"] else ""
        made.append((
            "–" if row["setting"] is None else _kept_together(setting_words(row["setting"], language)),
            _reach(row.get("steps_to_goal"), some, language, 0),
            _reach(row.get("seconds_to_goal"), some, language, None),
        ))  # fmt: skip
    return made


def _kept_together(words: str) -> str:
    """A name and its number shall not part at the end of a line; the underscores of names are no emphasis."""
    for sign in ",;":
        words = words.replace(f"{sign} ", f"{sign}\n")
    return words.replace(" ", NO_BREAK).replace("\n", " ").replace("_", "\\_")


def _caption(findings: Findings, ranking: Ranking, language: str) -> str:
    _ = translator(language)
    quantity = capital(quantity_name(findings.quantity, language))
    tests = {each.test for each in ranking.comparisons}
    named = {
        "permutation": _("permutation test of the mean"),
        "wilcoxon": _("rank test, in which a lost run is worse than any other"),
        "t": _("t test"),
    }
    told = quantity + ". " + _("Bold: not beaten by anybody.")
    if ranking.comparisons:
        used = ", ".join(named[test] for test in named if test in tests)
        told += " " + (_("Effect: Cohen's d of paired differences.") if ranking.paired else _("Effect: Hedges' g."))
        told += " " + _("Test: {tests}; p corrected by Holm for {count} comparisons.").format(
            tests=used, count=len(ranking.comparisons)
        )
    return told


def _amount(value: float | None, language: str, digits: int) -> str:
    return "–" if value is None else number(value, language, digits)


def _reach(value: float | None, some: str, language: str, digits: int | None) -> str:
    if value is None:
        return "–"
    shown = number(value, language, digits) if digits is not None else number(float(f"{value:.2g}"), language)
    return f"{shown} ({some})" if some else shown


def default_rows(findings: Findings, problem: str, ranking: Ranking, language: str) -> tuple[tuple[str, ...], ...]:
    """For each rival that also ran at its rule's own setting: mean there, mean when tuned, and what tuning brought.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    from ravine.study.comparison import compare
    from ravine.study.ranking import rank

    here = findings.members.filter(pl.col("problem") == problem)
    rows = []
    for name in ranking.order:
        both = [
            here.filter((pl.col("phase") == phase) & (pl.col("rival") == name)).select("seed", "measure").unique("seed")
            for phase in ("final", "default")
        ]
        if both[1].is_empty():
            continue
        joined = both[0].join(both[1], on="seed", how="inner", suffix="_default").sort("seed")
        tuned, plain = (joined[column].fill_null(math.nan).to_numpy() for column in ("measure", "measure_default"))
        gain = compare("tuned", tuned, "default", plain, higher=findings.higher, level=ranking.level)
        mean = rank({"default": plain}, higher=findings.higher, level=ranking.level)
        digits = mean_digits(mean)
        rows.append((
            safe(name), interval_words(mean.means["default"], language, digits),
            interval_words(ranking.means[name], language, digits),
            "–" if math.isnan(gain.difference) else interval_words(gain.interval, language, digits),
            f"{mean.lost['default']}/{mean.runs['default']}",
        ))  # fmt: skip
    return tuple(rows)
