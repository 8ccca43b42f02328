"""Seeded classification problems in the plane: XOR, circles, moons, spirals, blobs, checkerboard."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ravine.core import check_count, check_number, generator
from ravine.data.dataset import Dataset, Split
from ravine.data.registry import register_dataset

__all__ = ["Drawn", "blobs", "checkerboard", "circles", "generated", "moons", "spirals", "xor"]

Drawn = tuple[np.ndarray, np.ndarray]
"""Inputs and targets of one part."""


def generated(
    name: str,
    draw: Callable[[int, np.random.Generator], Drawn],
    sizes: tuple[int, int | None, int],
    noise: float,
    seed: int,
    classes: tuple[str, ...] | None = None,
) -> Dataset:
    """Return the data set *name* whose parts *draw* makes, each from its own random numbers.

    *sizes* are those of the training, test and validation part; None for the test means a quarter of the first. A part
    does not change when another part's size does. *noise* is only checked here.

    >>> def draw(n, rng):
    ...     return rng.normal(size=(n, 2)), np.zeros(n, int)
    >>> generated("demo", draw, (8, None, 0), 0.0, seed=0).test
    Split(x=float32 (2, 2), y=int32 (2,))
    """
    n, n_test, n_validation = sizes
    check_count(name, "n", n)
    n_test = max(1, n // 4) if n_test is None else n_test
    check_count(name, "n_test", n_test, least=0)
    check_count(name, "n_validation", n_validation, least=0)
    check_number(name, "noise", noise, low=0.0)

    def part(index: int, size: int) -> Split:
        return Split(*map(_single, draw(size, generator(seed, "data", index))))

    validation = part(1, n_validation) if n_validation else None
    test = part(2, n_test) if n_test else None
    return Dataset(name, part(0, n), validation, test, classes, f"{name}, generated")


def _single(drawn: np.ndarray) -> np.ndarray:
    """What is drawn here is float32 by definition; only what people bring keeps its digits."""
    return drawn.astype(np.float32, copy=False) if drawn.dtype.kind == "f" else drawn


def _alternating(n: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Labels 0 .. count - 1, equally often to within one, in random order."""
    return rng.permutation(np.arange(n) % count)


def _jittered(x: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return x + noise * rng.standard_normal(x.shape)


@register_dataset("xor", title="Exclusive or", kind="plane")
def xor(
    n: int = 1000, *, noise: float = 0.1, n_test: int | None = None, n_validation: int = 0, seed: int = 0
) -> Dataset:
    """Return exclusive or: corners of the unit square, class 1 where exactly one coordinate is 1, plus normal *noise*.

    M. Minsky, S. Papert: Perceptrons (1969).

    >>> made = xor(4, noise=0.0)
    >>> bool((made.train.x.sum(1) % 2 == made.train.y).all())
    True
    """

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        corner = _alternating(size, 4, rng)
        bits = np.stack([corner // 2, corner % 2], 1)
        return _jittered(bits, noise, rng), bits.sum(1) % 2

    return generated("xor", draw, (n, n_test, n_validation), noise, seed, ("same", "different"))


@register_dataset("circles", title="Two circles", kind="plane")
def circles(
    n: int = 1000,
    *,
    noise: float = 0.05,
    factor: float = 0.5,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return two concentric circles of radius 1 and *factor* (class 1), plus normal *noise*.

    >>> np.round(np.linalg.norm(circles(4, noise=0.0).train.x, axis=1), 3).tolist().count(0.5)
    2
    """
    check_number("circles", "factor", factor, low=0.0, high=1.0, open_low=True, open_high=True)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        label = _alternating(size, 2, rng)
        angle = rng.uniform(0, 2 * math.pi, size)
        radius = np.where(label == 1, factor, 1.0)
        return _jittered(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), noise, rng), label

    return generated("circles", draw, (n, n_test, n_validation), noise, seed, ("outer", "inner"))


@register_dataset("moons", title="Two moons", kind="plane")
def moons(
    n: int = 1000, *, noise: float = 0.1, n_test: int | None = None, n_validation: int = 0, seed: int = 0
) -> Dataset:
    """Return two interleaved half circles of radius 1, plus normal *noise*.

    Class 0 is the upper half about (0, 0), class 1 the lower half about (1, 1/2).

    >>> moons(100).classes
    ('upper', 'lower')
    """

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        label = _alternating(size, 2, rng)
        angle = rng.uniform(0, math.pi, size)
        upper = np.stack([np.cos(angle), np.sin(angle)], 1)
        lower = np.array([1.0, 0.5]) - upper
        return _jittered(np.where(label[:, None] == 1, lower, upper), noise, rng), label

    return generated("moons", draw, (n, n_test, n_validation), noise, seed, ("upper", "lower"))


@register_dataset(
    "spirals",
    title="Spirals",
    kind="plane",
    classes=None,
    settings=("noise", "arms"),
    hidden=((16, "relu", "he_uniform"),) * 2,
)
def spirals(
    n: int = 1000,
    *,
    noise: float = 0.02,
    arms: int = 2,
    turns: float = 1.5,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return *arms* interlocked spirals, one class each, plus normal *noise*.

    An arm's point at t in [0, 1] has radius t and angle 2 pi (*turns* t + arm / *arms*). After K. Lang, M. Witbrock:
    Learning to tell two spirals apart (1988).

    >>> spirals(90, arms=3).classes
    ('arm 1', 'arm 2', 'arm 3')
    """
    check_count("spirals", "arms", arms, least=2)
    check_number("spirals", "turns", turns, low=0.0, open_low=True)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        label = _alternating(size, arms, rng)
        # the root spreads the points evenly along the arm
        t = np.sqrt(rng.uniform(0, 1, size))
        angle = 2 * math.pi * (turns * t + label / arms)
        return _jittered(np.stack([t * np.cos(angle), t * np.sin(angle)], 1), noise, rng), label

    names = tuple(f"arm {arm + 1}" for arm in range(arms))
    return generated("spirals", draw, (n, n_test, n_validation), noise, seed, names)


@register_dataset(
    "blobs",
    title="Clouds of points",
    kind="plane",
    classes=None,
    settings=("noise", "centers"),
    fixed=(("spread", 1.0),),
)
def blobs(
    n: int = 1000,
    *,
    noise: float = 1.0,
    centers: int = 3,
    features: int = 2,
    spread: float = 10.0,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return normal clouds of standard deviation *noise* about *centers* points, one class each.

    The centres are uniform in the cube [-*spread*, *spread*]^*features* and the same in every part.

    >>> blobs(30, centers=4, features=5).input_shape
    (5,)
    """
    check_count("blobs", "centers", centers)
    check_count("blobs", "features", features)
    check_number("blobs", "spread", spread, low=0.0)
    places = generator(seed, "sample").uniform(-spread, spread, (centers, features))

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        label = _alternating(size, centers, rng)
        return _jittered(places[label], noise, rng), label

    names = tuple(f"blob {index + 1}" for index in range(centers))
    return generated("blobs", draw, (n, n_test, n_validation), noise, seed, names)


@register_dataset("checkerboard", title="Checkerboard", kind="plane", hidden=((16, "relu", "he_uniform"),) * 2)
def checkerboard(
    n: int = 1000,
    *,
    noise: float = 0.0,
    squares: int = 4,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return points uniform in [-1, 1]^2 labelled by the colour of their field on a board of *squares* x *squares*.

    Normal *noise* moves the points after they are labelled.

    >>> checkerboard(100, squares=3).classes
    ('black', 'white')
    """
    check_count("checkerboard", "squares", squares)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        x = rng.uniform(-1, 1, (size, 2))
        label = np.floor((x + 1) / 2 * squares).astype(int).sum(1) % 2
        return _jittered(x, noise, rng), label

    return generated("checkerboard", draw, (n, n_test, n_validation), noise, seed, ("black", "white"))
