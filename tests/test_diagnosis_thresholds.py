"""The thresholds of the diagnosis, each from both sides: just healthy is left in peace, just ailing is named.

The numbers stand here as reports quote them, not as the code has them: a threshold that moves is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ravine.diagnosis import Finding
from ravine.diagnosis.data_problems import overfitting
from ravine.diagnosis.gradient_flow import bad_initialisation, exploding, vanishing
from ravine.diagnosis.learning_rate import rate_too_low, small_batch
from ravine.diagnosis.units import dead, saturated
from ravine.nn import network

Check = Callable[[Any], Iterator[Finding]]
NET = network("2-3:tanh-3:tanh-2:softmax")


def evidence(readings: dict[str, Any] | None = None, first: dict[str, Any] | None = None, **given: Any) -> Any:
    """A case with these readings of the probes, by name, those before the first step, and whatever else is *given*."""
    taken, begun = readings or {}, first or {}
    run = SimpleNamespace(
        network=NET, seed=0, variables=NET.init(0), diverged_at=None,
        plan=SimpleNamespace(batch_size=10, natural_loss=lambda data: "sparse_categorical_crossentropy"),
        history=SimpleNamespace(epochs=given.pop("epochs", {})),
    )  # fmt: skip
    known = {
        "run": run, "kernels": (0, 1), "hidden": (0, 1), "dataset": None, "start": None, "end": None, "unscaled": False,
        "learned_little": False, "batch": 10, "evaluated": None, "losses": np.linspace(1.0, 0.9, 40),
        "label": "layer {}".format, "bounded": lambda place: False, "recorded": lambda name: None,
        "slower": lambda factor=0.1: {"slower": factor},
        "columns": lambda name, places: taken.get(name), "first": lambda name, places: begun.get(name),
    }  # fmt: skip
    return SimpleNamespace(**(known | given))


def gradients(ratio: float) -> dict[str, Any]:
    """Gradients per weight whose first is *ratio* times the second, in five readings; the norms are times root n."""
    sizes = [sum(np.size(leaf) for leaf in NET.init(0).params[place].values()) for place in (0, 1)]
    return {"gradient_norm": np.array([[ratio, 1.0]] * 5) * np.sqrt(sizes)}


def loss_before(times: float) -> dict[str, Any]:
    """A loss before the first step of so many *times* ln 2."""
    return {"dataset": SimpleNamespace(classes=("a", "b")), "start": {"loss": times * np.log(2)}}


def noise(trace: float) -> dict[str, Any]:
    return {"start": {"noise_scale": (0.0, trace, 1.0)}}


def validation(end: float, own: float) -> dict[str, Any]:
    """A validation loss of 0.5 after the second of six epochs and *end* after the last, beside training's *own*."""
    held = np.array([1.0, 0.5, 0.51, 0.52, 0.53, end])
    return {"epochs": {"validation_loss": held, "loss": np.linspace(1.0, own, 6), "epoch": np.arange(6)}}


def outputs(share: float) -> dict[str, Any]:
    return {"readings": {"saturated": np.array([[share, 0.1]] * 8)}, "bounded": lambda place: True}


def silent(share: float) -> dict[str, Any]:
    return {"end": {"dead": np.array([0.0, share])}}


CASES: list[tuple[str, Check, dict[str, Any], dict[str, Any]]] = [
    ("a gradient of a thousandth", vanishing, {"readings": gradients(0.95e-3)}, {"readings": gradients(1.05e-3)}),
    (
        "a gradient of a tenth where nothing is learned",
        vanishing,
        {"readings": gradients(0.095), "learned_little": True},
        {"readings": gradients(0.105), "learned_little": True},
    ),
    ("a gradient a thousandfold", exploding, {"readings": gradients(1050.0)}, {"readings": gradients(950.0)}),
    (
        "a gradient a hundred times the weights",
        exploding,
        {"first": {"gradient_norm": np.array([105.0, 1.0]), "weight_norm": np.ones(2)}},
        {"first": {"gradient_norm": np.array([95.0, 1.0]), "weight_norm": np.ones(2)}},
    ),
    (
        "activations that grow threefold",
        bad_initialisation,
        {"first": {"activation_spread": np.array([1.0, 3.05])}},
        {"first": {"activation_spread": np.array([1.0, 2.95])}},
    ),
    (
        "activations that die to a third",
        bad_initialisation,
        {"first": {"activation_spread": np.array([3.05, 1.0])}},
        {"first": {"activation_spread": np.array([2.95, 1.0])}},
    ),
    ("a first loss thrice that of guessing", bad_initialisation, loss_before(3.05), loss_before(2.95)),
    (
        "steps of a ten-thousandth",
        rate_too_low,
        {"readings": {"update_ratio": np.full((9, 2), 0.95e-4)}},
        {"readings": {"update_ratio": np.full((9, 2), 1.05e-4)}},
    ),
    (
        "half of the way left",
        rate_too_low,
        {"readings": {"update_ratio": np.full((9, 2), 1e-5)}, "losses": np.linspace(1.0, 0.52, 40)},
        {"readings": {"update_ratio": np.full((9, 2), 1e-5)}, "losses": np.linspace(1.0, 0.48, 40)},
    ),
    # 20 batches of 10: t / (1 + t / 1000), for the doubt of so many readings, is 200 at t = 250.
    ("noise of twenty batches", small_batch, noise(252.0), noise(248.0)),
    ("a rise of a tenth", overfitting, validation(0.555, 0.1), validation(0.545, 0.1)),
    ("half as much again as in training", overfitting, validation(0.6, 0.39), validation(0.6, 0.41)),
    ("half of the units dead", dead, silent(0.52), silent(0.48)),
    ("half of the outputs at their bounds", saturated, outputs(0.52), outputs(0.48)),
]


@pytest.mark.parametrize(("check", "ailing", "healthy"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_both_sides_of_a_threshold(check: Check, ailing: dict[str, Any], healthy: dict[str, Any]) -> None:
    assert len(list(check(evidence(**ailing)))) == 1
    assert list(check(evidence(**healthy))) == []


def test_units_that_began_dead_are_not_the_rate_s_doing() -> None:
    """From a quarter at the start on the activation is blamed, below it the rate."""
    for begun, expected in ((0.27, {"activation": "leaky_relu"}), (0.23, {"slower": 0.1})):
        (found,) = dead(evidence(first={"dead": np.array([0.0, begun])}, **silent(0.6)))
        assert found.changes == expected


def test_units_that_began_saturated_are_the_weights_doing() -> None:
    for begun, expected in ((0.52, {"kernel_initializer": "glorot_uniform"}), (0.48, {"slower": 0.1})):
        (found,) = saturated(evidence(first={"saturated": np.array([begun, 0.0])}, **outputs(0.6)))
        assert found.changes == expected


@pytest.mark.parametrize(("share", "severity"), [(0.92, "serious"), (0.88, "mild")])
def test_nine_tenths_dead_is_serious(share: float, severity: str) -> None:
    (found,) = dead(evidence(**silent(share)))
    assert found.severity == severity


@pytest.mark.parametrize(("end", "severity"), [(1.02, "serious"), (0.98, "mild")])
def test_a_doubled_validation_loss_is_serious(end: float, severity: str) -> None:
    (found,) = overfitting(evidence(**validation(end, 0.1)))
    assert found.severity == severity
