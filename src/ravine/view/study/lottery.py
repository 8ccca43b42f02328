"""What became of the runs of each rival: how they are spread, how many were lost, how far from the training data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ravine.view.blocks import Table
from ravine.view.i18n import number, translator
from ravine.view.study.labels import capital, percent, quantity_name, safe
from ravine.view.study.verdict import mean_digits
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.stats import Interval, Ranking
    from ravine.study import Findings

__all__ = ["gap_of", "lottery_table", "runs_ended"]


def runs_ended(findings: Findings, problem: str, rival: str) -> np.ndarray:
    """What decides of each final run of *rival* on *problem* (n,), NaN where it was lost.

    No example: see `lottery_table`.
    """
    import polars as pl

    here = (pl.col("problem") == problem) & (pl.col("phase") == "final") & (pl.col("rival") == rival)
    return findings.members.filter(here)["measure"].cast(pl.Float64).fill_null(math.nan).to_numpy()


def gap_of(findings: Findings, problem: str, rival: str, level: float) -> Interval | None:
    """How much worse *rival* is on the test part than in training; None where training was not measured so.

    No example: see `lottery_table`.
    """
    import polars as pl

    from ravine.stats import generalisation_gap

    base = findings.quantity.removeprefix("test_")
    if base == findings.quantity or base not in findings.members.columns:
        return None
    here = (pl.col("problem") == problem) & (pl.col("phase") == "final") & (pl.col("rival") == rival)
    train = findings.members.filter(here)[base].cast(pl.Float64).fill_null(math.nan).to_numpy()
    if not np.isfinite(train).any():
        return None
    return generalisation_gap(train, runs_ended(findings, problem, rival), higher=findings.higher, level=level)


def lottery_table(findings: Findings, problem: str, ranking: Ranking, language: str) -> Table | None:
    """The lottery of the seeds, a row for each rival; None where there is a single run of each.

    No example: see `ravine.view.study_report`.
    """
    from ravine.stats import outcome_distribution

    _ = translator(language)
    digits, comma = mean_digits(ranking), ";" if language == "pl" else ","
    rows = []
    for name in ranking.order:
        values = runs_ended(findings, problem, name)
        if len(values) < 2:
            return None
        made = outcome_distribution(values, ranking.level, higher=findings.higher)
        gap = gap_of(findings, problem, name, ranking.level)
        low, high = (_end(made.quantiles[share], digits, language) for share in (0.05, 0.95))
        rows.append((
            safe(name), _end(made.iqm, digits, language), _end(made.quantiles[0.5], digits, language),
            f"{low} … {high}", "–" if gap is None else interval_words(gap, language, digits),
            f"{percent(round(made.lost.mean, 3), language)} "
            f"[{percent(round(made.lost.low, 2), language)}{comma} {percent(round(made.lost.high, 2), language)}]",
        ))  # fmt: skip
    level = percent(ranking.level, language)
    columns = (
        _("Rival"), _("Middle half"), _("Median"), _("Nine in ten runs"),
        _("Gap to training [{level}]").format(level=level), _("Diverged [{level}]").format(level=level),
    )  # fmt: skip
    caption = _(
        "{quantity} of single runs: the mean of the middle half (interquartile mean), the median, the range in which "
        "nine in ten runs end, how much worse they are than in training, and how many diverged (Wilson's interval). A "
        "run that diverged counts as worse than any other."
    ).format(quantity=capital(quantity_name(findings.quantity, language)))
    return Table(columns, tuple(rows), caption, "lrrrrr")


def _end(value: float, digits: int, language: str) -> str:
    _ = translator(language)
    return number(value, language, digits) if math.isfinite(value) else _("diverged")
