"""The two networks of 784-512-512-10 as both chapters on them read them."""

from __future__ import annotations

from dataclasses import asdict

from ravine.data import Dataset
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.networks import learning_curves
from ravine.lecture.notes import whole_mnist
from ravine.lecture.published import epochs, published
from ravine.nn import Dense, Dropout, Network
from ravine.optim import preset
from ravine.stats import Interval, interval
from ravine.train import Plan
from ravine.view import figures
from ravine.view.blocks import PublishedComparison

__all__ = ["QUANTITIES", "compared", "final", "network", "panels", "published_curve", "recorded", "train_mlps"]

QUANTITIES = ("test_loss", "test_accuracy")
"""What is compared with the published results."""


def network(digits: Dataset, dropout: float | None, smaller: int = 1) -> Network:
    """Two hidden layers of 512 / *smaller* ReLU, each followed by *dropout* unless it is None, and a softmax.

    >>> from ravine.data import load
    >>> network(load("digits", flatten=True), dropout=None).shapes
    ((512,), (512,), (10,))
    """
    drop = () if dropout is None else (Dropout(dropout),)
    hidden = Dense(512 // smaller, "relu")
    layers = (hidden, *drop, hidden, *drop, Dense(len(digits.classes or ()), "softmax"))
    return Network(layers, digits.input_shape)


def train_mlps(context: LectureContext) -> ExperimentResult:
    """Both networks, with and without dropout, over the profile's seeds: 5 epochs as in the lecture.

    Without dropout means at the rate 0, which is the same function: so both start from the same weights.

    No example: it trains for many seconds.
    """
    digits = context.digits.flatten()
    networks = {"dropout": network(digits, 0.2), "plain": network(digits, 0.0)}
    plan, seeds = Plan(epochs=5, batch_size=128, test=True), context.seeds(3, 10)
    spec = {"plan": asdict(plan), "seeds": seeds, "rule": "rmsprop lecture", "data": context.digits.fingerprint}
    return context.compute(
        "mlp", spec,
        lambda progress: learning_curves(networks, preset("rmsprop", "lecture"), digits, plan, seeds, progress),
    )  # fmt: skip


def recorded(context: LectureContext, chapter: str, made: ExperimentResult, name: str) -> None:
    """Keep every value of every epoch of the network *name*.

    No example: it needs a context.
    """
    genuine = whole_mnist(context.digits)
    for key, rows in made.arrays.items():
        owner, _, quantity = key.partition(" ")
        if owner != name or rows.ndim != 2:
            continue
        print_ = dict(published_curve(name, quantity)) if genuine else {}
        context.record(*(
            Number(chapter, quantity, float(value), name, float(epoch), seed, print_.get(float(epoch)))
            for seed, row in zip(made["seeds"], rows, strict=True)
            for epoch, value in enumerate(row)
        ))  # fmt: skip


def published_curve(name: str, quantity: str) -> tuple[tuple[float, float], ...]:
    """The lecture's values per epoch of *quantity*, none for what it did not print.

    >>> published_curve("plain", "test_loss")[-1], published_curve("plain", "train_eval_loss")
    ((5.0, 0.0753), ())
    """
    return epochs(name, quantity) if quantity in ("loss", "accuracy", *QUANTITIES) else ()


def final(made: ExperimentResult, name: str, quantity: str) -> Interval:
    """The mean and interval of *quantity* after the last epoch.

    >>> import numpy as np
    >>> made = ExperimentResult({"plain test_loss": np.array([[2.3, 0.1], [2.3, 0.2]])})
    >>> round(final(made, "plain", "test_loss").mean, 2)
    0.15
    """
    return interval(made[f"{name} {quantity}"][:, -1])


def compared(
    context: LectureContext, made: ExperimentResult, name: str, label: str, epoch: int | None = None
) -> list[PublishedComparison]:
    """Loss and accuracy beside the published ones: the final ones, or those after *epoch*.

    No example: it needs a context.
    """
    words = {"test_loss": context._("Test loss"), "test_accuracy": context._("Test accuracy")}
    rows = []
    for quantity in QUANTITIES:
        print_ = published(f"{name}.{quantity}" if epoch is None else f"{name}.{quantity}.{epoch}")
        ours = interval(made[f"{name} {quantity}"][:, -1 if epoch is None else epoch])
        rows.append(PublishedComparison(f"{words[quantity]}, {label}", print_, ours.mean, ours.bounds, ours.count))
    return rows


def panels(context: LectureContext, made: ExperimentResult, labels: dict[str, str]) -> list[figures.Panel]:
    """Test loss and accuracy of the networks named in *labels* over the epoch, with the published values.

    No example: it needs a context.
    """
    titles = {"test_loss": context._("Test loss"), "test_accuracy": context._("Test accuracy")}
    genuine, drawn = whole_mnist(context.digits), []
    for quantity, title in titles.items():
        runs = []
        for name, label in labels.items():
            rows = made[f"{name} {quantity}"][:, 1:]
            count = rows.shape[1]
            print_ = tuple(pair for pair in published_curve(name, quantity) if pair[0] <= count) if genuine else None
            runs.append(figures.Runs(label, list(range(1, count + 1)), rows, print_))
        drawn.append(figures.Panel(title, runs))
    return drawn
