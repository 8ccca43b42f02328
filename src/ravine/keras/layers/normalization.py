"""Layers that standardise."""

from __future__ import annotations

from typing import Any

from ravine import nn
from ravine.core import RavineError, whole
from ravine.keras import constraints, initializers, regularizers
from ravine.keras.layers.arguments import constraint, initial, regularizer
from ravine.keras.layers.base import Layer

__all__ = ["BatchNormalization", "LayerNormalization"]


class _Normalization(Layer):
    """What both have: the trained scale gamma and shift beta."""

    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Any
    gamma_initializer: Any
    beta_regularizer: Any
    gamma_regularizer: Any
    beta_constraint: Any
    gamma_constraint: Any

    def _keep(self, axis: Any, **given: Any) -> None:
        owner = type(self).__name__
        several = isinstance(axis, list | tuple)
        self.axis = [whole(owner, "axis", each) for each in axis] if several else whole(owner, "axis", axis)
        for name, value in given.items():
            _, _, kind = name.rpartition("_")
            readers = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
            setattr(self, name, readers[kind].get(value) if kind in readers else value)

    def build(self, input_shape: Any) -> None:
        axes = self.axis if isinstance(self.axis, list | tuple) else [self.axis]
        if list(axes) not in ([-1], [len(input_shape) - 1]):
            raise RavineError(
                f"{type(self).__name__}: axis {self.axis!r} is not supported for inputs of {len(input_shape)} axes: "
                "use axis=-1, the last one"
            )
        super().build(input_shape)

    def _shared(self) -> dict[str, Any]:
        return {
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initial(self.beta_initializer),
            "gamma_initializer": initial(self.gamma_initializer),
            "beta_regularizer": regularizer(self.beta_regularizer),
            "gamma_regularizer": regularizer(self.gamma_regularizer),
            "beta_constraint": constraint(self.beta_constraint),
            "gamma_constraint": constraint(self.gamma_constraint),
        }


class BatchNormalization(_Normalization):
    """Standardise each feature over the batch while training, by moving averages otherwise.

    >>> layer = BatchNormalization()
    >>> layer.build((None, 5))
    >>> layer.count_params(), len(layer.trainable_weights)
    (20, 2)
    """

    supports_masking = True
    options = (
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    )
    ignored = frozenset({"renorm_momentum", "synchronized"})

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.momentum = momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self._keep(
            axis,
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.core()

    def core(self) -> nn.Layer:
        return nn.BatchNormalization(
            epsilon=self.epsilon,
            momentum=self.momentum,
            moving_mean_initializer=initial(self.moving_mean_initializer),
            moving_variance_initializer=initial(self.moving_variance_initializer),
            **self._shared(),
        )


class LayerNormalization(_Normalization):
    """Standardise each example over its features.

    >>> layer = LayerNormalization()
    >>> layer.build((None, 5))
    >>> layer.count_params()
    10
    """

    supports_masking = True
    options = (
        "axis",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    )

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._keep(
            list(axis) if isinstance(axis, list | tuple) else [axis],
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.core()

    def core(self) -> nn.Layer:
        return nn.LayerNormalization(epsilon=self.epsilon, **self._shared())
