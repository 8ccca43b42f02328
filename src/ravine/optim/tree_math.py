"""Arithmetic on parameter trees: one fused expression per leaf, several results at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, Number, Tree

__all__ = ["counter", "dtype_of", "filled", "leafwise", "quotient"]


def leafwise(results: int, function: Callable[..., tuple[Any, ...]], *trees: Tree) -> tuple[Tree, ...]:
    """Apply *function* to the leaves that stand at the same place, and gather its *results* values in as many trees.

    No example: used by the rules, `jax.tree.map` with several results.
    """
    leaves: list[Any]
    structure: Any
    leaves, structure = jax.tree.flatten(trees[0])
    others = [structure.flatten_up_to(tree) for tree in trees[1:]]
    rows = [function(*row) for row in zip(leaves, *others, strict=True)]
    return tuple(structure.unflatten([row[column] for row in rows]) for column in range(results))


def quotient(numerator: Any, denominator: Any) -> Array:
    """Divide, and give 0 where the denominator is 0: a coordinate that never had a gradient does not move.

    >>> quotient(jnp.array([1.0, 0.0]), jnp.array([2.0, 0.0]))
    Array([0.5, 0. ], dtype=float32)
    """
    idle = denominator == 0
    return jnp.where(idle, 0, numerator / jnp.where(idle, 1, denominator))


def dtype_of(tree: Tree) -> Any:
    """The dtype of the first leaf (all leaves of a parameter tree share one), float32 for an empty tree.

    >>> dtype_of({"w": np.zeros(2, np.float32)})
    dtype('float32')
    """
    leaves = jax.tree.leaves(tree)
    return leaves[0].dtype if leaves else np.dtype(np.float32)


def filled(tree: Tree, value: Number = 0.0) -> Tree:
    """A tree like *tree* with every entry *value*.

    Outside of a compiled function NumPy makes it: starting a run compiles nothing.

    >>> filled({"w": np.ones(2, np.float32)})
    {'w': array([0., 0.], dtype=float32)}
    """

    def leaf(x: Any) -> Any:
        if isinstance(x, jax.core.Tracer) or isinstance(value, jax.Array):
            return jnp.full_like(x, value)
        return np.full(x.shape, value, x.dtype)

    return jax.tree.map(leaf, tree)


def counter() -> Any:
    """Zero updates so far, as int32.

    >>> counter()
    array(0, dtype=int32)
    """
    return np.zeros((), np.int32)
