"""The formulas that the lecture and the page print are those of the functions: evaluated, not only parsed."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from ravine.functions import ACTIVATIONS, activation, derivative, describe
from tex import evaluate, split

ELEMENTWISE = [name for name in ACTIVATIONS if describe(name).elementwise]
# Beside the kinks, where a formula and a function may take either side.
POINTS = np.concatenate([np.linspace(-7.03, 7.01, 60), [-2.4999, 2.4999, -1.001, -0.999, 5.999, 6.001, 1e-3, -1e-3]])


def tolerance(defined: dict[str, str]) -> float:
    """Constants that are printed with five digits make a value right to five digits; others leave rounding errors."""
    return 1e-4 if "lambda" in defined else 1e-9


def letters(defined: dict[str, str]) -> dict[str, Any]:
    """The values of the letters that a formula defines, the last ones first."""
    made: dict[str, Any] = {}
    for name, text in reversed(defined.items()):
        made[name] = evaluate(text, x=POINTS, **made)
    return made


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_formula_that_is_printed_is_the_function(name: str) -> None:
    sides, defined = split(describe(name).formula)
    with jax.enable_x64(True):
        right = np.asarray(activation(name)(POINTS))
    for side in sides:
        told = evaluate(side, x=POINTS, **letters(defined))
        np.testing.assert_allclose(told, right, rtol=tolerance(defined), atol=1e-12)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_derivative_that_is_printed_is_the_derivative(name: str) -> None:
    """Beside the automatic derivative of the function, and beside the one that back-propagation uses."""
    defined = split(describe(name).formula)[1]
    (side,), more = split(describe(name).derivative)
    told = evaluate(side, x=POINTS, **letters(defined | more)) * np.ones_like(POINTS)
    with jax.enable_x64(True):
        right = np.asarray(jax.vmap(jax.grad(activation(name)))(POINTS))
        used = np.asarray(derivative(name)(POINTS))
    for each in (right, used):
        np.testing.assert_allclose(told, each, rtol=tolerance(defined), atol=1e-12)


def test_softmax_and_its_logarithm_have_the_derivatives_printed() -> None:
    """By hand from the text: p_i ([i = j] - p_j), and [i = j] - p_j."""
    assert describe("softmax").derivative.endswith(r"= p_i\,([i = j] - p_j)")
    assert describe("log_softmax").derivative.endswith("= [i = j] - p_j")
    with jax.enable_x64(True):
        x = np.array([0.3, -1.2, 2.0])
        p = np.exp(x) / np.exp(x).sum()
        np.testing.assert_allclose(jax.jacobian(activation("softmax"))(x), p[:, None] * (np.eye(3) - p), rtol=1e-12)
        np.testing.assert_allclose(jax.jacobian(activation("log_softmax"))(x), np.eye(3) - p, rtol=1e-12)
