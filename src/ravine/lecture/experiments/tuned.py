"""One rival: a setting trained at several learning rates and seeds, judged at the rate that did best in validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.nn import Network
from ravine.optim import Rule
from ravine.train import Plan, Run, population

__all__ = ["Tuned", "tuned"]


@dataclass(frozen=True, eq=False)
class Tuned:
    """The *runs* of one rival, [rate][seed], its *rates*, and the place of the *best* one.

    No example: see `tuned`.
    """

    rates: tuple[float, ...]
    runs: tuple[tuple[Run, ...], ...]
    best: int

    @property
    def chosen(self) -> tuple[Run, ...]:
        """A run for each seed at the best rate."""
        return self.runs[self.best]

    @property
    def edge(self) -> bool:
        """Whether the best rate is the first or the last of those tried, so that a better one may lie beyond."""
        return self.best in (0, len(self.rates) - 1)

    def fastest(self, guessing: float) -> Tuned:
        """The same runs at the rate that learns fastest: with the smallest validation loss averaged over training.

        A run that diverged has the loss of *guessing* from then on.
        """
        spent = [np.mean([_average(run, "validation_loss", guessing) for run in group]) for group in self.runs]
        return replace(self, best=int(np.argmin(spent)))

    def average(self, quantity: str, guessing: float) -> np.ndarray:
        """*quantity* averaged over training, for each seed at the best rate; *guessing* after a run diverged."""
        return np.array([_average(run, quantity, guessing) for run in self.chosen])

    def final(self, quantity: str) -> np.ndarray:
        """The last value of *quantity* for each seed at the best rate; NaN for a run that diverged."""
        return np.array([np.nan if run.diverged_at is not None else run.history[quantity][-1] for run in self.chosen])

    def curves(self, quantity: str) -> tuple[np.ndarray, np.ndarray]:
        """Updates done (n,) and *quantity* (seeds, n), where it was measured, at the best rate.

        After a run diverged its values are NaN.
        """
        longest = max(self.chosen, key=lambda run: len(run.history.rows)).history
        kept = np.isfinite(longest[quantity])
        rows = np.full((len(self.chosen), len(kept)), np.nan)
        for row, run in zip(rows, self.chosen, strict=True):
            values = run.history[quantity]
            row[: len(values)] = values
        return longest["step"][kept], rows[:, kept]

    def probe(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The steps (n,) and values (seeds, n, columns) of a probe at the best rate."""
        series = [run.history.probes[name] for run in self.chosen]
        return series[0].steps, np.stack([each.values for each in series])


def tuned(
    network: Network,
    rule: Rule,
    rates: Sequence[float],
    dataset: Dataset,
    plan: Plan,
    seeds: Sequence[int],
    progress: Callable[[float], None] | None = None,
) -> Tuned:
    """Train *network* at each of *rates* with every seed, in one population, and choose the rate.

    The best rate has the smallest mean loss in validation, a run that diverged counting as infinite: the test part has
    no say in it. Every rival of a comparison is given as many rates.

    >>> from ravine.data import load
    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> data = load("xor", n=40, n_validation=40, seed=0)
    >>> network = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,))
    >>> made = tuned(network, SGD(), (0.001, 1.0), data, Plan(epochs=20, batch_size=10), seeds=(0, 1))
    >>> made.rates[made.best], made.curves("validation_loss")[1].shape
    (1.0, (2, 21))
    """
    if dataset.validation is None:
        raise RavineError(f"tuned: {dataset.name} has no validation part, by which the rate is chosen: cut one off")
    runs = population(
        network, [rule.replace(learning_rate=rate) for rate in rates], dataset, plan, seeds=seeds, progress=progress
    )
    grouped = tuple(tuple(runs[row * len(seeds) : (row + 1) * len(seeds)]) for row in range(len(rates)))
    losses = [np.mean([_validation(run) for run in group]) for group in grouped]
    return Tuned(tuple(rates), grouped, int(np.argmin(losses)))


def _average(run: Run, quantity: str, guessing: float) -> float:
    every = run.plan.evaluate_every
    values = np.nan_to_num(run.history[quantity][::every], nan=guessing, posinf=guessing)
    lost = np.full(run.plan.epochs // every + 1 - len(values), guessing)
    return float(np.concatenate([values, lost]).mean())


def _validation(run: Run) -> float:
    loss = float(run.history["validation_loss"][-1])
    return loss if run.diverged_at is None and np.isfinite(loss) else np.inf
