"""Callbacks by Keras's names."""

from ravine.keras.callbacks.backup import BackupAndRestore
from ravine.keras.callbacks.base import Callback, CallbackList, History, LambdaCallback, listens
from ravine.keras.callbacks.monitors import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from ravine.keras.callbacks.others import CSVLogger, LearningRateScheduler, ProgbarLogger, TensorBoard, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
    "listens",
]


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)
