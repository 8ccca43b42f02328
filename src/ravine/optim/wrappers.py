"""Rules around rules: weight decay, clipped gradients, accumulated gradients, any optax transformation."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Tree, cast, check_number, pytree, static
from ravine.optim._rule import Range, Rate, Rule, bounded
from ravine.optim.tree_math import counter, dtype_of, filled

__all__ = ["Accumulate", "AccumulateState", "Clip", "Optax", "OptaxState", "WeightDecay", "Wrapper"]


class Wrapper(Rule):
    """A rule around another: it changes what goes in or comes out and leaves the rest to ``rule``.

    No example: see `WeightDecay`, `Clip` and `Accumulate`.
    """

    rule: Rule

    @property
    def learning_rate(self) -> Rate:
        return self.rule.learning_rate

    def __post_init__(self) -> None:
        if not isinstance(self.rule, Rule):
            raise RavineError(f"{type(self).__name__}: rule must be a ravine.optim.Rule, got {self.rule!r}")
        super().__post_init__()

    def init(self, params: Tree) -> Any:
        return self.rule.init(params)

    def point(self, params: Tree, state: Any) -> Tree:
        return self.rule.point(params, state)

    def rate(self, t: Any) -> Array:
        return self.rule.rate(t)

    def tunable(self) -> dict[str, Range]:
        return {**self.rule.tunable(), **self.ranges}

    def replace(self, **values: Any) -> Self:
        own = {field.name for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        passed = {name: value for name, value in values.items() if name not in own}
        kept = {name: value for name, value in values.items() if name in own}
        if passed:
            kept["rule"] = kept.get("rule", self.rule).replace(**passed)
        return dataclasses.replace(self, **kept)  # type: ignore[type-var]


@pytree
class WeightDecay(Wrapper):
    """Shrink the weights: kind "l2" adds *decay* x theta to the gradient, "decoupled" subtracts eta x *decay* x theta.

    "l2" is the gradient of (decay / 2) |theta|^2 and goes through the rule (torch's weight_decay, Hanson & Pratt 1989);
    "decoupled" does not (Loshchilov & Hutter 2019; Keras 3 for every optimiser). For plain `SGD` they are one.

    >>> from ravine.optim import SGD
    >>> params = jnp.array(2.0)
    >>> shrinking = WeightDecay(SGD(0.5), decay=0.25)
    >>> step, _ = shrinking.update(jnp.array(0.0), shrinking.init(params), params)
    >>> step
    Array(-0.25, dtype=float32)
    """

    rule: Rule
    decay: Number = bounded(1e-4, 0.0)
    kind: str = static(default="l2")

    title: ClassVar[str] = "Weight decay"
    equation: ClassVar[str] = r"g_t \leftarrow g_t + \lambda\, \theta_{t-1}"
    paper: ClassVar[str] = (
        "Hanson, Pratt: Comparing biases for minimal network construction with back-propagation. NIPS 1988"
    )
    ranges: ClassVar[dict[str, Range]] = {"decay": Range(1e-6, 1e-1)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"kind": ("l2", "decoupled")}

    def update(self, grads: Tree, state: Any, params: Tree) -> tuple[Tree, Any]:
        dtype = dtype_of(params)
        decay = cast(self.decay, dtype)
        if self.kind == "l2":
            place = self.rule.point(params, state)
            return self.rule.update(jax.tree.map(lambda g, theta: g + decay * theta, grads, place), state, params)
        share = cast(self.rule, dtype).rate(jnp.asarray(state.t) + 1).astype(dtype) * decay
        step, state = self.rule.update(grads, state, params)
        return jax.tree.map(lambda step, theta: step - share * theta, step, params), state


@pytree
class Clip(Wrapper):
    """Clip the gradient before the rule sees it (Pascanu, Mikolov & Bengio 2013), with Keras's meanings.

    by "value": each entry to [-*limit*, *limit*]; by "norm": each array to a Euclidean norm of at most *limit*; by
    "global_norm": all arrays together.

    >>> from ravine.optim import SGD
    >>> params = jnp.array([0.0, 0.0])
    >>> careful = Clip(SGD(1.0), limit=1.0, by="norm")
    >>> step, _ = careful.update(jnp.array([3.0, 4.0]), careful.init(params), params)
    >>> [round(float(x), 4) for x in step]
    [-0.6, -0.8]
    """

    rule: Rule
    limit: Number = 1.0
    by: str = static(default="global_norm")

    title: ClassVar[str] = "Clipped gradient"
    equation: ClassVar[str] = r"g_t \leftarrow g_t \min(1, c / \lVert g_t \rVert)"
    paper: ClassVar[str] = (
        "Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks. ICML 2013"
    )
    ranges: ClassVar[dict[str, Range]] = {"limit": Range(1e-2, 1e2)}
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"by": ("value", "norm", "global_norm")}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("Clip", "limit", self.limit, low=0.0, open_low=True)

    def update(self, grads: Tree, state: Any, params: Tree) -> tuple[Tree, Any]:
        limit = cast(self.limit, dtype_of(params))

        def shorten(g: Tree) -> Tree:
            total = sum(jnp.sum(leaf * leaf) for leaf in jax.tree.leaves(g))
            factor = limit / jnp.maximum(jnp.sqrt(total), limit)
            return jax.tree.map(lambda leaf: leaf * factor, g)

        if self.by == "value":
            grads = jax.tree.map(lambda g: jnp.clip(g, -limit, limit), grads)
        else:
            grads = shorten(grads) if self.by == "global_norm" else jax.tree.map(shorten, grads)
        return self.rule.update(grads, state, params)


class AccumulateState(NamedTuple):
    """Gradients seen, gradients in the sum, their sum, and the state of the rule inside.

    No example: made by `Accumulate.init`.
    """

    t: Array
    held: Array
    total: Tree
    inner: Any


@pytree
class Accumulate(Wrapper):
    """Update once per *every* gradients, with their mean: a larger batch than fits into memory.

    In between the step is 0. The rule inside, and its schedule, count the updates, not the gradients.

    >>> from ravine.optim import SGD
    >>> patient, params = Accumulate(SGD(1.0), every=2), jnp.array(0.0)
    >>> state, steps = patient.init(params), []
    >>> for g in (1.0, 3.0, 5.0):
    ...     step, state = patient.update(jnp.array(g), state, params)
    ...     steps.append(float(step) + 0.0)
    >>> steps
    [0.0, -2.0, 0.0]
    """

    rule: Rule
    every: Number = 2

    title: ClassVar[str] = "Accumulated gradient"
    equation: ClassVar[str] = r"g_t \leftarrow \frac{1}{n} \sum_{i=1}^{n} g_{(t-1) n + i}"
    paper: ClassVar[str] = (
        "Robbins, Monro: A stochastic approximation method. Annals of Mathematical Statistics 22, 1951"
    )
    ranges: ClassVar[dict[str, Range]] = {}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("Accumulate", "every", self.every, low=1.0)

    def init(self, params: Tree) -> AccumulateState:
        return AccumulateState(counter(), counter(), filled(params), self.rule.init(params))

    def point(self, params: Tree, state: AccumulateState) -> Tree:
        return self.rule.point(params, state.inner)

    def rate(self, t: Any) -> Array:
        every = jnp.asarray(self.every).astype(jnp.int32)
        return self.rule.rate((jnp.asarray(t) - 1) // every + 1)

    def update(self, grads: Tree, state: AccumulateState, params: Tree) -> tuple[Tree, AccumulateState]:
        every = cast(self.every, dtype_of(params))
        total = jax.tree.map(jnp.add, state.total, grads)
        t, held = jnp.asarray(state.t) + 1, jnp.asarray(state.held) + 1

        def due(total: Tree, inner: Any) -> tuple[Tree, Tree, Any, Array]:
            step, inner = self.rule.update(jax.tree.map(lambda g: g / every, total), inner, params)
            return step, jax.tree.map(jnp.zeros_like, total), inner, jnp.zeros_like(held)

        def wait(total: Tree, inner: Any) -> tuple[Tree, Tree, Any, Array]:
            return jax.tree.map(jnp.zeros_like, total), total, inner, held

        inner = jax.tree.map(jnp.asarray, state.inner)
        step, total, inner, held = jax.lax.cond(held.astype(every.dtype) >= every, due, wait, total, inner)
        return step, AccumulateState(t, held, total, inner)


class OptaxState(NamedTuple):
    """Updates done and the state of the transformation.

    No example: made by `Optax.init`.
    """

    t: Array
    inner: Any


@pytree
class Optax(Rule):
    """Any optax ``GradientTransformation`` as a rule; its update is multiplied by *learning_rate*.

    The numbers inside the transformation are part of the compiled program, save those of
    ``optax.inject_hyperparams``; *learning_rate* is traced. ``Optax(optax.scale_by_adam(), -1e-3)`` leaves the rate to
    Ravine.

    >>> import optax
    >>> params = jnp.array(1.0)
    >>> adapted = Optax(optax.sgd(0.5))
    >>> step, _ = adapted.update(jnp.array(1.0), adapted.init(params), params)
    >>> step
    Array(-0.5, dtype=float32)
    """

    transformation: Any = static()
    learning_rate: Rate = 1.0

    title: ClassVar[str] = "optax"
    equation: ClassVar[str] = r"\theta_t = \theta_{t-1} + \eta\, u_t"
    paper: ClassVar[str] = "DeepMind: The DeepMind JAX ecosystem, 2020"
    ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-2, 1e2)}

    def __post_init__(self) -> None:
        if not (hasattr(self.transformation, "init") and hasattr(self.transformation, "update")):
            raise RavineError(
                f"Optax: transformation must be an optax.GradientTransformation, got {self.transformation!r}: "
                "give, for example, optax.adam(1e-3)"
            )

    def init(self, params: Tree) -> OptaxState:
        return OptaxState(counter(), self.transformation.init(params))

    def advance(self, eta: Array, t: Array, g: Tree, state: OptaxState, params: Tree) -> tuple[Tree, OptaxState]:
        updates, inner = self.transformation.update(g, state.inner, params)
        return jax.tree.map(lambda u: eta * u, updates), OptaxState(t, inner)
