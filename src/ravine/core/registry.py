"""Names for things: one table per kind, with aliases and an error that knows the nearest name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ravine.core.errors import RavineError, nearest

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """A table from name to thing. Names are lower case; '-' and ' ' read as '_'.

    >>> colours = Registry[int]("colour")
    >>> colours.add("red", 1, "crimson")
    1
    >>> colours["crimson"], list(colours)
    (1, ['red'])
    >>> colours["rad"]
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown colour 'rad': did you mean 'red'? Known: red
    >>> del colours["crimson"]
    >>> len(colours)
    0
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}
        self._aliases: dict[str, str] = {}

    @staticmethod
    def _plain(name: str) -> str:
        return name.strip().lower().replace("-", "_").replace(" ", "_")

    def add(self, name: str, thing: T, *aliases: str) -> T:
        """Enter *thing* under *name*, found by *aliases* too, and hand it back."""
        for key in (name, *aliases):
            if self._plain(key) in {*self._things, *self._aliases}:
                raise RavineError(f"{self.kind} {key!r} is registered already: choose another name")
        self._things[self._plain(name)] = thing
        self._aliases.update({self._plain(alias): self._plain(name) for alias in aliases})
        return thing

    def register(self, name: str, *aliases: str) -> Callable[[T], T]:
        """Enter what follows under *name*: ``@REGISTRY.register("relu")``."""
        return lambda thing: self.add(name, thing, *aliases)

    def __getitem__(self, name: str) -> T:
        key = self._plain(name) if isinstance(name, str) else name
        key = self._aliases.get(key, key)
        if key not in self._things:
            raise RavineError(f"unknown {self.kind} {name!r}: {nearest(str(name), self._things)}")
        return self._things[key]

    def arrange(self, place: Callable[[str], int]) -> None:
        """Put the names in the order of their *place*; those of the same place stay as they came."""
        self._things = {name: self._things[name] for name in sorted(self._things, key=place)}

    def __delitem__(self, name: str) -> None:
        """Forget *name* and its aliases: an example or a test takes back what it entered."""
        thing = self[name]
        kept = str(self.name_of(thing))
        del self._things[kept]
        self._aliases = {alias: named for alias, named in self._aliases.items() if named != kept}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._plain(name) in {*self._things, *self._aliases}

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def name_of(self, thing: T) -> str | None:
        """The name under which *thing* stands, or None."""
        return next((name for name, known in self._things.items() if known is thing), None)
