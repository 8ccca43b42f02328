"""Where `ravine.study.ray.RayRunner` was in the last version."""

from __future__ import annotations

from typing import Any

from ravine.core import find_moved

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    return find_moved(__name__, name, {"RayRunner": "ravine.study.ray"})
