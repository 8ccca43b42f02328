"""Guided lessons: a text beside the page, a configuration, a question, and the answer that the page then shows."""

from __future__ import annotations

from typing import Any

__all__ = ["lessons"]


def lessons() -> list[dict[str, Any]]:
    """The lessons in the order of the lecture.

    >>> lessons()
    []
    """
    return []
