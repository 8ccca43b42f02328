"""Who is measured: each module prepares one library's usual way of training a workload."""

from benchmarks.contenders.table import CONTENDERS, LIMITS, Contender, Trainer

__all__ = ["CONTENDERS", "LIMITS", "Contender", "Trainer"]
