"""The arrays that a layer owns: on the host, on a device after training, or inside a compiled program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ravine import nn
from ravine.core import RavineError, nearest
from ravine.keras.layers.arguments import given_shape, policy, policy_config, with_batch
from ravine.keras.layers.binding import in_force
from ravine.keras.layers.room import claim, room_in_force
from ravine.keras.layers.unused import unknown
from ravine.keras.layers.variable import Weight
from ravine.keras.naming import snake, unique
from ravine.keras.objects import Described, encode
from ravine.keras.settings import next_seed
from ravine.keras.variables import Unbuilt

__all__ = ["COMMON", "Base"]

COMMON = (
    "name",
    "trainable",
    "dtype",
    "input_shape",
    "input_dim",
    "batch_input_shape",
    "batch_size",
    "weights",
    "activity_regularizer",
)
"""Arguments that every layer takes."""
ARRAYS = frozenset(
    name for kind in map(nn.LAYERS.__getitem__, nn.LAYERS) if isinstance(kind.weights, tuple) for name in kind.weights
)
"""Names of arrays that layers of this package have."""


class Base(Described, family="layers"):
    """The arrays of a layer, and the description that it computes by.

    No example: the base of `ravine.keras.layers.Layer`.
    """

    hidden = True
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
        self.trainable: bool = options.get("trainable", True)
        if not isinstance(self.trainable, bool | np.bool_):
            raise RavineError(f"{kind}: trainable must be True or False, got {self.trainable!r}")
        found = given_shape(kind, options)
        self.given_batch: int | None = found[0] if found else None
        self.given_shape: tuple[int | None, ...] | None = found[1] if found else None
        self.built = False
        self._given_weights = options.get("weights")
        self._arrays: dict[str, np.ndarray] = {}
        self._weights: dict[str, Weight] = {}
        self._shape: tuple[int | None, ...] | None = None
        self._batch: int | None = None
        self._calls = 0
        self.scope = ""
        """The name of the model that the layer was built in, before the name of each weight."""
        self.home: tuple[Base, str] | None = None
        """The layer around this one that holds its arrays, and what it puts before their names."""
        self.source: Any = None
        """The model whose device memory holds newer arrays than this layer, or None."""
        self.version = 0
        """Counts the changes of the arrays on the host."""

    def core(self) -> nn.Layer:
        """The layer of `ravine.nn` that this one describes."""
        raise NotImplementedError(f"{type(self).__name__} does not define core")

    def runnable(self) -> nn.Layer:
        """The layer of `ravine.nn` to compute with: frozen where it is not trainable."""
        core = self.core()
        return core if self.trainable or not core.weights else nn.Frozen(core)

    def ensure(self, input_shape: Sequence[int | None], scope: str = "") -> None:
        """Make the arrays if there are none yet; *scope* is the model that asks."""
        if not self.built:
            self.scope = scope
        self.build(tuple(input_shape))

    def build(self, input_shape: Any) -> None:
        """Make the arrays for inputs of *input_shape*, whose first axis is the batch."""
        batch, *tail = with_batch(type(self).__name__, input_shape)
        core, whole = self.core(), tuple(1 if size is None else size for size in tail)
        core.output_shape(whole)
        self._batch, self._shape = batch, tuple(tail)
        if self.built:
            return
        if room_in_force():
            shapes = nn.weight_shapes(nn.Network((core,), whole))
            claim(self.name, [*shapes.params[0].values(), *shapes.state[0].values()])
        made = core.init(np.random.default_rng(next_seed()), whole, np.dtype(self.dtype))
        self._arrays |= {name: np.asarray(array) for name, array in {**made.params, **made.state}.items()}
        self.built = True
        self.version += 1
        if self._given_weights is not None:
            self.set_weights(self._given_weights)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the output, batch axis included, for inputs of *input_shape*."""
        batch, *tail = with_batch(type(self).__name__, input_shape)
        core = self.core()
        # Axes of unknown length are those that differ when the unknown lengths do.
        few, many = (core.output_shape(tuple(n if size is None else size for size in tail)) for n in (2, 3))
        return (batch, *(a if a == b else None for a, b in zip(few, many, strict=True)))

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the input; the first is the size of the batch, None for any."""
        if self._shape is None:
            raise Unbuilt(f"layer {self.name!r} has no input shape yet: build the model or call it on data first")
        return (self._batch, *self._shape)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """The shape of the output; the first is the size of the batch, None for any."""
        return self.compute_output_shape(self.input_shape)

    def names(self) -> tuple[str, ...]:
        """The names of the arrays, in Keras's order."""
        if self.home is not None:
            return tuple(inner for inner, _ in self._in_home())
        return tuple(name for name in self.core().weights if name in self._arrays)

    def flagged(self) -> tuple[str, ...]:
        """The names of the arrays that gradients change, unless a layer around this one is frozen."""
        held = self.core().statistics
        return tuple(name for name in self.names() if name not in held) if self.trainable else ()

    def trained_names(self) -> tuple[str, ...]:
        """The names of the arrays that gradients change."""
        if self.home is None:
            return self.flagged()
        trained = self.home[0].trained_names()
        return tuple(inner for inner, outer in self._in_home() if outer in trained)

    def _in_home(self) -> list[tuple[str, str]]:
        """The names of the arrays that lie in another layer, here and there."""
        assert self.home is not None
        layer, prefix = self.home
        return [(name.removeprefix(prefix), name) for name in layer.names() if name.startswith(prefix)]

    def located(self, key: str) -> str:
        """The path of an array: the names of all that holds it, and its own."""
        if self.home is not None:
            return self.home[0].located(self.home[1] + key)
        return "/".join(filter(None, (self.scope, self.name, self.place(key))))

    def place(self, key: str) -> str:
        """The path of an array below the layer's name."""
        return key

    def weight_options(self, kind: str) -> dict[str, Any]:
        """The functions of a *kind*, "regularizer" or "constraint", by the array they are for."""
        named = {key: getattr(self, f"{key.removesuffix('_kernel')}_{kind}", None) for key in self.names()}
        return {key: option for key, option in named.items() if option is not None}

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, brought to the host where a model has newer ones."""
        if self.home is not None:
            held = self.home[0].arrays()
            return {inner: held[outer] for inner, outer in self._in_home()}
        if self.source is not None:
            self.source.download()
        return self._arrays

    def value_of(self, key: str) -> Any:
        """The present value of an array: inside a compiled program the program's."""
        if self.home is not None:
            return self.home[0].value_of(self.home[1] + key)
        binding = in_force()
        found = None if binding is None else binding.values.get((id(self), key))
        return self.arrays()[key] if found is None else found

    def put(self, arrays: Mapping[str, Any]) -> None:
        """Replace arrays by name; refuses another shape."""
        if self.home is not None:
            self.home[0].put({self.home[1] + name: value for name, value in arrays.items()})
            return
        binding = in_force()
        if binding is not None and (binding.is_trial or any((id(self), name) in binding.values for name in arrays)):
            binding.values |= {(id(self), name): value for name, value in arrays.items()}
            return
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
        return [np.array(arrays[name]) for name in self.names()]

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

    def weight(self, key: str) -> Weight:
        """The array called *key* as an object, the same one each time."""
        return self._weights.setdefault(key, Weight(self, key))

    def __getattr__(self, name: str) -> Any:
        if "_arrays" not in vars(self) and name[:2] != "__":
            kind = type(self).__name__
            raise RavineError(f"{kind}.__init__ uses {name} before it calls super().__init__(): call that first")
        if isinstance(getattr(type(self), name, None), property):
            return getattr(type(self), name).fget(
                self
            )  # it raised an AttributeError of its own, with a better sentence
        if name in ARRAYS and "_arrays" in vars(self):
            if not self.built:
                raise Unbuilt(f"layer {self.name!r} has no {name} yet: build it before, or call it on data")
            if name in self.names():
                return self.weight(name)
            if name in self.core().weights:
                return None  # as with use_bias=False
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def weights(self) -> list[Weight]:
        """All weights, in Keras's order."""
        return [self.weight(name) for name in self.names()]

    variables = weights

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that gradients change."""
        return [self.weight(name) for name in self.trained_names()]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The weights that no gradient changes."""
        return [self.weight(name) for name in self.names() if name not in self.trained_names()]

    non_trainable_variables = non_trainable_weights

    @property
    def losses(self) -> list[Any]:
        """The penalties of the trained weights, as they are now."""
        found = self.weight_options("regularizer")
        return [found[key](self.weight(key).value) for key in self.trained_names() if key in found]

    def count_params(self) -> int:
        """The number of numbers in the arrays."""
        return sum(int(np.size(array)) for array in self.arrays().values())

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": policy_config(self.dtype)}
        return config | {name: encode(getattr(self, name)) for name in self.options}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
