"""Schedules: the learning rate as a function of the number of updates done."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, RavineError, Registry, cast, check_number, pytree, static

__all__ = [
    "SCHEDULES",
    "ConstantSchedule",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "FunctionSchedule",
    "InverseSqrt",
    "InverseTime",
    "OneCycle",
    "Polynomial",
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
    equation: ClassVar[str] = ""
    """The rate of step s in LaTeX, where eta is the first rate and n the number of steps: what the lab prints."""

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
        leaves = jax.tree.leaves(self)
        dtype = jnp.asarray(leaves[0]).dtype if leaves else jnp.result_type(float)
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

    equation: ClassVar[str] = r"\eta"

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

    equation: ClassVar[str] = r"\eta\, f^{\lfloor s / n \rfloor}"

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

    equation: ClassVar[str] = r"\eta\, f^{s / n}"

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

    equation: ClassVar[str] = r"\eta\, (1 + \cos(\pi s / n)) / 2"

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

    equation: ClassVar[str] = r"\eta \min(s / n, 1)"

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

    equation: ClassVar[str] = r"\tfrac{\eta}{25} \to \eta \to \tfrac{\eta}{25 \cdot 10^4}"

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

    equation: ClassVar[str] = r"\eta / \sqrt{s + 1}"

    def at(self, step: Array) -> Any:
        return self.initial / jnp.sqrt(step + 1)


@SCHEDULES.register("cosine_restarts")
@pytree
class CosineRestarts(Schedule):
    """Cosines one after another, the first over n *steps*, each *grow* times as long and *shrink* times as high.

    Cycle i begins at step n (1 + grow + ... + grow^(i-1)); at the share x of it the rate is
    eta_0 [a + (1 - a) shrink^i (1 + cos(pi x)) / 2], with a the share left at the end (*final*), which shrinks not.
    SGDR, Loshchilov & Hutter 2017, arXiv:1608.03983; the defaults are Keras's CosineDecayRestarts.

    >>> [round(float(CosineRestarts(1.0, steps=10)(s)), 3) for s in (0, 5, 10, 20, 30)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    initial: Number = 0.1
    steps: Number = 1000.0
    grow: Number = 2.0
    shrink: Number = 1.0
    final: Number = 0.0

    equation: ClassVar[str] = r"\eta\, (1 + \cos(\pi s_i / n_i)) / 2, \quad n_i = 2^i n"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("CosineRestarts", "grow", self.grow, low=1.0)
        check_number("CosineRestarts", "shrink", self.shrink, low=0.0)
        check_number("CosineRestarts", "final", self.final, low=0.0, high=1.0)

    def at(self, step: Array) -> Any:
        share = step / self.steps
        even = self.grow == 1
        grow = jnp.where(even, 2, self.grow)

        def begin(cycle: Any) -> Any:
            return jnp.where(even, cycle, (grow**cycle - 1) / (grow - 1))

        guess = jnp.floor(jnp.where(even, share, jnp.log1p(share * (grow - 1)) / jnp.log(grow)))
        # A quotient of logarithms may round to either side of the whole number at which a cycle begins.
        late, early = share >= begin(guess + 1), share < begin(guess)
        cycle = guess + late.astype(guess.dtype) - early.astype(guess.dtype)
        along = (share - begin(cycle)) / jnp.where(even, 1, grow**cycle)
        wave = 0.5 * (1 + jnp.cos(math.pi * along))
        return self.initial * (self.final + (1 - self.final) * self.shrink**cycle * wave)


@SCHEDULES.register("inverse_time")
@pytree
class InverseTime(Schedule):
    """eta_s = eta_0 / (1 + k s / n): the rate falls as 1 / s; with *stairs* as 1 / floor(s / n).

    n are the *steps*, k is the *decay*. Robbins & Monro 1951 ask for such a rate; Keras's InverseTimeDecay.

    >>> [round(float(InverseTime(1.0, steps=10)(s)), 3) for s in (0, 10, 30)]
    [1.0, 0.5, 0.25]
    """

    initial: Number = 0.1
    steps: Number = 1000.0
    decay: Number = 1.0
    stairs: bool = static(default=False)

    equation: ClassVar[str] = r"\frac{\eta}{1 + s / n}"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("InverseTime", "decay", self.decay, low=0.0)

    def at(self, step: Array) -> Any:
        share = step / self.steps
        return self.initial / (1 + self.decay * (jnp.floor(share) if self.stairs else share))


@SCHEDULES.register("polynomial")
@pytree
class Polynomial(Schedule):
    """eta_s = (eta_0 - e) (1 - s / n)^p + e for s <= n, then e: down to the rate e (*end*) in n *steps*.

    p is the *power*, 1 for a straight line. With *cycles* n becomes its smallest multiple that is not below s, so that
    the rate jumps up again and again, less each time. Keras's PolynomialDecay.

    >>> [round(float(Polynomial(1.0, steps=10, end=0.0)(s)), 3) for s in (0, 5, 10, 20)]
    [1.0, 0.5, 0.0, 0.0]
    """

    initial: Number = 0.1
    steps: Number = 1000.0
    end: Number = 1e-4
    power: Number = 1.0
    cycles: bool = static(default=False)

    rates: ClassVar[tuple[str, ...]] = ("initial", "end", "power")
    equation: ClassVar[str] = r"\eta\, (1 - s / n)"

    def at(self, step: Array) -> Any:
        steps = self.steps * jnp.maximum(jnp.ceil(step / self.steps), 1) if self.cycles else self.steps
        left = 1 - jnp.minimum(step, steps) / steps
        return (self.initial - self.end) * left**self.power + self.end


@pytree
class FunctionSchedule(Schedule):
    """A user's own *function* of the step, written with jax.numpy: it is traced into the program, and called once.

    A rule makes one of any function that it is given as its learning rate. It has no name, and no place in a text or a
    file.

    >>> from ravine.optim import SGD
    >>> SGD(lambda step: 0.5 / (1 + step)).rate(2)
    Array(0.25, dtype=float32)
    """

    function: Callable[[Array], Any] = static()

    def at(self, step: Array) -> Any:
        rate = jnp.asarray(self.function(step))
        if rate.shape:
            raise RavineError(
                f"learning_rate: the function gave an array of shape {rate.shape} at a step: give a number"
            )
        return rate.astype(step.dtype)
