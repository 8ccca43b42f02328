"""Schedules: the learning rate as a function of the number of updates done."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, Registry, cast, check_number, pytree

__all__ = [
    "SCHEDULES",
    "ConstantSchedule",
    "Cosine",
    "Exponential",
    "InverseSqrt",
    "OneCycle",
    "Schedule",
    "Step",
    "WarmUp",
]


class Schedule:
    """A learning rate that changes: ``schedule(step)`` with *step* = 0 before the first update.

    *step* is an integer, an int32 array or a tracer. The numbers of a schedule are leaves: another value compiles
    nothing. A new schedule derives from this class and defines `at`.

    >>> @pytree
    ... class Linear(Schedule):
    ...     initial: Number
    ...     steps: Number
    ...     def at(self, step: Array) -> Any:
    ...         return self.initial * jnp.maximum(1 - step / self.steps, 0)
    >>> Linear(1.0, 10.0)(5)
    Array(0.5, dtype=float32)
    """

    rates: ClassVar[tuple[str, ...]] = ("initial", "peak", "rate")
    """Fields that must not be negative."""
    lengths: ClassVar[tuple[str, ...]] = ("steps", "every")
    """Fields that must be positive."""

    def __post_init__(self) -> None:
        owner = type(self).__name__
        for name in self.rates:
            if not isinstance(getattr(self, name, 0.0), Schedule):
                check_number(owner, name, getattr(self, name, 0.0), low=0.0)
        for name in self.lengths:
            check_number(owner, name, getattr(self, name, 1.0), low=0.0, open_low=True)

    def at(self, step: Array) -> Any:
        """The rate at *step*, given as a floating-point array; the fields are arrays of its dtype."""
        raise NotImplementedError(type(self).__name__)

    def __call__(self, step: Any) -> Array:
        dtype = jnp.asarray(jax.tree.leaves(self)[0]).dtype
        dtype = dtype if jnp.issubdtype(dtype, jnp.floating) else jnp.result_type(float)
        return jnp.asarray(cast(self, dtype).at(jnp.asarray(step).astype(dtype)))


SCHEDULES: Registry[type[Schedule]] = Registry("schedule")
"""The schedules by name."""


@SCHEDULES.register("constant")
@pytree
class ConstantSchedule(Schedule):
    """eta_s = eta_0.

    >>> ConstantSchedule(0.5)(100)
    Array(0.5, dtype=float32)
    """

    initial: Number = 0.01

    def at(self, step: Array) -> Any:
        return jnp.asarray(self.initial)


@SCHEDULES.register("step")
@pytree
class Step(Schedule):
    """eta_s = eta_0 f^floor(s / n): times the *factor* f after *every* n updates.

    >>> [round(float(Step(1.0, every=10, factor=0.5)(s)), 3) for s in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """

    initial: Number = 0.1
    every: Number = 1000.0
    factor: Number = 0.1

    def at(self, step: Array) -> Any:
        return self.initial * self.factor ** jnp.floor(step / self.every)


@SCHEDULES.register("exponential")
@pytree
class Exponential(Schedule):
    """eta_s = eta_0 f^(s / n): times the *factor* f over every n *steps*, continuously.

    >>> [round(float(Exponential(1.0, steps=10, factor=0.5)(s)), 3) for s in (0, 5, 10)]
    [1.0, 0.707, 0.5]
    """

    initial: Number = 0.1
    steps: Number = 1000.0
    factor: Number = 0.5

    def at(self, step: Array) -> Any:
        return self.initial * self.factor ** (step / self.steps)


@SCHEDULES.register("cosine")
@pytree
class Cosine(Schedule):
    """eta_s = eta_0 [a + (1 - a) (1 + cos(pi s / n)) / 2] for s <= n, then a eta_0.

    Loshchilov & Hutter 2017, one cycle. n are the *steps*, a is the share of the rate left at the end (*final*).

    >>> [round(float(Cosine(1.0, steps=10)(s)), 3) for s in (0, 5, 10, 20)]
    [1.0, 0.5, 0.0, 0.0]
    """

    initial: Number = 0.1
    steps: Number = 1000.0
    final: Number = 0.0

    def at(self, step: Array) -> Any:
        wave = 0.5 * (1 + jnp.cos(math.pi * jnp.clip(step / self.steps, 0, 1)))
        return self.initial * (self.final + (1 - self.final) * wave)


@SCHEDULES.register("warm_up", "warmup")
@pytree
class WarmUp(Schedule):
    """Up to the first rate in equal increments over n *steps*, then the *schedule*, as if begun there.

    eta_s = [f + (1 - f) s / n] eta(0) for s < n, eta(s - n) after; f is the share at the start (*first*), 0 by default.

    >>> [round(float(WarmUp(0.4, steps=4)(s)), 3) for s in (0, 1, 2, 4, 9)]
    [0.0, 0.1, 0.2, 0.4, 0.4]
    """

    schedule: Number | Schedule = 0.1
    steps: Number = 100.0
    first: Number = 0.0

    rates: ClassVar[tuple[str, ...]] = ("schedule", "first")

    def at(self, step: Array) -> Any:
        share = self.first + (1 - self.first) * jnp.minimum(step / self.steps, 1)
        inner = self.schedule
        return share * (inner.at(jnp.maximum(step - self.steps, 0)) if isinstance(inner, Schedule) else inner)


@SCHEDULES.register("one_cycle", "onecycle")
@pytree
class OneCycle(Schedule):
    """Up from peak / *divide* to *peak* and down to peak / (*divide* x *final*), each along half a cosine.

    Smith & Topin 2019. The rise takes the share *warm* of the n *steps*; after them the rate stays at its end.

    >>> [round(float(OneCycle(1.0, steps=10, warm=0.5)(s)), 4) for s in (0, 5, 10)]
    [0.04, 1.0, 0.0]
    """

    peak: Number = 0.1
    steps: Number = 1000.0
    warm: Number = 0.3
    divide: Number = 25.0
    final: Number = 1e4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("OneCycle", "warm", self.warm, low=0.0, high=1.0, open_low=True, open_high=True)

    def at(self, step: Array) -> Any:
        start = self.peak / self.divide
        end = start / self.final
        rise = jnp.clip(step / (self.warm * self.steps), 0, 1)
        fall = jnp.clip((step - self.warm * self.steps) / ((1 - self.warm) * self.steps), 0, 1)
        up = start + (self.peak - start) * 0.5 * (1 - jnp.cos(math.pi * rise))
        down = end + (self.peak - end) * 0.5 * (1 + jnp.cos(math.pi * fall))
        return jnp.where(rise < 1, up, down)


@SCHEDULES.register("inverse_sqrt")
@pytree
class InverseSqrt(Schedule):
    """eta_s = eta_0 / sqrt(s + 1): alpha / sqrt(t) with t = s + 1, which the convergence proofs ask for.

    >>> [round(float(InverseSqrt(1.0)(s)), 3) for s in (0, 3, 99)]
    [1.0, 0.5, 0.1]
    """

    initial: Number = 0.1

    def at(self, step: Array) -> Any:
        return self.initial / jnp.sqrt(step + 1)
