"""A run as a file."""

from __future__ import annotations

from typing import Any

__all__ = ["KINDS", "export"]

KINDS = {"json": "application/json"}
"""Media types by suffix."""


def export(run: Any, kind: str, lane: int, language: str) -> bytes:
    """The content.

    No example: soon.
    """
    return b"{}"
