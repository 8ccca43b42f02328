"""Layers that users write: `add_weight` in `build`, the computation in `call`."""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine import nn
from ravine.core import Array, RavineError, pytree, static
from ravine.keras.layers.binding import bound
from ravine.keras.layers.masks import mark
from ravine.keras.naming import numbered
from ravine.nn import sum_of_terms

__all__ = ["Own", "call", "call_alone", "inner_layers", "trace"]


@pytree
class Own(nn.Layer):
    """The layer of `ravine.nn` that runs the `call` of a Keras layer; *trained* names the arrays a rule changes.

    No example: made by `ravine.keras.layers.Layer`.
    """

    layer: Any = static()
    trained: tuple[str, ...] = static()
    edition: int = static(default=0)
    """Counts the changes of the layer's attributes, which `call` may read: a program is made anew for each."""

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of all arrays."""
        return tuple(self.layer.names())

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of the arrays that only `call` changes."""
        return tuple(name for name in self.weights if name not in self.trained)

    @property
    def name(self) -> str:
        return str(self.layer.name)

    def output_shape(self, shape: nn.Shape) -> nn.Shape:
        return tuple(self.layer.compute_output_shape((None, *shape))[1:])

    def apply(self, params: Any, state: Any, x: Array, context: nn.Context) -> tuple[Array, Any]:
        with bound(self.layer, {**params, **state}, context) as binding:
            y = call(self.layer, mark(x, context.mask), training=context.train, mask=context.mask)
        moved = {name: binding.values[id(self.layer), name] for name in state}
        return y, {name: jnp.asarray(value, state[name].dtype) for name, value in moved.items()}

    def mask(self, x: Array, mask: Array | None) -> Array | None:
        found: Array | None = self.layer.compute_mask(x, mask)
        return found

    def penalty(self, params: Any) -> Array | None:
        found = self.layer.weight_options("regularizer")
        return sum_of_terms([penalty(params[name]) for name, penalty in found.items() if name in params])

    def constrain(self, params: Any) -> Any:
        found = self.layer.weight_options("constraint")
        return params | {name: limit(params[name]) for name, limit in found.items() if name in params}

    @property
    def constrained(self) -> bool:
        return bool(self.layer.weight_options("constraint"))


def call(layer: Any, x: Any, training: Any, mask: Any) -> Any:
    """What the user's `call` gives for *x*, told *training* and *mask* where it asks for them.

    No example: called by `Own`.
    """
    asked = inspect.signature(layer.call).parameters
    told = {"training": training, "mask": mask}
    try:
        return layer.call(x, **{name: value for name, value in told.items() if name in asked})
    except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError) as cause:
        raise RavineError(
            f"{type(layer).__name__}.call turns its input into numbers of NumPy or Python, which a compiled program "
            "cannot: write it with jax.numpy, and choose with jnp.where instead of if"
        ) from cause


def call_alone(layer: Any, x: Any, context: nn.Context) -> Any:
    """The output of a layer of one's own outside of a model, whose layers inside hear of *context*, too.

    No example: called by the layer.
    """
    core = Own(layer, layer.trained_names(), layer.edition)
    values = {name: jnp.asarray(layer.value_of(name)) for name in layer.names()}
    y, moved = core.apply({}, values, x, context)
    layer.put({name: value for name, value in moved.items() if value is not values[name]})
    layer._calls += 1
    return y


def trace(layer: Any, shape: tuple[int, ...], mask: Any = None) -> tuple[int, ...]:
    """The shape of one output for examples of *shape*: `call` runs once on shapes alone, which builds inner layers.

    Where a *mask* comes with the inputs, one like it comes with the trial.

    No example: called when a layer is built.
    """

    def run(x: Any) -> Any:
        with bound(layer, {}, nn.Context(), is_trial=True):
            return call(layer, mark(x, kept), training=False, mask=kept)

    kept = None if mask is None else np.ones((1, *np.shape(mask)[1:]), bool)
    # Nothing is allocated: one number, seen in the shape.
    x = np.broadcast_to(np.zeros((), layer.dtype), (1, *shape))
    out = jax.eval_shape(run, x)
    if not hasattr(out, "shape"):
        raise RavineError(
            f"{type(layer).__name__}.call must return one array, got {type(out).__name__}: a model hands one on"
        )
    if not out.shape or out.shape[0] != 1:
        raise RavineError(
            f"{type(layer).__name__}.call must keep the batch axis, the first one: one example went in, and an array "
            f"of shape {out.shape} came out"
        )
    return tuple(out.shape[1:])


def inner_layers(layer: Any, kind: type) -> dict[str, Any]:
    """The layers that *layer* holds as attributes, alone or in lists, by their places in a file.

    No example: called when a layer is built.
    """
    found: dict[str, Any] = {}
    for attribute, value in vars(layer).items():
        if attribute in ("home", "source", "_inner"):
            continue
        if isinstance(value, kind):
            found[attribute] = value
        elif isinstance(value, list | tuple):
            found |= listed(attribute, [each for each in value if isinstance(each, kind)])
        elif isinstance(value, dict):
            found |= listed(attribute, [each for each in value.values() if isinstance(each, kind)])
    unique: dict[int, str] = {}
    for place, each in found.items():
        unique.setdefault(id(each), place)
    return {place: found[place] for place in unique.values()}


def listed(attribute: str, layers: list[Any]) -> dict[str, Any]:
    """Layers of a list by their places in a file: ``blocks/dense``, ``blocks/dense_1``.

    >>> from ravine.keras.layers import Dense
    >>> list(listed("blocks", [Dense(1), Dense(1)]))
    ['blocks/dense', 'blocks/dense_1']
    """
    return {f"{attribute}/{name}": layer for name, layer in zip(numbered(layers), layers, strict=True)}
