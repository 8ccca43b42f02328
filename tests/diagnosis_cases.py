"""Runs whose trouble is known because it was built in: what must be named of each, and what may be named beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine.data import Dataset, Split, hold_out, load, scale
from ravine.diagnosis import diagnose
from ravine.functions import Constant, RandomNormal
from ravine.nn import Dense, Network, network
from ravine.optim import SGD, Adam, RMSprop
from ravine.train import CHEAP, Plan, Run, train

__all__ = ["CASES", "Case", "named"]


@dataclass(frozen=True)
class Case:
    """*expected* must be among what is named (nothing may be where it is None); *beside* may stand next to it."""

    name: str
    make: Callable[[int], tuple[Network, Any, Dataset, dict[str, Any]]]
    expected: str | None
    beside: tuple[str, ...] = ()

    def run(self, seed: int) -> tuple[Run, Dataset]:
        """The run with this *seed*, in data, weights and order alike."""
        net, rule, data, plan = self.make(seed)
        options = {"probes": CHEAP, "stride": 5, "batch_size": 32, "epochs": 15} | plan
        return train(net, rule, data, Plan(**options), seed=seed), data

    def right(self, names: list[str]) -> bool:
        """Whether *names* are a right diagnosis."""
        if self.expected is None:
            return set(names) <= set(self.beside)
        # Dead units are what a rate too high leaves behind, and are not to be called its cause.
        first = self.expected != "rate_too_high" or names[:1] == ["rate_too_high"]
        return first and self.expected in names and set(names) <= {self.expected, *self.beside}


def named(case: Case, seed: int) -> list[str]:
    """The troubles that the diagnosis names."""
    return [finding.trouble for finding in diagnose(*case.run(seed))]


def held(name: str, seed: int, **options: Any) -> Dataset:
    return hold_out(load(name, **options, seed=seed), 0.25, seed=seed)


def moons(seed: int, n: int = 600, noise: float = 0.2) -> Dataset:
    return held("moons", seed, n=n, noise=noise)


def blobs(seed: int) -> Dataset:
    return scale(held("blobs", seed, n=600), "standard")[0]


def digits(seed: int) -> Dataset:
    return hold_out(load("digits", flatten=True), 0.25, seed=seed)


def clouds(seed: int, n: int = 600, apart: float = 2.0, columns: int = 2) -> Dataset:
    """Two normal clouds whose means are *apart* deviations from each other: right labels, Bayes error Phi(-apart/2)."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(2), n // 2)
    x = rng.normal(size=(n, columns)).astype(np.float32)
    x[:, 0] += apart * y
    order = rng.permutation(n)
    return hold_out(Dataset("clouds", Split(x[order], y[order]), classes=("a", "b")), 0.25, seed=seed)


def mislabelled(data: Dataset, share: float, seed: int, *, everywhere: bool = True) -> Dataset:
    """*share* of the labels wrong, in both parts or in the training part alone."""
    rng, classes = np.random.default_rng(seed), len(data.classes or ())

    def part(split: Split) -> Split:
        wrong = rng.random(len(split)) < share
        y = split.y.copy()
        y[wrong] = (y[wrong] + rng.integers(1, classes, wrong.sum())) % classes
        return Split(split.x, y)

    assert data.validation is not None
    return Dataset(
        data.name, part(data.train), part(data.validation) if everywhere else data.validation, None, data.classes
    )


def random_labels(seed: int, classes: int = 4, n: int = 600) -> Dataset:
    """Inputs that have nothing to do with the labels: there is nothing to learn but by heart."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 8)).astype(np.float32), rng.integers(0, classes, n)
    return hold_out(Dataset("chance", Split(x, y), classes=tuple("abcdefgh"[:classes])), 0.25, seed=seed)


def few(seed: int, n: int = 60, share: float = 0.2) -> Dataset:
    data = mislabelled(moons(seed), share, seed)
    return Dataset("few", data.train.take(slice(0, n)), data.validation, None, data.classes)


def far(seed: int, factor: float = 100.0) -> Dataset:
    data = moons(seed)
    return data.replace_x(**{name: part.x * factor for name, part in data.parts.items()})


def noise_targets(seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(1200, 20)), 3 * rng.normal(size=(1200, 1))
    return Dataset("noise", Split(x, y))


def deep(
    activation: str, layers: int, *, width: int = 16, inputs: int = 2, outputs: int = 2, start: Any = "glorot_uniform"
) -> Network:
    hidden = [Dense(width, activation, kernel_initializer=start) for _ in range(layers)]
    return Network((*hidden, Dense(outputs, "softmax")), (inputs,))


RELU = "2-32:relu-32:relu-2:softmax"

CASES = (
    # In good health.
    Case(
        "healthy: blobs, tanh",
        lambda s: (network(f"2-16:tanh-{len(blobs(s).classes or ())}:softmax"), Adam(0.01), blobs(s), {}),
        None,
    ),
    Case("healthy: moons, relu", lambda s: (network(RELU), Adam(0.005), moons(s), {"epochs": 20}), None),
    Case(
        "healthy: moons, logistic",
        lambda s: (network("2-16:logistic-2:softmax"), Adam(0.03), moons(s), {"epochs": 20}),
        None,
    ),
    Case("healthy: sine", lambda s: (network("1-16:tanh-1"), SGD(0.1), held("sine", s, n=400), {"epochs": 25}), None),
    Case("healthy: digits", lambda s: (network("64-32:relu-10:softmax"), Adam(0.003), digits(s), {}), None),
    Case(
        "healthy: digits, momentum",
        lambda s: (network("64-32:tanh-10:softmax"), SGD(0.05, momentum=0.9), digits(s), {}),
        None,
    ),
    # Classes that overlap, rightly labelled: no label is wrong.
    Case("overlap: clouds 2 apart", lambda s: (network("2-16:tanh-2:softmax"), Adam(0.01), clouds(s), {}), None),
    Case(
        "overlap: clouds 1.5 apart",
        lambda s: (network("2-16:tanh-2:softmax"), Adam(0.01), clouds(s, apart=1.5), {}),
        None,
    ),
    Case("overlap: moons .5", lambda s: (network("2-16:tanh-2:softmax"), Adam(0.01), moons(s, noise=0.5), {}), None),
    Case(
        "overlap: moons .5, relu",
        lambda s: (network("2-32:relu-2:softmax"), Adam(0.005), moons(s, noise=0.5), {}),
        None,
    ),
    Case(
        "overlap: 150 examples",
        lambda s: (network("2-8:tanh-2:softmax"), Adam(0.01), clouds(s, n=150), {"epochs": 30}),
        None,
    ),
    Case(
        "overlap: 150 moons",
        lambda s: (network("2-8:tanh-2:softmax"), Adam(0.01), moons(s, n=150, noise=0.5), {"epochs": 30}),
        None,
    ),
    # The gradient on its way back.
    Case("vanishing: 4 logistic", lambda s: (deep("logistic", 4), SGD(0.1), moons(s), {}), "vanishing_gradient"),
    Case("vanishing: 5 logistic", lambda s: (deep("logistic", 5), SGD(0.1), moons(s), {}), "vanishing_gradient"),
    Case(
        "vanishing: 4 logistic, digits",
        lambda s: (deep("logistic", 4, width=32, inputs=64, outputs=10), SGD(0.1), digits(s), {}),
        "vanishing_gradient",
    ),
    Case(
        "vanishing: 5 logistic, digits",
        lambda s: (deep("logistic", 5, width=32, inputs=64, outputs=10), SGD(0.5), digits(s), {}),
        "vanishing_gradient",
    ),
    Case(
        "vanishing: 4 logistic, unequal classes",
        lambda s: (deep("logistic", 4), SGD(0.1), unequal(s), {}),
        "vanishing_gradient",
    ),
    Case(
        "vanishing: 4 logistic, numbers",
        lambda s: (
            Network((*deep("logistic", 4, inputs=1).layers[:-1], Dense(1)), (1,)),
            SGD(0.05),
            held("sine", s, n=400),
            {},
        ),
        "vanishing_gradient",
    ),
    Case("vanishing: 8 logistic", lambda s: (deep("logistic", 8), SGD(0.1), moons(s), {}), "vanishing_gradient"),
    Case(
        "exploding: relu, unit weights",
        lambda s: (deep("relu", 6, width=32, start=RandomNormal(0.0, 1.0)), SGD(1e-6), moons(s), {"epochs": 3}),
        "exploding_gradient",
        ("bad_initialisation",),
    ),
    Case(
        "exploding: digits",
        lambda s: (
            deep("relu", 5, width=32, inputs=64, outputs=10, start=RandomNormal(0.0, 1.0)),
            SGD(1e-6),
            digits(s),
            {"epochs": 3},
        ),
        "exploding_gradient",
        ("bad_initialisation",),
    ),
    # The start.
    Case(
        "start: zeros",
        lambda s: (deep("tanh", 5, start="zeros"), Adam(0.001), moons(s), {"epochs": 2}),
        "bad_initialisation",
        ("vanishing_gradient",),
    ),
    Case(
        "start: small",
        lambda s: (deep("tanh", 5, start=RandomNormal(0.0, 0.01)), Adam(0.001), moons(s), {"epochs": 2}),
        "bad_initialisation",
        ("vanishing_gradient",),
    ),
    # Units.
    Case(
        "dead: thrown there by SGD at 8",
        lambda s: (network(RELU), SGD(8.0), moons(s), {}),
        "dead_units",
        ("rate_too_high",),
    ),
    Case(
        "dead: from the start",
        lambda s: (
            Network((Dense(32, "relu", bias_initializer=Constant(-6.0)), Dense(2, "softmax")), (2,)),
            SGD(0.05),
            moons(s),
            {},
        ),
        "dead_units",
    ),
    Case(
        "saturated: inputs",
        lambda s: (network("2-16:tanh-2:softmax"), SGD(0.001), far(s), {"epochs": 3}),
        "saturated_units",
        ("bad_initialisation",),
    ),
    Case(
        "saturated: weights",
        lambda s: (
            Network((Dense(16, "tanh", kernel_initializer=RandomNormal(0.0, 10.0)), Dense(2, "softmax")), (2,)),
            Adam(0.001),
            moons(s),
            {"epochs": 3},
        ),
        "saturated_units",
        ("bad_initialisation",),
    ),
    # The rate.
    Case(
        "high: SGD .5, sine",
        lambda s: (network("1-32:relu-1"), SGD(0.5), held("sine", s, n=400), {}),
        "rate_too_high",
        ("dead_units",),
    ),
    Case(
        "high: SGD 30, moons",
        lambda s: (network("2-16:tanh-2:softmax"), SGD(30.0), moons(s), {}),
        "rate_too_high",
        ("saturated_units",),
    ),
    Case(
        "high: diverged",
        lambda s: (network("1-32:relu-1"), SGD(1e3), held("sine", s, n=400), {"epochs": 3}),
        "rate_too_high",
    ),
    Case("high: Adam .3, moons", lambda s: (network(RELU), Adam(0.3), moons(s), {}), "rate_too_high", ("dead_units",)),
    Case(
        "high: Adam .3, digits",
        lambda s: (network("64-32:relu-32:relu-10:softmax"), Adam(0.3), digits(s), {}),
        "rate_too_high",
        ("dead_units",),
    ),
    Case(
        "high: RMSprop .3, digits",
        lambda s: (network("64-32:relu-32:relu-10:softmax"), RMSprop(0.3), digits(s), {}),
        "rate_too_high",
        ("dead_units",),
    ),
    Case("low: SGD 1e-4", lambda s: (network("2-16:tanh-2:softmax"), SGD(1e-4), moons(s), {}), "rate_too_low"),
    Case("low: Adam 1e-6", lambda s: (network("64-32:relu-10:softmax"), Adam(1e-6), digits(s), {}), "rate_too_low"),
    # The examples.
    Case(
        "batch: two, of noise",
        lambda s: (network("20-16:tanh-1"), SGD(0.005), noise_targets(s), {"batch_size": 2, "epochs": 1, "stride": 1}),
        "batch_too_small",
    ),
    Case(
        "overfitting: 60 examples",
        lambda s: (network("2-64:relu-64:relu-2:softmax"), Adam(0.01), few(s), {"epochs": 60, "batch_size": 16}),
        "overfitting",
        ("label_noise",),
    ),
    Case(
        "overfitting: chance",
        lambda s: (network("8-64:relu-64:relu-4:softmax"), Adam(0.01), random_labels(s), {"epochs": 60}),
        "overfitting",
    ),
    Case(
        "labels: a fifth wrong, in both parts",
        lambda s: (
            network(f"2-16:tanh-{len(blobs(s).classes or ())}:softmax"),
            Adam(0.01),
            mislabelled(blobs(s), 0.2, s),
            {"epochs": 20},
        ),
        "label_noise",
    ),
    Case(
        "labels: a fifth wrong, digits",
        lambda s: (network("64-32:relu-10:softmax"), Adam(0.003), mislabelled(digits(s), 0.2, s), {}),
        "label_noise",
    ),
    Case(
        "labels: a fifth wrong, training part",
        lambda s: (
            network(f"2-16:tanh-{len(blobs(s).classes or ())}:softmax"),
            Adam(0.01),
            mislabelled(blobs(s), 0.2, s, everywhere=False),
            {"epochs": 20},
        ),
        "label_noise",
    ),
    Case(
        "labels: a fifth wrong, digits, training part",
        lambda s: (network("64-32:relu-10:softmax"), Adam(0.003), mislabelled(digits(s), 0.2, s, everywhere=False), {}),
        "label_noise",
    ),
    # Something is wrong, and nothing that is measured says what.
    Case(
        "little: chance", lambda s: (network("8-8:tanh-4:softmax"), Adam(0.003), random_labels(s), {}), "learned_little"
    ),
    Case(
        "little: too narrow",
        lambda s: (network("2-1:tanh-2:softmax"), Adam(0.01), held("xor", s, n=600), {}),
        "learned_little",
    ),
)


def unequal(seed: int) -> Dataset:
    """Moons of which one is four times as rich as the other."""
    data = moons(seed, n=1000)

    def part(split: Split) -> Split:
        keep = (split.y == 0) | (np.arange(len(split)) % 4 == 0)
        return Split(split.x[keep], split.y[keep])

    assert data.validation is not None
    return Dataset("unequal", part(data.train), part(data.validation), None, data.classes)
