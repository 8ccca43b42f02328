"""The chapters in order."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters import (
    activations,
    camera,
    deep,
    descent,
    layers,
    mlp,
    mnist,
    optimisers,
    vanishing,
)

__all__ = ["CHAPTERS"]

CHAPTERS: tuple[ChapterSpec, ...] = tuple(
    module.PART for module in (activations, vanishing, mnist, mlp, deep, camera, descent, optimisers, layers)
)
"""All chapters of the lecture.

No example: a table.
"""
