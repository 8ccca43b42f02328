"""What is said where a run has learned little and no trouble was found: that, and that the cause is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import N_, Finding
from ravine.diagnosis.neighbours import EXAMPLES, votes_of

__all__ = ["BEHIND", "CERTAIN", "learned_little"]

BEHIND = 0.15
"""Share of held-out answers by which the neighbours' vote must be ahead: less is what more epochs may still bring."""

CERTAIN = 1e-3
"""Probability with which the vote may seem ahead by the scatter of counts."""


def learned_little(case: RunEvidence) -> Iterator[Finding]:
    """The loss is about that of guessing, or the vote of the nearest training examples is far ahead.

    No example: see `diagnose`.
    """
    if case.learned_little:
        sentence = N_("The training loss ended at {end}; the same answer to every example would give {guess}.")
        advice = N_(
            "Look whether inputs and labels belong together and say anything about each other; then try other rates, a "
            "larger network, more epochs."
        )
        numbers = {"end": case.end_loss, "guess": float(case.guess_loss or 0.0)}
        yield Finding("learned_little", "serious", "loss", sentence, advice, numbers)
        return
    yield from _behind_neighbours(case)


def _behind_neighbours(case: RunEvidence) -> Iterator[Finding]:
    data = case.dataset
    if data is None or data.validation is None or data.task != "classification" or data.validation.y.dtype.kind != "i":
        return
    if (votes := votes_of(case, "validation")) is None:
        return
    from scipy.stats import binomtest

    part = data.validation.take(slice(0, EXAMPLES))
    p, y = np.asarray(case.run.predict(part.x)), part.y.reshape(-1)
    if p.ndim != 2 or p.shape[1] < 2 or len(p) != len(y):
        return
    own, vote = p.argmax(axis=1) == y, votes == y
    better, worse = int((vote & ~own).sum()), int((own & ~vote).sum())
    if vote.mean() - own.mean() < BEHIND or binomtest(better, better + worse, 0.5, "greater").pvalue > CERTAIN:
        return
    sentence = N_(
        "Held-out examples answered rightly: by the network {own}%, by a vote of the nearest training examples {vote}%."
    )
    advice = N_("What it misses is in the data: try a larger network, more epochs, another rate, scaled inputs.")
    numbers = {"own": 100 * float(own.mean()), "vote": 100 * float(vote.mean())}
    yield Finding("learned_little", "serious", "predictions", sentence, advice, numbers)
