"""What a study of several data sets says of all of them together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ravine.view import figures
from ravine.view.blocks import Block, Figure, Table, Text
from ravine.view.i18n import number, translator
from ravine.view.study.figures import MOST
from ravine.view.study.labels import capital, percent, probability, quantity_name, safe
from ravine.view.study.lottery import runs_ended
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.study import Findings

__all__ = ["overall"]


def overall(findings: Findings, language: str) -> list[Block]:
    """The mean ranks of the rivals with the critical difference, and their interquartile means; nothing for one set.

    No example: see `ravine.view.study_report`.
    """
    from ravine.stats import friedman, pooled_iqm

    _ = translator(language)
    problems = [problem for problem, _ranking in findings.rankings]
    names = [
        name for name in findings.rankings[0][1].order
        if all(name in ranking.order and len(runs_ended(findings, problem, name))
               for problem, ranking in findings.rankings)
    ]  # fmt: skip
    if len(problems) < 2 or len(names) < 2:
        return []
    runs = {name: [runs_ended(findings, problem, name) for problem in problems] for name in names}
    sign, made = (1.0 if findings.higher else -1.0), list[Block]()
    if len(names) > 2:
        scores = {name: [_median(sign * each) for each in those] for name, those in runs.items()}
        ranks = friedman(scores, findings.level)
        shown = dict(list(ranks.ranks.items())[:MOST])
        groups = [[name for name in group if name in shown] for group in ranks.groups]
        p = probability(ranks.p, language)
        told = f"p {p}" if p.startswith("<") else f"p = {p}"
        best = ", ".join(safe(name) for name in (ranks.groups[0] if ranks.groups else tuple(ranks.ranks)[:1]))
        first = next(iter(ranks.ranks))
        made.append(Text(
            _("Over {count} data sets the ranks of the rivals differ ({p}, Friedman's test); not told apart from the "
              "best, {first}: {names}.").format(count=ranks.count, p=told, first=safe(first), names=best)
            if ranks.differ and ranks.groups and first in ranks.groups[0] else
            _("Over {count} data sets the ranks of the rivals differ ({p}, Friedman's test), and {first} is told apart "
              "from all others.").format(count=ranks.count, p=told, first=safe(first))
            if ranks.differ else
            _("Over {count} data sets the ranks of the rivals cannot be told apart ({p}, Friedman's test).")
            .format(count=ranks.count, p=told)
        ))  # fmt: skip
        drawing = figures.critical_difference(
            shown, ranks.critical, [group for group in groups if len(group) > 1], language=language
        )
        caption = _(
            "Mean ranks over the data sets, by the median run, lost runs being worse than any other. Rivals whose mean "
            "ranks are nearer than the critical difference (Nemenyi's, at {level}) are joined. With few data sets it "
            "is wide: each of them counts once, however many seeds there are."
        ).format(level=percent(findings.level, language))
        made.append(Figure("ranks", drawing, caption, _("Dots on an axis of ranks, with bars below.")))
    if findings.higher:
        rows = []
        for name in names:
            each = pooled_iqm(runs[name], findings.level, higher=True)
            finite = math.isfinite(each.mean) and math.isfinite(each.low)
            rows.append((safe(name), interval_words(each, language, 4) if finite else _("diverged")))
        columns = (_("Rival"), _("Middle half [{level}]").format(level=percent(findings.level, language)))
        caption = _(
            "{quantity} of all runs on the {count} data sets: the mean of the middle half (interquartile mean), with "
            "its interval by a bootstrap within each data set (Agarwal et al. 2021)."
        ).format(quantity=capital(quantity_name(findings.quantity, language)), count=number(len(problems), language))
        made.append(Table(columns, tuple(rows), caption, "lr"))
    return made


def _median(values: np.ndarray) -> float:
    return float(np.median(np.where(np.isfinite(values), values, -np.inf)))
