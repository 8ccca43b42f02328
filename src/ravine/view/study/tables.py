"""The tables of a study's report: standings, how they were come by, what tuning brought."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ravine.stats import Interval
from ravine.view.blocks import Table
from ravine.view.i18n import NO_BREAK, number, translator
from ravine.view.study._standings import Row, rows_of
from ravine.view.study.labels import capital, decimals, percent, probability, quantity_name, safe, setting_words
from ravine.view.study.verdict import mean_digits
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.stats import Comparison, Ranking
    from ravine.study import Findings

__all__ = ["default_rows", "pairs_table", "standings_table"]


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
            ("p", several),
            (_("Effect"), several),
            (_("P(leader better)"), several),
            (_("Separated"), several),
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
    fine = _fine([each.interval for each in ranking.against])
    made: list[tuple[str, ...]] = []
    for row in rows:
        against = None if row["rival"] == ranking.leader else ranking.between(ranking.leader, row["rival"])
        p = math.nan if against is None else against.p
        made.append((
            interval_words(ranking.means[row["rival"]], language, digits),
            "–" if against is None else _ahead(against.interval, language, fine),
            probability(p, language), _amount(row["effect"], language, 1), _chance(row, language),
            _separated(against, against is not None and against.better is not None, language),
            f"{row['diverged']}/{row['runs']}",
        ))  # fmt: skip
    return made


def _chance(row: Row, language: str) -> str:
    """The probability that a run of the leader beats one of the rival, with its interval where it has one."""
    if row["improvement"] is None or row["improvement_low"] is None:
        return _amount(row["improvement"], language, 2)
    made = Interval(row["improvement"], row["improvement_low"], row["improvement_high"], row["runs"])
    return interval_words(made, language, 2)


def _fine(intervals: Sequence[Interval]) -> int:
    """Decimals for differences: those that the narrowest of *intervals* has something to say of."""
    spans = [each.high - each.low for each in intervals if each.bounds is not None]
    return decimals(min((span for span in spans if 0 < span < math.inf), default=0.0) / 2)


def _ahead(interval: Interval, language: str, digits: int) -> str:
    # Who loses nearly every run is behind by more than any number, at both ends.
    endless = math.isinf(interval.low) and interval.low == interval.high
    return number(interval.mean, language) if endless else interval_words(interval, language, digits)


def _separated(each: Comparison | None, found: bool, language: str) -> str:
    _ = translator(language)
    if each is None:
        return "–"
    return _("yes") if found else _("equal") if each.equal else _("cannot tell")


def pairs_table(ranking: Ranking, language: str, most: int) -> Table | None:
    """The pairs of rivals of which the verdict says nothing, all at once; None where there are none.

    That a winner is ahead of each other rival has been said; of the other pairs, as of all where nobody won, the
    *most* leading rivals are shown.

    No example: see `ravine.view.study_report`.
    """
    _ = translator(language)
    names = [name for name in ranking.order[:most] if name != ranking.winner]
    if len(ranking.order) < 3:
        return None
    pairs = [ranking.between(a, b) for a, b in itertools.combinations(names, 2)]
    fine = _fine([each.joint for each in pairs])
    rows = []
    for each in pairs:
        p = each.p if each.p_holm is None else each.p_holm
        told = _separated(each, each.separated is not None, language)
        rows.append((safe(each.a), safe(each.b), _ahead(each.joint, language, fine), probability(p, language), told))
    columns = (_("Rival"), _("Against"), _("Ahead by"), _("p (Holm)"), _("Separated"))
    caption = _(
        "Every pair, asked at once: p is corrected by Holm for {count} comparisons, and each interval has the level "
        "that this leaves it."
    ) if ranking.winner is None else _(
        "The other pairs, asked at once: p is corrected by Holm for {count} comparisons, and each interval has the "
        "level that this leaves it."
    )  # fmt: skip
    return Table(columns, tuple(rows), caption.format(count=len(ranking.comparisons)), "llrrr")


def _training(rows: list[Row], language: str) -> list[tuple[str, ...]]:
    _ = translator(language)
    made: list[tuple[str, ...]] = []
    for row in rows:
        # Of runs, of which a split has several.
        started = int(row["started"] if "started" in row else row["runs"])
        late = started - int(row["reached"]) if "reached" in row else 0
        some = _("not reached by {count} of {total}").format(count=late, total=started) if late else ""
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
    tests = {each.test for each in ranking.against}
    named = {
        "t": _("t test of the mean"),
        "permutation": _("permutation test of the mean"),
        "wilcoxon": _("rank test, in which a lost run is worse than any other"),
    }
    told = quantity + ". " + _("Bold: not beaten by anybody.")
    if ranking.comparisons:
        used = ", ".join(named[test] for test in named if test in tests)
        told += " " + _(
            "Each row is a comparison with the leader at {level}, which a winner has to pass in every row. "
            "Test: {tests}."
        ).format(level=percent(ranking.level, language), tests=used)
        if ranking.unit == "seed":
            told += " " + _("P: the chance that a run of the leader beats one of the rival (Newcombe's interval).")
        told += " " + (_("Effect: Cohen's d of paired differences.") if ranking.paired else _("Effect: Hedges' g."))
    if ranking.unit == "split":
        told += " " + _(
            "Each value is the mean over the seeds on one split; rivals are compared split by split, and a split on "
            "which a run diverged counts as lost. Where splits share examples, intervals are the wider for it (Nadeau "
            "and Bengio 2003)."
        )
    if any(ranking.lost.values()):
        told += " " + _(
            "A mean leaves lost runs out; differences are then medians, in which a lost run is infinitely bad."
        )
    margin = next((each.margin for each in ranking.comparisons), None)
    if margin is not None:
        said = _("Equal: the difference is shown to be within {margin}, either way (two one-sided tests).")
        told += " " + said.format(margin=number(margin, language))
    return told


def _amount(value: float | None, language: str, digits: int) -> str:
    return "–" if value is None else number(value, language, digits)


def _reach(value: float | None, some: str, language: str, digits: int | None) -> str:
    if value is None:
        return "–"
    if math.isinf(value):
        return some
    shown = number(value, language, digits) if digits is not None else number(float(f"{value:.2g}"), language)
    return f"{shown} ({some})" if some else shown


def default_rows(findings: Findings, problem: str, ranking: Ranking, language: str) -> tuple[tuple[str, ...], ...]:
    """For each rival that also ran at its rule's own setting: mean there, mean when tuned, and what tuning brought.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    from ravine.stats import compare, rank
    from ravine.study import rank_splits, split_means

    here = findings.members.filter(pl.col("problem") == problem)
    rows = []
    for name in ranking.order:
        both = [
            here.filter((pl.col("phase") == phase) & (pl.col("rival") == name)).select("seed", "measure").unique("seed")
            for phase in ("final", "default")
        ]
        if both[1].is_empty():
            continue
        if ranking.unit == "split":
            owners = here.select("seed", "split").unique()
            # On a split where the rule's own setting was chosen, its final runs are those by default.
            chosen = both[0].join(both[1], on="seed", how="anti")
            whole = (both[0], pl.concat([both[1], chosen]))
            tuned, plain = (split_means(each.join(owners, on="seed", how="left")) for each in whole)
        else:
            joined = both[0].join(both[1], on="seed", how="inner", suffix="_default").sort("seed")
            tuned, plain = (joined[column].fill_null(math.nan).to_numpy() for column in ("measure", "measure_default"))
        gain = compare("tuned", tuned, "default", plain, higher=findings.higher, level=ranking.level)
        if ranking.unit == "split":
            both_ranked = {"tuned": tuned, "default": plain}
            how = {"higher": findings.higher, "level": ranking.level}
            gain = rank_splits(both_ranked, ranking.ratio, **how).between("tuned", "default")
        mean = rank({"default": plain}, higher=findings.higher, level=ranking.level)
        digits = mean_digits(mean)
        rows.append((
            safe(name), interval_words(mean.means["default"], language, digits),
            interval_words(ranking.means[name], language, digits),
            "–" if math.isnan(gain.difference) else interval_words(gain.interval, language, digits),
            f"{mean.lost['default']}/{mean.runs['default']}",
        ))  # fmt: skip
    return tuple(rows)
