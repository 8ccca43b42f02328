"""The standings of a study as data: setting, mean, difference to the leader, and what the evidence says of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from ravine.study.findings import Findings
    from ravine.study.ranking import Ranking

__all__ = ["Row", "rows_of", "standings"]

Row = dict[str, Any]
"""A rival's numbers by the name of their column."""
COMPARED = ("difference", "p", "p_holm", "effect", "cliff", "improvement")
CLOCKS = {"epoch": "epochs_to_goal", "step": "steps_to_goal", "seconds": "seconds_to_goal"}


def standings(findings: Findings) -> pl.DataFrame:
    """One row for each problem and rival, best first, all numbers as they are: what ``table.csv`` holds.

    Differences are those of the leader to the rival, positive where the leader is ahead. *separated* and *p* are of
    that pair alone, as a winner has to be ahead in all rows; *p_holm* holds for all pairs of rivals together.

    >>> import polars as pl
    >>> from ravine.study import Findings, rank
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
        seeds = None if against is None else against.seeds
        row["needed"] = None if seeds is None else seeds.likely
        row["needed_low"] = None if seeds is None else seeds.low
        row["needed_high"] = None if seeds is None else seeds.high
        row["separated"] = None if against is None else against.better == "a"
        row["equal"] = None if against is None or against.margin is None else against.equal
        row["reachable"] = None if against is None else against.reachable
        row["test"] = None if against is None else against.test
        row |= goals.get(name, {})
        rows.append(row)
    return rows


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

    from ravine.study.measures import reached
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
        *(pl.col(name).cast(pl.Float64).fill_null(math.inf).median().alias(told) for name, told in clocks.items()),
    )
    return {row.pop("rival"): row for row in told.iter_rows(named=True)}
