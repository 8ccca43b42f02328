"""What a model takes."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from ravine.core import RavineError, whole
from ravine.keras.layers.base import Layer
from ravine.keras.unsupported import FUNCTIONAL, refuse

__all__ = ["Input", "InputLayer"]


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
