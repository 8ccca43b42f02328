"""Frozen dataclasses that JAX sees through: numbers are leaves, everything else is structure.

A number a user may sweep is a *leaf*: it is an argument of the compiled program, so another value compiles
nothing, and a population carries one per member. What selects the program (units, flags, names) is *static*.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, dataclass_transform

import jax
import numpy as np

__all__ = ["Array", "Number", "Tree", "cast", "pytree", "same_structure", "static"]

Array = jax.Array
"""JAX's array, or a tracer that stands for one."""
Number = float | jax.Array | np.ndarray
"""A number that may be swept: a float, or an array with one entry per member of a population."""
Tree = Any
"""A nested structure of arrays."""

C = TypeVar("C", bound=type[Any])


def static(default: Any = dataclasses.MISSING, *, kw_only: bool = False) -> Any:
    """Declare a field that is part of the structure: hashable, compared by value, never traced.

    >>> @pytree
    ... class Scale:
    ...     factor: Number
    ...     axis: int = static(0)
    >>> jax.tree.leaves(Scale(2.0, axis=1))
    [2.0]
    """
    return dataclasses.field(default=default, metadata={"static": True}, kw_only=kw_only)


@dataclass_transform(frozen_default=True, field_specifiers=(static, dataclasses.field))
def pytree(cls: C) -> C:
    """Make *cls* a frozen dataclass registered with JAX; fields declared by `static` are structure.

    Rebuilding from leaves bypasses ``__init__``, so that validation in ``__post_init__`` sees only what people pass.

    >>> @pytree
    ... class Rate:
    ...     value: Number
    >>> jax.tree.map(lambda leaf: leaf * 2, Rate(0.5))
    Rate(value=1.0)
    """
    made = dataclasses.dataclass(frozen=True)(cls)
    fields = dataclasses.fields(made)
    data = [field.name for field in fields if not field.metadata.get("static")]
    meta = [field.name for field in fields if field.metadata.get("static")]

    def flatten(node: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return tuple(getattr(node, name) for name in data), tuple(getattr(node, name) for name in meta)

    def flatten_with_keys(node: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        leaves, structure = flatten(node)
        keys = (jax.tree_util.GetAttrKey(name) for name in data)
        return tuple(zip(keys, leaves, strict=True)), structure

    def unflatten(structure: tuple[Any, ...], leaves: Any) -> Any:
        node = object.__new__(made)
        for name, value in zip((*data, *meta), (*leaves, *structure), strict=True):
            object.__setattr__(node, name, value)
        return node

    jax.tree_util.register_pytree_with_keys(made, flatten_with_keys, unflatten, flatten)
    return made  # type: ignore[return-value]


def cast(tree: Tree, dtype: Any) -> Tree:
    """Turn every numeric leaf of *tree* into an array of *dtype*, so that 0, 0.0 and np.float64(0) compile alike.

    >>> cast({"rate": 1}, np.float32)
    {'rate': array(1., dtype=float32)}
    """

    def leaf(value: Any) -> Any:
        if isinstance(value, jax.Array):
            return value if value.dtype == dtype else value.astype(dtype)
        return np.asarray(value, dtype)

    return jax.tree.map(leaf, tree)


def same_structure(one: Tree, other: Tree) -> bool:
    """Whether two trees differ in their leaves only, so that one compiled program serves both.

    >>> same_structure({"rate": 0.1}, {"rate": 0.2}), same_structure({"rate": 0.1}, {"decay": 0.1})
    (True, False)
    """
    structures: list[Any] = [jax.tree.structure(one), jax.tree.structure(other)]
    return bool(structures[0] == structures[1])
