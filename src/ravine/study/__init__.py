"""Studies: fair tournaments, kept results, and what they allow one to say."""

from ravine.study.answers import collected, facts, findings, fingerprint, together
from ravine.study.bootstrap import bca, bca_difference, iqm
from ravine.study.cautions import FewSeeds, UnequalBudgets
from ravine.study.datasets import Ranks, friedman, pooled_iqm
from ravine.study.edges import Edge, edges
from ravine.study.effects import cliff, cohen, hedges, seeds_needed
from ravine.study.evidence import Interval, Verdict, interval, paired, proportion, verdict, welch
from ravine.study.exports import EXPORTS, to_mlflow, to_tensorboard
from ravine.study.findings import Findings
from ravine.study.improvement import improvement_interval
from ravine.study.measures import (
    best_of,
    first_reach,
    median_best_of,
    performance_profile,
    profile_score,
    reached,
)
from ravine.study.outcomes import (
    Outcomes,
    divergence_rate,
    generalisation_gap,
    outcome_distribution,
    plateau,
    sensitivity,
)
from ravine.study.packs import Pack, packs_of
from ravine.study.planning import Outlook, Seeds, detectable, effect_range, outlook, seeds_for
from ravine.study.ranking import Comparison, Ranking, compare, rank
from ravine.study.remedy import Trial, try_remedy
from ravine.study.results import Results
from ravine.study.rivals import Problem, Rival, fitted, problems, rivals
from ravine.study.runners import LocalRunner, Runner, runner
from ravine.study.significance import TESTS, Test, holm, least_seeds
from ravine.study.spec import SAMPLERS, Study, read_study
from ravine.study.splits import overlap, rank_splits
from ravine.study.status import Status
from ravine.study.store import RUNS, Store
from ravine.study.summaries import compare_summaries, rank_summaries
from ravine.study.tournament import decisive, plan_of, run_study
from ravine.study.tuning import axes_of, budgets
from ravine.study.work import execute

__all__ = [
    "EXPORTS",
    "RUNS",
    "SAMPLERS",
    "TESTS",
    "Comparison",
    "Edge",
    "FewSeeds",
    "Findings",
    "Interval",
    "LocalRunner",
    "Outcomes",
    "Outlook",
    "Pack",
    "Problem",
    "Ranking",
    "Ranks",
    "Results",
    "Rival",
    "Runner",
    "Seeds",
    "Status",
    "Store",
    "Study",
    "Test",
    "Trial",
    "UnequalBudgets",
    "Verdict",
    "axes_of",
    "bca",
    "bca_difference",
    "best_of",
    "budgets",
    "cliff",
    "cohen",
    "collected",
    "compare",
    "compare_summaries",
    "decisive",
    "detectable",
    "divergence_rate",
    "edges",
    "effect_range",
    "execute",
    "facts",
    "findings",
    "fingerprint",
    "first_reach",
    "fitted",
    "friedman",
    "generalisation_gap",
    "hedges",
    "holm",
    "improvement_interval",
    "interval",
    "iqm",
    "least_seeds",
    "median_best_of",
    "outcome_distribution",
    "outlook",
    "overlap",
    "packs_of",
    "paired",
    "performance_profile",
    "plan_of",
    "plateau",
    "pooled_iqm",
    "problems",
    "profile_score",
    "proportion",
    "rank",
    "rank_splits",
    "rank_summaries",
    "reached",
    "read_study",
    "rivals",
    "run_study",
    "runner",
    "seeds_for",
    "seeds_needed",
    "sensitivity",
    "to_mlflow",
    "to_tensorboard",
    "together",
    "try_remedy",
    "verdict",
    "welch",
]
