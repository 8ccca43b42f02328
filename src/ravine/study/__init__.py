"""Studies: fair tournaments, kept results, and what they allow one to say."""

from typing import Any

from ravine.core import find_moved
from ravine.study._edges import Edge, edges
from ravine.study._rivals import Problem, Rival, problems, rivals
from ravine.study.cautions import FewSeeds, UnequalBudgets
from ravine.study.execution import execute
from ravine.study.exports import EXPORTS, to_mlflow, to_tensorboard
from ravine.study.packs import Pack, packs_of
from ravine.study.places import runner
from ravine.study.protocol import DataSizes, Protocol, protocol_of
from ravine.study.report_data import facts, findings, fingerprint, load_results, merge_studies
from ravine.study.report_record import Findings
from ravine.study.results import Results
from ravine.study.runners import LocalRunner, Runner
from ravine.study.spec import SAMPLERS, Study, read_study
from ravine.study.splits import overlap, rank_splits, split_means
from ravine.study.status import Status
from ravine.study.store import RUNS, Store
from ravine.study.tournament import plan_of, run_study, target_metrics
from ravine.study.tuning import axes_of, budgets

__all__ = [
    "EXPORTS",
    "RUNS",
    "SAMPLERS",
    "DataSizes",
    "Edge",
    "FewSeeds",
    "Findings",
    "LocalRunner",
    "Pack",
    "Problem",
    "Protocol",
    "Results",
    "Rival",
    "Runner",
    "Status",
    "Store",
    "Study",
    "UnequalBudgets",
    "axes_of",
    "budgets",
    "edges",
    "execute",
    "facts",
    "findings",
    "fingerprint",
    "load_results",
    "merge_studies",
    "overlap",
    "packs_of",
    "plan_of",
    "problems",
    "protocol_of",
    "rank_splits",
    "read_study",
    "rivals",
    "run_study",
    "runner",
    "split_means",
    "target_metrics",
    "to_mlflow",
    "to_tensorboard",
]


def __getattr__(name: str) -> Any:
    """Find what the documentation once showed here.

    Lazy: a name that is asked for warns that it has moved.
    """
    return find_moved("ravine.study", name, {"bca": "ravine.stats", "rank": "ravine.stats"})
