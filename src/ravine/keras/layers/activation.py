"""Activations that are layers of their own."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine import nn
from ravine.core import RavineError, check_number, whole
from ravine.keras import constraints, initializers, regularizers
from ravine.keras.activations import Shaped
from ravine.keras.layers.arguments import constraint, regularizer
from ravine.keras.layers.base import Layer

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class ReLU(Layer):
    """x between *threshold* and *max_value*; below, *negative_slope* (x - threshold).

    >>> import jax.numpy as jnp
    >>> ReLU(max_value=6.0)(jnp.array([[-1.0, 9.0]]))
    Array([[0., 6.]], dtype=float32)
    """

    supports_masking = True
    options = ("max_value", "negative_slope", "threshold")

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **options: Any
    ) -> None:
        super().__init__(**options)
        check_number("ReLU", "negative_slope", negative_slope, low=0.0)
        check_number("ReLU", "threshold", threshold, low=0.0)
        if max_value is not None:
            check_number("ReLU", "max_value", max_value, low=0.0)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def core(self) -> nn.Layer:
        if (self.max_value, self.negative_slope, self.threshold) == (None, 0, 0):
            return nn.Activation("relu")
        return nn.Activation(Shaped("relu", self.negative_slope, self.max_value, self.threshold))


class LeakyReLU(Layer):
    """x where it is positive, else *negative_slope* x. Keras 2 calls the slope *alpha*.

    >>> import jax.numpy as jnp
    >>> LeakyReLU()(jnp.array([[-1.0, 9.0]]))
    Array([[-0.3,  9. ]], dtype=float32)
    """

    supports_masking = True
    options = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        negative_slope = options.pop("alpha", negative_slope)
        super().__init__(**options)
        check_number("LeakyReLU", "negative_slope", negative_slope, low=0.0)
        self.negative_slope = negative_slope

    def core(self) -> nn.Layer:
        return nn.Activation(Shaped("leaky_relu", self.negative_slope))


class ELU(Layer):
    """x where it is positive, else *alpha* (e^x - 1).

    >>> import jax.numpy as jnp
    >>> ELU()(jnp.array([[0.0, 9.0]]))
    Array([[0., 9.]], dtype=float32)
    """

    supports_masking = True
    options = ("alpha",)

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        check_number("ELU", "alpha", alpha, low=0.0)
        self.alpha = alpha

    def core(self) -> nn.Layer:
        return nn.Activation(Shaped("elu", self.alpha))


class Softmax(Layer):
    """e^x, normalised to sum 1 along *axis*; called with a *mask*, over what it keeps, and 0 elsewhere.

    >>> import jax.numpy as jnp
    >>> Softmax()(jnp.zeros((1, 2)))
    Array([[0.5, 0.5]], dtype=float32)
    >>> Softmax()(jnp.zeros((1, 3)), mask=jnp.array([[True, False, True]]))
    Array([[0.5, 0. , 0.5]], dtype=float32)
    """

    supports_masking = True
    options = ("axis",)

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        if isinstance(axis, list | tuple):
            raise RavineError(f"Softmax: axis must be an integer, got {axis!r}: several axes are not supported")
        self.axis = whole("Softmax", "axis", axis)

    def core(self) -> nn.Layer:
        # By name, so that a cross-entropy is computed from the logits.
        return nn.Activation("softmax" if self.axis == -1 else Shaped("softmax", axis=self.axis))

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


class PReLU(Layer):
    """x where it is positive, else alpha x, with alpha trained; one alpha along each of *shared_axes*.

    >>> import jax.numpy as jnp
    >>> PReLU(alpha_initializer="ones")(jnp.array([[-1.0, 2.0]]))
    Array([[-1.,  2.]], dtype=float32)
    """

    supports_masking = True
    options = ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes")

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = shared_axes if shared_axes is None or isinstance(shared_axes, list | tuple) else [shared_axes]
        self.shared_axes = axes and [whole("PReLU", "each of shared_axes", axis) for axis in axes]

    def build(self, input_shape: Any) -> None:
        fresh = not self.built
        super().build(input_shape)
        if fresh and self._given_weights is None:
            self.put({"alpha": self.alpha_initializer(self.arrays()["alpha"].shape, self.dtype)})

    def core(self) -> nn.Layer:
        return nn.PReLU(
            0.0,
            tuple(self.shared_axes or ()),
            regularizer(self.alpha_regularizer),
            constraint(self.alpha_constraint),
        )
