"""Troubles of the step's length: a rate too high or too low, a batch too small for its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import N_, Finding
from ravine.diagnosis.units import grown_dead

__all__ = [
    "CHANCE",
    "CLIMBED",
    "FELT",
    "LONG",
    "LOW_UPDATE",
    "NOISY",
    "OVERSHOT",
    "RISEN",
    "STRIDE",
    "WORTH",
    "rate_too_high",
    "rate_too_low",
    "small_batch",
]

CLIMBED = 0.2
"""Share of the loss's fall that was lost again by the end, in medians of tenths of the run: chance takes less back."""

RISEN = 1.1
"""Loss at the end over loss before the first step: a network that has learned nothing at all stays at 1."""

FELT = 0.02
"""Share of the starting loss below which a climb is no trouble, however short the fall before it was."""

CHANCE = 4.0
"""Standard errors by which the end must lie above the least: that is not the chance of single batches."""

WORTH = 0.05
"""Share of the starting loss below which a run is as good as done, and its steps may wander."""

LONG = 0.25
"""First step over weights, in some layer: a quarter of a layer is replaced by a single batch; a hundredth is usual."""

STRIDE = 0.1
"""Median step over weights where steps overshoot: ten of them go as far as the weights are long."""

OVERSHOT = 0.25
"""Median gain of a step over the one promised: on a parabola a step of 1.5 over the curvature; at 2 the loss rises."""

LOW_UPDATE = 1e-4
"""Update over weights in every layer: 10,000 steps to move by one's own length; about 1e-3 is usual."""

TINY = 1e-30

READINGS = 1000.0
"""Examples of the one reading at the start where none was recorded: a signal below 1/1000 of the noise is not seen."""

NOISY = 20.0
"""Noise scale over batch size while the loss was falling: 20 of 21 parts of a step's square are noise."""


def rate_too_high(case: RunEvidence) -> Iterator[Finding]:
    """The run diverged, its steps overshoot, or the loss climbed back or never fell though the weights moved much.

    No example: see `diagnose`.
    """
    advice = N_("Lower the learning rate, to {rate} to begin with.")
    changes = case.slower()
    if not changes:
        advice = N_("Lower the learning rate.")
    numbers = {"rate": changes.get("learning_rate", 0.0)}
    if case.run.diverged_at is not None:
        sentence = N_("The loss was no longer finite at step {step}.")
        numbers["step"] = case.run.diverged_at
        yield Finding("rate_too_high", "serious", "loss", sentence, advice, numbers, changes)
        return
    loss = case.losses
    if not len(loss):
        return
    medians, errors = case.tenths
    lowest = int(np.argmin(medians))
    begin, least, end = float(medians[0]), float(medians[lowest]), float(medians[-1])
    evaluated = case.evaluated
    # The first loss that is smoothed may have the first overshoots in it.
    if end < WORTH * float(loss[0] if evaluated is None else evaluated[0]):
        return
    if evaluated is not None and evaluated[-1] > RISEN * evaluated[0]:
        sentence = N_("The training loss was {begin} before the first step and is {end} at the end.")
        numbers |= {"begin": float(evaluated[0]), "end": float(evaluated[-1])}
        yield Finding("rate_too_high", "serious", "loss", sentence, advice, numbers, changes)
        return
    for sentence, instrument, found in _long_steps(case):
        yield Finding("rate_too_high", "serious", instrument, sentence, advice, numbers | found, changes)
        return
    chance = CHANCE * float(np.hypot(errors[lowest], errors[-1]))
    climbed = end - least > max(CLIMBED * (begin - least), FELT * begin, chance)
    if climbed and evaluated is not None and len(evaluated) > 2:
        # Few steps have tenths of few steps: a climb must show on examples that are always the same, too.
        fall, climb = evaluated[0] - evaluated.min(), evaluated[-1] - evaluated.min()
        climbed = bool(climb > max(CLIMBED * fall, FELT * evaluated[0]))
    if climbed:
        sentence = N_("The training loss fell from {begin} to {least} and climbed back to {end}.")
        numbers |= {"begin": begin, "least": least, "end": end}
        yield Finding("rate_too_high", "serious", "loss", sentence, advice, numbers, changes)


def _long_steps(case: RunEvidence) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What shows that single steps were too long: a sentence, its instrument and its numbers."""
    ratios, gains = case.columns("update_ratio", case.kernels), case.recorded("step_gain")
    if gains is not None and len(gains.steps) >= 4:
        # The first steps of a rule that adapts are no measure of the rest.
        middle = float(np.median(gains.values[1:, 0]))
        if middle < 0:
            sentence = N_(
                "In most readings a step raised the loss of its own batch, where the gradient promised a fall: the "
                "median gain is {gain} of the promised one."
            )
            yield sentence, "step_gain", {"gain": middle}
        length = 0.0 if ratios is None else float(np.median(ratios, axis=0).max())
        if middle < OVERSHOT and length > STRIDE:
            sentence = N_(
                "A step moves weights by {length} of their norm and gains {gain} of what the gradient promised: it "
                "overshoots the minimum of its own batch."
            )
            yield sentence, "step_gain", {"gain": middle, "length": length}
    first = case.first("update_ratio", case.kernels)
    died = grown_dead(case)
    if first is not None and first.max() > LONG and died is not None:
        sentence = N_(
            "The first step moved the weights of layer {first} by {length} times their norm; units of layer {worst} "
            "that have died: {share}%."
        )
        place, share = died
        numbers = {"first": case.label(case.kernels[int(np.argmax(first))]), "length": float(first.max())}
        yield sentence, "update_ratio", {**numbers, "share": 100 * share, "worst": case.label(place)}


def rate_too_low(case: RunEvidence) -> Iterator[Finding]:
    """The loss still falls, most of the way is left, and no layer moves by more than 1/10,000 of itself per step.

    No example: see `diagnose`.
    """
    loss = case.losses
    ratios = case.columns("update_ratio", case.kernels)
    if len(loss) < 8 or ratios is None or case.run.diverged_at is not None:
        return
    begin, end = float(loss[0]), float(loss[-1])
    quarter = len(loss) // 4
    falling = loss[-quarter:].mean() < loss[-2 * quarter : -quarter].mean()
    if case.evaluated is not None and len(case.evaluated) > 2:
        # A fall as slow as this one hides in the scatter of batches, not on examples that are always the same.
        begin, end = float(case.evaluated[0]), float(case.evaluated[-1])
        falling = end < case.evaluated[len(case.evaluated) // 2]
    ratio = float(np.median(ratios, axis=0).max())
    if not (falling and end > begin / 2 and ratio < LOW_UPDATE):
        return
    changes = case.slower(10.0)
    advice = N_("Raise the learning rate, to {rate} to begin with.") if changes else N_("Raise the learning rate.")
    sentence = N_("The loss went from {begin} to {end} and still falls; a step moves weights by {ratio} of their norm.")
    numbers = {"begin": begin, "end": end, "ratio": ratio, "rate": changes.get("learning_rate", 0.0)}
    yield Finding("rate_too_low", "serious", "update_ratio", sentence, advice, numbers, changes)


def small_batch(case: RunEvidence) -> Iterator[Finding]:
    """While the loss was falling, the gradient's noise scale was far above the batch.

    No example: see `diagnose`.
    """
    if not case.batch or case.run.plan.batch_size == "full" or case.run.diverged_at is not None:
        return
    series = case.recorded("noise_scale")
    if series is not None:
        loss = case.losses
        if not len(loss):
            return
        fallen = loss[0] - 0.9 * (loss[0] - loss.min())
        until = int(np.argmax(loss <= fallen)) if (loss <= fallen).any() else len(loss)
        part = series.values[series.steps <= max(until, series.steps[0])]
        trace, squared = part[:, 1].mean(), part[:, 2].mean()
        # The signal may be larger than it seems in so many readings.
        doubt = 2 * part[:, 2].std() / np.sqrt(len(part))
    elif case.start is not None:
        _, trace, squared = case.start["noise_scale"]
        doubt = trace / READINGS
    else:
        return
    if not (trace > 0 and trace / max(squared + doubt, TINY) >= NOISY * case.batch):
        return
    scale = float(trace / squared) if squared > 0 else float("inf")
    most = len(case.dataset.train) if case.dataset is not None else 8 * case.batch
    larger = int(min(8 * case.batch, max(2, most)))
    sentence = N_(
        "While the loss fell, noise and signal of the gradient were alike at {scale} examples; a batch has {batch}."
    )
    if not np.isfinite(scale):
        sentence = N_(
            "While the loss fell, the gradient of a batch of {batch} examples was noise: no signal could be told."
        )
    advice = N_("Take larger batches, such as {larger}, or a lower rate.")
    numbers = {"scale": scale, "batch": case.batch, "larger": larger}
    yield Finding("batch_too_small", "mild", "noise_scale", sentence, advice, numbers, {"batch_size": larger})
