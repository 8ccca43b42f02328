"""Callbacks that watch one value and act on its progress."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ravine.core import RavineError, check_choice, nearest
from ravine.keras.callbacks.base import Callback, Logs

__all__ = ["EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"]


class _Monitor(Callback):
    """What watches *monitor*; *mode* "auto" asks the metric whether more is better."""

    def __init__(self, monitor: str, mode: str, best: float | None = None, min_delta: float = 0.0) -> None:
        super().__init__()
        check_choice(type(self).__name__, "mode", mode, ("auto", "min", "max"))
        self.monitor, self.mode, self.best, self.min_delta = monitor, mode, best, abs(min_delta)
        self._rises: bool | None = {"auto": None, "min": False, "max": True}[mode]

    def rises(self) -> bool:
        """Whether more is better."""
        if self._rises is None:
            self._rises = self.model.rising(self.monitor.removeprefix("val_"))
        if self._rises is None:
            raise RavineError(
                f"{type(self).__name__}: nothing says whether {self.monitor!r} should rise or fall: "
                "give mode='max' or mode='min'"
            )
        return self._rises

    def improves(self, value: float, best: float | None) -> bool:
        """Whether *value* is better than *best* by min_delta; NaN never is, not even than nothing."""
        if np.any(np.isnan(value)):
            return False
        if best is None:
            return True
        return value - self.min_delta > best if self.rises() else value + self.min_delta < best

    def watched(self, logs: Logs | None) -> Any:
        """The value now. Where there is none in this epoch: None, with a warning; where there can be none, an error."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            known = ", ".join(logs)
            # Validation may be due in other epochs, or have been forgotten: only a name that nothing has is wrong.
            if self.monitor.removeprefix("val_") not in (*self.model.measured_names(), *logs):
                raise RavineError(
                    f"{type(self).__name__}: there is no value {self.monitor!r} to watch: {nearest(self.monitor, logs)}"
                )
            warnings.warn(
                f"{type(self).__name__}: there is no value {self.monitor!r} to watch: available are {known}",
                stacklevel=4,
            )
            return None
        self.rises()  # asks for mode at the end of the first epoch, before anything is decided without it
        return value


class EarlyStopping(_Monitor):
    """Stop when *monitor* has not improved by *min_delta* for *patience* epochs.

    >>> EarlyStopping(patience=3, restore_best_weights=True).monitor
    'val_loss'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.watched(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring the weights of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(_Monitor):
    """Save the model, or its weights, after each epoch or every *save_freq* steps; only the best, if so asked.

    *filepath* ends in .keras, for weights alone in .weights.h5, and may hold fields such as ``{epoch:02d}`` and
    ``{val_loss:.2f}``.

    >>> ModelCheckpoint("best.keras", save_best_only=True).wants_steps
    False
    """

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = str(filepath)
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith(ending):
            what = "save_weights_only=True" if save_weights_only else "the whole model"
            raise RavineError(f"ModelCheckpoint: the file of {what} must end in {ending}, got {self.filepath!r}")
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise RavineError(f"ModelCheckpoint: save_freq must be 'epoch' or a number of steps, got {save_freq!r}")
        self.verbose, self.save_best_only, self.save_weights_only = verbose, save_best_only, save_weights_only
        self.save_freq = save_freq
        self._epoch, self._steps, self._last = 0, 0, -1

    @property
    def wants_steps(self) -> bool:
        """Whether it must be called at every step."""
        return self.save_freq != "epoch"

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._steps += batch - self._last if batch > self._last else batch + 1  # a call may stand for several batches
        self._last = batch
        if isinstance(self.save_freq, int) and self._steps >= self.save_freq:
            self._steps = 0
            self._save(self._epoch, batch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        fields = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            path = Path(self.filepath.format(**fields))
        except KeyError as missing:
            raise RavineError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {missing}, known are {', '.join(fields)}"
            ) from None
        if self.save_best_only:
            value = self.watched(logs)
            if value is not None:
                before = "none" if self.best is None else f"{self.best:.5f}"
                if not self.improves(value, self.best):
                    self._say(epoch, f"{self.monitor} did not improve from {before}")
                    return
                self._say(epoch, f"{self.monitor} improved from {before} to {value:.5f}, saving to {path}")
                self.best = value
        else:
            self._say(epoch, f"saving to {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path, overwrite=True)

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: {text}")


class ReduceLROnPlateau(_Monitor):
    """Multiply the learning rate by *factor* when *monitor* has not improved for *patience* epochs.

    >>> ReduceLROnPlateau(factor=0.5).patience
    10
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1:
            raise RavineError(f"ReduceLROnPlateau: factor must be below 1, got {factor!r}")
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = (
            factor,
            patience,
            verbose,
            cooldown,
            min_lr,
        )
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        rate = float(self.model.optimizer.learning_rate)
        logs["learning_rate"] = rate
        value = self.watched(logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr and math.isfinite(rate):
                new = max(rate * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = new
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
                self.cooldown_counter, self.wait = self.cooldown, 0
