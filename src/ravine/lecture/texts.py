"""The lecture's running text: a file per language and chapter, cut into named sections."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["sections"]


def sections(language: str, chapter: str) -> dict[str, str]:
    """The sections of a chapter's text: a file per language and chapter, cut at lines ``## name``.

    >>> sorted(sections("en", "activations")) == sorted(sections("pl", "activations"))
    True
    """
    return dict(_read(language, chapter))


@cache
def _read(language: str, chapter: str) -> Mapping[str, str]:
    file = resources.files("ravine.lecture") / "texts" / language / f"{chapter}.md"
    parts = re.split(r"^## +([a-z0-9-]+)\s*$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return MappingProxyType({name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)})
