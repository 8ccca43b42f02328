"""Figures and findings of an imagined study, made of numbers from formulas: nothing is trained here."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Drawing

from ravine.stats import rank
from ravine.study import DataSizes, Findings, Protocol
from ravine.view import figures

NAN = float("nan")
RULES = ("sgd", "momentum", "adam", "rmsprop")
LEVEL = {"sgd": 0.93, "momentum": 0.962, "adam": 0.965, "rmsprop": 0.95}


def _curves(rng: np.random.Generator, count: int = 9) -> list[figures.Runs]:
    epochs = np.arange(1, 16)
    made = []
    for index, name in enumerate(RULES):
        speed = 1.5 + 1.5 * index
        noise = rng.lognormal(0, 0.12, (count, 1)) * rng.lognormal(0, 0.03, (count, 15))
        y = (0.1 + 2.2 / (1 + epochs / 3 * speed)) * noise
        if name == "sgd":
            y[0, 6:] = NAN
            y[0, 3:6] = [4.0, 90.0, 1e5]
        made.append(figures.Runs(name, epochs, y, names=[f"{name}, {seed}" for seed in range(count)]))
    return made


def mean_curves(language: str) -> Drawing:
    rng = np.random.default_rng(0)
    losses = _curves(rng)
    accuracy = [figures.Runs(runs.label, runs.x, 1 - runs.y / 4, names=runs.names) for runs in losses]
    panels = [figures.Panel("Loss", losses, log=True), figures.Panel("Accuracy", accuracy)]
    return figures.mean_curves(panels, language=language)


def quantile_curves(language: str) -> Drawing:
    panels = [figures.Panel("Loss", _curves(np.random.default_rng(1), 30), log=True)]
    return figures.quantile_curves(panels, columns=1, language=language)


def heat_map(language: str) -> Drawing:
    rates, momenta = np.geomspace(1e-4, 1, 9), [0.0, 0.5, 0.9, 0.95, 0.99]
    z = np.array([[0.97 - 0.02 * (np.log10(rate / (1 - m)) + 0.8) ** 2 for rate in rates] for m in momenta])
    z[-2:, -2:] = NAN
    z[-1, -3] = NAN
    grid = figures.Grid(("learning_rate", "momentum"), rates, momenta, z)
    return figures.heat_map(grid, quantity="Validation accuracy", language=language)


def sensitivity_curve(language: str) -> Drawing:
    rng = np.random.default_rng(2)
    sweeps = []
    for index, name in enumerate(RULES):
        rates = 10 ** np.sort(rng.uniform(-4.5 + 0.5 * (3 - index), 0.3, 14))
        scores = 0.96 - 0.03 * (np.log10(rates) + 1 + index * 0.6) ** 2 / (1 + index / 4) + rng.normal(0, 0.004, 14)
        scores[rates > 10 ** (0.0 - 0.3 * index)] = NAN
        best = int(np.nanargmax(scores))
        room = (rates[best] / 3, rates[best] * 2)
        sweeps.append(figures.Sweep(name, rates, np.maximum(scores, 0.1), rates[best], room))
    return figures.sensitivity_curve(sweeps, quantity="Validation accuracy", language=language)


def best_of_curve(language: str) -> Drawing:
    k = np.arange(1, 17)
    curves = [figures.Curve(name, k, LEVEL[name] - 0.2 / (k + index)) for index, name in enumerate(RULES)]
    return figures.best_of_curve(curves, quantity="Validation accuracy", language=language)


def parallel_coordinates(language: str) -> Drawing:
    rng = np.random.default_rng(3)
    panels = []
    for name, axes in (("momentum", ("learning_rate", "momentum")), ("adam", ("learning_rate", "b1", "b2"))):
        values = np.stack([10 ** rng.uniform(-4, 0, 20), *rng.uniform(0.5, 0.999, (len(axes) - 1, 20))], axis=1)
        score = 0.95 - 0.04 * (np.log10(values[:, 0]) + 2) ** 2
        score[values[:, 0] > 0.4] = NAN
        panels.append(figures.Trials(name, axes, values, score))
    return figures.parallel_coordinates(panels, quantity="score", language=language)


def difference_forest(language: str) -> Drawing:
    rows = [
        figures.Difference("momentum", 0.003, -0.001, 0.0071, False, "p = 0.21"),
        figures.Difference("rmsprop", 0.015, 0.011, 0.019, True, "p = 0.002"),
        figures.Difference("sgd", 0.035, 0.028, 0.043, True, "p = 0.002"),
        figures.Difference("rprop", NAN, NAN, NAN, True, "10/10"),
    ]
    verdict = "No winner" if language == "en" else "Bez zwycięzcy"
    return figures.difference_forest(rows, leader="adam", quantity="Test accuracy", verdict=verdict, language=language)


def profiles(language: str) -> Drawing:
    taus = np.linspace(1, 4, 200)
    shares = [np.floor(np.clip((0.2 + index * 0.1 + (taus - 1) / 3), 0, 1) * 10) / 10 for index in range(4)]
    curves = [figures.Curve(name, taus, share) for name, share in zip(RULES, shares, strict=True)]
    scores = [share.mean() for share in shares]
    return figures.profiles(curves, scores=scores, cost="Steps to the goal", language=language)


FIGURES: dict[str, Callable[[str], Drawing]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        mean_curves,
        quantile_curves,
        heat_map,
        sensitivity_curve,
        best_of_curve,
        parallel_coordinates,
        difference_forest,
        profiles,
    )
}


def findings(*, seeds: int = 10, problems: tuple[str, ...] = ("digits",), lost: bool = True) -> Findings:
    """A study as its author would hand it over: tuning, final runs, default runs, curves."""
    rng = np.random.default_rng(7)
    members, curves, rankings = [], [], []
    for problem in problems:
        final: dict[str, list[float]] = {name: [] for name in RULES}
        shared = rng.normal(0, 0.004, 200)
        for name in RULES:
            for phase, count in (("tune", 12), ("final", seeds), ("default", seeds)):
                for index in range(count):
                    rate = float(10 ** rng.uniform(-4, 0)) if phase == "tune" else 0.03
                    numbers = {"learning_rate": rate}
                    if phase == "tune" and name != "sgd":
                        numbers["momentum"] = float(rng.uniform(0.5, 0.99))
                    setting = json.dumps({} if phase == "default" else numbers)
                    gone = lost and (rate > 0.5 or (phase, name, index) == ("final", "sgd", 3))
                    drop = 0.01 * (np.log10(rate) + 1.5) ** 2 + (0.02 if phase == "default" else 0.0)
                    value = LEVEL[name] - drop + shared[index] + rng.normal(0, 0.003)
                    member = f"{problem}-{name}-{phase}-{index}"
                    if phase == "final":
                        final[name].append(NAN if gone else value)
                    members.append({
                        "phase": phase, "problem": problem, "rival": name, "rule": name, "batch_size": "128",
                        "network": "64-32:relu-10:softmax", "setting": setting, "seed": index, "member": member,
                        "score": None if gone else value, "measure": None if gone or phase == "tune" else value,
                        "diverged_at": 40 if gone else None, "stopped": None, "epoch": 6, "step": 60, "seconds": 0.6,
                    })  # fmt: skip
                    for epoch in range(1, 7):
                        reached = value - 0.5 / (epoch * (1 + RULES.index(name)))
                        bad = gone and epoch > 3
                        curves.append({
                            "phase": phase, "problem": problem, "rival": name, "setting": setting, "seed": index,
                            "member": member, "epoch": epoch, "step": 10 * epoch,
                            "seconds": 0.1 * epoch * (1 + 0.3 * RULES.index(name)),
                            "loss": NAN if bad else 2.3 * (1 - reached), "accuracy": NAN if bad else reached,
                            "validation_loss": NAN if bad else 2.5 * (1 - reached),
                            "validation_accuracy": NAN if bad else reached,
                        })  # fmt: skip
        rankings.append((problem, rank(final)))
    protocol = Protocol(
        (DataSizes("digits", 1150, 288, 359, "4ce56f8ae0ae"),), 6, "epochs", seeds, "validation_accuracy",
        "test_accuracy", dict.fromkeys(RULES, 12), "sobol",
    )  # fmt: skip
    return Findings(
        title="rules", question="Which rule?", quantity="test_accuracy", higher=True, level=0.95,
        rankings=tuple(rankings), members=pl.DataFrame(members), curves=pl.DataFrame(curves), protocol=protocol,
        fingerprint="4ce56f8ae0ae" * 5, goal=("validation_accuracy", 0.9),
    )  # fmt: skip
