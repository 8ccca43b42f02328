"""Before the first step: do network, rule, data and plan fit together? Each misfit has its sentence."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset, Split, blurred
from ravine.functions import origin_of
from ravine.nn import Network
from ravine.optim import Rule
from ravine.train.engine._objective import Objective, checked, objective
from ravine.train.engine.limits import check_size
from ravine.train.plan import Plan

__all__ = ["Prepared", "build_objective", "fingerprint", "identity_parts", "splits"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A split whose targets are in the form the loss takes.

    No example: made by `splits`.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None

    def __len__(self) -> int:
        return len(self.x)


def build_objective(network: Network, rule: Rule, dataset: Dataset, plan: Plan) -> Objective:
    """The objective of training *network* on *dataset* by *plan*, after checking that everything fits.

    No example: see `ravine.train.train`.
    """
    if network.input_shape != dataset.input_shape:
        raise RavineError(
            f"the network takes examples of shape {network.input_shape}, {dataset.name} has {dataset.input_shape}: "
            "change input_shape or reshape the data"
        )
    check_size(network, plan, len(dataset.train))
    if rule.full_batch_only and plan.batch(len(dataset.train)) < len(dataset.train):
        warnings.warn(
            f"{rule.title} compares the signs of successive gradients and is meant for full batches; "
            f"batch_size={plan.batch_size} makes them differ by chance: use batch_size='full'",
            stacklevel=3,
        )
    aim = objective(network, plan.natural_loss(dataset), plan.natural_metrics(dataset))
    if not (aim.loss.translates or any(each.translates for each in aim.metrics)):
        return aim
    return aim.about(origin_of(dataset.train.y, network.output_shape[-1]))


def splits(network: Network, dataset: Dataset, plan: Plan, aim: Objective) -> dict[str, Prepared]:
    """The parts that the plan reads, by name, their targets in the form the loss takes.

    No example: see `ravine.train.train`.
    """
    parts: dict[str, Split] = {"train": dataset.train}
    if plan.dtype == "float32":
        _warn_blurred(dataset)
    if plan.train_eval_examples:
        rows = slice(None, plan.train_eval_examples)
        parts["train_eval"] = (
            dataset.train.take(rows) if plan.train_eval_examples < len(dataset.train) else dataset.train
        )
    if dataset.validation is not None:
        parts["validation"] = dataset.validation
    if plan.test and dataset.test is not None:
        parts["test"] = dataset.test
    return {name: _targets(name, split, network, aim) for name, split in parts.items()}


def _warn_blurred(dataset: Dataset) -> None:
    for name, values in (("x", dataset.train.x), ("y", dataset.train.y)):
        if (found := blurred(values)) is not None:
            warnings.warn(f"{dataset.name}: {name} {found}: scale it, or train in float64", stacklevel=4)


def _targets(name: str, split: Split, network: Network, aim: Objective) -> Prepared:
    network.check(split.x)
    try:
        y = checked(aim.loss, split.y, network, split.x, split.weight)
    except RavineError as error:
        raise RavineError(f"{name} targets: {error}") from error
    return Prepared(split.x, y, split.weight)


def identity_parts(network: Network, rule: Rule, dataset: Dataset, plan: Plan, seed: int) -> dict[str, str]:
    """Each part that determines a run, as text; "order" is the order of examples and what is summed up over them.

    The length of training (epochs, seconds, target) is left out: a run may be resumed to go on for longer.

    No example: see `ravine.train.Checkpoint`.
    """
    n = len(dataset.train)
    order = (n, plan.batch(n), plan.shuffle, plan.steps(n), seed, repr(plan.loss), repr(plan.metrics))
    parts = {
        "network": repr(network),
        "rule": repr(rule),
        "plan": repr(replace(plan, epochs=0, seconds=None, target=None)),
        "data": dataset.fingerprint,
        "seed": str(seed),
    }
    return parts | {"order": repr(order)}


def fingerprint(network: Network, rule: Rule, dataset: Dataset, plan: Plan, seed: int) -> str:
    """A digest of all that determines a run: what differs must not be resumed as if it were the same.

    No example: see `ravine.train.Checkpoint`.
    """
    parts = identity_parts(network, rule, dataset, plan, seed)
    return hashlib.sha256("\n".join(parts[n] for n in ("network", "rule", "plan", "data", "seed")).encode()).hexdigest()
