"""A thousand networks at once: seeds x settings of one architecture and rule, in one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import jax

from ravine.core import RavineError, check_count, same_structure
from ravine.data import Dataset
from ravine.nn import Network, count_params
from ravine.optim import Rule
from ravine.train.engine.best import KeepBest
from ravine.train.engine.callback import Callback
from ravine.train.engine.loop import Loop
from ravine.train.engine.rows import Row, row_steps
from ravine.train.engine.trainer import Trainer
from ravine.train.plan import Plan
from ravine.train.run import Run

__all__ = ["Member", "population"]

WIDE = 65_536
"""Trained numbers per network above which one member alone keeps the processor's cores busy."""


@dataclass(frozen=True)
class Member:
    """One setting of a population: a network and a rule, of which only the numbers may differ from member to member.

    No example: see `population`.
    """

    network: Network
    rule: Rule


def population(
    network: Network | Sequence[Network],
    rule: Rule | Sequence[Rule],
    dataset: Dataset,
    plan: Plan | None = None,
    *,
    seeds: Iterable[int] = (0,),
    rows: Sequence[Row] | None = None,
    keep: str | None = None,
    together: bool | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Run]:
    """Train every setting with every seed; returns the runs, all seeds of the first setting first.

    Several networks and rules are paired one to one; a single one is paired with each of the other. They must share
    one structure: only swept numbers differ. Each member equals the run that `train` makes of it alone, to float
    tolerance. All settings share initial weights, order of examples and dropout per seed (common random numbers). A
    member that diverges is marked at its step, and its neighbours go on. *together* False trains members one after
    another through one compiled program; None does so on the CPU where a single member is large enough to fill it, and
    where the plan ends by time or target. *progress* is called with the share of the work that is done.

    *rows* take the place of *seeds* where a row is to have examples, weights, an order of examples or validation data
    of its own, as the folds of a cross-validation have. *keep* names a quantity, a column of the history's epochs: each
    member's weights are those of the epoch in which it was best.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> network = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,))
    >>> rules = [SGD(rate) for rate in (0.01, 0.1, 1.0)]
    >>> runs = population(network, rules, load("xor", n=100, seed=1), Plan(epochs=2), seeds=range(5))
    >>> len(runs), runs[5].rule.learning_rate, runs[5].seed
    (15, 0.1, 0)
    """
    plan, members = plan or Plan(), paired(network, rule)
    rows = _rows(seeds) if rows is None else list(rows)
    ends_apart = plan.seconds is not None or plan.target is not None
    if together and ends_apart:
        raise RavineError(
            "population: members that end by time or target cannot train together: leave out together=True"
        )
    if plan.devices > 1:
        if together:
            raise RavineError("population: members lie on all devices: leave out together=True, or Plan's devices")
        together = False
    if together is None:
        together = not ends_apart and (jax.default_backend() != "cpu" or count_params(members[0].network)[0] < WIDE)
    if not together:
        return _one_after_another(members, dataset, plan, rows, keep, progress)
    runs: dict[tuple[int, int], Run] = {}
    # Rows whose epochs have as many steps train together.
    lengths = [row_steps(row, plan, len(dataset.train)) for row in rows]
    groups = [[place for place, own in enumerate(lengths) if own == length] for length in dict.fromkeys(lengths)]
    for done, group in enumerate(groups):
        share = None if progress is None else _Share(progress, done, len(groups))
        made = iter(_together(members, dataset, plan, [rows[place] for place in group], keep, share))
        runs |= {(column, place): next(made) for column in range(len(members)) for place in group}
    return [runs[column, place] for column in range(len(members)) for place in range(len(rows))]


Progress = Callable[[float], None] | None


def _rows(seeds: Iterable[int]) -> list[Row]:
    seeds = tuple(seeds)
    for seed in seeds:
        check_count("population", "each seed", seed, least=0)
    if not seeds:
        raise RavineError("population: at least one seed is needed, got none")
    return [Row(seed) for seed in seeds]


def _together(
    members: list[Member], dataset: Dataset, plan: Plan, rows: list[Row], keep: str | None, share: _Share | None
) -> list[Run]:
    networks, rules = [member.network for member in members], [member.rule for member in members]
    callbacks = [*([] if share is None else [share]), *_keeper(keep)]
    trainer = Trainer(networks, rules, dataset, plan, rows, callbacks, together=True)
    trainer.run()
    if trainer.interrupted:
        raise KeyboardInterrupt
    return trainer.runs()


def _one_after_another(
    members: list[Member], dataset: Dataset, plan: Plan, rows: list[Row], keep: str | None, told: Progress
) -> list[Run]:
    runs: list[Run] = []
    count = len(members) * len(rows)
    for member in members:
        for row in rows:
            callbacks = [*([] if told is None else [_Share(told, len(runs), count)]), *_keeper(keep)]
            trainer = Trainer((member.network,), (member.rule,), dataset, plan, (row,), callbacks)
            trainer.run()
            runs += trainer.runs()
            if trainer.interrupted:
                raise KeyboardInterrupt
    return runs


def _keeper(keep: str | None) -> list[Callback]:
    return [] if keep is None else [KeepBest(keep)]


class _Share(Callback):
    """Tells the share of all the work done, while run number *index* of *count* equal ones is under way."""

    every_epoch = False

    def __init__(self, progress: Callable[[float], None], index: int, count: int) -> None:
        self.progress, self.index, self.count = progress, index, count

    def chunk(self, loop: Loop) -> None:
        self.progress((self.index + loop.step / loop.total_steps) / self.count)

    def end(self, loop: Loop) -> None:
        self.progress((self.index + 1) / self.count)


def paired(network: Network | Sequence[Network], rule: Rule | Sequence[Rule]) -> list[Member]:
    """The settings, after checking that one compiled program serves them all.

    No example: see `population`.
    """
    networks = [network] if isinstance(network, Network) else list(network)
    rules = [rule] if isinstance(rule, Rule) else list(rule)
    count = max(len(networks), len(rules))
    if not networks or not rules:
        raise RavineError("population: at least one network and one rule are needed, got none")
    if {len(networks), len(rules)} - {1, count}:
        raise RavineError(
            f"population: {len(networks)} networks and {len(rules)} rules cannot be paired: give as many, or one"
        )
    members = [Member(networks[i % len(networks)], rules[i % len(rules)]) for i in range(count)]
    for index, member in enumerate(members):
        if not same_structure((member.network, member.rule), (members[0].network, members[0].rule)):
            raise RavineError(
                f"population: setting {index} differs in structure from setting 0 ({member.rule!r} on "
                f"{member.network!r}): train it in a population of its own"
            )
    return members
