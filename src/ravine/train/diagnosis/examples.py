"""Troubles with examples: learned by heart, or labelled wrongly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ravine.train.diagnosis.case import Case
from ravine.train.diagnosis.finding import N_, Finding

__all__ = ["CONTRADICTED", "FEWEST", "GAP", "RISE", "label_noise", "overfitting"]

RISE = 1.1
"""Validation loss at the end over its least value: a tenth is more than the wandering of a settled run."""

GAP = 1.5
"""Validation loss over training loss at the end: without it the two rise together, which is no overfitting."""

CONTRADICTED = 0.05
"""Share of examples whose label the network contradicts: clean data have some, where classes overlap."""

FEWEST = 10
"""Contradicted examples below which the share is too uncertain to speak of."""

EXAMPLES = 10_000


def overfitting(case: Case) -> Iterator[Finding]:
    """The validation loss has been rising, the training loss has not.

    No example: see `diagnose`.
    """
    columns = case.run.history.epochs
    if "validation_loss" not in columns or case.run.diverged_at is not None:
        return
    held = columns["validation_loss"]
    own = columns.get("frozen_loss", columns["loss"])
    known = np.isfinite(held) & np.isfinite(own)
    if known.sum() < 4:
        return
    epochs, held, own = columns["epoch"][known], held[known], own[known]
    best = int(np.argmin(held))
    if best == 0 or len(held) - best < 3 or held[-1] < RISE * held[best] or held[-1] < GAP * own[-1]:
        return
    if own[-1] > own[best]:
        return
    numbers = {"least": float(held[best]), "best": int(epochs[best]), "end": float(held[-1]), "own": float(own[-1])}
    sentence = N_(
        "The validation loss was lowest, {least}, after epoch {best} and has risen to {end}; the training loss has "
        "fallen to {own}."
    )
    advice = N_("Stop at epoch {best}; or use dropout, weight decay, a smaller network, more data.")
    severity = "serious" if held[-1] > 2 * held[best] else "mild"
    changes = {"epochs": int(epochs[best])}
    yield Finding("overfitting", severity, "validation_loss", sentence, advice, numbers, changes)  # type: ignore[arg-type]


def contradicted(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which labels *y* (n,) probabilities *p* (n, classes) contradict, by confident learning.

    Example i is contradicted where some class j other than y_i has p_ij >= t_j, the mean probability of class j among
    the examples labelled j, and beats p_i,y_i (Northcutt, Jiang & Chuang 2021). A threshold per class allows for a
    network that is sure of one class and not of another, as one trained on wrong labels rightly is.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]])
    >>> contradicted(p, np.array([0, 0, 1, 1])).tolist()
    [False, False, False, True]
    """
    classes = p.shape[1]
    threshold = np.array([p[y == j, j].mean() if (y == j).any() else np.inf for j in range(classes)])
    sure = np.where(p >= threshold, p, -np.inf)
    sure[np.arange(len(y)), y] = -np.inf
    rival = sure.max(axis=1)
    return np.asarray(rival > p[np.arange(len(y)), y])


def label_noise(case: Case) -> Iterator[Finding]:
    """A network that has converged contradicts more labels than overlapping classes explain.

    No example: see `diagnose`.
    """
    data, run = case.dataset, case.run
    if data is None or run.diverged_at is not None or data.train.y.dtype.kind != "i":
        return
    # Held-out examples cannot have been learned by heart.
    part = (data.validation or data.train).take(slice(0, EXAMPLES))
    p, y = np.asarray(run.predict(part.x), np.float64), part.y.reshape(-1)
    if p.ndim != 2 or p.shape[1] < 2 or len(p) != len(y) or not np.isfinite(p).all():
        return
    accuracy = float((p.argmax(axis=1) == y).mean())
    chance = float(np.bincount(y, minlength=p.shape[1]).max() / len(y))
    # A network that has learned little contradicts out of ignorance.
    if accuracy < chance + (1 - chance) / 2:
        return
    wrong = contradicted(p, y)
    if wrong.mean() < CONTRADICTED or wrong.sum() < FEWEST:
        return
    numbers = {"count": int(wrong.sum()), "of": len(y), "share": 100 * float(wrong.mean())}
    sentence = N_(
        "The network contradicts {count} of {of} labels with confidence: about {share}% may be wrong. The "
        "estimate counts examples that are truly ambiguous, and misses labels learned by heart."
    )
    advice = N_("Look at these examples, mend or leave out wrong labels; label smoothing makes the rest do less harm.")
    yield Finding("label_noise", "mild", "predictions", sentence, advice, numbers)
