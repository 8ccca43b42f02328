"""What may be done between chunks and epochs: watch, write down, stop."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ravine.core import RavineError, check_count, nearest
from ravine.nn import Variables
from ravine.train.engine.callback import Callback
from ravine.train.engine.loop import Loop
from ravine.train.files.arrays import flattened, unflattened

__all__ = ["CSVLog", "Callback", "EarlyStopping", "OnEpoch", "ProgressBar", "TensorBoard"]


class OnEpoch(Callback):
    """Call *function* with the loop after each epoch.

    >>> OnEpoch(lambda loop: loop.stop("enough")).every_epoch
    True
    """

    def __init__(self, function: Callable[[Loop], None]) -> None:
        self.function = function

    def epoch(self, loop: Loop) -> None:
        self.function(loop)


def monitored(loop: Loop, quantity: str) -> float | None:
    """The latest value of *quantity*, None before it first exists."""
    last = loop.history.last
    if quantity not in last:
        if loop.epoch == 0:
            return None
        raise RavineError(f"no quantity {quantity!r} per epoch: {nearest(quantity, last)}")
    return float(last[quantity])


class EarlyStopping(Callback):
    """Stop when *quantity* has not improved by *least* for *patience* epochs; then go back to the best weights.

    *rising* None asks the metric which way is good (see `ravine.train.rises`). An epoch whose value is NaN is never the
    best.

    >>> EarlyStopping("validation_loss", patience=3).patience
    3
    """

    def __init__(
        self,
        quantity: str = "validation_loss",
        patience: int = 5,
        least: float = 0.0,
        rising: bool | None = None,
        restore_best: bool = True,
    ) -> None:
        check_count("EarlyStopping", "patience", patience)
        self.quantity, self.patience, self.least, self.restore_best = quantity, patience, least, restore_best
        self.rising = rising
        self.best, self.wait = -np.inf, 0
        self.weights: Variables | None = None
        self._kept: dict[str, np.ndarray] | None = None

    def begin(self, loop: Loop) -> None:
        self._sign = 1.0 if (loop.history.rises(self.quantity) if self.rising is None else self.rising) else -1.0
        if self._kept is None:
            self.best, self.wait, self.weights = -np.inf, 0, None
            return
        self.best, self.wait = float(self._kept["best"]), int(self._kept["wait"])
        weights = {name[8:]: array for name, array in self._kept.items() if name.startswith("weights ")}
        self.weights = unflattened(loop.session.variables, weights) if weights else None
        self._kept = None

    def epoch(self, loop: Loop) -> None:
        value = monitored(loop, self.quantity)
        if value is None or loop.epoch == 0:
            return
        signed = self._sign * value
        if signed > self.best + self.least:
            self.best, self.wait = signed, 0
            self.weights = loop.session.variables if self.restore_best else None
        else:
            self.wait += 1
            if self.wait >= self.patience:
                loop.stop(f"{self.quantity} did not improve for {self.patience} epochs")

    def settle(self, loop: Loop) -> None:
        if self.weights is not None and not loop.interrupted:
            loop.session.variables = self.weights

    def save(self) -> dict[str, np.ndarray]:
        weights = {} if self.weights is None else {f"weights {k}": v for k, v in flattened(self.weights).items()}
        return {"best": np.array(self.best), "wait": np.array(self.wait), **weights}

    def restore(self, kept: dict[str, np.ndarray]) -> None:
        self._kept = kept


class CSVLog(Callback):
    """Write the epochs' values to a CSV file, a line each, as they come.

    No example: writes a file; see the tour.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def epoch(self, loop: Loop) -> None:
        columns = loop.history.epochs
        with self.path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))


class TensorBoard(Callback):
    """Write the epochs' values as TensorBoard event files in *folder*; needs the package tensorboardX.

    No example: writes files; see the tour.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise RavineError("TensorBoard: the package tensorboardX is missing: pip install tensorboardX") from error
        self.writer: Any = SummaryWriter(str(folder))

    def epoch(self, loop: Loop) -> None:
        for name, value in loop.history.last.items():
            if name not in ("epoch", "step") and np.ndim(value) == 0:
                self.writer.add_scalar(name, float(value), loop.step)

    def end(self, loop: Loop) -> None:
        self.writer.close()


class ProgressBar(Callback):
    """Show a bar with the latest loss and the time left.

    >>> ProgressBar().every_epoch
    False
    """

    every_epoch = False

    def __init__(self, label: str = "training") -> None:
        self.label = label
        self.bar: Progress | None = None
        self.task = TaskID(0)

    def begin(self, loop: Loop) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[latest]}"),
            TimeRemainingColumn(),
        )
        self.task = self.bar.add_task(self.label, total=loop.total_steps, completed=loop.step, latest="")
        self.bar.start()

    def chunk(self, loop: Loop) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=loop.step, latest=f"loss {loop.latest_loss:.4f}")

    def end(self, loop: Loop) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=loop.step)
            self.bar.stop()
