"""What training is asked to do: one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ravine.core import RavineError, check_choice, check_count, check_number
from ravine.data import Dataset, batch_length, steps_per_epoch
from ravine.functions import Better, Loss, Metric
from ravine.train.monitored import rises
from ravine.train.probes import PROBES

__all__ = ["Plan", "Target"]


@dataclass(frozen=True)
class Target:
    """Stop when the epoch's *value* of *quantity* is reached: ``Target("validation_accuracy", 0.98)``.

    *quantity* is a column of the history's epochs. It is to rise to *value*, or to fall to it where *falling* is true;
    None asks the metric which way is good (see `ravine.train.rises`). NaN reaches nothing.

    >>> Target("validation_accuracy", 0.98).reached(0.981), Target("validation_loss", 0.1).reached(0.2)
    (True, False)
    """

    quantity: str
    value: float
    falling: bool | None = None

    def reached(self, value: float, directions: Mapping[str, Better | None] | None = None) -> bool:
        """Whether *value* is as good as the target's; *directions* are those of a history's own metrics."""
        falling = not rises(self.quantity, directions) if self.falling is None else self.falling
        return value <= self.value if falling else value >= self.value


@dataclass(frozen=True)
class Plan:
    """How to train: loss, metrics, length, batches, and what is recorded.

    *loss* None means the data's natural one: sparse categorical cross-entropy for labels, mean squared error for
    numbers. *batch_size* is a number of examples, 1 for stochastic gradient descent, "full" for batch gradient descent;
    the last batch of an epoch is smaller where the number does not divide. *evaluate_every* epochs (and before the
    first) the validation split, *test* too if true (at the end alone if "end"), and *train_eval_examples* training
    examples are evaluated at frozen weights (0: none). *probes* are computed every *stride* steps, inside the compiled
    program. *seconds* bounds the time of training. Each batch is divided among so many *devices* of the host, which
    hold the same weights and add up their gradients: the result is that of one device, to rounding.

    >>> Plan(epochs=3, batch_size="full").steps(1000), Plan(batch_size=128).steps(60_000)
    (1, 469)
    >>> Plan(epochs=-1)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Plan: epochs must be a non-negative integer, got -1
    """

    loss: str | Loss | None = None
    metrics: tuple[str | Metric, ...] | None = None
    epochs: int = 5
    batch_size: int | Literal["full"] = 128
    shuffle: bool = True
    steps_per_epoch: int | None = None
    evaluate_every: int = 1
    train_eval_examples: int = 10_000
    test: bool | Literal["end"] = False
    dtype: Literal["float32", "float64"] = "float32"
    probes: tuple[str, ...] = ()
    stride: int = 50
    target: Target | None = None
    seconds: float | None = None
    devices: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes", tuple(self.probes))
        if self.metrics is not None:
            object.__setattr__(self, "metrics", tuple(self.metrics))
        check_count("Plan", "epochs", self.epochs, least=0)
        for name in ("evaluate_every", "stride", "devices"):
            check_count("Plan", name, getattr(self, name))
        check_count("Plan", "train_eval_examples", self.train_eval_examples, least=0)
        if self.steps_per_epoch is not None:
            check_count("Plan", "steps_per_epoch", self.steps_per_epoch)
        if self.batch_size != "full":
            if isinstance(self.batch_size, str):
                raise RavineError(f"Plan: batch_size must be a number of examples or 'full', got {self.batch_size!r}")
            check_count("Plan", "batch_size", self.batch_size)
        check_choice("Plan", "dtype", self.dtype, ("float32", "float64"))
        for probe in self.probes:
            PROBES[probe]
        if self.seconds is not None:
            check_number("Plan", "seconds", self.seconds, low=0.0, open_low=True)

    def batch(self, n: int) -> int:
        """The size of a batch for *n* examples."""
        return batch_length(n, self.batch_size)

    def steps(self, n: int) -> int:
        """The number of steps of one epoch over *n* examples."""
        whole = steps_per_epoch(n, self.batch_size)
        return whole if self.steps_per_epoch is None else min(self.steps_per_epoch, whole)

    def natural_loss(self, dataset: Dataset) -> Any:
        """The loss named, or the data's natural one."""
        if self.loss is not None:
            return self.loss
        return "sparse_categorical_crossentropy" if dataset.task == "classification" else "mse"

    def natural_metrics(self, dataset: Dataset) -> tuple[Any, ...]:
        """The metrics named, or the data's natural ones."""
        if self.metrics is not None:
            return self.metrics
        return ("accuracy",) if dataset.task == "classification" else ("mae",)
