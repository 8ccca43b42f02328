"""A study as people write it: the rivals, what they are trained on, the budget of each, and what decides."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ravine.core import RavineError, check_choice, check_count, check_number, read_description
from ravine.optim import Rule, rule
from ravine.stats import Test
from ravine.study.axes import check_axis
from ravine.study.streams import MOST_SEED, ROOM
from ravine.train import NETWORK_PARTS

__all__ = ["SAMPLERS", "Study", "read_study"]

MOST_RUNS = 1_000_000
"""Networks of one study. So many small ones take weeks."""

SAMPLERS = ("sobol", "halton", "random", "tpe", "cmaes")
"""How settings are drawn: evenly (the first three, by scipy), or by what earlier draws scored (the rest, by optuna)."""


class Study(BaseModel):
    """Who competes, on what, with what budget, and what decides. Frozen; the same keys stand in a TOML file.

    **Rivals** are all combinations of *networks* (texts or tables; ``*`` as the first piece stands for the data's input
    shape, as the last for its output layer), *rules* (texts such as ``adam`` or ``sgd:0.1``), *batch_sizes* and the
    values in *sweep* of ``activation``, ``initializer``, ``width`` and ``depth``. Each data set of *data* is a problem
    of its own; *options* go to all of them, such as ``{"xor.n": 500}`` to one.

    **Budget**: *epochs*, or *steps*, or *seconds* of training for each run. *tune* settings of its numbers are drawn
    for each rival by *sampler* from the ranges that its rule declares, or those in *ranges*; its own setting competes
    as well if *defaults* is true, and so do all combinations of the other numbers in *sweep* (``learning_rate``,
    ``momentum``, ``dropout``, ...). Each is trained with *tune_seeds* seeds and judged by *score*, at the end of
    training, on the validation part. With *halving* h > 1 only the best h-th part of the settings goes on to h times as
    many epochs, until *epochs* are reached.

    **Decision**: the best setting of each rival is trained anew with *seeds* other seeds, which all rivals share; the
    test part is read once, at the end of each of these runs. With *splits* k > 1 all of it, tuning too, is done on k
    cuts of the data into parts, and rivals are compared cut by cut. *measure* decides, at confidence *level*, by the
    *test* ("t", "permutation", "wilcoxon"). *margin* is the least difference of it that matters to you: two
    rivals can be shown to be equal within it. *goal* is a value of *score* to be reached, one for all or by data set:
    the steps and the time until then are compared.

    *seed* determines the parts of the data, the draws and the seeds of all runs; studies of different seeds share none.
    *grown* are the numbers of seeds that the study had before it was given more. *protocol* 1 is that of stored studies
    which do not name theirs: run seeds counted from *seed* on, data sets cut as they come, numbers that are off swept.

    >>> study = Study(networks=("*-32:relu-*",), rules=("sgd", "adam"), data=("digits",), tune=8, seeds=5)
    >>> Study.from_toml(study.to_toml()) == study
    True
    >>> read_study({"networks": ["*-32:relu-*"], "rules": ["adma"]})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: study: unknown rule 'adma': did you mean 'adam'? Known: ...
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "study"
    networks: tuple[str | dict[str, Any], ...]
    rules: tuple[str, ...]
    data: tuple[str, ...] = ("mnist",)
    options: dict[str, Any] = Field(default_factory=dict)
    target: str | None = None
    validation: float = 0.1
    scale: str | None = None
    batch_sizes: tuple[int | Literal["full"], ...] = (128,)
    epochs: int = 5
    steps: int | None = None
    seconds: float | None = None
    loss: str | None = None
    seeds: int = 10
    splits: int = 1
    tune: int = 0
    tune_seeds: int = 1
    sampler: str = "sobol"
    halving: int = 1
    defaults: bool = True
    ranges: dict[str, tuple[float, float]] = Field(default_factory=dict)
    sweep: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    score: str | None = None
    measure: str | None = None
    goal: float | dict[str, float] | None = None
    level: float = 0.95
    test: Test = "t"
    margin: float | None = None
    probes: tuple[str, ...] = ()
    seed: int = 0
    dtype: Literal["float32", "float64"] = "float32"
    grown: tuple[int, ...] = ()
    protocol: Literal[1, 2] = 2

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self._check_names()
        self._check_budget()
        self._check_axes([rule(text) for text in self.rules])
        return self

    def _check_names(self) -> None:
        for each in (self.name, self.target or "", *self.data):
            if not each.isprintable():
                raise RavineError(f"name, target or data: {each!r} has signs that cannot be written: rename it")
        for name in ("networks", "rules", "data", "batch_sizes"):
            values = [json.dumps(value, sort_keys=True) for value in getattr(self, name)]
            if not values:
                raise RavineError(f"{name} are empty: name at least one")
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise RavineError(f"{name}: {twice} stands there twice: name each rival once")

    def _check_budget(self) -> None:
        check_count("study", "seeds", self.seeds)
        for name in ("tune", "seed"):
            check_count("study", name, getattr(self, name), least=0)
        for name in ("tune_seeds", "epochs", "halving", "splits"):
            check_count("study", name, getattr(self, name))
        self._check_seeds()
        if self.steps is not None:
            check_count("study", "steps", self.steps)
        if self.steps is not None and self.seconds is not None:
            raise RavineError("steps and seconds are both given: the budget is one of them")
        check_choice("study", "sampler", self.sampler, SAMPLERS)
        for name in self.goal if isinstance(self.goal, dict) else ():
            check_choice("study", "data set of a goal", name, self.data)
        check_number("study", "level", self.level, low=0.5, high=1.0, open_high=True)
        if self.margin is not None:
            check_number("study", "margin", self.margin, low=0.0, open_low=True)
            check_number("study with a margin", "level", self.level, low=0.5, high=1.0, open_low=True, open_high=True)
        self._check_runs()
        if self.tune == 0 and not self.defaults and not self.numbers:
            raise RavineError("tune is 0 and defaults is false, so there is no setting to train: give one of them")

    def _check_runs(self) -> None:
        """Counted before anything is made of so many."""
        widths = {name: len(values) for name, values in self.sweep.items()}
        those = math.prod(size for name, size in widths.items() if name in NETWORK_PARTS)
        rivals = len(self.networks) * len(self.rules) * len(self.batch_sizes) * those
        grid = math.prod(size for name, size in widths.items() if name not in NETWORK_PARTS)
        runs = rivals * len(self.data) * self.splits * ((1 + self.tune + grid) * self.tune_seeds + 2 * self.seeds)
        if runs > MOST_RUNS:
            raise RavineError(
                f"study: up to {runs} networks would be trained, {MOST_RUNS} are the most: lower seeds, tune, splits "
                "or the values of the sweep"
            )

    def _check_seeds(self) -> None:
        if list(self.grown) != sorted({*self.grown}) or any(not 0 < count < self.seeds for count in self.grown):
            raise RavineError(f"study: grown must rise and stay below seeds={self.seeds}, got {list(self.grown)}")
        if self.splits > 1 and self.test != "t":
            raise RavineError(f"study: test {self.test!r} knows nothing of splits that share examples: leave it at 't'")
        if self.protocol == 1:
            if self.splits > 1:
                raise RavineError(f"study: protocol 1 has one split, got splits={self.splits}: leave protocol out")
            return
        if self.seed > MOST_SEED:
            raise RavineError(
                f"study: seed must be at most {MOST_SEED}, got {self.seed}: up to there no two studies share a run"
            )
        for name in ("seeds", "tune_seeds"):
            count = getattr(self, name)
            if count * self.splits > ROOM:
                raise RavineError(f"study: {name} x splits must be at most {ROOM}, got {count} x {self.splits}")

    def _check_axes(self, rules: Sequence[Rule]) -> None:
        for name, values in self.sweep.items():
            if not values:
                raise RavineError(f"sweep: {name} has no values: give at least one")
            check_axis(name, values, rules, self.protocol)
        for name, (low, high) in self.ranges.items():
            check_axis(name, (low, high), rules, self.protocol)
            if not low < high:
                raise RavineError(f"ranges: {name} runs from {low} to {high}: the first must be less")
            if name in self.sweep:
                raise RavineError(f"{name} stands in sweep and in ranges: either its values are given or drawn")

    @property
    def numbers(self) -> dict[str, tuple[float, ...]]:
        """The swept numbers: every combination of them is a setting of each rival."""
        return {name: tuple(map(float, values)) for name, values in self.sweep.items() if name not in NETWORK_PARTS}

    @property
    def named(self) -> dict[str, tuple[Any, ...]]:
        """The swept parts of the network: every combination of them makes rivals of their own."""
        return {name: values for name, values in self.sweep.items() if name in NETWORK_PARTS}

    @property
    def tunes(self) -> bool:
        """Whether a setting is to be chosen for each rival."""
        return self.tune > 0 or bool(self.numbers)

    def record(self) -> dict[str, Any]:
        """All keys that differ from their defaults, as plain JSON and TOML know them."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        # Always told: what a study of tomorrow does by default is not what this one did.
        return values | {"protocol": self.protocol}

    def to_toml(self) -> str:
        """The study as TOML."""
        return tomli_w.dumps(self.record())

    @classmethod
    def from_toml(cls, text: str) -> Study:
        """The study that `to_toml` wrote."""
        return read_study(tomllib.loads(text))

    @property
    def mark(self) -> str:
        """A digest of what is asked: of the whole study, but for its name, its protocol and how it has grown."""
        asked = {key: value for key, value in self.record().items() if key not in ("grown", "protocol")}
        return hashlib.sha256(json.dumps(asked | {"name": ""}, sort_keys=True).encode()).hexdigest()


def read_study(source: str | Path | dict[str, Any], **given: Any) -> Study:
    """The study of a TOML or JSON file or of plain values, with what is *given* (not None) put over it.

    >>> read_study({"networks": ["4-3:softmax"], "rules": ["sgd"]}, seeds=3).seeds
    3
    """
    return read_description("study", Study, source, **given)
