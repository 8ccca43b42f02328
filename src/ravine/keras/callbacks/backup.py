"""A training that was interrupted goes on where its last whole epoch ended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ravine.core import RavineError
from ravine.keras.callbacks.base import Callback, Logs

__all__ = ["BackupAndRestore"]


class BackupAndRestore(Callback):
    """Keep weights and the optimizer's state in *backup_dir* after every epoch, and take them up when `fit` begins.

    With *double_checkpoint* the epoch before is kept, too, and taken where the last file is damaged. After a training
    that came to its end the files go, and the folder if nothing else is in it, unless *delete_checkpoint* is False.
    Each file is whole or not there, and bears the number of epochs that are done.

    >>> BackupAndRestore("backup").save_freq
    'epoch'
    """

    def __init__(
        self,
        backup_dir: str | Path,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir or not str(backup_dir):
            raise RavineError(f"BackupAndRestore: backup_dir is {backup_dir!r}: name a folder")
        if save_freq != "epoch":
            raise RavineError(f"BackupAndRestore: save_freq={save_freq!r} is not supported: use 'epoch'")
        self.backup_dir, self.save_freq = Path(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint

    def kept(self) -> dict[int, Path]:
        """The files by the number of epochs done, the latest first."""
        found = {}
        for path in self.backup_dir.glob("epoch-*.weights.h5"):
            told = re.fullmatch(r"epoch-(\d+)\.weights\.h5", path.name)
            if told:
                found[int(told[1])] = path
        return dict(sorted(found.items(), reverse=True))

    def on_train_begin(self, logs: Logs | None = None) -> None:
        files = list(self.kept().items())
        for place, (done, path) in enumerate(files):
            try:
                self.model.load_weights(path)
            except RavineError:
                if place + 1 == len(files):
                    raise
                continue
            self.model.epochs_done = done
            return

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        self.model.save_weights(self.backup_dir / f"epoch-{epoch + 1}.weights.h5")
        for path in list(self.kept().values())[2 if self.double_checkpoint else 1 :]:
            path.unlink()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint and self.backup_dir.is_dir():
            for path in self.kept().values():
                path.unlink()
            if not any(self.backup_dir.iterdir()):
                self.backup_dir.rmdir()
