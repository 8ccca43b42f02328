"""Dense layers, activations as layers, inputs."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from ravine import nn
from ravine.core import RavineError, whole
from ravine.keras import activations, constraints, initializers, regularizers
from ravine.keras.activations import core_activation
from ravine.keras.layers.arguments import constraint, initial, regularizer
from ravine.keras.layers.base import Layer
from ravine.keras.objects import encode
from ravine.keras.unsupported import FUNCTIONAL, refuse

__all__ = ["Activation", "Dense", "Embedding", "Input", "InputLayer", "Masking"]


class InputLayer(Layer):
    """What a model takes: examples of *shape*; None stands for a length that may vary.

    >>> InputLayer((784,)).given_shape
    (784,)
    """

    options = ("batch_shape",)
    ignored = frozenset({"sparse", "ragged", "optional", "dtype", "trainable"})
    sparse = ragged = optional = False

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        batch_shape: Any = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        for refused in ("sparse", "ragged", "input_tensor", "tensor"):
            given = options.pop(refused, None)
            if given is not None and given is not False:
                raise RavineError(f"InputLayer: {refused} is not supported: give arrays to fit and predict")
        options.pop("optional", None)
        for other, value in (("shape", shape), ("batch_size", batch_size)):
            if batch_shape is not None and value is not None:
                raise RavineError(
                    f"Input: both {other}={value} and batch_shape={batch_shape} are given: leave one of them out"
                )
        if batch_shape is not None:
            batch_size, *shape = batch_shape
        if shape is None and "input_shape" in options:
            warnings.warn("Input: input_shape is a name of Keras 2: call it shape", stacklevel=2)
            shape = options.pop("input_shape")
        if shape is None:
            raise RavineError("Input: shape is missing: give the shape of one example, such as Input((784,))")
        batch = None if batch_size is None else whole("Input", "batch_size", batch_size, least=1)
        # The type of what goes in is kept for files; layers compute in their own.
        self.input_dtype = str(dtype or "float32")
        super().__init__(name=name, input_shape=shape, **options)
        self.batch_shape = (batch, *(self.given_shape or ()))

    def names(self) -> tuple[str, ...]:
        return ()

    def call(self) -> None:  # type: ignore[override]
        """Nothing: the layer computes nothing."""

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": list(self.batch_shape),
            "dtype": self.input_dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }


def _no_operator(self: InputLayer, *others: Any) -> NoReturn:
    refuse("computing with Input", FUNCTIONAL)


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "mod"):
    setattr(InputLayer, f"__{_name}__", _no_operator)
    setattr(InputLayer, f"__r{_name}__", _no_operator)
for _name in ("lt", "le", "gt", "ge", "neg", "abs", "getitem"):
    setattr(InputLayer, f"__{_name}__", _no_operator)


def Input(shape: Any = None, batch_size: int | None = None, dtype: Any = None, **options: Any) -> InputLayer:
    """Say what a Sequential model takes, as its first entry.

    >>> Input((28, 28)).batch_shape
    (None, 28, 28)
    """
    return InputLayer(shape, batch_size, dtype, **options)


class Dense(Layer):
    """A fully connected layer of *units* outputs: activation(x kernel + bias).

    >>> layer = Dense(3, activation="relu", input_shape=(4,))
    >>> layer.build((None, 4))
    >>> [weight.shape for weight in layer.get_weights()], layer.count_params()
    ([(4, 3), (3,)], 15)
    """

    supports_masking = True
    options = (
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        **options: Any,
    ) -> None:
        if lora_rank is not None:
            raise RavineError("Dense: lora_rank is not supported: leave it out")
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = units
        self.activation = activations.get(activation)
        self._activation = core_activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._activation_config = activation_config(activation)
        self.core()

    def core(self) -> nn.Layer:
        return nn.Dense(
            self.units,
            self._activation,
            self.use_bias,
            initial(self.kernel_initializer),
            initial(self.bias_initializer),
            regularizer(self.kernel_regularizer),
            regularizer(self.bias_regularizer),
            constraint(self.kernel_constraint),
            constraint(self.bias_constraint),
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"activation": self._activation_config}


class Activation(Layer):
    """Apply an *activation*.

    >>> import jax.numpy as jnp
    >>> Activation("relu")(jnp.array([[-1.0, 2.0]]))
    Array([[0., 2.]], dtype=float32)
    """

    supports_masking = True
    options = ("activation",)

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)
        self._activation = core_activation(activation)
        self._activation_config = activation_config(activation)

    def core(self) -> nn.Layer:
        return nn.Activation(self._activation)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"activation": self._activation_config}


class Embedding(Layer):
    """Turn whole numbers below *input_dim* into trained vectors of *output_dim* numbers.

    >>> Embedding(10, 4).compute_output_shape((None, 7))
    (None, 7, 4)
    """

    options = (
        "input_dim",
        "output_dim",
        "embeddings_initializer",
        "embeddings_regularizer",
        "embeddings_constraint",
        "mask_zero",
    )

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        input_length: int | None = None,
        **options: Any,
    ) -> None:
        if input_length is not None:  # Keras 2
            options.setdefault("input_shape", (input_length,))
        given = weights if weights is None or isinstance(weights, list | tuple) else [weights]
        super().__init__(weights=given, **options)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = mask_zero
        self.core()
        if given is not None:
            self.build()

    def build(self, input_shape: Any = None) -> None:
        """Make the array, which is the same for inputs of every shape."""
        super().build((None, None) if input_shape is None else input_shape)

    def core(self) -> nn.Layer:
        return nn.Embedding(
            self.input_dim,
            self.output_dim,
            self.mask_zero,
            initial(self.embeddings_initializer),
            regularizer(self.embeddings_regularizer),
            constraint(self.embeddings_constraint),
        )


class Masking(Layer):
    """Mask the time steps whose features all equal *mask_value*.

    >>> Masking().compute_output_shape((None, 7, 3))
    (None, 7, 3)
    """

    supports_masking = True
    options = ("mask_value",)

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = mask_value

    def core(self) -> nn.Layer:
        return nn.Masking(self.mask_value)


def activation_config(activation: Any) -> Any:
    """What a configuration holds for an activation: the name of a known one, a dictionary for another function."""
    if activation is None:
        return "linear"
    if callable(activation):
        name = activations.serialize(activation)
        return name if getattr(activations, name, None) is activation else encode(activation)
    return "silu" if activation == "swish" else activation
