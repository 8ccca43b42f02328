"""Activations against formulas in float64, Keras and torch; value and slope over the whole float range."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from ravine.core import RavineError
from ravine.functions import ACTIVATIONS, activation, activations, derivative, describe

Oracle = tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]

MAGNITUDES = (1e-45, 1e-8, 1.0, 20.0, 100.0, 1e4, 1e30, 3e38)
EXTREMES = np.array([0.0, *MAGNITUDES, *(-size for size in MAGNITUDES)], np.float32)
ELEMENTWISE = [name for name in ACTIVATIONS if describe(name).elementwise]
ROWS = [name for name in ACTIVATIONS if not describe(name).elementwise]


def expit(x):
    return special.expit(x)


def sech2(x):
    return 4 * expit(2 * x) * expit(-2 * x)


def bell(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def mish_slope(x):
    plus = np.logaddexp(0, x)
    return np.tanh(plus) + x * sech2(plus) * expit(x)


def tanh_gelu_slope(x):
    inner = 2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    slope = 2 * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    return expit(inner) + x * slope * expit(inner) * expit(-inner)


def long_tanh_shrink(x):
    # the difference of nearly equal numbers, in 80 bits where the machine has them
    return x - np.tanh(x.astype(np.longdouble))


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
ORACLES: dict[str, Oracle] = {
    "linear": (lambda x: x, np.ones_like),
    "logistic": (expit, lambda x: expit(x) * expit(-x)),
    "tanh": (np.tanh, sech2),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "softplus": (lambda x: np.logaddexp(x, 0), expit),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: (1 + abs(x)) ** -2),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, 1, np.exp(x))),
    "selu": (
        lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x)),
        lambda x: SCALE * np.where(x > 0, 1, ALPHA * np.exp(x)),
    ),
    "gelu": (lambda x: x * special.ndtr(x), lambda x: special.ndtr(x) + x * bell(x)),
    "gelu_tanh": (lambda x: x * expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)), tanh_gelu_slope),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * expit(-x))),
    "mish": (lambda x: x * np.tanh(np.logaddexp(0, x)), mish_slope),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: ((x > 0) & (x < 6)) * 1.0),
    "hard_sigmoid": (lambda x: np.clip(x + 3, 0, 6) / 6, lambda x: (abs(x) < 3) / 6),
    "hard_sigmoid_keras2": (lambda x: np.clip(0.2 * x + 0.5, 0, 1), lambda x: (abs(x) < 2.5) * 0.2),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: (abs(x) < 1) * 1.0),
    "exponential": (np.exp, np.exp),
    "celu": (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, 1, np.exp(x))),
    "log_sigmoid": (special.log_expit, lambda x: expit(-x)),
    "hard_shrink": (lambda x: np.where(abs(x) > 0.5, x, 0), lambda x: (abs(x) > 0.5) * 1.0),
    "soft_shrink": (lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0), lambda x: (abs(x) > 0.5) * 1.0),
    "tanh_shrink": (long_tanh_shrink, lambda x: np.tanh(x) ** 2),
    "squareplus": (
        lambda x: (x + np.sqrt(x.astype(np.longdouble) ** 2 + 4)) / 2,
        lambda x: (1 + x / np.sqrt(x.astype(np.longdouble) ** 2 + 4)) / 2,
    ),
    "threshold": (lambda x: np.where(x > 1, x, 0), lambda x: (x > 1) * 1.0),
    "hard_silu": (lambda x: x * np.clip(x + 3, 0, 6) / 6, lambda x: np.where(x > 3, 1, (abs(x) < 3) * (2 * x + 3) / 6)),
    "sparse_plus": (
        lambda x: np.where(x > 1, x, np.clip(x + 1, 0, 2) ** 2 / 4),
        lambda x: np.clip(x + 1, 0, 2) / 2,
    ),
    "sparse_sigmoid": (lambda x: np.clip(x + 1, 0, 2) / 2, lambda x: (abs(x) < 1) / 2),
}
# No point falls on a corner (0, 0.5, 1, 2.5, 3, 6), where the oracle's slope is a matter of convention.
POINTS = np.linspace(-30.0, 30.0, 601) + 0.0123


def test_every_elementwise_activation_has_an_oracle():
    assert set(ORACLES) == set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 4e-6), (np.float64, 2e-13)])
def test_value_and_slope_equal_the_formula(name, dtype, tolerance):
    # Relative, tails included: some ten roundings of 6e-8 (1.1e-16), times the condition number x f'/f, which the
    # exponential tails take to 30; gelu's is x^2 there, so its points stop where that is 30.
    points = POINTS[abs(POINTS) < 5.5] if name.startswith("gelu") else POINTS
    with jax.enable_x64(dtype is np.float64):
        x = jnp.asarray(points.astype(dtype))
        exact = np.asarray(x, np.float64)
        value, slope = (oracle(exact) for oracle in ORACLES[name])
        np.testing.assert_allclose(ACTIVATIONS[name](x), value, rtol=tolerance, atol=1e-37)
        # The slopes of silu, mish, gelu and hard_silu cross zero near -1: there the error is absolute.
        floor = tolerance / 10 if name in {"silu", "mish", "gelu", "gelu_tanh", "hard_silu"} else 1e-37
        np.testing.assert_allclose(derivative(name)(x), slope, rtol=2 * tolerance, atol=floor)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_value_and_slope_are_finite_over_the_whole_float_range(name):
    function = ACTIVATIONS[name]
    x = jnp.asarray(EXTREMES[EXTREMES < 88] if name == "exponential" else EXTREMES)
    if describe(name).elementwise:
        assert np.isfinite(function(x)).all()
        assert np.isfinite(jax.vmap(jax.grad(function))(x)).all()
        assert np.isfinite(jax.jit(jax.grad(lambda x: function(x).sum()))(x * 0.5)).all()
    else:
        x = x[1:] * 0.5  # the differences, too, are then within the float range
        assert np.isfinite(function(x)).all()
        assert np.isfinite(jax.jacobian(function)(x)).all()


def test_exponential_overflows_to_inf_and_nothing_else():
    assert jnp.exp(jnp.float32(88)) < activations.exponential(jnp.float32(89)) == jnp.inf
    assert derivative("exponential")(jnp.float32(1e30)) == jnp.inf
    assert derivative("exponential")(jnp.float32(-1e30)) == 0


@pytest.mark.parametrize(("name", "at"), [("logistic", 20.0), ("logistic", 80.0), ("tanh", 12.0), ("tanh", 40.0)])
def test_the_slope_of_a_saturated_unit_is_measured_not_rounded_away(name, at):
    # s (1 - s) in float32 is 0 from x = 17 on. Six roundings of 6e-8, and exp turns the one of 2x into 80 * 6e-8.
    for x in (at, -at):
        expected = ORACLES[name][1](np.float64(x))
        assert expected > 0
        np.testing.assert_allclose(derivative(name)(jnp.float32(x)), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_second_derivative_is_the_difference_quotient_of_the_first(name):
    # 0 itself is included for the smooth ones: there abs() inside a formula would give a wrong curvature.
    smooth = name in {
        "logistic", "tanh", "softplus", "silu", "mish", "gelu", "gelu_tanh", "exponential", "linear", "log_sigmoid",
        "tanh_shrink", "squareplus",
    }  # fmt: skip
    with jax.enable_x64(True):
        x = jnp.asarray([-2.2, -0.7, 0.4, 1.7, *([0.0] if smooth else [])])
        slope, step = derivative(name), 1e-5
        quotient = (slope(x + step) - slope(x - step)) / (2 * step)
        # The quotient errs by step^2 times the fourth derivative (below 10) and 1e-16 / step.
        np.testing.assert_allclose(derivative(slope)(x), quotient, atol=1e-8)


@pytest.mark.parametrize("name", ["logistic", "tanh", "softplus", "mish", "tanh_shrink", "squareplus", "log_sigmoid"])
def test_third_derivative_at_zero_does_not_stumble_over_abs(name):
    with jax.enable_x64(True):
        slope, step = derivative(derivative(name)), 1e-5
        quotient = (slope(jnp.float64(step)) - slope(jnp.float64(-step))) / (2 * step)
        np.testing.assert_allclose(derivative(slope)(jnp.float64(0)), quotient, atol=1e-8)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64])
def test_dtype_and_shape_stay(name, dtype):
    function = ACTIVATIONS[name]
    with jax.enable_x64(dtype == jnp.float64):
        x = jax.ShapeDtypeStruct((2, 4), dtype)
        for result in (jax.eval_shape(function, x), jax.eval_shape(jax.grad(lambda x: function(x).sum()), x)):
            assert result.dtype == dtype
        assert jax.eval_shape(function, x).shape == ((2, 2) if describe(name).halves else (2, 4))


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_jit_and_vmap_change_nothing(name):
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 8)), jnp.float32)
    plain = ACTIVATIONS[name](x)
    np.testing.assert_allclose(jax.jit(ACTIVATIONS[name])(x), plain, rtol=1e-6, atol=1e-7)  # fusion reorders roundings
    np.testing.assert_allclose(jax.vmap(ACTIVATIONS[name])(x), plain, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_nan_stays_nan(name):
    assert np.isnan(ACTIVATIONS[name](jnp.full(2, jnp.nan))).all()


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_values_lie_in_the_stated_range(name):
    record, x = describe(name), np.concatenate([EXTREMES[abs(EXTREMES) < 1e38], np.linspace(-8, 8, 4001)])
    values = np.asarray(ACTIVATIONS[name](jnp.asarray(x, jnp.float32)), np.float64)
    reach = 1e-6 * max(1.0, abs(record.low) if np.isfinite(record.low) else 1.0)
    assert values.min() >= record.low - reach
    assert values.max() <= record.high + reach
    if record.elementwise:  # the bounds are also sharp
        assert values.min() < (record.low + 1e-3 if np.isfinite(record.low) else -1e3)
        assert values.max() > (record.high - 1e-3 if np.isfinite(record.high) else 1e3)


# Keras's sparsemax sums running sums, see below.
KERAS = {"logistic": "sigmoid", "hard_sigmoid_keras2": None, "gelu_tanh": None, "sparsemax": None}


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if KERAS.get(name, name)])
def test_equals_keras(name, lenient):
    keras = pytest.importorskip("keras")
    theirs = getattr(keras.activations, KERAS.get(name, name))
    x = jnp.asarray(np.random.default_rng(1).normal(size=(4, 10)) * 4, jnp.float32)
    options = {
        "leaky_relu": {"negative_slope": 0.01},
        "threshold": {"threshold": 1.0, "default_value": 0.0},
    }.get(name, {})
    # Two float32 formulas of the same function: a few roundings of values up to 12, or of exp(12).
    np.testing.assert_allclose(ACTIVATIONS[name](x), theirs(x, **options), rtol=2e-6, atol=1e-6)


def test_gelu_tanh_equals_jax_and_differs_from_gelu_by_the_published_gap():
    with jax.enable_x64(True):
        x = jnp.linspace(-6, 6, 100_001)
        ours = activations.gelu_tanh(x)
        np.testing.assert_allclose(ours, jax.nn.gelu(x, approximate=True), atol=1e-14)
        assert 4.6e-4 < float(abs(ours - activations.gelu(x)).max()) < 4.8e-4


TORCH = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu", "hard_tanh": "hardtanh",
    "hard_sigmoid": "hardsigmoid", "softplus": "softplus", "gelu": "gelu", "silu": "silu", "mish": "mish",
    "softsign": "softsign", "logistic": "sigmoid", "tanh": "tanh",
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_slope_equals_torch_corners_included(name):
    torch = pytest.importorskip("torch")
    points = np.array([-6, -3, -2.5, -1, -0.3, 0, 0.3, 1, 2.5, 3, 6, 9], np.float64)
    x = torch.tensor(points, requires_grad=True)
    getattr(torch.nn.functional, TORCH[name])(x).sum().backward()
    with jax.enable_x64(True):
        np.testing.assert_allclose(derivative(name)(jnp.asarray(points)), x.grad.numpy(), atol=1e-12)


# A subnormal slope is zero to XLA, and times a large number it is not small.
@given(st.floats(-(2.0**100), 2.0**100, width=32), st.floats(0, 2, width=32, allow_subnormal=False))
@settings(max_examples=50, deadline=None)
def test_slope_and_alpha_may_be_swept(x, number):
    x, number = jnp.float32(x), jnp.float32(number)
    expected = float(x) if x > 0 else float(number) * float(x)
    # A product below the smallest normal number may come out as zero, and one that would round up to it, too: XLA
    # flushes subnormals on the CPU.
    tiny = 2 * np.finfo(np.float32).tiny
    np.testing.assert_allclose(jax.jit(activations.leaky_relu)(x, number), expected, rtol=1e-6, atol=tiny)
    expected = float(x) if x > 0 else float(number) * np.expm1(float(x))
    np.testing.assert_allclose(jax.jit(activations.elu)(x, number), expected, rtol=1e-5, atol=1e-37)


def test_softmax_rows_sum_to_one_and_shift_changes_nothing():
    z = jnp.asarray(np.random.default_rng(2).normal(size=(3, 4, 5)) * 10, jnp.float32)
    np.testing.assert_allclose(activations.softmax(z).sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(activations.softmax(z), special.softmax(np.asarray(z, np.float64), -1), rtol=2e-5)
    np.testing.assert_allclose(
        activations.log_softmax(z), special.log_softmax(np.asarray(z, np.float64), -1), rtol=1e-5, atol=1e-6
    )


def test_names_aliases_and_functions():
    assert activation("sigmoid") is activation("Logistic") is activations.logistic
    assert activation("swish") is activations.silu
    assert activation(None) is activations.linear
    assert activation(jnp.sin) is jnp.sin
    with pytest.raises(RavineError, match="did you mean 'softplus'"):
        activation("soft plu")
    with pytest.raises(RavineError, match="a name or a function, got 3"):
        activation(3)
    with pytest.raises(RavineError, match="not a registered activation"):
        describe(jnp.sin)


@pytest.mark.parametrize("name", ROWS)
def test_functions_of_a_row_have_no_elementwise_slope(name):
    with pytest.raises(RavineError, match=r"use jax\.jacobian"):
        derivative(name)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_records_are_complete_and_their_formulas_parse(name):
    convert = pytest.importorskip("latex2mathml.converter").convert
    record = describe(name)
    assert record.name == name
    assert record.function is ACTIVATIONS[name]
    assert record.low < record.high
    for formula in (record.formula, record.derivative):
        assert convert(formula).startswith("<math")


def projected(x):
    """The nearest point of the simplex by bisection for tau, where sum max(x - tau, 0) = 1."""
    low, high = x.max() - 1, x.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(x - low, 0)


def test_sparsemax_is_the_projection_and_its_jacobian_the_one_printed(float64):
    for x in np.random.default_rng(3).normal(size=(20, 6)) * 1.5:
        p = projected(x)
        np.testing.assert_allclose(activations.sparsemax(jnp.asarray(x)), p, atol=1e-14)
        held = (p > 0) * 1.0
        printed = np.outer(held, held) * (np.eye(6) - 1 / held.sum())
        np.testing.assert_allclose(jax.jacobian(activations.sparsemax)(jnp.asarray(x)), printed, atol=1e-14)


def test_sparsemax_of_keras_does_not_sum_to_one(lenient):
    """Why it is no oracle: [1, 1] is halved by everyone's definition."""
    keras = pytest.importorskip("keras")
    assert activations.sparsemax(jnp.array([1.0, 1.0])).tolist() == [0.5, 0.5]
    assert np.asarray(keras.activations.sparsemax(jnp.array([1.0, 1.0]))).tolist() != [0.5, 0.5]


def test_glu_halves_and_its_slopes_are_those_printed(float64):
    a, b = np.random.default_rng(4).normal(size=(2, 5)) * 3
    x = jnp.asarray(np.concatenate([a, b]))
    np.testing.assert_allclose(activations.glu(x), a * expit(b), rtol=1e-14)
    slopes = np.concatenate([np.diag(expit(b)), np.diag(a * expit(b) * expit(-b))], axis=1)
    np.testing.assert_allclose(jax.jacobian(activations.glu)(x), slopes, rtol=1e-13)
    with pytest.raises(RavineError, match="glu needs an even number of units, a half of which are gates, got 3"):
        activations.glu(jnp.ones(3))


@pytest.mark.parametrize(
    ("name", "number", "oracle"),
    [
        ("celu", 0.3, lambda x, a: np.where(x > 0, x, a * np.expm1(x / a))),
        ("squareplus", 0.7, lambda x, b: (x + np.sqrt(x**2 + b)) / 2),
        ("hard_shrink", 1.1, lambda x, t: np.where(abs(x) > t, x, 0)),
        ("soft_shrink", 1.1, lambda x, t: np.sign(x) * np.maximum(abs(x) - t, 0)),
        ("threshold", 1.1, lambda x, t: np.where(x > t, x, 0)),
    ],
)
def test_numbers_of_the_newer_ones_may_be_swept(name, number, oracle, float64):
    """The value, and the slope in the number by a central difference."""
    x, step = np.linspace(-3, 3, 41) + 0.017, 1e-6
    function = jax.jit(ACTIVATIONS[name])
    np.testing.assert_allclose(function(jnp.asarray(x), number), oracle(x, number), rtol=1e-12, atol=1e-15)
    slope = jax.vmap(jax.grad(ACTIVATIONS[name], 1), (0, None))(jnp.asarray(x), number)
    quotient = (oracle(x, number + step) - oracle(x, number - step)) / (2 * step)
    np.testing.assert_allclose(slope, quotient, atol=1e-8)


def test_one_function_is_one_file(monkeypatch):
    """A stranger's module: the decorator alone makes it known by name, with its record, everywhere."""
    from ravine.functions import register_activation
    from ravine.lab.catalogue import _fixed
    from ravine.nn import from_text, to_text

    monkeypatch.setattr(ACTIVATIONS, "_things", dict(ACTIVATIONS._things))
    monkeypatch.setattr(ACTIVATIONS, "_aliases", dict(ACTIVATIONS._aliases))

    @register_activation(title="cube", formula="x^3", derivative="3 x^2", aliases=("third",))
    def cube(x):
        return x * x * x

    assert describe("third").formula == "x^3"
    assert float(derivative("cube")(jnp.float32(2))) == 12
    assert to_text(from_text("2-3:cube-1")) == "2-3:cube-1"
    _fixed.cache_clear()
    assert "cube" in [each["name"] for each in _fixed()["activations"]]
    _fixed.cache_clear()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"title": ""}, "activation 'cube': title is empty: give it in register_activation"),
        ({"formula": " "}, "activation 'cube': formula is empty"),
        ({"derivative": ""}, "activation 'cube': derivative is empty"),
        ({"low": 1.0, "high": 0.0}, "activation 'cube': values from low=1.0 to high=0.0 are none"),
    ],
)
def test_what_is_forgotten_is_named(said, message):
    from ravine.functions import register_activation

    def cube(x):
        return x * x * x

    with pytest.raises(RavineError, match=message):
        register_activation(**({"title": "cube", "formula": "x^3", "derivative": "3 x^2"} | said))(cube)
    assert "cube" not in ACTIVATIONS


def test_an_activation_without_a_record_says_where_one_is_made(monkeypatch):
    monkeypatch.setattr(ACTIVATIONS, "_things", dict(ACTIVATIONS._things))
    ACTIVATIONS.add("bare", lambda x: x)
    with pytest.raises(RavineError, match="'bare' has no title, formula and derivative: enter it with register_activ"):
        describe("bare")
