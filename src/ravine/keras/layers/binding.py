"""Which arrays a layer computes with: its own, or those of the compiled program that it is part of."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ravine.nn import Context

__all__ = ["Binding", "bound", "in_force"]

APART = 4096
"""Layers inside a layer draw their randomness as if they stood so many places further on."""


@dataclass
class Binding:
    """The arrays, by layer and name, and the circumstances of one pass through a layer of the user's own.

    No example: made by `bound`.
    """

    values: dict[tuple[int, str], Any]
    context: Context
    is_trial: bool = False
    """Whether the pass only finds shapes: what it assigns is forgotten."""
    count: int = 0
    masks: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """Arrays that cannot carry their mask, which are kept so that no other takes their place, and the masks."""

    def inner(self, mask: Any) -> Context:
        """The circumstances of the next layer inside."""
        self.count += 1
        return replace(self.context, layer=self.context.layer + APART * self.count, mask=mask)


_binding: contextvars.ContextVar[Binding | None] = contextvars.ContextVar("binding", default=None)


def in_force() -> Binding | None:
    """The binding of the pass under way, or None.

    >>> in_force() is None
    True
    """
    return _binding.get()


@contextlib.contextmanager
def bound(layer: Any, values: dict[str, Any], context: Context, *, is_trial: bool = False) -> Iterator[Binding]:
    """Let *layer*, and the layers inside it, compute with *values*, arrays by name.

    >>> with bound(None, {}, Context()) as binding:
    ...     in_force() is binding
    True
    """
    made = Binding({(id(layer), name): value for name, value in values.items()}, context, is_trial)
    token = _binding.set(made)
    try:
        yield made
    finally:
        _binding.reset(token)
