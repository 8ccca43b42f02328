"""Troubles with examples: learned by heart, or labelled wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import N_, Finding
from ravine.diagnosis.neighbours import EXAMPLES, votes_of

__all__ = ["CHANCE", "CONTRADICTED", "FEWEST", "FLAT", "GAP", "RISE", "SCATTER", "label_noise", "overfitting"]

RISE = 1.1
"""Validation loss at the end over its least value: a tenth is more than the wandering of a settled run."""

GAP = 1.5
"""Validation loss over training loss at the end: without it the two rise together, which is no overfitting."""

CONTRADICTED = 0.05
"""Share of examples whose label the network contradicts: clean data have some, where classes overlap."""

FEWEST = 10
"""Contradicted examples below which the share is too uncertain to speak of."""

FLAT = 0.5
"""Share of wrong answers where the network is surest, over their share everywhere, which overlap stays well below.

Classes that overlap are told apart well away from where they meet: of two normal clouds 1.5 deviations apart, 23 % lie
on the wrong side, and 8 % of the third of each side that is farthest out. Labels drawn wrongly are as frequent there
as anywhere.
"""

CHANCE = 1e-3
"""Probability that as many more suspect labels in the training part are the scatter of counts."""

SCATTER = 0.03
"""The same of wrong answers where the network is sure. Overlap alone lies far below `FLAT`, and so is called wrong
labels more rarely still: the least probability of 48 runs on classes that overlap was 0.2.
"""

SURE = 3
"""The surest third of the examples answered alike."""


def overfitting(case: RunEvidence) -> Iterator[Finding]:
    """The validation loss has been rising, the training loss has not.

    No example: see `diagnose`.
    """
    columns = case.run.history.epochs
    if "validation_loss" not in columns or case.run.diverged_at is not None:
        return
    held = columns["validation_loss"]
    own = columns.get("train_eval_loss", columns["loss"])
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


def label_noise(case: RunEvidence) -> Iterator[Finding]:
    """Labels that the network and the neighbours of their examples contradict, where overlap does not explain them.

    Either they are as frequent where the network is sure as elsewhere (wrong labels in every part), or the training
    part has more of them than the held-out one, although it was trained on (wrong labels there alone).

    No example: see `diagnose`.
    """
    data, run = case.dataset, case.run
    if data is None or run.diverged_at is not None or data.train.y.dtype.kind != "i":
        return
    train, held = _judged(case, "train"), _judged(case, "validation")
    judged = held or train
    # A network that has learned little contradicts out of ignorance.
    if train is None or judged is None or judged.accuracy < judged.chance + (1 - judged.chance) / 2:
        return
    if held is not None and _more(train, held):
        part, sentence = train, N_(
            "The network contradicts {count} of {of} training labels with confidence, far more than held-out ones: "
            "about {share}% may be wrong. The estimate counts examples that are truly ambiguous, and misses labels "
            "learned by heart."
        )  # fmt: skip
    elif _flat(case, train, held):
        part, sentence = judged, N_(
            "The network contradicts {count} of {of} labels with confidence: about {share}% may be wrong. The "
            "estimate counts examples that are truly ambiguous, and misses labels learned by heart."
        )  # fmt: skip
    else:
        return
    count, of = int(part.suspect.sum()), len(part.suspect)
    numbers = {"count": count, "of": of, "share": 100 * count / of}
    advice = N_("Look at these examples, mend or leave out wrong labels; label smoothing makes the rest do less harm.")
    yield Finding("label_noise", "mild", "predictions", sentence, advice, numbers)


@dataclass(frozen=True)
class _Judged:
    """A part's labels judged: which the network answers otherwise, and which of those are suspected to be wrong."""

    answer: np.ndarray
    confidence: np.ndarray
    wrong: np.ndarray
    suspect: np.ndarray
    accuracy: float
    chance: float

    @property
    def sure(self) -> np.ndarray:
        """The surest third of the examples of each answer."""
        chosen = np.zeros(len(self.answer), bool)
        for each in np.unique(self.answer):
            places = np.flatnonzero(self.answer == each)
            order = places[np.argsort(-self.confidence[places], kind="stable")]
            chosen[order[: len(order) // SURE]] = True
        return chosen


def _judged(case: RunEvidence, name: str) -> _Judged | None:
    """The part of that *name* judged; None where it is missing or no class is predicted for each example."""
    assert case.dataset is not None
    part, votes = getattr(case.dataset, name), votes_of(case, name)
    if part is None or not len(part):
        return None
    part = part.take(slice(0, EXAMPLES))
    p, y = np.asarray(case.run.predict(part.x), np.float64), part.y.reshape(-1)
    if p.ndim != 2 or p.shape[1] < 2 or len(p) != len(y) or not np.isfinite(p).all():
        return None
    # What the network does not know, the neighbours do: where they bear the label out, it is the network that errs.
    alone = np.ones(len(y), bool) if votes is None else votes != y
    answer = p.argmax(axis=1)
    return _Judged(
        answer,
        p.max(axis=1),
        (answer != y) & alone,
        contradicted(p, y) & alone,
        float((answer == y).mean()),
        float(np.bincount(y, minlength=p.shape[1]).max() / len(y)),
    )


def _more(train: _Judged, held: _Judged) -> bool:
    """Whether more of the training labels are suspect than of the held-out ones (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    counts = np.array([(part.suspect.sum(), (~part.suspect).sum()) for part in (train, held)])
    if counts[0, 0] < FEWEST or train.suspect.mean() - held.suspect.mean() < CONTRADICTED:
        return False
    return bool(fisher_exact(counts, alternative="greater").pvalue < CHANCE)


def _flat(case: RunEvidence, train: _Judged, held: _Judged | None) -> bool:
    """Whether wrong answers are about as frequent where the network is sure as everywhere (binomial test)."""
    from scipy.stats import binomtest

    # Labels learned by heart say nothing; held-out ones cannot have been.
    parts = [each for each in (held, train) if each is not None and not (each is train and _by_heart(train, held))]
    wrong, sure = (np.concatenate([getattr(each, name) for each in parts]) for name in ("wrong", "sure"))
    share = float(wrong.mean())
    if share < CONTRADICTED or wrong.sum() < FEWEST or not sure.any():
        return False
    return bool(binomtest(int(wrong[sure].sum()), int(sure.sum()), FLAT * share, "greater").pvalue < SCATTER)


def _by_heart(train: _Judged, held: _Judged | None) -> bool:
    return held is not None and train.wrong.mean() < 0.75 * held.wrong.mean()
