"""Packs: the members of a study that one compiled program trains, and the name under which their results are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import jax

from ravine.nn import Network, count_params, to_dict
from ravine.optim import Rule
from ravine.train import Plan, with_setting

__all__ = ["FORM", "Pack", "Setting", "packs_of", "setting_text"]

T = TypeVar("T")
Setting = Mapping[str, float]
"""Numbers put in place of those that a rival's network and rule have of themselves."""

FORM = 1
"""The form of a pack's results: another number, and what is stored is not read."""

MOST_MEMBERS = 512
MOST_FLOP = 1e13
"""A pack is what may be lost when a process is killed: about a minute of work on two cores."""


def setting_text(setting: Setting) -> str:
    """The setting as one text, by which it is told from others.

    >>> setting_text({"rho": 0.9, "learning_rate": 0.1})
    '{"learning_rate": 0.1, "rho": 0.9}'
    """
    return json.dumps(dict(sorted(setting.items())))


@dataclass(frozen=True, eq=False)
class Pack:
    """*settings* x *seeds* of one rival, for one *plan* on the data with the fingerprint *data*.

    No example: made by `packs_of`.
    """

    data: str
    fingerprint: str
    network: Network
    rule: Rule
    settings: tuple[Setting, ...]
    seeds: tuple[int, ...]
    plan: Plan

    @property
    def members(self) -> int:
        """How many networks are trained."""
        return len(self.settings) * len(self.seeds)

    @property
    def record(self) -> dict[str, Any]:
        """All that determines the results, as JSON knows it."""
        plan = {name: value for name, value in vars(self.plan).items() if value is not None}
        plan["frozen"] = plan.pop("train_eval_examples")  # What it is called in the digests of stored results.
        return {
            "form": FORM,
            "fingerprint": self.fingerprint,
            "network": to_dict(self.network),
            "rule": repr(self.rule),
            "settings": [json.loads(setting_text(setting)) for setting in self.settings],
            "seeds": list(self.seeds),
            "plan": json.loads(json.dumps(plan, default=repr)),
        }

    @property
    def key(self) -> str:
        """The name of the results: a digest of `record`."""
        return hashlib.sha256(json.dumps(self.record, sort_keys=True).encode()).hexdigest()

    def pairs(self) -> tuple[tuple[Network, Rule], ...]:
        """Network and rule of each setting."""
        return tuple(with_setting(self.network, self.rule, setting) for setting in self.settings)

    def flop(self, examples: int) -> float:
        """About how much work the pack is, where the training part has so many *examples*."""
        steps = self.plan.epochs * self.plan.steps(examples)
        return 6.0 * sum(count_params(self.network)) * self.plan.batch(examples) * steps * self.members


def packs_of(
    data: str,
    fingerprint: str,
    examples: int,
    network: Network,
    rule: Rule,
    settings: Iterable[Setting],
    seeds: Sequence[int],
    plan: Plan,
) -> tuple[Pack, ...]:
    """The packs for *settings* x *seeds*: one per structure, and none so large that its loss would hurt.

    How work is cut depends on the study alone, not on the machine, so that every machine finds the same packs.

    >>> from ravine.nn import network
    >>> from ravine.optim import SGD
    >>> rates = [{"learning_rate": rate} for rate in (0.1, 0.2, 0.3)]
    >>> cut = packs_of("toy", "", 100, network("4-3:softmax"), SGD(0.1), rates, (0, 1), Plan())
    >>> [pack.members for pack in cut]
    [6]
    """
    groups: dict[Any, list[Setting]] = {}
    for setting in settings:
        structure = jax.tree.structure(with_setting(network, rule, setting))
        groups.setdefault(structure, []).append(setting)
    made: list[Pack] = []
    for group in groups.values():
        one = Pack(data, fingerprint, network, rule, (group[0],), (seeds[0],), plan)
        most = max(1, min(MOST_MEMBERS, int(MOST_FLOP / max(one.flop(examples), 1.0))))
        made += [
            Pack(data, fingerprint, network, rule, tuple(part), tuple(rows), plan)
            for rows in _cut(seeds, most)
            for part in _cut(group, max(1, most // len(rows)))
        ]
    return tuple(made)


def _cut(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[begin : begin + size] for begin in range(0, len(things), size))
