"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from ravine import nn
from ravine.core import RavineError
from ravine.keras import activations, constraints, initializers, regularizers
from ravine.keras.activations import core_activation
from ravine.keras.layers.arguments import constraint, initial, regularizer
from ravine.keras.layers.base import Layer
from ravine.keras.layers.core import activation_config
from ravine.keras.naming import snake
from ravine.keras.objects import public

__all__ = ["GRU", "LSTM", "Recurrent", "SimpleRNN"]


class Recurrent(Layer):
    """What the three have in common; their arguments stand in Keras's order in each constructor.

    No example: a base class.
    """

    hidden = True
    supports_masking = True
    options: ClassVar[tuple[str, ...]] = (
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "unroll",
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "recurrent_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "recurrent_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "recurrent_constraint",
        "bias_constraint",
        "dropout",
        "recurrent_dropout",
        "seed",
        "zero_output_for_mask",
    )
    common: ClassVar[tuple[str, ...]] = (*Layer.common, "zero_output_for_mask")
    functions: tuple[str, ...] = ("activation",)
    units: int
    return_state: bool
    kind: type[nn.Layer]
    extra: tuple[str, ...] = ()
    states: ClassVar[int] = 1
    """How many arrays go from step to step."""

    def _keep(self, given: dict[str, Any], options: dict[str, Any]) -> None:
        """Keep the constructor's arguments, read by what each name says it is."""
        options.pop("implementation", None)  # of Keras 2: how the same numbers are computed
        self.zero_output_for_mask = bool(options.pop("zero_output_for_mask", False))
        super().__init__(activity_regularizer=given.pop("activity_regularizer"), **options)
        self._activations: dict[str, Any] = {}
        readers = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
        for name, value in given.items():
            _, _, what = name.rpartition("_")
            if name in self.functions:
                self._activations[name] = value
                setattr(self, name, activations.get(value))
            else:
                setattr(self, name, readers[what].get(value) if what in readers else value)
        self.core()

    def core(self) -> nn.Layer:
        kept: dict[str, Any] = {name: getattr(self, name) for name in self.extra}
        kept |= {name: core_activation(value) for name, value in self._activations.items()}
        for name in self.options:
            if name.endswith("_initializer"):
                kept[name] = initial(getattr(self, name))
            elif name.endswith("_regularizer"):
                kept[name] = regularizer(getattr(self, name))
            elif name.endswith("_constraint"):
                kept[name] = constraint(getattr(self, name))
        flags = ("use_bias", "return_sequences", "return_state", "go_backwards", "stateful", "zero_output_for_mask")
        for name in ("units", *flags):
            kept[name] = getattr(self, name)
        for name in ("dropout", "recurrent_dropout"):
            kept[name] = getattr(self, name) or None  # 0 leaves dropout out of the program
        return self.kind(**kept)

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

    def get_config(self) -> dict[str, Any]:
        named = {name: activation_config(value) for name, value in self._activations.items()}
        return super().get_config() | named


def _given(arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a constructor, without what Python adds, and the options of the base class."""
    arguments = {name: value for name, value in arguments.items() if name not in ("self", "__class__")}
    if arguments.pop("use_cudnn", "auto") not in ("auto", False):
        raise RavineError("use_cudnn=True is not supported: leave it out, JAX compiles the layer for the device")
    return arguments, arguments.pop("options")


class SimpleRNN(Recurrent):
    """A recurrent layer of *units* outputs: h_t = activation(x_t kernel + h_{t-1} recurrent_kernel + bias).

    >>> SimpleRNN(8, return_sequences=True).compute_output_shape((None, 20, 3))
    (None, 20, 8)
    """

    kind = nn.SimpleRNN

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        self._keep(*_given(dict(locals())))


class LSTM(Recurrent):
    """Long short-term memory of *units* cells.

    >>> layer = LSTM(8)
    >>> layer.build((None, 20, 3))
    >>> [weight.shape for weight in layer.get_weights()]
    [(3, 32), (8, 32), (32,)]
    """

    kind = nn.LSTM
    states = 2
    options = (*Recurrent.options, "recurrent_activation", "unit_forget_bias")
    functions = ("activation", "recurrent_activation")
    extra = ("unit_forget_bias",)

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        self._keep(*_given(dict(locals())))


class GRU(Recurrent):
    """Gated recurrent units, *units* of them.

    >>> layer = GRU(8)
    >>> layer.build((None, 20, 3))
    >>> [weight.shape for weight in layer.get_weights()]
    [(3, 24), (8, 24), (2, 24)]
    """

    kind = nn.GRU
    options = (*Recurrent.options, "recurrent_activation", "reset_after")
    functions = ("activation", "recurrent_activation")
    extra = ("reset_after",)

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        self._keep(*_given(dict(locals())))
