"""A thousand networks at once: seeds x settings of one architecture and rule, in one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import jax

from ravine.core import RavineError, check_count, same_structure
from ravine.data import Dataset
from ravine.nn import Network, count_params
from ravine.optim import Rule
from ravine.train.callbacks import Callback
from ravine.train.engine.many import Herd
from ravine.train.engine.trainer import Loop
from ravine.train.plan import Plan
from ravine.train.run import Run
from ravine.train.single import train

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

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> network = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,))
    >>> rules = [SGD(rate) for rate in (0.01, 0.1, 1.0)]
    >>> runs = population(network, rules, load("xor", n=100, seed=1), Plan(epochs=2), seeds=range(5))
    >>> len(runs), runs[5].rule.learning_rate, runs[5].seed
    (15, 0.1, 0)
    """
    plan, members, seeds = plan or Plan(), paired(network, rule), tuple(seeds)
    for seed in seeds:
        check_count("population", "each seed", seed, least=0)
    if not seeds:
        raise RavineError("population: at least one seed is needed, got none")
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
    if together:
        return Herd(
            [member.network for member in members], [member.rule for member in members], dataset, plan, seeds
        ).run(progress)
    runs: list[Run] = []
    count = len(members) * len(seeds)
    for member in members:
        for seed in seeds:
            told = [] if progress is None else [_Share(progress, len(runs), count)]
            runs.append(train(member.network, member.rule, dataset, plan, seed=seed, callbacks=told))
            if progress is not None:
                progress(len(runs) / count)
            if runs[-1].stopped == "interrupted":
                raise KeyboardInterrupt
    return runs


class _Share(Callback):
    """Tells the share of all the work done, while run number *index* of *count* equal ones is under way."""

    every_epoch = False

    def __init__(self, progress: Callable[[float], None], index: int, count: int) -> None:
        self.progress, self.index, self.count = progress, index, count

    def chunk(self, loop: Loop) -> None:
        self.progress((self.index + loop.step / loop.total_steps) / self.count)


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
