"""The vanishing gradient while a network learns, and the remedies of the slide, each against a plain baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import jax.numpy as jnp
import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.lecture.context import ExperimentResult
from ravine.lecture.experiments.signal import hidden_gradients, ratio
from ravine.lecture.experiments.tuned import Tuned, tuned
from ravine.nn import Context, Dense, Dropout, Network
from ravine.optim import SGD, RMSprop, Rprop, Rule
from ravine.train import Plan, Run

__all__ = ["REMEDIES", "Remedy", "factor", "portions", "remedies"]

SLOW, MIDDLE, FAST = (0.003, 0.01, 0.03, 0.1, 0.3), (0.01, 0.03, 0.1, 0.3, 1.0), (0.1, 0.3, 1.0, 3.0, 10.0)
"""Five rates half a power of ten apart for each rival, about those that served it best in trials on MNIST."""
STRIDE = 20
LOOKED_AT = 256
"""Examples of the training part on which the back-propagated gradient is measured."""


@dataclass(frozen=True)
class Remedy:
    """One rival: what it changes of the baseline. *against* names the rival it is compared with, "" for none.

    *data* and *updates* are multiples of the baseline's.

    >>> REMEDIES["relu"].activation, REMEDIES["relu"].against
    ('relu', 'base')
    """

    against: str = "base"
    activation: str = "logistic"
    initializer: str = "glorot_uniform"
    rule: Rule = SGD()  # noqa: RUF009 - rules are frozen
    rates: tuple[float, ...] = FAST
    dropout: float = 0.0
    data: int = 1
    updates: int = 1
    full: bool = False


REMEDIES: dict[str, Remedy] = {
    "base": Remedy(against=""),
    "rmsprop": Remedy(rule=RMSprop(), rates=(0.0001, 0.0003, 0.001, 0.003, 0.01)),
    "full": Remedy(against="", full=True),
    "rprop": Remedy(against="full", rule=Rprop(), rates=(1e-7, 1e-6, 1e-5, 1e-4, 1e-3), full=True),
    "tanh": Remedy(activation="tanh", rates=MIDDLE),
    "relu": Remedy(activation="relu", rates=MIDDLE),
    "relu_he": Remedy(activation="relu", initializer="he_uniform", rates=SLOW),
    "softplus": Remedy(activation="softplus", rates=MIDDLE),
    "dropout": Remedy(dropout=0.2),
    "data": Remedy(data=4),
    "longer": Remedy(updates=4),
}
"""The remedies of the slide by name, and what they are compared with; tanh stands beside them as the other
sigmoid, and ReLU once more with the weights that were made for it."""


def portions(digits: Dataset, examples: int, held: int) -> Dataset:
    """The first 4 x *examples* to train on, the last *held* of the training part to validate, *held* to test.

    >>> from ravine.data import load
    >>> portions(load("digits", flatten=True), 200, 100).train
    Split(x=float32 (800, 64), y=int32 (800,))
    """
    flat = digits.flatten()
    if flat.test is None or len(flat.train) < 4 * examples + held:
        raise RavineError(
            f"portions: {digits.name} has {len(flat.train)} examples for training, {4 * examples + held} and a test "
            "part are needed: ask for fewer"
        )
    return Dataset(
        digits.name,
        flat.train.take(slice(0, 4 * examples)),
        flat.train.take(slice(len(flat.train) - held, None)),
        flat.test.take(slice(0, held)),
        digits.classes,
    )


def network(remedy: Remedy, depth: int, width: int, inputs: int, outputs: int) -> Network:
    """*depth* hidden layers of *width* neurons, each followed by dropout, whose rate may be 0, and a softmax."""
    hidden = (Dense(width, remedy.activation, kernel_initializer=remedy.initializer), Dropout(remedy.dropout)) * depth
    return Network((*hidden, Dense(outputs, "softmax")), (inputs,))


def factor(run: Run, data: Dataset) -> tuple[float, float]:
    """What each hidden layer multiplies the back-propagated gradient by, towards the input, before and after *run*.

    The geometric mean over the layers; NaN after a run that diverged.

    No example: it needs a run.
    """
    x, y = data.train.x[:LOOKED_AT], data.train.y[:LOOKED_AT]
    before = ratio(hidden_gradients(run.network, run.network.init(run.seed), x, y))
    if run.diverged_at is not None:
        return before, math.nan
    return before, ratio(hidden_gradients(run.network, run.variables, x, y))


def remedies(
    digits: Dataset,
    seeds: Sequence[int],
    *,
    names: Sequence[str] = tuple(REMEDIES),
    examples: int = 500,
    held: int = 1000,
    depth: int = 4,
    width: int = 32,
    batch: int = 50,
    updates: int = 600,
    full_updates: int = 120,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Train every rival of *names* at its rates and all *seeds*.

    Per rival: "NAME test_accuracy" and "NAME test_loss" (seeds,) at the end, "NAME losses" and "NAME accuracies"
    (seeds, n) of the test part at "NAME updates" (n,), "NAME gradient" (seeds, samples, layers), the norms of the
    gradients of weights, at "NAME steps", "NAME before" and "NAME after" (seeds,), the `factor` of the back-propagated
    gradient before and after training, "NAME spent" (seeds,), the test loss averaged over training at the rate that
    learns fastest in validation (a run that diverged keeps the loss of guessing), "NAME zero" and "NAME dead" (rates,
    seeds), the share of activations that are 0 and of neurons that are 0 for every example, NaN where the run diverged,
    "NAME diverged" (rates, seeds). Facts: the rates tried and chosen, the "fastest", and whether the best, or the
    fastest, lies at an end of them.

    >>> from ravine.data import load
    >>> made = remedies(
    ...     load("digits"), [0, 1], names=("relu",), examples=100, held=100, depth=3, width=8, batch=20, updates=20
    ... )
    >>> made["relu gradient"].shape, made["relu dead"].shape
    ((2, 1, 4), (5, 2))
    """
    data = portions(digits, examples, held)
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, object] = {"depth": depth, "width": width, "batch": batch, "updates": updates,
                                "full_updates": full_updates, "examples": examples}  # fmt: skip
    costs = [_cost(REMEDIES[name]) for name in names]
    for index, name in enumerate(names):
        remedy, done = REMEDIES[name], sum(costs[:index])
        made = tuned(
            network(remedy, depth, width, math.prod(data.input_shape), len(data.classes or ())),
            remedy.rule,
            remedy.rates,
            data if remedy.data == 4 else _first(data, remedy.data * examples),
            _plan(remedy, examples, batch, full_updates if remedy.full else updates),
            seeds,
            partial(_report, progress, sum(costs), done, costs[index]),
        )
        guessing = math.log(len(data.classes or ()))
        fastest = made.fastest(guessing)
        arrays |= {f"{name} {key}": value for key, value in _measured(made, data).items()}
        arrays[f"{name} spent"] = fastest.average("test_loss", guessing)
        facts[name] = {"rate": made.rates[made.best], "rates": list(made.rates), "edge": made.edge,
                       "fastest": fastest.rates[fastest.best], "fastest edge": fastest.edge}  # fmt: skip
    return ExperimentResult(arrays, facts)


def _report(progress: Callable[[float], None], total: float, done: float, cost: float, share: float) -> None:
    progress((done + share * cost) / total)


def _cost(remedy: Remedy) -> float:
    """Compiling costs about as much as training the baseline twice."""
    return 2.0 + (2.0 if remedy.full else 1.0) * remedy.updates


def _first(data: Dataset, count: int) -> Dataset:
    return Dataset(data.name, data.train.take(slice(0, count)), data.validation, data.test, data.classes)


def _plan(remedy: Remedy, examples: int, batch: int, updates: int) -> Plan:
    per_epoch = 1 if remedy.full else -(-examples // batch)
    epochs = max(1, remedy.updates * updates // per_epoch)
    # Six evaluations per length of the baseline; with four times the data an epoch has as many updates as without.
    every = max(1, updates // per_epoch // 6)
    return Plan(
        epochs=epochs, batch_size="full" if remedy.full else batch, steps_per_epoch=per_epoch, evaluate_every=every,
        train_eval_examples=0, test=True, probes=("gradient_norm",), stride=STRIDE,
    )  # fmt: skip


def _measured(made: Tuned, data: Dataset) -> dict[str, np.ndarray]:
    at, losses = made.curves("test_loss")
    _, accuracies = made.curves("test_accuracy")
    steps, norms = made.probe("gradient_norm")
    silent = [[_silent(run, data) for run in group] for group in made.runs]
    let_through = np.array([factor(run, data) for run in made.chosen])
    diverged = [[run.diverged_at is not None for run in group] for group in made.runs]
    return {
        "test_accuracy": made.final("test_accuracy"),
        "test_loss": made.final("test_loss"),
        "updates": at,
        "losses": losses,
        "accuracies": accuracies,
        "steps": steps,
        "gradient": norms,
        "before": let_through[:, 0],
        "after": let_through[:, 1],
        "zero": np.array([[pair[0] for pair in row] for row in silent]),
        "dead": np.array([[pair[1] for pair in row] for row in silent]),
        "diverged": np.array(diverged),
    }


def _silent(run: Run, data: Dataset) -> tuple[float, float]:
    """The share of hidden activations that are 0, and of hidden neurons that are 0 for every test example."""
    if run.diverged_at is not None:
        return math.nan, math.nan
    outputs, _ = run.network.activations(*run.variables, jnp.asarray(data.parts["test"].x), Context())
    zero = np.concatenate([np.asarray(out) == 0 for out in outputs[:-1:2]], axis=1)
    return float(zero.mean()), float(zero.all(axis=0).mean())
