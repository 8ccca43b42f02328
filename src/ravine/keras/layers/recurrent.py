"""What recurrent layers have in common."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from ravine import nn
from ravine.core import RavineError
from ravine.keras.layers.base import Layer
from ravine.keras.naming import snake
from ravine.keras.objects import public

__all__ = ["Recurrent", "recurrent"]

DEFAULTS: dict[str, Any] = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "kernel_initializer": "glorot_uniform",
    "recurrent_initializer": "orthogonal",
    "bias_initializer": "zeros",
    "unit_forget_bias": True,
    "dropout": 0.0,
    "recurrent_dropout": 0.0,
    "return_sequences": False,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "unroll": False,
    "reset_after": True,
    "use_cudnn": "auto",
}
"""Defaults of Keras's arguments; of all others None."""


def recurrent(kind: type[nn.Layer], names: str) -> Callable[..., nn.Layer]:
    """What makes the layer *kind* of Keras's arguments, *names* in Keras's order.

    >>> recurrent(nn.SimpleRNN, "units activation")(3, "tanh").units
    3
    """
    first, *others = names.split()
    place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(first, place)]
    parameters += [inspect.Parameter(name, place, default=DEFAULTS.get(name)) for name in others]
    signature = inspect.Signature(parameters)
    fields = {each.name for each in dataclasses.fields(kind)}  # type: ignore[arg-type]

    def make(*given: Any, **options: Any) -> nn.Layer:
        values = signature.bind(*given, **options).arguments
        if values.get("use_cudnn", "auto") not in ("auto", False):
            raise RavineError("use_cudnn=True is not supported: leave it out, JAX compiles the layer for the device")
        kept = {name: value for name, value in values.items() if name in fields}
        for name in ("dropout", "recurrent_dropout"):
            kept[name] = kept.get(name) or None  # 0 leaves dropout out of the program
        return kind(**kept)

    make.__signature__ = signature  # type: ignore[attr-defined]
    return make


class Recurrent(Layer):
    """What the three have in common.

    No example: a base class.
    """

    hidden = True
    supports_masking = True
    options: ClassVar[tuple[str, ...]] = ("zero_output_for_mask",)
    unsaved = frozenset({"use_cudnn"})
    common: ClassVar[tuple[str, ...]] = (*Layer.common, "zero_output_for_mask")
    units: int
    return_state: bool
    states: ClassVar[int] = 1
    """How many arrays go from step to step."""

    def __init__(self, zero_output_for_mask: bool = False, implementation: Any = None, **options: Any) -> None:
        # implementation, of Keras 2: how the same numbers are computed
        self.zero_output_for_mask = bool(zero_output_for_mask)
        super().__init__(**options)

    def core(self) -> nn.Layer:
        made: Any = super().core()
        return dataclasses.replace(made, zero_output_for_mask=self.zero_output_for_mask)  # type: ignore[no-any-return]

    def place(self, key: str) -> str:
        return f"{snake(next(kind.__name__ for kind in type(self).__mro__ if public(kind)))}_cell/{key}"

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, batch axis included; with return_state a tuple of that and of the states' shapes."""
        after = super().compute_output_shape(input_shape)
        return (after, *[(after[0], self.units)] * self.states) if self.return_state else after

    @property
    def cell(self) -> Self:
        """What holds the weights in Keras: here the layer itself."""
        return self

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        # Keras 2 wrote how it computes the same numbers.
        return super().from_config({name: value for name, value in config.items() if name != "implementation"})
