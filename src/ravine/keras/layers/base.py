"""What every layer of Keras is here: a description that can be changed, with arrays; and layers of the user's own."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, NoReturn, Self

import jax
import jax.numpy as jnp
import numpy as np

from ravine import nn
from ravine.core import RavineError
from ravine.keras import activations, constraints, initializers, regularizers
from ravine.keras.layers.arguments import activation_config, constraint, initial, regularizer, sizes, with_batch
from ravine.keras.layers.arrays import COMMON, Base
from ravine.keras.layers.binding import in_force
from ravine.keras.layers.building import adopt, by_hand, under_way
from ravine.keras.layers.calling import build, check_input, given, told
from ravine.keras.layers.masks import mark, mask_of
from ravine.keras.layers.own import Own, call, call_alone, trace
from ravine.keras.layers.room import claim
from ravine.keras.layers.variable import Weight
from ravine.keras.objects import public
from ravine.keras.settings import next_seed
from ravine.keras.unsupported import refuse

__all__ = ["COMMON", "Layer"]

READERS: dict[str, Any] = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
"""The families that arguments belong to, by the last word of their names."""
IN_CORE: dict[str, Any] = {"initializer": initial, "regularizer": regularizer, "constraint": constraint}
"""What makes the core's things of them."""
KEPT = frozenset({"built", "edition", "home", "name", "scope", "source", "trainable", "version"})
"""Attributes that a layer of one's own keeps for itself, or that the program knows by itself."""


class Layer(Base):
    """A layer: it describes a layer of `ravine.nn`, and holds the arrays between two trainings.

    *input_shape*, of one example, or *input_dim*, makes the first layer of a model tell what the model takes. With
    *trainable* False the weights stay as they are.

    A layer of one's own derives from this class. It makes its weights in ``build`` with `add_weight`, and computes in
    ``call`` with jax.numpy; it may hold other layers as attributes.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> layer = Scale(name="scale")
    >>> layer(np.ones((1, 2), np.float32)), layer.weights[0].path
    (Array([[1., 1.]], dtype=float32), 'scale/factor')
    """

    supports_masking: bool = False
    """Whether the layer hands the mask of its input on."""

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        made = super().__new__(cls)
        if not public(cls):
            vars(made)["_given"] = (arguments, options)
        return made

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "build" in vars(cls) and not public(cls):
            cls.build = by_hand(cls.build)  # type: ignore[method-assign]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._kinds: dict[str, dict[str, Any]] = {}
        self._inner: dict[str, Layer] = {}
        self._traced: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._settled = self._locked = False
        self.edition = 0

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "dtype_policy":
            raise RavineError(
                f"layer {vars(self).get('name')!r}: dtype_policy={value!r} is not supported: make the layer with dtype="
            )
        if name not in KEPT and name[0] != "_" and vars(self).get("_settled") and in_force() is None:
            layer: Any = self
            while layer is not None:
                vars(layer)["edition"] += 1
                layer = layer.home and layer.home[0]

    more = True
    handed = frozenset({"activity_regularizer", "weights"})

    def reading(self, name: str, value: Any) -> Any:
        if name in ("activation", "recurrent_activation"):
            vars(self).setdefault("_activations", {})[name] = value
            return activations.get(value)
        family = READERS.get(name.rpartition("_")[2])
        return value if family is None else family.get(value)

    def made(self) -> Any:
        """The layer of `ravine.nn`, of the arguments as they are now."""
        given = {name: getattr(self, name) for name in self.arguments if name not in self.handed}
        for name, value in given.items():
            _, _, kind = name.rpartition("_")
            if name in vars(self).get("_activations", ()):
                given[name] = activations.core_activation(self._activations[name])
            elif kind in IN_CORE:
                given[name] = IN_CORE[kind](value)
        return type(self)._make(**given)  # type: ignore[misc]

    @property
    def is_own(self) -> bool:
        """Whether the user wrote what the layer computes."""
        return type(self).call is not Layer.call

    @property
    def _has_core(self) -> bool:
        return type(self).core is not Layer.core or self._make is not None

    def core(self) -> nn.Layer:
        if self._make is not None:
            return self.made()  # type: ignore[no-any-return]
        if not self.is_own:
            raise RavineError(
                f"{type(self).__name__}: a layer of your own must define call(self, inputs), which computes its output"
            )
        return Own(self, self.trained_names(), self.edition)

    def runnable(self) -> nn.Layer:
        if not self.is_own:
            return super().runnable()
        core = Own(self, self.trained_names(), self.edition)
        return core if self.trainable or not core.weights else nn.Frozen(core)

    def build(self, input_shape: Any) -> None:
        """Make the arrays for inputs of *input_shape*, whose first axis is the batch."""
        if self._has_core:
            super().build(input_shape)
        else:
            self.built = True
            self._adopt()

    def ensure(self, input_shape: Any, scope: str = "", mask: Any = None) -> None:
        if not self.is_own:
            self.core()  # a layer that computes nothing has none, and says so
            super().ensure(input_shape, scope)
            return
        shape = with_batch(type(self).__name__, input_shape)
        self._batch, self._shape = shape[0], shape[1:]
        if self._settled:
            return
        self.scope = scope
        with jax.ensure_compile_time_eval():
            if not self.built:
                build(self, shape)
        self.built = self._locked = True
        self._shape_after(tuple(1 if size is None else size for size in shape[1:]), mask)
        self._adopt()
        self._settled = True
        if self._given_weights is not None:
            self.set_weights(self._given_weights)

    def _shape_after(self, shape: tuple[int, ...], mask: Any = None) -> tuple[int, ...]:
        if shape not in self._traced:
            # Who says what shape comes out need not be asked by a trial of `call`.
            own = type(self).compute_output_shape is not Layer.compute_output_shape
            after: Any = self.compute_output_shape((1, *shape)) if own else (1, *trace(self, shape, mask))
            self._traced[shape] = tuple(after)[1:]
        return self._traced[shape]

    def _adopt(self) -> None:
        if self.is_own or not self._has_core:  # Bidirectional knows where the arrays of its parts are.
            adopt(self, Layer)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the output, batch axis included, for inputs of *input_shape*."""
        if not self.is_own:
            return super().compute_output_shape(input_shape)
        self.ensure(input_shape)
        batch, *tail = with_batch(type(self).__name__, input_shape)
        few, many = (self._shape_after(tuple(n if size is None else size for size in tail)) for n in (2, 3))
        return (batch, *(a if a == b else None for a, b in zip(few, many, strict=True)))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask handed to the next layer."""
        if not self.is_own:
            return self.core().mask(inputs, previous_mask)
        if previous_mask is not None and not self.supports_masking:
            warnings.warn(
                f"layer {self.name!r} ({type(self).__name__}) does not hand on the mask of its input: set "
                "self.supports_masking = True where it should",
                stacklevel=2,
            )
        return previous_mask if self.supports_masking else None

    def layout(self) -> tuple[str, ...]:
        if self._has_core and not self.is_own:
            return super().layout()
        trained = set(self._own_trained())
        here = [name for name in self._arrays if not self._outer_of(name)]
        there = [prefix + name for prefix, layer in self._inner.items() for name in layer.layout()]
        return (*(n for n in here if n in trained), *(n for n in here if n not in trained), *there)

    def flagged(self) -> tuple[str, ...]:
        if self._has_core and not self.is_own:
            return super().flagged()
        if not self.trainable:
            return ()
        inner = [prefix + name for prefix, layer in self._inner.items() for name in layer.flagged()]
        return (*self._own_trained(), *inner)

    def _own_trained(self) -> list[str]:
        held = self.core().statistics if self._has_core else ()
        here = [name for name in self._arrays if not self._outer_of(name)]
        return [name for name in here if self._kinds.get(name, {"trainable": name not in held})["trainable"]]

    def inner_parts(self) -> dict[str, Layer]:
        """The layers inside a layer of one's own, by what stands before the names of their arrays."""
        return dict(self._inner)

    def _outer_of(self, key: str) -> str:
        """What stands before the names of the layer inside that an array belongs to; nothing where it is its own."""
        return next((prefix for prefix in self._inner if key.startswith(prefix)), "")

    def place(self, key: str) -> str:
        prefix = self._outer_of(key)
        if not prefix:
            return str(self._kinds[key]["name"]) if key in self._kinds else key
        return f"{self._inner[prefix].name}/{self._inner[prefix].place(key.removeprefix(prefix))}"

    def weight_options(self, kind: str) -> dict[str, Any]:
        found = {} if not self._has_core else super().weight_options(kind)
        found |= {key: given[kind] for key, given in self._kinds.items() if given[kind] is not None}
        for prefix, layer in self._inner.items():
            found |= {prefix + key: option for key, option in layer.weight_options(kind).items()}
        return found

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: Any = None,
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Weight:
        """Make an array of *shape* that the layer owns; call it in ``build``, or in ``__init__``."""
        owner, stem = f"{type(self).__name__}.add_weight", name or "variable"
        if self._locked:
            raise RavineError(f"{owner}: the layer is built, and {stem!r} comes too late: make it in build or __init__")
        key, count = stem, 0
        while key in self._arrays:
            count += 1
            key = f"{stem}_{count}"
        wanted = sizes(owner, "shape", () if shape is None else shape)
        if None in wanted:
            raise RavineError(f"{owner}: shape must be known, got {wanted}: give Input the lengths of all axes")
        number = np.dtype(getattr(dtype, "name", dtype) or self.dtype)
        claim(self.name, [tuple(size or 0 for size in wanted)])
        start = ("glorot_uniform" if number.kind == "f" else "zeros") if initializer is None else initializer
        value = np.asarray(initializers.get(start)(wanted, dtype=number.name), number)
        if value.shape != wanted:
            raise RavineError(f"{owner}: the initializer made an array of shape {value.shape}, not {wanted}: mend it")
        self.take({key: value})
        self._early |= set() if under_way() else {key}
        self._kinds[key] = {
            "name": stem,
            "trainable": bool(trainable) and number.kind == "f",
            "regularizer": regularizers.get(regularizer),
            "constraint": constraints.get(constraint),
        }
        return self.weight(key)

    add_variable = add_weight

    def add_loss(self, loss: Any) -> NoReturn:
        """Refuse: a layer penalises its weights with a regularizer."""
        refuse("add_loss", "give add_weight a regularizer, or write the term into the loss")

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The output for a batch of *inputs*."""
        binding, core = in_force(), self.core()
        state = {name: jnp.asarray(self.value_of(name)) for name in self.names()}
        params = {name: state.pop(name) for name in self.names() if name not in core.statistics}
        if binding is None:
            context = nn.Context(train=bool(training), seed=self._next_seed(), step=self._calls, mask=mask)
        else:
            train = binding.context.train if training is None else bool(training)
            context = replace(binding.inner(mask), train=train)
        self._calls += 1
        frozen = context.frozen or bool(core.weights and not self.trained_names())
        y, moved = core.apply(params, state, inputs, replace(context, frozen=frozen))
        if context.train and moved:
            self.put({name: array for name, array in moved.items() if name in core.statistics})
        return y

    def _next_seed(self) -> int:
        """The layer's own seed, of which each call draws further numbers; without one, any."""
        return next_seed(getattr(self, "seed", None))

    def __call__(self, x: Any, *others: Any, **options: Any) -> Any:
        training, mask = told(self, x, others, options)
        mask = mask_of(x) if mask is None else mask
        x = jnp.asarray(x)
        if not self.built or (self.is_own and not self._settled):
            self.ensure((None, *x.shape[1:]), mask=mask)
        if not self.is_own:
            check_input(self, x.shape)
            y = self.call(x, training, mask)
        elif (binding := in_force()) is None:
            y = call_alone(
                self, x, nn.Context(train=bool(training), seed=self._next_seed(), step=self._calls, mask=mask)
            )
        else:
            y = call(self, x, training=binding.context.train if training is None else bool(training), mask=mask)
        return mark(y, self.compute_mask(x, mask))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name, value in vars(self).get("_activations", {}).items():
            config[name] = activation_config(value)
        if public(type(self)) or any("get_config" in vars(kind) for kind in type(self).__mro__ if not public(kind)):
            return config
        return config | given(self, config)
