"""From a study to its problems, and to the rivals that compete on each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset, Scaler, prepare
from ravine.nn import Network, to_text
from ravine.optim import Rule, rule
from ravine.study.axes import check_axis, has_axis
from ravine.study.spec import Study
from ravine.study.streams import seed_of
from ravine.train import network_for, with_parts

__all__ = ["Problem", "Rival", "problems", "rivals"]


@dataclass(frozen=True, eq=False)
class Problem:
    """A data set of a study, ready to train on: what *data* of the study names, cut for the *split*-th time.

    No example: made by `problems`.
    """

    data: str
    dataset: Dataset
    scaler: Scaler | None
    split: int = 0

    @property
    def name(self) -> str:
        """The data set's name, with the number of the split where it is not the first."""
        return f"{self.data}, split {self.split + 1}" if self.split else self.data


@dataclass(frozen=True, eq=False)
class Rival:
    """Who competes on a problem: a network, a rule and a batch size. *label* names what tells rivals apart.

    No example: made by `rivals`.
    """

    label: str
    data: str
    network: Network
    rule_text: str
    batch_size: int | str

    @property
    def rule(self) -> Rule:
        """The update rule with its own numbers."""
        return rule(self.rule_text)


def problems(study: Study) -> tuple[Problem, ...]:
    """The data sets of *study*, each at every split, held out and scaled; each needs a validation and a test part.

    No example: reads data.
    """
    made = []
    for name, split in itertools.product(study.data, range(study.splits)):
        dataset, scaler = prepare(
            name,
            target=study.target,
            options=_options(study, name) if study.protocol == 1 else _seeded(study, name, split),
            validation=study.validation,
            scaling=study.scale,
            seed=study.seed if study.protocol == 1 else seed_of(study.seed, "validation", split),
        )
        if dataset.validation is None:
            raise RavineError(f"{name}: there is no validation part to choose settings by: give validation=0.1")
        if dataset.test is None:
            raise RavineError(f"{name}: there is no test part to decide by: name a share, e.g. options test=0.2")
        made.append(Problem(name, dataset, scaler, split))
    for split in range(1, study.splits):
        _check_moved(made[split - 1 :: study.splits], made[split :: study.splits])
    return tuple(made)


def _check_moved(ones: Sequence[Problem], others: Sequence[Problem]) -> None:
    """Refuse to repeat a study on test parts that are one and the same."""
    for one, other in zip(ones, others, strict=True):
        a, b = one.dataset.test, other.dataset.test
        if a is not None and b is not None and a.x.shape == b.x.shape and np.array_equal(a.x, b.x):
            raise RavineError(
                f"{one.data}: its test part is fixed, so that splits=1 is all there is: leave out splits for it, and a "
                "seed given as an option"
            )


def _seeded(study: Study, name: str, split: int) -> dict[str, Any]:
    """The options of the data set *name*, with the seed by which its parts are cut or its examples drawn."""
    return {"seed": seed_of(study.seed, "data", split)} | _options(study, name)


def _options(study: Study, name: str) -> dict[str, Any]:
    """The options of the data set *name*: those for all, and those whose own name begins with *name* and a dot."""
    common = {key: value for key, value in study.options.items() if "." not in key}
    own = {key.partition(".")[2]: value for key, value in study.options.items() if key.partition(".")[0] == name}
    return common | {key: value for key, value in own.items() if key}


def rivals(study: Study, problem: Problem) -> tuple[Rival, ...]:
    """All who compete on *problem*, in the study's order.

    No example: see `ravine.study.run_study`.
    """
    parts = [dict(zip(study.named, values, strict=True)) for values in itertools.product(*study.named.values())]
    described = [network_for(each, problem.dataset) for each in study.networks]
    made: list[Rival] = []
    for (place, base), part, text, batch in itertools.product(
        enumerate(described), parts, study.rules, study.batch_sizes
    ):
        names = [text] if len(study.rules) > 1 or not (len(described) > 1 or part or len(study.batch_sizes) > 1) else []
        if len(described) > 1:
            written = study.networks[place]
            names.append(written if isinstance(written, str) else to_text(base))
        names += [f"{axis} {value}" for axis, value in part.items() if len(study.named[axis]) > 1]
        names += [f"batch {batch}"] if len(study.batch_sizes) > 1 else []
        shaped = with_parts(base, part)
        size = math.prod(problem.dataset.input_shape)
        if math.prod(shaped.input_shape) != size:
            raise RavineError(
                f"{to_text(shaped)} takes {math.prod(shaped.input_shape)} inputs, {problem.data} has {size}: "
                "begin the network with * to take what the data have"
            )
        made.append(Rival(", ".join(names) or text, problem.data, shaped, text, batch))
    for axis, values in study.numbers.items():
        if not any(has_axis(axis, each.network, each.rule, study.protocol) for each in made):
            check_axis(axis, values, [each.rule for each in made], study.protocol)
            raise RavineError(f"sweep: no network of the study has {axis}: add a layer that has it, or leave it out")
    return tuple(made)
