"""What a computation costs whatever machine runs it: its arithmetic, counted in the program that JAX makes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import RavineError
from ravine.functions import activation
from ravine.lecture.context import ExperimentResult

__all__ = ["DERIVATIVES", "activation_operations", "operations"]

ELEMENTWISE = frozenset({
    "abs", "add", "add_any", "and", "clamp", "cos", "div", "eq", "erf", "exp", "exp2", "expm1", "floor", "ge", "gt",
    "integer_pow", "is_finite", "le", "log", "log1p", "logistic", "lt", "max", "min", "mul", "ne", "neg", "not", "or",
    "pow", "rsqrt", "select_n", "sign", "sin", "sqrt", "square", "sub", "tan", "tanh", "xor",
})  # fmt: skip
"""One operation for each number of the result, the dear ones (exp, tanh) too: sigmoids are not to be disfavoured."""
MOVES = frozenset({
    "broadcast_in_dim", "concatenate", "convert_element_type", "copy", "iota", "reshape", "slice", "squeeze",
    "stop_gradient", "symbolic_zeros", "transpose",
})  # fmt: skip
"""What moves or names numbers and computes none."""
SUMS = frozenset({"argmax", "argmin", "reduce_max", "reduce_min", "reduce_sum"})

DERIVATIVES: dict[str, Callable[[Any, Any], Any]] = {
    "logistic": lambda y, d: d * (y * (1 - y)),
    "tanh": lambda y, d: d * (1 - y * y),
    "relu": lambda y, d: jnp.where(y > 0, d, 0),
    "softplus": lambda y, d: d * -jnp.expm1(-y),
}
"""The gradient d times the derivative, from the value y that the way there has computed: the most frugal forms."""


def operations(function: Callable[..., Any], *arguments: Any) -> int:
    """The arithmetic operations that *function* needs for *arguments*, as the program that JAX traces has them.

    A product of (m, k) and (k, n) counts 2 m n k, a sum of n numbers n, everything else 1 for each number computed; to
    move numbers, or to choose their type, counts nothing. Neither clock nor machine has a part in it.

    >>> operations(lambda x, w: jnp.maximum(x @ w, 0.0), jnp.ones((2, 3)), jnp.ones((3, 4)))
    56
    """
    return _counted(jax.make_jaxpr(function)(*arguments).jaxpr)


def _counted(jaxpr: Any) -> int:
    total = 0
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        inner = [each for each in equation.params.values() if hasattr(each, "jaxpr") or hasattr(each, "eqns")]
        if inner and name not in {"scan", "while", "cond"}:
            # A function called by name: its program stands in the first of the parameters that hold one.
            total += _counted(getattr(inner[0], "jaxpr", inner[0]))
        elif name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            total += 2 * _size(equation.outvars[0]) * math.prod(shape[axis] for axis in contracted)
        elif name in SUMS:
            total += _size(equation.invars[0])
        elif name in ELEMENTWISE:
            total += _size(equation.outvars[0])
        elif name not in MOVES:
            raise RavineError(f"operations: what {name!r} costs is not known: enter it in the table of operations")
    return total


def _size(variable: Any) -> int:
    return math.prod(variable.aval.shape)


def activation_operations(names: Sequence[str]) -> ExperimentResult:
    """Operations per number: "back" (names,) on the way back by `DERIVATIVES`, "both" (names,) there and back.

    "both" is what the functions of `ravine.functions` do, which take care of overflow as well.

    >>> made = activation_operations(("relu", "logistic"))
    >>> made["back"].tolist(), bool(made["both"][0] < made["both"][1])
    ([2, 3], True)
    """
    one = jnp.ones(())
    both = [partial(_there_and_back, activation(name)) for name in names]
    return ExperimentResult({
        "back": np.array([operations(DERIVATIVES[name], one, one) for name in names]),
        "both": np.array([operations(each, one, one) for each in both]),
    })  # fmt: skip


def _there_and_back(function: Callable[..., Any], z: Any, d: Any) -> Any:
    value, pull = jax.vjp(function, z)
    return value, pull(d)
