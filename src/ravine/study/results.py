"""What a study found: who was trained, how each did, and which setting each rival was given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ravine.nn import to_text
from ravine.study._rivals import Problem, Rival
from ravine.study.packs import Pack, Setting, setting_text
from ravine.study.spec import Study
from ravine.study.splits import split_means

__all__ = ["Results", "curves_of", "members_of"]


@dataclass(frozen=True, eq=False)
class Results:
    """*members*: a row for each network trained. *curves*: a row for each of its epochs. *chosen*: settings by rival.

    *study* is the study as it was carried out: one that was stored before goes on by its own protocol.

    No example: made by `ravine.study.run_study`.
    """

    members: pl.DataFrame
    curves: pl.DataFrame
    chosen: Mapping[tuple[str, str], Setting]
    study: Study | None = None

    def values(self, problem: str, phase: str = "final") -> dict[str, np.ndarray]:
        """What decides, by rival: in the order of the seeds, or the mean of each split; NaN where a run was lost."""
        here = self.members.filter((pl.col("problem") == problem) & (pl.col("phase") == phase))
        labels = here["rival"].unique(maintain_order=True).to_list()
        if here["split"].n_unique() > 1:
            return {label: split_means(here.filter(pl.col("rival") == label)) for label in labels}
        return {
            label: here.filter(pl.col("rival") == label).sort("seed")["measure"].fill_null(np.nan).to_numpy()
            for label in labels
        }


def _facts(pack: Pack, problem: Problem, rival: Rival, phase: str) -> dict[str, Any]:
    return {
        "phase": phase,
        "problem": problem.data,
        "rival": rival.label,
        "network": to_text(rival.network),
        "rule": rival.rule_text,
        "batch_size": str(rival.batch_size),
        "split": problem.split,
        "epochs": pack.plan.epochs,
        "pack": pack.key,
    }


def _settings(pack: Pack) -> pl.DataFrame:
    texts = [setting_text(setting) for setting in pack.settings]
    return pl.DataFrame({"setting": range(len(texts)), "numbers": texts}, schema_overrides={"setting": pl.Int32})


def _named(table: pl.DataFrame, pack: Pack, owners: Sequence[str]) -> pl.DataFrame:
    # Rivals that come to the same network, rule and setting share a pack; each has a row of its own for its runs.
    owner = hashlib.sha256("\0".join(owners).encode()).hexdigest()[:6]
    named = pl.format("{}-{}-{}-{}", pl.lit(pack.key[:12]), pl.col("setting"), pl.col("seed"), pl.lit(owner))
    told = table.join(_settings(pack), on="setting", how="left", maintain_order="left")
    return told.with_columns(named.alias("member"))


def curves_of(table: pl.DataFrame, pack: Pack, problem: Problem, rival: Rival, phase: str) -> pl.DataFrame:
    """The epochs of the members of *pack*, with what tells them apart.

    No example: see `Results`.
    """
    facts = [pl.lit(value).alias(name) for name, value in _facts(pack, problem, rival, phase).items()]
    named = _named(table, pack, (problem.name, rival.label, phase)).drop("setting").rename({"numbers": "setting"})
    return named.select(*facts, "member", pl.exclude("member"))


def members_of(curves: pl.DataFrame, score: str, measure: str) -> pl.DataFrame:
    """One row for each member of *curves*: how it ended, by *score* and by *measure*; null where it was lost.

    >>> curves = pl.DataFrame({"member": ["a", "a"], "validation_loss": [2.0, 1.0], "diverged_at": [None, None]})
    >>> members_of(curves, "validation_loss", "test_loss").select("score", "measure").rows()
    [(1.0, None)]
    """
    last = curves.group_by("member", maintain_order=True).last()
    lost = pl.col("diverged_at").is_not_null()

    def end(name: str) -> pl.Expr:
        value = pl.col(name) if name in last.columns else pl.lit(None, pl.Float64)
        return pl.when(lost | value.is_nan()).then(None).otherwise(value)

    return last.with_columns(end(score).alias("score"), end(measure).alias("measure"))
