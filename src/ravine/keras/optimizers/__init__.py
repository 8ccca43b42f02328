"""Optimizers by Keras's names."""

from typing import Any

from ravine.keras.optimizers.rules import *  # noqa: F403
from ravine.keras.optimizers.rules import __all__ as __all__


def __getattr__(name: str) -> Any:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)
