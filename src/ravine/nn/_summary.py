"""What a network consists of: names, shapes and numbers of parameters, as records and as the table Keras 2 prints."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ravine.core import RavineError
from ravine.functions import Initializer
from ravine.nn._network import Network
from ravine.nn.dense import PReLU
from ravine.nn.frozen import Frozen
from ravine.nn.layer import Layer, Shape, Variables

__all__ = ["Row", "count_params", "layer_names", "outline", "rows", "summary", "weight_shapes"]


@dataclass(frozen=True)
class Row:
    """One layer of a network: *trainable* and *non_trainable* count its parameters.

    >>> Row("dense", "Dense", (10,), 7850, 0).params
    7850
    """

    name: str
    kind: str
    output_shape: Shape
    trainable: int
    non_trainable: int

    @property
    def params(self) -> int:
        """The number of all parameters."""
        return self.trainable + self.non_trainable


def layer_names(network: Network) -> tuple[str, ...]:
    """A name for each layer: its kind, and a number from the second of a kind on.

    >>> from ravine.nn import Dense
    >>> layer_names(Network((Dense(3), Dense(2)), (4,)))
    ('dense', 'dense_1')
    """
    seen: Counter[str] = Counter()
    names = []
    for layer in network.layers:
        names.append(f"{layer.name}_{seen[layer.name]}" if seen[layer.name] else layer.name)
        seen[layer.name] += 1
    return tuple(names)


def weight_shapes(network: Network) -> Variables:
    """The shapes of the arrays that ``network.init`` makes, without making them.

    >>> from ravine.nn import Dense
    >>> weight_shapes(Network((Dense(2),), (4,))).params
    ({'kernel': (4, 2), 'bias': (2,)},)
    """
    variables = outline(network)
    return Variables(*(tuple({n: a.shape for n, a in layer.items()} for layer in part) for part in variables))


def outline(network: Network, dtype: Any = np.float32) -> Variables:
    """Arrays of the shapes and the type of those that ``network.init`` makes: zeros, which take no memory of their own.

    >>> from ravine.nn import Dense
    >>> outline(Network((Dense(10**9),), (10**6,))).params[0]["kernel"].shape
    (1000000, 1000000000)
    """
    return Network(tuple(_blank(layer) for layer in network.layers), network.input_shape).init(dtype=dtype)


def rows(network: Network, names: Sequence[str] | None = None) -> list[Row]:
    """One record for each layer; *names* stand in for those of `layer_names`.

    >>> from ravine.nn import Dense, Dropout
    >>> [row.params for row in rows(Network((Dense(512), Dropout(0.2), Dense(10)), (784,)))]
    [401920, 0, 5130]
    """
    names = layer_names(network) if names is None else names
    if len(names) != len(network.layers):
        raise RavineError(f"summary: {len(network.layers)} names are needed, one for each layer, got {len(names)}")
    shapes = weight_shapes(network)
    parts = zip(names, network.layers, network.shapes, shapes.params, shapes.state, strict=True)
    return [
        Row(name, type(_bare(layer)).__name__, shape, _size(params), _size(state))
        for name, layer, shape, params, state in parts
    ]


def count_params(network: Network) -> tuple[int, int]:
    """The numbers of (trainable, non-trainable) parameters.

    >>> from ravine.nn import BatchNormalization, Dense
    >>> count_params(Network((Dense(10), BatchNormalization()), (784,)))
    (7870, 20)
    """
    each = rows(network)
    return sum(row.trainable for row in each), sum(row.non_trainable for row in each)


def summary(network: Network, names: Sequence[str] | None = None) -> str:
    """The table of layers, output shapes and parameters that the lecture's Keras 2 prints.

    >>> from ravine.nn import Dense, Dropout
    >>> print(summary(Network((Dense(512, "relu"), Dropout(0.2), Dense(10, "softmax")), (784,))))
    _________________________________________________________________
    Layer (type)                 Output Shape              Param #
    =================================================================
    dense (Dense)                (None, 512)               401920
    _________________________________________________________________
    dropout (Dropout)            (None, 512)               0
    _________________________________________________________________
    dense_1 (Dense)              (None, 10)                5130
    =================================================================
    Total params: 407,050
    Trainable params: 407,050
    Non-trainable params: 0
    _________________________________________________________________
    """
    each = rows(network, names)
    table = [("Layer (type)", "Output Shape", "Param #")]
    table += [(f"{row.name} ({row.kind})", str((None, *row.output_shape)), str(row.params)) for row in each]
    # Keras's columns; where it would cut a long name off, the column grows.
    widths = [max(least, *(len(line[i]) + 1 for line in table)) for i, least in enumerate((29, 26, 10))]
    head, *body = ("".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table)
    thin, thick = "_" * sum(widths), "=" * sum(widths)
    trainable, fixed = sum(row.trainable for row in each), sum(row.non_trainable for row in each)
    totals = [
        f"Total params: {trainable + fixed:,}",
        f"Trainable params: {trainable:,}",
        f"Non-trainable params: {fixed:,}",
    ]
    return "\n".join([thin, head, thick, f"\n{thin}\n".join(body), thick, *totals, thin])


def _bare(layer: Layer) -> Layer:
    return _bare(layer.layer) if isinstance(layer, Frozen) else layer


def _size(shapes: Any) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


@dataclass(frozen=True)
class _Blank(Initializer):
    """An array of any shape that takes no memory."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.broadcast_to(np.zeros(()), shape)

    def __call__(self, rng: np.random.Generator, shape: Sequence[int], dtype: Any = np.float32) -> np.ndarray:
        return np.broadcast_to(np.zeros((), dtype), tuple(shape))


@dataclass(frozen=True)
class _BlankSlopes(Layer):
    """A `PReLU` whose slopes take no memory; all else is the layer's own."""

    layer: PReLU

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def init(self, rng: np.random.Generator, shape: Shape, dtype: Any = np.float32) -> Variables:
        return Variables({"alpha": np.broadcast_to(np.zeros((), dtype), self.layer.slopes(shape))}, {})


def _blank(layer: Any) -> Any:
    """*layer*, and the layers inside it, with weights that take neither time nor memory."""
    if isinstance(layer, PReLU):
        return _BlankSlopes(layer)
    # the ones that a forget gate starts with are ordinary ones
    changes: dict[str, Any] = {"unit_forget_bias": False} if hasattr(layer, "unit_forget_bias") else {}
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.name.endswith("_initializer"):
            changes[field.name] = _Blank()
        elif isinstance(value, Layer):
            changes[field.name] = _blank(value)
    return replace(layer, **changes)
