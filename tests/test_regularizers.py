"""Regularisers and constraints against Keras; strengths and limits that may be swept; sentences for bad ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.functions import (
    CONSTRAINTS,
    L1,
    L1L2,
    L2,
    REGULARIZERS,
    Constraint,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    Regularizer,
    UnitNorm,
    constraint,
    regularizer,
)

W = np.random.default_rng(0).normal(size=(6, 4)) * np.array([0.1, 1.0, 3.0, 0.0])
PENALTIES = [
    (L1(0.3), "L1", (0.3,)),
    (L2(0.2), "L2", (0.2,)),
    (L1L2(0.3, 0.2), "L1L2", (0.3, 0.2)),
    (L1(), "L1", ()),
    (L2(), "L2", ()),
]
BOUNDED = [
    (MaxNorm(), "MaxNorm", {}),
    (MaxNorm(0.5, axis=1), "MaxNorm", {"max_value": 0.5, "axis": 1}),
    (MaxNorm(0.5, axis=(0, 1)), "MaxNorm", {"max_value": 0.5, "axis": (0, 1)}),
    (NonNeg(), "NonNeg", {}),
    (UnitNorm(), "UnitNorm", {}),
    (UnitNorm(axis=1), "UnitNorm", {"axis": 1}),
    (MinMaxNorm(), "MinMaxNorm", {}),
    (MinMaxNorm(0.5, 2.0, 0.3, axis=1), "MinMaxNorm", {"min_value": 0.5, "max_value": 2.0, "rate": 0.3, "axis": 1}),
]


def test_every_registered_one_is_proved_here():
    assert {type(ours) for ours, *_ in PENALTIES} == {REGULARIZERS[name] for name in REGULARIZERS}
    assert {type(ours) for ours, *_ in BOUNDED} == {CONSTRAINTS[name] for name in CONSTRAINTS}


@pytest.mark.parametrize(("ours", "theirs", "options"), PENALTIES)
def test_penalty_and_gradient_equal_keras(ours, theirs, options, lenient):
    keras = pytest.importorskip("keras")
    w, their = jnp.asarray(W, jnp.float32), getattr(keras.regularizers, theirs)(*options)
    np.testing.assert_allclose(ours(w), their(w), rtol=1e-6)  # sums of 24 float32 terms
    # Not at exactly 0, where Keras on jax gives l1 the slope 1.
    np.testing.assert_allclose(jax.grad(ours)(w)[:, :3], jax.grad(their)(w)[:, :3], rtol=1e-6)


@pytest.mark.parametrize(("ours", "theirs", "options"), BOUNDED)
def test_constraint_equals_keras(ours, theirs, options, lenient):
    keras = pytest.importorskip("keras")
    w, their = jnp.asarray(W, jnp.float32), getattr(keras.constraints, theirs)(**options)
    np.testing.assert_allclose(ours(w), their(w), rtol=1e-6)
    assert np.isfinite(ours(w)).all()  # the last column is zero


def test_a_zero_weight_has_no_l1_gradient():
    w = jnp.array([0.0, 2.0, -2.0])
    np.testing.assert_array_equal(jax.grad(L1(1.0))(w), [0, 1, -1])
    np.testing.assert_array_equal(jax.grad(L1L2(1.0, 0.5))(w), [0, 3, -3])


def test_max_norm_leaves_short_columns_alone_and_repeats_to_nothing():
    w = jnp.asarray(W, jnp.float32)
    once = MaxNorm(1.0)(w)
    norms = np.linalg.norm(once, axis=0)
    assert (norms <= 1 + 1e-6).all()
    np.testing.assert_allclose(once[:, 0], w[:, 0], rtol=1e-6)
    np.testing.assert_allclose(MaxNorm(1.0)(once), once, rtol=1e-6)


@pytest.mark.parametrize("ours", [row[0] for row in PENALTIES + BOUNDED], ids=str)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_the_weights_dtype_rules(ours, dtype):
    with jax.enable_x64(dtype == jnp.float64):
        result = jax.jit(lambda ours, w: ours(w))(ours, jnp.asarray(W, dtype))
        assert result.dtype == dtype
        assert result.shape == (W.shape if isinstance(ours, Constraint) else ())


def test_numbers_are_swept_without_compiling_again():
    w = jnp.asarray(W, jnp.float32)
    for kind, numbers in ((L1, (0.1, 0.2)), (L2, (0.0, 0.2)), (MaxNorm, (0.5, 2.0))):
        traces = []

        @jax.jit
        def apply(ours, w, traces=traces):
            traces.append(ours)
            return ours(w)

        results = [apply(kind(jnp.float32(number)), w) for number in numbers]
        assert len(traces) == 1
        together = jax.vmap(lambda number, kind=kind: kind(number)(w))(jnp.array(numbers, jnp.float32))
        np.testing.assert_allclose(together, np.stack(results), rtol=1e-6)


def test_names():
    assert regularizer("l1_l2") == L1L2(0.01, 0.01)
    assert regularizer(None) is constraint(None) is None
    assert constraint("max_norm") == constraint("MaxNorm") == MaxNorm(2.0, axis=0)
    assert isinstance(regularizer("l2"), Regularizer)
    assert regularizer(ours := L2(0.5)) is ours
    assert constraint(ours := NonNeg()) is ours


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: regularizer("l3"), "unknown regularizer 'l3': did you mean 'l"),
        (lambda: regularizer(3), "regularizer must be a name, a Regularizer or None, got 3"),
        (lambda: constraint("maxnrm"), "unknown constraint 'maxnrm': did you mean 'max_norm'"),
        (lambda: constraint(3), "constraint must be a name, a Constraint or None, got 3"),
        (lambda: L1(-1.0), r"L1: strength must be a number in \[0, inf\), got -1.0"),
        (lambda: L2(float("inf")), r"L2: strength must be a number in \[0, inf\), got inf"),
        (lambda: L1L2(0.0, -1.0), r"L1L2: l2 must be a number in \[0, inf\), got -1.0"),
        (lambda: MaxNorm(-1.0), r"MaxNorm: limit must be a number in \[0, inf\), got -1.0"),
        (lambda: MinMaxNorm(rate=2.0), r"MinMaxNorm: rate must be a number in \[0, 1\], got 2.0"),
    ],
)
def test_bad_options_get_their_sentence(make, sentence):
    with pytest.raises(RavineError, match=sentence):
        make()
