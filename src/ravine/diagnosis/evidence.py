"""What is known of a run that is to be diagnosed: its records, and readings taken at its first and last weights."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jax
import numpy as np

from ravine.data import Dataset, Split
from ravine.functions import activation, describe
from ravine.nn import Variables
from ravine.train import PROBES, ProbeSeries, Run, Session, objective
from ravine.train.engine import checked
from ravine.train.probes import activated

__all__ = ["LITTLE", "RunEvidence"]

READ = ("gradient_norm", "weight_norm", "update_ratio", "activation_spread", "saturated", "dead", "noise_scale")
"""What is read at the first and last weights."""

EXAMPLES = 1024
"""Examples on which it is read: enough that a unit silent on all of them is as good as dead."""

LITTLE = 0.1
"""Share of the guess's loss that must be gone: with less, the inputs are as good as unused."""


class RunEvidence:
    """A run and, where they are given, its data.

    No example: see `diagnose`.
    """

    def __init__(self, run: Run, dataset: Dataset | None) -> None:
        self.run, self.dataset = run, dataset
        self.votes: dict[str, np.ndarray | None] = {}
        """What `neighbours.votes_of` has searched for already, by part."""
        params = run.variables.params
        self.kernels = tuple(i for i, each in enumerate(params) if isinstance(each, dict) and "kernel" in each)
        self.hidden = activated(run.network)

    def label(self, index: int) -> str:
        """The name of the layer at a place, as the probes' columns have it."""
        return f"{index}_{self.run.network.layers[index].name}"

    @property
    def rate(self) -> float | None:
        """The learning rate, None where a schedule gives it."""
        rate = self.run.rule.learning_rate
        return None if callable(rate) or np.ndim(rate) else float(np.asarray(rate))

    @cached_property
    def batch(self) -> int:
        """Examples per step."""
        if self.run.plan.batch_size == "full":
            return len(self.dataset.train) if self.dataset is not None else 0
        return int(self.run.plan.batch_size)

    @cached_property
    def losses(self) -> np.ndarray:
        """The loss of each step, smoothed over a twentieth of the run; only the finite ones at the beginning."""
        loss = self.run.history.steps["loss"]
        finite = np.isfinite(loss)
        loss = loss[: int(np.argmin(finite))] if not finite.all() else loss
        width = max(1, len(loss) // 20)
        return np.convolve(loss, np.ones(width) / width, "valid") if len(loss) else loss

    @cached_property
    def tenths(self) -> tuple[np.ndarray, np.ndarray]:
        """The median loss of the steps of each tenth of the run, in which no spike shows, and its standard error."""
        loss = self.run.history.steps["loss"]
        loss = loss[np.isfinite(loss)]
        parts = np.array_split(loss, min(10, len(loss))) if len(loss) else []
        medians = np.array([np.median(part) for part in parts])
        # 1.4826 MAD estimates a normal deviation, and the median's own is 1.2533 of it over sqrt(n).
        spread = [1.4826 * np.median(np.abs(part - np.median(part))) for part in parts]
        return medians, np.array([1.2533 * s / np.sqrt(len(part)) for s, part in zip(spread, parts, strict=True)])

    @cached_property
    def evaluated(self) -> np.ndarray | None:
        """The training loss at frozen weights after each epoch, with the one before the first step; None without it."""
        loss = self.run.history.epochs.get("train_eval_loss")
        if loss is None or not np.isfinite(loss[[0, -1]]).all():
            return None
        return np.asarray(loss[np.isfinite(loss)], np.float64)

    @cached_property
    def end_loss(self) -> float:
        """The training loss at the end: evaluated, else the median of the last tenth of the steps; NaN if unknown."""
        if self.evaluated is not None:
            return float(self.evaluated[-1])
        medians, _ = self.tenths
        return float(medians[-1]) if len(medians) else np.nan

    @cached_property
    def guess_loss(self) -> float | None:
        """The training loss of the best answer that does not look at the inputs; None where it is not known.

        The entropy of the labels' frequencies, the variance of numbers; without the data that of classes alike, ln K.
        """
        classes = self.run.network.output_shape[-1]
        if self.dataset is None:
            return float(np.log(classes)) if classes > 1 and self._answers_softmax else None
        name = objective(self.run.network, self.run.plan.natural_loss(self.dataset), ()).loss.name
        y = np.asarray(self.dataset.train.y, np.float64)
        if name == "sparse_categorical_crossentropy":
            p = np.bincount(y.astype(np.int64).reshape(-1), minlength=classes) / y.size
        elif name == "categorical_crossentropy":
            p = y.reshape(-1, y.shape[-1]).mean(axis=0)
        elif name == "binary_crossentropy":
            p = y.reshape(len(y), -1).mean(axis=0)
            return float(np.mean([_entropy(np.array([q, 1 - q])) for q in p]))
        elif name == "mean_squared_error":
            return float(y.reshape(len(y), -1).var(axis=0).mean())
        else:
            return None
        return _entropy(p)

    @property
    def _answers_softmax(self) -> bool:
        return self.run.network.final_activation is activation("softmax")

    @cached_property
    def learned_little(self) -> bool:
        """Whether the run ended at about the loss of guessing."""
        guess = self.guess_loss
        return bool(guess and self.run.diverged_at is None and abs(self.end_loss / guess - 1) < LITTLE)

    def recorded(self, name: str) -> ProbeSeries | None:
        """The run's own readings of a probe, those that are finite throughout; None where there are none."""
        series = self.run.history.probes.get(name)
        if series is None:
            return None
        good = np.isfinite(series.values).all(axis=1)
        return ProbeSeries(series.steps[good], series.values[good], series.columns) if good.any() else None

    def columns(self, name: str, places: tuple[int, ...]) -> np.ndarray | None:
        """Readings (samples, len(places)) of a probe that has a column per layer, recorded ones or those taken here."""
        series = self.recorded(name)
        if series is None:
            taken = [each[name] for each in (self.start, self.end) if each is not None]
            if not taken:
                return None
            series = ProbeSeries(np.arange(len(taken)), np.stack(taken), self._names(name))
        wanted = [series.columns.index(self.label(place)) for place in places]
        return np.asarray(series.values, np.float64)[:, wanted]

    def _names(self, name: str) -> tuple[str, ...]:
        return PROBES[name].columns(self.run.network, self.run.variables.params)

    def first(self, name: str, places: tuple[int, ...]) -> np.ndarray | None:
        """A probe's reading before the first step: recorded, or taken at the weights of the run's seed."""
        series = self.run.history.probes.get(name)
        if series is not None and len(series.steps) and series.steps[0] == 0:
            values = np.asarray(series.values[0], np.float64)
        elif self.start is not None:
            values = np.asarray(self.start[name], np.float64)
        else:
            return None
        return values[[self._names(name).index(self.label(place)) for place in places]]

    @cached_property
    def start(self) -> dict[str, np.ndarray] | None:
        """Readings at the weights that the run's seed gives."""
        return self._read(self.run.network.init(self.run.seed, np.dtype(self.run.plan.dtype)))

    @cached_property
    def end(self) -> dict[str, np.ndarray] | None:
        """Readings at the weights that the run ended with."""
        return self._read(self.run.variables)

    def _read(self, variables: Variables) -> dict[str, np.ndarray] | None:
        finite = all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(variables) if leaf.dtype.kind == "f")
        if self.dataset is None or not finite:
            return None
        run, plan = self.run, self.run.plan
        aim = objective(run.network, plan.natural_loss(self.dataset), ())
        part: Split = self.dataset.train.take(slice(0, EXAMPLES))
        session = Session(run.network, run.rule, aim, seed=run.seed, dtype=plan.dtype, variables=variables)
        y = checked(aim.loss, part.y, run.network, part.x, part.weight)
        order = np.arange(len(part), dtype=np.int32)[None]
        records = session.run(session.examples(part.x, y, part.weight), order, probes=READ, stride=1)
        return {"loss": np.asarray(records.loss)[0]} | {n: np.asarray(v)[0] for n, v in records.probes.items()}

    def bounded(self, place: int) -> bool:
        """Whether the layer's activation has two bounds, and so can saturate."""
        layer: Any = self.run.network.layers[place]
        record = describe(layer.activation)
        return bool(np.isfinite(record.low) and np.isfinite(record.high))

    @property
    def unscaled(self) -> bool:
        """Whether inputs are far from unit scale."""
        return self.dataset is not None and not 0.05 < float(np.std(self.dataset.train.x)) < 5.0

    def slower(self, factor: float = 0.1) -> dict[str, Any]:
        """The change to *factor* times the rate; none where a schedule gives it."""
        return {} if self.rate is None else {"learning_rate": float(f"{self.rate * factor:.3g}")}


def _entropy(p: np.ndarray) -> float:
    """- sum p ln p, in nats."""
    return float(-(p[p > 0] * np.log(p[p > 0])).sum())
