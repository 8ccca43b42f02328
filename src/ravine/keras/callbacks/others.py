"""Callbacks that schedule, stop, and write down."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.keras.callbacks.base import Callback, Logs
from ravine.keras.progress import Progbar, bar

__all__ = ["CSVLogger", "LearningRateScheduler", "ProgbarLogger", "TensorBoard", "TerminateOnNaN"]


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch: *schedule* is a function of (epoch, rate), or of the epoch alone.

    >>> LearningRateScheduler(lambda epoch, rate: rate * 0.9).verbose
    0
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = float(self.model.optimizer.learning_rate)
        try:
            new = self.schedule(epoch, rate)
        except TypeError:  # Keras 2 passes the epoch alone.
            new = self.schedule(epoch)
        if not np.isscalar(new) and np.ndim(new) != 0:
            raise RavineError(f"LearningRateScheduler: the schedule must give a number, got {new!r}")
        self.model.optimizer.learning_rate = float(new)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(new)}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class TerminateOnNaN(Callback):
    """Stop when a loss is not finite; with *raise_error*, by a RuntimeError, after which no callback is told the end.

    >>> TerminateOnNaN().raise_error
    False
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_losses(self, first: int, losses: Any) -> None:
        bad = ~np.isfinite(np.asarray(losses))
        if not bad.any():
            return
        batch = first + int(np.argmax(bad))
        if self.raise_error:
            raise RuntimeError(
                f"TerminateOnNaN: the loss of batch {batch} is {np.asarray(losses)[bad][0]}: "
                "lower the learning rate or clip the gradient"
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True


class CSVLogger(Callback):
    """Write each epoch's values as a line of the file *filename*.

    >>> CSVLogger("log.csv").sep
    ','
    """

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = Path(filename), separator, append
        self._file: Any = None
        self._keys: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._header = not (self.append and self.filename.exists() and self.filename.stat().st_size)
        self._file = self.filename.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._keys = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        writer = csv.writer(self._file, delimiter=self.sep)
        if not self._keys:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in self._keys):
                self._keys += [f"val_{key}" for key in self._keys]
            if self._header:
                writer.writerow(["epoch", *self._keys])
        row = [logs.get(key, "NA") for key in self._keys]
        writer.writerow([epoch, *(f"[{', '.join(map(str, cell))}]" if np.ndim(cell) else cell for cell in row)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._file.close()


class TensorBoard(Callback):
    """Write each epoch's values for TensorBoard into *log_dir*; needs the package tensorboardX.

    With *update_freq* "batch", or a number of steps, the running values are written too.

    No example: it needs the package tensorboardX.
    """

    def __init__(
        self,
        log_dir: str | Path = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        given: dict[str, Any] = {"write_images": write_images, "write_steps_per_second": write_steps_per_second}
        given |= {"profile_batch": profile_batch, "embeddings_freq": embeddings_freq}
        for name, value in given.items():
            if value:
                raise RavineError(f"TensorBoard: {name}={value!r} is not supported: leave it out")
        try:
            from tensorboardX import SummaryWriter
        except ImportError as cause:
            raise RavineError("TensorBoard: the package tensorboardX is missing: pip install tensorboardX") from cause
        self._writer = SummaryWriter
        self.log_dir, self.histogram_freq, self.update_freq = Path(log_dir), histogram_freq, update_freq
        self._writers: dict[str, Any] = {}
        self._step = 0

    @property
    def wants_steps(self) -> bool:
        """Whether it must be called at every step."""
        return self.update_freq != "epoch"

    def _into(self, part: str) -> Any:
        if part not in self._writers:
            self._writers[part] = self._writer(str(self.log_dir / part))
        return self._writers[part]

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        every = 1 if self.update_freq == "batch" else self.update_freq
        if isinstance(every, int) and self._step % every == 0:
            for name, value in (logs or {}).items():
                self._into("train").add_scalar(f"batch_{name}", float(np.mean(value)), self._step)
        self._step += 1

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "train"
            self._into(part).add_scalar(f"epoch_{name.removeprefix('val_')}", float(np.mean(value)), epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._into("train").add_histogram(weight.path, weight.numpy(), epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


class ProgbarLogger(Callback):
    """The lines that `fit` prints: a bar per epoch with *verbose* 1, one line with 2.

    >>> ProgbarLogger().verbose
    1
    """

    def __init__(self, verbose: int = 1) -> None:
        super().__init__()
        self.verbose = verbose
        self.bar: Progbar | None = None

    @property
    def wants_steps(self) -> bool:
        """The bar is moved by `show` after each chunk of steps."""
        return False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        epochs = self.params.get("epochs", 1)
        if epochs > 1:
            print(f"Epoch {epoch + 1}/{epochs}", flush=True)
        self.bar = bar(self.params.get("steps"), self.verbose)

    def show(self, step: int, logs: Logs) -> None:
        """Move the bar to *step*."""
        if self.bar is not None:
            self.bar.update(step, logs.items(), finalize=False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.bar is not None:
            seen = self.bar.target or self.bar.seen
            self.bar.update(seen if math.isfinite(seen) else 0, (logs or {}).items(), finalize=True)
