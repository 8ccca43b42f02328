"""Seeded sequence problems that ask a recurrent network to remember: the adding problem and copy-memory."""

from __future__ import annotations

import numpy as np

from ravine.core import RavineError, check_count
from ravine.data.dataset import Dataset
from ravine.data.registry import register_dataset
from ravine.data.toy_classification import Drawn, generated

__all__ = ["adding", "copy_memory"]


@register_dataset(
    "adding",
    "adding_problem",
    title="The adding problem",
    kind="sequence",
    task="regression",
    classes=None,
    in_lab=False,
)
def adding(
    n: int = 1000,
    *,
    noise: float = 0.0,
    length: int = 20,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return the adding problem: x float32 (n, *length*, 2), y float32 (n, 1).

    Channel 0 holds numbers uniform in [0, 1], channel 1 marks one step of the first half and one of the second with a
    1; y is the sum of the two marked numbers, plus normal *noise*. Answering 1 always costs a mean squared error of
    1/6. S. Hochreiter, J. Schmidhuber: Long Short-Term Memory (1997); marks as in Q. V. Le et al. (2015),
    arXiv:1504.00941.

    >>> made = adding(10, length=6)
    >>> x, y = made.train.x, made.train.y
    >>> bool(np.allclose((x[..., 0] * x[..., 1]).sum(1, keepdims=True), y))
    True
    """
    check_count("adding", "length", length, least=2)

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        x = np.zeros((size, length, 2))
        x[..., 0] = rng.uniform(0, 1, (size, length))
        rows, half = np.arange(size), length // 2
        x[rows, rng.integers(half, size=size), 1] = 1
        x[rows, rng.integers(half, length, size=size), 1] = 1
        total = (x[..., 0] * x[..., 1]).sum(1)
        return x, (total + noise * rng.standard_normal(size))[:, None]

    return generated("adding", draw, (n, n_test, n_validation), noise, seed)


@register_dataset(
    "copy_memory", "copying", title="Copy from memory", kind="sequence", inputs=10, classes=9, in_lab=False
)
def copy_memory(
    n: int = 1000,
    *,
    noise: float = 0.0,
    delay: int = 20,
    symbols: int = 8,
    remember: int = 10,
    n_test: int | None = None,
    n_validation: int = 0,
    seed: int = 0,
) -> Dataset:
    """Return copy-memory: recall *remember* symbols after *delay* steps.

    With T = *delay* + 2 *remember* steps: x is one-hot float32 (n, T, *symbols* + 2), the symbols, then *delay* - 1
    blanks, a signal to recall, and *remember* blanks; y is one-hot float32 (n, T, *symbols* + 1), blanks and at last
    the symbols. Normal *noise* is added to x. Class 0 is the blank; x's last column is the signal. Without memory the
    best cross-entropy is *remember* ln(*symbols*) / T. Hochreiter & Schmidhuber (1997); this form: M. Arjovsky,
    A. Shah, Y. Bengio (2016), arXiv:1511.06464.

    >>> made = copy_memory(1, delay=2, symbols=3, remember=2)
    >>> made.train.x.argmax(-1)[0, 2:].tolist(), made.train.y.argmax(-1)[0, :4].tolist()
    ([0, 4, 0, 0], [0, 0, 0, 0])
    """
    for name, value in (("delay", delay), ("remember", remember)):
        check_count("copy_memory", name, value)
    check_count("copy_memory", "symbols", symbols, least=2)
    steps = delay + 2 * remember
    width = symbols + 2
    if steps * width > np.iinfo(np.int32).max:
        raise RavineError(f"copy_memory: {steps} steps of {width} symbols do not fit in memory: ask for less")

    def draw(size: int, rng: np.random.Generator) -> Drawn:
        words = rng.integers(1, symbols + 1, (size, remember))
        shown, wanted = np.zeros((2, size, steps), int)
        shown[:, :remember] = words
        shown[:, remember + delay - 1] = symbols + 1
        wanted[:, -remember:] = words
        x = np.eye(width, dtype=np.float32)[shown]
        x = x + np.float32(noise) * rng.standard_normal(x.shape, np.float32) if noise else x
        return x, np.eye(symbols + 1, dtype=np.float32)[wanted]

    names = ("blank", *(f"symbol {index}" for index in range(1, symbols + 1)))
    return generated("copy_memory", draw, (n, n_test, n_validation), noise, seed, names)
