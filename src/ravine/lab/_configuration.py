"""The configuration of a run: all that determines it, as a page, a link or a script writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from ravine.core import RavineError, read_description
from ravine.functions import ACTIVATIONS, INITIALIZERS, describe
from ravine.lab.limits import LIMITS
from ravine.lab.rules import made_rule
from ravine.lab.templates import hidden_layers
from ravine.optim import Rule

__all__ = [
    "BatchChoice",
    "Configuration",
    "DataChoice",
    "LaneChoice",
    "LayerChoice",
    "NetworkChoice",
    "StopChoice",
    "WeightChoice",
    "configuration",
    "read_configuration",
    "rule_of",
]

# Numbers are numbers: true is no 1, and "3" no 3. JSON's only sequence, though, is a list.
LIST = Strict(False)
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Point = Annotated[tuple[float, float, int], LIST]
Row = Annotated[tuple[float, ...], LIST]


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class DataChoice(Choice):
    """Which examples: the *name* of a data set, ``painted`` or ``upload:ID``; *test* is the share held out.

    >>> DataChoice(name="moons", n=200).test
    0.3
    """

    name: str = Field(default="circles", max_length=64)
    n: int = Field(default=500, ge=2, le=LIMITS.examples)
    noise: float = Field(default=0.1, ge=0, le=5)
    test: float = Field(default=0.3, ge=0, le=0.9)
    seed: Seed = 0
    classes: int = Field(default=2, ge=2, le=LIMITS.classes)
    points: Annotated[tuple[Point, ...], LIST] | None = Field(default=None, max_length=LIMITS.painted)

    @model_validator(mode="after")
    def _points(self) -> Self:
        if (self.name == "painted") != (self.points is not None):
            raise RavineError(f"points belong to the data set 'painted', and it needs them; the name is {self.name!r}")
        for place, (x, y, label) in enumerate(self.points or ()):
            if not 0 <= label < LIMITS.classes:
                raise RavineError(f"point {place} has the class {label}: classes run from 0 to {LIMITS.classes - 1}")
            if max(abs(x), abs(y)) > 1e3:
                raise RavineError(f"point {place} lies at ({x:g}, {y:g}): coordinates are at most 1000 in size")
        return self


class BatchChoice(Choice):
    """How many examples make a step: all, *size* of them, one, or *size* that arrive from a stream.

    >>> BatchChoice(kind="single").length(350)
    1
    """

    kind: Literal["full", "mini", "single", "stream"] = "mini"
    size: int = Field(default=32, ge=1, le=LIMITS.examples)

    def length(self, n: int) -> int:
        """The number of examples of a step where *n* are there."""
        return {"full": n, "single": 1}.get(self.kind, min(self.size, n))


class LayerChoice(Choice):
    """A hidden layer: Dense, where wanted a normalisation, the activation, dropout.

    >>> LayerChoice(units=8, activation="relu").initializer
    'glorot_uniform'
    """

    units: int = Field(default=4, ge=1, le=LIMITS.units)
    activation: str = Field(default="tanh", max_length=32)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    initializer: str = Field(default="glorot_uniform", max_length=32)
    normalization: Literal["none", "batch", "layer"] = "none"

    @model_validator(mode="after")
    def _names(self) -> Self:
        ACTIVATIONS[self.activation]
        if not describe(self.activation).elementwise:
            raise RavineError(f"activation {self.activation!r} mixes units: a hidden layer needs an elementwise one")
        INITIALIZERS[self.initializer]
        return self


class WeightChoice(Choice):
    """Weights of one Dense layer in place of random ones: *kernel* (in, out), *bias* (out,).

    >>> WeightChoice(kernel=[[1.0, -1.0]], bias=[0.0, 0.0]).kernel
    ((1.0, -1.0),)
    """

    kernel: Annotated[tuple[Row, ...], LIST]
    bias: Row

    @model_validator(mode="after")
    def _rectangle(self) -> Self:
        if not self.kernel or any(len(row) != len(self.bias) for row in self.kernel):
            raise RavineError(f"weights: each row of a kernel must have {len(self.bias)} numbers, one per bias")
        if np.size(self.kernel) > LIMITS.weights:
            raise RavineError(f"weights: a kernel has {LIMITS.weights} numbers at most, got {np.size(self.kernel)}")
        return self


class NetworkChoice(Choice):
    """The hidden *layers*, the *loss* ("auto": the data's natural one), and *weights* to begin with.

    A text such as ``*-8:tanh-4:relu-*`` stands for its hidden layers.

    >>> [layer.units for layer in NetworkChoice().layers]
    [4, 4]
    >>> [layer.units for layer in configuration({"network": "*-8:tanh-4:relu-*"}).network.layers]
    [8, 4]
    """

    layers: Annotated[tuple[LayerChoice, ...], LIST] = Field(
        default=(LayerChoice(), LayerChoice()), min_length=1, max_length=LIMITS.layers
    )
    loss: str = Field(default="auto", max_length=40)
    weights: Annotated[tuple[WeightChoice, ...], LIST] | None = Field(default=None, max_length=LIMITS.layers + 1)

    @model_validator(mode="before")
    @classmethod
    def _text(cls, given: Any) -> Any:
        return {"layers": hidden_layers(given)} if isinstance(given, str) else given


class LaneChoice(Choice):
    """A rival: the *rule*, its *rate*, a *schedule* of *span* steps, numbers of the rule in *options*.

    >>> LaneChoice(rule="momentum", options={"momentum": 0.8}).rate
    0.03
    >>> LaneChoice(rule="momentum", options={"moment": 0.8})
    Traceback (most recent call last):
        ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for LaneChoice...
    """

    rule: str = Field(default="sgd", max_length=32)
    rate: float = Field(default=0.03, ge=0, le=1e4)
    schedule: str = Field(default="constant", max_length=32)
    span: float = Field(default=1000.0, ge=1, le=1e7)
    options: dict[str, float] = Field(default_factory=dict, max_length=12)
    on: bool = True

    @model_validator(mode="after")
    def _rule(self) -> Self:
        made_rule(self.rule, self.rate, self.schedule, self.span, self.options)
        return self


def rule_of(lane: LaneChoice, rate: float | None = None) -> Rule:
    """The update rule of *lane*, at another *rate* where one is given.

    >>> rule_of(LaneChoice(rule="sgd", rate=0.1), 0.2).learning_rate
    0.2
    """
    return made_rule(lane.rule, lane.rate if rate is None else rate, lane.schedule, lane.span, lane.options)


class StopChoice(Choice):
    """When to stop by itself: at a number of steps, or where the first lane reaches *value*.

    >>> StopChoice(kind="test_loss", value=0.1).reached({"test_loss": 0.09})
    True
    """

    kind: Literal["none", "steps", "train_loss", "test_loss", "test_accuracy"] = "none"
    value: float = Field(default=1000.0, ge=0, le=1e9)

    def reached(self, measured: Mapping[str, float | None]) -> bool:
        """Whether what was *measured* of a lane is as good as wanted."""
        value = measured.get(self.kind)
        if value is None:
            return False
        return value >= self.value if self.kind == "test_accuracy" else value <= self.value


class Configuration(Choice):
    """All that determines a run.

    >>> Configuration().lanes[0].rule
    'sgd'
    """

    data: DataChoice = DataChoice()
    batch: BatchChoice = BatchChoice()
    network: NetworkChoice = NetworkChoice()
    lanes: Annotated[tuple[LaneChoice, ...], LIST] = Field(
        default=(
            LaneChoice(rule="sgd", rate=0.03),
            LaneChoice(rule="momentum", rate=0.03),
            LaneChoice(rule="adam", rate=0.01),
        ),
        min_length=1,
        max_length=LIMITS.lanes,
    )
    seed: Seed = 0
    stop: StopChoice = StopChoice()
    speed: float = Field(default=200.0, ge=0, le=LIMITS.speed)

    @model_validator(mode="after")
    def _somebody_runs(self) -> Self:
        if not any(lane.on for lane in self.lanes):
            raise RavineError("all lanes are off: turn at least one on")
        return self


def configuration(values: Any) -> Configuration:
    """The `Configuration` of *values*, as JSON gave them; what is wrong is named by its key.

    >>> configuration({"lanes": [{"rule": "adem"}]})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: configuration: unknown rule 'adem': did you mean 'adam'? Known: ...
    >>> configuration({"network": {"layers": []}})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: configuration: network.layers: tuple should have at least 1 item...
    """
    # A file is read by `read_configuration` alone: what a page or a link sends must not name one of this machine.
    if not isinstance(values, Mapping):
        raise RavineError(f"configuration: must be an object with keys such as data and lanes, got {values!r:.80}")
    return read_description("configuration", Configuration, values)


def read_configuration(path: str | Path, **given: Any) -> Configuration:
    """The `Configuration` in a TOML or JSON file, with what is *given* (not None) put over it.

    >>> read_configuration("race.txt")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: configuration: 'race.txt' is no description: name a .toml or .json file
    """
    return read_description("configuration", Configuration, path, **given)
