"""Compiled functions, and how long they are kept."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakSet, WeakValueDictionary

import jax

__all__ = ["PerStructure", "forget_compiled"]


class PerStructure:
    """*function*, compiled by JAX with *options*, apart for every structure of a tree that it is called with.

    What JAX compiles it keeps, and with it all that a tree's structure holds: a loss written as a ``lambda`` is another
    structure each time it is made, so that one table for all would grow with every model. Here every structure has a
    function of its own: that of the latest ones is kept, any other as long as whoever was given it holds it.

    >>> double = PerStructure(lambda tree: jax.tree.map(lambda leaf: 2 * leaf, tree))
    >>> double.of({"rate": 0.5})({"rate": 0.5})
    {'rate': Array(1., dtype=float32, weak_type=True)}
    >>> double.of({"rate": 0.5}) is double.of({"rate": 0.25}), double.of({"rate": 0.5}) is double.of({"decay": 0.5})
    (True, False)
    """

    KEPT: ClassVar[int] = 32
    """Structures whose function outlives those who use it, so that a repeated run compiles nothing anew."""
    everyone: ClassVar[WeakSet[PerStructure]] = WeakSet()

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self._function, self._options = function, options
        self._made: WeakValueDictionary[Any, Any] = WeakValueDictionary()
        self._latest: OrderedDict[Any, Any] = OrderedDict()
        self.everyone.add(self)

    def of(self, tree: Any) -> Any:
        """The function for trees of the structure of *tree*."""
        structure = jax.tree.structure(tree)
        made = self._made.get(structure)
        if made is None:
            # JAX's tables die with the function that they belong to: each structure needs an object of its own.
            made = self._made[structure] = jax.jit(functools.partial(self._function), **self._options)
        self._latest[structure] = made
        self._latest.move_to_end(structure)
        if len(self._latest) > self.KEPT:
            self._latest.popitem(last=False)
        return made

    def forget(self) -> None:
        """Free the functions that nobody holds."""
        self._latest.clear()


def forget_compiled() -> None:
    """Free the compiled functions that nobody holds, of every `PerStructure`.

    >>> forget_compiled()
    """
    for each in list(PerStructure.everyone):
        each.forget()
