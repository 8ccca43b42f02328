"""A remedy put to the test: the run as it was beside the run as advised, seed by seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ravine.core import RavineError, check_count, check_number
from ravine.diagnosis.finding import Finding
from ravine.stats import Comparison, Interval, compare, paired
from ravine.train import Job, Run, build_job, population, with_overrides

__all__ = ["Trial", "try_remedy"]


@dataclass(frozen=True, eq=False)
class Trial:
    """What became of trying a remedy: the final *quantity* of the *original* and the *cured* runs, one for each seed.

    A run that was lost has NaN. *interval* is Student's for the paired differences original - cured of those finite in
    both, positive where the remedy lowered the loss; *comparison* has the test and the sizes of effect.

    No example: see `try_remedy`.
    """

    finding: Finding
    quantity: str
    original: np.ndarray
    cured: np.ndarray
    interval: Interval | None
    comparison: Comparison

    @property
    def helped(self) -> bool | None:
        """Whether the remedy helped (True), harmed (False), or cannot be told from chance (None).

        Where more than half of the seeds were lost on one side and fewer on the other, that decides; else the interval.
        """
        lost, kept = (int((~np.isfinite(values)).sum()) for values in (self.original, self.cured))
        if 2 * max(lost, kept) > len(self.original) and lost != kept:
            return kept < lost
        if self.interval is None or self.interval.bounds is None:
            return None
        return True if self.interval.low > 0 else False if self.interval.high < 0 else None


def try_remedy(
    job: Job,
    finding: Finding,
    seeds: int = 5,
    *,
    level: float = 0.95,
    progress: Callable[[float], None] | None = None,
) -> Trial:
    """Train *job* as it is and with the changes of *finding*, on *seeds* seeds from its own on, and compare.

    Both see the same data, and per seed the same order of examples and dropout, and the same initial weights unless
    they are what changes: common random numbers, so that few seeds tell much. What counts is the loss of the validation
    part at the end, or that of the training part where nothing is held out.

    >>> from ravine.diagnosis import Finding
    >>> found = Finding("rate_too_low", "serious", "loss", "", "", {}, {"learning_rate": 0.05})
    >>> slow = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 200}, rule="adam:1e-5", epochs=40)
    >>> trial = try_remedy(slow, found, seeds=3)
    >>> trial.helped, trial.quantity, len(trial.cured)
    (True, 'validation_loss', 3)
    """
    check_count("try_remedy", "seeds", seeds, least=2)
    check_number("try_remedy", "level", level, low=0.0, high=1.0, open_low=True, open_high=True)
    if not finding.changes:
        raise RavineError(
            f"the remedy for {finding.title} is work for people: it cannot be tried by a change of the job"
        )
    share = (lambda part: None) if progress is None else progress
    original, quantity = _outcomes(job, seeds, lambda part: share(part / 2))
    cured, _ = _outcomes(with_overrides(job, finding.changes), seeds, lambda part: share((1 + part) / 2))
    both = np.isfinite(original) & np.isfinite(cured)
    interval = paired(original[both], cured[both], level) if both.any() else None
    comparison = compare("cured", cured, "original", original, higher=False, level=level)
    return Trial(finding, quantity, original, cured, interval, comparison)


def _outcomes(job: Job, seeds: int, progress: Callable[[float], None]) -> tuple[np.ndarray, str]:
    network, rule, dataset, _ = build_job(job)
    plan = replace(job.plan, probes=(), test=False, evaluate_every=max(1, job.epochs))
    quantity = "validation_loss" if dataset.validation is not None else "train_eval_loss"
    runs = population(network, rule, dataset, plan, seeds=range(job.seed, job.seed + seeds), progress=progress)
    return np.array([_final(run, quantity) for run in runs], np.float64), quantity


def _final(run: Run, quantity: str) -> Any:
    return np.nan if run.diverged_at is not None else run.history[quantity][-1]
