"""Settings under the names of ``keras.config``."""

from __future__ import annotations

from typing import Any

from ravine.keras.settings import backend, epsilon, floatx, image_data_format, set_epsilon, set_floatx
from ravine.keras.unsupported import missing

__all__ = ["backend", "epsilon", "floatx", "image_data_format", "set_epsilon", "set_floatx"]


def __getattr__(name: str) -> Any:
    return missing(__name__, name)
