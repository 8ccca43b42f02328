"""Layers that disturb while training."""

from __future__ import annotations

from typing import Any

from ravine import nn
from ravine.core import RavineError
from ravine.keras.layers.base import Layer

__all__ = ["Dropout", "GaussianNoise"]


class Dropout(Layer):
    """Set each input to 0 with probability *rate* while training, and divide the rest by 1 - rate.

    *seed* is the seed of the whole model's masks; the first layer that has one decides.

    >>> Dropout(0.2).get_config()["rate"]
    0.2
    """

    supports_masking = True
    options = ("rate", "seed", "noise_shape")
    ignored = frozenset()

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if noise_shape is not None:
            raise RavineError("Dropout: noise_shape is not supported: leave it out, each input gets a mask of its own")
        self.rate, self.seed, self.noise_shape = rate, seed, None
        self.core()

    def core(self) -> nn.Layer:
        return nn.Dropout(self.rate)


class GaussianNoise(Layer):
    """Add normal noise of standard deviation *stddev* while training; *seed* as in `Dropout`.

    >>> GaussianNoise(0.1).get_config()["stddev"]
    0.1
    """

    supports_masking = True
    options = ("stddev", "seed")
    ignored = frozenset()

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.stddev, self.seed = stddev, seed
        self.core()

    def core(self) -> nn.Layer:
        return nn.GaussianNoise(self.stddev)
