"""Masks that travel with arrays from layer to layer, where layers are called one by one."""

from __future__ import annotations

from typing import Any

from ravine.keras.layers.binding import in_force

__all__ = ["mark", "mask_of"]


def mark(x: Any, mask: Any) -> Any:
    """Return *x*, an array or a tuple whose first array is meant, with *mask* on it; None takes no mask away.

    Arrays of JAX take attributes; those inside a compiled program may not, and the pass under way remembers theirs.

    >>> import jax.numpy as jnp
    >>> mask_of(mark(jnp.zeros((1, 2, 3)), jnp.array([[True, False]]))).tolist()
    [[True, False]]
    """
    first = x[0] if isinstance(x, tuple | list) else x
    if mask is not None:
        try:
            first._keras_mask = mask
        except AttributeError:
            binding = in_force()
            if binding is not None:
                binding.masks[id(first)] = (first, mask)
    return x


def mask_of(x: Any) -> Any:
    """The mask that travels with *x*, or None.

    >>> mask_of(3) is None
    True
    """
    found = getattr(x, "_keras_mask", None)
    binding = in_force()
    if found is None and binding is not None and id(x) in binding.masks:
        found = binding.masks[id(x)][1]
    return found
