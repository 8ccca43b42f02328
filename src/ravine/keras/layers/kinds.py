"""Layers of Keras that do more than the layer of the core that they describe."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import RavineError, whole
from ravine.keras.layers.base import Layer

__all__ = ["Embedded", "Leaky", "Normalized", "Parametric", "Shares"]


class Embedded(Layer):
    """An embedding: its array is the same for inputs of every shape, and may be given.

    No example: a base class.
    """

    hidden = True

    mask_zero: bool
    input_length: int | None

    def __init__(self, weights: Any = None, **options: Any) -> None:
        if self.input_length is not None:  # Keras 2
            options.setdefault("input_shape", (self.input_length,))
        given = weights if weights is None or isinstance(weights, list | tuple) else [weights]
        super().__init__(weights=given, **options)
        self.supports_masking = self.mask_zero
        if given is not None:
            self.build()

    def build(self, input_shape: Any = None) -> None:
        """Make the array."""
        super().build((None, None) if input_shape is None else input_shape)


class Normalized(Layer):
    """A layer that standardises along an axis.

    No example: a base class.
    """

    hidden = True

    axis: Any

    def reading(self, name: str, value: Any) -> Any:
        owner = type(self).__name__
        if name != "axis":
            return super().reading(name, value)
        several = isinstance(value, list | tuple)
        found = [whole(owner, "axis", each) for each in value] if several else whole(owner, "axis", value)
        return [found] if owner == "LayerNormalization" and not several else found


class Leaky(Layer):
    """A layer whose slope Keras 2 called alpha.

    No example: a base class.
    """

    hidden = True

    negative_slope: float

    def __init__(self, alpha: float | None = None, **options: Any) -> None:
        if alpha is not None:
            self.negative_slope = alpha
        super().__init__(**options)


class Parametric(Layer):
    """A layer whose slopes are trained: they start as Keras draws them.

    No example: a base class.
    """

    hidden = True

    alpha_initializer: Any

    def reading(self, name: str, value: Any) -> Any:
        if name != "shared_axes":
            return super().reading(name, value)
        axes = value if value is None or isinstance(value, list | tuple) else [value]
        return axes and [whole("PReLU", "each of shared_axes", axis) for axis in axes]

    def build(self, input_shape: Any) -> None:
        fresh = not self.built
        super().build(input_shape)
        if fresh and self._given_weights is None:
            self.put({"alpha": self.alpha_initializer(self.arrays()["alpha"].shape, self.dtype)})


class Shares(Layer):
    """A softmax: called with a *mask*, over what it keeps, and 0 elsewhere.

    No example: a base class; see `ravine.keras.layers.Softmax`.
    """

    hidden = True

    def __call__(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        if mask is None:
            return super().__call__(x, training)
        x, mask = jnp.asarray(x), jnp.asarray(mask)
        kept = mask if mask.dtype == bool else mask > 0.5
        if kept.ndim > x.ndim or any(m not in (1, n) for m, n in zip(kept.shape[::-1], x.shape[::-1], strict=False)):
            raise RavineError(
                f"Softmax: the mask has shape {kept.shape}, the input {x.shape}: each size of the mask must be 1 or "
                "the input's own"
            )
        out = super().__call__(jnp.where(kept, x, np.finfo(x.dtype).min / 2), training)
        return jnp.where(kept, out, 0)
