"""Carrying out a study: tune every rival with the same budget, train its best anew, read the test part once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from ravine.core import RavineError, nearest
from ravine.study._rivals import Problem, Rival, problems, rivals
from ravine.study.cautions import caution
from ravine.study.packs import Pack, Setting, packs_of, setting_text
from ravine.study.results import Results, curves_of, members_of
from ravine.study.run_seeds import final_seeds, tune_seeds
from ravine.study.runners import LocalRunner, Runner
from ravine.study.spec import Study
from ravine.study.status import Status
from ravine.study.store import Store
from ravine.study.tuning import Ask, extra_draws, tuning
from ravine.train import Plan, rises

__all__ = ["plan_of", "run_study", "target_metrics"]

ENDLESS = 1_000_000
"""Epochs of a run that ends by time."""


def target_metrics(study: Study, problem: Problem) -> tuple[str, str]:
    """The quantities that choose settings and that decide: the study's, or accuracy for classes and loss for numbers.

    No example: see `run_study`.
    """
    natural = "accuracy" if problem.dataset.task == "classification" else "loss"
    return study.score or f"validation_{natural}", study.measure or f"test_{natural}"


def plan_of(study: Study, problem: Problem, rival: Rival, epochs: int | None = None, *, test: bool = False) -> Plan:
    """How a rival's runs are trained: for *epochs*, else for the whole budget.

    A budget in steps is cut into equal epochs, so that it may fall short by fewer steps than there are epochs.

    No example: see `run_study`.
    """
    natural = Plan().natural_metrics(problem.dataset)
    plan = Plan(
        loss=study.loss,
        metrics=natural,
        epochs=epochs or study.epochs,
        batch_size=rival.batch_size,  # type: ignore[arg-type]
        train_eval_examples=0,
        test="end" if test else False,
        dtype=study.dtype,
        probes=study.probes if test else (),
    )
    if study.steps is not None:
        whole = plan.steps(len(problem.dataset.train))
        count = math.ceil(study.steps / whole)
        plan = replace(plan, epochs=epochs or count, steps_per_epoch=study.steps // count)
    if study.seconds is not None:
        plan = replace(plan, seconds=study.seconds, epochs=ENDLESS)
    return plan


def run_study(
    study: Study,
    *,
    store: Store | None = None,
    runner: Runner | None = None,
    progress: Callable[[Status], None] | None = None,
) -> Results:
    """Carry out *study*; what is stored already is not done again, so an interrupted study goes on where it was.

    Warns, by `FewSeeds` and before anything is trained, where so few seeds can never name a winner.

    >>> import tempfile
    >>> study = Study(networks=("*-4:tanh-*",), rules=("sgd", "adam"), data=("camera",), tune=2, seeds=3, epochs=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = run_study(study, store=Store(folder))
    >>> results.members.group_by("phase", maintain_order=True).len().rows()[:2]
    [('tune', 6), ('final', 6)]
    """
    store = store or Store()
    made = Tournament(study, store, runner or LocalRunner(), progress or (lambda status: None))
    with store.used():
        return made.run()


@dataclass(frozen=True, eq=False)
class _Task:
    """Settings of a rival under way: what is to be trained, and why."""

    problem: Problem
    rival: Rival
    phase: str
    plan: Plan
    settings: tuple[Setting, ...]
    seeds: tuple[tuple[int, ...], ...]
    """In blocks, as they were asked for: more seeds make packs of their own."""

    def packs(self) -> tuple[Pack, ...]:
        data = self.problem.dataset
        about = self.problem.data, data.fingerprint, len(data.train), self.rival.network, self.rival.rule
        return tuple(pack for block in self.seeds for pack in packs_of(*about, self.settings, block, self.plan))


class Tournament:
    """A study while it is carried out.

    No example: see `run_study`.
    """

    def __init__(self, study: Study, store: Store, runner: Runner, progress: Callable[[Status], None]) -> None:
        self.study, self.store, self.runner, self.progress = store.resumed(study), store, runner, progress
        study = self.study
        self.problems = problems(study)
        by_problem = [(problem, rivals(study, problem)) for problem in self.problems]
        self.competing = [(problem, rival) for problem, those in by_problem for rival in those]
        self.extra = [extra for _, those in by_problem for extra in extra_draws(study, those)]
        self.status = Status(begun=time.monotonic())
        self.curves: list[pl.DataFrame] = []
        self.keys: list[str] = []
        self.shares: dict[str, float] = {}
        self.chosen: dict[tuple[str, str], Setting] = {}

    def run(self) -> Results:
        """Tune, then judge."""
        caution(self.study, [rival for problem, rival in self.competing if problem is self.problems[0]])
        self.store.enter(self.study)
        self._tune()
        self._judge()
        self.store.note(self.study.name, self.keys)
        curves = pl.concat(self.curves, how="diagonal_relaxed")
        frames = []
        for problem in {problem.data: problem for problem in self.problems}.values():
            here = curves.filter(pl.col("problem") == problem.data)
            frames.append(members_of(here, *target_metrics(self.study, problem)))
        return Results(pl.concat(frames, how="diagonal_relaxed"), curves, self.chosen, self.study)

    def _tune(self) -> None:
        study = self.study
        under: dict[int, Generator[Ask, Sequence[float], Setting]] = {}
        asked: dict[int, Ask] = {}

        def advance(place: int, scores: Sequence[float] | None) -> None:
            problem, rival = self.competing[place]
            try:
                asked[place] = next(under[place]) if scores is None else under[place].send(scores)
            except StopIteration as end:
                self.chosen[problem.name, rival.label] = end.value
                asked.pop(place, None)

        for place, (problem, rival) in enumerate(self.competing):
            under[place] = tuning(study, rival, plan_of(study, problem, rival).epochs, self.extra[place])
            advance(place, None)
        while asked:
            tasks = {
                place: _Task(
                    problem,
                    rival,
                    "tune",
                    plan_of(study, problem, rival, ask.epochs),
                    ask.settings,
                    (tune_seeds(study, problem.split),),
                )
                for place, ask in asked.items()
                for problem, rival in [self.competing[place]]
            }
            tables = self._do(list(tasks.values()))
            for place, task in tasks.items():
                advance(place, self._scores(task, tables))

    def _scores(self, task: _Task, tables: Mapping[str, pl.DataFrame]) -> list[float]:
        """The mean score of each setting over the seeds, greater is better; -inf where a run was lost."""
        score, measure = target_metrics(self.study, task.problem)
        sign = 1.0 if rises(score) else -1.0
        values: dict[str, list[float]] = {}
        for pack in task.packs():
            frame = curves_of(tables[pack.key], pack, task.problem, task.rival, task.phase)
            if score not in frame.columns:
                raise RavineError(f"score: no quantity {score!r} per epoch: {nearest(score, tables[pack.key].columns)}")
            for setting, value in members_of(frame, score, measure).select("setting", "score").iter_rows():
                values.setdefault(setting, []).append(-math.inf if value is None else sign * value)
        return [float(np.mean(values[setting_text(setting)])) for setting in task.settings]

    def _judge(self) -> None:
        tasks = []
        for phase in ("final", "default"):
            for problem, rival in self.competing:
                setting = self.chosen[problem.name, rival.label]
                seeds = final_seeds(self.study, problem.split)
                plan = plan_of(self.study, problem, rival, test=True)
                if phase == "final":
                    tasks.append(_Task(problem, rival, phase, plan, (setting,), seeds))
                elif self.study.tunes and self.study.defaults and setting:
                    tasks.append(_Task(problem, rival, phase, plan, ({},), seeds))
        self.status.phase = "final"
        self._do(tasks)

    def _do(self, tasks: Sequence[_Task]) -> dict[str, pl.DataFrame]:
        """The results of all packs of *tasks*, by key: found, or done now."""
        status = self.status
        wanted = [(pack, task) for task in tasks for pack in task.packs()]
        examples = {task.problem.data: len(task.problem.dataset.train) for task in tasks}
        tables: dict[str, pl.DataFrame] = {}
        work = {pack.key: pack.flop(examples[pack.data]) for pack, _ in wanted}
        owners = {pack.key: (pack, task) for pack, task in wanted}
        status.packs, status.packs_done, status.packs_found = len(owners), 0, 0
        status.members, status.members_done = sum(pack.members for pack, _ in owners.values()), 0
        missing: dict[str, Pack] = {}
        for pack, task in owners.values():
            found = self.store.get(pack)
            if found is None:
                missing[pack.key] = pack
            else:
                tables[pack.key] = found
                status.packs_found += 1
                self._count(pack, task, found)
        status.work += sum(work[key] for key in missing)
        begun = status.work_done
        self.shares.clear()

        def under(pack: Pack, share: float) -> None:
            self.shares[pack.key] = share
            status.work_done = begun + sum(work[key] * each for key, each in self.shares.items())
            self.progress(status)

        def done(pack: Pack, table: pl.DataFrame) -> None:
            self.store.put(pack, table)
            # What the file says, so that a study that goes on sees the same as one that was never interrupted.
            tables[pack.key] = table
            self._count(pack, owners[pack.key][1], table)
            under(pack, 1.0)

        self.progress(status)
        datasets = {problem.dataset.fingerprint: problem.dataset for problem in self.problems}
        if missing:
            self.runner.run(list(missing.values()), datasets, done, under)
        for pack, task in wanted:
            self.keys.append(pack.key)
            self.curves.append(curves_of(tables[pack.key], pack, task.problem, task.rival, task.phase))
        self.store.note(self.study.name, self.keys)
        return tables

    def _count(self, pack: Pack, task: _Task, table: pl.DataFrame) -> None:
        status = self.status
        status.packs_done += 1
        status.members_done += pack.members
        score, measure = target_metrics(self.study, task.problem)
        members = members_of(curves_of(table, pack, task.problem, task.rival, task.phase), score, measure)
        status.diverged += members["diverged_at"].count()
        scores = members["score"].drop_nulls()
        if len(scores):
            value = float(scores.max() if rises(score) else scores.min())  # type: ignore[arg-type]
            better = status.best is None or (value > status.best[1] if rises(score) else value < status.best[1])
            if better:
                status.best = (task.rival.label, value)
