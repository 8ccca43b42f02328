"""scikit-learn's MLPClassifier: Adam (it has no RMSprop), no dropout, one network at a time."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.contenders.table import Trainer
from benchmarks.workloads import Workload

__all__ = ["prepare"]


def prepare(work: Workload, x: np.ndarray, y: np.ndarray) -> Trainer:
    """Build the estimator; a fit calls `partial_fit`, one pass over shuffled batches, once per epoch."""
    batch = min(work.batch, len(x))
    model = MLPClassifier(work.widths[1:-1], activation=work.activation, solver="adam", batch_size=batch, alpha=0.0)
    classes = np.arange(work.widths[-1])

    def fit() -> None:
        for _ in range(work.epochs):
            model.partial_fit(x, y, classes=classes)

    return Trainer(fit, 1)
