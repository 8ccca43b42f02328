"""The columns of a history as curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ravine.view.figures.curves import learning_curves
from ravine.view.figures.records import Panel, Runs

__all__ = ["history_curves"]

PARTS = {"train_eval": "frozen", "validation": "validation", "test": "test"}
"""The beginning of a column's name, and what the legend calls it."""


def history_curves(epochs: Mapping[str, Any], *, language: str = "en") -> Figure:
    """Draw a panel per quantity of *epochs*, columns as in a history: loss, then each metric, for every part evaluated.

    The running mean over the epoch is called "training", the training part at frozen weights "frozen".

    >>> figure = history_curves({"epoch": [0, 1], "loss": [float("nan"), 0.5], "validation_loss": [1.0, 0.6]})
    >>> [axes.get_title("left") for axes in figure.axes]
    ['loss']
    """
    skipped = {"epoch", "step", "seconds"}
    bare = [name for name in epochs if name not in skipped and not name.startswith(tuple(f"{part}_" for part in PARTS))]
    parted = [name.removeprefix(f"{part}_") for name in epochs for part in PARTS if name.startswith(f"{part}_")]
    panels = []
    for quantity in dict.fromkeys(["loss", *bare, *parted]):
        columns = (("training", quantity), *((label, f"{part}_{quantity}") for part, label in PARTS.items()))
        runs = []
        for colour, (label, column) in enumerate(columns):
            values = np.asarray(epochs.get(column, ()), float)
            there = np.flatnonzero(~np.isnan(values))
            if len(there):
                runs.append(Runs(label, np.asarray(epochs["epoch"])[there], values[there], colour=colour))
        if runs:
            panels.append(Panel(quantity, runs))
    return learning_curves(panels, language=language)
