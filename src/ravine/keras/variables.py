"""Arrays that a model or an optimizer owns, as objects that compute like arrays and can be changed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError
from ravine.keras.naming import unique
from ravine.keras.settings import floatx

__all__ = ["Unbuilt", "Variable"]


class Unbuilt(RavineError, AttributeError):
    """What is asked for exists only once the model knows its input.

    It is an AttributeError, so that `hasattr` says no.

    >>> from ravine.keras import Sequential
    >>> hasattr(Sequential(), "input_shape")
    False
    """


class Variable:
    """An array seen where it lives: reading gives its present value, `assign` changes it there.

    It computes as an array does, with numbers, with arrays of NumPy and JAX, and with other variables; results are
    arrays of JAX.

    One made by itself holds its own value, of an array or of an initialiser with *shape*.

    >>> Variable([1.0, 2.0], name="free").assign_add([1.0, 1.0]).tolist()
    [2.0, 3.0]
    >>> from ravine.keras.layers import Dense
    >>> layer = Dense(1, kernel_initializer="ones", name="only"); layer.build((None, 2))
    >>> (2 * layer.kernel + 1)[0], layer.kernel.path
    (Array([3.], dtype=float32), 'only/kernel')
    >>> layer.kernel.assign_add([[1.0], [2.0]])
    Array([[2.],
           [3.]], dtype=float32)
    >>> layer.get_weights()[0].tolist()
    [[2.0], [3.0]]
    """

    name: str
    constraint: Any = None
    """What is done to the value after each update, or None."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # So that functions of JAX which are compiled, jnp.matmul for one, take a variable for its value.
        jax.tree_util.register_pytree_node(cls, lambda held: ((held.value,), None), lambda _, values: values[0])

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: Any = None,
        name: str | None = None,
    ) -> None:
        if isinstance(initializer, Variable):
            initializer = initializer.read()
        if callable(initializer):
            initializer = initializer(tuple(shape or ()), dtype=dtype or floatx())
        value = np.asarray(initializer)
        kinds = {"f": floatx(), "i": "int32", "u": "int32"}
        number = np.dtype(getattr(dtype, "name", dtype) or kinds.get(value.dtype.kind, value.dtype))
        self._value: Any = value.astype(number)
        self.name, self._trainable = name or unique("variable"), bool(trainable)

    def read(self) -> Any:
        """The present value."""
        return self._value

    def write(self, value: Any) -> None:
        """Put another value in its place."""
        self._value = np.asarray(value, self._value.dtype)

    @property
    def path(self) -> str:
        """The name, after the names of what holds it."""
        return self.name

    @property
    def trainable(self) -> bool:
        """Whether training changes the array by its gradient."""
        return bool(getattr(self, "_trainable", False))

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def value(self) -> Array:
        """The present value, an array of JAX."""
        with jax.enable_x64(self.dtype in ("float64", "int64")):
            return jnp.asarray(self.read())

    def numpy(self) -> np.ndarray:
        """The present value, a copy on the host."""
        return np.array(self.read())

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(np.shape(self.read()))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> str:
        """The type of the numbers."""
        value = self.read()
        return str(value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype)

    def assign(self, value: Any) -> Array:
        """Give the array another *value* of the same shape, and return it."""
        if isinstance(value, Variable):
            value = value.read()
        if not hasattr(value, "shape"):
            value = np.asarray(value)
        if tuple(value.shape) != self.shape:
            raise RavineError(
                f"{self.path}: the shape is {self.shape}, got a value of shape {tuple(value.shape)}: reshape it"
            )
        self.write(value)
        return self.value

    def assign_add(self, value: Any) -> Array:
        """Add *value*, and return the sum."""
        return self.assign(self.value + _bare(value))

    def assign_sub(self, value: Any) -> Array:
        """Subtract *value*, and return the difference."""
        return self.assign(self.value - _bare(value))

    def __jax_array__(self) -> Array:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __getitem__(self, place: Any) -> Array:
        return self.value[place]

    def __len__(self) -> int:
        return len(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return operator.index(self.numpy())

    def __bool__(self) -> bool:
        return bool(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.numpy()[()], spec) if spec else str(self)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.numpy().item(), digits)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self.value == _bare(other) if _is_array(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return self.value != _bare(other) if _is_array(other) else NotImplemented

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self.read()}>"


def _bare(value: Any) -> Any:
    if isinstance(value, Variable):
        return value.value
    return jnp.asarray(value) if isinstance(value, list | tuple) else value


def _is_array(value: Any) -> bool:
    return isinstance(value, Variable | int | float | complex | list | tuple) or hasattr(value, "__array__")


def _forward(compute: Callable[..., Any]) -> Any:
    def method(self: Variable, other: Any) -> Any:
        return compute(self.value, _bare(other)) if _is_array(other) else NotImplemented

    return method


def _backward(compute: Callable[..., Any]) -> Any:
    def method(self: Variable, other: Any) -> Any:
        return compute(_bare(other), self.value) if _is_array(other) else NotImplemented

    return method


def _alone(compute: Callable[[Any], Any]) -> Any:
    return lambda self: compute(self.value)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"):
    _bare_name, _compute = _name.rstrip("_"), getattr(operator, _name)
    setattr(Variable, f"__{_bare_name}__", _forward(_compute))
    setattr(Variable, f"__r{_bare_name}__", _backward(_compute))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Variable, f"__{_name}__", _forward(getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Variable, f"__{_name}__", _alone(getattr(operator, _name)))

jax.tree_util.register_pytree_node(Variable, lambda held: ((held.value,), None), lambda _, values: values[0])
