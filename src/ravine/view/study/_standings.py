"""The standings of a study as data: setting, mean, difference to the leader, and what the evidence says of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from ravine.stats import Ranking
    from ravine.study import Findings

__all__ = ["Row", "rows_of", "runs_table", "standings"]

Row = dict[str, Any]
"""A rival's numbers by the name of their column."""
COMPARED = ("difference", "p", "p_holm", "effect", "cliff", "improvement")
CLOCKS = {"epoch": "epochs_to_goal", "step": "steps_to_goal", "seconds": "seconds_to_goal"}


def standings(findings: Findings) -> pl.DataFrame:
    """One row for each problem and rival, best first, all numbers as they are: what ``table.csv`` holds.

    Differences are those of the leader to the rival, positive where the leader is ahead. *separated* and *p* are of
    that pair alone, as a winner has to be ahead in all rows; *p_holm* holds for all pairs of rivals together.

    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> ranked = rank({"sgd": [0.90, 0.91], "adam": [0.95, 0.97]})
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> told = Findings("t", "", "test_accuracy", True, 0.95, (("xor", ranked),), *frames, (), "")
    >>> standings(told).select("rival", "runs", "difference", "reachable").rows()
    [('adam', 2, None, None), ('sgd', 2, 0.05499999999999994, False)]
    """
    import polars as pl

    rows = [row for problem, ranking in findings.rankings for row in rows_of(findings, problem, ranking)]
    return pl.DataFrame(rows, infer_schema_length=None)


def rows_of(findings: Findings, problem: str, ranking: Ranking) -> list[Row]:
    """The rows of `standings` on one problem.

    No example: see `standings`.
    """
    settings = _settings(findings, problem)
    goals = _goals(findings, problem)
    rows = []
    for name in ranking.order:
        mean = ranking.means[name]
        row: Row = {
            "problem": problem, "rival": name, "setting": settings.get(name), "runs": ranking.runs[name],
            "diverged": ranking.lost[name], "mean": _real(mean.mean), "low": _real(mean.low), "high": _real(mean.high),
        }  # fmt: skip
        against = None if name == ranking.leader else ranking.between(ranking.leader, name)
        for column in COMPARED:
            row[column] = None if against is None else _real(getattr(against, column))
            if column == "difference":
                row["difference_low"] = None if against is None else _real(against.interval.low)
                row["difference_high"] = None if against is None else _real(against.interval.high)
        improved = None if against is None or ranking.unit == "split" else against.improved
        row["improvement_low"] = None if improved is None else _real(improved.low)
        row["improvement_high"] = None if improved is None else _real(improved.high)
        seeds = None if against is None else against.seeds
        row["needed"] = None if seeds is None else seeds.likely
        row["needed_low"] = None if seeds is None else seeds.low
        row["needed_high"] = None if seeds is None else seeds.high
        row["separated"] = None if against is None else against.better == "a"
        row["equal"] = None if against is None or against.margin is None else against.equal
        row["reachable"] = None if against is None else against.reachable
        row["test"] = None if against is None else against.test
        row |= goals.get(name, {}) | _spread(findings, problem, name, ranking)
        rows.append(row)
    return rows


def _spread(findings: Findings, problem: str, name: str, ranking: Ranking) -> Row:
    """How single runs are spread, how many were lost, and how far they are from the training data."""
    from ravine.stats import outcome_distribution
    from ravine.view.study.lottery import gap_of, runs_ended

    values = runs_ended(findings, problem, name)
    if not len(values):
        return {}
    made, gap = (
        outcome_distribution(values, ranking.level, higher=findings.higher),
        gap_of(findings, problem, name, ranking.level),
    )
    return {
        "iqm": _real(made.iqm), "median": _real(made.quantiles[0.5]),
        "q05": _real(made.quantiles[0.05]), "q95": _real(made.quantiles[0.95]),
        "diverged_low": made.lost.low, "diverged_high": made.lost.high,
        "gap": None if gap is None else _real(gap.mean),
    }  # fmt: skip


def _real(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _settings(findings: Findings, problem: str) -> dict[str, str]:
    import polars as pl

    if "setting" not in findings.members.columns:
        return {}
    final = findings.members.filter((pl.col("problem") == problem) & (pl.col("phase") == "final"))
    # On each split a setting was chosen anew: where they differ there is no one to be named.
    given = final.group_by("rival", maintain_order=True).agg(pl.col("setting").unique(maintain_order=True))
    return {rival: settings[0] for rival, settings in given.iter_rows() if len(settings) == 1}


def _goals(findings: Findings, problem: str) -> dict[str, Row]:
    """How many final runs of each rival reached the goal, and after how much.

    It is the median over all runs, where one that did not arrive within the budget took longer than any other: infinite
    where that is half of them or more.
    """
    import polars as pl

    from ravine.stats import reached
    from ravine.train import rises

    curves, goal = findings.curves, findings.goal_of(problem)
    if goal is None or goal[0] not in curves.columns:
        return {}
    quantity, value = goal
    final = curves.filter((pl.col("problem") == problem) & (pl.col("phase") == "final"))
    found = reached(final, quantity, value, falling=not rises(quantity))
    owners = final.select("member", "rival").unique("member")
    found = found.join(owners, on="member", how="left", maintain_order="left")
    clocks = {name: told for name, told in CLOCKS.items() if name in found.columns}
    told = found.group_by("rival", maintain_order=True).agg(
        pl.col(next(iter(clocks))).count().alias("reached"),
        pl.len().alias("started"),
        *(pl.col(name).cast(pl.Float64).fill_null(math.inf).median().alias(told) for name, told in clocks.items()),
    )
    return {row.pop("rival"): row for row in told.iter_rows(named=True)}


def runs_table(findings: Findings) -> pl.DataFrame:
    """A row for each run, the numbers of its setting as columns ``set_learning_rate``, ...: what ``runs.csv`` holds.

    A number that a setting leaves to the rule is null.

    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": "final", "rival": "sgd", "problem": "xor", "seed": [0], "measure": [0.9],
    ...         "setting": ['{"learning_rate": 0.1}']}
    >>> told = Findings("t", "", "test_accuracy", True, 0.95, (("xor", rank({"sgd": [0.9]})),), pl.DataFrame(rows),
    ...                 pl.DataFrame(), (), "")
    >>> runs_table(told).columns
    ['phase', 'rival', 'problem', 'seed', 'measure', 'set_learning_rate']
    """
    import polars as pl

    members = findings.members
    if "setting" not in members.columns:
        return members
    settings = [json.loads(text or "{}") for text in members["setting"]]
    names = sorted({name for each in settings for name in each})
    numbers = [
        pl.Series(f"set_{name}", [None if name not in each else float(each[name]) for each in settings], pl.Float64)
        for name in names
    ]
    return members.drop("setting").with_columns(numbers)
