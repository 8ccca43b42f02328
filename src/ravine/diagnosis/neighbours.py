"""What the nearest training examples say: a second opinion that knows nothing of the network."""

from __future__ import annotations

import numpy as np

from ravine.data import Split
from ravine.diagnosis.evidence import RunEvidence

__all__ = ["EXAMPLES", "NEAREST", "votes_of"]

NEAREST = 10
"""Neighbours that vote: enough to outvote a few wrong labels among them, few enough to lie near."""

EXAMPLES = 5_000
"""Examples of a part that are judged, and that are searched: seconds, with images of 784 numbers."""


def votes_of(case: RunEvidence, name: str) -> np.ndarray | None:
    """What the nearest training examples answer for those of a part: a class each, (n,).

    An example does not vote on itself. Inputs are compared column by column on their own scale. None where there are
    no classes, too few examples, or where inputs are symbols, between which there is no distance.

    No example: see `diagnose`.
    """
    if name not in case.votes:
        case.votes[name] = _votes(case, name)
    return case.votes[name]


def _votes(case: RunEvidence, name: str) -> np.ndarray | None:
    from sklearn.neighbors import NearestNeighbors

    data = case.dataset
    part: Split | None = None if data is None else getattr(data, name)
    if data is None or part is None or data.task != "classification":
        return None
    if data.train.x.dtype.kind != "f" or len(data.train) <= 2 * NEAREST:
        return None
    known, asked = (_flat(each.take(slice(0, EXAMPLES)).x) for each in (data.train, part))
    spread = known.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    own = name == "train"
    search = NearestNeighbors(n_neighbors=NEAREST + own).fit(known / scale)
    near = search.kneighbors(asked / scale, return_distance=False)
    if own:
        # Itself is among the nearest, but for copies of it that lie as near: then any one of them is left out.
        itself = near == np.arange(len(near))[:, None]
        itself[~itself.any(axis=1), -1] = True
        near = near[~itself].reshape(len(near), NEAREST)
    y = data.train.y[: len(known)]
    labels = y.reshape(len(y), -1)
    labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0].astype(np.int64)
    counts = np.apply_along_axis(np.bincount, 1, labels[near], minlength=int(labels.max()) + 1)
    return np.asarray(counts.argmax(axis=1))


def _flat(x: np.ndarray) -> np.ndarray:
    return np.asarray(x, np.float64).reshape(len(x), -1)
