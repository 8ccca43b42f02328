"""Troubles of the way through the layers: at the start, and of the gradient on its way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import N_, Finding

__all__ = [
    "EXPLODED",
    "FAINT",
    "GROWTH",
    "START_LOSS",
    "VANISHED",
    "WHOLE",
    "bad_initialisation",
    "exploding",
    "vanishing",
]

VANISHED = 1e-3
"""A layer whose weights feel a thousandth of the last layer's gradient needs a thousand of its steps for one."""

FAINT = 1e-1
"""The same where nothing is learned at all: what would only slow another run down then is the likeliest cause."""

EXPLODED = 1e3
"""The same, turned round: at the rate that suits the last layer this one leaves all bounds."""

WHOLE = 100.0
"""A gradient 100 times as long as the weights: a plain step at the modest rate 0.01 replaces them all."""

GROWTH = 3.0
"""Growth of activations from layer to layer: ten layers of it, either way, make 60,000; Glorot and He aim at 1."""

START_LOSS = 3.0
"""Loss before training over that of guessing all classes alike, ln K: well-started networks begin near 1."""


def rms_gradients(case: RunEvidence) -> np.ndarray | None:
    """The root mean square gradient per weight, (samples, layers with a kernel)."""
    norms = case.columns("gradient_norm", case.kernels)
    if norms is None:
        return None
    sizes = [sum(np.size(leaf) for leaf in case.run.variables.params[i].values()) for i in case.kernels]
    return norms / np.sqrt(sizes)


def _initialiser(case: RunEvidence) -> str:
    """He's rule for a rectifier, Glorot's for what is bounded."""
    return "glorot_uniform" if case.hidden and all(case.bounded(i) for i in case.hidden) else "he_uniform"


def _better_flow(case: RunEvidence) -> dict[str, Any]:
    return {"activation": "relu", "kernel_initializer": "he_uniform"} if case.hidden else {}


def vanishing(case: RunEvidence) -> Iterator[Finding]:
    """The gradient of some layer is a thousandth of that of the last, in most readings; a tenth if nothing is learned.

    No example: see `diagnose`.
    """
    if len(case.kernels) < 2 or (rms := rms_gradients(case)) is None:
        return
    rms = rms[rms[:, -1] > 0]
    if not len(rms):
        return
    ratios = np.sort(rms[:, :-1] / rms[:, -1:], axis=0)[len(rms) // 2]
    place = int(np.argmin(ratios))
    ratio = float(ratios[place])
    if not 0 < ratio < (FAINT if case.learned_little else VANISHED):
        return
    yield Finding(
        "vanishing_gradient",
        "serious",
        "gradient_norm",
        N_("The gradient per weight in layer {first} is {ratio} times that in layer {last}: {per} times per layer."),
        N_("Take an activation that does not flatten the gradient, such as ReLU with He's initialisation."),
        {
            "first": case.label(case.kernels[place]),
            "last": case.label(case.kernels[-1]),
            "ratio": ratio,
            "per": ratio ** (1 / (len(case.kernels) - 1 - place)),
        },
        _better_flow(case),
    )


def exploding(case: RunEvidence) -> Iterator[Finding]:
    """The gradient grows on its way back a thousandfold, or is a hundred times as long as the weights at the start.

    No example: see `diagnose`.
    """
    rms = rms_gradients(case)
    calmer = {"kernel_initializer": _initialiser(case)} if case.hidden else case.slower()
    advice = N_("Start with smaller weights (Glorot, He), scale the inputs and targets, or clip the gradient.")
    if rms is not None and len(case.kernels) > 1 and (rms[:, -1] > 0).any():
        rms = rms[rms[:, -1] > 0]
        ratios = np.sort(rms[:, :-1] / rms[:, -1:], axis=0)[(len(rms) - 1) // 2]
        place = int(np.argmax(ratios))
        if ratios[place] > EXPLODED:
            sentence = N_("The gradient per weight in layer {first} is {ratio} times that in layer {last}.")
            places = {"first": case.label(case.kernels[place]), "last": case.label(case.kernels[-1])}
            numbers = {**places, "ratio": float(ratios[place])}
            yield Finding("exploding_gradient", "serious", "gradient_norm", sentence, advice, numbers, calmer)
            return
    gradient, weight = case.first("gradient_norm", case.kernels), case.first("weight_norm", case.kernels)
    if gradient is None or weight is None or not len(gradient):
        return
    shares = np.where(weight > 0, gradient / np.where(weight > 0, weight, 1), 0)
    place = int(np.argmax(shares))
    if shares[place] > WHOLE:
        numbers = {"first": case.label(case.kernels[place]), "share": float(shares[place])}
        sentence = N_("Before the first step the gradient of layer {first} is {share} times as long as its weights.")
        yield Finding("exploding_gradient", "serious", "gradient_norm", sentence, advice, numbers, calmer)


def bad_initialisation(case: RunEvidence) -> Iterator[Finding]:
    """Units that start alike, activations that grow or die away from layer to layer, or a far too sure first guess.

    No example: see `diagnose`.
    """
    advice = N_("Start with weights drawn for the activation: {rule}.")
    rule = _initialiser(case)
    changes = {"kernel_initializer": rule} if case.hidden else {}
    start = case.run.network.init(case.run.seed)
    alike = [i for i in case.kernels[:-1] if np.ptp(start.params[i]["kernel"], axis=-1).max() == 0]
    if alike and case.run.network.shapes[alike[0]][-1] > 1:
        sentence = N_("All units of layer {first} start with the same weights, and so learn the same.")
        numbers: dict[str, Any] = {"first": case.label(alike[0]), "rule": rule}
        yield Finding("bad_initialisation", "serious", "initial weights", sentence, advice, numbers, changes)
        return
    spread = case.first("activation_spread", case.hidden)
    if spread is not None and len(spread) > 1 and spread[0] > 0:
        growth = float((spread[-1] / spread[0]) ** (1 / (len(spread) - 1)))
        if not 1 / GROWTH < growth < GROWTH:
            sentence = N_(
                "Before the first step the spread of activations goes from {begin} in layer {first} to {end} in layer "
                "{last}: {growth} times per layer."
            )
            numbers = {"begin": float(spread[0]), "end": float(spread[-1]), "growth": growth, "rule": rule}
            numbers |= {"first": case.label(case.hidden[0]), "last": case.label(case.hidden[-1])}
            yield Finding("bad_initialisation", "serious", "activation_spread", sentence, advice, numbers, changes)
            return
    yield from _too_sure(case, advice, rule, changes)


def _too_sure(case: RunEvidence, advice: str, rule: str, changes: dict[str, Any]) -> Iterator[Finding]:
    if case.dataset is None or not case.dataset.classes or len(case.dataset.classes) < 2 or case.start is None:
        return
    loss, guess = float(case.start["loss"]), float(np.log(len(case.dataset.classes)))
    if case.run.plan.natural_loss(case.dataset) != "sparse_categorical_crossentropy" or loss < START_LOSS * guess:
        return
    numbers = {"loss": loss, "guess": guess, "rule": rule}
    sentence = N_("Before the first step the loss is {loss}; guessing all classes alike would give {guess}.")
    if case.unscaled:
        advice, changes = N_("Scale the inputs: their spread is far from 1."), {"scale": "standard"}
    yield Finding("bad_initialisation", "mild", "initial loss", sentence, advice, numbers, changes)
