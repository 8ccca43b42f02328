"""Studies: fair tournaments, kept results, and what they allow one to say."""

from ravine.study.bootstrap import bca, bca_difference, iqm
from ravine.study.effects import cliff, cohen, hedges, seeds_needed
from ravine.study.evidence import Interval, Verdict, interval, paired, proportion, verdict, welch
from ravine.study.findings import Findings
from ravine.study.packs import Pack, packs_of
from ravine.study.ranking import Comparison, Ranking, compare, rank
from ravine.study.results import Results
from ravine.study.rivals import Problem, Rival, fitted, problems, rivals
from ravine.study.runners import LocalRunner, Runner, runner
from ravine.study.significance import TESTS, Test, holm
from ravine.study.spec import SAMPLERS, Study, read_study
from ravine.study.store import RUNS, Store
from ravine.study.summaries import compare_summaries, rank_summaries
from ravine.study.tournament import Status, decisive, plan_of, run_study
from ravine.study.tuning import axes_of
from ravine.study.work import execute

__all__ = [
    "RUNS",
    "SAMPLERS",
    "TESTS",
    "Comparison",
    "Findings",
    "Interval",
    "LocalRunner",
    "Pack",
    "Problem",
    "Ranking",
    "Results",
    "Rival",
    "Runner",
    "Status",
    "Store",
    "Study",
    "Test",
    "Verdict",
    "axes_of",
    "bca",
    "bca_difference",
    "cliff",
    "cohen",
    "compare",
    "compare_summaries",
    "decisive",
    "execute",
    "fitted",
    "hedges",
    "holm",
    "interval",
    "iqm",
    "packs_of",
    "paired",
    "plan_of",
    "problems",
    "proportion",
    "rank",
    "rank_summaries",
    "read_study",
    "rivals",
    "run_study",
    "runner",
    "seeds_needed",
    "verdict",
    "welch",
]
