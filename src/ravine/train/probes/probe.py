"""What a probe is: an instrument computed inside the compiled loop at a stride, and what it may carry along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ravine.core import Array
from ravine.functions import activation, linear
from ravine.nn import Network
from ravine.optim import Rule

__all__ = ["Memory", "Probe", "Sample", "activated", "norm", "trained"]


Columns = Callable[[Network, Any], tuple[str, ...]]
Places = Callable[[Network, Any], tuple[int, ...]]


class Sample(NamedTuple):
    """What a probe sees of one step.

    *before* is the whole state before the step, *after* the weights after it, and *update* their difference: what the
    step really changed. *point* are the weights at which the batch's *loss* and its gradient *grads* were taken: those
    before the step, unless the rule looks ahead. *x* holds the batch's inputs; *valid* (batch,) is 1 for an example and
    0 for padding, which repeats the batch's first example, or None where nothing is padded. ``cost(params, rows)`` is
    the mean loss of the batch's first *rows* rows (None: all) at any weights, under the dropout of this very step.
    *memory* holds, by name, what probes carry along.

    No example: made inside the compiled step.
    """

    network: Network
    rule: Rule
    before: Any
    after: Any
    point: Any
    loss: Array
    grads: Any
    update: Any
    x: Array
    valid: Array | None
    cost: Callable[..., Array]
    seed: Any
    memory: dict[str, Any]

    @property
    def rate(self) -> Array:
        """The learning rate of this step."""
        return self.rule.rate(jnp.asarray(self.before.rule_state.t) + 1)

    @property
    def examples(self) -> Array:
        """The number of examples in the batch, padding left out."""
        dtype = dtype_of(self.before.params)
        return jnp.asarray(self.x.shape[0], dtype) if self.valid is None else self.valid.sum()


@dataclass(frozen=True)
class Memory:
    """What probes carry from one sampling to the next, as part of the run's state: checkpoints keep it.

    ``init(network, params)`` makes it, on the host. At a sampled step ``update(sample, old)`` renews it before the
    probes that need it are computed. *update_before*, of the same form, renews it at the step just before a
    sampled one.

    >>> from ravine.train.probes import MEMORIES
    >>> sorted(MEMORIES)
    ['never_active', 'sharpness', 'update_cosine']
    """

    name: str
    init: Callable[[Network, Any], Any]
    update: Callable[[Sample, Any], Any]
    update_before: Callable[[Sample, Any], Any] | None = None


@dataclass(frozen=True)
class Probe:
    """A named instrument: *compute* turns a `Sample` into numbers, *columns* names them for (network, params).

    *memory* names the entry of `MEMORIES` that it reads.

    >>> from ravine.train.probes import PROBES
    >>> PROBES["gradient_norm"].title
    'Norm of the gradient, per layer'
    """

    name: str
    title: str
    columns: Columns
    compute: Callable[[Sample], Array]
    memory: str | None = None


def dtype_of(params: Any) -> Any:
    leaves = jax.tree.leaves(params)
    return leaves[0].dtype if leaves else jnp.float32


def trained(network: Network, params: Any) -> tuple[int, ...]:
    """The places of the layers that have trained arrays.

    No example: needs a network's arrays; see `Probe`.
    """
    return tuple(index for index, each in enumerate(params) if each)


def activated(network: Network, params: Any = None) -> tuple[int, ...]:
    """The places of the layers that apply an activation, the last one left out: it is the network's answer.

    >>> from ravine.nn import Dense
    >>> activated(Network((Dense(4, "relu"), Dense(3), Dense(2, "softmax")), (2,)))
    (0,)
    """
    return tuple(
        index
        for index, layer in enumerate(network.layers[:-1])
        if activation(getattr(layer, "activation", linear)) is not linear
    )


def named(places: Places) -> Columns:
    return lambda network, params: tuple(f"{i}_{network.layers[i].name}" for i in places(network, params))


def whole(*names: str) -> Columns:
    return lambda network, params: names


def norm(tree: Any) -> Array:
    """The Euclidean norm of all numbers of *tree*.

    >>> float(norm({"a": jnp.array([3.0]), "b": jnp.array([4.0])}))
    5.0
    """
    return jnp.sqrt(dot(tree, tree))


def dot(one: Any, other: Any) -> Array:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return jnp.asarray(sum(jnp.sum(a * b) for a, b in pairs))
