"""What the final runs of a study look like: differences, scores, curves, profiles over problems."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.view import figures
from ravine.view.blocks import Figure
from ravine.view.i18n import number, translator
from ravine.view.study._standings import standings
from ravine.view.study.labels import capital, percent, probability, quantity_name, safe

if TYPE_CHECKING:
    import polars as pl

    from ravine.stats import Ranking
    from ravine.study import Findings

__all__ = ["MOST", "across", "differences", "learning", "scores", "shown"]

MOST = 9
"""Rivals whose lines one drawing can tell apart: the leading ones are drawn."""


def shown(findings: Findings, ranking: Ranking) -> dict[str, int]:
    """The leading rivals of *ranking* and the colour of each, which is the same on all problems.

    No example: see `ravine.view.study_report`.
    """
    names = list(findings.rankings[0][1].order)
    names += [name for _problem, other in findings.rankings for name in other.order if name not in names]
    return {name: names.index(name) for name in ranking.order[:MOST]}


def differences(findings: Findings, ranking: Ranking, key: str, language: str) -> list[Figure]:
    """By how much the leader is ahead of each rival; nothing where there is one rival.

    No example: see `ravine.view.study_report`.
    """
    _ = translator(language)
    leader = ranking.leader
    rows = []
    for name in ranking.order[1:]:
        each = ranking.between(leader, name)
        p = probability(each.p, language)
        note = f"p {p}" if p.startswith("<") else f"p = {p}"
        title = f"{leader} – {name}: {number(float(f'{each.difference:.3g}'), language)}, {note}"
        interval = each.interval
        if each.lost_b and not each.better:
            note = _("{count} of {total} diverged").format(count=each.lost_b, total=ranking.runs[name])
        rows.append(
            figures.Difference(name, interval.mean, interval.low, interval.high, each.better == "a", note, title)
        )
    if not rows:
        return []
    verdict = _("Winner: {name}").format(name=leader) if ranking.winner == leader else _("No winner")
    quantity = quantity_name(findings.quantity, language)
    drawing = figures.difference_forest(rows, leader=leader, quantity=quantity, verdict=verdict, language=language)
    caption = (
        _("By how much {leader} is ahead of each rival, from split to split, with {level} intervals. Right of the line "
          "it is better; where the dot is open, chance may have done it.")
        if ranking.unit == "split" else
        _("By how much {leader} is ahead of each rival, from seed to seed, with {level} intervals. Right of the line "
          "it is better; where the dot is open, chance may have done it.")
    ).format(leader=safe(leader), level=percent(ranking.level, language))  # fmt: skip
    alt = _("A row for each rival with a dot and an interval, beside a vertical line at no difference.")
    return [Figure(f"differences-{key}", drawing, caption, alt)]


def scores(findings: Findings, problem: str, ranking: Ranking, key: str, language: str) -> list[Figure]:
    """What every final run reached: the lottery of the seeds.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    _ = translator(language)
    samples = []
    final = findings.members.filter((pl.col("problem") == problem) & (pl.col("phase") == "final"))
    for name, colour in shown(findings, ranking).items():
        own = final.filter(pl.col("rival") == name).sort("seed")
        if own.is_empty():
            continue
        values = own["measure"].cast(pl.Float64).fill_null(math.nan).to_numpy()
        names = [_run(name, seed, value, language) for seed, value in zip(own["seed"], values, strict=True)]
        samples.append(figures.SeedValues(name, values, ranking.means[name].bounds, colour=colour, names=names))
    if not samples:
        return []
    quantity = quantity_name(findings.quantity, language)
    drawing = figures.spread(samples, quantity=capital(quantity), language=language)
    caption = _(
        "Every run that decides: {quantity}, one dot for each seed, with the mean and its {level} interval "
        "(Student's). How far the dots of one rival lie apart is what a single run would have left to luck."
    ).format(quantity=quantity, level=percent(ranking.level, language))
    return [Figure(f"scores-{key}", drawing, caption, _("Rows of dots, one row for each rival, with their means."))]


def _run(name: str, seed: Any, value: float, language: str) -> str:
    _ = translator(language)
    reached = _("diverged") if math.isnan(value) else number(value, language, 4)
    return _("{name}, seed {seed}: {value}").format(name=name, seed=seed, value=reached)


def learning(findings: Findings, problem: str, ranking: Ranking, key: str, language: str) -> list[Figure]:
    """The curves of the final runs over epochs, and over time where it was measured.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    _ = translator(language)
    curves = findings.curves
    if curves.is_empty() or "epoch" not in curves.columns:
        return []
    final = curves.filter((pl.col("problem") == problem) & (pl.col("phase") == "final"))
    colours = shown(findings, ranking)
    base = findings.quantity.removeprefix("test_").removeprefix("validation_")
    wanted = [*(f"{part}{name}" for name in dict.fromkeys(("loss", base)) for part in ("validation_", ""))]
    present = [name for name in wanted if name in final.columns and final[name].is_not_null().any()]
    chosen = [next(name for name in present if name.endswith(end)) for end in dict.fromkeys(
        name.removeprefix("validation_") for name in present)]  # fmt: skip
    if len(chosen) == 1 and len(present) > 1:
        chosen = present[:2]
    panels = []
    for quantity in chosen[:2]:
        runs = [runs_of(final, name, quantity, "epoch", colour, language) for name, colour in colours.items()]
        kept = [each for each in runs if each is not None]
        if kept:
            panels.append(figures.Panel(capital(quantity_name(quantity, language)), kept, log=_log(quantity, kept)))
    if not panels:
        return []
    drawing = figures.mean_curves(panels, level=ranking.level, columns=len(panels), language=language)
    caption = _(
        "The final runs from epoch to epoch: mean over the seeds with its {level} interval, each seed as a thin line."
    ).format(level=percent(ranking.level, language))
    alt = _("Learning curves, one line with a band for each rival.")
    made = [Figure(f"curves-{key}", drawing, caption, alt)]
    if "seconds" in final.columns:
        quantity = chosen[:2][-1]
        runs = [runs_of(final, name, quantity, "seconds", colour, language) for name, colour in colours.items()]
        kept = [each for each in runs if each is not None]
        # Of tiny networks many epochs are trained at one go, and share its time: then there is no curve to draw.
        gaps = [np.diff(each.x) for each in kept if len(each.x) > 1]
        if not gaps or not all(np.median(gap) > 0.2 * gap.mean() > 0 for gap in gaps):
            return made
        panel = figures.Panel(capital(quantity_name(quantity, language)), kept, log=_log(quantity, kept))
        drawing = figures.quantile_curves([panel], x_label=_("Time [s]"), columns=1, language=language)
        caption = _(
            "The same runs over the time that their training took (mean over the seeds, each run's share of those "
            "trained at once): median, and between which values half and nine in ten of the runs lie. Times hold for "
            "the machine on which the study ran."
        )
        alt = _("Learning curves over time, one line with two bands for each rival.")
        made.append(Figure(f"time-{key}", drawing, caption, alt))
    return made


def _log(quantity: str, runs: list[figures.Runs]) -> bool:
    values = np.concatenate([each.y[np.isfinite(each.y)] for each in runs])
    return quantity.endswith(("loss", "mse", "mae", "rmse")) and bool((values > 0).all()) and len(values) > 0


def runs_of(final: pl.DataFrame, rival: str, quantity: str, x: str, colour: int, language: str) -> figures.Runs | None:
    """The curves of *rival* as rows over epochs; over seconds, the mean time of each epoch. None where there are none.

    A run that ended early without being lost keeps its last value; what follows a lost run's end is not finite.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    own = final.filter((pl.col("rival") == rival) & pl.col(quantity).is_not_null()).unique(
        ["member", "epoch"], maintain_order=True
    )
    own = own.filter(pl.col(quantity).is_finite() | (pl.col("epoch") > 0)) if own.height else own
    if own.is_empty():
        return None
    epochs = own["epoch"].unique().sort()
    order = {epoch: place for place, epoch in enumerate(epochs)}
    members = own["member"].unique(maintain_order=True).to_list()
    y = np.full((len(members), len(epochs)), np.nan)
    lost = "diverged_at" in own.columns
    names = []
    for row, member in enumerate(members):
        part = own.filter(pl.col("member") == member).sort("epoch")
        places = [order[epoch] for epoch in part["epoch"]]
        y[row, places] = part[quantity].to_numpy()
        gone = (lost and part["diverged_at"].is_not_null().any()) or not np.isfinite(y[row, places[-1]])
        if gone:
            y[row, places[-1] :] = np.nan
        else:
            y[row, places[-1] :] = y[row, places[-1]]
        names.append(_run(rival, part["seed"][0], math.nan if gone else float(y[row, -1]), language))
    at = epochs.to_numpy().astype(np.float64)
    if x == "seconds":
        at = own.group_by("epoch").agg(pl.col("seconds").mean()).sort("epoch")["seconds"].to_numpy()
    if not np.isfinite(y).any():
        return None
    return figures.Runs(rival, at, y, colour=colour, names=names)


def _cost(findings: Findings, problem: str, rival: str) -> float:
    """The error or loss of the median of the runs that decide, lost ones being worse than any: infinite if too many."""
    import polars as pl

    here = (pl.col("problem") == problem) & (pl.col("phase") == "final") & (pl.col("rival") == rival)
    values = findings.members.filter(here)["measure"].cast(pl.Float64).fill_null(math.nan).to_numpy()
    costs = np.maximum(0.0, 1 - values) if findings.higher else values
    return float(np.median(np.where(np.isfinite(costs), costs, np.inf))) if len(costs) else math.nan


def across(findings: Findings, language: str) -> list[Figure]:
    """Performance profiles over the problems of a study that has several.

    No example: see `ravine.view.study_report`.
    """
    from ravine.stats import performance_profile, profile_score

    _ = translator(language)
    problems = [problem for problem, _ranking in findings.rankings]
    if len(problems) < 2:
        return []
    table = {(row["problem"], row["rival"]): row for row in standings(findings).iter_rows(named=True)}
    names = [name for name in shown(findings, findings.rankings[0][1]) if all((p, name) in table for p in problems)]
    to_goal = all("steps_to_goal" in row for row in table.values()) and findings.goal is not None
    costs = np.full((len(names), len(problems)), np.nan)
    for (row, name), (column, problem) in itertools.product(enumerate(names), enumerate(problems)):
        facts = table[problem, name]
        if to_goal:
            costs[row, column] = np.nan if facts["steps_to_goal"] is None else facts["steps_to_goal"]
        else:
            costs[row, column] = _cost(findings, problem, name)
    if len(names) < 2 or (costs < 0).any():
        return []
    taus = np.unique(np.concatenate([np.linspace(1, 4, 301), [1.0, 4.0]]))
    curves = [
        figures.Curve(name, taus, line, colour=place)
        for place, (name, line) in enumerate(zip(names, performance_profile(costs, taus), strict=True))
    ]
    cost = (
        _("Steps to the goal") if to_goal
        else _("1 − {quantity}").format(quantity=quantity_name(findings.quantity, language)) if findings.higher
        else capital(quantity_name(findings.quantity, language))
    )  # fmt: skip
    drawing = figures.profiles(curves, scores=list(profile_score(costs)), cost=cost, language=language)
    caption = _(
        "Performance profiles over {count} problems: on which share of them a rival needs at most so many times the "
        "cost of the best. The cost is that of the median run, and a lost run costs more than any other. "
        "The number in the key is the mean height up to 4 times the least cost (1 is best)."
    ).format(count=len(problems))
    return [Figure("profiles", drawing, caption, _("Rising steps, one line for each rival."))]
