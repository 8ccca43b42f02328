"""Rivals compared over several test parts: what one cut of the data left to chance is in the interval too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from ravine.data import Dataset
from ravine.stats import Interval, Ranking, Shift, Student, holm_corrected, rank, ranking_of

__all__ = ["overlap", "rank_splits", "split_means"]


def split_means(runs: pl.DataFrame) -> np.ndarray:
    """The mean *measure* of *runs* on each split, in their order (splits,); NaN where a run of the split was lost.

    >>> split_means(pl.DataFrame({"split": [0, 0, 1, 1], "measure": [0.75, 0.25, 1.0, None]}))
    array([0.5, nan])
    """
    whole = pl.col("measure").cast(pl.Float64).fill_null(math.nan)
    return runs.group_by("split").agg(whole.mean()).sort("split")["measure"].to_numpy()


def overlap(cuts: Sequence[Dataset]) -> float:
    """Test examples by training examples, where the test part of a cut was trained on in another; 0 for fresh draws.

    >>> from ravine.data import load
    >>> round(overlap([load("digits", seed=seed) for seed in (0, 1)]), 2)
    0.25
    >>> overlap([load("xor", n=40, seed=seed) for seed in (0, 1)])
    0.0
    """
    first, second = cuts[0], cuts[1]
    if first.test is None or second.test is None:
        return 0.0
    trained = {row.tobytes() for row in first.train.x}
    again = any(row.tobytes() in trained for row in second.test.x)
    return len(first.test) / len(first.train) if again else 0.0


def rank_splits(scores: Mapping[str, Any], ratio: float, **how: Any) -> Ranking:
    """Rank rivals by their *scores*, one for each split, which pair; *how* as for `rank`, *ratio* as of `overlap`.

    Cuts of one set of examples share most of them, so that their results are no independent draws. The variance of the
    mean over k cuts is s^2 (1 / k + n_test / n_train) instead of s^2 / k, s^2 being that from cut to cut (Nadeau &
    Bengio 2003): every standard error is so much greater. Where runs were lost, ranks decide: the normal score z of
    their sum is divided by sqrt(1 + (k - 1) r), r = 6/pi arcsin(rho / 2) being the correlation of ranks (Pearson 1907)
    and rho = ratio / (1 + ratio) that of the results. How many cuts would decide is not told, as no number may.

    >>> made = rank_splits({"a": [0.9, 0.8, 0.9, 0.9], "b": [0.7, 0.7, 0.7, 0.6]}, ratio=0.25)
    >>> made.unit, made.winner, round(made.between("a", "b").shift.error / rank_splits(
    ...     {"a": [0.9, 0.8, 0.9, 0.9], "b": [0.7, 0.7, 0.7, 0.6]}, ratio=0.0).between("a", "b").shift.error, 3)
    ('split', 'a', 1.414)
    """
    plain = rank(scores, **how)
    compared, means = [], {}
    for each in plain.comparisons:
        wider = math.sqrt(1 + each.n * ratio)
        if isinstance(each.shift, Student):
            shift: Shift = replace(each.shift, error=each.shift.error * wider)
        else:
            shift = replace(each.shift, chance=stats.norm.sf(stats.norm.isf(each.shift.chance) / _ranks(each.n, ratio)))
        compared.append(replace(each, shift=shift, seeds=None, p_holm=None, divisor=1.0))
    for name, mean in plain.means.items():
        half = (mean.high - mean.low) / 2 * math.sqrt(1 + mean.count * ratio)
        means[name] = Interval(mean.mean, mean.mean - half, mean.mean + half, mean.count)
    made = ranking_of(
        plain.order, means, plain.runs, plain.lost, holm_corrected(compared, plain.level), plain.level, plain.higher,
        plain.paired,
    )  # fmt: skip
    return replace(made, unit="split", ratio=ratio)


def _ranks(cuts: int, ratio: float) -> float:
    """By how much the deviation of a sum of ranks over *cuts* exceeds that of independent draws."""
    rho = ratio / (1 + ratio)
    return math.sqrt(1 + (cuts - 1) * 6 / math.pi * math.asin(rho / 2))
