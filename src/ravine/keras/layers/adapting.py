"""A layer that learns mean and variance from data, before the training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.core import RavineError
from ravine.keras.layers.base import Layer

__all__ = ["Normalization"]


class Normalization(Layer):
    """Subtract *mean* and divide by the root of *variance*, numbers or one for each place along the last axis.

    Where they are not given, `adapt` finds them in data. With *invert* the layer does the opposite.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]]))
    >>> layer(np.array([[5.0]], np.float32))
    Array([[3.]], dtype=float32)
    """

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        if axis not in (-1, None, [-1], (-1,)):
            raise RavineError(f"Normalization: axis {axis!r} is not supported: use -1 or None")
        if (mean is None) != (variance is None):
            raise RavineError("Normalization: mean and variance are given together, or neither: mend that")
        self.axis, self.invert = axis, bool(invert)
        self.input_mean = None if mean is None else np.asarray(mean, np.float32)
        self.input_variance = None if variance is None else np.asarray(variance, np.float32)

    def build(self, input_shape: Any) -> None:
        if self.input_mean is None:
            size = () if self.axis is None else (input_shape[-1],)
            self.mean = self.add_weight(size, "zeros", trainable=False, name="mean")
            self.variance = self.add_weight(size, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
        self.built = True

    def adapt(self, data: Any) -> None:
        """Find mean and variance in *data*, an array."""
        if self.input_mean is not None:
            raise RavineError(f"layer {self.name!r}: mean and variance were given, so there is nothing to adapt")
        x = np.asarray(data, np.float64)
        if not self.built:
            self.ensure((None, *x.shape[1:]))
        axes = None if self.axis is None else tuple(range(x.ndim - 1))
        self.mean.assign(x.mean(axis=axes))
        self.variance.assign(x.var(axis=axes))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        given = self.input_mean is not None
        mean = jnp.asarray(self.input_mean if given else self.mean, inputs.dtype)
        variance = jnp.asarray(self.input_variance if given else self.variance, inputs.dtype)
        root = jnp.maximum(jnp.sqrt(variance), 1e-7)
        return inputs * root + mean if self.invert else (inputs - mean) / root

    def get_config(self) -> dict[str, Any]:
        given = {name: getattr(self, f"input_{name}") for name in ("mean", "variance")}
        told = {name: None if value is None else value.tolist() for name, value in given.items()}
        return {**super().get_config(), "axis": self.axis, "invert": self.invert, **told}
