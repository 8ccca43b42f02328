"""What every layer of Keras is here: a description that can be changed, and the arrays it owns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ravine import nn
from ravine.core import RavineError, nearest
from ravine.keras import constraints, initializers, regularizers
from ravine.keras.layers.unused import unknown
from ravine.keras.layers.variable import Variable
from ravine.keras.naming import snake, unique
from ravine.keras.objects import Described, encode
from ravine.keras.settings import floatx, next_seed

__all__ = ["COMMON", "Layer"]

COMMON = (
    "name",
    "trainable",
    "dtype",
    "input_shape",
    "input_dim",
    "batch_input_shape",
    "weights",
    "activity_regularizer",
)
"""Arguments that every layer takes."""


class Layer(Described, family="layers"):
    """A layer: it describes a layer of `ravine.nn`, and holds the arrays between two trainings.

    *input_shape*, of one example, or *input_dim*, makes the first layer of a model tell what the model takes. With
    *trainable* False the weights stay as they are.

    No example: a base class; see `ravine.keras.layers.Dense`.
    """

    common: ClassVar[tuple[str, ...]] = COMMON
    ignored: ClassVar[frozenset[str]] = frozenset({"seed"})

    def __init__(self, **options: Any) -> None:
        kind = type(self).__name__
        for given in unknown(kind, options, COMMON):
            raise RavineError(f"{kind}: unknown argument {given!r}: {nearest(given, (*self.options, *COMMON))}")
        if options.get("activity_regularizer") is not None:
            raise RavineError(
                f"{kind}: activity_regularizer is not supported: penalise the weights with kernel_regularizer instead"
            )
        self.dtype: str = policy(kind, options.get("dtype"))
        self.name: str = options.get("name") or unique(snake(kind))
        self.trainable: bool = bool(options.get("trainable", True))
        self.given_shape = _given_shape(kind, options)
        self.built = False
        self._given_weights = options.get("weights")
        self._arrays: dict[str, np.ndarray] = {}
        self._shape: tuple[int | None, ...] | None = None
        self.source: Any = None
        """The model whose device memory holds newer arrays than this layer, or None."""
        self.version = 0
        """Counts the changes of the arrays on the host."""

    def core(self) -> nn.Layer:
        """The layer of `ravine.nn` that this one describes."""
        raise RavineError(
            f"{type(self).__name__}: layers of your own are not supported by ravine.keras: "
            "derive them from ravine.nn.Layer and train with ravine.train"
        )

    def runnable(self) -> nn.Layer:
        """The layer of `ravine.nn` to compute with: frozen where it is not trainable."""
        core = self.core()
        return core if self.trainable or not core.weights else nn.Frozen(core)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the arrays for inputs of *input_shape*, whose first axis is the batch."""
        shape = without_batch(type(self).__name__, input_shape)
        core, whole = self.core(), tuple(1 if size is None else size for size in shape)
        core.output_shape(whole)
        self._shape = shape
        if self.built:
            return
        made = core.init(np.random.default_rng(next_seed()), whole, np.dtype(self.dtype))
        self._arrays = {name: np.asarray(array) for name, array in {**made.params, **made.state}.items()}
        self.built = True
        self.version += 1
        if self._given_weights is not None:
            self.set_weights(self._given_weights)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """The shape of the output, batch axis included, for inputs of *input_shape*."""
        shape, core = without_batch(type(self).__name__, input_shape), self.core()
        # Axes of unknown length are those that differ when the unknown lengths do.
        few, many = (core.output_shape(tuple(n if size is None else size for size in shape)) for n in (2, 3))
        return (None, *(a if a == b else None for a, b in zip(few, many, strict=True)))

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the input, None for the batch axis."""
        if self._shape is None:
            raise RavineError(f"layer {self.name!r} has no input shape yet: build the model or call it on data first")
        return (None, *self._shape)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """The shape of the output, None for the batch axis."""
        return self.compute_output_shape(self.input_shape)

    def names(self) -> tuple[str, ...]:
        """The names of the arrays, in Keras's order."""
        return tuple(name for name in self.core().weights if name in self._arrays)

    def trained_names(self) -> tuple[str, ...]:
        """The names of the arrays that gradients change."""
        held = self.core().statistics
        return tuple(name for name in self.names() if name not in held) if self.trainable else ()

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, brought to the host where a model has newer ones."""
        if self.source is not None:
            self.source.download()
        return self._arrays

    def put(self, arrays: Mapping[str, Any]) -> None:
        """Replace arrays by name; refuses another shape."""
        present = self.arrays()
        for name, value in arrays.items():
            new = np.array(value, present[name].dtype)
            if new.shape != present[name].shape:
                raise RavineError(
                    f"layer {self.name!r}: weight {name!r} has shape {present[name].shape}, got {new.shape}: "
                    "give arrays of the model's own shapes"
                )
            present[name] = new
        self.version += 1

    def receive(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over arrays that a model hands back after training."""
        self._arrays = {**self._arrays, **arrays}
        self.source = None

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the arrays, in Keras's order."""
        arrays = self.arrays()
        return [arrays[name].copy() for name in self.names()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace all arrays, in Keras's order."""
        if not self.built:
            raise RavineError(f"layer {self.name!r} has no weights yet: build the model before set_weights")
        names = self.names()
        if len(weights) != len(names):
            raise RavineError(
                f"layer {self.name!r} has {len(names)} weights ({', '.join(names) or 'none'}), got {len(weights)}: "
                "give a list with one array for each"
            )
        self.put(dict(zip(names, weights, strict=True)))

    @property
    def weights(self) -> list[Variable]:
        """All weights, in Keras's order."""
        return [Variable(self, name) for name in self.names()]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that gradients change."""
        return [Variable(self, name) for name in self.trained_names()]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that no gradient changes."""
        return [Variable(self, name) for name in self.names() if name not in self.trained_names()]

    non_trainable_variables = non_trainable_weights

    def count_params(self) -> int:
        """The number of numbers in the arrays."""
        return sum(array.size for array in self._arrays.values())

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": policy_config(self.dtype)}
        return config | {name: encode(getattr(self, name)) for name in self.options}

    def __call__(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        if isinstance(x, Described):
            raise RavineError(
                f"{type(self).__name__}()(...): the functional API is not supported by ravine.keras: "
                "list the layers in keras.Sequential([...])"
            )
        x = jnp.asarray(x)
        if not self.built:
            self.build((None, *x.shape[1:]))
        self._check_input(x.shape)
        core, arrays = self.runnable(), self.arrays()
        trained = self.trained_names()
        params = {name: jnp.asarray(arrays[name]) for name in trained}
        state = {name: jnp.asarray(array) for name, array in arrays.items() if name not in trained}
        y, moved = core.apply(params, state, x, nn.Context(train=training, seed=next_seed(), mask=mask))
        if training and moved:
            self.put({name: array for name, array in moved.items() if name in core.statistics})
        return y

    def _check_input(self, shape: tuple[int, ...]) -> None:
        """Refuse an input of another number of features than the weights were made for."""
        wanted = self.input_shape[-1]
        if (
            self.core().weights
            and type(self).__name__ != "Embedding"
            and wanted is not None
            and shape[-1:] != (wanted,)
        ):
            raise RavineError(
                f"layer {self.name!r} takes {wanted} features on the last axis, got an input of shape {shape}: "
                "reshape the data, or make a new layer"
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def initial(value: Any) -> Any:
    """The core's initialiser for what Keras takes as one."""
    return initializers.get(value).seeded()


def regularizer(value: Any) -> Any:
    """The core's regulariser for what Keras takes as one, or None."""
    found = regularizers.get(value)
    return None if found is None else found.core()


def constraint(value: Any) -> Any:
    """The core's constraint for what Keras takes as one, or None."""
    found = constraints.get(value)
    return None if found is None else found.core()


def policy(owner: str, dtype: Any) -> str:
    """The type of a layer's numbers for what Keras takes as dtype."""
    if isinstance(dtype, dict):
        dtype = dtype["config"]["name"]
    name = floatx() if dtype is None else str(getattr(dtype, "name", dtype))
    if name not in ("float32", "float64"):
        raise RavineError(f"{owner}: dtype {name!r} is not supported: use 'float32' or 'float64'")
    return name


def without_batch(owner: str, shape: Any) -> tuple[int | None, ...]:
    """The shape of one example of an input *shape* with a batch axis."""
    if not isinstance(shape, Sequence) or not shape or (shape[0] is not None and not isinstance(shape[0], int)):
        raise RavineError(f"{owner}: input_shape must be a tuple with a batch axis, such as (None, 784), got {shape!r}")
    return tuple(shape[1:])


def policy_config(dtype: str) -> dict[str, Any]:
    """How Keras describes the type of numbers."""
    return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}


def _given_shape(kind: str, options: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    """The shape of one example that the layer's arguments tell."""
    if options.get("batch_input_shape") is not None:
        return tuple(options["batch_input_shape"][1:])
    shape = options.get("input_shape")
    if shape is None:
        shape = options.get("input_dim")
    if shape is None:
        return None
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in shape:
        if size is not None and (not isinstance(size, int) or size < 1):
            raise RavineError(f"{kind}: each size of input_shape must be a positive integer, got {size!r} in {shape!r}")
    return shape
