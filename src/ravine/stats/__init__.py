"""Statistics of few runs: intervals, tests, effects, rankings, and how many seeds would decide."""

from ravine.stats.bootstrap import bca, bca_difference, iqm
from ravine.stats.comparison import Comparison, compare
from ravine.stats.datasets import Ranks, friedman, pooled_iqm
from ravine.stats.effects import cliff, cohen, hedges, seeds_needed
from ravine.stats.improvement import improvement_interval
from ravine.stats.intervals import Interval, Verdict, interval, paired, proportion, verdict, welch
from ravine.stats.measures import best_of, first_reach, median_best_of, performance_profile, profile_score, reached
from ravine.stats.outcomes import (
    Outcomes,
    divergence_rate,
    generalisation_gap,
    outcome_distribution,
    plateau,
    sensitivity,
)
from ravine.stats.planning import (
    PLANNING_LEVEL,
    PLANNING_POWER,
    Outlook,
    Seeds,
    detectable,
    effect_range,
    outlook,
    seeds_for,
)
from ravine.stats.ranking import Ranking, holm_corrected, rank, ranking_of
from ravine.stats.shifts import Shift, Student
from ravine.stats.significance import TESTS, Test, holm, least_seeds
from ravine.stats.summaries import compare_summaries, rank_summaries

__all__ = [
    "PLANNING_LEVEL",
    "PLANNING_POWER",
    "TESTS",
    "Comparison",
    "Interval",
    "Outcomes",
    "Outlook",
    "Ranking",
    "Ranks",
    "Seeds",
    "Shift",
    "Student",
    "Test",
    "Verdict",
    "bca",
    "bca_difference",
    "best_of",
    "cliff",
    "cohen",
    "compare",
    "compare_summaries",
    "detectable",
    "divergence_rate",
    "effect_range",
    "first_reach",
    "friedman",
    "generalisation_gap",
    "hedges",
    "holm",
    "holm_corrected",
    "improvement_interval",
    "interval",
    "iqm",
    "least_seeds",
    "median_best_of",
    "outcome_distribution",
    "outlook",
    "paired",
    "performance_profile",
    "plateau",
    "pooled_iqm",
    "profile_score",
    "proportion",
    "rank",
    "rank_summaries",
    "ranking_of",
    "reached",
    "seeds_for",
    "seeds_needed",
    "sensitivity",
    "verdict",
    "welch",
]
