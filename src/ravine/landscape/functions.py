"""Test functions of two variables, on which one sees how a rule walks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ravine.core import Array, Number, Registry, pytree, static

__all__ = ["FUNCTIONS", "TestFunction", "function", "quadratic"]

Point = tuple[float, float]


@pytree
class TestFunction:
    """A function of (x, y): how to compute it, where its minima are, where to look at it and where to start.

    *f* takes x, y of one shape and the *parameters*, which are leaves. Calling the record takes points of shape (...,
    2). *minima* are the global minima, all of *value*; () where the function has none. *domain* is ((x from, to), (y
    from, to)).

    >>> function("himmelblau")(jnp.array([3.0, 2.0]))
    Array(0., dtype=float32)
    """

    __test__ = False  # not a test, whatever its name makes pytest think

    f: Callable[..., Array] = static()
    parameters: tuple[Number, ...] = ()
    name: str = static(default="")
    formula: str = static(default="")
    minima: tuple[Point, ...] = static(default=())
    value: float = static(default=0.0)
    domain: tuple[Point, Point] = static(default=((-1.0, 1.0), (-1.0, 1.0)))
    start: Point = static(default=(0.0, 0.0))

    def __call__(self, point: Any) -> Array:
        point = jnp.asarray(point)
        return jnp.asarray(self.f(point[..., 0], point[..., 1], *self.parameters))

    def gradient(self, point: Any) -> Array:
        """The gradient at *point*, of shape (2,)."""
        slope: Array = jax.grad(self)(jnp.asarray(point))
        return slope


FUNCTIONS: Registry[TestFunction] = Registry("test function")
"""The test functions by name."""


def function(name: str | TestFunction) -> TestFunction:
    """The test function of that *name*; a `TestFunction` is handed back.

    >>> function("beale").minima
    ((3.0, 0.5),)
    """
    return name if isinstance(name, TestFunction) else FUNCTIONS[name]


def bowl(x: Array, y: Array, condition: Any) -> Any:
    return 0.5 * (x * x + condition * y * y)


def quadratic(condition: Number = 50.0) -> TestFunction:
    """The ravine (x^2 + k y^2) / 2 with the *condition* number k: steep across, flat along. k is a leaf.

    >>> quadratic(100.0)(jnp.array([1.0, 1.0]))
    Array(50.5, dtype=float32)
    """
    return TestFunction(
        bowl,
        (condition,),
        "quadratic",
        r"\tfrac12 (x^2 + \kappa y^2)",
        minima=((0.0, 0.0),),
        domain=((-10.0, 10.0), (-3.0, 3.0)),
        start=(-9.0, 2.0),
    )


def rosenbrock(x: Array, y: Array) -> Array:
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def beale(x: Array, y: Array) -> Array:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Array, y: Array) -> Array:
    return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2


def rastrigin(x: Array, y: Array) -> Array:
    return 20 + x * x + y * y - 10 * (jnp.cos(2 * math.pi * x) + jnp.cos(2 * math.pi * y))


def saddle(x: Array, y: Array) -> Array:
    return x * x - y * y


def plateau(x: Array, y: Array) -> Array:
    return 1 - jnp.exp(-0.5 * (x * x + y * y))


def cliff(x: Array, y: Array) -> Array:
    wall = jnp.minimum(x * x, 1e4) ** 8  # bounded, for inf / inf is no height
    return (x * x + y * y) / 10 + 3 * wall / (1 + wall)


def ackley(x: Array, y: Array) -> Array:
    square = 0.5 * (x * x + y * y)
    origin = square == 0  # where the root has no derivative, 0 is taken
    root = jnp.where(origin, 0, jnp.sqrt(jnp.where(origin, 1, square)))
    waves = 0.5 * (jnp.cos(2 * math.pi * x) + jnp.cos(2 * math.pi * y))
    return 20 - 20 * jnp.exp(-0.2 * root) + math.e - jnp.exp(waves)


def styblinski_tang(x: Array, y: Array) -> Array:
    return 0.5 * (x**4 - 16 * x * x + 5 * x + y**4 - 16 * y * y + 5 * y)


# The least root of 4 x^3 - 32 x + 5, and half of x^4 - 16 x^2 + 5 x there, twice.
STYBLINSKI, STYBLINSKI_VALUE = -2.9035340277711767, -78.33233140754282
SQUARE = ((-5.0, 5.0), (-5.0, 5.0))

for made, aliases in (
    (quadratic(), ("ravine",)),
    (
        TestFunction(
            rosenbrock,
            name="rosenbrock",
            formula=r"(1 - x)^2 + 100 (y - x^2)^2",
            minima=((1.0, 1.0),),
            domain=((-2.0, 2.0), (-1.0, 3.0)),
            start=(-1.5, 2.0),
        ),
        (),
    ),
    (
        TestFunction(
            beale,
            name="beale",
            formula=r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
            minima=((3.0, 0.5),),
            domain=((-4.5, 4.5), (-4.5, 4.5)),
            start=(1.0, 1.5),
        ),
        (),
    ),
    (
        TestFunction(
            himmelblau,
            name="himmelblau",
            formula=r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
            minima=(
                (3.0, 2.0),
                (-2.805118086952745, 3.131312518250573),
                (-3.7793102533777465, -3.283185991286169),
                (3.5844283403304917, -1.8481265269644034),
            ),
            domain=((-6.0, 6.0), (-6.0, 6.0)),
            start=(-0.5, -1.0),
        ),
        (),
    ),
    (
        TestFunction(
            rastrigin,
            name="rastrigin",
            formula=r"20 + x^2 + y^2 - 10 (\cos 2 \pi x + \cos 2 \pi y)",
            minima=((0.0, 0.0),),
            domain=((-5.12, 5.12), (-5.12, 5.12)),
            start=(-3.3, 2.7),
        ),
        (),
    ),
    (
        TestFunction(
            saddle,
            name="saddle",
            formula=r"x^2 - y^2",
            domain=((-2.0, 2.0), (-2.0, 2.0)),
            start=(1.5, 0.01),
        ),
        (),
    ),
    (
        TestFunction(
            plateau,
            name="plateau",
            formula=r"1 - \exp(-(x^2 + y^2) / 2)",
            minima=((0.0, 0.0),),
            domain=((-4.0, 4.0), (-4.0, 4.0)),
            start=(-3.0, 2.5),
        ),
        (),
    ),
    (
        TestFunction(
            cliff,
            name="cliff",
            formula=r"\frac{x^2 + y^2}{10} + \frac{3 x^{16}}{1 + x^{16}}",
            minima=((0.0, 0.0),),
            domain=((-3.0, 3.0), (-3.0, 3.0)),
            start=(-2.5, 2.0),
        ),
        (),
    ),
    (
        TestFunction(
            ackley,
            name="ackley",
            formula=r"20 + e - 20 \exp\left(-0.2 \sqrt{(x^2 + y^2) / 2}\right) "
            r"- \exp\left((\cos 2 \pi x + \cos 2 \pi y) / 2\right)",
            minima=((0.0, 0.0),),
            domain=SQUARE,
            start=(-3.4, 2.6),
        ),
        (),
    ),
    (
        TestFunction(
            styblinski_tang,
            name="styblinski_tang",
            formula=r"\tfrac12 (x^4 - 16 x^2 + 5x + y^4 - 16 y^2 + 5y)",
            minima=((STYBLINSKI, STYBLINSKI),),
            value=STYBLINSKI_VALUE,
            domain=SQUARE,
            start=(0.5, 4.5),
        ),
        (),
    ),
):
    FUNCTIONS.add(made.name, made, *aliases)
